"""Formulations as arrays: held against Python's own reading of the same texts."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import DataError, FormulationError
from optwright.solvers.backends.highs import Highs
from optwright.solvers.backends.program import Program
from optwright.solvers.language.expressions import parse_comparison, to_text
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
from tests.formulations import formulations, meaning, python_rows


def lowered(formulation: Formulation) -> LinearModel:
    arrays = Program(formulation).arrays
    assert arrays is not None
    return arrays


def one(expression: str, forall: str = "", **more: object) -> LinearModel:
    """The arrays of one constraint over x[I], y and p[I], with I = {a, b} and T = {1, 2, 3}."""
    return lowered(
        Formulation(
            sets=(
                IndexSet(name="I", members=("a", "b")),
                IndexSet(name="T", members=(1, 2, 3)),
            ),
            parameters=(
                Parameter(name="p", indices=("I",), values={"a": 2}),
                Parameter(name="zero", values=0),
            ),
            variables=(
                Variable(name="x", indices=("I",)),
                Variable(name="y"),
                Variable(name="u", indices=("T",)),
            ),
            objective=Objective(sense=Sense.MINIMIZE, expression="y"),
            constraints=(Constraint(name="c", expression=expression, forall=forall),),
        )
    )


def rows(model: LinearModel) -> dict[str, tuple[dict[str, float], float, float]]:
    """Each row by name: its coefficients, lower and upper limit."""
    return {
        name: (
            {
                model.column_names[model.columns[k]]: float(model.coefficients[k])
                for k in range(model.starts[r], model.starts[r + 1])
            },
            float(model.row_lower[r]),
            float(model.row_upper[r]),
        )
        for r, name in enumerate(model.row_names)
    }


INF = float("inf")


@given(formulations(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_rows_and_objective_are_what_python_reads_in_the_text(
    formulation: Formulation, seed: int
) -> None:
    model = lowered(formulation)
    chance = random.Random(seed)
    x = np.array([chance.randint(-8, 8) for _ in model.column_names], dtype=float)
    point = dict(zip(model.column_names, x.tolist(), strict=True))
    expected = eval(formulation.objective.expression, meaning(point))
    assert model.objective(x) == pytest.approx(expected)
    found = iter(zip(model.activities(x), model.row_lower, model.row_upper, strict=True))
    for constraint in formulation.constraints:
        for comparison in parse_comparison(constraint.expression):
            for names in python_rows(constraint, point):
                left = eval(to_text(comparison.left), names)
                right = eval(to_text(comparison.right), names)
                activity, lower, upper = next(found)
                limit = lower if np.isfinite(lower) else upper
                assert abs(activity - limit) == pytest.approx(abs(left - right))
                if left != pytest.approx(right):
                    holds = eval(to_text(comparison), names)
                    assert (lower <= activity <= upper) == holds
    assert next(found, None) is None


def test_terms_of_one_variable_are_added_and_those_that_vanish_left_out() -> None:
    assert rows(one("y + 3*y - x['a'] + x['a'] <= 2"))["c"] == ({"y": 4}, -INF, 2)


def test_constants_go_to_the_right() -> None:
    assert rows(one("2*y + 3 >= 7 - y"))["c"] == ({"y": 3}, 4, INF)


def test_a_constant_on_the_left_turns_the_row_around() -> None:
    assert rows(one("5 <= y"))["c"] == ({"y": 1}, 5, INF)


def test_a_chain_is_a_lower_and_an_upper_row() -> None:
    found = rows(one("1 <= x[i] <= 5", "i in I"))
    assert found["c_lower[a]"] == ({"x[a]": 1}, 1, INF)
    assert found["c_upper[b]"] == ({"x[b]": 1}, -INF, 5)


def test_a_row_without_terms_keeps_its_limits() -> None:
    assert rows(one("sum(x[i] for i in I if i == 'none') + 0*y >= 2"))["c"] == ({}, 2, INF)


def test_loops_that_leave_nothing_make_no_rows() -> None:
    assert rows(one("x[i] <= 1", "i in I if i == 'none'")) == {}


def test_a_missing_value_is_told_with_what_needs_it() -> None:
    with pytest.raises(DataError, match=r"'c' needs p\[b\], which has no value") as error:
        one("p[i] * x[i] <= 1", "i in I")
    assert "if (i) in p" in error.value.hint or "if i in p" in error.value.hint


def test_a_condition_leaves_missing_values_out() -> None:
    assert list(rows(one("p[i] * x[i] <= 1", "i in I if i in p"))) == ["c[a]"]


def test_an_index_outside_its_set_is_told_with_its_place() -> None:
    with pytest.raises(FormulationError, match=r"'c' at t = 1 uses 'u\[t - 1\]', and 0 is not"):
        one("u[t] - u[t - 1] <= 1", "t in T")


@pytest.mark.parametrize(
    "expression",
    [
        "y / zero <= 1",
        "y * (2 / zero) <= 1",
        "y <= log(zero)",
        "y <= 1e300 * 1e300",
        "y + 1e300 * y * 1e300 <= 1",
    ],
)
def test_a_number_that_is_none_is_refused(expression: str) -> None:
    with pytest.raises(FormulationError, match=r"not a number to compute with|'c' is inf"):
        one(expression)


def test_members_that_are_words_have_no_order_with_numbers() -> None:
    with pytest.raises(FormulationError, match="no common order"):
        one("x[i] <= 1", "i in I, t in T if i < t")


def test_too_many_combinations_are_refused_before_memory_is_used() -> None:
    big = IndexSet(name="N", members=tuple(range(1000)))
    loops = "i in N, j in N, k in N"
    with pytest.raises(FormulationError, match="1,000,000,000 combinations"):
        lowered(
            Formulation(
                sets=(big,),
                variables=(Variable(name="y"),),
                objective=Objective(sense=Sense.MINIMIZE, expression="y"),
                constraints=(Constraint(name="c", expression="y >= i + j + k", forall=loops),),
            )
        )


def test_bounds_and_domains_reach_every_element() -> None:
    model = lowered(
        Formulation(
            sets=(IndexSet(name="I", members=("a", "b")),),
            variables=(
                Variable(name="x", indices=("I",), lower=None, upper=4, domain=Domain.INTEGER),
                Variable(name="b", domain=Domain.BINARY, lower=None),
                Variable(name="y"),
            ),
            objective=Objective(sense=Sense.MAXIMIZE, expression="y + b + 2"),
        )
    )
    assert model.maximize
    assert model.offset == 2
    assert list(model.column_names) == ["x[a]", "x[b]", "b", "y"]
    assert model.lower.tolist() == [-INF, -INF, 0, 0]
    assert model.upper.tolist() == [4, 4, 1, INF]
    assert model.integer.tolist() == [True, True, True, False]
    assert model.cost.tolist() == [0, 0, 1, 1]


def test_what_rounding_leaves_of_terms_that_cancel_is_no_term() -> None:
    stated = Formulation(
        variables=(Variable(name="x", upper=5), Variable(name="y", upper=5)),
        objective=Objective(sense=Sense.MAXIMIZE, expression="x + 0.1 * y + 0.2 * y - 0.3 * y"),
        constraints=(
            Constraint(name="always", expression="0.1 * x + 0.2 * x <= 0.3 * x"),
            Constraint(name="less", expression="0.75 * x - 0.5 * x + y <= 1"),
        ),
    )
    model = Program(stated).arrays
    assert model is not None
    assert model.cost.tolist() == [1, 0]
    assert model.coefficients.tolist() == [0.25, 1]
    assert Highs().solve(Program(stated)).objective == pytest.approx(4)
