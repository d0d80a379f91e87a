"""Cells that are no numbers, under a parameter: told of when an expression needs them. A table may
hold a word, or nothing, where no expression looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from optwright.errors import DataError
from optwright.solvers.data.table import Table


@dataclass(frozen=True, eq=False)
class Unread:
    """Of a parameter's combinations, numbered with the last index fastest, those whose cell is no
    number: the head of the column, and the place of the row."""

    table: Table
    cells: Mapping[int, tuple[str, int]]

    def fault(self, wanted: Sequence[int]) -> DataError | None:
        """What is wrong with the cells of some combinations, None where none of them has one."""
        found = [self.cells[at] for at in wanted if at in self.cells]
        if not found:
            return None
        head = found[0][0]
        return self.table.no_number(head, [row for of, row in found if of == head])

    def first(self) -> DataError:
        """What is wrong with all of the cells, the first of them named."""
        fault = self.fault(list(self.cells))
        assert fault is not None  # it is made where there is one
        return fault
