"""Directional feedback together with values: bisection that jumps when it sees the whole shape.

Signs alone halve an interval per number, which is fast where numbers do not interact and gets
stuck where they do. A quadratic through the values predicts every sign ever given; when those
predictions come true it knows about the interaction, and its lowest point is tried.
"""

from __future__ import annotations

import numpy as np

from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.numeric.coding import Coding, Point
from optwright.optim.optimizers.numeric.one_core import on_one_core
from optwright.optim.optimizers.numeric.searcher import Searcher, Told
from optwright.optim.optimizers.numeric.signs import bracket
from optwright.optim.optimizers.numeric.surrogate import Array, Quadratic, coefficients, fit, lowest
from optwright.optim.trial import Suggestion

EXPLAINS_ALL, EXPLAINS_NEAR = 0.9, 0.8  # shares of signs a model must predict before it is followed
STALLED = 2  # trials since the leader, after which a step around it is better than halving on
NARROWEST = 0.001  # of a range: ten halvings that did not end in success had the wrong sides
SAME = 1e-6  # points closer than this are one point
NEAREST_STEP = 0.02


class Bracket(Searcher):
    """Works on the trials that came with a direction; without any it proposes nothing."""

    name = "bracket"
    needs_directions = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.coding = Coding(setting.space)

    @on_one_core()
    def ask(self, n: int = 1) -> list[Suggestion]:
        # The next point follows from the answer to this one: there is never more than one.
        signed = [told for told in self.told if told.direction and not told.failed]
        if not signed or n < 1:
            return []
        for point in self._points(signed):
            values = self.coding.values(point, self.base)
            if self.is_new(values):
                self.take(values)
                return [self.candidate(values)]
        return []

    def _points(self, signed: list[Told]) -> list[Point]:
        """What to try, the most trusted first."""
        points = np.array([self.coding.point(told.values) for told in signed])
        losses = np.array([told.loss for told in signed])
        signs = np.array([self.coding.direction(told.direction) for told in signed])
        found = [self._jump(points, losses, signs), self._step(points, losses, signs)]
        halved = self._halved(signed)
        return [tuple(p.tolist()) for p in found if p is not None] + ([halved] if halved else [])

    def _jump(self, points: Array, losses: Array, signs: Array) -> Array | None:
        """The lowest point of the quadratic that explains the signs seen anywhere."""
        width = points.shape[1]
        if len(points) < coefficients(width):
            return None
        behind = losses - losses.min()
        weights = 1.0 / (1.0 + behind / max(float(np.median(behind)), 1e-300))
        exact = len(points) == coefficients(width)
        center = points[int(np.argmin(losses))]
        model = fit(points, losses, center, np.ones(len(points)) if exact else weights)
        if _explained(model, points, signs) < EXPLAINS_ALL:
            return None
        return _new(lowest(model, np.zeros(width), np.ones(width)), points)

    def _step(self, points: Array, losses: Array, signs: Array) -> Array | None:
        """A step around the leader, when the last trials did not improve on it and a quadratic
        explains the signs nearby."""
        width, leader = points.shape[1], int(np.argmin(losses))
        if len(points) < coefficients(width) or len(points) - 1 - leader < STALLED:
            return None
        center = points[leader]
        distances = np.abs(points - center).max(axis=1)
        near = np.argsort(distances, kind="stable")[: coefficients(width)]
        radius = max(NEAREST_STEP, float(np.sort(distances)[2]))
        model = fit(points, losses, center, 1.0 / (1.0 + (distances / radius) ** 2))
        if _explained(model, points[near], signs[near]) < EXPLAINS_NEAR:
            return None
        low, high = np.clip(center - radius, 0.0, 1.0), np.clip(center + radius, 0.0, 1.0)
        return _new(lowest(model, low, high), points)

    def _halved(self, signed: list[Told]) -> Point | None:
        answers = [
            (self.coding.point(told.values), self.coding.direction(told.direction))
            for told in signed
        ]
        brackets = [bracket(answers, i) for i in range(len(self.coding))]
        if max(high - low for low, high in brackets) < NARROWEST:
            return None
        return tuple((low + high) / 2 for low, high in brackets)


def _explained(model: Quadratic, points: Array, signs: Array) -> float:
    """The share of given signs that the model predicts: down its slope is where to go."""
    slopes = model.slope + (points - model.center) @ model.curvature
    given = signs != 0.0
    return float(np.mean((slopes * signs < 0.0)[given])) if given.any() else 0.0


def _new(point: Array, points: Array) -> Array | None:
    return point if np.abs(points - point).max(axis=1).min() > SAME else None
