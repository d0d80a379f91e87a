"""What a solver says is held against its point; numbers are scaled without losing a digit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.solvers.backends.contract import FURNITURE, KNAPSACK
from optwright.solvers.backends.scaling import Scaling, too_wide
from optwright.solvers.backends.verify_point import judge
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.solvers.model.outcome import Outcome, Status


def told(status: Status, *point: float, model: LinearModel = FURNITURE) -> Outcome:
    return judge(model, status, "the solver's words", np.array(point) if point else None)


def test_an_optimum_that_keeps_the_model_is_believed() -> None:
    outcome = told(Status.OPTIMAL, 4.0, 0.0)
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == 12.0


@pytest.mark.parametrize(
    ("point", "why"),
    [
        ((4.1, 0.0), "wood misses its limit 4 by 0.1"),
        ((4.0, -0.5), "table misses its limit 0 by 0.5"),
        ((float("nan"), 0.0), "a value is not finite"),
        ((float("inf"), 0.0), "a value is not finite"),
    ],
)
def test_an_optimum_that_breaks_the_model_is_an_error(point: tuple[float, ...], why: str) -> None:
    outcome = told(Status.OPTIMAL, *point)
    assert outcome.status is Status.ERROR
    assert outcome.objective is None
    assert why in outcome.message
    assert "the solver's words" in outcome.message


def test_an_optimum_without_a_point_is_an_error() -> None:
    assert told(Status.OPTIMAL).status is Status.ERROR


def test_a_fraction_is_no_whole_number() -> None:
    outcome = told(Status.OPTIMAL, 0.5, 0.0, 0.0, 0.0, model=KNAPSACK)
    assert "map is not integral" in outcome.message


@pytest.mark.parametrize("status", [Status.TIME_LIMIT, Status.ERROR, Status.FEASIBLE])
def test_a_point_without_proof_is_feasible_if_it_keeps_the_model(status: Status) -> None:
    assert told(status, 1.0, 1.0).status is Status.FEASIBLE
    assert told(status).status is (Status.ERROR if status is Status.FEASIBLE else status)


def test_dust_is_swept_off_a_point() -> None:
    values = told(Status.OPTIMAL, 4.0 + 1e-9, -1e-12).values
    assert values == {"chair": 4.0 + 1e-9, "table": 0.0}
    assert not np.signbit(values["table"])
    whole = told(Status.OPTIMAL, 1.0 - 1e-9, 1.0, 1e-8, 0.0, model=KNAPSACK).values
    assert whole == {"map": 1.0, "rope": 1.0, "tent": 0.0, "stove": 0.0}


def test_a_row_of_tiny_coefficients_is_held_to_its_own_size() -> None:
    model = linear_model({"x": 1.0}, {"least": ({"x": 1e-9}, ">=", 1e-9)})
    assert told(Status.OPTIMAL, 0.0, model=model).status is Status.ERROR
    assert told(Status.OPTIMAL, 1.0, model=model).status is Status.OPTIMAL


magnitudes = st.floats(1e-9, 1e12) | st.floats(-1e12, -1e-9)


@given(st.lists(magnitudes, min_size=4, max_size=4), st.lists(magnitudes, min_size=2, max_size=2))
def test_scaling_changes_no_digit(coefficients: list[float], cost: list[float]) -> None:
    model = replace(FURNITURE, coefficients=np.array(coefficients), cost=np.array(cost))
    scaling = Scaling.of(model)
    scaled = scaling.apply(model)
    back = scaled.coefficients / (scaling.rows[model.entry_rows()] * scaling.columns[model.columns])
    assert back.tolist() == coefficients
    assert (scaled.cost / scaling.columns / scaling.objective).tolist() == cost
    assert np.abs(scaled.coefficients).max() <= 1e6


def test_comfortable_numbers_are_left_alone() -> None:
    scaling = Scaling.of(FURNITURE)
    assert {*scaling.rows, *scaling.columns, scaling.objective} == {1.0}


def test_whole_numbers_keep_their_scale() -> None:
    model = replace(KNAPSACK, coefficients=KNAPSACK.coefficients * 1e12)
    assert set(Scaling.of(model).columns) == {1.0}


def test_a_limit_that_scaling_would_push_out_of_range_is_named() -> None:
    model = linear_model({"x": 1.0}, {"far": ({"x": 1e-12}, "<=", 1e10)})
    why = too_wide(model, Scaling.of(model).apply(model))
    assert why is not None
    assert "'far'" in why
