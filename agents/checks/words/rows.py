"""A formulation's constraints as rows of numbers, for checks that compare them with words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite

from optwright.errors import DataError, FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.model.linear_model import LinearModel


@dataclass(frozen=True, slots=True)
class StatedRow:
    """lower <= sum of coefficients times elements <= upper; `constraint` is where it comes from."""

    constraint: str
    coefficients: Mapping[str, float]
    lower: float
    upper: float

    @property
    def limits(self) -> tuple[float, ...]:
        """The finite limits, once each."""
        return tuple({v for v in (self.lower, self.upper) if isfinite(v)})

    @property
    def is_sign_only(self) -> bool:
        """Whether the row only says that something is not negative."""
        return (
            self.lower == 0
            and self.upper == inf
            and len(self.coefficients) == 1
            and all(c > 0 for c in self.coefficients.values())
        )


def linear(program: Program) -> LinearModel | None:
    """A program as arrays; None where it is not linear, or cannot be read."""
    try:
        return program.arrays
    except (FormulationError, DataError):
        return None


def objective_weights(arrays: LinearModel) -> dict[str, float]:
    """The coefficients of the objective, by element."""
    weights = zip(arrays.column_names, arrays.cost, strict=True)
    return {name: float(weight) for name, weight in weights if weight}


def first_rows(arrays: LinearModel) -> dict[str, StatedRow]:
    """The first row of each constraint, by name.

    A constraint over a set has one row per member and all of them read alike.
    """
    rows: dict[str, StatedRow] = {}
    for r, name in enumerate(arrays.row_names):
        constraint = name.partition("[")[0]
        if constraint in rows:
            continue
        span = slice(arrays.starts[r], arrays.starts[r + 1])
        rows[constraint] = StatedRow(
            constraint,
            {
                arrays.column_names[j]: float(c)
                for j, c in zip(arrays.columns[span], arrays.coefficients[span], strict=True)
                if c
            },
            float(arrays.row_lower[r]),
            float(arrays.row_upper[r]),
        )
    return rows
