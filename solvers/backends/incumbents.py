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
            self.objective = event.objective
        if event.bound is not None and np.isfinite(event.bound):
            self.bound = event.bound
        if self.on_progress is not None and event.kind in ("point", "bound"):
            seconds = perf_counter() - self._began
            self.on_progress(Progress(seconds, self.objective, self.bound))

    def outcome(
        self,
        model: LinearModel | None,
        broken_by: Callable[[Floats], str | None] = lambda _: None,
    ) -> Outcome | None:
        """The best point that keeps the model, as `feasible` with the bound; None without one.
        `broken_by` says what a point breaks beside the rows."""
        if model is None:
            return None
        for x in reversed(self._points):
            if len(x) != len(model.cost):
                continue
            outcome = verify_point.judge(model, Status.TIME_LIMIT, "a point on its way", x)
            if not outcome.status.has_solution or verify_point.leans_on_fractions(model, outcome):
                continue
            if broken_by(x) is None:
                return replace(outcome, bound=self.bound)
        return None
