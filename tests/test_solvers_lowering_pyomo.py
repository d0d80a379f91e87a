"""Formulations as Pyomo models: held against the arrays, and nonlinear ones against Python."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pyomo.environ as pyo
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyomo.contrib.solver.common.factory import SolverFactory
from pyomo.repn import generate_standard_repn

from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.backends.program import Program
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.linear_model import LinearModel
from optwright.solvers.model.outcome import Status
from tests.formulations import formulations

Row = tuple[Mapping[str, float], float, float]
DUST = 1e-12
"""What a sum that cancels out may leave, by the order of its terms."""


def rows_of_arrays(model: LinearModel) -> dict[str, Row]:
    """Coefficients by variable, lower and upper limit of each row; `-x <= -1` as `x >= 1`."""
    found: dict[str, Row] = {}
    for r, name in enumerate(model.row_names):
        span = slice(model.starts[r], model.starts[r + 1])
        names = [model.column_names[j] for j in model.columns[span]]
        terms = dict(zip(names, model.coefficients[span].tolist(), strict=True))
        terms = {n: c for n, c in terms.items() if abs(c) > DUST}
        found[name] = _upright(terms, float(model.row_lower[r]), float(model.row_upper[r]))
    return found


def rows_of_pyomo(model: pyo.ConcreteModel) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in model.component_data_objects(pyo.Constraint):
        lower, body, upper = row.to_bounded_expression()
        repn = generate_standard_repn(body)
        assert repn.is_linear()
        terms: dict[str, float] = {}
        for coefficient, variable in zip(repn.linear_coefs, repn.linear_vars, strict=True):
            terms[variable.name] = terms.get(variable.name, 0.0) + coefficient
        low = -math.inf if lower is None else pyo.value(lower) - repn.constant
        high = math.inf if upper is None else pyo.value(upper) - repn.constant
        found[row.name] = _upright({n: c for n, c in terms.items() if abs(c) > DUST}, low, high)
    return found


def _upright(terms: Mapping[str, float], lower: float, upper: float) -> Row:
    """A row with a positive first coefficient by name; without terms, the limits alone."""
    sign = 1.0 if not terms or terms[min(terms)] > 0 else -1.0
    if not terms and not math.isfinite(upper):
        sign = -1.0
    limits = (lower, upper) if sign > 0 else (-upper, -lower)
    return {name: sign * c for name, c in sorted(terms.items())}, *limits


@given(formulations())
@settings(max_examples=60, deadline=None)
def test_pyomo_and_arrays_state_the_same_rows(formulation: Formulation) -> None:
    program = Program(formulation)
    arrays = program.arrays
    assert arrays is not None
    ours, theirs = rows_of_arrays(arrays), rows_of_pyomo(program.pyomo())
    assert list(ours) == list(theirs)
    for name, (terms, lower, upper) in ours.items():
        assert theirs[name][0] == pytest.approx(terms)
        assert theirs[name][1:] == pytest.approx((lower, upper))


@given(formulations())
@settings(max_examples=25, deadline=None)
def test_pyomo_and_arrays_have_the_same_optimum(formulation: Formulation) -> None:
    program = Program(formulation)
    arrays = program.arrays
    assert arrays is not None
    outcome = solve_arrays(arrays)
    model = program.pyomo()
    highs = SolverFactory("highs")
    results = highs.solve(model, raise_exception_on_nonoptimal_result=False, load_solutions=False)
    optimal = results.solution_status.name == "optimal"
    assert (outcome.status is Status.OPTIMAL) == optimal
    if optimal:
        assert results.incumbent_objective == pytest.approx(outcome.objective, abs=1e-6)


@given(formulations(), st.sampled_from([2.0, 0.5, 7.0]))
@settings(max_examples=40, deadline=None)
def test_scaling_the_objective_scales_the_optimum(formulation: Formulation, by: float) -> None:
    objective = formulation.objective
    scaled = objective.model_copy(update={"expression": f"{by} * ({objective.expression})"})
    before = solve_arrays(_arrays(formulation))
    after = solve_arrays(_arrays(formulation.model_copy(update={"objective": scaled})))
    assert after.status is before.status
    if before.objective is not None:
        assert after.objective == pytest.approx(by * before.objective, abs=1e-5)


@given(formulations(), formulations())
@settings(max_examples=40, deadline=None)
def test_adding_constraints_never_improves(one: Formulation, other: Formulation) -> None:
    assume(other.constraints)
    renamed = [c.model_copy(update={"name": f"more_{c.name}"}) for c in other.constraints]
    both = one.model_copy(update={"constraints": (*one.constraints, *renamed)})
    before, after = solve_arrays(_arrays(one)), solve_arrays(_arrays(both))
    if before.objective is None:
        assert after.objective is None
    elif after.objective is not None:
        sign = 1 if one.objective.sense is Sense.MAXIMIZE else -1
        assert sign * after.objective <= sign * before.objective + 1e-5


def _arrays(formulation: Formulation) -> LinearModel:
    arrays = Program(formulation).arrays
    assert arrays is not None
    return arrays


def nonlinear(expression: str) -> pyo.ConcreteModel:
    """A model over x[I] and y that minimizes the expression."""
    return Program(
        Formulation(
            sets=(IndexSet(name="I", members=("a", "b")),),
            parameters=(Parameter(name="p", indices=("I",), values={"a": 2, "b": 3}),),
            variables=(Variable(name="x", indices=("I",)), Variable(name="y")),
            objective=Objective(sense=Sense.MINIMIZE, expression=expression),
        )
    ).pyomo()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("y ** 2 + x['a'] * x['b']", 9 + 2),
        ("sum((x[i] - p[i]) ** 2 for i in I)", 1 + 1),
        ("exp(y - 3) + log(y) * sqrt(x['b'] + 2)", 1 + math.log(3) * 2),
        (
            "sin(y) + cos(y) + tan(y) + log10(y)",
            math.sin(3) + math.cos(3) + math.tan(3) + math.log10(3),
        ),
        ("-abs(x['a'] - y)", -2),
        ("y / (x['a'] + 1)", 1.5),
        ("2 ** y", 8),
    ],
)
def test_nonlinear_expressions_have_the_value_python_gives(
    expression: str, expected: float
) -> None:
    model = nonlinear(expression)
    model.x["a"], model.x["b"], model.y = 1, 2, 3
    assert pyo.value(model.objective) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("-max(y, x['a'])", -3),
        ("min(x[i] for i in I)", 1),
        ("-max(x['a'] - y, 2 * x['b'], 1, y)", -4),
        ("min(x[i] * y for i in I) * max(y, 5)", 3 * 5),
        ("-max(x[i] for i in I if i != 'b')", -1),
    ],
)
def test_the_largest_and_the_smallest_have_the_value_python_gives(
    expression: str, expected: float
) -> None:
    model = nonlinear(expression)
    model.x["a"], model.x["b"], model.y = 1, 2, 3
    assert pyo.value(model.objective) == pytest.approx(expected)


def test_components_are_named_and_indexed_as_in_the_formulation() -> None:
    model = Program(
        Formulation(
            title="towns",
            sets=(IndexSet(name="I", members=("Lyon", "Metz")), IndexSet(name="T", members=(1, 2))),
            parameters=(
                Parameter(name="demand", indices=("I",), values={"Lyon": 2, "Metz": 3}),
                Parameter(name="open", indices=("I", "T"), values={"Lyon": {"2": 1}}),
                Parameter(name="hours", values=8),
            ),
            variables=(
                Variable(name="ship", indices=("I", "T"), upper=9, domain=Domain.INTEGER),
                Variable(name="go", domain=Domain.BINARY),
            ),
            objective=Objective(sense=Sense.MAXIMIZE, expression="go"),
            constraints=(
                Constraint(name="cap", expression="ship[i, t] <= go", forall="i in I, t in T"),
            ),
        )
    ).pyomo()
    assert list(model.I) == ["Lyon", "Metz"]
    assert list(model.T) == [1, 2]
    assert model.demand["Metz"] == 3
    assert dict(model.open.items()) == {("Lyon", 2): 1}
    assert model.hours.value == 8
    assert model.ship["Lyon", 2].is_integer()
    assert model.ship["Lyon", 2].ub == 9
    assert model.go.is_binary()
    assert model.cap["Metz", 1].name == "cap[Metz,1]"
    assert model.objective.sense == pyo.maximize


def test_names_that_pyomo_keeps_or_that_are_there_twice_get_underscores() -> None:
    model = Program(
        Formulation(
            parameters=(Parameter(name="demand", values=3),),
            variables=(Variable(name="display"), Variable(name="objective")),
            objective=Objective(sense=Sense.MINIMIZE, expression="display + objective"),
            constraints=(Constraint(name="demand", expression="display + objective >= demand"),),
        )
    ).pyomo()
    assert model.optwright_names == {
        "display_": "display",
        "objective_": "objective",
        "demand_": "demand",
    }


@pytest.mark.parametrize(("limit", "solved"), [(2, True), (1, False)])
def test_a_row_of_numbers_alone_is_kept_or_broken_by_every_point(limit: int, solved: bool) -> None:
    """Pyomo itself refuses such a row; here i = 2 leaves `2 <= limit`."""
    later = "sum(x[j] for j in I if j > i)"
    model = Program(
        Formulation(
            sets=(IndexSet(name="I", members=(1, 2)),),
            variables=(Variable(name="x", indices=("I",), upper=1),),
            objective=Objective(sense=Sense.MINIMIZE, expression="x[1]"),
            constraints=(
                Constraint(name="c", forall="i in I", expression=f"{later} + i <= {limit}"),
            ),
        )
    ).pyomo()
    results = SolverFactory("highs").solve(
        model, raise_exception_on_nonoptimal_result=False, load_solutions=False
    )
    assert (results.solution_status.name == "optimal") == solved
