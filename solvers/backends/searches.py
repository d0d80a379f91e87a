"""Many small questions about one linear model: a point that keeps some limits and misses others.

Each search has an objective of its own and a few sets of changed limits, tried in turn; the first
that has an optimal point answers it. All of them run in one job of one solver process, so that
what is paid for each is little more than its solve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, ClassVar, Literal

import numpy as np

from optwright.solvers.backends.scaling import Scaling
from optwright.solvers.backends.verify_point import settle
from optwright.solvers.model.linear_model import Floats, Ints, LinearModel
from optwright.solvers.model.outcome import SolveOptions, Status

Limits = tuple[float, float]

ONE_S = 0.5
"""What one search may take at most."""
ROUGHLY = 0.2
"""The relative gap of whole-number searches that have an objective of their own."""
SMALL = 1000  # coefficients; below this a warm start beats presolving anew


@dataclass(frozen=True, slots=True)
class Change:
    """Limits that differ from the model's, by row and by column."""

    rows: Mapping[int, Limits] = field(default_factory=dict)
    columns: Mapping[int, Limits] = field(default_factory=dict)
    fractions: bool = False
    """Whether whole numbers may be fractions here."""


AS_IT_IS = Change()


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """An objective and the changes under which it is sought. `cost` has one number a column, None
    for the model's own objective and sense; `maximize` belongs to `cost`."""

    changes: tuple[Change, ...] = (AS_IT_IS,)
    cost: Floats | None = None
    maximize: bool = False


