"""The points that a solver told while it worked, for when it does not come to an end.

Each is held against the model before it is believed, like the point of a solver that returned."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter

import numpy as np

from optwright.solvers.backends import verify_point
from optwright.solvers.backends.progress import SolverEvent
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.outcome import Outcome, Progress, Status

Judge = Callable[[Floats], Outcome | None]
"""Says what a point is worth in a model, None for one that does not keep it."""

ON_ITS_WAY = "a point on its way"
KEPT = 3  # points; the best may miss a row by a little where the one before it does not


@dataclass
class Incumbents:
    """Listens to one solve; `on_progress` is told each better point and each better bound."""

    on_progress: Callable[[Progress], None] | None = None
    bound: float | None = None
    objective: float | None = None
    _points: deque[Floats] = field(default_factory=lambda: deque(maxlen=KEPT))
    _began: float = field(default_factory=perf_counter)

    def on_event(self, event: SolverEvent) -> None:
        if event.x is not None:
            self._points.append(event.x)
        if event.objective is not None and event.kind in ("point", "log"):
            self.objective = event.objective
        if event.bound is not None and np.isfinite(event.bound):
            self.bound = event.bound
        if self.on_progress is not None and event.kind in ("point", "bound", "log"):
            seconds = perf_counter() - self._began
            self.on_progress(Progress(seconds, self.objective, self.bound))

    @property
    def has_point(self) -> bool:
        return bool(self._points)

    def outcome(self, judge: Judge) -> Outcome | None:
        """The best point that `judge` lets pass, as `feasible` with the bound; None without one."""
        for x in reversed(self._points):
            if (outcome := judge(x)) is not None:
                return replace(outcome, bound=self.bound)
        return None


def judge_linear(
    model: LinearModel, broken_by: Callable[[Floats], str | None] = lambda _: None
) -> Judge:
    """What lets a point pass that keeps a linear model, in whole numbers where it has these.
    `broken_by` says what a point breaks beside the rows."""

    def judge(x: Floats) -> Outcome | None:
        if len(x) != len(model.cost):
            return None
        outcome = verify_point.judge(model, Status.TIME_LIMIT, ON_ITS_WAY, x)
        if not outcome.status.has_solution or verify_point.leans_on_fractions(model, outcome):
            return None
        return outcome if broken_by(x) is None else None

    return judge
