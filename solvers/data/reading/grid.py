"""The cells of a sheet as they stand there, before anything is made of them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

Raw = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta | None
"""A cell as a file has it; blank texts are None. A `datetime` is a `date`."""

Merged = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 0 and inclusive."""


@dataclass(frozen=True)
class Grid:
    """The cells of one sheet, all rows as long as the longest. `row_numbers` and `first_column`
    (1 is A) say where they stand in the file; `lengths` are the rows' own in a text file."""

    rows: list[list[Raw]]
    row_numbers: list[int]
    sheet: str = ""
    first_column: int = 1
    merged: tuple[Merged, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    """Numbers of rows, as the file counts them."""
    hidden_columns: frozenset[int] = frozenset()
    """Numbers of columns; 1 is A."""
    is_hidden: bool = False
    is_filtered: bool = False
    uncalculated: frozenset[tuple[int, int]] = frozenset()
    """Formulas without a value, by the numbers of their row and column."""
    lengths: Mapping[int, int] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return max(map(len, self.rows), default=0)

    @cached_property
    def filled(self) -> Grid:
        """The same with each merged area holding its value in every cell."""
        if not self.merged:
            return self
        rows = [list(row) for row in self.rows]
        for top, left, bottom, right in self.merged:
            if top >= len(rows) or left >= self.width:
                continue
            value = rows[top][left]
            for r in range(top, min(bottom + 1, len(rows))):
                for c in range(left, min(right + 1, self.width)):
                    rows[r][c] = value
        return replace(self, rows=rows)

    def place(self, row: int, column: int) -> str:
        """The name of a cell, such as `C7`."""
        return f"{column_letters(self.first_column + column)}{self.row_numbers[row]}"


def column_letters(number: int) -> str:
    """The letters of a column.

    >>> column_letters(1), column_letters(28)
    ('A', 'AB')
    """
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of a column by its letters, 1 for A."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def is_blank(cell: Raw) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
