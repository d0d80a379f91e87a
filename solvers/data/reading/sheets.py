"""Which sheets of a file are read: hidden ones, rows and columns are taken or left by choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optwright.errors import DataError
from optwright.solvers.data.reading.corrections import Corrections
from optwright.solvers.data.reading.grid import Grid, is_blank
from optwright.solvers.data.table import did_you_mean


def chosen_sheets(grids: Sequence[Grid], corrections: Corrections) -> tuple[list[Grid], list[str]]:
    taken, said = list[Grid](), list[str]()
    known = {grid.sheet for grid in grids}
    for name in corrections.sheets:
        if name not in known:
            raise DataError(
                f"the corrections name a sheet {name!r}, which is not there",
                hint=did_you_mean(name, sorted(known)),
            )
    for grid in grids:
        correction = corrections.sheets.get(grid.sheet)
        if correction is not None and correction.leave:
            continue
        if grid.is_hidden and not (correction is not None and correction.take):
            if any(not is_blank(cell) for row in grid.rows for cell in row):
                said.append(f"sheet {grid.sheet!r} is hidden and left out")
            continue
        taken.append(_without_hidden(grid) if corrections.hidden == "leave" else grid)
    return taken, said


def _without_hidden(grid: Grid) -> Grid:
    """A grid without its hidden rows and columns; merged areas that reach into them are filled."""
    rows = [r for r, number in enumerate(grid.row_numbers) if number not in grid.hidden_rows]
    columns = [c for c in range(grid.width) if grid.first_column + c not in grid.hidden_columns]
    if len(rows) == len(grid.rows) and len(columns) == grid.width:
        return grid
    filled = grid.filled
    return replace(
        grid,
        rows=[[filled.rows[r][c] for c in columns] for r in rows],
        row_numbers=[grid.row_numbers[r] for r in rows],
        merged=(),
        hidden_rows=frozenset(),
        hidden_columns=frozenset(),
    )
