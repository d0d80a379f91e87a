"""Rows whose answer is no single number are right by what must be true of it."""

from __future__ import annotations

from typing import Any

import pytest

from optwright.benchmarks.scoring import HEADLINE, score
from optwright.benchmarks.system import Attempt, Claim
from optwright.benchmarks.task import Task
from optwright.benchmarks.validators import is_solution

RULES = {
    "feasible": True,
    "gold_constraints": [
        {"id": "cap", "terms": {"p1": 1.0}, "sense": "<=", "rhs": 9.0},
        {"id": "gap", "terms": {"p1": 1.0, "p2": -1.0}, "sense": ">=", "rhs": 2.0},
        {"id": "sum", "terms": {"p1": 1.0, "p2": 1.0}, "sense": "==", "rhs": 14.0},
    ],
}


def task(reference: dict[str, Any]) -> Task:
    return Task("a", "own", "Set prices.", None, row={"reference": reference})


def answered(**values: float) -> Attempt:
    return Attempt(status=Claim.OPTIMAL, objective=0.0, values=values)


@pytest.mark.parametrize(
    ("attempt", "is_right"),
    [
        (answered(p1=8.0, p2=6.0), True),
        (answered(P_1=9.0, p_2=5.0), True),
        (answered(p1=10.0, p2=4.0), False),  # above the cap
        (answered(p1=7.5, p2=6.5), False),  # too near
        (answered(p1=8.0, p2=5.0), False),
        (answered(p1=8.0), False),
        (answered(price=8.0, other=6.0), False),
        (Attempt(status=Claim.INFEASIBLE), False),
        (Attempt(), False),
        (Attempt(questions=("What is to become large?",)), True),
    ],
)
def test_prices_have_to_keep_every_rule_or_to_be_asked_about(
    attempt: Attempt, is_right: bool
) -> None:
    assert score(attempt, task(RULES)) == {
        "strict": is_right, HEADLINE: is_right, "validator": is_right
    }  # fmt: skip


def test_a_label_that_nothing_is_possible_stays_a_label() -> None:
    row = task({**RULES, "feasible": False})
    assert score(answered(p1=8.0, p2=6.0), row) == {}


UNIQUE = {"satisfaction": True, "unique_solution": True, "example_solution": {"seats": [2, 0, 1]}}


@pytest.mark.parametrize(
    ("values", "is_right"),
    [
        ({"seats[a]": 2.0, "seats[b]": 0.0, "seats[c]": 1.0}, True),
        ({"place[a]": 2.0, "place[b]": 0.0, "place[c]": 1.0, "spare": 7.0}, True),
        ({"place[a]": 0.0, "place[b]": 2.0, "place[c]": 1.0}, False),
        ({f"x[{i},{j}]": float((i, j) in {(1, 3), (2, 1), (3, 2)}) for i in (1, 2, 3)
          for j in (1, 2, 3)}, True),
        ({f"x[{i},{j}]": float(j == 1) for i in (1, 2, 3) for j in (1, 2, 3)}, False),
        ({"seats": 2.0}, False),
        ({}, False),
    ],
)  # fmt: skip
def test_the_only_solution_is_known_by_its_values(values: dict[str, float], is_right: bool) -> None:
    found = Attempt(status=Claim.OPTIMAL, objective=0.0, values=values)
    assert score(found, task(UNIQUE))["validator"] is is_right


def test_scalars_are_told_apart_by_their_names() -> None:
    digits = {"A": 1, "B": 2}
    assert is_solution({"a": 1.0, "b": 2.0}, digits)
    assert not is_solution({"a": 2.0, "b": 1.0}, digits)
    assert is_solution({"number": 1680.0}, {"peculiar": 1680})
    assert not is_solution({"number": 1680.0, "other": 1.0}, {"peculiar": 1680})


def test_several_solutions_are_not_scored() -> None:
    row = task({**UNIQUE, "unique_solution": False})
    assert score(answered(seats=1.0), row) == {}
