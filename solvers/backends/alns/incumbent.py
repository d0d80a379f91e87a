"""The best point of a search that several threads look for: checked, kept, and passed on."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

import numpy as np

from optwright.solvers.backends import verify_point
from optwright.solvers.backends.alns.bandit import Result
from optwright.solvers.backends.alns.operators import LEAST_GAIN
from optwright.solvers.backends.progress import Listener, SolverEvent
from optwright.solvers.backends.scaling import Scaling
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.named_numbers import numbers_of
from optwright.solvers.model.outcome import Status

POOL = 10


@dataclass
class Incumbent:
    """Holds points of the model as it was given; every one is held against its rows first.

    `on_event` is called with each better point and bound. Signs: `sign` times an objective is small
    for a good point.
    """

    model: LinearModel
    scaling: Scaling
    on_event: Listener | None = None
    x: Floats | None = None
    objective: float | None = None
    bound: float | None = None
    refused: int = 0
    """Points that did not keep the rows as they were given."""
    pool: deque[Floats] = field(default_factory=lambda: deque(maxlen=POOL))
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def sign(self) -> float:
        return -1.0 if self.model.maximize else 1.0

    def offer(self, x: Floats, since: float | None = None) -> Result:
        """Take a point if it is as good as the best; `since` is the objective that whoever found it
        began with."""
        checked = self._checked(x)
        with self.changed:
            if checked is None:
                self.refused += 1
                return Result.REJECTED
            value = self.model.objective(checked)
            result = self._result(checked, value, since)
            if result in (Result.BEST, Result.ACCEPTED):
                self.x = checked
                self.pool.append(checked)
            if result is Result.BEST:
                self.objective = value
                self._tell(SolverEvent("point", value, self.bound, checked))
                self.changed.notify_all()
            return result

    def learn_bound(self, bound: float | None) -> None:
        with self.changed:
            if bound is None or not np.isfinite(bound):
                return
            if self.bound is None or self.sign * bound > self.sign * self.bound:
                self.bound = bound
                self._tell(SolverEvent("bound", self.objective, bound))

    def is_proven(self, gap: float) -> bool:
        """Whether the bound meets the best point."""
        if self.objective is None or self.bound is None:
            return False
        left = self.sign * (self.objective - self.bound)
        return left <= max(gap * abs(self.objective), 1e-9)

    def _result(self, x: Floats, value: float, since: float | None) -> Result:
        if self.x is None or self.objective is None:
            return Result.BEST
        least = LEAST_GAIN * 0.5 * max(1.0, abs(self.objective))
        if self.sign * (self.objective - value) > least:
            return Result.BEST
        if since is not None and self.sign * (since - value) > least:
            return Result.BETTER
        is_as_good = self.sign * (value - self.objective) <= 1e-9 * max(1.0, abs(self.objective))
        return Result.ACCEPTED if is_as_good and not np.array_equal(x, self.x) else Result.REJECTED

    def _checked(self, x: Floats) -> Floats | None:
        """The point without its dust, None where it breaks the model or leans on fractions."""
        if len(x) != len(self.model.cost):
            return None
        found = verify_point.judge(self.model, Status.FEASIBLE, "a point", x)
        if verify_point.leans_on_fractions(self.model, found):
            return None
        return numbers_of(found.values, self.model.column_names)

    def _tell(self, event: SolverEvent) -> None:
        if self.on_event is not None:
            self.on_event(event)
