"""Eight ways to choose what is solved again while the rest of a point stays.

Each takes the state of a search and a share, and gives a neighbourhood: narrower limits of columns,
sometimes another objective or a row more. None is given where the way makes no sense there. Shares
are of the integer columns: the larger, the more is free. The models here minimize.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from optwright.solvers.model.linear_model import Floats, LinearModel

Places = NDArray[np.intp]

LEAST_GAIN = 1e-6  # of the objective: what is less is no better point
NEAR_BOUND = 0.05  # proximity asks for this share of what is left to the bound


@dataclass(frozen=True, slots=True)
class FreedRow:
    """`lower <= coefficients . x[columns] <= upper`, added to a neighbourhood."""

    columns: Places
    coefficients: Floats
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A part of the model to search. `holds_incumbent`: the point itself lies in it, so that a
    solver may begin there; of others a row asks for something better."""

    lower: Floats
    upper: Floats
    cost: Floats | None = None
    rows: tuple[FreedRow, ...] = ()
    holds_incumbent: bool = True


@dataclass
class State:
    """What a search knows: the model (which minimizes), its best point, and what helps to choose.

    `relaxed` is the point of the relaxation, None where there is none; `pool` are further points,
    the newest last; `bound` is the best bound so far, minus infinity without one.
    """

    model: LinearModel
    best: Floats
    objective: float
    relaxed: Floats | None = None
    pool: list[Floats] = field(default_factory=list)
    bound: float = -np.inf

    @cached_property
    def integers(self) -> Places:
        return np.flatnonzero(self.model.integer)

    @cached_property
    def binaries(self) -> Places:
        ends = (self.model.lower == 0) & (self.model.upper == 1)
        return np.flatnonzero(self.model.integer & ends)

    @cached_property
    def generals(self) -> Places:
        width = self.model.upper - self.model.lower
        return np.flatnonzero(self.model.integer & (width > 1))

    @cached_property
    def by_column(self) -> tuple[Places, Places]:
        """The rows of each column: where they begin, and the rows one after the other."""
        order = np.argsort(self.model.columns, kind="stable")
        counts = np.bincount(self.model.columns, minlength=len(self.model.cost))
        return np.concatenate(([0], np.cumsum(counts))), self.model.entry_rows()[order]

    def rows_of(self, column: int) -> Places:
        starts, rows = self.by_column
        return rows[starts[column] : starts[column + 1]]

    def columns_of(self, row: int) -> Places:
        span = slice(int(self.model.starts[row]), int(self.model.starts[row + 1]))
        return self.model.columns[span].astype(np.intp)


Operator = Callable[[State, float, Generator], Neighbourhood | None]


def crossover(state: State, share: float, rng: Generator) -> Neighbourhood | None:
    """Free where another point of the pool differs from the best one."""
    others = [x for x in state.pool if not np.array_equal(x, state.best)]
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    differ = _differing(state, other, 0.5)
    return None if len(differ) < 2 else _freed(state, _some(differ, state, share, rng))


def mutation(state: State, share: float, rng: Generator) -> Neighbourhood | None:
    """Free a random share: scattered, or grown along the rows from one column, by turns."""
    count = _count(state, share)
    if rng.random() < 0.5:
        return _freed(state, rng.choice(state.integers, count, replace=False))
    return _freed(state, _grown(state, count, rng))


def rins(state: State, share: float, rng: Generator) -> Neighbourhood | None:
    """Relaxation induced: free where the relaxation and the best point differ."""
    if state.relaxed is None:
        return None
    differ = _differing(state, state.relaxed, 0.1)
    return None if len(differ) < 2 else _freed(state, _some(differ, state, share, rng))


def dins(state: State, share: float, rng: Generator) -> Neighbourhood | None:
    """Distance induced: whole numbers no farther from the relaxation than the best point is."""
    if state.relaxed is None or not len(state.generals):
        return None
    near, best = state.relaxed, state.best
    differ = _differing(state, near, 0.5)
    if not len(differ):
        return None
    free = _some(differ, state, share, rng)
    found = _freed(state, free)
    ends = (
        near[free] - np.abs(near[free] - best[free]),
        near[free] + np.abs(near[free] - best[free]),
    )
    lower, upper = found.lower.copy(), found.upper.copy()
    lower[free] = np.maximum(state.model.lower[free], np.ceil(ends[0] - 1e-6))
    upper[free] = np.minimum(state.model.upper[free], np.floor(ends[1] + 1e-6))
    return Neighbourhood(np.minimum(lower, best), np.maximum(upper, best))


