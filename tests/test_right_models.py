"""A model that was written right comes out right, whatever words it quotes.

`cases/` holds everyday problems with a right reply and its optimum, and sentences with the row they
state. The same kinds in other words are in `benchmarks/corpus`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.candidates import Candidate, independent
from optwright.agents.problem import Problem
from optwright.agents.replies import read_formulation
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.benchmarks.corpus.entries import Entry, read_entries
from optwright.solvers.backends.program import Program
from optwright.solvers.language.expressions import parse_comparison, to_text
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel

CASES = Path(__file__).parent / "cases"


def rows(name: str) -> list[Any]:
    cases = map(json.loads, (CASES / name).read_text("utf-8").splitlines())
    return [pytest.param(case, id=case.get("id") or case["words"]) for case in cases]


def solved(case: dict[str, Any], folder: Path) -> Solution:
    """The problem of a case through the whole pipeline, with its right reply to every request."""
    files = []
    for name, table in case["tables"].items():
        files.append(folder / f"{name}.csv")
        files[-1].write_text(table, "utf-8")
    problem = Problem.read(f"{case['text']}\n", files)
    return solve(problem, model=ScriptedModel(lambda _: json.dumps(case["reply"])))


@pytest.mark.parametrize("case", rows("right_models.jsonl"))
def test_a_right_model_is_answered_as_it_was_written(case: dict[str, Any], tmp_path: Path) -> None:
    solution = solved(case, tmp_path)
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(case["optimum"], rel=1e-6, abs=1e-6)
    assert solution.picked is None
    assert not solution.verified  # one form alone verifies nothing


@pytest.mark.parametrize("case", rows("right_rows.jsonl"))
def test_a_right_row_is_read_as_it_was_written(case: dict[str, Any]) -> None:
    words = f"{case['words']}. Maximize what is earned with 20 hours and 7 people."
    reply = {
        "decisions": [{"name": n, "meaning": f"amount of {n}"} for n in case["decisions"]],
        "objective": {"text": "", "sense": "maximize", "expression": case["decisions"][0]},
        "limits": [{"text": case["words"], "expression": case["row"]}],
    }
    solution = solve(words, model=ScriptedModel(lambda _: json.dumps(reply)))
    formulation = solution.formulation or read_formulation(json.dumps(reply))
    (constraint,) = formulation.constraints
    assert list(map(to_text, parse_comparison(constraint.expression))) == list(
        map(to_text, parse_comparison(case["row"]))
    )


def test_members_in_quotes_stay_as_they_are() -> None:
    members = ["Line 1A", "5% milk", "R&D", "Nord–Süd", "a < b", "x = 3", "1,200"]
    reply = {
        "sets": [{"name": "S", "members": members}],
        "decisions": [{"name": "make", "indices": ["S"], "meaning": "made"}],
        "objective": {
            "sense": "maximize",
            "expression": " + ".join(f'make["{m}"]' for m in members),
        },
        "limits": [{"text": "", "expression": f'make["{m}"] <= 1'} for m in members],
    }
    formulation = read_formulation(json.dumps(reply))
    assert formulation.sets[0].members == tuple(members)
    arrays = Program(formulation).arrays
    assert arrays is not None
    assert len(arrays.row_names) == len(members)


def test_the_condition_of_a_sum_stays_as_it_is() -> None:
    reply = {
        "sets": [{"name": "M", "members": [1, 2, 3, 4]}],
        "decisions": [{"name": "make", "indices": ["M"], "meaning": "made"}],
        "objective": {
            "sense": "minimize",
            "expression": "sum(make[i] * j for i in M for j in M if i < j)",
        },
        "limits": [
            {"text": "", "forall": "m in M if m > 1",
             "expression": "sum(make[n] for n in M if n < m) >= m"},
        ],
    }  # fmt: skip
    formulation = read_formulation(json.dumps(reply))
    assert formulation.objective.expression == reply["objective"]["expression"]  # type: ignore[index]
    assert formulation.constraints[0].expression.endswith("if n < m) >= m")
    assert formulation.constraints[0].forall == "m in M if m > 1"


@pytest.mark.parametrize("entry", read_entries()[::8], ids=lambda entry: entry.id)
def test_every_eighth_right_model_of_the_corpus_is_answered_as_it_was_written(entry: Entry) -> None:
    problem = Problem(entry.text, entry.data)
    solution = solve(problem, model=ScriptedModel(lambda _: json.dumps(entry.reply)))
    assert solution.status.value == entry.status
    if entry.optimum is not None:
        assert solution.objective == pytest.approx(entry.optimum, rel=1e-5, abs=1e-5)
    assert not solution.verified


def test_another_order_another_spacing_and_another_end_of_a_quote_are_no_second_look() -> None:
    (case,) = (c.values[0] for c in rows("right_models.jsonl") if c.id == "parts")
    assert isinstance(case, dict)
    reply = case["reply"]
    turned = {
        **reply,
        "decisions": [
            {**decision, "meaning": decision["meaning"].upper() if not at else decision["meaning"]}
            for at, decision in enumerate(reply["decisions"][::-1])
        ],
        "limits": [
            {**limit, "text": f" {limit['text'].upper()}. "} for limit in reply["limits"][::-1]
        ],
    }
    one, other = (
        Candidate(plan=0, sample=at, formulation=read_formulation(json.dumps(written)))
        for at, written in enumerate((reply, turned))
    )
    assert independent([one, other]) == 1
