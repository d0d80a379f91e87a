"""Tsallis-INF: a bandit that knows nothing of how losses come about, and is near the best of its
arms both where they are drawn at random and where they drift (Zimmert and Seldin, 2021)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite, sqrt
from random import Random
from typing import Any

import numpy as np

from optwright.errors import InputError
from optwright.solvers.model.linear_model import Floats

STEPS = 50  # of Newton, which needs a handful
LEAST = 1e-12  # the smallest probability that a loss is divided by


def probabilities(losses: Floats, rate: float) -> Floats:
    """The distribution over arms whose estimated losses add up to these: 4 / (rate (loss - x))^2,
    with the x below every loss for which they add up to 1."""
    x = float(losses.min()) - 2 / rate  # the sum is at least 1 here, and Newton comes from above
    for _ in range(STEPS):
        weights = 4 / (rate * (losses - x)) ** 2
        over = float(weights.sum()) - 1
        if abs(over) < 1e-12:
            break
        x -= over / (rate * float((weights**1.5).sum()))
    weights = 4 / (rate * (losses - x)) ** 2
    shares: Floats = weights / weights.sum()
    return shares


@dataclass
class TsallisInf:
    """`choose` an arm, `learn` its loss, one after the other. Losses are numbers from 0 up of any
    size; they are measured by the mean of those so far."""

    arms: int
    seed: int = 0
    rounds: int = 0
    _estimates: list[float] = field(default_factory=list)
    _paid: list[float] = field(default_factory=list)
    _counts: list[int] = field(default_factory=list)
    _chosen: tuple[int, float] | None = None

    def __post_init__(self) -> None:
        if self.arms < 1:
            raise InputError(f"a bandit has at least one arm, not {self.arms}")
        self._estimates = self._estimates or [0.0] * self.arms
        self._paid = self._paid or [0.0] * self.arms
        self._counts = self._counts or [0] * self.arms

    def choose(self) -> int:
        """The arm for the next instance."""
        shares = self.shares()
        draw = Random(f"{self.seed}/{self.rounds}").random()  # its state is a number
        arm = min(int(np.searchsorted(np.cumsum(shares), draw)), self.arms - 1)
        self._chosen = arm, float(shares[arm])
        return arm

    def learn(self, loss: float) -> None:
        """What the arm that was chosen cost; `InputError` for what is no number from 0 up."""
        if not isfinite(loss) or loss < 0:
            raise InputError(f"a loss is a number from 0 up, not {loss!r}")
        if self._chosen is None:
            raise InputError("nothing was chosen that this loss could be of")
        (arm, share), self._chosen = self._chosen, None
        self._estimates[arm] += loss / max(share, LEAST)
        self._paid[arm] += loss
        self._counts[arm] += 1
        self.rounds += 1

    def shares(self) -> Floats:
        """How likely each arm is to be chosen next."""
        scale = sum(self._paid) / max(self.rounds, 1)
        estimates = np.array(self._estimates) / scale if scale > 0 else np.zeros(self.arms)
        return probabilities(estimates, 2 / sqrt(self.rounds + 1))

    @property
    def best(self) -> int:
        """The arm it would choose most often now."""
        return int(np.argmax(self.shares()))

    @property
    def counts(self) -> tuple[int, ...]:
        """How often each arm was chosen."""
        return tuple(self._counts)

    @property
    def mean(self) -> float:
        """The mean loss so far; 0 before the first."""
        return sum(self._paid) / max(self.rounds, 1)

    def state(self) -> dict[str, Any]:
        """All it knows, as JSON."""
        return {
            "arms": self.arms,
            "seed": self.seed,
            "rounds": self.rounds,
            "estimates": list(self._estimates),
            "paid": list(self._paid),
            "counts": list(self._counts),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> TsallisInf:
        """What `state` wrote. Raises `InputError` for anything else."""
        try:
            made = cls(
                int(state["arms"]),
                int(state["seed"]),
                int(state["rounds"]),
                [float(x) for x in state["estimates"]],
                [float(x) for x in state["paid"]],
                [int(x) for x in state["counts"]],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"this is no state of a bandit: {error}") from error
        sizes = {len(made._estimates), len(made._paid), len(made._counts), made.arms}
        if len(sizes) > 1:
            raise InputError(f"a bandit of {made.arms} arms has a state of other lengths")
        return made
