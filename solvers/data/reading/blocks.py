"""A rectangle of a sheet that holds a table or a text, and what is asked of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optwright.solvers.data.reading import dates, numerals
from optwright.solvers.data.reading.grid import Raw
from optwright.solvers.data.reading.written_units import is_unit

_SAMPLE = 200
"""Rows at either end of a long table, and as many in between, by which a column is judged."""


@dataclass(frozen=True)
class Block:
    """A rectangle of a grid, counted from 0, its ends inclusive. `rows` are its rows that are not
    blank."""

    top: int
    left: int
    bottom: int
    right: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    titles: tuple[str, ...] = ()
    notes: tuple[tuple[int, str], ...] = ()
    """Rows of the grid that are notes below or beside the table, and their text."""
    are_pairs: bool = False
    """Whether its rows are names and their values, and none of them are heads."""

    @property
    def height(self) -> int:
        return len(self.rows)

    @property
    def width(self) -> int:
        return len(self.columns)


def some(rows: Sequence[int]) -> Sequence[int]:
    """Rows that stand for all of a long table: the first, the last, and some in between."""
    if len(rows) <= 3 * _SAMPLE:
        return rows
    step = len(rows) // _SAMPLE
    return (*rows[:_SAMPLE], *rows[_SAMPLE:-_SAMPLE:step], *rows[-_SAMPLE:])


def is_number(cell: Raw) -> bool:
    """Whether a cell is a number or a numeral; a cell that stands for no number is none."""
    if isinstance(cell, str):
        text = cell.strip()
        if numerals.parse(text) is not None:
            return True
        _, unit = numerals.split_unit(text)
        return bool(unit) and is_unit(unit)
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def is_day(cell: Raw) -> bool:
    """Whether a cell is a day, or a text that is one."""
    if isinstance(cell, str):
        return dates.parse(cell) is not None
    return cell is not None and not isinstance(cell, int | float)
