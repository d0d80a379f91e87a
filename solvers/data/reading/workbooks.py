"""From a workbook (.xlsx, .xlsm, .xls, .xlsb, .ods) to a grid for each of its sheets.

A file of any kind can be made to need any amount of memory and time: a workbook is read in a
process of its own that has limits, and what it ends in is a sentence.
"""

from __future__ import annotations

import datetime
import marshal
from pathlib import Path
from typing import Any

from optwright.errors import DataError
from optwright.solvers.data.bounded_child import OutOfTime, bounded_child
from optwright.solvers.data.reading.grid import Grid, Raw, is_blank
from optwright.solvers.data.table import MAX_CELLS

LIMIT_S = 90.0
_MODULE = "optwright.solvers.data.reading.workbook_child"


def grids_of(path: Path) -> list[Grid]:
    """The sheets of a workbook that hold anything. `DataError` for a file that is none, that is
    damaged, or that needs too much."""
    command = ["-I", "-m", _MODULE, str(path.absolute()), str(MAX_CELLS)]
    try:
        with bounded_child(command, seconds=LIMIT_S) as ended:
            parts = _parts(ended.output)
    except OutOfTime:
        raise DataError(
            f"{str(path)!r} takes longer than {LIMIT_S:g} s to read",
            hint="keep the sheets, rows and columns the problem needs",
        ) from None
    grids = [_grid(part[1]) for part in parts if part[0] == "sheet"]
    last = parts[-1] if parts else ("",)
    if last[0] == "refused":
        raise DataError(f"{str(path)!r} is not an Excel workbook that can be read: {last[1]}")
    if last[0] != "end":
        why = (
            "it needs more memory or time than a table does"
            if ended.status < 0
            else "it is damaged"
        )
        raise DataError(
            f"{str(path)!r} cannot be read: {why}",
            hint="open it, keep the sheets the problem needs, and save it anew",
        )
    return grids


def _parts(stream: Any) -> list[tuple[Any, ...]]:
    parts = list[tuple[Any, ...]]()
    while True:
        try:
            parts.append(marshal.load(stream))
        except (EOFError, ValueError, TypeError):
            return parts


def _grid(part: dict[str, Any]) -> Grid:
    rows = [[_raw(cell) for cell in row] for row in part["rows"]]
    return Grid(
        rows,
        list(range(part["top"], part["top"] + len(rows))),
        part["name"],
        part["left"],
        tuple(m for m in part["merged"] if min(m) >= 0),
        frozenset(part.get("hidden_rows", ())),
        frozenset(part.get("hidden_columns", ())),
        part["hidden"],
        part.get("filtered", False),
        frozenset(map(tuple, part.get("uncalculated", ()))),
    )


def _raw(cell: Any) -> Raw:
    if not isinstance(cell, tuple):
        plain: Raw = cell
        return None if is_blank(plain) else plain
    kind, value = cell
    match kind:
        case "timedelta":
            return datetime.timedelta(seconds=value)
        case "datetime":
            return datetime.datetime.fromisoformat(value)
        case "date":
            return datetime.date.fromisoformat(value)
        case _:
            return datetime.time.fromisoformat(value)
