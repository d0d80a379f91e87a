"""Which way to destroy a point is tried next: bandits over what each has paid so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.random import Generator

from optwright.errors import FormulationError


class Result(IntEnum):
    """What one neighbourhood came to, the worst first."""

    REJECTED = 0
    """No point, or none as good as the one there was."""
    ACCEPTED = 1
    """Another point that is as good."""
    BETTER = 2
    """Better than the point it began with; another search has found a better one meanwhile."""
    BEST = 3
    """Better than every point so far."""


PAYS = {Result.BEST: 8.0, Result.BETTER: 4.0, Result.ACCEPTED: 2.0, Result.REJECTED: 1.0}
"""As Balans pays, for the bandits that take numbers; Thompson sampling counts improvements."""


class Bandit(Protocol):
    """Chooses among arms and is told what came of it."""

    def choose(self, open_arms: Sequence[int], rng: Generator) -> int:
        """One of the arms that can be tried now."""
        ...

    def learn(self, arm: int, result: Result) -> None: ...


@dataclass
class Thompson:
    """A Beta distribution for each arm over how often it improves the point; the largest draw."""

    arms: int
    _wins: list[float] = field(init=False)
    _losses: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._wins, self._losses = [1.0] * self.arms, [1.0] * self.arms

    def choose(self, open_arms: Sequence[int], rng: Generator) -> int:
        drawn = [rng.beta(self._wins[arm], self._losses[arm]) for arm in open_arms]
        return open_arms[int(np.argmax(drawn))]

    def learn(self, arm: int, result: Result) -> None:
        if result >= Result.BETTER:
            self._wins[arm] += 1
        else:
            self._losses[arm] += 1


@dataclass
class _Means:
    """Bandits over the mean pay of each arm; one that was never tried comes first."""

    arms: int
    _sums: list[float] = field(init=False)
    _counts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self._sums, self._counts = [0.0] * self.arms, [0] * self.arms

    def learn(self, arm: int, result: Result) -> None:
        self._sums[arm] += PAYS[result]
        self._counts[arm] += 1

    def _untried(self, open_arms: Sequence[int]) -> list[int]:
        return [arm for arm in open_arms if not self._counts[arm]]

    def _mean(self, arm: int) -> float:
        return self._sums[arm] / self._counts[arm]


@dataclass
class Softmax(_Means):
    """Arms in proportion to exp(mean pay / temperature)."""

    temperature: float = 1.36

    def choose(self, open_arms: Sequence[int], rng: Generator) -> int:
        if untried := self._untried(open_arms):
            return untried[int(rng.integers(len(untried)))]
        means = np.array([self._mean(arm) for arm in open_arms]) / self.temperature
        weights = np.exp(means - means.max())
        return open_arms[int(rng.choice(len(open_arms), p=weights / weights.sum()))]


@dataclass
class EpsilonGreedy(_Means):
    """The arm that paid most, and any with the probability epsilon."""

    epsilon: float = 0.1

    def choose(self, open_arms: Sequence[int], rng: Generator) -> int:
        if untried := self._untried(open_arms):
            return untried[int(rng.integers(len(untried)))]
        if rng.random() < self.epsilon:
            return open_arms[int(rng.integers(len(open_arms)))]
        return max(open_arms, key=self._mean)


BANDITS = {"thompson": Thompson, "softmax": Softmax, "epsilon": EpsilonGreedy}


def bandit_named(name: str, arms: int) -> Bandit:
    """A bandit by its name; `FormulationError` lists those there are."""
    if name not in BANDITS:
        raise FormulationError(f"there is no bandit {name!r}; there are {', '.join(BANDITS)}")
    made: Bandit = BANDITS[name](arms)
    return made
