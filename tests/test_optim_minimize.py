"""`minimize`: finding low values of functions, whatever the function does."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable

import pytest

from optwright.errors import InputError
from optwright.optim.api import minimize
from optwright.optim.parameters import Choice, Integer, Permutation, Real, Text
from optwright.serving.budget import Budget
from optwright.testing import ScriptedModel

DATA = [(float(x), 15.0 * x + 14.0 + ((x * 7919) % 13 - 6) / 6) for x in range(1, 51)]


def squared_error(w: int, b: int) -> float:
    return sum((y - w * x - b) ** 2 for x, y in DATA)


def line() -> list[Integer]:
    return [Integer("w", 10, low=-50, high=50), Integer("b", 10, low=-50, high=50)]


def test_a_line_is_fitted_in_seven_calls() -> None:
    best = minimize(squared_error, line(), budget=Budget(evaluations=40), seed=0)
    assert best.values == {"w": 15, "b": 14}
    assert best.score == squared_error(15, 14)
    assert [t.values for t in best.trials].index({"w": 15, "b": 14}) < 9
    assert best.evaluations == 40


def test_every_call_is_a_new_point_within_its_limits() -> None:
    seen: list[tuple[int, int]] = []

    def noted(w: int, b: int) -> float:
        seen.append((w, b))
        return squared_error(w, b)

    minimize(noted, line(), budget=Budget(evaluations=30))
    assert len(seen) == len(set(seen)) == 30
    assert all(-50 <= number <= 50 for point in seen for number in point)


@pytest.mark.parametrize(
    "optimizer", ["random", "quadratic", "cmaes", "tpe", "rprop", "bisection", "portfolio"]
)
def test_every_optimizer_comes_closer_and_repeats_itself_with_the_same_seed(optimizer: str) -> None:
    def bowl(x: float, y: float) -> tuple[float, dict[str, float]]:
        return (x - 1) ** 2 + 3 * (y + 2) ** 2, {"x": 1 - x, "y": -2 - y}

    parameters = [Real("x", 4.0, low=-5, high=5), Real("y", 4.0, low=-5, high=5)]

    def once(seed: int) -> list[object]:
        found = minimize(
            bowl, parameters, optimizer=optimizer, budget=Budget(evaluations=25), seed=seed
        )
        assert found.score < bowl(4.0, 4.0)[0] / 10
        return [(t.candidate.origin, t.values) for t in found.trials]

    assert once(1) == once(1)


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("asked", [1, 3, 20])
def test_the_budget_is_never_exceeded(workers: int, asked: int) -> None:
    calls = []

    def counted(x: float) -> float:
        calls.append(x)
        time.sleep(0.001)
        return x

    found = minimize(
        counted,
        [Real("x", 0.5, low=0, high=1)],
        budget=Budget(evaluations=asked),
        workers=workers,
        optimizer="random",
    )
    assert len(calls) == found.evaluations == asked
    assert found.stopped == "budget"


def raises(x: float) -> float:
    if x > 0.3:
        raise ValueError("too warm")
    return -x


def nan(x: float) -> float:
    return math.nan if x > 0.3 else -x


def exits(x: float) -> float:
    if x > 0.3:
        raise SystemExit(3)
    return -x


def hangs(x: float) -> float:
    if x > 0.3:
        time.sleep(0.4)
    return -x


def words(x: float) -> object:
    return "very good" if x > 0.3 else -x


@pytest.mark.parametrize("function", [raises, nan, exits, hangs, words])
def test_a_failing_call_is_an_outcome_and_never_the_best(function: Callable[..., object]) -> None:
    found = minimize(
        function,
        [Real("x", 0.1, low=0, high=1)],
        budget=Budget(evaluations=12),
        timeout_s=0.1,
    )
    assert found.evaluations == 12
    assert found.values["x"] <= 0.3
    failed = [t for t in found.trials if t.failed]
    assert failed
    assert all(t.text for t in failed)


def test_when_every_call_fails_the_first_values_come_back() -> None:
    def broken(x: float) -> float:
        raise ValueError(x)

    found = minimize(broken, [Real("x", 0.25, low=0, high=1)], budget=Budget(evaluations=5))
    assert found.values == {"x": 0.25}
    assert found.score == math.inf


def test_many_workers_run_at_the_same_time() -> None:
    barrier = threading.Barrier(4, timeout=20)

    def together(x: float) -> float:
        barrier.wait()
        return x

    found = minimize(
        together,
        [Real("x", 0.5, low=0, high=1)],
        starts=[{"x": 0.1}, {"x": 0.2}, {"x": 0.3}],
        workers=4,
        optimizer="random",
        budget=Budget(evaluations=8),
    )
    assert not any(t.failed for t in found.trials)


async def test_an_async_function_works_inside_a_running_loop() -> None:
    async def later(x: float) -> float:
        return (x - 0.5) ** 2

    found = minimize(later, [Real("x", 0.0, low=0, high=1)], budget=Budget(evaluations=6))
    assert found.score < 1e-6


def test_choices_and_orders_are_searched() -> None:
    def cost(mode: str, order: tuple[str, ...]) -> float:
        return (mode != "fast") + sum(a != b for a, b in zip(order, "cab", strict=True))

    found = minimize(
        cost,
        [Choice("mode", "slow", options=["slow", "fast"]), Permutation("order", ["a", "b", "c"])],
        budget=Budget(evaluations=50),
    )
    assert found.values == {"mode": "fast", "order": ["c", "a", "b"]}
    assert found.stopped == "nothing left to propose"
    assert found.evaluations <= 12


def test_text_without_a_model_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError) as caught:
        minimize(lambda words: words.count("m"), [Text("words", "many words")])
    assert "model" in caught.value.hint


def test_an_unknown_optimizer_is_refused_with_those_that_exist() -> None:
    with pytest.raises(InputError, match="opro"):
        minimize(squared_error, line(), optimizer="gradient")


def test_it_stops_when_the_score_is_good_enough_or_nothing_improves() -> None:
    good = minimize(squared_error, line(), stop_at=20.0)
    assert good.stopped == "good enough"
    assert good.evaluations < 10
    flat = minimize(lambda w, b: 1.0, line(), patience=3, optimizer="random")
    assert flat.stopped == "no progress"
    assert flat.evaluations == 5


@pytest.mark.parametrize("optimizer", ["opro", "directional", "reflective"])
def test_bad_replies_never_become_a_candidate_and_never_end_the_run(optimizer: str) -> None:
    bad = [
        "I'm sorry, I cannot do that.",
        '{"values": {"x": NaN}}',
        '{"values": {"x": 1e300}}',
        '```json\n{"x": 1}\n```\n```json\n{"x": 2}\n```',
        '{"values": {"x": "about 7"}}',
        "",
    ]
    turn = iter(range(10_000))

    def reply(request: object) -> str:
        k = next(turn)
        return bad[k % len(bad)] if k % 4 else f'{{"reason": "TERMINATE", "values": {{"x": {k}}}}}'

    found = minimize(
        lambda x: (x - 7) ** 2,
        [Real("x", 1.0, low=0, high=100)],
        optimizer=optimizer,
        model=ScriptedModel(reply),
        budget=Budget(evaluations=5, calls=200),
    )
    assert found.evaluations == 5
    assert all(float(t.values["x"]).is_integer() for t in found.trials)
    assert found.replies is not None
    assert 0 < found.replies.usable < found.replies.asked == found.spent.calls


def test_a_model_that_never_gives_a_usable_reply_leaves_the_first_values() -> None:
    found = minimize(
        lambda x: x,
        [Real("x", 1.0, low=0, high=100)],
        optimizer="opro",
        model=ScriptedModel(lambda request: "no"),
        budget=Budget(evaluations=5, calls=200),
    )
    assert found.values == {"x": 1.0}
    assert found.stopped == "nothing left to propose"
    assert found.replies is not None
    assert found.replies.rate == 0.0


def test_calls_of_the_optimizer_model_stay_inside_the_budget() -> None:
    model = ScriptedModel(lambda request: '{"x": 3}')
    found = minimize(
        lambda x: x,
        [Real("x", 1.0, low=0, high=100)],
        optimizer="opro",
        model=model,
        budget=Budget(evaluations=50, calls=4),
    )
    assert len(model.requests) <= 4
    assert found.stopped == "budget"


@pytest.mark.parametrize("optimizer", ["portfolio", "quadratic"])
@pytest.mark.parametrize("seed", range(3))
def test_a_function_that_mostly_fails_is_still_minimized(optimizer: str, seed: int) -> None:
    def mostly_nan(x: float) -> float:
        return float("nan") if x > 2.0 else (x - 1.7) ** 2

    x = Real("x", 1.0, low=0.0, high=10.0)
    budget = Budget(evaluations=20)
    assert minimize(mostly_nan, [x], budget=budget, optimizer=optimizer, seed=seed).score < 1e-6


def test_in_processes_a_call_that_never_ends_is_killed_and_the_run_goes_on() -> None:
    def stuck(x: float) -> float:
        while x > 8.0:
            pass
        if x > 5.0:
            os._exit(9)
        return (x - 2.0) ** 2

    found = minimize(
        stuck,
        [Real("x", 1.0, low=0.0, high=10.0)],
        optimizer="random",
        budget=Budget(evaluations=20),
        workers=2,
        processes=True,
        timeout_s=0.5,
    )
    said = {trial.values["x"]: trial.text for trial in found.trials}
    assert {"no result" in text for x, text in said.items() if x > 8.0} == {True}
    assert {"died" in text for x, text in said.items() if 5.0 < x <= 8.0} == {True}
    assert found.score == min((x - 2.0) ** 2 for x in said if x <= 5.0)
