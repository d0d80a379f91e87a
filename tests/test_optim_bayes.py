"""Bayesian optimization with Optuna: TPE everywhere, the Gaussian process where PyTorch is."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import pytest

from optwright.errors import ExtraMissing, InputError
from optwright.optim.api import minimize
from optwright.optim.optimizer import Setting, open_optimizer
from optwright.optim.parameters import Choice, Integer, ParameterSpace, Permutation, Real, Tunable
from optwright.optim.trial import Evaluation, Suggestion, Trial, as_json
from optwright.serving.budget import Budget

needs_torch = pytest.mark.skipif(
    find_spec("torch") is None,
    reason="the Gaussian process needs PyTorch: pip install 'optwright[gp]'",
)
BAYES = ["tpe", pytest.param("gp", marks=needs_torch)]


def bowl(rate: float, x: float, count: int, mode: object) -> float:
    return (x - 1.0) ** 2 + (rate - 0.1) ** 2 + (count - 3) ** 2 / 9 + (mode is not True)


def space() -> list[Tunable[Any]]:
    return [
        Real("rate", 0.9, low=1e-3, high=1.0, log=True),
        Real("x", -4.0, low=-5.0, high=5.0),
        Integer("count", 9, low=1, high=9),
        Choice("mode", 1, options=[1, True, "1"]),
    ]


@pytest.mark.parametrize("name", BAYES)
def test_numbers_and_choices_come_closer_and_the_same_seed_repeats(name: str) -> None:
    first, again = (
        minimize(bowl, space(), optimizer=name, budget=Budget(evaluations=14), seed=3)
        for _ in range(2)
    )
    assert first.score < 0.3 * -first.trials[0].score
    assert [t.values for t in first.trials] == [t.values for t in again.trials]
    assert len({str(t.values) for t in first.trials}) == 14


@pytest.mark.parametrize("name", BAYES)
def test_failed_trials_are_survived_and_a_restored_one_goes_on_alike(name: str) -> None:
    setting = Setting(ParameterSpace(space()), seed=1)
    whole = open_optimizer(name, setting)
    trials = [Trial(0, Suggestion(as_json(setting.space.initial)), -9.0, (Evaluation(-9.0),))]
    whole.tell(trials)
    for number in range(1, 14):  # beyond the ten that Optuna draws at random
        again = open_optimizer(name, setting)
        again.restore(whole.state(), trials)
        (candidate,) = whole.ask()
        assert again.ask() == [candidate]
        failed = number % 4 == 3
        score = float("-inf") if failed else -bowl(**candidate.values)
        trials.append(Trial(number, candidate, score, (Evaluation(score),)))
        whole.tell(trials[-1:])


@needs_torch
def test_the_gaussian_process_finds_a_smooth_valley_that_chance_does_not() -> None:
    valley: list[Tunable[Any]] = [Real(name, 8.0, low=-10, high=10) for name in "xy"]

    def booth(x: float, y: float) -> float:
        return (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2

    scores = {
        name: minimize(booth, valley, optimizer=name, budget=Budget(evaluations=22), seed=5).score
        for name in ("gp", "random")
    }
    assert scores["gp"] < 5.0
    assert scores["gp"] < scores["random"] / 3


def test_without_pytorch_the_gaussian_process_names_its_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from optwright.optim.optimizers.numeric import bayes

    def absent(name: str) -> object:
        return None if name == "torch" else find_spec(name)

    monkeypatch.setattr(bayes, "find_spec", absent)
    with pytest.raises(ExtraMissing, match="torch") as caught:
        open_optimizer("gp", Setting(ParameterSpace(space())))
    assert caught.value.hint is not None
    assert "optwright[gp]" in caught.value.hint


@pytest.mark.parametrize("name", BAYES)
def test_an_order_alone_is_refused_with_what_to_do(name: str) -> None:
    with pytest.raises(InputError, match="number or a choice"):
        open_optimizer(name, Setting(ParameterSpace([Permutation("order", [1, 2])])))
