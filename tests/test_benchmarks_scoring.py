"""Rules of scoring: the strict one, each paper's, statuses as answers, and what flags say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.benchmarks.scoring import OF_THEIR_SETS, RULES, flags, score
from optwright.benchmarks.system import Attempt, Claim
from optwright.benchmarks.task import Label, Task

NUMBERS = st.floats(-1e9, 1e9)


def task(label: Label, question: str = "How much?", **reference: Any) -> Task:
    return Task("t", "d", question, label, row={"reference": reference})


def optimal(objective: float) -> Attempt:
    return Attempt(status=Claim.OPTIMAL, objective=objective)


def right(found: float, label: float, rule: str, question: str = "How much?") -> bool:
    return score(optimal(found), task(label, question))[rule]


@given(NUMBERS)
def test_the_label_itself_is_right_by_every_rule(label: float) -> None:
    assert all(score(optimal(label), task(label)).values())


@given(NUMBERS, NUMBERS)
def test_what_is_right_strictly_is_right_with_rounding(found: float, label: float) -> None:
    scores = score(optimal(found), task(label))
    assert scores["rounded"] or not scores["strict"]


@pytest.mark.parametrize(
    ("found", "label", "is_right"),
    [
        (1_000_000.9, 1_000_000.0, True),
        (1_000_001.1, 1_000_000.0, False),
        (0.0000009, 0.0, True),
        (0.0000011, 0.0, False),
        (-5.0, 5.0, False),
    ],
)
def test_strict_is_a_millionth_relative_or_absolute(
    found: float, label: float, is_right: bool
) -> None:
    assert right(found, label, "strict") == is_right


@pytest.mark.parametrize(
    ("found", "label", "is_right"),
    [
        (125.4929577, 125.49, True),
        (125.4951, 125.49, False),
        (125.495, 125.49, True),
        (10.4, 10.0, False),
        (10.333333, 10.333333333452588, True),
        (10.3334, 10.333333333452588, False),
    ],
)
def test_a_rounded_label_allows_half_a_unit_of_its_last_digit(
    found: float, label: float, is_right: bool
) -> None:
    assert right(found, label, "rounded") == is_right


def test_a_text_that_asks_to_round_allows_half_a_whole() -> None:
    asks = "What is the least cost? Provide your answer rounded to the nearest dollar."
    assert right(167.6, 168.0, "rounded", asks)
    assert not right(167.4, 168.0, "rounded", asks)
    assert not right(167.6, 168.0, "strict", asks)


@pytest.mark.parametrize(
    ("rule", "found", "label", "is_right"),
    [
        ("orlm", 104.9, 100.0, True),
        ("orlm", 105.6, 100.0, False),
        ("orlm", 0.4, 0.0, True),
        ("sirl", 1.0000019, 1.0, True),
        ("sirl", 1.0000021, 1.0, False),
        ("mamo", 5.0099, 5.0, True),
        ("mamo", 5.02, 5.0, False),
        ("mamo", 5.35, 5.4, True),
        ("resocratic", 5.0001, 5.0, True),
        ("resocratic", 5.0002, 5.0, False),
        ("or_llm_agent", 5.09, 5.0, True),
        ("or_llm_agent", 5.11, 5.0, False),
        ("orthought", 5.009, 5.0, True),
        ("orthought", 5.011, 5.0, False),
        ("agora", 104.9, 100.0, True),
        ("agora", 105.1, 100.0, False),
        ("coe", 5.0, 5.0, True),
        ("coe", 5.0000001, 5.0, False),
    ],
)
def test_each_papers_rule_is_its_own(rule: str, found: float, label: float, is_right: bool) -> None:
    assert right(found, label, rule) == is_right


def test_a_status_is_an_answer_and_no_number_is() -> None:
    infeasible = Attempt(status=Claim.INFEASIBLE)
    assert all(score(infeasible, task("infeasible")).values())
    assert not any(score(infeasible, task("unbounded")).values())
    assert not any(score(infeasible, task(0.0)).values())
    assert not any(score(optimal(0.0), task("infeasible")).values())


def test_no_answer_is_wrong_and_without_a_label_nothing_is_scored() -> None:
    assert not any(score(Attempt(), task(0.0)).values())
    assert score(optimal(1.0), task(None)) == {}
    assert set(score(Attempt(), task(0.0))) == set(RULES) - OF_THEIR_SETS


@pytest.mark.parametrize(
    ("said", "expected"), [("4/4", ("agreed",)), ("3/4", ("disputed",)), ("1/1", ()), ("", ())]
)
def test_labels_are_agreed_when_two_or_more_publish_the_same(
    said: str, expected: tuple[str, ...]
) -> None:
    assert flags(optimal(1.0), task(1.0, label_agreement=said)) == expected


def test_an_answer_that_is_the_other_reading_is_flagged() -> None:
    solved = {"lp": 125.5, "ilp": 128.0}
    ambiguous = task(128.0, annotation_solve=solved)
    assert flags(optimal(125.5), ambiguous) == ("lp_milp", "other_reading")
    assert flags(optimal(128.0), ambiguous) == ("lp_milp",)
    assert flags(Attempt(), ambiguous) == ("lp_milp",)
    assert flags(optimal(7.0), task(7.0, annotation_solve={"lp": 7.0, "ilp": 7.0})) == ()
