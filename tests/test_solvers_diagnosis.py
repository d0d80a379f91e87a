"""Why there is no optimum: conflicts, relaxations, rays, and the price of whole numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.solvers.analysis.conflict import Kind, find_conflict
from optwright.solvers.analysis.diagnosis import diagnose, find_ray, integrality_gap
from optwright.solvers.analysis.relaxation import Change, smallest_relaxation
from optwright.solvers.backends.contract import FURNITURE, KNAPSACK
from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.backends.program import Program
from optwright.solvers.language.labels import Words
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.solvers.model.outcome import Status

INF = float("inf")

TOO_LITTLE = linear_model(
    {"x": 1.0, "y": 1.0, "z": 0.0},
    {
        "need": ({"x": 1.0, "y": 1.0}, ">=", 10.0),
        "first": ({"x": 1.0}, "<=", 3.0),
        "second": ({"y": 1.0}, "<=", 4.0),
        "other": ({"z": 1.0}, "<=", 4.0),
    },
    limits={"z": (0.0, 9.0)},
)
ODD = linear_model(
    {"x": 1.0, "y": 1.0},
    {"odd": ({"x": 2.0, "y": 4.0}, "==", 7.0), "idle": ({"x": 1.0}, "<=", 8.0)},
    limits={"x": (0.0, 9.0), "y": (0.0, 9.0)},
    integer=("x", "y"),
)


def program(**changes: object) -> Program:
    stated = {
        "sets": [{"name": "P", "members": ["Lyon", "Metz"]}],
        "parameters": [{"name": "made", "indices": ["P"], "values": {"Lyon": 30, "Metz": 40}}],
        "variables": [
            {"name": "ship", "indices": ["P"], "meaning": "boxes sent from a plant"},
            {"name": "spare"},
        ],
        "objective": {
            "sense": "minimize",
            "expression": "sum(ship[p] for p in P)",
            "text": "send as little as possible",
        },
        "constraints": [
            {
                "name": "made_limit",
                "expression": "ship[p] <= made[p]",
                "forall": "p in P",
                "text": "a plant sends no more than it makes",
            },
            {
                "name": "demand",
                "expression": "sum(ship[p] for p in P) >= 100",
                "text": "the shop needs 100 boxes",
            },
        ],
    }
    return Program(Formulation.model_validate(stated | changes))


def names(model: LinearModel) -> set[tuple[Kind, str]]:
    conflict = find_conflict(model)
    assert conflict is not None
    assert conflict.irreducible
    return {(condition.kind, condition.name) for condition in conflict.conditions}


# Conflicts


def test_only_the_rows_that_contradict_are_named() -> None:
    assert names(TOO_LITTLE) == {
        (Kind.ROW, "need"),
        (Kind.ROW, "first"),
        (Kind.ROW, "second"),
    }


def test_limits_of_variables_take_part() -> None:
    model = linear_model({"x": 1.0}, {"need": ({"x": 1.0}, ">=", 5.0)}, limits={"x": (0.0, 3.0)})
    assert names(model) == {(Kind.ROW, "need"), (Kind.UPPER, "x")}


def test_whole_numbers_are_named_when_fractions_would_do() -> None:
    assert names(ODD) == {
        (Kind.ROW, "odd"),
        (Kind.INTEGER, "x"),
        (Kind.INTEGER, "y"),
    }


def test_a_feasible_model_has_no_conflict() -> None:
    assert find_conflict(FURNITURE) is None


def test_a_variable_can_contradict_itself() -> None:
    model = linear_model({"x": 1.0}, {}, limits={"x": (2.0, 1.0)})
    assert names(model) == {(Kind.LOWER, "x"), (Kind.UPPER, "x")}


@st.composite
def infeasible_models(draw: st.DrawFn) -> LinearModel:
    """Two rows that contradict, among rows that may or may not."""
    variables = ("x", "y", "z")
    number = st.integers(-4, 4).map(float)
    coefficients = st.fixed_dictionaries(dict.fromkeys(variables, number))
    row = st.tuples(coefficients, st.sampled_from(("<=", ">=")), number)
    rows = {f"row{r}": row for r, row in enumerate(draw(st.lists(row, max_size=3)))}
    body = draw(coefficients)
    rows |= {"low": (body, ">=", 3.0), "high": (body, "<=", 2.5)}
    return linear_model(
        dict.fromkeys(variables, 0.0),
        rows,
        limits=dict.fromkeys(variables, (-9.0, 9.0)),
        integer=draw(st.sets(st.sampled_from(variables), max_size=1)),
    )


@pytest.mark.slow
@given(infeasible_models())
@settings(max_examples=40, deadline=None)
def test_every_condition_of_a_conflict_is_needed(model: LinearModel) -> None:
    conflict = find_conflict(model)
    assert conflict is not None
    assert conflict.irreducible
    for left_out in [None, *conflict.conditions]:
        part = _only([c for c in conflict.conditions if c is not left_out], model)
        infeasible = solve_arrays(part).status is Status.INFEASIBLE
        assert infeasible is (left_out is None)


def _only(conditions: list[object], model: LinearModel) -> LinearModel:
    from optwright.solvers.analysis import conflict

    return conflict._only(model, conditions)  # type: ignore[arg-type]


# Relaxations


def test_the_smallest_change_is_found_and_suffices() -> None:
    relaxation = smallest_relaxation(TOO_LITTLE, relative=False)
    assert relaxation is not None
    assert sum(change.amount for change in relaxation.changes) == pytest.approx(3.0)
    assert relaxation.price == pytest.approx(3.0)


def test_a_relative_relaxation_changes_the_largest_limit() -> None:
    relaxation = smallest_relaxation(TOO_LITTLE)
    assert relaxation is not None
    (change,) = relaxation.changes
    assert change.name == "need"
    assert change.needed == pytest.approx(7.0)
    assert relaxation.price == pytest.approx(0.3)


def test_a_price_turns_the_change_elsewhere() -> None:
    relaxation = smallest_relaxation(TOO_LITTLE, prices={"need": 10.0, "first": 5.0})
    assert relaxation is not None
    (change,) = relaxation.changes
    assert change.name == "second"
    assert change.needed == pytest.approx(7.0)


def test_limits_of_variables_give_way_when_rows_cannot() -> None:
    model = linear_model({"x": 1.0}, {}, limits={"x": (2.0, 1.0)})
    relaxation = smallest_relaxation(model)
    assert relaxation is not None
    (change,) = relaxation.changes
    assert not change.is_row
    assert change.amount == pytest.approx(1.0)


def test_whole_numbers_stay_whole_in_a_relaxation() -> None:
    relaxation = smallest_relaxation(ODD, relative=False)
    assert relaxation is not None
    (change,) = relaxation.changes
    assert change.name == "odd"
    assert change.amount == pytest.approx(1.0)


# Rays


def test_a_ray_names_what_grows_together() -> None:
    model = linear_model(
        {"make": 2.0, "buy": 0.0, "rest": 1.0},
        {"stock": ({"make": 1.0, "buy": -4.0}, "<=", 7.0), "rest": ({"rest": 1.0}, "<=", 1.0)},
        maximize=True,
    )
    ray = find_ray(model)
    assert ray is not None
    assert ray.steps == pytest.approx({"make": 0.5, "buy": 0.125})


def test_a_ray_of_a_minimization_goes_down() -> None:
    model = linear_model({"x": 1.0}, {}, limits={"x": (-INF, 4.0)}, integer=("x",))
    ray = find_ray(model)
    assert ray is not None
    assert ray.steps == pytest.approx({"x": -1.0})


def test_a_bounded_model_has_no_ray() -> None:
    assert find_ray(FURNITURE) is None


# Whole numbers


def test_the_gap_says_what_whole_numbers_cost() -> None:
    gap = integrality_gap(KNAPSACK)
    assert gap is not None
    relaxed = solve_arrays(replace(KNAPSACK, integer=np.zeros(4, dtype=np.bool_)))
    assert gap.whole == pytest.approx(35.0)
    assert gap.relaxed == pytest.approx(relaxed.objective)
    assert list(gap.fractional) == [n for n, x in relaxed.values.items() if x not in (0.0, 1.0)]
    assert integrality_gap(FURNITURE) is None


# In the words of the problem


def test_an_infeasible_program_is_explained_in_its_own_words() -> None:
    told = diagnose(program()).sentences()
    assert told == [
        "These 3 cannot hold together; without any one of them they could:",
        '- "a plant sends no more than it makes" for Lyon: at most 30',
        '- "a plant sends no more than it makes" for Metz: at most 40',
        '- "the shop needs 100 boxes": at least 100',
        "The smallest change that makes a solution possible:",
        '- "the shop needs 100 boxes": at least 100 would have to be 70 (30 less)',
    ]


def test_an_unbounded_program_is_explained_in_its_own_words() -> None:
    objective = {
        "sense": "maximize",
        "expression": "sum(ship[p] for p in P)",
        "text": "sell as much as possible",
    }
    told = diagnose(program(objective=objective, constraints=[])).sentences()
    assert told[0] == (
        'Nothing stops the objective ("sell as much as possible"): it can grow without end '
        "by changing"
    )
    assert "(boxes sent from a plant): up by 1 a step" in told[1]


def test_a_program_with_an_optimum_needs_no_words() -> None:
    told = diagnose(program(constraints=[]))
    assert told.status is Status.OPTIMAL
    assert told.sentences() == []


def test_lp_text_is_diagnosed_by_its_names() -> None:
    text = "min\no: x\nst\nlow: x >= 5\nhigh: x <= 3\nend\n"
    told = diagnose(Program.from_lp(text)).sentences()
    assert told[1:3] == ["- low: at least 5", "- high: at most 3"]


def test_a_nonlinear_program_says_that_it_cannot_be_diagnosed() -> None:
    objective = {"sense": "minimize", "expression": "spare ** 2"}
    assert diagnose(program(objective=objective)).sentences() == [
        "Only linear programs can be diagnosed."
    ]


def test_long_lists_are_cut_and_say_so() -> None:
    count = 12
    model = linear_model(
        {f"x{k}": 1.0 for k in range(count)},
        {
            "all": ({f"x{k}": 1.0 for k in range(count)}, ">=", 100.0),
            **{f"cap{k}": ({f"x{k}": 1.0}, "<=", 1.0) for k in range(count)},
        },
    )
    conflict = find_conflict(model)
    assert conflict is not None
    assert len(conflict.conditions) == count + 1
    assert conflict.sentences()[-1] == "... and 5 more"


def blend(**changes: object) -> Program:
    stated = {
        "variables": [{"name": "naphtha"}, {"name": "reformate"}],
        "objective": {"sense": "minimize", "expression": "40*naphtha + 62*reformate"},
        "constraints": [
            {
                "name": "amount",
                "expression": "1000 - naphtha - reformate == 0",
                "text": "exactly 1000 barrels are blended",
            },
            {
                "name": "octane",
                "expression": "70*naphtha + 98*reformate >= 88*(naphtha + reformate)",
                "text": "the average octane is at least 88",
            },
            {"name": "least", "expression": "naphtha >= 500", "text": "at least 500 of naphtha"},
        ],
    }
    return Program(Formulation.model_validate(stated | changes))


def test_limits_are_told_as_the_words_state_them() -> None:
    told = diagnose(blend()).sentences()
    assert '- "exactly 1000 barrels are blended": exactly 1000' in told
    assert '- "the average octane is at least 88"' in told
    assert '- "at least 500 of naphtha": at least 500' in told


def test_what_has_to_give_way_is_told_as_the_words_state_it() -> None:
    words = Words(blend().formulation)
    change = Change("amount", is_row=True, lower=True, limit=-1000.0, needed=-1400.0)
    assert change.sentence(words).endswith("at most 1000 would have to be 1400 (400 more)")
    change = Change("octane", is_row=True, lower=True, limit=0.0, needed=-4000.0)
    assert change.sentence(words).endswith("would have to be missed by 4000")
    change = Change("least", is_row=True, lower=True, limit=500.0, needed=360.0)
    assert change.sentence(words).endswith("at least 500 would have to be 360 (140 less)")
