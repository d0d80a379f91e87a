"""Quadratic surrogate: spread a few points, fit a quadratic, go to its lowest point, repeat.

On a function that is a quadratic it is done after as many evaluations as a quadratic has
coefficients, plus one. On others a trust region shrinks around the leader.
"""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.numeric.coding import Coding, Point
from optwright.optim.optimizers.numeric.one_core import on_one_core
from optwright.optim.optimizers.numeric.random import draw_new
from optwright.optim.optimizers.numeric.searcher import Searcher
from optwright.optim.optimizers.numeric.surrogate import Array, fit, lowest, terms
from optwright.optim.optimizers.numeric.surrogate import Quadratic as Model
from optwright.optim.trial import JSON, Suggestion, Trial, Values

POOL = 200  # points among which the next one to spread is chosen
MARGIN = 0.1  # spread points keep this distance from the bounds, where functions often run away
FULL_DESIGN = 6  # up to this many numbers all coefficients are learned before the first step
GROW, SHRINK, SMALLEST = 2.0, 0.5, 1e-4  # of the trust region
GOOD, POOR = 0.7, 0.1  # shares of the promised gain
RANK_TOLERANCE = 1e-7
SAME = 1e-7  # points closer than this are one point
NEIGHBOURS = 60  # whole-number points looked at around the model's lowest point
COPY = 0.5  # what a point on a copy of the surface counts

_SPREAD, _STEP, _ELSEWHERE = "spread", "step", "elsewhere"


@dataclass(frozen=True, slots=True)
class _Data:
    """Points with their losses; each column of `shifts` marks with ones those that lie on one copy
    of the leader's surface."""

    points: Array
    losses: Array
    shifts: Array

    @property
    def own(self) -> NDArray[np.bool_]:
        """Which points lie on the surface of the leader itself."""
        alone: NDArray[np.bool_] = self.shifts.sum(axis=1) == 0.0
        return alone