def rens(state: State, share: float, rng: Generator) -> Neighbourhood | None:
    """Relaxation enforced: fractions go to the whole numbers beside them, of what is whole in the
    relaxation a share is free and the rest stays as it is there."""
    if state.relaxed is None:
        return None
    near, integers = state.relaxed, state.integers
    low, high = np.floor(near[integers] + 1e-6), np.ceil(near[integers] - 1e-6)
    free = rng.random(len(integers)) < share
    lower, upper = state.model.lower.copy(), state.model.upper.copy()
    lower[integers] = np.where(free & (low == high), lower[integers], low)
    upper[integers] = np.where(free & (low == high), upper[integers], high)
    if np.array_equal(lower, state.model.lower) and np.array_equal(upper, state.model.upper):
        return None
    return Neighbourhood(lower, upper, rows=(_better(state),), holds_incumbent=False)


def local_branching(state: State, share: float, rng: Generator) -> Neighbourhood | None:
    """At most so many yes/no columns change, whichever they are."""
    if not len(state.binaries):
        return None
    most = max(int(len(state.binaries) * rng.uniform(0.05, max(share, 0.06))), 2)
    row = _distance(state, float(most))
    return Neighbourhood(state.model.lower, state.model.upper, rows=(row,))


def proximity(state: State, share: float, rng: Generator) -> Neighbourhood | None:
    """The nearest point, in yes/no columns, that is better by a step."""
    del share, rng
    if not len(state.binaries):
        return None
    cost = np.zeros(len(state.best))
    signs = np.where(state.best[state.binaries] > 0.5, -1.0, 1.0)
    cost[state.binaries] = signs
    left = state.objective - state.bound
    step = NEAR_BOUND * left if np.isfinite(left) else LEAST_GAIN
    row = _better(state, step)
    return Neighbourhood(state.model.lower, state.model.upper, cost, (row,), holds_incumbent=False)


def random_objective(state: State, share: float, rng: Generator) -> Neighbourhood | None:
    """Another point that is as good, pulled into a random direction: what the others begin with."""
    count = _count(state, share)
    found = _freed(state, rng.choice(state.integers, count, replace=False))
    cost = np.zeros(len(state.best))
    cost[state.integers] = rng.uniform(-1.0, 1.0, len(state.integers))
    return Neighbourhood(found.lower, found.upper, cost, (_better(state, 0.0),))


OPERATORS: dict[str, tuple[Operator, float]] = {
    "crossover": (crossover, 0.5),
    "mutation": (mutation, 0.2),
    "rins": (rins, 0.4),
    "rens": (rens, 0.1),
    "dins": (dins, 0.4),
    "local_branching": (local_branching, 0.2),
    "proximity": (proximity, 0.2),
    "random_objective": (random_objective, 0.2),
}
"""By name, with the share each begins with; the search moves it by what comes of it."""


def _count(state: State, share: float) -> int:
    return int(min(max(round(share * len(state.integers)), 2), len(state.integers)))


def _differing(state: State, other: Floats, least: float) -> Places:
    at = state.integers
    found: Places = at[np.abs(other[at] - state.best[at]) >= least]
    return found


def _some(places: Places, state: State, share: float, rng: Generator) -> Places:
    """All of the places, or as many as the share takes."""
    most = _count(state, share)
    return places if len(places) <= most else rng.choice(places, most, replace=False)


def _grown(state: State, count: int, rng: Generator) -> Places:
    """Integer columns that stand in rows together, beginning with a random one."""
    integer = state.model.integer
    free = np.zeros(len(integer), dtype=np.bool_)
    queue = [int(rng.choice(state.integers))]
    free[queue[0]] = True
    found = 1
    while found < count:
        if not queue:  # the part of the model that hangs together is free
            rest = np.flatnonzero(integer & ~free)
            queue.append(int(rng.choice(rest)))
            free[queue[0]] = True
            found += 1
            continue
        rows = state.rows_of(queue.pop(0))
        for row in rng.permutation(rows)[:3].tolist():
            beside = state.columns_of(row)
            fresh = rng.permutation(beside[integer[beside] & ~free[beside]])[: count - found]
            free[fresh] = True
            found += len(fresh)
            queue += fresh.tolist()
            if found >= count:
                break
    return np.flatnonzero(free)


def _freed(state: State, free: Places) -> Neighbourhood:
    """All integer columns but these are fixed at the best point."""
    model = state.model
    fixed = model.integer.copy()
    fixed[free] = False
    lower = np.where(fixed, state.best, model.lower)
    upper = np.where(fixed, state.best, model.upper)
    return Neighbourhood(lower, upper)


def _distance(state: State, most: float) -> FreedRow:
    """So many yes/no columns at most differ from the best point."""
    at = state.binaries
    ones = state.best[at] > 0.5
    return FreedRow(at, np.where(ones, -1.0, 1.0), -np.inf, most - float(np.count_nonzero(ones)))


def _better(state: State, step: float = LEAST_GAIN) -> FreedRow:
    """The objective is better than that of the best point by a step, at least a little."""
    model = state.model
    at = np.flatnonzero(model.cost)
    least = max(step, LEAST_GAIN * max(1.0, abs(state.objective))) if step else 0.0
    return FreedRow(at, model.cost[at], -np.inf, state.objective - model.offset - least)
