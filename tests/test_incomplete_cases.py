"""Texts that lack something, contradict themselves or are no problem, with replies as a strong
model would write them: none comes to an optimum.

The replies of `cases/incomplete_replies.jsonl` were written by hand from the texts alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.solving import solve
from optwright.errors import InputError
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel

CASES = Path(__file__).parent / "cases"


def rows(name: str) -> dict[str, dict[str, Any]]:
    read = map(json.loads, (CASES / name).read_text("utf-8").splitlines())
    return {row["id"]: row for row in read}


REPLIES = rows("incomplete_replies.jsonl")
TEXTS = rows("incomplete.jsonl")


def of_kind(*kinds: str) -> list[Any]:
    return [pytest.param(row, id=name) for name, row in TEXTS.items() if row["kind"] in kinds]


def model(row: dict[str, Any]) -> ScriptedModel:
    """Says the reply, and the same again if it is asked what it makes of findings."""
    return ScriptedModel(lambda _: json.dumps(REPLIES[row["id"]]["reply"]), name="hand")


@pytest.mark.parametrize("row", of_kind("missing_number", "missing_objective", "ambiguous"))
def test_what_the_text_leaves_open_is_asked(row: dict[str, Any]) -> None:
    asked = model(row)
    solution = solve(f"{row['question']}\n", model=asked)
    assert solution.status is Status.ASKED
    assert solution.exit_status == 12
    assert solution.objective is None
    said = " ".join(solution.questions).lower()
    assert any(word in said for word in row["reference"]["mentions_any"])
    assert len(asked.requests) == 1


@pytest.mark.parametrize("row", of_kind("contradictory"))
def test_a_contradiction_is_infeasible_and_said_in_its_words(row: dict[str, Any]) -> None:
    solution = solve(f"{row['question']}\n", model=model(row))
    assert solution.status is Status.INFEASIBLE
    assert solution.exit_status == 3
    assert solution.diagnosis


@pytest.mark.parametrize("row", of_kind("not_a_problem"))
def test_what_is_no_problem_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"nothing|no words|not an optimization problem"):
        solve(f"{row['question']}\n", model=model(row))
