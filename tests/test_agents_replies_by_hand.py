"""Kinds of right replies that were lost when 110 of them were written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.problem import Problem
from optwright.agents.solving import solve
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel

TEXT = "Take as many of the items as is allowed, at most 5 of them, in the coming 2 weeks.\n"
TAKE: dict[str, Any] = {
    "sets": [{"name": "J", "column": {"table": "items", "value": "item"}}],
    "variables": [{"name": "take", "indices": ["J"], "domain": "binary"}],
    "objective": {"sense": "maximize", "expression": "sum(take[j] for j in J)"},
}


@pytest.fixture
def items(tmp_path: Path) -> str:
    path = tmp_path / "items.csv"
    path.write_text("item,kind,worth\na,tool,3\nb,part,4\nc,part,unknown\nd,tool,\n")
    return str(path)


def best(reply: dict[str, Any], *data: str) -> float | None:
    model = ScriptedModel(*[json.dumps(reply)] * 4)
    solution = solve(Problem.read(TEXT, data), model=model, profile="large")
    assert solution.status is Status.OPTIMAL, solution.warnings
    return solution.objective


@pytest.mark.parametrize("size", [999, 1_000, 2_500])
def test_a_model_of_thousands_of_columns_is_answered(size: int) -> None:
    reply = {
        "sets": [{"name": "J", "expression": f"1..{size}"}],
        "variables": [{"name": "take", "indices": ["J"], "domain": "binary"}],
        "objective": {"sense": "maximize", "expression": "sum(take[j] for j in J)"},
        "constraints": [{"name": "few", "expression": "sum(take[j] for j in J) <= 5"}],
    }
    assert best(reply) == 5


def test_a_column_of_texts_is_an_attribute_where_it_is_compared_with_one(items: str) -> None:
    column = {"table": "items", "keys": ["item"], "value": "kind"}
    parts = {"name": "few", "expression": 'sum(take[j] for j in J if kind[j] == "part") <= 1'}
    for stated in ({}, {"kind": "text"}):
        kind = {"name": "kind", "indices": ["J"], "column": column, **stated}
        assert best(TAKE | {"parameters": [kind], "constraints": [parts]}, items) == 3


def test_a_cell_that_no_member_asks_for_may_be_anything(items: str) -> None:
    reply = TAKE | {
        "sets": [{"name": "J", "members": ["a", "b"]}],
        "parameters": [
            {
                "name": "worth",
                "indices": ["J"],
                "column": {"table": "items", "keys": ["item"], "value": "worth"},
            }
        ],
        "objective": {"sense": "maximize", "expression": "sum(worth[j] * take[j] for j in J)"},
    }
    assert best(reply, items) == 7


def test_a_named_expression_may_stand_in_a_condition() -> None:
    reply = TAKE | {
        "sets": [{"name": "J", "members": ["a", "b", "c"]}],
        "parameters": [{"name": "hours", "indices": ["J"], "values": [1, 2, 3]}],
        "expressions": [{"name": "late", "forall": "j in J", "expression": "hours[j] + 1"}],
        "constraints": [
            {"name": "none", "expression": "sum(take[j] for j in J if late[j] > 3) <= 0"},
            {"name": "each", "forall": "j in J if late[j] < 3", "expression": "take[j] == 0"},
        ],
    }
    assert best(reply) == 1


def test_a_set_of_pairs_may_be_written_under_pairs() -> None:
    reply = {
        "sets": [{"name": "A", "pairs": [["a", "b"], ["b", "c"]]}],
        "variables": [{"name": "take", "indices": ["A"], "domain": "binary"}],
        "objective": {"sense": "maximize", "expression": "sum(take[i, j] for (i, j) in A)"},
        "constraints": [{"name": "few", "expression": "sum(take[i, j] for (i, j) in A) <= 5"}],
    }
    assert best(reply) == 2


def test_a_problem_without_an_objective_is_told_what_to_write() -> None:
    few = {"name": "few", "expression": "x <= 5", "quote": "at most 5 of them"}
    reply = {"variables": [{"name": "x"}], "constraints": [few]}
    model = ScriptedModel(*[json.dumps(reply)] * 4)
    solve(TEXT, model=model, profile="large")
    assert "minimize 0" in model.requests[-1].messages[-1].content
    assert best(reply | {"objective": {"sense": "minimize", "expression": "0"}}) == 0
