"""Text attributes of which some combinations have no text of their own: their default."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from optwright.errors import FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.table import from_rows
from optwright.solvers.edit.operations import AddMember, apply
from optwright.solvers.export import export
from optwright.solvers.export.self_contained import write
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation, ParameterKind

TABLE = from_rows(
    "people",
    [{"name": "a", "role": "cook"}, {"name": "b", "role": None}, {"name": "c", "role": None}],
)
ROLES: dict[str, dict[str, Any]] = {
    "by member": {"values": {"a": "cook"}},
    "of nobody": {},
    "empty": {"values": {}, "kind": "text"},
    "of a table": {"column": {"table": "people", "value": "role", "keys": ["name"]}},
    "of a table with its kind": {
        "column": {"table": "people", "value": "role", "keys": ["name"], "kind": "text"}
    },
}


def program(role: dict[str, Any], condition: str = "role[i] == 'guest'") -> Program:
    """Three people of whom those with a role pay what it costs."""
    parts = {
        "sets": [
            {"name": "I", "members": ["a", "b", "c"]},
            {"name": "R", "members": ["cook", "guest"]},
        ],
        "parameters": [
            {"name": "role", "indices": ["I"], **role},
            {"name": "pay", "indices": ["R"], "values": {"cook": 5, "guest": 2}},
        ],
        "variables": [{"name": "x", "indices": ["I"], "upper": 1}],
        "objective": {"sense": "maximize", "expression": "sum(pay[role[i]] * x[i] for i in I)"},
        "constraints": [
            {"name": "c", "forall": f"i in I if {condition}", "expression": "x[i] <= 0.5"}
        ],
    }
    return Program(Formulation.from_json(json.dumps(parts)), {"people": TABLE})


@pytest.mark.parametrize("role", ROLES)
def test_who_has_no_text_has_the_default(role: str) -> None:
    stated = program({**ROLES[role], "default": "guest"})
    assert stated.formulation is not None
    assert not check(stated.formulation)
    cooks = 0 if role in ("of nobody", "empty") else 1
    assert solve(stated).objective == pytest.approx(5 * cooks + 2 * 0.5 * (3 - cooks))
    assert not stated.doubts
    again = Program(Formulation.from_json(stated.formulation.to_json()), {"people": TABLE})
    assert again.formulation == stated.formulation
    alone = Program(Formulation.from_json(write(stated)))
    assert solve(alone).objective == pytest.approx(solve(stated).objective)


@pytest.mark.parametrize(
    ("condition", "count"),
    [("i in role", 1), ("i not in role", 2), ("role[i] != 'cook'", 2), ("role[i] == 'cook'", 1)],
)
def test_a_condition_may_ask_who_has_a_text(condition: str, count: int, tmp_path: Path) -> None:
    parts = {
        "sets": [{"name": "I", "members": ["a", "b", "c"]}],
        "parameters": [{"name": "role", "indices": ["I"], "values": {"a": "cook"}}],
        "variables": [{"name": "x", "indices": ["I"], "upper": 1}],
        "objective": {"sense": "maximize", "expression": f"sum(x[i] for i in I if {condition})"},
    }
    stated = Program(Formulation.from_json(json.dumps(parts)))
    assert solve(stated).objective == pytest.approx(count)
    script = tmp_path / "model.py"
    script.write_text(export(stated, "pyomo"))
    model = runpy.run_path(str(script))["build"]()
    assert str(model.objective.expr).count("x[") == count


def test_a_text_that_only_the_default_is_may_be_asked_for() -> None:
    held, other = (
        program({"values": {"a": "cook"}, "default": text}, "role[i] == 'gast'").formulation
        for text in ("gast", "guests")
    )
    assert held is not None
    assert other is not None
    assert not check(held)
    (odd,) = check(other)
    assert "did you mean 'guests'" in odd.message


@pytest.mark.parametrize(
    ("part", "kind", "default", "text"),
    [
        ({"default": "yes"}, ParameterKind.YES_NO, 1.0, None),
        ({"values": {"a": "no"}, "default": "yes"}, ParameterKind.YES_NO, 1.0, None),
        ({"values": {"a": 3}, "default": "4.5"}, ParameterKind.NUMBER, 4.5, None),
        ({"values": {"a": "x"}, "default": "yes"}, ParameterKind.TEXT, None, "yes"),
        ({"values": {"a": "x"}, "default": 7}, ParameterKind.TEXT, None, "7"),
        ({"kind": "text", "values": {"a": 3}, "default": 4}, ParameterKind.TEXT, None, "4"),
    ],
)
def test_a_default_is_what_the_values_are(
    part: dict[str, Any], kind: ParameterKind, default: float | None, text: str | None
) -> None:
    read = Formulation.model_validate(
        {
            "parameters": [{"name": "p", "indices": ["I"], **part}],
            "variables": [],
            "objective": {"sense": "minimize", "expression": "0"},
        }
    ).parameters[0]
    assert (read.kind, read.default, read.default_text) == (kind, default, text)


def test_a_text_beside_numbers_is_refused_where_it_stands() -> None:
    with pytest.raises(
        FormulationError, match="'role' has the default 'guest', which is a text"
    ) as caught:
        program({"values": {"a": 3}, "default": "guest"})
    assert "^" * len('"default": "guest"') in caught.value.excerpt


def test_a_new_member_without_a_text_has_the_default() -> None:
    stated = program({"default": "guest"})
    with_text = apply(stated, [AddMember(set="I", member="d", values={"role": "cook"})])
    assert solve(with_text).objective == pytest.approx(3 * 2 * 0.5 + 5)
    without = apply(stated, [AddMember(set="I", member="d")])
    assert solve(without).objective == pytest.approx(4 * 2 * 0.5)