class Quadratic(Searcher):
    """Fits all numbers of the space; everything else stays as the leader has it."""

    name = "quadratic"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.coding = Coding(setting.space)
        self.radius = 1.0
        self._promised = 0.0
        self._open: list[Point] = []

    @on_one_core()
    def ask(self, n: int = 1) -> list[Suggestion]:
        return [candidate for _ in range(n) if (candidate := self._next()) is not None]

    def tell(self, trials: Sequence[Trial]) -> None:
        self._open = []
        for trial in trials:
            before = self.leader
            super().tell([trial])
            gain = inf if before is None else before.loss + trial.score
            if trial.candidate.origin == self.name and trial.candidate.note == _STEP:
                self._resize(self.radius * _growth(gain, self._promised))
            elif gain > 0.0:
                self._resize(max(self.radius, SHRINK))

    def state(self) -> JSON:
        own = {"radius": self.radius, "promised": self._promised}
        return {**super().state(), **own, "open": [list(point) for point in self._open]}

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        super().restore(state, trials)
        self.radius, self._promised = state["radius"], state["promised"]
        self._open = []
        for point in state["open"]:
            self._mark(tuple(point))

    def _resize(self, radius: float) -> None:
        self.radius = min(1.0, radius) if radius >= SMALLEST else 1.0

    def _next(self) -> Suggestion | None:
        """A point that the design lacks, else a step of the model, else a random new point."""
        data = self._data()
        spread = self._spread(data)
        if spread is not None:
            return self._propose(spread, _SPREAD)
        if len(data.points):
            model, own = self._model(data), data.points[data.own]
            for point in self._downhill(model, own):
                self._promised = float(data.losses[data.own].min()) - _value(model, point)
                return self._propose(point, _STEP)
        values = draw_new(self, self.dice)
        return None if values is None else self.candidate(values, _ELSEWHERE)

    def _data(self) -> _Data:
        """What is known of the surface the leader is on. Trials that differ from it in something
        other than numbers lie on copies, higher or lower; single points tell nothing there."""
        usable = [told for told in self.told if not told.failed]
        surfaces = [self._surface(told.values) for told in usable]
        own, count = self._surface(self.base), Counter(surfaces)
        kept = [i for i, s in enumerate(surfaces) if s == own or count[s] > 1]
        others = sorted({surfaces[i] for i in kept} - {own})
        points = [self.coding.point(usable[i].values) for i in kept]
        shifts = [[float(surfaces[i] == s) for s in others] for i in kept]
        return _Data(
            points=np.array(points).reshape(-1, len(self.coding)),
            losses=np.array([usable[i].loss for i in kept]),
            shifts=np.array(shifts).reshape(len(kept), len(others)),
        )

    def _surface(self, values: Values) -> str:
        """Everything but the numbers."""
        moved = {parameter.name for parameter in self.coding.numbers}
        return json.dumps({name: values[name] for name in self.space.names if name not in moved})

    def _spread(self, data: _Data) -> Point | None:
        """The new point that tells most about the coefficients not known yet, if there are any.

        Most is the largest leverage, which is the greedy step of a D-optimal design.
        """
        points = np.array([*data.points, *self._open])
        if len(points) == 0:
            return self._fresh(self.coding.snap([0.5] * len(self.coding)))
        width, copies = len(self.coding), data.shifts.shape[1]
        full = width <= FULL_DESIGN
        columns = slice(None) if full else slice(0, width + 1)
        shifts = np.vstack([data.shifts, np.zeros((len(self._open), copies))])
        known = np.hstack([terms(points - 0.5)[:, columns], shifts])
        if np.linalg.matrix_rank(known, rtol=RANK_TOLERANCE) >= known.shape[1]:
            return None
        roll = self.dice.roll()
        drawn = ([roll.uniform(MARGIN, 1 - MARGIN) for _ in range(width)] for _ in range(POOL))
        pool = self._hopeful(list(map(self.coding.snap, drawn)), points)
        if not pool:
            return None
        rows = np.hstack([terms(np.array(pool) - 0.5)[:, columns], np.zeros((len(pool), copies))])
        inverse = np.linalg.inv(known.T @ known + RANK_TOLERANCE * np.eye(known.shape[1]))
        leverage = np.einsum("ni,ij,nj->n", rows, inverse, rows)
        telling = (pool[i] for i in np.argsort(-leverage, kind="stable") if leverage[i] > 1.0)
        return next(filter(self._fresh, telling), None)

    def _hopeful(self, pool: list[Point], known: Array) -> list[Point]:
        """The points that are no nearer to a failure than to anything that did not fail, so that
        each failure halves the way to the next try."""
        failures = np.array([self.coding.point(t.values) for t in self.told if t.failed])
        if not pool or not len(failures):
            return pool
        near, far = (_distances(np.array(pool), others) for others in (known, failures))
        return [point for point, kept in zip(pool, near <= far, strict=True) if kept]

    def _model(self, data: _Data) -> Model:
        """Fitted so that points near the leader, and almost as good, count most; on copies of its
        surface only how near they are."""
        own = data.own
        center = data.points[own][int(np.argmin(data.losses[own]))]
        near = np.linalg.norm(data.points - center, axis=1) / self.radius
        behind = np.where(own, data.losses - data.losses[own].min(), 0.0)
        worse = behind / max(float(np.median(behind[own])), 1e-300)
        weights = 1.0 / ((1.0 + near**2) * (1.0 + worse)) * np.where(own, 1.0, COPY)
        return fit(data.points, data.losses, center, weights, data.shifts)

    def _downhill(self, model: Model, points: Array) -> Iterator[Point]:
        """New points by rising value of the model: its lowest one in the trust region, and around
        it the whole-number neighbours."""
        low = np.clip(model.center - self.radius, 0.0, 1.0)
        high = np.clip(model.center + self.radius, 0.0, 1.0)
        steps = self.coding.steps()
        start = self.coding.snap(lowest(model, low, high).tolist())
        heap, seen = [(_value(model, start), start)], {start}
        for _ in range(NEIGHBOURS):
            if not heap:
                return
            _, point = heapq.heappop(heap)
            if self._fresh(point) and np.abs(points - point).max(axis=1).min() > SAME:
                yield point
            for neighbour in map(self.coding.snap, _neighbours(point, steps)):
                if neighbour not in seen:
                    seen.add(neighbour)
                    heapq.heappush(heap, (_value(model, neighbour), neighbour))

    def _fresh(self, point: Point) -> Point | None:
        return point if self.is_new(self.coding.values(point, self.base)) else None

    def _mark(self, point: Point) -> dict[str, JSON]:
        values = self.coding.values(point, self.base)
        self.take(values)
        self._open.append(point)
        return values

    def _propose(self, point: Point, note: str) -> Suggestion:
        return self.candidate(self._mark(point), note)


def _distances(points: Array, others: Array) -> Array:
    """How far each point is from the nearest of the others."""
    nearest: Array = np.linalg.norm(points[:, None] - others[None], axis=2).min(axis=1)
    return nearest


def _growth(gain: float, promised: float) -> float:
    """What to do with the trust region after a step that gained so much of what was promised."""
    if gain > GOOD * promised:
        return GROW
    return 1.0 if gain > POOR * promised and gain > 0.0 else SHRINK


def _value(model: Model, point: Point) -> float:
    return float(model(np.array([point]))[0])


def _neighbours(point: Point, steps: Sequence[float]) -> Iterator[Point]:
    """Points one whole step away; coordinates that are not whole have none."""
    for i, step in enumerate(steps):
        for moved in (point[i] - step, point[i] + step):
            if step and -step / 2 < moved < 1 + step / 2:
                yield (*point[:i], moved, *point[i + 1 :])
