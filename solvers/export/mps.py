"""Free MPS, read by every solver there is; always a minimization, since no keyword for another
sense is read by all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optwright.solvers.backends.lp_text import NEGATED
from optwright.solvers.backends.program import Program
from optwright.solvers.export.files import (
    ExportRow,
    file_names,
    header,
    linear,
    rows,
    whole_limits,
    without_offset,
)
from optwright.solvers.model.linear_model import INFINITE, LinearModel

COST = "COST"
_KINDS = {"<=": "L", ">=": "G", "=": "E"}


def write(program: Program) -> str:
    model = whole_limits(without_offset(linear(program)))
    names = file_names(model.column_names)
    stated = list(rows(model))
    row_names = file_names([COST, *(row.name for row in stated)])
    places = list(names.values())
    lines = [
        *header(program, names | row_names, "*"),
        *([f"* {NEGATED}"] if model.maximize else []),
        "NAME optwright FREE",  # CBC takes the columns of a file for fixed places otherwise
        "ROWS",
        f" N {COST}",
        *(f" {_KINDS[row.relation]} {row_names[row.name]}" for row in stated),
        "COLUMNS",
        *_columns(model, stated, list(row_names.values()), places),
        "RHS",
        *(f" RHS {row_names[row.name]} {row.side!r}" for row in stated if row.side),
        "BOUNDS",
        *_bounds(model, places),
        "ENDATA",
    ]
    return "\n".join(lines) + "\n"


def _columns(
    model: LinearModel, stated: Sequence[ExportRow], row_names: Sequence[str], names: Sequence[str]
) -> Iterator[str]:
    """Entries by column; integer columns stand between markers."""
    cost = -model.cost if model.maximize else model.cost
    by_column: list[list[tuple[str, float]]] = [[(COST, c)] for c in cost.tolist()]
    for row, name in zip(stated, row_names[1:], strict=True):
        for j, coefficient in row.entries:
            by_column[j].append((name, coefficient))
    whole = False
    for j, name in enumerate(names):
        if bool(model.integer[j]) is not whole:
            whole = not whole
            yield _marker(whole)
        yield from (f" {name} {row} {coefficient!r}" for row, coefficient in by_column[j])
    if whole:
        yield _marker(False)


def _marker(begins: bool) -> str:
    return f" MARKER 'MARKER' '{'INTORG' if begins else 'INTEND'}'"


def _bounds(model: LinearModel, names: Sequence[str]) -> Iterator[str]:
    """Every limit in full: readers disagree on what an integer column without any has."""
    for name, low, high in zip(names, model.lower.tolist(), model.upper.tolist(), strict=True):
        below, above = low <= -INFINITE, high >= INFINITE
        if below and above:
            yield f" FR BOUND {name} 0"
            continue
        yield f" MI BOUND {name}" if below else f" LO BOUND {name} {low!r}"
        yield f" PL BOUND {name}" if above else f" UP BOUND {name} {high!r}"
