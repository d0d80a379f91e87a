"""Which plan to work on next: UCB1 over plans, rewarded by evidence.

The rule is OptimAI's debug scheduling (Thind et al. 2025, algorithm 1), `r_i + c sqrt(ln(sum n) /
n_i)`, with two differences: the reward is in [0, 1] and comes from checks and solver, not from a
model's opinion of itself, and a plan that was never tried goes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt

# sqrt(2) is UCB1's for rewards in [0, 1]. OptimAI's 10 sqrt(2) on a scale of 1 to 10 is the same.
EXPLORATION = sqrt(2)


@dataclass(frozen=True, slots=True)
class Arm:
    """A plan as the scheduler sees it: reward in [0, 1] of its best try, and how many tries."""

    reward: float
    pulls: int


def choose(arms: Sequence[Arm], c: float = EXPLORATION) -> int:
    """The arm to pull next; ties go to the first. `c = 0` is greedy.

    >>> choose([Arm(0.9, 3), Arm(0.5, 1), Arm(0.0, 0)])
    2
    """
    total = sum(arm.pulls for arm in arms)
    return max(range(len(arms)), key=lambda i: (_bound(arms[i], total, c), -i))


def reward(penalty: float) -> float:
    """Evidence as a reward: 1 for nothing against, halved by every 1.4 of penalty."""
    return exp(-penalty / 2)


def _bound(arm: Arm, total: int, c: float) -> float:
    if not arm.pulls:
        return inf
    return arm.reward + c * sqrt(log(total) / arm.pulls)
