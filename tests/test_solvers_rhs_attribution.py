"""Which amount a row's limit is, and that prices told of it are what solving again gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optwright.agents.prices import Price, prices, ranged
from optwright.agents.solution import Solution
from optwright.solvers.analysis.sensitivity import sensitivity
from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.backends.program import Program
from optwright.solvers.language.expressions import parse_comparison
from optwright.solvers.language.rhs_attribution import stated_sign, stated_signs
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
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.solvers.model.outcome import Status


@pytest.mark.parametrize(
    ("row", "sign"),
    [
        ("x + y <= 40", 1),
        ("40 >= x + y", 1),
        ("40 - x - y >= 0", -1),
        ("0 <= 40 - x - y", -1),
        ("x - y >= -5", -1),
        ("x - 5 <= y", 1),
        ("y == x - need[t]", -1),
        ("x - y == need[t]", 1),
        ("x - y == -need[t]", -1),
        ("-x - y >= -40", -1),
        ("x <= base + extra", 1),
        ("x == base - extra + y", 0),
        ("x + 20 <= 120", 0),
        ("98*x >= 88*(x + y)", 0),
        ("x - 2*y >= 0", 0),
        ("2*(x + 3) <= y", 0),
        ("sum(x - need[t] for t in T) <= y", 0),
        ("sum(z[t] for t in T) <= sum(need[t] for t in T)", 1),
        ("x <= capacity*y", 0),
        ("x**2 <= 9", 0),
    ],
)
def test_the_amount_that_a_row_states(row: str, sign: int) -> None:
    assert stated_sign(parse_comparison(row)[0], {"x", "y", "z"}) == sign


def test_each_row_of_a_double_comparison_states_its_own() -> None:
    model = Formulation(
        variables=(Variable(name="x"),),
        objective=Objective(sense=Sense.MINIMIZE, expression="x"),
        constraints=(Constraint(name="size", expression="3 <= x <= 9"),),
    )
    assert stated_signs(model) == {"size_lower": 1, "size_upper": 1}
    assert stated_signs(None) == {}


@pytest.mark.parametrize(
    ("words", "sign"), [("at most 5 less than north", -1), ("at least -5 degrees", 1), ("", -1)]
)
def test_a_negative_limit_is_the_words_own_only_if_they_say_so(words: str, sign: int) -> None:
    model = Formulation(
        variables=(Variable(name="x", lower=None), Variable(name="y")),
        objective=Objective(sense=Sense.MINIMIZE, expression="x"),
        constraints=(Constraint(name="least", expression="x - y >= -5", text=words),),
    )
    assert stated_signs(model) == {"least": sign}


def solved(model: Formulation) -> Solution:
    program = Program(model)
    assert program.arrays is not None
    outcome = solve_arrays(program.arrays)
    assert outcome.status is Status.OPTIMAL
    rows = {name: {"slack": slack} for name, slack in outcome.slacks.items()}
    for name, dual in outcome.duals.items():
        rows[name]["dual"] = dual
    return Solution(
        status=outcome.status,
        verified=True,
        objective=outcome.objective,
        formulation=model,
        sensitivity=ranged(program, rows),
    )


def priced(model: Formulation) -> dict[str, Price]:
    solution = solved(model)
    return prices(solution.formulation, solution.sensitivity)


def test_one_more_unit_of_a_demand_that_is_taken_away_costs_what_it_costs_to_make() -> None:
    model = Formulation(
        sets=(IndexSet(name="T", members=(1, 2)),),
        parameters=(Parameter(name="need", indices=("T",), values={"1": 10.0, "2": 20.0}),),
        variables=(Variable(name="make", indices=("T",)), Variable(name="stock", indices=("T",))),
        objective=Objective(
            sense=Sense.MINIMIZE, expression="sum(3*make[t] + stock[t] for t in T)"
        ),
        constraints=(
            Constraint(name="first", expression="stock[1] == make[1] - need[1]"),
            Constraint(name="then", expression="stock[2] == stock[1] + make[2] - need[2]"),
        ),
    )
    found = priced(model)
    assert {row: (p.change, p.gains, p.is_sure) for row, p in found.items()} == {
        "first": (3.0, False, True),
        "then": (3.0, False, True),
    }
    assert found["first"].low == pytest.approx(0.0)


def test_an_average_has_no_price_a_unit() -> None:
    model = Formulation(
        variables=(Variable(name="naphtha"), Variable(name="reformate")),
        objective=Objective(sense=Sense.MINIMIZE, expression="40*naphtha + 62*reformate"),
        constraints=(
            Constraint(name="amount", expression="naphtha + reformate == 1000"),
            Constraint(
                name="octane",
                expression="70*naphtha + 98*reformate >= 88*(naphtha + reformate)",
            ),
        ),
    )
    assert set(priced(model)) == {"amount"}


def test_a_flow_that_must_balance_has_no_sure_price() -> None:
    model = Formulation(
        variables=(Variable(name="x"), Variable(name="y")),
        objective=Objective(sense=Sense.MINIMIZE, expression="2*x + 3*y"),
        constraints=(
            Constraint(name="sent", expression="x + y == 10"),
            Constraint(name="got", expression="x + y == 10"),
        ),
    )
    assert [p.is_sure for p in priced(model).values()] == [False, False]


def test_generated_rows_and_whole_numbers_have_no_price() -> None:
    model = Formulation(
        variables=(Variable(name="x", domain=Domain.INTEGER),),
        objective=Objective(sense=Sense.MAXIMIZE, expression="x"),
        constraints=(Constraint(name="most", expression="2*x <= 9"),),
    )
    assert priced(model) == {}


@st.composite
def degenerate(draw: st.DrawFn) -> LinearModel:
    """Small models with all kinds of rows and bounds, many of them redundant at their corner."""
    names = ("x", "y", "z")
    number = st.sampled_from([-2.0, -1.0, 1.0, 1.0, 2.0, 3.0])
    rows = {
        f"row{r}": (
            dict(zip(names, draw(st.tuples(number, number, number)), strict=True)),
            draw(st.sampled_from(["<=", "<=", ">=", "=="])),
            draw(st.sampled_from([0.0, 0.0, 2.0, 4.0, 6.0])),
        )
        for r in range(draw(st.integers(1, 4)))
    }
    bounds = st.sampled_from([(0.0, np.inf), (0.0, 4.0), (-np.inf, np.inf), (1.0, 1.0)])
    return linear_model(
        dict(zip(names, draw(st.tuples(number, number, number)), strict=True)),
        rows,
        maximize=draw(st.booleans()),
        limits={name: draw(bounds) for name in names},
    )


@given(degenerate(), st.data())
@settings(max_examples=60, deadline=None)
def test_no_dual_promises_too_much(model: LinearModel, data: st.DataObject) -> None:
    found = sensitivity(model)
    assume(found is not None)
    assert found is not None
    r = data.draw(st.integers(0, len(found.rows) - 1))
    row = found.rows[r]
    moved = replace(
        model,
        row_lower=model.row_lower + (np.arange(len(model.row_lower)) == r),
        row_upper=model.row_upper + (np.arange(len(model.row_upper)) == r),
    )
    after = solve_arrays(moved)
    assert row.low - 1e-9 <= row.limit <= row.high + 1e-9
    if row.high >= row.limit + 1:
        assert after.objective == pytest.approx(found.objective + row.dual, abs=1e-6)
    elif after.objective is not None:
        better = after.objective - found.objective - row.dual
        assert better <= 1e-6 if model.maximize else better >= -1e-6
