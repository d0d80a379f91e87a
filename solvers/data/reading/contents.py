"""What a file holds before anything of it is chosen: its sheets, and the tables found on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from optwright.solvers.data.reading.blocks import Block
from optwright.solvers.data.reading.corrections import Corrections
from optwright.solvers.data.reading.grid import Grid, is_blank
from optwright.solvers.data.reading.heads import take_apart
from optwright.solvers.data.reading.ranges import left_out
from optwright.solvers.data.reading.regions import find

_HEADS = 6  # that are shown of a table


@dataclass(frozen=True, slots=True)
class Region:
    """A table of a sheet: where it stands (`C5:H20`), how many rows it has below its first heads,
    and whether it is read."""

    place: str
    rows: int
    heads: tuple[str, ...]
    title: str
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet that holds anything, in a text file the only one, without a name."""

    name: str
    is_hidden: bool
    is_taken: bool
    regions: tuple[Region, ...]


def contents(grids: Sequence[Grid], corrections: Corrections, is_text: bool) -> tuple[Sheet, ...]:
    """The sheets of a file that hold anything, with all their tables, left out or not."""
    return tuple(
        _sheet(grid, corrections, is_text)
        for grid in grids
        if any(not is_blank(cell) for row in grid.rows for cell in row)
    )


def to_json(sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    return [asdict(sheet) for sheet in sheets]


def from_json(content: Sequence[dict[str, Any]]) -> tuple[Sheet, ...]:
    """What `to_json` wrote."""
    return tuple(
        Sheet(**sheet | {"regions": tuple(map(_region_from_json, sheet["regions"]))})
        for sheet in content
    )


def _region_from_json(content: dict[str, Any]) -> Region:
    return Region(**content | {"heads": tuple(content["heads"])})


def _sheet(grid: Grid, corrections: Corrections, is_text: bool) -> Sheet:
    said = corrections.sheets.get(grid.sheet)
    taken = not grid.is_hidden
    if said is not None:
        taken = said.take or (taken and not said.leave)
    blocks = find(grid, ragged=is_text).tables
    regions = tuple(_region(grid, block, corrections, is_text) for block in blocks)
    return Sheet(grid.sheet, grid.is_hidden, taken, regions)


def _region(grid: Grid, block: Block, corrections: Corrections, is_text: bool) -> Region:
    body = take_apart(grid, block, in_text_file=is_text)
    heads = tuple(" ".join(filter(None, parts)) for parts in body.levels)
    place = f"{grid.place(block.top, block.left)}:{grid.place(block.bottom, block.right)}"
    shown = (*heads[:_HEADS], "...") if len(heads) > _HEADS else heads
    title = "; ".join(body.titles)[:80]
    taken = not left_out(grid, block, corrections)
    return Region(place, len(body.rows), shown, title, taken)
