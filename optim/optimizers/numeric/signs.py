"""Optimizers that use directional feedback alone: for each number, whether it should rise or fall.

Where the evaluator gave no direction they take it from nowhere and propose nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise

from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.numeric.coding import Coding, Point
from optwright.optim.optimizers.numeric.searcher import Searcher, Told
from optwright.optim.trial import Suggestion

FIRST_STEP, LARGEST_STEP = 0.25, 0.5
FASTER, SLOWER = 1.2, 0.5  # Riedmiller & Braun 1993, section III


class _Signed(Searcher, ABC):
    """Keeps the trials that came with a direction, in order."""

    needs_directions = True

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.coding = Coding(setting.space)

    def ask(self, n: int = 1) -> list[Suggestion]:
        # The next point follows from the answer to this one: there is never more than one.
        signed = [(self.coding.point(t.values), self._signs(t)) for t in self.told if t.direction]
        if not signed or n < 1:
            return []
        values = self.coding.values(self.next_point(signed), self.base)
        if not self.is_new(values):
            return []
        self.take(values)
        return [self.candidate(values)]

    @abstractmethod
    def next_point(self, signed: Sequence[tuple[Point, Point]]) -> Point:
        """Where to look next, given the points tried with their signs."""

    def _signs(self, told: Told) -> Point:
        return self.coding.direction(told.direction)


class SignRprop(_Signed):
    """Resilient propagation: a step per number that grows while its sign stays and halves when
    it turns."""

    name = "rprop"

    def next_point(self, signed: Sequence[tuple[Point, Point]]) -> Point:
        point, signs = signed[-1]
        steps = [_step([s[i] for _, s in signed]) for i in range(len(point))]
        moves = zip(point, signs, steps, strict=True)
        return tuple(min(max(x + sign * step, 0.0), 1.0) for x, sign, step in moves)


class Bisection(_Signed):
    """Halves, for each number on its own, the interval that its signs leave."""

    name = "bisection"

    def next_point(self, signed: Sequence[tuple[Point, Point]]) -> Point:
        return tuple(sum(bracket(signed, i)) / 2 for i in range(len(self.coding)))


def bracket(signed: Sequence[tuple[Point, Point]], i: int) -> tuple[float, float]:
    """The interval of coordinate `i` that every sign agrees with; a sign that would leave
    nothing is passed over."""
    low, high = 0.0, 1.0
    for point, signs in signed:
        if signs[i] > 0 and low < point[i] < high:
            low = point[i]
        elif signs[i] < 0 and low < point[i] < high:
            high = point[i]
    return low, high


def _step(signs: Sequence[float]) -> float:
    step = FIRST_STEP
    for before, now in pairwise(signs):
        if before * now > 0:
            step = min(step * FASTER, LARGEST_STEP)
        elif before * now < 0:
            step *= SLOWER
    return step
