"""`alns` as a solver: a plain solve and a search beside it, on one core or on several."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from optwright.solvers.backends import highs, progress, verify_point
from optwright.solvers.backends.alns.bandit import Result
from optwright.solvers.backends.alns.incumbent import Incumbent
from optwright.solvers.backends.alns.race import Race, first_point
from optwright.solvers.backends.alns.search import Search, minimizing
from optwright.solvers.backends.alns.settings import Settings
from optwright.solvers.backends.scaling import Scaling, too_wide
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.outcome import DEFAULT_OPTIONS, Outcome, SolveOptions, Status

if TYPE_CHECKING:
    from optwright.solvers.backends.protocol import Solvable

ALONE = (0.05, 0.35)
"""Shares of the time that the plain solve has for itself, the least and the most: on its way
through the root it finds good points faster than a search does."""

STALLED = 0.08
"""Share of the time without a better point after which the search begins before that."""

RACE_SHARE = 0.3
"""Of one core, for the plain solve, once the search has begun."""

TURN_S = 0.5  # of the plain solve on one core
PART_SHARE, PART_S = 0.03, (0.2, 8.0)  # of the time limit, for one neighbourhood
PATIENCE_S = 1.5  # for the plain solve to notice that it shall end; it asks between relaxations


@dataclass(frozen=True, slots=True)
class Alns:
    """Adaptive large neighbourhood search for linear models with whole numbers; HiGHS solves those
    without. `clock` is for measurements that count the processor's time and not the wall's, and
    `patience_s` for machines that are busy."""

    clock: Callable[[], float] = perf_counter
    patience_s: float = PATIENCE_S
    name: str = field(default="alns", init=False)

    def solve(self, model: Solvable, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
        settings = Settings.of(options.engine)
        plain = replace(options, engine=settings.rest)
        if model.arrays is None:
            said = "alns searches linear models, and this one is not"
            return Outcome(Status.ERROR, solver=self.name, message=f"{said}; scip takes it")
        linear = model.arrays
        if not linear.has_integers:
            return highs.solve_arrays(linear, plain)
        began = perf_counter()
        linear.check()
        scaling = Scaling.of(linear)
        scaled = scaling.apply(linear)
        if refusal := too_wide(linear, scaled):
            return Outcome(Status.ERROR, solver=self.name, message=refusal)
        best = Incumbent(linear, scaling, progress.listener())
        _begin_at(best, options)
        run = _Run(linear, minimizing(scaled), best, settings, plain, self)
        outcome = run.by_count() if settings.iterations is not None else run.by_time()
        return replace(outcome, solver=f"alns on {_version()}", seconds=perf_counter() - began)


def _version() -> str:
    import highspy

    return f"highs {highspy.Highs().version()}"


def _begin_at(best: Incumbent, options: SolveOptions) -> None:
    """Take a start that names every column and keeps the rows; another is left to HiGHS."""
    names = best.model.column_names
    if options.start and all(name in options.start for name in names):
        best.offer(np.array([options.start[name] for name in names], dtype=np.float64))


@dataclass
class _Run:
    model: LinearModel
    scaled: LinearModel
    best: Incumbent
    settings: Settings
    options: SolveOptions
    engine: Alns

    def __post_init__(self) -> None:
        self.clock, self.patience_s = self.engine.clock, self.engine.patience_s
        self.ends = self.clock() + self.options.time_limit_s
        # By another clock than the wall's, HiGHS is stopped by that clock alone.
        self.wall_s = self.options.time_limit_s * (1 if self.clock is perf_counter else 1000)

    def by_time(self) -> Outcome:
        """A plain solve and a search side by side, until the time is over or the bound is met."""
        race = Race(self.model, replace(self.options, threads=1, time_limit_s=self.wall_s),
                    self.best, self.clock)  # fmt: skip
        race.begin()
        one_core = self.options.threads == 1
        least, most = (share * self.options.time_limit_s for share in ALONE)
        race.run_for(least, self._is_over)
        race.run_for(most - least, self._has_stalled())
        race.run_for(self.ends - self.clock(), lambda: self.best.x is not None or self._is_over())
        if race.is_over or self._is_over():
            return self._ended(race, None)
        search = self._search()
        if one_core:
            self._by_turns(race, search)
        else:
            race.let_run()
            self._side_by_side(race, search)
        search.stop()
        return self._ended(race, search)

    def by_count(self) -> Outcome:
        """So many neighbourhoods, one round of as many as there are threads after the other: the
        same points for the same seed and number of threads."""
        first = first_point(self.model, self.options)
        if not first.status.has_solution:
            return first
        self.best.offer(np.array([first.values[name] for name in self.model.column_names]))
        self.best.learn_bound(first.bound)
        if first.status is Status.OPTIMAL or self.best.x is None:
            return first
        search = self._search()
        with ThreadPoolExecutor(self.options.threads) as pool:
            while not search.is_over:
                most = (self.settings.iterations or 0) - search.iterations
                chosen = [search.choose() for _ in range(min(self.options.threads, most))]
                steps = [step for step in chosen if step is not None]
                if not steps:
                    break
                for step, found in zip(steps, pool.map(search.solve, steps), strict=True):
                    search.learn(step, found)
        return self._ended(None, search)

    def _by_turns(self, race: Race, search: Search) -> None:
        """One core: the plain solve stands still while a neighbourhood is searched."""
        owed = 0.0
        while not search.is_over and not race.is_over:
            before = self.clock()
            if not search.step():
                race.run_for(self.ends - self.clock(), self._is_over)
                return
            owed += (self.clock() - before) * RACE_SHARE / (1 - RACE_SHARE)
            if owed >= TURN_S:
                race.run_for(owed, self._is_over)
                owed = 0.0

    def _side_by_side(self, race: Race, search: Search) -> None:
        """Several cores: one for the plain solve, the others search."""

        def work() -> None:
            while not search.is_over and not race.is_over and search.step():
                pass

        threads = [
            threading.Thread(target=work, daemon=True) for _ in range(self.options.threads - 1)
        ]
        for thread in threads:
            thread.start()
        while not race.is_over and not self._is_over():
            with self.best.changed:
                self.best.changed.wait(0.05)
        search.stop()
        for thread in threads:
            thread.join(self.patience_s)

    def _search(self) -> Search:
        least, most = PART_S
        seconds = min(max(PART_SHARE * self.options.time_limit_s, least), most)
        search = Search(
            self.scaled,
            self.best,
            self.settings,
            replace(self.options, time_limit_s=self.wall_s),
            self.clock,
            self.ends,
            self.settings.seconds or seconds,
        )
        search.relaxed = self._relaxed()
        return search

    def _relaxed(self) -> Floats | None:
        """The point of the relaxation, which four of the ways look at."""
        loose = replace(self.scaled, integer=np.zeros(len(self.scaled.cost), dtype=np.bool_))
        left_s = max(0.2 * self.wall_s, 0.1)
        engine = highs.load(loose, replace(self.options, time_limit_s=left_s, engine={}))
        engine.run()
        is_best = highs.STATUSES.get(engine.getModelStatus().name) is Status.OPTIMAL
        return highs.point_of(engine) if is_best else None

    def _has_stalled(self) -> Callable[[], bool]:
        """Whether the plain solve has a point and has not bettered it for a while, or is over."""
        seen, since = self.best.objective, self.clock()

        def stalled() -> bool:
            nonlocal seen, since
            if self.best.objective != seen:
                seen, since = self.best.objective, self.clock()
            waited = self.clock() - since > STALLED * self.options.time_limit_s
            return (waited and seen is not None) or self._is_over()

        return stalled

    def _is_over(self) -> bool:
        return self.clock() >= self.ends or self.best.is_proven(self.options.mip_gap)

    def _ended(self, race: Race | None, search: Search | None) -> Outcome:
        """The best point there is, as optimal where the plain solve or its bound proves that."""
        progress.tell("returned")
        if race is not None:
            race.stop(self.patience_s)
        plain = None if race is None else race.outcome
        if race is not None and race.error is not None:
            raise race.error
        if plain is not None and plain.status.has_solution:
            x = np.array([plain.values[name] for name in self.model.column_names])
            self.best.offer(x)
        if plain is not None:
            self.best.learn_bound(plain.bound)
            if plain.status in (Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED):
                return plain
        best = self.best
        if best.x is None:
            settled = race is not None and race.is_conclusive
            if plain is not None and (settled or self.clock() < self.ends):
                return plain
            said = "time ran out before there was a point"
            return Outcome(Status.TIME_LIMIT, bound=best.bound, message=said)
        proven = best.is_proven(self.options.mip_gap) or (
            plain is not None and plain.status is Status.OPTIMAL
        )
        status = Status.OPTIMAL if proven else Status.FEASIBLE
        found = replace(verify_point.at_point(self.model, best.x, status), bound=best.bound)
        return found if search is None else replace(found, message=told(search))


def told(search: Search) -> str:
    """`42 neighbourhoods searched, 7 with a better point: rins 4 of 9, mutation 3 of 20`."""
    gains = {name: c[Result.BEST] + c[Result.BETTER] for name, c in search.tried.items()}
    total = sum(sum(counted.values()) for counted in search.tried.values())
    better = sorted(filter(gains.__getitem__, gains), key=lambda name: -gains[name])
    which = ", ".join(
        f"{name} {gains[name]} of {sum(search.tried[name].values())}" for name in better
    )
    found = (
        f"{sum(gains.values())} with a better point: {which}"
        if better
        else "none found a better point"
    )
    return f"{total} neighbourhoods searched, {found}"
