"""Duals and ranges keep what they promise when the model is changed and solved again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from optwright.solvers.analysis.sensitivity import analyse, sensitivity
from optwright.solvers.backends.contract import FURNITURE, KNAPSACK
from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.backends.program import Program
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import LinearModel, linear_model

INF = float("inf")


def test_the_figures_of_a_small_program_are_those_of_the_textbook() -> None:
    found = sensitivity(FURNITURE)
    assert found is not None
    wood, hours = found.rows
    assert found.objective == pytest.approx(12.0)
    assert (wood.limit, wood.slack, wood.dual, wood.low, wood.high) == (4.0, 0.0, 3.0, 0.0, 6.0)
    assert (hours.limit, hours.slack, hours.dual, hours.low, hours.high) == (6, 2, 0, 4, INF)
    assert wood.binds
    assert not hours.binds
    chair, table = found.columns
    assert (chair.value, chair.low, chair.high) == (4.0, 2.0, INF)
    assert (table.reduced_cost, table.low, table.high) == (-1.0, -INF, 3.0)


def test_scaling_does_not_show_in_the_figures() -> None:
    factor = 1e9
    large = replace(
        FURNITURE,
        cost=FURNITURE.cost * factor,
        coefficients=FURNITURE.coefficients * factor,
        row_upper=FURNITURE.row_upper * factor,
    )
    found = sensitivity(large)
    assert found is not None
    assert found.rows[0].dual == pytest.approx(3.0)
    assert found.rows[0].high == pytest.approx(6.0 * factor)
    assert found.columns[1].high == pytest.approx(3.0 * factor)


def test_whole_numbers_are_held_fixed_and_it_says_so() -> None:
    model = linear_model(
        {"open": -10.0, "sell": 3.0},
        {
            "room": ({"sell": 1.0, "open": -5.0}, "<=", 0.0),
            "market": ({"sell": 1.0}, "<=", 7.0),
        },
        maximize=True,
        limits={"open": (0.0, 1.0)},
        integer=("open",),
    )
    found = sensitivity(model)
    assert found is not None
    assert found.integers_fixed
    assert found.rows[0].dual == pytest.approx(3.0)
    assert [column.name for column in found.columns] == ["sell"]
    assert found.sentences()[0] == "With the whole numbers held as they are:"


def test_a_model_of_whole_numbers_alone_has_rows_only() -> None:
    found = sensitivity(KNAPSACK)
    assert found is not None
    assert found.columns == ()
    assert found.rows[0].slack == pytest.approx(2.0)


def test_without_an_optimum_there_is_nothing_to_analyse() -> None:
    assert sensitivity(linear_model({"x": -1.0}, {})) is None
    assert sensitivity(linear_model({"x": 1.0}, {}, limits={"x": (2.0, 1.0)})) is None
    assert sensitivity(linear_model({}, {})) is None


@st.composite
def models(draw: st.DrawFn) -> LinearModel:
    names = ("x", "y", "z")
    positive = st.integers(1, 9).map(float)
    rows = {
        f"row{r}": (dict(zip(names, draw(st.tuples(*[positive] * 3)), strict=True)), "<=", limit)
        for r, limit in enumerate(draw(st.lists(positive, min_size=1, max_size=3)))
    }
    cost = dict(zip(names, draw(st.tuples(*[positive] * 3)), strict=True))
    return linear_model(cost, rows, maximize=True)


@given(models(), st.floats(0.02, 0.98), st.data())
@settings(max_examples=25, deadline=None)
def test_a_dual_holds_over_its_range(model: LinearModel, part: float, data: st.DataObject) -> None:
    found = sensitivity(model)
    assert found is not None
    r = data.draw(st.integers(0, len(found.rows) - 1))
    row = found.rows[r]
    limit = row.low + part * (min(row.high, row.low + 50.0) - row.low)
    moved = model.row_upper.copy()
    moved[r] = limit
    changed = solve_arrays(replace(model, row_upper=moved))
    expected = found.objective + row.dual * (limit - row.limit)
    assert changed.objective == pytest.approx(expected, abs=1e-5)


@given(models(), st.floats(0.02, 0.98), st.data())
@settings(max_examples=25, deadline=None)
def test_a_point_stays_optimal_over_the_range_of_a_cost(
    model: LinearModel, part: float, data: st.DataObject
) -> None:
    found = sensitivity(model)
    assert found is not None
    j = data.draw(st.integers(0, 2))
    column = found.columns[j]
    low, high = max(column.low, -50.0), min(column.high, 50.0)
    assume(low <= high)
    cost = model.cost.copy()
    cost[j] = low + part * (high - low)
    changed = solve_arrays(replace(model, cost=cost))
    x = np.array([c.value for c in found.columns])
    assert changed.objective == pytest.approx(float(cost @ x), abs=1e-5)


def test_a_program_is_analysed_in_its_own_words() -> None:
    stated = {
        "variables": [{"name": "bread"}, {"name": "cake", "meaning": "cakes a day"}],
        "objective": {"sense": "maximize", "expression": "3 * bread + 2 * cake"},
        "constraints": [
            {"name": "flour", "expression": "bread + cake <= 4", "text": "4 kg of flour"},
            {"name": "oven", "expression": "bread + 3 * cake <= 6"},
        ],
    }
    found = analyse(Program(Formulation.model_validate(stated)))
    assert found is not None
    assert found.sentences() == [
        '- "4 kg of flour": one unit more of its limit 4 changes the objective by +3 '
        "while it is between 0 and 6",
        "- cake (cakes a day) stays at 0 while its coefficient in the objective is at most 3",
    ]


def test_lp_text_is_analysed_too() -> None:
    found = analyse(Program.from_lp("min\no: 2 x\nst\nneed: x >= 3\nend\n"))
    assert found is not None
    assert found.rows[0].dual == pytest.approx(2.0)
