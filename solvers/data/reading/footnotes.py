"""Marks of footnotes: `12*` with a note `* estimated` below the table is 12."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from optwright.solvers.data.reading.grid import Grid, Raw
from optwright.solvers.data.reading.regions import Found

_NOTE = re.compile(r"(?P<mark>[*†‡§¹²³⁴⁵⁶⁷⁸⁹]+|[*]{0,3}\d?\))\s*(?P<text>\S.*)")
_MARKED = re.compile(r"(?P<cell>.*[^\s*†‡§¹²³⁴⁵⁶⁷⁸⁹])\s*(?P<mark>[*†‡§¹²³⁴⁵⁶⁷⁸⁹]+|[*]{0,3}\d?\))")
_SHOWN = 3


def without_marks(grid: Grid, found: Found) -> tuple[Grid, list[str]]:
    """The grid with cells that end in the mark of a footnote of the sheet without it, and what is
    said of them."""
    notes = _footnotes(found.texts)
    notes |= _footnotes(_alone(grid))
    if not notes:
        return grid, []
    marked = dict[str, list[str]]()
    rows = list[list[Raw]]()
    for row in grid.rows:
        rows.append(list(row))
        for at, cell in enumerate(row):
            if (parts := _marked(cell, notes)) is not None:
                rows[-1][at] = parts[0]
                marked.setdefault(parts[1], []).append(str(cell).strip())
    said = [
        f"{', '.join(map(repr, cells[:_SHOWN]))}{' and others' * (len(cells) > _SHOWN)}: the mark "
        f"is that of the note {notes[mark][:80]!r}"
        for mark, cells in marked.items()
    ]
    return (replace(grid, rows=rows), said) if marked else (grid, [])


def _alone(grid: Grid) -> Iterable[str]:
    """Texts that are all that stands in their row, in the last rows of the sheet."""
    for row in reversed(grid.rows):
        cells = [c for c in row if c is not None and str(c).strip()]
        if len(cells) > 1:
            return
        if cells and isinstance(cells[0], str):
            yield cells[0]


def _footnotes(texts: Iterable[str]) -> dict[str, str]:
    parts = (_NOTE.fullmatch(text.strip()) for text in texts)
    return {found["mark"]: found[0] for found in parts if found is not None}


def _marked(cell: Raw, notes: Mapping[str, str]) -> tuple[str, str] | None:
    """A cell without its mark, and the mark, where there is a note for it."""
    if not isinstance(cell, str):
        return None
    found = _MARKED.fullmatch(cell.strip())
    if found is None or found["mark"] not in notes:
        return None
    return found["cell"].strip(), found["mark"]
