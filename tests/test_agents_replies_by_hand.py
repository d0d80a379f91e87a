"""Kinds of right replies that were lost when 110 of them were written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optwright.agents.problem import Problem
from optwright.agents.solving import solve
from optwright.errors import FaultyData
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


def test_a_cell_without_a_number_is_one_where_no_expression_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "machines.csv"
    path.write_text("row,hours,I,II\nA,8,2,\nB,6,,3\nC,9,1,Unlimited\nprice,,5,4\n")
    column = {"table": "machines", "keys": ["row"]}
    reply: dict[str, Any] = {
        "sets": [
            {"name": "R", "column": {"table": "machines", "value": "row"}},
            {"name": "Can", "members": [["A", "I"], ["B", "II"], ["C", "I"]]},
        ],
        "parameters": [
            {"name": "of_I", "indices": ["R"], "column": column | {"value": "I"}},
            {"name": "of_II", "indices": ["R"], "column": column | {"value": "II"}},
            {"name": "hours", "indices": ["R"], "column": column | {"value": "hours"}},
        ],
        "expressions": [
            {
                "name": "entry",
                "forall": "(k, p) in Can",
                "expression": 'of_I[k] if p == "I" else of_II[k]',
            },
            {"name": "most", "forall": "(k, p) in Can", "expression": "hours[k]/entry[k, p]"},
        ],
        "variables": [
            {"name": "make", "indices": ["Can"], "forall": "(k, p) in Can", "upper": "most[k, p]"}
        ],
        "objective": {
            "sense": "maximize",
            "expression": 'sum((of_I["price"] if p == "I" else of_II["price"])*make[k, p]'
            " for (k, p) in Can)",
        },
    }
    assert best(reply, str(path)) == 5 * (4 + 9) + 4 * 2
    reply["sets"][1]["members"][2] = ["C", "II"]
    with pytest.raises(FaultyData, match="row 4 holds 'Unlimited', which is not a number"):
        best(reply, str(path))


def test_a_yes_or_no_by_itself_is_a_constraint(items: str) -> None:
    yes, no = 'take["a"]', 'not take["b"]'
    rows = [{"name": "sure", "expression": yes}, {"name": "no", "expression": no}]
    reply = TAKE | {
        "constraints": [*rows, {"name": "if", "forall": "j in J", "expression": "take[j]"}]
    }
    assert best(TAKE | {"constraints": rows}, items) == 3
    model = ScriptedModel(*[json.dumps(reply)] * 4)
    ended = solve(Problem.read(TEXT, [items]), model=model, profile="large")
    assert ended.status is Status.INFEASIBLE


def findings(reply: dict[str, Any], text: str, *data: str) -> list[str]:
    model = ScriptedModel(*[json.dumps(reply)] * 4)
    solution = solve(Problem.read(text, data), model=model, profile="large")
    return [e.text for e in solution.evidence if e.kind not in {"agreement", "solver"}]


def test_a_number_of_mathematics_and_one_of_a_cell_are_not_made_up(tmp_path: Path) -> None:
    reply = {
        "variables": [{"name": "r", "upper": 5, "quote": "at most 5 m"}],
        "objective": {"sense": "maximize", "expression": "3.14159*r"},
    }
    assert not findings(reply, "The edge of a semicircle, radius at most 5 m, be longest.\n")
    path = tmp_path / "shares.csv"
    path.write_text("candy,share,price\na,>=60%,5\nb,4,6\nc,3,7\n")
    more = {"name": "share", "expression": "r >= 0.6", "quote": ">=60%"}
    reply |= {
        "expressions": [{"name": "edge", "expression": "3.14159*r"}],
        "objective": {"sense": "maximize", "expression": "edge"},
    }
    text = "Take as much as is allowed, at most 5 m.\n"
    assert not findings(reply | {"constraints": [more]}, text, str(path))


def test_amounts_of_an_example_do_not_hide_that_a_formulation_counts_in_millions() -> None:
    text = (
        "Two ventures need $11 million and $53 million and bring $13 million and $16 million. "
        "There are $40 million. A part may be bought: for example, one-fifth of the first would "
        "need $2.2 million. "
        "Which parts bring most, in million dollars?\n"
    )
    reply = {
        "sets": [{"name": "K", "members": ["one", "two"]}],
        "variables": [{"name": "share", "indices": ["K"], "upper": 1}],
        "objective": {"sense": "maximize", "expression": '13*share["one"] + 16*share["two"]'},
        "constraints": [{"name": "money", "expression": '11*share["one"] + 53*share["two"] <= 40'}],
    }
    assert not findings(reply, text)
