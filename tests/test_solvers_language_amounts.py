"""Conditions over amounts, and bounds that name their own index: each optimum is that of all cases.

Which of its conditions hold is tried in every way; each way is a linear program of its own, which
no lowering of logic has touched.
"""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from optwright.solvers.backends.highs import Highs
from optwright.solvers.backends.logic_evaluation import STEP_OF_AMOUNTS, least_step
from optwright.solvers.backends.point_evaluation import PointEvaluation
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.export import export
from optwright.solvers.import_ import read_model
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status

CASES = [8, pytest.param(200, marks=pytest.mark.slow)]
AMOUNTS = {"x": (0, 5), "y": (-2, 4), "z": (0, 3)}
MEANINGS: dict[str, Any] = {
    "implies": lambda one, other: not one or other,
    "iff": lambda one, other: one == other,
    "xor": lambda one, other: one != other,
    "exactly": lambda k, *parts: sum(parts) == k,
    "atleast": lambda k, *parts: sum(parts) >= k,
    "atmost": lambda k, *parts: sum(parts) <= k,
}
STATEMENTS = {
    "exactly": "exactly(1, {0}, {1})",
    "exactly of three": "exactly(2, {0}, {1}, {2})",
    "atleast": "atleast(2, {0}, {1}, {2})",
    "atmost": "atmost(1, {0}, {1}, {2})",
    "implies": "implies({0}, {1})",
    "or": "{0} or {1}",
    "xor": "xor({0}, {1})",
    "iff": "iff({0}, {1})",
    "not": "not ({0} and {1})",
    "nested": "implies({0} or {1}, {2})",
}
ATOMS = [
    "x > 0",
    "y > 0",
    "z > 0",
    "x > {n}",
    "y < {n}",
    "x + y > {n}",
    "z >= 2",
    "y == 1",
    "x != z",
]
HOLDS = {">": ">= {right} + step", "<": "<= {right} - step", ">=": ">= {right}", "==": "== {right}"}
FAILS = {">": ["<= {right}"], "<": [">= {right}"], ">=": ["<= {right}"],
         "==": ["<= {right} - step", ">= {right} + step"]}  # fmt: skip


def linear(rows: list[str], objective: str, sense: str) -> Formulation:
    return Formulation.model_validate(
        {
            "variables": [
                {"name": n, "lower": low, "upper": high} for n, (low, high) in AMOUNTS.items()
            ],
            "objective": {"sense": sense, "expression": objective},
            "constraints": [{"name": f"c{k}", "expression": row} for k, row in enumerate(rows)],
        }
    )


def ways(atom: str, holds: bool) -> list[str]:
    """The rows, any one of which says that the atom holds, or that it does not."""
    left, operator, right = atom.split(" ")[:-2], *atom.split(" ")[-2:]
    step = least_step(sum(high - low for n, (low, high) in AMOUNTS.items() if n in atom))
    if operator == "!=":
        operator, holds = "==", not holds
    rows = [HOLDS[operator]] if holds else FAILS[operator]
    return [
        f"{' '.join(left)} {row}".replace("step", str(step)).format(right=right) for row in rows
    ]


def best(statement: str, atoms: list[str], objective: str, sense: str) -> float | None:
    found = list[float]()
    for truth in product((False, True), repeat=len(atoms)):
        text = statement.format(*(f"({value})" for value in truth))
        if not eval(text, MEANINGS):
            continue
        for rows in product(*(ways(a, t) for a, t in zip(atoms, truth, strict=True))):
            outcome = Highs().solve(Program(linear([*rows, "x + y + z >= 1"], objective, sense)))
            if outcome.status is Status.OPTIMAL and outcome.objective is not None:
                found.append(outcome.objective)
    return None if not found else (min(found) if sense == "minimize" else max(found))


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize("kind", STATEMENTS)
def test_logic_over_amounts_has_the_best_of_all_cases(kind: str, cases: int) -> None:
    pick = random.Random(f"amounts {kind}")
    for _ in range(cases):
        atoms = [pick.choice(ATOMS).format(n=pick.randint(0, 2)) for _ in range(3)]
        atoms = atoms[: STATEMENTS[kind].count("{")]
        objective = " + ".join(f"{pick.randint(-3, 3)}*{n}" for n in AMOUNTS)
        sense = pick.choice(["minimize", "maximize"])
        stated = linear([STATEMENTS[kind].format(*atoms), "x + y + z >= 1"], objective, sense)
        assert not [f for f in check(stated) if f.severity == "error"]
        outcome = Highs().solve(Program(stated))
        expected = best(STATEMENTS[kind], atoms, objective, sense)
        said = (kind, atoms, objective, sense)
        if expected is None:
            assert outcome.status is Status.INFEASIBLE, said
            continue
        assert outcome.objective == pytest.approx(expected, abs=1e-4), said


