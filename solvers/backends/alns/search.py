"""The search: destroy a part of the best point, solve it again, learn which way pays."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator, default_rng

from optwright.solvers.backends.alns.bandit import Bandit, Result, bandit_named
from optwright.solvers.backends.alns.incumbent import Incumbent
from optwright.solvers.backends.alns.neighbour import Found, Limits, Stops, solve_neighbourhood
from optwright.solvers.backends.alns.operators import OPERATORS, Neighbourhood, State
from optwright.solvers.backends.alns.settings import Settings
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.outcome import SolveOptions

WIDER, NARROWER = 1.4, 0.65
WIDEST, NARROWEST = 0.9, 0.01
GAP = 1e-4  # of one neighbourhood: what is nearer to its best is not worth the time


@dataclass(frozen=True)
class Step:
    """One neighbourhood to search: the arm it comes from, the point it begins with."""

    number: int
    arm: int
    part: Neighbourhood
    start: Floats
    objective: float


@dataclass
class Search:
    """`model` is scaled and minimizes. `now` is the clock that limits are kept by."""

    model: LinearModel
    best: Incumbent
    settings: Settings
    options: SolveOptions
    now: Callable[[], float]
    ends: float
    limit_s: float
    """For one neighbourhood."""
    relaxed: Floats | None = None
    tried: dict[str, Counter[Result]] = field(default_factory=dict)
    """How often each way was tried, and what came of it."""
    skipped: Counter[str] = field(default_factory=Counter)
    """How often a way had no neighbourhood to offer."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _count: int = 0

    def __post_init__(self) -> None:
        self._names = list(self.settings.operators)
        self._shares = [OPERATORS[name][1] for name in self._names]
        self._bandit: Bandit = bandit_named(self.settings.bandit, len(self._names))
        self._rng: Generator = default_rng(self.options.seed)
        self.tried = {name: Counter() for name in self._names}

    @property
    def iterations(self) -> int:
        return self._count

    def stop(self) -> None:
        self._stopped.set()

    @property
    def is_over(self) -> bool:
        most = self.settings.iterations
        return (
            self._stopped.is_set()
            or self.now() >= self.ends
            or (most is not None and self._count >= most)
            or self.best.is_proven(self.options.mip_gap)
        )

    def step(self) -> bool:
        """Search one neighbourhood; False where no way has any to offer."""
        chosen = self.choose()
        if chosen is None:
            return False
        self.learn(chosen, self.solve(chosen))
        return True

    def choose(self) -> Step | None:
        """The next neighbourhood, by the bandit."""
        with self._lock:
            state = self._state()
            arms = list(range(len(self._names)))
            while arms:
                arm = self._bandit.choose(arms, self._rng)
                operator, _ = OPERATORS[self._names[arm]]
                part = operator(state, self._shares[arm], self._rng)
                if part is not None:
                    self._count += 1
                    return Step(self._count, arm, part, state.best, self._known())
                self.skipped[self._names[arm]] += 1
                arms.remove(arm)
        return None

    def solve(self, step: Step) -> Found:
        """What the neighbourhood holds; may run in any thread."""
        timed = self.settings.iterations is None
        ends = min(self.now() + self.limit_s, self.ends) if timed else self.ends
        options = SolveOptions(
            time_limit_s=max(self.options.time_limit_s, 0.1),
            mip_gap=GAP,
            seed=(self.options.seed + step.number) % 2**31,
        )
        stops: Stops = lambda: self._stopped.is_set() or self.now() >= ends  # noqa: E731
        nodes = None if timed else self.settings.nodes
        limits = Limits(options, stops, nodes)
        return solve_neighbourhood(self.model, step.part, step.start, limits)

    def learn(self, step: Step, found: Found) -> Result:
        """Offer the point, pay the arm, and move how much it frees."""
        result = Result.REJECTED
        if found.x is not None:
            result = self.best.offer(found.x * self.best.scaling.columns, step.objective)
        with self._lock:
            self._bandit.learn(step.arm, result)
            self.tried[self._names[step.arm]][result] += 1
            if result < Result.BETTER:
                factor = WIDER if found.ended else NARROWER
                share = self._shares[step.arm] * factor
                self._shares[step.arm] = min(max(share, NARROWEST), WIDEST)
        return result

    def _state(self) -> State:
        best = self.best
        with best.changed:
            assert best.x is not None
            columns = best.scaling.columns
            bound = best.bound
            factor = best.sign * best.scaling.objective
            return State(
                self.model,
                best.x / columns,
                factor * self._known(),
                self.relaxed,
                [x / columns for x in best.pool],
                -np.inf if bound is None else factor * bound,
            )

    def _known(self) -> float:
        assert self.best.objective is not None
        return self.best.objective


def minimizing(model: LinearModel) -> LinearModel:
    """The same program as one that minimizes."""
    if not model.maximize:
        return model
    return replace(model, maximize=False, cost=-model.cost, offset=-model.offset)
