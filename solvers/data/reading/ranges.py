"""Ranges of cells as people write them, `C5:H20`, and the tables that corrections leave out."""

from __future__ import annotations

import re

from optwright.errors import DataError
from optwright.solvers.data.reading.blocks import Block
from optwright.solvers.data.reading.corrections import Corrections
from optwright.solvers.data.reading.grid import Grid, column_number

Rectangle = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 0 and inclusive."""

_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7}):\$?([A-Za-z]{1,3})\$?(\d{1,7})")


def rectangle(text: str, grid: Grid) -> Rectangle:
    """A range of cells in a grid; raises `DataError` for what is none."""
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise DataError(f"{text!r} is no range of cells", hint='write it as "C5:H20"')
    places = {number: at for at, number in enumerate(grid.row_numbers)}
    first, last = int(found[2]), int(found[4])
    rows = [at for number, at in places.items() if first <= number <= last]
    left = column_number(found[1]) - grid.first_column
    right = column_number(found[3]) - grid.first_column
    return (min(rows, default=0), left, max(rows, default=-1), right)


def overlap(block: Block, other: Rectangle) -> bool:
    top, left, bottom, right = other
    return (
        block.top <= bottom and top <= block.bottom and block.left <= right and left <= block.right
    )


def left_out(grid: Grid, block: Block, corrections: Corrections) -> bool:
    """Whether a correction of the sheet leaves the table out that stands there."""
    said = corrections.sheets.get(grid.sheet)
    ranges = () if said is None else said.leave_ranges
    return any(overlap(block, rectangle(text, grid)) for text in ranges)
