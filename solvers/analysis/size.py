"""How large a linear program is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from optwright.solvers.analysis.diagnosis import linear_form

if TYPE_CHECKING:
    from optwright.solvers.backends.program import Program


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of columns, of those that are whole, of rows, and of entries that are not zero."""

    columns: int
    whole_columns: int
    rows: int
    entries: int


def size_of(program: Program) -> Size | None:
    """The size of a program as a solver gets it; None where it is not linear."""
    model = linear_form(program)
    if model is None:
        return None
    return Size(
        columns=len(model.cost),
        whole_columns=int(model.integer.sum()),
        rows=len(model.row_lower),
        entries=len(model.coefficients),
    )
