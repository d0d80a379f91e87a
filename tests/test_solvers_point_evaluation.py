"""What a program says of one point, worked out without a solver."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.errors import FormulationError
from optwright.solvers.backends.point_evaluation import PointEvaluation, missed_by
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)


def small(expression: str = "x + y <= 10", objective: str = "3*x + 2*y + 1") -> PointEvaluation:
    return PointEvaluation.of(
        Formulation(
            variables=(
                Variable(name="x", domain=Domain.INTEGER, upper=8),
                Variable(name="y", lower=None),
            ),
            objective=Objective(sense=Sense.MAXIMIZE, expression=objective),
            constraints=(Constraint(name="cap", expression=expression),),
        )
    )


def test_the_objective_is_worked_out_with_its_constant() -> None:
    assert small().objective({"x": 2, "y": 4}) == 15


def test_what_is_not_named_is_zero() -> None:
    assert small().objective({}) == 1


def test_a_row_a_bound_and_a_fraction_are_named_with_how_far_they_are_missed() -> None:
    assert [(m.element, m.by) for m in small().misses({"x": 8, "y": 4})] == [("cap", 2)]
    assert [(m.element, m.by) for m in small().misses({"x": 9})] == [("x", 1)]
    assert [(m.element, m.by) for m in small().misses({"x": 1.5})] == [("x", 0.5)]
    assert small().misses({"x": 8, "y": 2}) == ()


def test_what_may_be_negative_may_be() -> None:
    assert small().misses({"y": -5}) == ()


def test_rounding_misses_nothing() -> None:
    assert small().misses({"x": 7, "y": 3.0000001}) == ()


def test_functions_are_worked_out_as_they_stand() -> None:
    assert small("abs(x - y) <= 1").misses({"x": 5, "y": 1})[0].by == 3
    assert small("max(x, y) <= 4").misses({"x": 2, "y": 4}) == ()
    assert small("x * y >= 12").misses({"x": 3, "y": 4}) == ()


def test_a_point_that_is_no_number_is_an_error() -> None:
    with pytest.raises(FormulationError):
        small(objective="1 / x").objective({"y": 1})


def test_indexed_rows_are_missed_one_by_one() -> None:
    table = from_columns("routes", {"to": ["Lyon", "Metz"], "cost": [4.0, 5.0], "need": [3, 9]})
    formulation = Formulation(
        sets=(IndexSet(name="J", column=Column(table="routes", value="to")),),
        parameters=(
            Parameter(
                name="cost", indices=("J",),
                column=Column(table="routes", value="cost", keys=("to",)),
            ),
            Parameter(
                name="need", indices=("J",),
                column=Column(table="routes", value="need", keys=("to",)),
            ),
        ),
        variables=(Variable(name="ship", indices=("J",)),),
        objective=Objective(
            sense=Sense.MINIMIZE, expression="sum(cost[j] * ship[j] for j in J)"
        ),
        constraints=(
            Constraint(name="met", forall="j in J", expression="ship[j] >= need[j]"),
        ),
    )  # fmt: skip
    evaluation = PointEvaluation.of(formulation, {"routes": table})
    assert evaluation.objective({"ship[Lyon]": 3, "ship[Metz]": 9}) == 57
    missed = evaluation.misses({"ship[Lyon]": 3, "ship[Metz]": 5})
    assert [(m.element, m.constraint, m.by) for m in missed] == [("met[Metz]", "met", 4)]


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0, 7.0, 40.0]), min_size=3, max_size=3))
def test_arrays_miss_what_expressions_miss(values: list[float]) -> None:
    formulation = Formulation(
        objective=Objective(sense=Sense.MAXIMIZE, expression="x + y + z"),
        variables=(
            Variable(name="x", upper=10),
            Variable(name="y", domain=Domain.INTEGER, lower=1),
            Variable(name="z", domain=Domain.BINARY),
        ),
        constraints=(
            Constraint(name="most", expression="2*x + y <= 9"),
            Constraint(name="tie", expression="x == 3*y - 40*z"),
        ),
    )
    program = Program(formulation)
    model = program.arrays
    assert model is not None
    point = dict(zip(("x", "y", "z"), values, strict=True))
    x = np.array([point.get(name, 0.0) for name in model.column_names])
    missed = {m.element for m in PointEvaluation(program.bound).misses(point)}
    assert missed_by(model, x) == missed