Why = Literal["found", "none", "unbounded", "unknown"]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The point that answers a search, one number a column, or why there is none: proven that no
    point exists, unbounded, or not known in the time there was."""

    why: Why
    point: Floats | None = None
    change: int = 0
    """Which of the changes it was found under."""


@dataclass(frozen=True, slots=True)
class SearchJob:
    """What the solver process is sent."""

    model: LinearModel
    searches: tuple[Search, ...]
    seconds: float
    limit_s: float
    needs_pyomo: ClassVar[bool] = False

    def run(self) -> dict[str, Any]:
        deadline = perf_counter() + self.seconds
        engine = _Engine(self.model)
        found = [engine.find(search, deadline) for search in self.searches]
        return {
            "found": [
                {
                    "why": f.why,
                    "point": None if f.point is None else f.point.tolist(),
                    "change": f.change,
                }
                for f in found
            ]
        }


def search(
    model: LinearModel, searches: Sequence[Search], seconds: float = 3.0
) -> tuple[Found, ...]:
    """Answer every search; what is not answered within `seconds` in all is `unknown`.

    Raises `FormulationError` for a model that holds a number that is none.
    """
    from optwright.solvers.backends.worker import run_job

    if not searches:
        return ()
    answer = run_job(SearchJob(model, tuple(searches), seconds, seconds + 2.0))
    if answer is None:
        return tuple(Found("unknown") for _ in searches)
    return tuple(
        Found(f["why"], None if f["point"] is None else np.array(f["point"]), f["change"])
        for f in answer["found"]
    )


class _Engine:
    """One HiGHS that holds the model; a search changes it, asks, and puts back what it changed,
    so that each solve begins where the last one ended."""

    def __init__(self, model: LinearModel) -> None:
        from optwright.solvers.backends.highs import load

        self._model = model
        self._scaling = Scaling.of(model)
        self._scaled = self._scaling.apply(model)
        self._highs = load(self._scaled, SolveOptions(time_limit_s=ONE_S))
        self._columns = np.arange(len(model.cost), dtype=np.int32)
        self._highs.setOptionValue("parallel", "off")  # threads cost these more than they bring
        if not model.has_integers and len(model.coefficients) <= SMALL:
            self._highs.setOptionValue("presolve", "off")  # a warm start needs what it would drop

    def find(self, sought: Search, deadline: float) -> Found:
        """The first change that has a point; what is said of the last where none has."""
        last = Found("unknown")
        for place, change in enumerate(sought.changes):
            self._set_cost(sought)
            left_s = min(ONE_S, deadline - perf_counter())
            if left_s <= 0:
                return Found("unknown")
            self._highs.setOptionValue("time_limit", self._highs.getRunTime() + left_s)
            last = self._under(change)
            if last.point is not None:
                return replace(last, change=place)
        return last

    def _set_cost(self, sought: Search) -> None:
        import highspy

        own = sought.cost is None
        cost = self._model.cost if sought.cost is None else sought.cost
        maximize = self._model.maximize if own else sought.maximize
        scaled = cost * self._scaling.columns * (self._scaling.objective if own else 1.0)
        self._highs.changeColsCost(len(scaled), self._columns, scaled)
        # A plan need not be the smallest, only small; the model's own best is sought exactly.
        self._highs.setOptionValue("mip_rel_gap", SolveOptions().mip_gap if own else ROUGHLY)
        sense = highspy.ObjSense.kMaximize if maximize else highspy.ObjSense.kMinimize
        self._highs.changeObjectiveSense(sense)

    def _under(self, change: Change) -> Found:
        self._apply(change)
        try:
            self._highs.run()
            return self._read(change)
        finally:
            self._undo(change)

    def _apply(self, change: Change) -> None:
        rows, columns = self._scaling.rows, self._scaling.columns
        for i, (low, high) in change.rows.items():
            self._highs.changeRowBounds(i, low * rows[i], high * rows[i])
        for j, (low, high) in change.columns.items():
            self._highs.changeColBounds(j, low / columns[j], high / columns[j])
        if change.fractions:
            self._set_integrality(np.zeros(len(columns), dtype=np.int32))

    def _undo(self, change: Change) -> None:
        for i in change.rows:
            self._highs.changeRowBounds(i, self._scaled.row_lower[i], self._scaled.row_upper[i])
        for j in change.columns:
            self._highs.changeColBounds(j, self._scaled.lower[j], self._scaled.upper[j])
        if change.fractions:
            self._set_integrality(self._model.integer.astype(np.int32))

    def _set_integrality(self, kinds: Ints) -> None:
        import highspy

        kind = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        for j in self._columns[self._model.integer]:
            self._highs.changeColIntegrality(int(j), kind[int(kinds[j])])

    def _read(self, change: Change) -> Found:
        from optwright.solvers.backends.highs import STATUSES

        status = STATUSES.get(self._highs.getModelStatus().name, Status.ERROR)
        if status is Status.INFEASIBLE_OR_UNBOUNDED:
            return Found("unbounded" if self._has_any_point() else "none")
        if status is not Status.OPTIMAL:
            return Found(_WHY.get(status, "unknown"))
        point = np.array(self._highs.getSolution().col_value) * self._scaling.columns
        changed = _changed(self._model, change)
        if changed.broken_by(point):
            return Found("unknown")
        return Found("found", settle(changed, point))

    def _has_any_point(self) -> bool:
        """Whether the limits as they stand have a point, whatever the objective."""
        import highspy

        nothing = np.zeros(len(self._columns))
        self._highs.changeColsCost(len(nothing), self._columns, nothing)
        self._highs.run()
        return bool(self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)


_WHY: Mapping[Status, Why] = {Status.INFEASIBLE: "none", Status.UNBOUNDED: "unbounded"}


def _changed(model: LinearModel, change: Change) -> LinearModel:
    """The model under a change, to hold a point against."""
    row_lower, row_upper = model.row_lower.copy(), model.row_upper.copy()
    for row, (low, high) in change.rows.items():
        row_lower[row], row_upper[row] = low, high
    lower, upper = model.lower.copy(), model.upper.copy()
    for column, (low, high) in change.columns.items():
        lower[column], upper[column] = low, high
    return replace(
        model,
        lower=lower,
        upper=upper,
        row_lower=row_lower,
        row_upper=row_upper,
        integer=np.zeros_like(model.integer) if change.fractions else model.integer,
    )