def test_a_point_at_the_limit_is_not_beyond_it() -> None:
    stated = linear(["exactly(1, x > 0, y > 0)", "implies(z >= 1, y > 2)"], "x", "minimize")
    evaluation = PointEvaluation.of(stated)
    assert [m.element for m in evaluation.misses({})] == ["c0"]
    assert not evaluation.misses({"x": 1.0})
    assert evaluation.misses({"x": 1.0, "y": 1.0})
    (missed,) = evaluation.misses({"y": 2.0, "z": 2.0})
    assert missed.by == pytest.approx(STEP_OF_AMOUNTS)


def test_an_amount_without_a_bound_is_named_where_a_count_needs_one() -> None:
    stated = Formulation.model_validate(
        {
            "variables": [{"name": "x"}, {"name": "y", "upper": 3}],
            "objective": {"sense": "minimize", "expression": "x"},
            "constraints": [{"name": "one", "expression": "exactly(1, x > 0, y > 0)"}],
        }
    )
    program = Program(stated)
    assert program.arrays is None
    assert any("'x' has no upper bound" in note for note in program.instance.notes)
    assert solve(program).objective == pytest.approx(0)


def unbounded(pick: random.Random, most: float | None) -> Formulation:
    """Amounts that nothing bounds from above, or that `most` does, under logic over them."""
    need, fixed = [pick.randint(1, 9) for _ in "ab"], [pick.randint(1, 20) for _ in "ab"]
    least, gap = pick.randint(1, 6), pick.randint(1, 9)
    first, second = pick.choice([("x", "y"), ("y", "x")])
    upper = {} if most is None else {"upper": most}
    logic = pick.choice(
        [
            f"implies(u and v, {first} >= {second} + {gap})",
            f"{first} >= {second} + {gap} or {second} >= {gap} or u",
            f"xor({first} >= {gap}, u)",
            f"iff(v, {first} - 2 * {second} >= {gap})",
            f"atmost(1, x >= {least}, y >= {least}, v)",
        ]
    )
    return Formulation.model_validate(
        {
            "variables": [
                {"name": "x", **upper},
                {"name": "y", **upper},
                {"name": "u", "domain": "binary"},
                {"name": "v", "domain": "binary"},
            ],
            "objective": {
                "sense": "minimize",
                "expression": f"{need[0]} * x + {need[1]} * y + {fixed[0]} * u + {fixed[1]} * v",
            },
            "constraints": [
                {"name": "open", "expression": "implies(x >= 1, u)"},
                {"name": "shut", "expression": f"implies(not v, y <= {least})"},
                {"name": "sum", "expression": f"x + y >= {least + gap}"},
                {"name": "logic", "expression": logic},
            ],
        }
    )


@pytest.mark.parametrize("cases", [2, pytest.param(200, marks=pytest.mark.slow)])
def test_logic_over_amounts_without_a_bound_goes_to_a_solver_that_branches_on_it(
    cases: int,
) -> None:
    pick = random.Random("unbounded")
    for _ in range(cases):
        state = pick.getstate()
        free = Program(unbounded(pick, None))
        pick.setstate(state)
        bounded = Highs().solve(Program(unbounded(pick, 60)))
        outcome = solve(free)
        assert free.arrays is None
        assert outcome.status is bounded.status
        assert outcome.solver.startswith("scip")
        assert outcome.objective == pytest.approx(bounded.objective, abs=1e-4)


