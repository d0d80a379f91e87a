"""What a named amount comes to by the text is held against the row that limits it."""

from __future__ import annotations

import json

import pytest

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.amounts import amounts, differing
from optwright.agents.replies import read_formulation

TEXT = (
    "A loaf of bread needs 2 kg of flour and 3 eggs, a cake needs 1 kg of flour and 5 eggs. "
    "There are 40 kg of flour and at most 60 eggs. Bake as much as possible."
)


def case(flour: str = "2*bread + cake <= 40", eggs: str = "3*bread + 5*cake <= 60") -> CheckContext:
    reply = {
        "decisions": [
            {"name": "bread", "meaning": "loaves of bread", "whole": True},
            {"name": "cake", "meaning": "cakes", "whole": True},
        ],
        "objective": {"text": "", "sense": "maximize", "expression": "bread + cake"},
        "limits": [
            {"text": "There are 40 kg of flour", "expression": flour},
            {"text": "at most 60 eggs", "expression": eggs},
        ],
    }
    return CheckContext(TEXT, read_formulation(json.dumps(reply)))


def test_a_row_that_counts_as_the_text_does_agrees() -> None:
    found = list(amounts(case()))
    assert [dict(a.stated) for a in found] == [{"bread": 2, "cake": 1}, {"bread": 3, "cake": 5}]
    assert all(a.agrees for a in found)
    assert not list(differing(case()))


@pytest.mark.parametrize(
    ("eggs", "by_row"),
    [("5*bread + 3*cake <= 60", 30), ("3*bread + 2*cake <= 60", 19)],
    ids=["exchanged", "another number"],
)
def test_a_row_that_counts_otherwise_is_found_with_both_sums(eggs: str, by_row: float) -> None:
    (found,) = differing(case(eggs=eggs))
    assert "bread = 3, cake = 5 the text comes to 34" in found.message
    assert f"the model to {by_row:g}" in found.message


def test_a_row_in_another_unit_agrees() -> None:
    assert not list(differing(case(flour="2000*bread + 1000*cake <= 40000")))


def test_numbers_listed_apart_from_their_things_say_nothing() -> None:
    apart = "Bread and cake need 2 and 1 kg of flour respectively. There are 40 kg of flour."
    assert not list(amounts(CheckContext(apart, case().formulation)))
