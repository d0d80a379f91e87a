"""Decisions that are members of a set, against every choice of members."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from optwright.errors import FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromPyomo
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.backends.solver import solve
from optwright.solvers.edit.operations import Rename, apply
from optwright.solvers.export import export
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status

ITEMS, COLOURS, SIZES = ("a", "b", "c"), ("red", "sky blue", "x,y"), (-2, 3, 7)
Plan = Mapping[str, Any]


def program(**parts: Any) -> Program:
    parts.setdefault("objective", {"sense": "minimize", "expression": "0"})
    return Program(Formulation.from_json(json.dumps(parts)))


def painted(pick: random.Random, statement: str, forall: str, objective: str) -> dict[str, Any]:
    """colour[i] of C and size[i] of Z for three items, z yes/no, with what each colour costs."""
    pay = {i: {c: pick.randint(-3, 5) for c in COLOURS} for i in ITEMS}
    return {
        "sets": [
            {"name": "I", "members": ITEMS},
            {"name": "C", "members": COLOURS},
            {"name": "D", "members": COLOURS[1:]},
            {"name": "Z", "members": SIZES},
            {"name": "E", "members": [["a", "b"], ["b", "c"]]},
        ],
        "parameters": [
            {"name": "pay", "indices": ["I", "C"], "values": pay},
            {"name": "w", "indices": ["I"], "values": {i: pick.randint(-2, 3) for i in ITEMS}},
            {"name": "likes", "indices": ["I"], "values": {i: pick.choice(COLOURS) for i in ITEMS}},
        ],
        "variables": [
            {"name": "colour", "indices": ["I"], "member_of": "C"},
            {"name": "size", "indices": ["I"], "member_of": "Z"},
            {"name": "z", "domain": "binary"},
        ],
        "objective": {"sense": pick.choice(["minimize", "maximize"]), "expression": objective},
        "constraints": [{"name": "stated", "expression": statement, "forall": forall}],
    }


PAIRS = (("a", "b"), ("b", "c"))
Holds = Callable[[Plan, Mapping[str, Any]], bool]
# As long as they are: what is written, for what, and what it says of a plan.
STATEMENTS: dict[str, tuple[str, str, Holds]] = {
    "neighbours differ": (
        "colour[i] != colour[j]", "(i, j) in E",
        lambda p, d: all(p["colour"][i] != p["colour"][j] for i, j in PAIRS)),
    "neighbours alike": (
        "colour[i] == colour[j]", "(i, j) in E",
        lambda p, d: all(p["colour"][i] == p["colour"][j] for i, j in PAIRS)),
    "a text implies": (
        'implies(colour[i] == "sky blue", size[i] >= 3)', "i in I",
        lambda p, d: all(p["colour"][i] != "sky blue" or p["size"][i] >= 3 for i in ITEMS)),
    "one of": (
        'colour[i] in ("red", "x,y") or z', "i in I",
        lambda p, d: all(p["colour"][i] in ("red", "x,y") or p["z"] for i in ITEMS)),
    "not in a set": (
        "colour[i] not in D", "i in I if w[i] > 0",
        lambda p, d: all(p["colour"][i] == "red" for i in ITEMS if d["w"][i] > 0)),
    "counted": (
        "atmost(1, colour[i] == c for i in I)", "c in D",
        lambda p, d: all(sum(p["colour"][i] == c for i in ITEMS) <= 1 for c in COLOURS[1:])),
    "what is liked": (
        "exactly(2, colour[i] == likes[i] for i in I)", "",
        lambda p, d: sum(p["colour"][i] == d["likes"][i] for i in ITEMS) == 2),
    "sizes add up": (
        "2 <= sum(size[i] for i in I) <= 9", "",
        lambda p, d: 2 <= sum(p["size"].values()) <= 9),
    "sizes differ": (
        "alldifferent(size[i] for i in I)", "",
        lambda p, d: len(set(p["size"].values())) == 3),
    "a size is not": (
        "size[i] != 3", "i in I if w[i] >= 0",
        lambda p, d: all(p["size"][i] != 3 for i in ITEMS if d["w"][i] >= 0)),
    "paid by size": (
        "pay[i, colour[i]] <= size[i]", "i in I",
        lambda p, d: all(d["pay"][i][p["colour"][i]] <= p["size"][i] for i in ITEMS)),
}  # fmt: skip


def plans() -> list[Plan]:
    return [
        {
            "colour": dict(zip(ITEMS, colours, strict=True)),
            "size": dict(zip(ITEMS, sizes, strict=True)),
            "z": z,
        }
        for colours in itertools.product(COLOURS, repeat=3)
        for sizes in itertools.product(SIZES, repeat=3)
        for z in (0, 1)
    ]


PLANS = plans()
OBJECTIVE = "sum(pay[i, colour[i]] + w[i] * size[i] for i in I) + 2 * z"


def agrees(kind: str, seed: int) -> None:
    pick = random.Random(f"{kind} {seed}")
    statement, forall, holds = STATEMENTS[kind]
    parts = painted(pick, statement, forall, OBJECTIVE)
    data = {p["name"]: p["values"] for p in parts["parameters"]}
    worths = [
        sum(data["pay"][i][p["colour"][i]] + data["w"][i] * p["size"][i] for i in ITEMS)
        + 2 * p["z"]
        for p in PLANS
        if holds(p, data)
    ]
    stated = program(**parts)
    outcome = solve(stated)
    if not worths:
        assert outcome.status is Status.INFEASIBLE
        return
    best = min(worths) if parts["objective"]["sense"] == "minimize" else max(worths)
    assert outcome.objective == pytest.approx(best), (kind, seed)


@pytest.mark.parametrize("kind", STATEMENTS)
@pytest.mark.parametrize("cases", [3, pytest.param(200, marks=pytest.mark.slow)])
def test_what_is_stated_of_members_leaves_exactly_these_plans(kind: str, cases: int) -> None:
    for seed in range(cases):
        agrees(kind, seed)


def test_a_member_of_a_set_goes_the_same_way_through_pyomo_and_lp_files() -> None:
    statement, forall, _ = STATEMENTS["paid by size"]
    stated = program(**painted(random.Random(4), statement, forall, OBJECTIVE))
    best = solve(stated).objective
    assert open_solver("highs").solve(FromPyomo(stated.pyomo())).objective == pytest.approx(best)
    assert solve(Program.from_lp(export(stated, "lp"))).objective == pytest.approx(best)
    assert r"\in C$" in export(stated, "latex")
    assert "a member of C" in export(stated, "markdown")
    assert stated.formulation is not None
    assert Formulation.from_json(export(stated, "json")) == stated.formulation


def test_a_renamed_set_is_followed() -> None:
    stated = program(**painted(random.Random(1), "z >= 0", "", OBJECTIVE))
    renamed = apply(stated, (Rename(old="C", new="PAINTS"), Rename(old="colour", new="paint")))
    assert solve(renamed).objective == pytest.approx(solve(stated).objective)


def test_bounds_beside_a_set_hold() -> None:
    sets = [{"name": "Z", "members": SIZES}]
    most = {"sense": "maximize", "expression": "s"}
    stated = program(
        sets=sets, variables=[{"name": "s", "member_of": "Z", "upper": 5}], objective=most
    )
    assert solve(stated).objective == pytest.approx(3)


def test_each_scenario_has_a_member_of_its_own_where_it_is_decided_later() -> None:
    stated = program(
        sets=[{"name": "Z", "members": [2, 5, 9]}],
        parameters=[{"name": "d", "values": 3}],
        variables=[{"name": "s", "member_of": "Z"}],
        objective={"sense": "minimize", "expression": "s"},
        constraints=[{"name": "c", "expression": "s >= d"}],
        scenarios={
            "cases": [{"name": "lo", "values": {"d": 1}}, {"name": "hi", "values": {"d": 6}}],
            "later": ["s"],
        },
    )
    assert solve(stated).objective == pytest.approx(5.5)


def test_a_set_that_is_not_there_is_named() -> None:
    parts = {
        "variables": [{"name": "s", "member_of": "K"}],
        "objective": {"sense": "minimize", "expression": "s"},
    }
    (found,) = check(Formulation.from_json(json.dumps(parts)))
    assert found.message == "'s' is a member of 'K', which is not a set"
    with pytest.raises(FormulationError, match="which is not a set"):
        program(**parts)
