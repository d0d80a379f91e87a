"""Which formulations are linear, and which part of the others is to blame."""

from __future__ import annotations

import pytest

from optwright.solvers.backends.linearity import why_nonlinear
from optwright.solvers.data.binding import bind
from optwright.solvers.data.bound import Instance
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)


def stated(expression: str) -> Instance:
    formulation = Formulation(
        sets=(IndexSet(name="I", members=("a", "b")),),
        parameters=(Parameter(name="p", values=2), Parameter(name="q", indices=("I",), values=1)),
        variables=(Variable(name="x", indices=("I",)), Variable(name="y")),
        objective=Objective(sense=Sense.MINIMIZE, expression="y"),
        constraints=(Constraint(name="c", expression=f"{expression} <= 1"),),
    )
    return bind(formulation, {})


@pytest.mark.parametrize(
    "expression",
    [
        "p * y + y * p",
        "y / p",
        "y ** 1",
        "p ** 2 * y",
        "exp(p) * y",
        "max(p, 3) * y",
        "sum(max(q[i], p) * x[i] for i in I)",
        "-(y - x['a'])",
        "2 ** p",
    ],
)
def test_products_with_data_are_linear(expression: str) -> None:
    assert why_nonlinear(stated(expression)) == ""


@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("p + y * x['a'] + 2", 'y * x["a"]'),
        ("p / y", "p / y"),
        ("y ** 2", "y ** 2"),
        ("p * exp(y)", "exp(y)"),
        ("max(y, p)", "max(y, p)"),
        ("abs(y - p)", "abs(y - p)"),
        ("sum(x[i] * x[i] for i in I)", "x[i] * x[i]"),
        ("min(x[i] for i in I)", "min(x[i] for i in I)"),
        ("2 ** y", "2 ** y"),
    ],
)
def test_the_innermost_part_that_is_not_linear_is_named(expression: str, part: str) -> None:
    assert why_nonlinear(stated(expression)) == f"'c' is not linear: {part}"