def over_sets(variable: dict[str, Any], objective: str) -> Formulation:
    return Formulation.model_validate(
        {
            "sets": [
                {"name": "I", "members": ["a", "b"]},
                {"name": "J", "members": ["u", "v"]},
                {"name": "A", "members": [["a", "u"], ["b", "v"]]},
            ],
            "parameters": [
                {"name": "cap", "indices": ["I"], "values": {"a": 1, "b": 2}},
                {"name": "d", "indices": ["I", "J"], "values": [[1, 2], [3, 4]]},
                {"name": "c", "indices": ["A"], "values": {"a,u": 5, "b,v": 6}},
            ],
            "variables": [variable],
            "objective": {"sense": "maximize", "expression": objective},
        }
    )


@pytest.mark.parametrize(
    ("variable", "objective", "expected"),
    [
        ({"indices": ["I"], "upper": "cap[i]"}, "sum(x[i] for i in I)", 3),
        ({"indices": "I", "upper": "2*cap[k] + 1"}, "sum(x[i] for i in I)", 8),
        ({"indices": ["I", "J"], "upper": "cap[i]"}, "sum(x[i, j] for i in I for j in J)", 6),
        ({"indices": ["J", "I"], "upper": "d[i, j]"}, "sum(x[j, i] for i in I for j in J)", 10),
        ({"indices": ["A"], "upper": "c[i, j]"}, "sum(x[i, j] for (i, j) in A)", 11),
        ({"indices": ["A"], "upper": "d[p, q]"}, "sum(x[i, j] for (i, j) in A)", 5),
        ({"indices": ["I"], "upper": "sum(d[i, j] for j in J)"}, "sum(x[i] for i in I)", 10),
        ({"indices": ["I"], "upper": "max(cap[i], 1.5)"}, "sum(x[i] for i in I)", 3.5),
    ],
)
def test_a_bound_may_name_its_own_index(
    variable: dict[str, Any], objective: str, expected: float
) -> None:
    stated = over_sets({"name": "x", **variable}, objective)
    assert not [f for f in check(stated) if f.severity == "error"]
    assert Highs().solve(Program(stated)).objective == expected
    assert Formulation.from_json(stated.to_json()) == stated


@pytest.mark.parametrize(
    ("indices", "upper", "said"),
    [
        (["I"], "capp[i]", "'capp', which is not defined; did you mean 'cap'"),
        (["I"], "cpa", "'cpa', which is not defined"),
        (["I", "I"], "cap[i]", "'i', which is not defined"),
    ],
)
def test_what_a_bound_may_mean_in_two_ways_is_asked_about(
    indices: list[str], upper: str, said: str
) -> None:
    indexed = "sum(x[i, j] for i in I for j in I)" if len(indices) > 1 else "sum(x[i] for i in I)"
    found = check(over_sets({"name": "x", "indices": indices, "upper": upper}, indexed))
    assert any(said in str(f) for f in found), [str(f) for f in found]


def test_the_exported_script_of_a_semicontinuous_decision_may_leave_it_at_zero() -> None:
    stated = over_sets(
        {
            "name": "x",
            "indices": ["I"],
            "lower": "4*cap[i]",
            "upper": 10,
            "semicontinuous": True,
        },
        "0 - 2*x['a'] - x['b']",
    ).model_dump()
    constraint = {"name": "need", "expression": "x['a'] + x['b'] >= 1"}
    program = Program(Formulation.model_validate(stated | {"constraints": [constraint]}))
    expected = Highs().solve(program).objective
    assert expected == -8
    ran = subprocess.run(
        [sys.executable, "-c", export(program, "pyomo")], capture_output=True, text=True, check=True
    )
    assert f"objective: {expected}" in ran.stdout


def test_a_bound_that_is_a_parameter_over_the_same_sets_needs_no_index() -> None:
    stated = over_sets({"name": "x", "indices": ["I"], "upper": "cap"}, "sum(x[i] for i in I)")
    assert not [f for f in check(stated) if f.severity == "error"]
    assert Highs().solve(Program(stated)).objective == 3


def test_bounds_that_differ_by_element_come_back_from_an_exported_file(tmp_path: Path) -> None:
    stated = over_sets({"name": "x", "indices": ["I"], "upper": "cap[i]"}, "sum(x[i] for i in I)")
    for kind in ("lp", "mps"):
        path = tmp_path / f"model.{kind}"
        path.write_text(export(Program(stated), kind))
        assert Highs().solve(read_model(path)).objective == 3
