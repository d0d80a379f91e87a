"""The portfolio: who gets a turn, and what its members learn from each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from optwright.optim.api import minimize
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.numeric.quadratic import Quadratic
from optwright.optim.optimizers.portfolio import MEMBERS, BanditArm, Portfolio
from optwright.optim.parameters import Choice, ParameterSpace, Permutation, Real, Tunable
from optwright.optim.results import Minimum
from optwright.optim.trial import Evaluation, Suggestion, Trial
from optwright.serving.budget import Budget


def run(
    function: Callable[..., object], space: list[Tunable[Any]], evaluations: int = 40
) -> tuple[Minimum, Counter[str]]:
    found = minimize(function, space, budget=Budget(evaluations=evaluations))
    return found, Counter(trial.candidate.origin for trial in found.trials[1:])


def test_a_member_without_a_gain_is_believed_for_as_many_trials_as_it_asked_for() -> None:
    arm = BanditArm(prior_gain=0.8, trials=4.0)
    assert arm.rate(waiting=0) == pytest.approx(0.8)
    for _ in range(4):
        arm.pay(gain=0.0, cost=1.0)
    assert arm.rate(waiting=0) == pytest.approx(0.4)
    assert arm.rate(waiting=8) == pytest.approx(0.2)


def test_what_was_earned_long_ago_counts_less_than_what_is_expected() -> None:
    arm = BanditArm(prior_gain=0.1, trials=2.0)
    arm.pay(gain=1.0, cost=1.0)
    early = arm.rate(waiting=0)
    for _ in range(200):
        arm.age()
    assert arm.rate(waiting=0) < 0.11 < early


def test_only_members_that_can_change_something_take_part() -> None:
    def names(*parameters: Tunable[Any]) -> set[str]:
        return set(Portfolio(Setting(ParameterSpace(parameters))).members)

    assert names(Permutation("order", [1, 2, 3])) == {"mutation", "random"}
    assert names(Choice("mode", "a", options=["a", "b"])) == {"ego", "mutation", "random", "tpe"}
    assert "quadratic" in names(Real("x", 1.0, low=0, high=2))


def test_a_bowl_of_numbers_is_left_to_the_quadratic() -> None:
    space: list[Tunable[Any]] = [Real(name, 4.0, low=-5, high=5) for name in "xy"]
    found, turns = run(lambda x, y: (x - 1) ** 2 + (y + 2) ** 2 + x * y / 2, space, 15)
    assert found.score == pytest.approx(-1.4, abs=1e-6)
    assert turns.most_common(1)[0][0] == "quadratic"


def test_an_order_is_left_to_small_changes() -> None:
    def misplaced(order: list[int]) -> int:
        return sum(abs(place - item) for place, item in enumerate(order))

    found, turns = run(misplaced, [Permutation("order", [5, 3, 1, 4, 2, 0])], 100)
    assert found.score == 0
    assert turns["mutation"] > 5 * turns["random"]


def test_a_member_that_gains_no_more_makes_room_for_one_that_can() -> None:
    """The numbers are done soon; the order is what is left, and only changes of it help."""

    def cost(x: float, order: list[int]) -> float:
        return (x - 0.3) ** 2 + sum(abs(place - item) for place, item in enumerate(order))

    space: list[Tunable[Any]] = [
        Real("x", 1.0, low=0, high=1),
        Permutation("order", [7, 6, 5, 4, 3, 2, 1, 0]),
    ]
    found, turns = run(cost, space, 120)
    assert turns["mutation"] > turns["quadratic"]
    assert found.score < 6  # of 32


def told(number: int, x: float, mode: str, loss: float) -> Trial:
    return Trial(number, Suggestion({"x": x, "mode": mode}), -loss, (Evaluation(-loss),))


def test_what_was_learned_of_the_numbers_stays_when_something_else_changes() -> None:
    """One trial in another mode is the leader; the three in the old one tell the shape."""
    space = ParameterSpace(
        [Real("x", 0.0, low=0, high=10), Choice("mode", "a", options=["a", "b"])]
    )
    quadratic = Quadratic(Setting(space))
    quadratic.tell([told(i, x, "a", (x - 7.0) ** 2 + 20) for i, x in enumerate([1.0, 5.0, 9.0])])
    quadratic.tell([told(3, 5.0, "b", (5.0 - 7.0) ** 2)])
    (candidate,) = quadratic.ask()
    assert candidate.values["mode"] == "b"
    assert candidate.values["x"] == pytest.approx(7.0, abs=1e-6)


def test_who_takes_part_by_default_has_a_name_of_an_optimizer_and_a_prior_gain() -> None:
    from optwright.optim.optimizer import optimizer_names

    assert {member.name for member in MEMBERS} <= set(optimizer_names())
    assert all(0.0 < member.prior_gain <= 1.0 <= member.trials for member in MEMBERS)
