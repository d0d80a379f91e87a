"""Which rows of the solved program a number of the model limits."""

from __future__ import annotations

import re

from optwright.solvers.backends.program import Program
from optwright.solvers.edit.references import (
    NumberRef,
    ParameterRef,
    RhsRef,
    constraint_named,
    formulation_of,
    parameter_behind,
    rows_of,
)


def row_behind(program: Program, reference: NumberRef) -> str | None:
    """The one row whose limit a reference is, as long as it is nothing else."""
    rows = rows_behind(program, reference)
    if len(rows) != 1 or "[" in rows[0]:
        return None
    return rows[0] if isinstance(reference, RhsRef) or _uses(program, reference) == 1 else None


def rows_behind(program: Program, reference: NumberRef) -> list[str]:
    """The rows whose limit a reference is; for one value of a parameter, the row of its members."""
    model = formulation_of(program)
    if isinstance(reference, RhsRef):
        row = reference.row
        return [row] if not constraint_named(program, row).forall else _elements(program, row)
    if not isinstance(reference, ParameterRef):
        return []
    found: list[str] = []
    for constraint in model.constraints:
        for row, _ in rows_of(constraint):
            behind = parameter_behind(program, row)
            if behind is not None and behind.name == reference.name:
                found += _elements(program, row) if constraint.forall else [row]
    wanted = ",".join(reference.at)
    return [row for row in found if not reference.at or row.partition("[")[2].rstrip("]") == wanted]


def _elements(program: Program, row: str) -> list[str]:
    model = program.arrays
    names = model.row_names if model is not None else ()
    return [name for name in names if name.partition("[")[0] == row]


def _uses(program: Program, reference: NumberRef) -> int:
    """In how many places of a model a parameter stands."""
    assert isinstance(reference, ParameterRef)
    model = formulation_of(program)
    texts = [model.objective.expression]
    texts += [f"{c.expression} {c.forall}" for c in model.constraints]
    return sum(len(re.findall(rf"\b{reference.name}\b", text)) for text in texts)


def is_row_of(program: Program, constraint: str, row: str) -> bool:
    family = row.partition("[")[0]
    return family in {r for r, _ in rows_of(constraint_named(program, constraint))}
