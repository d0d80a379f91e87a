"""Numbers that a model gives to other things than the order of the text does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optwright.agents.checks.words.order import crossed
from optwright.agents.checks.words.reading import reading
from optwright.agents.replies import read_formulation
from optwright.benchmarks.corpus.entries import read_entries

TEXT = (
    "Benches bring in 35 and planters 14. A bench takes 3 hours and a planter 2, and there are 60 "
    "hours. Earn the most."
)


def found(text: str, reply: dict[str, Any]) -> list[str]:
    return [f.element for f in crossed(reading(text, read_formulation(json.dumps(reply)), {}))]


def garden(objective: str, hours: str = "3*benches + 2*planters <= 60") -> dict[str, Any]:
    return {
        "variables": [{"name": "benches"}, {"name": "planters"}],
        "objective": {"sense": "maximize", "quote": "Earn the most", "expression": objective},
        "constraints": [{"name": "hours", "quote": "60 hours", "expression": hours}],
    }


def test_numbers_in_the_order_of_the_text_are_right_and_exchanged_ones_are_found() -> None:
    assert found(TEXT, garden("35*benches + 14*planters")) == []
    assert found(TEXT, garden("14*benches + 35*planters")) == ["objective"]
    exchanged = garden("35*benches + 14*planters", "2*benches + 3*planters <= 60")
    assert found(TEXT, exchanged) == ["hours"]


@pytest.mark.parametrize("named", ["Benches and planters bring in 35 and 14.",
                                   "We get 35 for benches and 14 for planters."])  # fmt: skip
def test_the_words_between_do_not_matter(named: str) -> None:
    text = TEXT.replace("Benches bring in 35 and planters 14.", named)
    assert found(text, garden("35*benches + 14*planters")) == []
    assert found(text, garden("14*benches + 35*planters")) == ["objective"]


def test_a_ratio_names_its_numbers_the_other_way_round() -> None:
    text = TEXT.replace("A bench takes 3 hours and a planter 2,", "Make 3 benches to 2 planters,")
    assert found(text, garden("35*benches + 14*planters", "2*benches == 3*planters")) == []


def listed(values: list[int]) -> dict[str, Any]:
    return {
        "sets": [{"name": "D", "members": ["Monday", "Tuesday", "Friday"]}],
        "parameters": [{"name": "need", "indices": ["D"], "values": values}],
        "variables": [{"name": "staff", "indices": ["D"]}],
        "objective": {"sense": "minimize", "expression": "sum(staff[d] for d in D)"},
        "constraints": [{"expression": "staff[d] >= need[d]", "forall": "d in D"}],
    }


@pytest.mark.parametrize("text", ["On Monday, Tuesday and Friday we need 8, 5 and 9 people.",
                                  "We need 8 on Monday, 5 on Tuesday, 9 on Friday."])  # fmt: skip
def test_a_list_in_another_order_than_the_text_names_it_is_found(text: str) -> None:
    assert found(text, listed([8, 5, 9])) == []
    assert found(text, listed([5, 8, 9])) == ["need"]


def test_numbers_of_two_kinds_side_by_side_are_no_list() -> None:
    text = "Monday needs 8 people for 5 hours, Tuesday 9. Friday is free."
    assert found(text, listed([8, 9, 5])) == []


def test_no_right_model_of_the_corpus_is_crossed() -> None:
    entries = read_entries()[::6]
    alarmed = [e.id for e in entries if [*crossed(reading(e.text, e.formulation, e.data))]]
    assert alarmed == []
