"""HiGHS on arrays: the contract, its statuses, and laws of linear programs."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import FormulationError
from optwright.solvers.backends.contract import FURNITURE
from optwright.solvers.backends.highs import STATUSES, Highs, solve_arrays
from optwright.solvers.backends.protocol import Solver
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.solvers.model.outcome import Status
from optwright.testing import SolverContract


class TestHighs(SolverContract):
    @pytest.fixture
    def solver(self) -> Solver:
        return Highs()


def test_every_status_of_highs_is_mapped() -> None:
    assert set(highspy.HighsModelStatus.__members__) <= set(STATUSES)


def test_only_optimal_is_optimal() -> None:
    assert [name for name, status in STATUSES.items() if status is Status.OPTIMAL] == ["kOptimal"]


def test_a_row_that_names_a_column_twice_is_refused() -> None:
    twice = replace(FURNITURE, columns=np.array([0, 0, 0, 1], dtype=np.int32))
    with pytest.raises(FormulationError, match="does not take"):
        solve_arrays(twice)


numbers = st.integers(-9, 9).map(float)


@st.composite
def models(draw: st.DrawFn) -> LinearModel:
    """Bounded models in three variables, so that every one has an optimum or no point."""
    names = ("x", "y", "z")
    coefficients = st.fixed_dictionaries(dict.fromkeys(names, numbers))
    row = st.tuples(coefficients, st.sampled_from(("<=", ">=", "==")), numbers)
    rows = draw(st.lists(row, max_size=4))
    return linear_model(
        draw(coefficients),
        {f"row{r}": row for r, row in enumerate(rows)},
        maximize=draw(st.booleans()),
        limits=dict.fromkeys(names, (-5.0, 5.0)),
        integer=draw(st.sets(st.sampled_from(names))),
        offset=draw(numbers),
    )


@given(models(), st.sampled_from([2.0, 1e-6, 1e6, 3e9]))
@settings(max_examples=30, deadline=None)
def test_scaling_the_objective_scales_the_optimum(model: LinearModel, factor: float) -> None:
    scaled = solve_arrays(replace(model, cost=model.cost * factor, offset=model.offset * factor))
    outcome = solve_arrays(model)
    assert scaled.status is outcome.status
    if outcome.objective is not None:
        assert scaled.objective == pytest.approx(
            outcome.objective * factor, rel=1e-5, abs=1e-5 * factor
        )


@given(models(), st.sampled_from([1e-6, 1e-3, 1e5, 1e12]))
@settings(max_examples=30, deadline=None)
def test_scaling_a_row_changes_nothing(model: LinearModel, factor: float) -> None:
    scaled = replace(
        model,
        coefficients=model.coefficients * factor,
        row_lower=model.row_lower * factor,
        row_upper=model.row_upper * factor,
    )
    assert solve_arrays(scaled).objective == pytest.approx(solve_arrays(model).objective, abs=1e-5)


@given(models())
@settings(max_examples=30, deadline=None)
def test_turning_the_objective_round_turns_the_optimum_round(model: LinearModel) -> None:
    turned = replace(model, maximize=not model.maximize, cost=-model.cost, offset=-model.offset)
    outcome, mirrored = solve_arrays(model), solve_arrays(turned)
    assert mirrored.status is outcome.status
    if outcome.objective is not None:
        assert mirrored.objective == pytest.approx(-outcome.objective, abs=1e-6)


@given(models())
@settings(max_examples=30, deadline=None)
def test_dropping_integrality_never_hurts(model: LinearModel) -> None:
    outcome = solve_arrays(model)
    relaxed = solve_arrays(replace(model, integer=np.zeros(3, dtype=np.bool_)))
    if outcome.objective is not None:
        assert relaxed.objective is not None
        gain = relaxed.objective - outcome.objective
        assert gain >= -1e-5 if model.maximize else gain <= 1e-5


@pytest.mark.parametrize("big", [1e4, 1e6, 1e7, 1e8])
def test_a_large_number_does_not_let_a_yes_or_no_be_a_millionth(big: float) -> None:
    model = linear_model(
        {"open": 1000.0, "near": 1000.0, "make": 0.001, "buy": 0.001},
        {
            "run": ({"make": 1.0, "open": -1e6}, "<=", 0.0),
            "order": ({"buy": 1.0, "near": -big}, "<=", 0.0),
            "need": ({"make": 1.0, "buy": 1.0}, ">=", 1.0),
        },
        limits={"open": (0.0, 1.0), "near": (0.0, 1.0)},
        integer=("open", "near"),
    )
    outcome = solve_arrays(model)
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(1000.001)
    assert {outcome.values["open"], outcome.values["near"]} == {0.0, 1.0}


def test_a_number_too_large_for_any_tolerance_is_an_error() -> None:
    model = linear_model(
        {"open": 1000.0, "make": 0.001},
        {
            "run": ({"make": 1.0, "open": -1e13}, "<=", 0.0),
            "need": ({"make": 1.0}, ">=", 1.0),
        },
        limits={"open": (0.0, 1.0)},
        integer=("open",),
    )
    outcome = solve_arrays(model)
    assert outcome.status is Status.ERROR or outcome.objective == pytest.approx(1000.001)
