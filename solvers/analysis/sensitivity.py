"""What the optimum of a linear program hangs on: duals, reduced costs, slacks, and their ranges.

Each range is about one number moving alone, at the corner the solver ended in; where several
corners are optimal another one may have wider ranges. With whole numbers the figures are those of
the linear program that is left when these are fixed, and say nothing about changing them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf, isfinite, isnan
from typing import TYPE_CHECKING

import numpy as np

from optwright.solvers.analysis.diagnosis import linear_form
from optwright.solvers.backends import worker
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.language.labels import PLAIN, Words, listed, number
from optwright.solvers.model.linear_model import INFINITE, TOLERANCE, Floats, LinearModel
from optwright.solvers.model.outcome import SolveOptions

if TYPE_CHECKING:
    from optwright.solvers.backends.program import Program


@dataclass(frozen=True, slots=True)
class RowSensitivity:
    """A row at the optimum. `dual` is the change of the objective per unit of `limit`, which is
    the limit that binds or else the nearest; it holds while `limit` is in `low`..`high`."""

    name: str
    activity: float
    limit: float
    slack: float
    dual: float
    low: float
    high: float

    @property
    def binds(self) -> bool:
        return self.slack <= TOLERANCE * max(1.0, abs(self.limit))


@dataclass(frozen=True, slots=True)
class ColumnSensitivity:
    """A variable at the optimum. The point stays optimal while `cost` is in `low`..`high`;
    `reduced_cost` is the change of the objective per unit that the variable is forced to move."""

    name: str
    value: float
    cost: float
    reduced_cost: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What an optimum hangs on; `integers_fixed` says whether whole numbers were held fixed."""

    objective: float
    rows: tuple[RowSensitivity, ...]
    columns: tuple[ColumnSensitivity, ...]
    integers_fixed: bool
    words: Words = PLAIN

    def sentences(self) -> list[str]:
        told = []
        if self.integers_fixed:
            told.append("With the whole numbers held as they are:")
        binding = sorted((r for r in self.rows if r.dual), key=lambda r: -abs(r.dual))
        told += listed([self._row_sentence(row) for row in binding])
        return told + listed([self._column_sentence(c) for c in self.columns if c.reduced_cost])

    def _row_sentence(self, row: RowSensitivity) -> str:
        return (
            f"- {self.words.row(row.name)}: one unit more of its limit {number(row.limit)} changes "
            f"the objective by {_signed(row.dual)}{_while(row.low, row.high)}"
        )

    def _column_sentence(self, column: ColumnSensitivity) -> str:
        return (
            f"- {self.words.variable(column.name)} stays at {number(column.value)}"
            f"{_while(column.low, column.high, 'its coefficient in the objective')}"
        )


def analyse(program: Program, limit_s: float = 10.0) -> Sensitivity | None:
    """The sensitivity of a program's optimum; None if it is not linear or has no optimum."""
    model = linear_form(program)
    words = Words(program.formulation)
    return None if model is None else sensitivity(model, limit_s=limit_s, words=words)


def sensitivity(
    model: LinearModel, *, limit_s: float = 10.0, words: Words = PLAIN
) -> Sensitivity | None:
    """The sensitivity of a linear model's optimum, or None if none was found in time."""
    linear = _integers_fixed(model, limit_s) if model.has_integers else model
    found = worker.ranging(linear, limit_s) if linear is not None and len(model.cost) else {}
    if not found or linear is None:
        return None
    figures = {name: np.array(values, dtype=np.float64) for name, values in found.items()}
    x = figures["x"]
    return Sensitivity(
        model.objective(x),
        tuple(_rows(linear, figures)),
        tuple(_columns(model, figures)),
        model.has_integers,
        words,
    )


def _integers_fixed(model: LinearModel, limit_s: float) -> LinearModel | None:
    """The linear program that is left when the whole numbers stay where they are best."""
    solver = worker.Killable("highs")
    outcome = solver.solve(FromArrays(model), SolveOptions(time_limit_s=limit_s))
    if not outcome.status.has_solution:
        return None
    x = np.array([outcome.values[name] for name in model.column_names])
    return replace(
        model,
        lower=np.where(model.integer, x, model.lower),
        upper=np.where(model.integer, x, model.upper),
        integer=np.zeros_like(model.integer),
    )


def _rows(model: LinearModel, figures: dict[str, Floats]) -> Iterator[RowSensitivity]:
    activities = model.activities(figures["x"])
    for r, name in enumerate(model.row_names):
        lower, upper = float(model.row_lower[r]), float(model.row_upper[r])
        if lower > -INFINITE or upper < INFINITE:
            activity, dual = float(activities[r]), float(figures["duals"][r]) + 0.0
            limit = lower if activity - lower < upper - activity else upper
            low, high = float(figures["row_low"][r]), float(figures["row_high"][r])
            if lower == upper and isnan(low):
                low = high = limit  # follows from other rows: moved alone, there is no solution
            elif isnan(low):  # does not bind: its limit may come as near as the activity
                low, high = (-inf, activity) if limit == lower else (activity, inf)
            slack = abs(limit - activity)
            yield RowSensitivity(name, activity, limit, slack, dual, low, high)


def _columns(model: LinearModel, figures: dict[str, Floats]) -> Iterator[ColumnSensitivity]:
    for j, name in enumerate(model.column_names):
        if not model.integer[j]:
            yield ColumnSensitivity(
                name,
                value=float(figures["x"][j]) + 0.0,
                cost=float(model.cost[j]),
                reduced_cost=float(figures["reduced_costs"][j]) + 0.0,
                low=float(figures["cost_low"][j]),
                high=float(figures["cost_high"][j]),
            )


def _signed(value: float) -> str:
    return f"{value:+.6g}"


def _while(low: float, high: float, what: str = "it") -> str:
    if isfinite(low) and isfinite(high):
        return f" while {what} is between {number(low)} and {number(high)}"
    if isfinite(low):
        return f" while {what} is at least {number(low)}"
    return f" while {what} is at most {number(high)}" if isfinite(high) else ""
