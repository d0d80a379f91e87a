"""63 problems that were written to catch optwright out, before anything was run on them.

`cases/unread.jsonl` has texts in forms that the corpus lacks, each with a right reply, its optimum
by another engine (SciPy's MILP or enumeration) and up to three wrong replies that a model might
write.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.effort import Effort
from optwright.agents.problem import Problem
from optwright.agents.replies import read_formulation
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.serving.chat import ChatRequest
from optwright.testing import PerfectReader, ScriptedModel

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "unread.jsonl").read_text("utf-8").splitlines()
]
TWO = Effort(drafts=2, agreement=2)

ALARMED = {"newspaper-ads", "sawmill", "ev-night"}
"""Right models that checks of words find something against: a bound that another replaces, the
lengths behind patterns of cutting, a night from 22 to 6."""

Reply = dict[str, Any]


def problem_of(case: dict[str, Any], folder: Path) -> Problem:
    files = []
    for name, table in case["tables"].items():
        files.append(folder / f"{name}.csv")
        files[-1].write_text(table, "utf-8")
    return Problem.read(f"{case['text']}\n", files)


def solved(problem: Problem, *drafts: Reply, **settings: Any) -> Solution:
    def reply(request: ChatRequest) -> str:
        return json.dumps(drafts[request.sample % len(drafts)])

    return solve(problem, model=ScriptedModel(reply, name="openai/some"), **settings)


def with_a_named_outcome(reply: Reply) -> Reply:
    """The same with a name for the objective."""
    again: Reply = json.loads(json.dumps(reply))
    is_flat = "decisions" in again
    objective = again["objective"]
    words = objective.get("text", objective.get("quote", ""))
    named = {"name": "outcome", "meaning": "what comes of it", "lower": None}
    again["decisions" if is_flat else "variables"].append(named)
    limit = {"text": words, "expression": f"outcome == {objective['expression']}"}
    again.setdefault("limits" if is_flat else "constraints", []).append(limit)
    objective["expression"] = "outcome"
    return again


def is_right(case: dict[str, Any], solution: Solution) -> bool:
    if case["optimum"] is None:
        return bool(solution.status.value == case["status"])
    return bool(solution.objective == pytest.approx(case["optimum"], rel=1e-6, abs=1e-6))


def wrong_replies(case: dict[str, Any]) -> list[Reply]:
    text = json.dumps(case["reply"])
    return [json.loads(text.replace(old, new)) for old, new in case["wrong"]]


def look_at_right(case: dict[str, Any], folder: Path) -> None:
    problem = problem_of(case, folder)
    one = solved(problem, case["reply"], profile="large")
    assert is_right(case, one)
    assert not one.verified
    found = [e.text for e in one.evidence if not e.supports and e.kind != "agreement"]
    if problem.reads_as_english and case["optimum"] is not None:
        assert bool(found) == (case["id"] in ALARMED), found
    reader = PerfectReader(read_formulation(json.dumps(case["reply"])), tables=problem.tables)
    read = solved(problem, case["reply"], profile="large", reader=reader)
    assert read.verified, read.plans
    again = solved(problem, case["reply"], with_a_named_outcome(case["reply"]), effort=TWO)
    assert is_right(case, again)
    assert not again.verified


def look_at_wrong(case: dict[str, Any], folder: Path) -> None:
    problem = problem_of(case, folder)
    right = read_formulation(json.dumps(case["reply"]))
    for wrong in wrong_replies(case):
        reader = PerfectReader(right, tables=problem.tables)
        read = solved(problem, wrong, profile="large", reader=reader)
        assert is_right(case, read) or not read.verified
        twice = solved(problem, wrong, with_a_named_outcome(wrong), effort=TWO)
        assert not twice.verified


LOOKS: list[Callable[[dict[str, Any], Path], None]] = [look_at_right, look_at_wrong]


@pytest.mark.parametrize("case", CASES[7::21], ids=lambda case: case["id"])
def test_every_21st_problem_comes_out_right_and_its_mistakes_are_not_verified(
    case: dict[str, Any], tmp_path: Path
) -> None:
    for look in LOOKS:
        look(case, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.__name__)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_all_problems_come_out_right_and_no_mistake_is_verified(
    case: dict[str, Any], look: Callable[[dict[str, Any], Path], None], tmp_path: Path
) -> None:
    look(case, tmp_path)
