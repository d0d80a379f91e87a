"""Slips of a caller are sentences, and nothing runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import optwright as ow
from optwright.errors import InputError

X = ow.Real("x", 1.0, low=0.0, high=10.0)


def squared(x: float) -> float:
    return (x - 3) ** 2


def never(x: float) -> float:
    raise AssertionError("it ran")


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: ow.minimize(never, X), "not a list of parameters"),
        (lambda: ow.minimize(never, {X: 1.0}), "not a list of parameters"),
        (lambda: ow.minimize(never, ["x"]), "'x' is not a parameter"),  # type: ignore[list-item]
        (lambda: ow.minimize(never, []), "no parameters"),
        (lambda: ow.minimize(3, [X]), "cannot be called"),  # type: ignore[arg-type]
        (lambda: ow.minimize(lambda y: y, [X]), "cannot be called with the parameters x"),
        (lambda: ow.minimize(never, [X], workers=0), "workers=0"),
        (lambda: ow.minimize(never, [X], timeout_s=-1), "timeout_s=-1"),
        (lambda: ow.minimize(never, [X], budget=ow.Budget()), "would never end"),
        (lambda: ow.minimize(never, [X], budget=12), "12 is no budget"),  # type: ignore[arg-type]
        (lambda: ow.minimize(never, [X], budget="rounds=3"), "budget has no 'rounds'"),
        (lambda: ow.optimize(never, [1], None, [X]), "the metric is None"),  # type: ignore[arg-type]
        (lambda: ow.optimize(None, [1], never, [X]), "the program is None"),  # type: ignore[arg-type]
    ],
)
def test_a_slip_is_a_sentence(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call()


def test_a_budget_may_be_text() -> None:
    assert ow.minimize(squared, [X], budget="evaluations=5").evaluations <= 5


def test_a_run_without_limits_ends_by_its_patience() -> None:
    found = ow.minimize(squared, [X], budget=ow.Budget(), patience=3)
    assert found.score <= squared(1.0)


@pytest.mark.parametrize("optimizer", ["rprop", "bisection", "bracket"])
def test_an_optimizer_by_directions_alone_says_after_the_first_run_that_there_were_none(
    optimizer: str,
) -> None:
    runs = []

    def silent(x: float) -> float:
        runs.append(x)
        return squared(x)

    with pytest.raises(InputError, match="follows directions, and none was given") as caught:
        ow.minimize(silent, [X], optimizer=optimizer, budget=ow.Budget(evaluations=20))
    assert runs == [1.0]
    assert "take optimizer='portfolio'" in str(caught.value.hint)


def test_a_stepper_by_directions_alone_says_so_too() -> None:
    x = ow.Real("x", 1.0, low=0.0, high=10.0)
    trace = ow.backward(abs(x - 7), "too far", score=-6.0)
    with pytest.raises(InputError, match="'rprop' follows directions"):
        ow.Stepper([x], optimizer="rprop").step(trace)


def test_a_first_run_that_fails_is_no_lack_of_directions() -> None:
    def broken(x: float) -> float:
        raise ValueError(x)

    found = ow.minimize(broken, [X], optimizer="rprop", budget=ow.Budget(evaluations=20))
    assert found.stopped == "nothing left to propose"
