"""Every number of a text: used, explained, part of a name or a date, or against the model."""

from __future__ import annotations

import json

import pytest

from optwright.agents.checks.check import CheckContext
from optwright.agents.checks.numbers import NumbersCheck, Role, numbers
from optwright.agents.replies import read_formulation


def roles(text: str, *limits: str, objective: str = "x + y") -> dict[str, Role]:
    reply = {
        "decisions": [{"name": "x", "meaning": "hours"}, {"name": "y", "meaning": "crates"}],
        "objective": {"text": "", "sense": "maximize", "expression": objective},
        "limits": [{"text": "", "expression": limit} for limit in limits],
    }
    context = CheckContext(text, read_formulation(json.dumps(reply)))
    return {number.quantity.text: number.role for number in numbers(context)}


def test_a_number_that_the_model_writes_is_used() -> None:
    assert roles("There are 480 hours.", "x <= 480") == {"480": Role.USED}


def test_a_number_that_the_model_does_without_is_against_it() -> None:
    assert roles("There are 480 hours and 31 crates.", "x <= 480")["31"] is Role.AGAINST


@pytest.mark.parametrize(
    ("text", "number", "role"),
    [
        ("The field in Area 17 has 480 rows.", "17", Role.NAME),
        ("We run Line 17A for 480 hours.", "17", Role.NAME),
        ("Notice 88/B: at most 480.", "88", Role.NAME),
        ("5. There are 480 hours.", "5", Role.LIST),
        ("Started in 2019. There are 480 hours.", "2019", Role.DATE),
        ("On the 13th there are 480 hours.", "13", Role.DATE),
        ("From 17:30 on there are 480 hours.", "17", Role.DATE),
    ],
)
def test_structure_tells_names_lists_and_dates(text: str, number: str, role: Role) -> None:
    assert roles(text, "x <= 480")[number] is role


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Working 8 hours on 6 days.", "x <= 48"),
        ("There are 9 kg.", "x <= 9000"),
        ("It takes 2 hours.", "x <= 120"),
        ("Two lots of 900 and 1,400.", "x <= 2300"),
        ("A tenth of 480 is lost, that is 10 %.", "x <= 432"),
    ],
)
def test_a_number_that_leads_to_one_that_is_used_is_explained(text: str, limit: str) -> None:
    assert Role.AGAINST not in roles(text, limit).values()


def test_the_check_says_the_number_and_its_sentence() -> None:
    reply = {
        "decisions": [{"name": "x"}],
        "objective": {"text": "", "sense": "maximize", "expression": "x"},
        "limits": [],
    }
    formulation = read_formulation(json.dumps(reply))
    (finding,) = NumbersCheck().findings(CheckContext("There are 480 hours.", formulation))
    assert "'480'" in finding.message
    assert finding.words == "There are 480 hours."
