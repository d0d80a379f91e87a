"""Several objectives, goals and scenarios, against plans tried one by one."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from optwright.errors import FormulationError
from optwright.solvers.analysis.pareto import pareto
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromPyomo
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.backends.solver import solve
from optwright.solvers.edit.aims import (
    AddGoal,
    AddObjective,
    DropGoal,
    DropObjective,
    SetObjective,
    SetScenarios,
)
from optwright.solvers.edit.difference import difference
from optwright.solvers.edit.operations import Rename, apply
from optwright.solvers.export import export
from optwright.solvers.language.checks import check
from optwright.solvers.language.scenarios import without_scenarios
from optwright.solvers.model.formulation import Formulation, Goal, Objective, Scenarios, Sense
from optwright.solvers.model.outcome import Outcome, Status

Point = tuple[int, ...]
NAMES = "abc"
LARGEST = 3
RUNS = 200  # instances of each construct in the marked run


def seeds(few: int) -> list[Any]:
    """A few in every run, all of them in the marked one."""
    return [*range(few), *(pytest.param(s, marks=pytest.mark.slow) for s in range(few, RUNS))]


def program(**parts: Any) -> Program:
    return Program(Formulation.from_json(json.dumps(parts)))


def value(outcome: Outcome, name: str) -> float:
    (found,) = (r.value for r in outcome.reached if r.name == name)
    return found


class Small:
    """Three whole numbers from 0 to 3 under one row, with a number of linear amounts."""

    def __init__(self, seed: int, amounts: int) -> None:
        draw = random.Random(seed)
        self.draw = draw
        self.amounts = [[draw.randint(-5, 9) for _ in NAMES] for _ in range(amounts)]
        self.senses = [draw.choice(["minimize", "maximize"]) for _ in range(amounts)]
        self.row = [draw.randint(1, 4) for _ in NAMES]
        self.least, self.most = draw.randint(0, 4), draw.randint(6, 14)

    def parts(self) -> dict[str, Any]:
        row = _sum(self.row)
        return {
            "variables": [{"name": n, "domain": "integer", "upper": LARGEST} for n in NAMES],
            "constraints": [{"name": "row", "expression": f"{self.least} <= {row} <= {self.most}"}],
        }

    def points(self) -> Iterator[Point]:
        for point in itertools.product(range(LARGEST + 1), repeat=len(NAMES)):
            if self.least <= dot(self.row, point) <= self.most:
                yield point

    def cost(self, k: int, point: Point) -> int:
        sign = 1 if self.senses[k] == "minimize" else -1
        return sign * dot(self.amounts[k], point)


def dot(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(left, right, strict=True))


def _sum(coefficients: Sequence[int]) -> str:
    terms = " + ".join(f"{c}*{n}" for c, n in zip(coefficients, NAMES, strict=True))
    return terms.replace("+ -", "- ")


@pytest.mark.parametrize("seed", seeds(12))
def test_weighted_objectives_are_their_weighted_sum(seed: int) -> None:
    small = Small(seed, 3)
    weights = [small.draw.choice([0.5, 1, 3]) for _ in range(3)]
    stated = [
        {"sense": s, "expression": _sum(c), "weight": w}
        for s, c, w in zip(small.senses, small.amounts, weights, strict=True)
    ]
    outcome = solve(program(**small.parts(), objectives=stated))
    costs = [sum(w * small.cost(k, p) for k, w in enumerate(weights)) for p in small.points()]
    sign = -1 if set(small.senses) == {"maximize"} else 1
    assert outcome.objective == pytest.approx(sign * min(costs))
    assert len(outcome.reached) == 3


@pytest.mark.parametrize("seed", seeds(12))
def test_a_later_objective_costs_an_earlier_one_no_more_than_its_tolerance(seed: int) -> None:
    small = Small(seed, 2)
    tolerance = small.draw.choice([0.0, 0.1, 0.3])
    stated = [
        {"sense": small.senses[k], "expression": _sum(small.amounts[k]), "priority": k + 1,
         "tolerance": tolerance if k == 0 else 0.0, "name": f"f{k}"}
        for k in range(2)
    ]  # fmt: skip
    # Whatever order they are written in.
    outcome = solve(program(**small.parts(), objectives=stated[::-1]))
    first = min(small.cost(0, p) for p in small.points())
    kept = [p for p in small.points() if small.cost(0, p) <= first + tolerance * abs(first) + 1e-9]
    second = min(small.cost(1, p) for p in kept)
    found = tuple(round(outcome.values[n]) for n in NAMES)
    assert outcome.status is Status.OPTIMAL
    assert small.cost(1, found) == second
    assert found in kept
    best = next(r.best for r in outcome.reached if r.name == "f0")
    assert best is not None
    assert abs(best) == pytest.approx(abs(first))
    assert value(outcome, "f1") == pytest.approx(dot(small.amounts[1], found))


@pytest.mark.parametrize("seed", seeds(8))
def test_goals_are_missed_by_as_little_as_their_priorities_allow(seed: int) -> None:
    small = Small(seed, 2)
    targets = [small.draw.randint(-4, 20) for _ in range(2)]
    sides = [[small.draw.choice([0, 1, 2]), small.draw.choice([1, 3])] for _ in range(2)]
    stated = [
        {"name": f"g{k}", "expression": _sum(small.amounts[k]), "target": targets[k],
         "under": sides[k][0], "over": sides[k][1], "priority": 1 + k}
        for k in range(2)
    ]  # fmt: skip
    outcome = solve(program(**small.parts(), goals=stated))

    def missed(k: int, point: Point) -> int:
        off = dot(small.amounts[k], point) - targets[k]
        return sides[k][1] * max(off, 0) + sides[k][0] * max(-off, 0)

    best = min((missed(0, p), missed(1, p)) for p in small.points())
    assert (value(outcome, "g0"), value(outcome, "g1")) == pytest.approx(best)


def test_goals_for_each_member_have_their_own_deviations() -> None:
    outcome = solve(
        program(
            sets=[{"name": "D", "members": ["mon", "2026-03-03"]}],
            parameters=[{"name": "want", "indices": ["D"], "values": {"mon": 4, "2026-03-03": 9}}],
            variables=[{"name": "x", "indices": ["D"], "upper": 6}],
            goals=[
                {
                    "name": "hours",
                    "forall": "d in D",
                    "expression": "x[d]",
                    "target": "want[d]",
                    "under": 2,
                }
            ],
        )
    )
    assert outcome.objective == pytest.approx(6)
    assert outcome.values["hours_under[2026-03-03]"] == pytest.approx(3)
    assert outcome.values["hours_over[mon]"] == pytest.approx(0)


def newsvendor(seed: int, measure: str, level: float = 0.6) -> tuple[Program, float]:
    """What to make before demand is known and what to buy after, and the best by trying all."""
    draw = random.Random(seed)
    weights = [draw.randint(1, 5) for _ in range(3)]
    demand = [[draw.randint(0, 6) for _ in "ab"] for _ in range(3)]
    make, buy = [draw.randint(1, 3) for _ in "ab"], [draw.randint(3, 7) for _ in "ab"]
    cases = [
        {"name": f"case {k}", "probability": w / sum(weights),
         "values": {"demand": dict(zip("ab", demand[k], strict=True))}}
        for k, w in enumerate(weights)
    ]  # fmt: skip
    stated = program(
        sets=[{"name": "I", "members": ["a", "b"]}],
        parameters=[
            {"name": "demand", "indices": ["I"], "values": {"a": 1, "b": 1}},
            {"name": "cost", "indices": ["I"], "values": dict(zip("ab", make, strict=True))},
            {"name": "dear", "indices": ["I"], "values": dict(zip("ab", buy, strict=True))},
        ],
        variables=[
            {"name": "make", "indices": ["I"], "domain": "integer"},
            {"name": "buy", "indices": ["I"], "domain": "integer"},
        ],
        objective={
            "sense": "minimize",
            "expression": "sum(cost[i] * make[i] + dear[i] * buy[i] for i in I)",
        },
        constraints=[
            {"name": "met", "expression": "make[i] + buy[i] >= demand[i]", "forall": "i in I"},
            {"name": "room", "expression": "sum(make[i] for i in I) <= 7"},
        ],
        scenarios={"cases": cases, "later": ["buy"], "measure": measure, "level": level},
    )
    probabilities = [w / sum(weights) for w in weights]
    best = float("inf")
    for plan in itertools.product(range(7), repeat=2):
        if sum(plan) > 7:
            continue
        amounts = [
            dot(make, plan)
            + sum(b * max(d - m, 0) for b, d, m in zip(buy, wanted, plan, strict=True))
            for wanted in demand
        ]
        best = min(best, measured(amounts, probabilities, measure, level))
    return stated, best


def measured(
    amounts: Sequence[float], probabilities: Sequence[float], measure: str, level: float
) -> float:
    if measure == "worst":
        return max(amounts)
    if measure == "expected":
        return sum(p * a for p, a in zip(probabilities, amounts, strict=True))
    left, total = 1 - level, 0.0
    for amount, chance in sorted(zip(amounts, probabilities, strict=True), reverse=True):
        share = min(left, chance)
        total, left = total + share * amount, left - share
    return total / (1 - level)


@pytest.mark.parametrize("measure", ["expected", "worst", "cvar"])
@pytest.mark.parametrize("seed", seeds(5))
def test_scenarios_come_to_what_trying_every_plan_does(seed: int, measure: str) -> None:
    stated, best = newsvendor(seed, measure)
    assert not check(stated.formulation)  # type: ignore[arg-type]  # it has one
    outcome = solve(stated)
    assert outcome.objective == pytest.approx(best)
    cases = [r.value for r in outcome.reached if r.kind == "scenario"]
    assert len(cases) == 3
    if measure == "worst":
        assert max(cases) == pytest.approx(best)


@pytest.mark.parametrize("measure", ["expected", "worst", "cvar"])
@pytest.mark.parametrize("seed", seeds(2))
def test_a_goal_is_missed_by_another_amount_in_each_scenario(seed: int, measure: str) -> None:
    draw = random.Random(seed)
    wanted = [draw.randint(0, 9) for _ in range(3)]
    under, over = draw.randint(1, 4), draw.randint(1, 4)
    cases = [{"name": f"case {k}", "values": {"want": w}} for k, w in enumerate(wanted)]
    outcome = solve(
        program(
            parameters=[{"name": "want", "values": 1}],
            variables=[{"name": "x", "domain": "integer", "upper": 9}],
            expressions=[{"name": "gap", "expression": "want - x"}],
            goals=[
                {"name": "g", "expression": "gap", "target": "0", "under": over, "over": under},
                {"name": "h", "expression": "x", "target": "5", "priority": 2},
            ],
            scenarios={"cases": cases, "measure": measure, "level": 0.5},
        )
    )

    def missed(plan: int) -> float:
        amounts = [under * max(w - plan, 0) + over * max(plan - w, 0) for w in wanted]
        return measured(amounts, [1 / 3] * 3, measure, 0.5)

    first = min(map(missed, range(10)))
    second = min(abs(x - 5) for x in range(10) if missed(x) <= first + 1e-9)
    assert (value(outcome, "g"), value(outcome, "h")) == pytest.approx((first, second))
    assert {"g_under[case 0]", "h_under"} <= outcome.values.keys()


def test_factors_scale_what_a_table_or_the_text_holds() -> None:
    stated, _ = newsvendor(1, "expected")
    whole = stated.formulation
    assert whole is not None
    scaled = Scenarios.model_validate(
        {"cases": [{"name": "as is"}, {"name": "double", "factors": {"demand": 2}}],
         "later": ["buy"]}
    )  # fmt: skip
    outcome = solve(Program(whole.model_copy(update={"scenarios": scaled})))
    cost = {r.name: r.value for r in outcome.reached if r.kind == "scenario"}
    assert cost["double"] >= cost["as is"]
    assert outcome.objective == pytest.approx(sum(cost.values()) / 2)


def test_an_objective_may_be_stated_for_scenarios_of_the_data() -> None:
    parts: dict[str, Any] = {
        "sets": [{"name": "S", "members": ["dry", "wet"]}],
        "parameters": [
            {"name": "p", "indices": ["S"], "values": {"dry": 0.25, "wet": 0.75}},
            {"name": "crop", "indices": ["S"], "values": {"dry": 2, "wet": 6}},
        ],
        "variables": [{"name": "x", "upper": 3}],
    }
    objective = {
        "sense": "maximize", "expression": "crop[s] * x - 3 * x", "forall": "s in S",
        "probability": "p[s]",
    }  # fmt: skip
    mean = solve(program(**parts, objective=objective))
    assert mean.objective == pytest.approx(3 * (0.25 * -1 + 0.75 * 3))
    worst = solve(program(**parts, objective=objective | {"measure": "worst"}))
    assert worst.objective == pytest.approx(0)
    wrong = [{"name": "p", "indices": ["S"], "values": {"dry": 0.25, "wet": 0.5}}]
    doubtful = program(
        **(parts | {"parameters": [*wrong, parts["parameters"][1]]}), objective=objective
    )
    with pytest.raises(FormulationError, match=r"add up to 0\.75, not to 1"):
        solve(doubtful)


def test_a_later_objective_without_end_is_no_optimum() -> None:
    outcome = solve(
        program(
            variables=[{"name": "x", "upper": 1}, {"name": "y"}],
            objectives=[
                {"sense": "maximize", "expression": "x"},
                {"sense": "maximize", "expression": "y", "priority": 2, "name": "more"},
            ],
        )
    )
    assert outcome.status is Status.UNBOUNDED
    assert "more (priority 2) improves without end" in outcome.message


@pytest.mark.parametrize("seed", seeds(6))
def test_a_pareto_sweep_finds_efficient_points_alone(seed: int) -> None:
    small = Small(seed, 2)
    stated = [
        {"sense": s, "expression": _sum(c), "name": f"f{k}"}
        for k, (s, c) in enumerate(zip(small.senses, small.amounts, strict=True))
    ]
    costs = {tuple(small.cost(k, p) for k in range(2)) for p in small.points()}
    efficient = {
        c
        for c in costs
        if not any(o != c and all(a <= b for a, b in zip(o, c, strict=True)) for o in costs)
    }
    found = pareto(program(**small.parts(), objectives=stated), points=12)
    signs = [-1 if m else 1 for m in found.maximize]
    got = {tuple(round(s * v) for s, v in zip(signs, row, strict=True)) for row in found.table()}
    assert found.status is Status.OPTIMAL
    assert got <= efficient
    assert {min(efficient), min(efficient, key=lambda c: (c[1], c[0]))} <= got
    if len(efficient) <= 3:
        assert got == efficient


def test_a_sweep_of_one_objective_says_what_it_needs() -> None:
    one = program(variables=[{"name": "x"}], objective={"sense": "minimize", "expression": "x"})
    with pytest.raises(FormulationError, match="needs two objectives"):
        pareto(one)


SEVERAL: Mapping[str, Any] = {
    "sets": [{"name": "I", "members": ["a", "b c"]}],
    "parameters": [{"name": "w", "indices": ["I"], "values": {"a": 2, "b c": 5}}],
    "variables": [{"name": "x", "indices": ["I"], "domain": "integer", "upper": 8}],
    "objectives": [
        {"name": "profit", "sense": "maximize", "expression": "sum(w[i] * x[i] for i in I)",
         "tolerance": 0.2},
        {"name": "peak", "sense": "minimize", "expression": "max(x[i] for i in I)",
         "priority": 2},
    ],
    "goals": [{"name": "even", "expression": 'x["a"]', "target": 'x["b c"]', "priority": 3}],
    "constraints": [{"name": "cap", "expression": "sum(x[i] for i in I) <= 9"}],
}  # fmt: skip


def test_every_objective_goal_and_scenario_comes_back_from_json() -> None:
    stated, _ = newsvendor(2, "cvar")
    for formulation in (stated.formulation, Formulation.from_json(json.dumps(SEVERAL))):
        assert formulation is not None
        assert Formulation.from_json(formulation.to_json()) == formulation
        assert Formulation.from_json(export(Program(formulation), "json")) == formulation


def test_an_exported_script_seeks_one_objective_after_the_other(tmp_path: Path) -> None:
    stated = program(**SEVERAL)
    outcome = solve(stated)
    script = tmp_path / "model.py"
    script.write_text(export(stated, "pyomo"))
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    said = dict(line.split(": ") for line in ran.stdout.splitlines() if ": " in line)
    assert float(said["profit"]) == pytest.approx(outcome.reached[0].best)
    assert float(said["peak"]) == pytest.approx(outcome.reached[1].best, abs=1e-6)
    assert float(said["even"]) == pytest.approx(outcome.reached[2].best, abs=1e-6)


def test_an_lp_file_holds_a_weighted_sum_and_refuses_what_is_sought_in_turn() -> None:
    with pytest.raises(FormulationError, match="holds one objective, and this program seeks 3"):
        export(program(**SEVERAL), "lp")
    parts = dict(SEVERAL) | {"goals": []}
    parts["objectives"] = [{**o, "priority": 1} for o in SEVERAL["objectives"]]
    weighted = program(**parts)
    read = solve(Program.from_lp(export(weighted, "lp")))
    assert read.objective == pytest.approx(solve(weighted).objective)


@pytest.mark.parametrize("seed", range(3))
def test_scenarios_are_the_same_program_in_pyomo_and_as_arrays(seed: int) -> None:
    stated, best = newsvendor(seed, "cvar")
    built = open_solver("highs").solve(FromPyomo(stated.pyomo()))
    assert built.objective == pytest.approx(best)
    assert solve(Program.from_lp(export(stated, "lp"))).objective == pytest.approx(best)


def test_documents_show_what_is_stated() -> None:
    stated = program(**SEVERAL)
    latex = export(stated, "latex")
    assert r"\max" in latex
    assert r"\min" in latex
    assert r"\text{goal}" in latex
    assert "profit, priority 1, may lose 20 \\%" in latex
    risky, _ = newsvendor(0, "cvar")
    assert r"\operatorname{CVaR}_{0.6}" in export(risky, "latex")
    assert "the mean of the worst 40 % over all scenarios" in export(risky, "markdown")
    assert "case 0 (probability" in export(risky, "markdown")


def test_what_a_scenario_cannot_change_is_said() -> None:
    parts = {
        "sets": [{"name": "R", "expression": "1..n"}],
        "parameters": [{"name": "n", "values": 3}],
        "variables": [{"name": "x", "indices": ["R"], "upper": 1}],
        "objective": {"sense": "maximize", "expression": "sum(x[r] for r in R)"},
        "scenarios": [{"name": "few", "values": {"n": 2}}, {"name": "many"}],
    }
    (found,) = check(Formulation.from_json(json.dumps(parts)))
    assert "the set 'R' differs between scenarios" in found.message


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"scenarios": [{"name": "a", "probability": 0.4}, {"name": "b", "probability": 0.4}]},
         "add up to 0.8, not to 1"),
        ({"scenarios": [{"name": "a"}, {"name": "a"}]}, "is the name of 2 scenarios"),
        ({"scenarios": [{"name": "a", "values": {"z": 1}}]}, "is no parameter"),
        ({"scenarios": {"cases": [{"name": "a"}], "later": ["z"]}}, "is no decision"),
        ({"goals": [{"name": "g", "expression": "x", "target": 1, "under": 0, "over": 0}]},
         "costs nothing on either side"),
        ({"goals": [{"name": "g", "expression": "x +", "target": 1}]}, "found the end"),
        ({"objective": {"sense": "minimize", "expression": "x", "measure": "worst"}},
         "does not say over which"),
        ({"objectives": [{"sense": "minimize", "expression": "x", "name": "g"},
                         {"sense": "minimize", "expression": "x", "name": "g"}]},
         "is the name of 2 objectives"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_aim_is_a_finding(parts: dict[str, Any], said: str) -> None:
    whole = {
        "variables": [{"name": "x"}],
        "objective": {"sense": "minimize", "expression": "x"},
    } | parts
    if "objectives" in parts:
        whole.pop("objective")
    findings = check(Formulation.from_json(json.dumps(whole)))
    assert any(said in f.message for f in findings), findings


def test_edits_reach_every_objective_and_goal() -> None:
    before = program(**SEVERAL)
    after = apply(
        before,
        (
            SetObjective(objective="peak", priority=1, weight=3.0),
            AddObjective(objective=Objective(sense=Sense.MINIMIZE, expression='x["a"]', name="c")),
            AddGoal(goal=Goal(name="ten", expression='x["b c"]', target="10")),
            DropGoal(name="even"),
            Rename(old="x", new="made"),
        ),
    )
    model = after.formulation
    assert model is not None
    assert [o.name for o in model.objectives] == ["profit", "peak", "c"]
    assert model.objectives[1].weight == 3
    assert model.objectives[1].expression == "max(made[i] for i in I)"
    assert model.goals[0].expression == 'made["b c"]'
    told = [d.words for d in difference(before, after)]
    assert "the goal even is gone" in told
    assert any("objective peak" in words for words in told)
    kept = apply(after, (DropObjective(name="profit"), DropObjective(name="c")))
    assert kept.formulation is not None
    assert [o.name for o in kept.formulation.objectives] == ["peak"]


def test_scenarios_follow_a_renamed_parameter_and_can_be_taken_away() -> None:
    stated, _ = newsvendor(3, "expected")
    renamed = apply(stated, (Rename(old="demand", new="need"), Rename(old="buy", new="later_on")))
    assert solve(renamed).objective == pytest.approx(solve(stated).objective)
    plain = apply(stated, (SetScenarios(scenarios=None),))
    assert plain.formulation is not None
    assert not plain.stages
    assert without_scenarios(plain.formulation) is plain.formulation
