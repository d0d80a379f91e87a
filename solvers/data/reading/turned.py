"""Tables that lie on their side: each row says one thing of all heads, and columns are mixed."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.solvers.data.reading import numerals
from optwright.solvers.data.reading.blocks import is_number
from optwright.solvers.data.reading.draft import Draft
from optwright.solvers.data.reading.grid import Raw, is_blank
from optwright.solvers.data.reading.heads import head_text

MOST_ROWS = 200
"""Nobody writes down more than so many properties of the same things below each other."""


def turn(draft: Draft) -> None:
    """Let rows and columns change places where a correction says so, or where every row is of one
    kind and every column is not; the latter is asked about."""
    wanted = draft.correction.transposed
    if wanted is False or (wanted is None and not _lies_on_its_side(draft)):
        return
    heads, *columns = draft.cells
    names = [head_text(cell) for cell in heads]
    corner = draft.names[0]
    if wanted is None:
        draft.ask(
            f"do the rows {', '.join(names[:3])} of table {draft.name!r} say what is known of "
            f"{', '.join(draft.names[1:4])}? Then rows and columns change places",
            ("transposed = true", "they do (taken for now)"),
            ("transposed = false", "they are rows like those of other tables"),
        )
    draft.cells = [list(draft.names[1:]), *map(list, zip(*columns, strict=True))]
    draft.names = [corner, *names]
    draft.row_numbers = [draft.row_numbers[0]] * len(draft.cells[0])
    draft.across = None


def _lies_on_its_side(draft: Draft) -> bool:
    rows = len(draft.row_numbers)
    if len(draft.cells) < 3 or not 1 < rows <= MOST_ROWS or draft.body.has_no_heads:
        return False
    if len(set(map(head_text, draft.cells[0]))) < rows or any(map(is_blank, draft.cells[0])):
        return False
    kinds = [_kind([column[row] for column in draft.cells[1:]]) for row in range(rows)]
    return None not in kinds and len(set(kinds)) > 1 and kinds.count(True) > 0


def _kind(cells: Sequence[Raw]) -> bool | None:
    """True for cells that are all numbers, False for texts, None for a mixture or nothing."""
    told = [
        c for c in cells if not (is_blank(c) or (isinstance(c, str) and numerals.is_missing(c)))
    ]
    numbers = sum(map(is_number, told))
    if not told or 0 < numbers < len(told):
        return None
    return numbers > 0
