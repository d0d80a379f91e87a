"""Which plan to work on next: a bandit over plans, rewarded by evidence.

The rule of the default is OptimAI's debug scheduling (Thind et al. 2025, algorithm 1), `r_i + c
sqrt(ln(sum n) / n_i)`, with two differences: the reward is in [0, 1] and comes from checks and
solver, not from a model's opinion of itself, and a plan that was never tried goes first. The other
rules are there to be compared with it, and chosen in a profile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from random import Random
from typing import Literal

# sqrt(2) is UCB1's for rewards in [0, 1]. OptimAI's 10 sqrt(2) on a scale of 1 to 10 is the same.
EXPLORATION = sqrt(2)

Rule = Literal["ucb", "in_turn", "greedy", "thompson"]
RULES: tuple[Rule, ...] = ("ucb", "in_turn", "greedy", "thompson")


@dataclass(frozen=True, slots=True)
class Arm:
    """A plan as the scheduler sees it: reward in [0, 1] of its best try, how many tries, and what
    all of them earned together."""

    reward: float
    pulls: int
    total: float = 0.0


@dataclass(frozen=True)
class Scheduler:
    """Chooses arms. `ucb` weighs what a plan earned against how little is known of it, `in_turn`
    asks nobody, `greedy` follows the best try, and `thompson` draws what each plan may be worth
    (reproducibly: from its seed and the number of tries). A plan that was never tried goes first,
    whatever the rule; ties go to the first."""

    rule: Rule = "ucb"
    exploration: float = EXPLORATION
    seed: int = 0

    def choose(self, arms: Sequence[Arm]) -> int:
        """The place of the arm to pull next.

        >>> tried = [Arm(0.9, 3, 1.8), Arm(0.5, 1, 0.5)]
        >>> [Scheduler(rule).choose(tried) for rule in ("ucb", "in_turn", "greedy")]
        [1, 1, 0]
        """
        if (new := next((i for i, arm in enumerate(arms) if not arm.pulls), None)) is not None:
            return new
        worth = self._worth(arms)
        return max(range(len(arms)), key=lambda i: (worth[i], -i))

    def _worth(self, arms: Sequence[Arm]) -> list[float]:
        if self.rule == "in_turn":
            return [-arm.pulls for arm in arms]
        if self.rule == "greedy":
            return [arm.reward for arm in arms]
        pulls = sum(arm.pulls for arm in arms)
        if self.rule == "thompson":
            dice = Random(f"{self.seed}/{pulls}")
            return [dice.betavariate(1.0 + arm.total, 1.0 + arm.pulls - arm.total) for arm in arms]
        return [_bound(arm, pulls, self.exploration) for arm in arms]


def choose(arms: Sequence[Arm], c: float = EXPLORATION) -> int:
    """The arm that `ucb` pulls next. `c = 0` is greedy.

    >>> choose([Arm(0.9, 3), Arm(0.5, 1), Arm(0.0, 0)])
    2
    """
    return Scheduler(exploration=c).choose(arms)


def reward(penalty: float) -> float:
    """Evidence as a reward: 1 for nothing against, halved by every 1.4 of penalty."""
    return exp(-penalty / 2)


def _bound(arm: Arm, total: int, c: float) -> float:
    if not arm.pulls:
        return inf
    return arm.reward + c * sqrt(log(total) / arm.pulls)
