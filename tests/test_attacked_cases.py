"""Thirty problems and fifteen texts that are none yet, written before anything was run on them.

`cases/attacked.jsonl` has right replies (a third in the older keys) with optima by SciPy's MILP or
enumeration, and two wrong replies for each; `cases/attacked_open.jsonl` has texts that lack
something, contradict themselves, read two ways or ask for nothing, with the reply of a model that
sees it (`reply`) and of one that makes something up (`overconfident`).
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.effort import Effort
from optwright.agents.replies import read_formulation
from optwright.errors import InputError
from optwright.solvers.model.formulation import Formulation, Parameter
from optwright.solvers.model.outcome import Status
from optwright.testing import PerfectReader
from tests.test_unread_cases import (
    is_right,
    problem_of,
    solved,
    with_a_named_outcome,
    wrong_replies,
)

CASES = Path(__file__).parent / "cases"
TWO = Effort(drafts=2, agreement=2)


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CASES / name).read_text("utf-8").splitlines()]


RIGHT, OPEN = read("attacked.jsonl"), read("attacked_open.jsonl")
FEW = {"keepers-in-a-row", "endowment", "exact-change"}
"""An attribute as an index, a kind that is said of a column, coins."""


def once(case: dict[str, Any], folder: Path) -> None:
    """A right reply is answered as it was written, and verified by a reader who knows it."""
    problem = problem_of(case, folder)
    one = solved(problem, case["reply"], profile="large")
    assert is_right(case, one), (one.status, one.objective)
    assert not one.verified
    assert not one.questions
    reader = PerfectReader(read_formulation(json.dumps(case["reply"])), tables=problem.tables)
    held = solved(problem, case["reply"], profile="large", reader=reader)
    assert is_right(case, held)
    assert held.verified or held.plans  # within its seconds, which other programs may take


def never_verified(case: dict[str, Any], folder: Path) -> None:
    """A wrong reply is not verified, by a reader nor twice in other words."""
    problem = problem_of(case, folder)
    right = read_formulation(json.dumps(case["reply"]))
    for wrong in wrong_replies(case):
        reader = PerfectReader(right, tables=problem.tables)
        alone: tuple[Any, Any] = (wrong,), {"profile": "large", "reader": reader}
        twice: tuple[Any, Any] = (wrong, with_a_named_outcome(wrong)), {"effort": TWO}
        for replies, settings in (alone, twice):
            with suppress(InputError):  # a draft that left out what there is to decide
                solution = solved(problem, *replies, **settings)
                assert is_right(case, solution) or not solution.verified


@pytest.mark.parametrize(
    "case", [c for c in RIGHT if c["id"] in FEW], ids=lambda case: str(case["id"])
)
def test_right_models_of_three_kinds_come_out_right(case: dict[str, Any], tmp_path: Path) -> None:
    once(case, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("look", [once, never_verified], ids=lambda look: str(look.__name__))
@pytest.mark.parametrize("case", RIGHT, ids=lambda case: str(case["id"]))
def test_all_come_out_right_and_no_mistake_is_verified(
    case: dict[str, Any], look: Any, tmp_path: Path
) -> None:
    look(case, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["large", "small"])
@pytest.mark.parametrize("case", OPEN, ids=lambda case: str(case["id"]))
def test_what_is_open_is_asked_and_what_contradicts_itself_is_infeasible(
    case: dict[str, Any], profile: str, tmp_path: Path
) -> None:
    problem = problem_of(case, tmp_path)
    if case["kind"] == "not_a_problem":
        with pytest.raises(InputError, match="not an optimization problem"):
            solved(problem, case["reply"], profile=profile)
        return
    solution = solved(problem, case["reply"], profile=profile)
    if case["kind"] == "contradictory":
        assert solution.status is Status.INFEASIBLE
        assert solution.diagnosis
        return
    assert solution.status is Status.ASKED
    asked = " ".join(solution.questions).lower()
    assert any(word in asked for word in case["mentions_any"])


@pytest.mark.slow
@pytest.mark.parametrize(
    "case", [c for c in OPEN if c["overconfident"]], ids=lambda case: str(case["id"])
)
def test_what_a_model_makes_up_is_never_verified(case: dict[str, Any], tmp_path: Path) -> None:
    problem = problem_of(case, tmp_path)
    try:
        solution = solved(problem, case["overconfident"], profile="large")
    except InputError:
        return  # an empty cell, or no problem at all
    assert not solution.verified


def test_a_kind_that_nobody_wrote_is_left_to_the_table_after_any_copy() -> None:
    """Drafts, versions and edits pass models on as data."""
    for kind, written in (({}, False), ({"kind": "number"}, True)):
        column = {"table": "t", "keys": ["k"], "value": "v"}
        given = Parameter.model_validate({"name": "a", "indices": ["I"], "column": column, **kind})
        again = Parameter.model_validate(given.model_dump())
        assert ("kind" in again.model_fields_set) is written
        assert ("kind" in given.model_dump()) is written


def test_the_kind_of_a_column_may_stand_in_the_column() -> None:
    (case,) = [c for c in RIGHT if c["id"] == "raffle-pack"]
    formulation = read_formulation(json.dumps(case["reply"]))
    assert isinstance(formulation, Formulation)
    assert {p.name: p.kind.value for p in formulation.parameters}["use"] == "text"
