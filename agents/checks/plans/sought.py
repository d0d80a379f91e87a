"""Which plans of a linear model to look for, and the searches that find them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optwright.agents.checks.plans.inquiry import MOST_SIDES, Kind
from optwright.agents.checks.plans.question import Verdict
from optwright.agents.checks.plans.shown import Shape
from optwright.agents.checks.plans.sides import Side
from optwright.solvers.backends.searches import AS_IT_IS, Change, Search
from optwright.solvers.model.linear_model import Floats, LinearModel

CORNERS = 4
MOST_TEMPTING = 3
"""Limits that are missed by a little for the sake of the objective."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A search and what its plan will be asked as. `element` is the row, bound or decision."""

    search: Search
    kind: Kind
    verdict: Verdict
    element: str
    side: Side | None = None


@dataclass(frozen=True)
class Seeker:
    """Makes searches for a model whose best plan is known. Plans shall be small, so each search
    minimizes positive weights; which, and what a plan leans on, is drawn."""

    model: LinearModel
    best: Floats
    rng: np.random.Generator

    def one_of_each(self, groups: Sequence[Sequence[Side]]) -> tuple[list[Side], int]:
        """One side of each group, and how many were left out because there are too many."""
        chosen = [self._representative(group) for group in groups]
        order = self.rng.permutation(len(chosen))[:MOST_SIDES]
        left = max(len(chosen) - MOST_SIDES, 0)
        return ([chosen[int(at)] for at in order] if left else chosen), left

    def _representative(self, group: Sequence[Side]) -> Side:
        """Where the best plan comes to the limit, if it does anywhere."""
        drawn = [group[int(at)] for at in self.rng.permutation(len(group))]
        return min(drawn, key=lambda side: abs(self._slack(side)) > 1e-6)

    def _slack(self, side: Side) -> float:
        pairs = zip(side.coefficients, side.columns, strict=True)
        activity = sum(a * float(self.best[j]) for a, j in pairs)
        return (activity - side.limit) / max(1.0, abs(side.limit))

    def broken(
        self, chosen: Sequence[Side], groups: Sequence[Sequence[Side]], most: int = MOST_SIDES
    ) -> Iterator[Sought]:
        """Each side missed alone; then, as far as there is room, others of its kind, those at their
        limit before plans that lean on its other columns."""
        for side, column in self._leaning(chosen, groups)[:most]:
            windows = side.windows(self.model, self.best)
            missed = [side.missed_by(*window) for window in windows]
            # First with something of the column, which a small plan may do without.
            changes = tuple(c for m in missed for c in (*self._with(column, m), m))
            yield self._missing(side, changes, column)

    def tempting(self, chosen: Sequence[Side], groups: Sequence[Sequence[Side]]) -> list[Sought]:
        """Better plans than the best one, each of which misses one limit by a little: what a limit
        that is too tight keeps out. Plans that miss it by far are refused by the right one too."""
        first = [side for side in chosen if self._holds_back(side)]
        others = [s for g in groups for s in g if self._holds_back(s) and s not in first]
        order = [*self._drawn(first), *self._drawn(others)]
        room = max(MOST_SIDES - len(chosen), 1)
        return [
            Sought(
                Search(self._by_a_little(side)),
                Kind.BROKEN, Verdict.NOT_ALLOWED, side.element, side,
            )
            for side in order[: min(MOST_TEMPTING, room)]
        ]  # fmt: skip

    def _by_a_little(self, side: Side) -> tuple[Change, ...]:
        windows = side.narrow_windows(self.model, self.best)
        return tuple(side.missed_by(*window) for window in windows)

    def _drawn(self, sides: Sequence[Side]) -> list[Side]:
        return [sides[int(at)] for at in self.rng.permutation(len(sides))]

    def _holds_back(self, side: Side) -> bool:
        """Whether it is an inequality that the best plan comes to, or so near that one more of
        something whole would miss it."""
        steps = (
            abs(a)
            for a, j in zip(side.coefficients, side.columns, strict=True)
            if self.model.integer[j]
        )
        step = max(steps, default=0.0) / max(1.0, abs(side.limit))
        return not side.is_equality and abs(self._slack(side)) <= max(1e-6, step - 1e-9)

    def together(self, sides: Sequence[Side]) -> Iterator[Sought]:
        """Sides that cannot be missed alone, each missed while the others are let go: of tasks and
        people matched one to one, no one can be left out alone."""
        for side in sides:
            free: dict[int, tuple[float, float]] = {
                s.place: (-np.inf, np.inf) for s in sides if s.is_row and s.place != side.place
            }
            missed = (side.missed_by(*w) for w in side.windows(self.model, self.best))
            changes = tuple(Change({**free, **m.rows}, m.columns) for m in missed)
            yield self._missing(side, changes, side.columns[0])

    def _with(self, column: int, change: Change) -> tuple[Change, ...]:
        """The change with as much of a column as the best plan has, or one of what is counted."""
        if column in change.columns:
            return ()
        least = max(float(self.best[column]), 1.0 if self.model.integer[column] else 0.0)
        low, high = float(self.model.lower[column]), float(self.model.upper[column])
        if not low < least <= high:
            return ()
        return (replace(change, columns={**change.columns, column: (least, high)}),)

    def with_something_of(self, column: int) -> Search:
        """A small plan of the model as it is that leans on a column."""
        return Search((*self._with(column, AS_IT_IS), AS_IT_IS), self.weights(column))

    def _missing(self, side: Side, changes: tuple[Change, ...], column: int) -> Sought:
        search = Search(changes, self.weights(column))
        return Sought(search, Kind.BROKEN, Verdict.NOT_ALLOWED, side.element, side)

    def _leaning(
        self, chosen: Sequence[Side], groups: Sequence[Sequence[Side]]
    ) -> list[tuple[Side, int]]:
        starts = [int(self.rng.integers(len(side.columns))) for side in chosen]
        first = [(s, s.columns[at]) for s, at in zip(chosen, starts, strict=True)]
        drawn = [g[int(self.rng.integers(len(g)))] for g in groups if len(g) > 1]
        second = [(side, side.columns[0]) for side in drawn if side not in chosen]
        # Where more than one of a kind comes to its limit, each of them makes the best plan.
        tight = [
            (side, side.columns[0])
            for group in groups
            for side in group
            if abs(self._slack(side)) <= 1e-6 and side not in chosen and side not in drawn
        ]
        turns = max((len(side.columns) for side in chosen), default=0)
        others = [
            (side, side.columns[(at + turn) % len(side.columns)])
            for turn in range(1, turns)
            for side, at in zip(chosen, starts, strict=True)
            if turn < len(side.columns)
        ]
        return [*first, *second, *tight, *others][:MOST_SIDES]

    def kept(self, chosen: Sequence[Side]) -> Iterator[Sought]:
        """Each side just kept."""
        for at, side in enumerate(chosen):
            if not side.is_equality:
                search = Search(
                    (side.at_limit(),), self.weights(side.columns[-1 - at % len(side.columns)])
                )
                yield Sought(search, Kind.KEPT, Verdict.ALLOWED, side.element, side)

    def corners(self, shapes: Sequence[Shape]) -> Iterator[Sought]:
        """The most of four elements, of different decisions first; the least of what may be
        negative."""
        places = {name: j for j, name in enumerate(self.model.column_names)}
        for element in self.in_turn(shapes)[:CORNERS]:
            j = places[element]
            for most in (True, False) if self.model.lower[j] < 0 else (True,):
                # A little of the weights, so that what does not matter stays small.
                cost = 1e-3 * self.weights()
                cost[j] = -1.0 if most else 1.0
                yield Sought(Search((AS_IT_IS,), cost), Kind.CORNER, Verdict.ALLOWED, element)

    def in_turn(self, shapes: Sequence[Shape]) -> list[str]:
        """Elements in an order that is drawn, one of each decision, then the next of each."""
        drawn = [[str(e) for e in self.rng.permutation(shape.elements)] for shape in shapes]
        longest = max(map(len, drawn), default=0)
        return [turn[k] for k in range(longest) for turn in drawn if k < len(turn)]

    def weights(self, column: int | None = None) -> Floats:
        """Costs that keep plans small; `column` costs next to nothing, so that plans lean on it.
        What may be negative is not pushed anywhere."""
        weights = self.rng.uniform(1.0, 2.0, len(self.model.cost))
        if column is not None:
            weights[column] *= 0.01
        return np.where(self.model.lower >= 0, weights, 0.0)
