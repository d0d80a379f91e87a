"""Texts that are no problem, and programs that a model might make of them all the same.

`cases/no_problem.jsonl` has 24 texts (small talk, jokes, requests for an e-mail, source code,
recipes, questions of fact; English, German, Spanish and Chinese) with two or three programs each,
written before the rules: in words that the text does not say, and in words and numbers of the text.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.candidates import Candidate
from optwright.agents.no_decision import demand_a_decision
from optwright.agents.problem import Problem
from optwright.agents.replies import read_formulation
from optwright.agents.solving import solve
from optwright.benchmarks.corpus.entries import read_entries
from optwright.errors import InputError
from optwright.testing import ScriptedModel

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "no_problem.jsonl").read_text().splitlines()
]
TAKEN_FOR_PROBLEMS = {
    *(("code-en", 1), ("code-es", 0), ("code-es", 1)),
    *(("recipe-en", 1), ("recipe-es", 0), ("recipe-es", 1)),
}
"""They weigh with numbers of the text, most with words of it for every part: only a reader of the
words sees that nobody asks for anything."""


def refuses(text: str, reply: dict[str, Any], **tables: Any) -> bool:
    candidate = Candidate(plan=0, sample=0, formulation=read_formulation(json.dumps(reply)))
    try:
        demand_a_decision(Problem(text, tables), candidate)
    except InputError:
        return True
    return False


def test_programs_made_of_what_is_no_problem_are_refused() -> None:
    left = {
        (case["id"], place)
        for case in CASES
        for place, reply in enumerate(case["replies"])
        if not refuses(case["text"], reply)
    }
    assert left == TAKEN_FOR_PROBLEMS


def test_no_right_model_is_refused() -> None:
    refused = [e.id for e in read_entries()[::8] if refuses(e.text, dict(e.reply), **e.data)]
    assert refused == []


@pytest.mark.parametrize("case", CASES[3::16], ids=lambda case: case["id"])
def test_what_is_no_problem_is_bad_input_through_the_whole_path(case: dict[str, Any]) -> None:
    reply = json.dumps(case["replies"][1])
    with pytest.raises(InputError, match="nothing in the text is to be decided"):
        solve(f"{case['text']}\n", model=ScriptedModel(lambda _: reply))


def test_limits_that_the_text_writes_as_formulas_are_a_problem() -> None:
    solution = solve("maximize x + y, x<=4, y <= 3", model=ScriptedModel(lambda _: XY))
    assert solution.objective == pytest.approx(7)


def test_a_weighed_choice_in_the_words_of_the_text_is_a_problem() -> None:
    text = "A cake earns 10, a pie 4. Bake at most 5 cakes and 3 pies and earn the most."
    reply = {
        "decisions": [{"name": "cakes"}, {"name": "pies"}],
        "objective": {"text": "earn the most", "sense": "maximize",
                      "expression": "10*cakes + 4*pies"},
        "limits": [{"text": "at most 5 cakes", "expression": "cakes <= 5"},
                   {"text": "3 pies", "expression": "pies <= 3"}],
    }  # fmt: skip
    assert not refuses(text, reply)


def test_demands_one_by_one_at_least_cost_are_a_problem_in_any_words() -> None:
    text = "Order at least 5 spades and 3 rakes; a spade costs 20, a rake 11. Spend little."
    reply = {
        "decisions": [{"name": "spades"}, {"name": "rakes"}],
        "objective": {"text": "minimize the total cost", "sense": "minimize",
                      "expression": "20*spades + 11*rakes"},
        "limits": [{"text": "at least 5 spades", "expression": "spades >= 5"},
                   {"text": "3 rakes", "expression": "rakes >= 3"}],
    }  # fmt: skip
    assert not refuses(text, reply)


def test_a_program_in_translated_quotes_has_the_numbers_of_the_text() -> None:
    text = (
        "Ein Stuhl bringt 40, ein Tisch 90; 20 Bretter sind da, Stuhl 2, Tisch 5. Mach viel draus."
    )
    reply = {
        "decisions": [{"name": "chair"}, {"name": "table"}],
        "objective": {"text": "earn as much as possible", "sense": "maximize",
                      "expression": "40*chair + 90*table"},
        "limits": [{"text": "twenty boards are there", "expression": "2*chair + 5*table <= 20"}],
    }  # fmt: skip
    assert not refuses(text, reply)


XY = json.dumps(
    {
        "decisions": [{"name": "x"}, {"name": "y"}],
        "objective": {"text": "maximize x + y", "sense": "maximize", "expression": "x + y"},
        "limits": [{"text": "x<=4", "expression": "x <= 4"},
                   {"text": "y <= 3", "expression": "y <= 3"}],
    }
)  # fmt: skip
