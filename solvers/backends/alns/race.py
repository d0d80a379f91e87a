"""The plain solve that runs beside the search: it gives the bound, and points of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from optwright.errors import OptwrightError
from optwright.solvers.backends import highs
from optwright.solvers.backends.alns.incumbent import Incumbent
from optwright.solvers.backends.progress import Control, SolverEvent, controlled_by, listened_by
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status

LOOK_S = 0.01


@dataclass
class Race:
    """HiGHS in a thread of its own. While it is `paused` it stands still at the next place where it
    asks; where it does not ask (in a long relaxation) it goes on. Points that others find are
    offered to it."""

    model: LinearModel
    options: SolveOptions
    best: Incumbent
    clock: Callable[[], float]
    outcome: Outcome | None = None
    error: OptwrightError | None = None
    _stopped: threading.Event = field(default_factory=threading.Event)
    _runs: threading.Event = field(default_factory=threading.Event)
    _offered: Floats | None = None
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self._runs.set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return self._thread is not None and not self._thread.is_alive()

    @property
    def is_conclusive(self) -> bool:
        """Whether it came to an end that settles the model."""
        ends = (
            Status.OPTIMAL,
            Status.INFEASIBLE,
            Status.UNBOUNDED,
            Status.INFEASIBLE_OR_UNBOUNDED,
        )
        return self.error is not None or (self.outcome is not None and self.outcome.status in ends)

    def run_for(self, seconds: float, until: Callable[[], bool]) -> None:
        """Let it work while the caller waits, until `seconds` have passed, it is over or `until`
        says so; then it pauses."""
        self._runs.set()
        ends = self.clock() + seconds
        while not self.is_over and not until() and self.clock() < ends:
            with self.best.changed:
                self.best.changed.wait(LOOK_S)
        self._runs.clear()

    def let_run(self) -> None:
        self._runs.set()

    def stop(self, patience_s: float) -> None:
        """Ask it to end, and wait so long for it."""
        self._stopped.set()
        self._runs.set()
        if self._thread is not None:
            self._thread.join(patience_s)

    def _run(self) -> None:
        control = Control(self._goes_on, self._offer)
        try:
            with listened_by(self._on_event), controlled_by(control):
                self.outcome = highs.solve_arrays(self.model, self.options)
        except OptwrightError as error:
            self.error = error
        finally:
            with self.best.changed:
                self.best.changed.notify_all()

    def _goes_on(self) -> bool:
        while not self._runs.wait(0.2):
            if self._stopped.is_set():
                break
        return not self._stopped.is_set()

    def _offer(self) -> Floats | None:
        """The best point where HiGHS has not had it yet."""
        x = self.best.x
        if x is None or (self._offered is not None and np.array_equal(x, self._offered)):
            return None
        self._offered = x
        return x

    def _on_event(self, event: SolverEvent) -> None:
        if event.x is not None:
            self._offered = event.x
            self.best.offer(event.x)
        if event.kind in ("point", "bound"):
            self.best.learn_bound(event.bound)


def first_point(model: LinearModel, options: SolveOptions) -> Outcome:
    """The first point HiGHS comes to, and the bound by then: the same whenever it is asked."""
    only = {**options.engine, "mip_max_improving_sols": "1"}
    with listened_by(None):  # whoever keeps the point tells it
        return highs.solve_arrays(model, replace(options, engine=only))
