"""Every number of a text: used, explained, part of a name or a date, or against the model."""

from __future__ import annotations

import json

import pytest

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.numbers import NumbersCheck, unexplained
from optwright.agents.checks.words.numbers import against
from optwright.agents.replies import read_formulation


def case(text: str, *limits: str, objective: str = "x + y") -> CheckContext:
    reply = {
        "decisions": [{"name": "x", "meaning": "hours"}, {"name": "y", "meaning": "crates"}],
        "objective": {"text": "", "sense": "maximize", "expression": objective},
        "limits": [{"text": "", "expression": limit} for limit in limits],
    }
    return CheckContext(text, read_formulation(json.dumps(reply)))


def missing(text: str, *limits: str) -> list[str]:
    return [n.quantity.text for n in against(case(text, *limits))]


def test_a_number_that_the_model_writes_is_used() -> None:
    assert missing("There are 480 hours.", "x <= 480") == []


def test_a_number_that_the_model_does_without_is_against_it() -> None:
    assert missing("There are 480 hours and 31 crates.", "x <= 480") == ["31"]


@pytest.mark.parametrize(
    "text",
    [
        "On 3 June 2026, Line 7 has 480 hours.",
        "2. There are 480 hours, of 300 on the floor and 180 hours and 0 hours upstairs.",
        "## 14 teams\n\nThere are 480 hours. For example, 17 of them may be lent.",
        "Bins lie at (41, 99), (82, 72) and (14, 32). There are 480 hours.",
        "There are 480 hours for 2 products.",
        "There are 8 hours on 60 days.",
        "There are 28,800 minutes, that is, so many hours.",
    ],
)
def test_numbers_that_are_no_amounts_or_lead_to_one_are_not_against_it(text: str) -> None:
    assert missing(text, "x <= 480", "x >= 300", "x >= 180", "y >= 480")[1:] == []


def test_a_cell_that_is_not_in_a_column_that_is_used_is_against_the_model() -> None:
    limits = [f"x >= {n}" for n in (31, 42, 53, 64)]
    assert missing("Demands are [31, 42, 53, 64, 75].", *limits) == ["75"]
    assert missing("Heights are [31, 42, 53, 64, 75].", "x <= 31") == []


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("Working 8 hours on 6 days.", "x <= 48"),
        ("There are 9 kg.", "x <= 9000"),
        ("It takes 2 hours.", "x <= 120"),
        ("Two lots of 900 and 1,400.", "x <= 2300"),
        ("A tenth of 480 is lost.", "x <= 432"),
    ],
)
def test_a_number_that_leads_to_one_that_is_used_is_explained(text: str, limit: str) -> None:
    assert unexplained(case(text, limit)) == ()


def test_a_number_copied_wrongly_is_not_explained_by_its_copy() -> None:
    assert missing("There are 480 hours and 10 crates.", "x <= 4800") == ["480"]


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


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("Hours bring 7.5 per cent, crates 4.1, at most 30.", ("0.041*y <= 0.075*x", "x <= 30")),
        ("At most 200 at the full price. It turns away more than 600.", ("x <= 200", "y <= 400")),
        ("It dries in 45 minutes what washes in 30: 3 crates for every 2 hours.", ("2*y >= 3*x",)),
        ("Wanted: from 8 to 10 50 people, from 10 to 12 50, from 12 to 14 50.", ("x >= 50",)),
    ],
)  # fmt: skip
def test_what_a_text_leaves_out_or_says_otherwise_is_carried(
    text: str, limits: tuple[str, ...]
) -> None:
    assert missing(text, *limits) == []


def test_a_list_that_ends_in_thousands_is_in_thousands_as_a_whole() -> None:
    text = "Costs are 14, 9 and 12 thousand."
    assert missing(text, "14*x + 9*y <= 12") == []
    assert missing(text, "14000*x + 9000*y <= 12000") == []
    assert missing(text, "14*x + 9*y <= 1") == ["12 thousand"]


def test_spans_that_are_no_hours_are_amounts() -> None:
    text = "Prices are for from 5 to 30 kg 12, from 30 to 90 kg 11, from 90 to 170 kg 10."
    assert "90" in missing(text, "x <= 480")
