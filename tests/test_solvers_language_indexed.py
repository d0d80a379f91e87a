"""Logic and the like inside loops, held against every point of small problems."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from pyomo.environ import Constraint, Var, value

from optwright.solvers.backends.highs import Highs
from optwright.solvers.backends.point_evaluation import PointEvaluation
from optwright.solvers.backends.program import Program
from optwright.solvers.export import export
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status

I = ["p", "q", "r"]  # noqa: E741  (the set's name)
CASES = 6  # of each statement; the marked test has 200


def model(pick: random.Random, statements: Sequence[Mapping[str, str]], **more: Any) -> Formulation:
    """x[i] whole, y[i] yes or no, z one whole number, and parameters n[i], w[i, j], kind[i]."""
    parts: dict[str, Any] = {
        "sets": [
            {"name": "I", "members": I},
            {"name": "A", "members": [["p", "q"], ["r", "q"], ["q", "r"]]},
            {"name": "K", "members": [1, 2, 3]},
        ],
        "parameters": [
            {"name": "n", "indices": ["I"], "values": {i: pick.randint(-1, 2) for i in I}},
            {"name": "d", "indices": ["I"], "values": {i: pick.randint(1, 2) for i in I}},
            {"name": "kind", "indices": ["I"], "values": {i: pick.choice(["u", "v"]) for i in I}},
            {
                "name": "at",
                "indices": ["I", "K"],
                "values": {i: {"1": 0, "2": 1 + (i == "q"), "3": 3} for i in I},
            },
            {
                "name": "cost",
                "indices": ["I", "K"],
                "values": {i: {str(k): pick.randint(0, 4) for k in (1, 2, 3)} for i in I},
            },
        ],
        "variables": [
            {"name": "x", "indices": ["I"], "domain": "integer", "upper": 3},
            {"name": "y", "indices": ["I"], "domain": "binary"},
            {"name": "z", "domain": "integer", "lower": -2, "upper": 2},
        ],
        "objective": {
            "sense": pick.choice(["minimize", "maximize"]),
            "expression": f"sum(n[i] * x[i] for i in I) + {pick.randint(-2, 2)} * z "
            f"+ {pick.randint(-2, 2)} * sum(y[i] for i in I) + 0.125 * x['p']",
        },
        "constraints": [{"name": f"c{k}", **stated} for k, stated in enumerate(statements)],
    }
    return Formulation.model_validate({**parts, **more})


Stated = dict[str, list[dict[str, str]]]

# Lines of a table, so they are as long as they are.
STATEMENTS: Stated = {
    "indicator": [{"expression": "implies(y[i], x[i] >= d[i])", "forall": "i in I"}],
    "off is zero": [
        {"expression": "implies(not y[i], x[i] == 0)", "forall": "i in I if n[i] != 0"}
    ],
    "data in logic": [{"expression": "kind[i] == 'u' or x[i] <= 1 or y[i]", "forall": "i in I"}],
    "pairs": [{"expression": "y[i] or y[j] or x[i] + x[j] <= d[i]", "forall": "(i, j) in A"}],
    "some above": [{"expression": "max(x[i] - n[i] for i in I) >= 2"}],
    "none above": [
        {"expression": "min(x[j] + n[i] for j in I if j != i) <= z + 1", "forall": "i in I"}
    ],
    "largest is": [{"expression": "z == max(x[i] * y[i] for i in I) - 1"}],
    "abs per item": [{"expression": "abs(x[i] - z) >= d[i]", "forall": "i in I if kind[i] == 'u'"}],
    "product": [{"expression": "sum(x[i] * y[i] for i in I) >= 2 + z"}],
    "counted": [{"expression": "count(x[i] >= d[i] for i in I) == 1 + count(z >= 1)"}],
    "at most": [{"expression": "atmost(1, x[i] > 0 for i in I if n[i] >= 0)"}],
    "cardinality": [
        {"expression": "exactly(2, y[i] for i in I)"},
        {"expression": "x[i] <= 3 * y[i]", "forall": "i in I"},
    ],
    "chosen": [{"expression": "sum((x[i] if y[i] else 2 * n[i]) for i in I) <= z + 1"}],
    "chosen by data": [
        {"expression": "sum((x[i] if kind[i] == 'u' else abs(z - x[i])) for i in I) >= 2"}
    ],
    "line": [
        {"expression": "sum(piecewise(x[i], (at[i, k], cost[i, k]) for k in K) for i in I) <= 4"}
    ],
    "line up": [
        {
            "expression": "piecewise(x[i], (at[i, k], cost[i, k]) for k in K) >= z",
            "forall": "i in I",
        }
    ],
    "sos1": [{"expression": "sos1(x[i] for i in I)"}],
    "sos2": [{"expression": "sos2(x[i] for i in I)"}],
    "different": [{"expression": "alldifferent(x[i] for i in I)"}],
    "no overlap": [{"expression": "nooverlap((x[i], d[i]) for i in I if kind[i] == 'u')"}],
    "no overlap if there": [
        {"expression": "nooverlap((x[i], d[i], y[i]) for i in I)"},
        {"expression": "sum(y[i] for i in I) >= 2"},
    ],
    "cumulative": [{"expression": "cumulative(2, (x[i], d[i], 1) for i in I)"}],
    "cumulative if there": [
        {"expression": "cumulative(2, (x[i], 2, d[i], y[i]) for i in I)"},
        {"expression": "sum(y[i] for i in I) >= 2"},
    ],
    "exclusive": [{"expression": "xor(y[i], x[i] >= 2)", "forall": "i in I"}],
    "equivalent": [{"expression": "iff(y[i], x[i] + z >= d[i])", "forall": "i in I"}],
}


def agrees(stated: Formulation) -> None:
    problems = [f for f in check(stated) if f.severity == "error"]
    assert not problems
    evaluated = PointEvaluation.of(stated)
    ranges = [range(4)] * 3 + [range(2)] * 3 + [range(-2, 3)]
    names = [f"x[{i}]" for i in I] + [f"y[{i}]" for i in I] + ["z"]
    outcome = Highs().solve(Program(stated))
    if outcome.status is Status.OPTIMAL:
        found = {name: round(outcome.values[name]) for name in names}
        assert not evaluated.misses(found), found
        assert evaluated.objective(found) == pytest.approx(outcome.objective)
    else:
        assert outcome.status is Status.INFEASIBLE
    # Nothing better is left out: some of the points that are, and the best of them first.
    sign = 1 if stated.objective.sense == "minimize" else -1
    program = Program(stated.model_copy(update={"constraints": ()}))
    assert program.arrays is not None
    order = [program.arrays.column_names.index(name) for name in names]
    grid = np.array(list(product(*ranges)), dtype=np.float64)
    worth = grid @ program.arrays.cost[order] * sign
    reached = np.inf if outcome.objective is None else sign * outcome.objective
    better = np.flatnonzero(worth < reached - 1e-6)
    for at in better[np.argsort(worth[better])][:: max(1, len(better) // 60)]:
        point = dict(zip(names, grid[at].tolist(), strict=True))
        assert evaluated.misses(point), point


@pytest.mark.parametrize("cases", [CASES, pytest.param(200, marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", STATEMENTS)
def test_what_loops_state_is_what_every_point_says(kind: str, cases: int) -> None:
    pick = random.Random(kind)
    for _ in range(cases):
        agrees(model(pick, STATEMENTS[kind]))


@pytest.mark.parametrize("kind", ["indicator", "largest is", "line", "chosen", "cumulative"])
def test_the_pyomo_model_is_the_same_program(kind: str) -> None:
    stated = model(random.Random(kind), STATEMENTS[kind])
    program = Program(stated)
    outcome = Highs().solve(program)
    built = program.pyomo()
    for variable in built.component_data_objects(Var):
        variable.set_value(outcome.values[variable.name], skip_validation=True)
    assert value(built.objective) == pytest.approx(outcome.objective)
    assert program.arrays is not None
    rows = list(built.component_data_objects(Constraint))
    assert len(rows) == len(program.arrays.row_names)
    for row in rows:
        body = value(row.body)
        assert row.lower is None or body >= value(row.lower) - 1e-6
        assert row.upper is None or body <= value(row.upper) + 1e-6


def test_semicontinuous_is_zero_or_between_its_bounds() -> None:
    for lower, upper, need, expected in [(3, 8, 1, 3), (3, 8, 0, 0), (3, 8, 5, 5), (2.5, 4, 3, 3)]:
        stated = Formulation.model_validate(
            {
                "variables": [
                    {"name": "x", "lower": lower, "upper": upper, "semicontinuous": True}
                ],
                "objective": {"sense": "minimize", "expression": "x"},
                "constraints": [{"name": "need", "expression": f"x >= {need}"}],
            }
        )
        assert Highs().solve(Program(stated)).objective == pytest.approx(expected)


def test_a_bound_that_a_limit_implies_is_used_and_one_that_nothing_implies_is_named() -> None:
    parts: dict[str, Any] = {
        "variables": [{"name": "x"}, {"name": "open", "domain": "binary"}],
        "objective": {"sense": "maximize", "expression": "x - 10 * open"},
        "constraints": [
            {"name": "limit", "expression": "2 * x <= 80"},
            {"name": "link", "expression": "implies(not open, x <= 0)"},
        ],
    }
    stated = Formulation.model_validate(parts)
    program = Program(stated)
    assert Highs().solve(program).objective == 30
    assert program.instance.notes == (
        "x <= 0 is switched off by 40, from the bounds of what is in it",
    )
    del parts["constraints"][0]
    without = Program(Formulation.model_validate(parts))
    assert without.arrays is None
    (note,) = without.instance.notes
    assert "'x' has no upper bound" in note
    assert "with both bounds on what is in it the model would be linear" in note


def test_beyond_a_limit_of_amounts_is_by_a_little_and_that_is_said() -> None:
    stated = Formulation.model_validate(
        {
            "variables": [{"name": "x", "upper": 9}, {"name": "y", "domain": "binary"}],
            "objective": {"sense": "minimize", "expression": "x"},
            "constraints": [
                {"name": "c", "expression": "implies(y, x > 3)"},
                {"name": "on", "expression": "y >= 1"},
            ],
        }
    )
    program = Program(stated)
    assert Highs().solve(program).objective == pytest.approx(3.00001, abs=1e-9)
    assert program.instance.readings[0].startswith("x > 3 is taken as beyond that limit by 0.00001")


@pytest.mark.parametrize("kind", ["pairs", "line", "largest is"])
def test_the_pyomo_script_has_the_same_optimum(kind: str) -> None:
    program = Program(model(random.Random(kind), STATEMENTS[kind]))
    ran = subprocess.run(
        [sys.executable, "-c", export(program, "pyomo")], capture_output=True, text=True, check=True
    )
    told = next(line for line in ran.stdout.splitlines() if line.startswith("objective:"))
    expected = Highs().solve(program).objective
    assert float(told.split()[1]) == pytest.approx(expected, abs=1e-6)
