"""Rows at the end of a table that are averages, maxima or minima of those above: nobody ships to
`Average`. Sums alone are the matter of `total_rows`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isclose
from statistics import fmean, median

from optwright.solvers.data.reading.columns import TypedColumn
from optwright.solvers.data.reading.draft import Draft
from optwright.solvers.data.table import Cell, ColumnType

MOST = 5
"""Rows of a summary."""
FEWEST_OTHERS = 3
MOST_ROWS = 10_000
_KINDS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "average": fmean,
    "largest": max,
    "smallest": min,
    "median": median,
}


def ask_of_summaries(draft: Draft, columns: Sequence[TypedColumn]) -> None:
    """Ask about rows at the end that say in every column of numbers the same of the rows above."""
    if draft.correction.keep_totals or not columns:
        return
    rows = len(columns[0].cells)
    numbers = [c.cells for c in columns if c.type in (ColumnType.INTEGER, ColumnType.NUMBER)]
    if not numbers or rows > MOST_ROWS:
        return
    for many in range(MOST, 0, -1):
        if rows - many < FEWEST_OTHERS:
            continue
        kinds = [_kind(numbers, rows - many, at) for at in range(rows - many, rows)]
        witnesses = sum(sum(_is_number(cells[at]) for cells in numbers)
                        for at in range(rows - many, rows))  # fmt: skip
        is_summary = all(kinds) and set(kinds) != {"sum"} and witnesses > 1
        if is_summary and not _may_be_chance(columns, numbers, rows - many):
            _ask(draft, columns, kinds, rows - many)
            return


def _may_be_chance(
    columns: Sequence[TypedColumn], numbers: Sequence[Sequence[Cell]], first: int
) -> bool:
    """Whether rows are likelier rows like others. One that is called what a row above is called is
    no summary; and where there is one column of numbers, an amount that stands above already is a
    tie, which looks like the largest, the smallest or the median."""
    names = columns[0].cells
    if any(isinstance(name, str) and name in names[:first] for name in names[first:]):
        return True
    return len(numbers) == 1 and all(cell in numbers[0][:first] for cell in numbers[0][first:])


def _ask(draft: Draft, columns: Sequence[TypedColumn], kinds: Sequence[str], first: int) -> None:
    told = ", ".join(
        f"row {draft.row_numbers[first + at]} ({columns[0].cells[first + at]}: {kind})"
        for at, kind in enumerate(kinds)
    )
    leave = ", ".join(str(draft.row_numbers[first + at]) for at in range(len(kinds)))
    draft.ask(
        f"{told} of table {draft.name!r} only sum up the rows above: are they rows like others?",
        ("keep_totals = true", "yes (taken for now)"),
        (f"leave_rows = [{leave}]", "no, they are left out"),
    )


def _kind(columns: Sequence[Sequence[Cell]], rows: int, at: int) -> str:
    """What a row says of the first `rows` in every column in which it holds a number."""
    found = [
        {kind for kind, of in _KINDS.items() if _is_about(number, of(above))}
        for cells in columns
        if isinstance(number := cells[at], int | float)
        and (above := [c for c in cells[:rows] if isinstance(c, int | float)])
    ]
    alike = (all(cells[at] == cells[other] for cells in columns) for other in range(rows))
    if len(columns) > 1 and any(alike):
        return ""  # the same as another row: two of a kind
    same = set.intersection(*found) if found else set[str]()
    return next((kind for kind in _KINDS if kind in same), "")


def _is_about(number: float, exact: float) -> bool:
    """Whether a number is another one, as it is or rounded to the digits that it has."""
    digits = len(f"{number:.10f}".rstrip("0").partition(".")[2])
    return isclose(number, exact, rel_tol=1e-9, abs_tol=1e-9) or (
        digits < 10 and abs(number - exact) <= 0.5 * 10.0**-digits
    )


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float)
