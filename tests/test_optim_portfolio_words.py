"""The portfolio where there is text to write: one member begins, the others join when it stalls."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection
from random import Random
from statistics import fmean

import pytest

from optwright.optim.api import minimize
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.portfolio import PATIENCE, BanditArm, Portfolio
from optwright.optim.parameters import Code, ParameterSpace, Real, Text, Tunable
from optwright.optim.results import Minimum
from optwright.optim.trial import Evaluation, Suggestion, Trial
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel

WRITERS = ("opro", "reflective", "optoprime")
FIRST = "Answer."
GOOD = ["brief", "exact", "polite", "table"]
WRONG = ["long", "vague", "rude", "essay", "rhyme", "shout", "guess", "hurry"]
BAD_REPLIES = ("I cannot help.", '{"values": {"words": 7}}', '{"values": {}}', "{} {}")


def writer(seed: int, able: Collection[str]) -> ScriptedModel:
    """A weak model: a quarter of its replies cannot be used, the others change one word of what
    they read, or name a wrong rule in a role that it is not `able` to play."""

    def reply(request: ChatRequest) -> str:
        roll = Random(f"{seed}/{request.role}/{request.sample}")
        if roll.random() < 0.25:
            return roll.choice(BAD_REPLIES)
        if request.role not in able:
            return said(f"{FIRST} {roll.choice(WRONG)}")
        shown = re.findall(r'"words": "([^"]*)"', request.messages[1].content)
        # OPRO shows the best last; the others begin with the values in use.
        words = shown[-1 if request.role == "opro" else 0].split()
        if len(words) > 1 and roll.random() < 0.3:
            words.remove(roll.choice(words[1:]))
        else:
            words.append(roll.choice(GOOD + WRONG))
        return said(" ".join(dict.fromkeys(words)))

    return ScriptedModel(reply)


def said(words: str) -> str:
    return json.dumps({"reason": "", "values": {"words": words}})


def faults(words: str) -> float:
    """From 1 for the first words down to 0 for all the good ones and no wrong one."""
    written = set(words.split())
    missing, wrong = set(GOOD) - written, written & set(WRONG)
    return (len(missing) + 0.3 * len(wrong)) / len(GOOD)


def found(optimizer: str, model: ScriptedModel, evaluations: int, seed: int = 0) -> Minimum:
    return minimize(
        faults,
        [Text("words", FIRST)],
        optimizer=optimizer,
        model=model,
        budget=Budget(evaluations=evaluations, calls=10 * evaluations),
        seed=seed,
    )


def left(optimizer: str, able: Collection[str], evaluations: int) -> float:
    """The share of the faults that is left, the mean of 20 seeds."""
    runs = (found(optimizer, writer(seed, able), evaluations, seed) for seed in range(20))
    return fmean(run.score for run in runs)


def origins(run: Minimum) -> list[str]:
    return [trial.candidate.origin for trial in run.trials[1:]]


def test_on_text_alone_it_asks_what_opro_asks_and_tries_what_opro_tries() -> None:
    for seed in range(5):
        alone, shared = writer(seed, WRITERS), writer(seed, WRITERS)
        one, other = found("opro", alone, 9, seed), found("portfolio", shared, 9, seed)
        assert shared.requests == alone.requests
        assert [trial.candidate for trial in other.trials] == [t.candidate for t in one.trials]


def test_one_that_gains_nothing_more_is_joined_by_the_others() -> None:
    run = found("portfolio", writer(1, ["reflective"]), evaluations=25)
    assert origins(run)[:PATIENCE] == ["opro"] * PATIENCE
    assert Counter(origins(run)[PATIENCE:]).most_common(1)[0][0] == "reflective"
    assert min(-trial.score for trial in run.trials[: PATIENCE + 1]) == 1.0 > run.score


def test_one_that_only_repeats_itself_is_joined_before_the_run_ends() -> None:
    def reply(request: ChatRequest) -> str:
        return said(FIRST if request.role == "opro" else " ".join([FIRST, *GOOD]))

    run = minimize(
        faults,
        [Text("words", FIRST)],
        model=ScriptedModel(reply),
        budget=Budget(evaluations=5, calls=40),
    )
    assert run.score == 0.0
    assert origins(run) == ["reflective"]


def test_a_member_that_gains_is_given_time_again() -> None:
    arm = BanditArm(prior_gain=0.5, trials=2.0)
    for _ in range(PATIENCE - 1):
        arm.pay(gain=0.0, cost=1.0)
    assert not arm.has_stalled
    arm.pay(gain=0.1, cost=1.0)
    for _ in range(PATIENCE - 1):
        arm.pay_for_nothing(cost=0.1)
    assert not arm.has_stalled
    arm.pay_for_nothing(cost=0.1)
    assert arm.has_stalled


@pytest.mark.parametrize(
    ("able", "waiting", "margin"),
    [
        (WRITERS, 0, 0.05),
        (["opro"], 0, 0.1),
        (["reflective"], PATIENCE, 0.1),
        (["optoprime"], PATIENCE, 0.1),
    ],
)
def test_over_20_seeds_it_is_close_to_its_best_member_but_for_the_trials_that_waited(
    able: Collection[str], waiting: int, margin: float
) -> None:
    best = min(left(member, able, 20) for member in able)
    assert left("portfolio", able, 20 + waiting) <= best + margin


@pytest.mark.parametrize(
    ("parameters", "beginners"),
    [
        ([Text("words", FIRST)], {"opro"}),
        ([Text("words", FIRST), Real("x", 0.0, low=0, high=1)], {"opro"}),
        ([Real("x", 0.0, low=0, high=1)], {"opro", "optoprime"}),
        ([Code("rule", "def rule():\n    return 1\n", function="rule")], {*WRITERS, "best_of_n"}),
    ],
)
def test_only_where_there_is_text_the_others_wait(
    parameters: list[Tunable[object]], beginners: set[str]
) -> None:
    """Each member says that it was asked by failing to propose."""
    asked: set[str] = set()

    def refuse(request: ChatRequest) -> str:
        asked.add(request.role)
        return "I cannot help."

    space = ParameterSpace(parameters)
    portfolio = Portfolio(Setting(space, model=ScriptedModel(refuse)))
    portfolio.tell([Trial(0, Suggestion(space.initial, "start"), 0.0, (Evaluation(0.0, "bad"),))])
    for number in range(1, 5):
        trials = [Trial(number, c, -1.0, (Evaluation(-1.0),)) for c in portfolio.ask()]
        portfolio.tell(trials)
    assert asked <= beginners
    assert asked or any(isinstance(parameter, Real) for parameter in parameters)


def test_words_and_a_number_are_both_found() -> None:
    """A model writes the words and never names a number; the numbers have a model of their own."""

    def cost(words: str, heat: float) -> float:
        return faults(words) + (heat - 0.3) ** 2

    runs = [
        minimize(
            cost,
            [Text("words", FIRST), Real("heat", 2.0, low=0, high=2)],
            model=writer(seed, WRITERS),
            budget=Budget(evaluations=60),
            seed=seed,
        )
        for seed in range(5)
    ]
    assert all(abs(run.values["heat"] - 0.3) < 0.05 for run in runs)
    assert fmean(run.score for run in runs) < 0.15
    assert all({"opro", "quadratic"} <= set(origins(run)) for run in runs)


def test_opro_reads_what_a_function_says() -> None:
    model = ScriptedModel(said("Answer briefly."))

    def told(words: str) -> tuple[float, str]:
        return float(len(words)), f"{len(words)} letters are too many"

    minimize(
        told,
        [Text("words", FIRST)],
        optimizer="opro",
        model=model,
        budget=Budget(evaluations=2, calls=1),
    )
    assert "7 letters are too many" in model.requests[0].messages[-1].content
