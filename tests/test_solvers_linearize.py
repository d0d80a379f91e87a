"""max, min and abs as rows: the same optimum as enumerating, and left alone where it is not."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import FormulationError
from optwright.solvers.backends.highs import solve_arrays
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
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
from optwright.solvers.model.outcome import Status

TARGETS = {"a": 1.0, "b": 3.0, "c": 2.0}


def stated(
    sense: Sense, expression: str, *constraints: Constraint, upper: float | None = 4
) -> Program:
    """x[I] are integers from 0 to 4 with I = {a, b, c}."""
    return Program(
        Formulation(
            sets=(IndexSet(name="I", members=tuple(TARGETS)),),
            parameters=(
                Parameter(name="target", indices=("I",), values=dict(TARGETS)),
                Parameter(name="mixed", indices=("I",), values={"a": 1, "b": -1, "c": 0}),
                Parameter(name="minus", values=-2),
            ),
            variables=(Variable(name="x", indices=("I",), domain=Domain.INTEGER, upper=upper),),
            objective=Objective(sense=sense, expression=expression),
            constraints=constraints,
        )
    )


def enumerated(sense: Sense, expression: str, rows: tuple[str, ...]) -> float | None:
    """The best value over all points, by Python's own reading of the texts."""
    found = []
    for point in itertools.product(range(5), repeat=3):
        x = dict(zip(TARGETS, point, strict=True))
        names = {"x": x, "I": tuple(TARGETS), "target": TARGETS, "minus": -2}
        if all(eval(row, names) for row in rows):
            found.append(float(eval(expression, names)))
    if not found:
        return None
    return min(found) if sense is Sense.MINIMIZE else max(found)


CONVEX = [
    "max(x['a'], 2 * x['b'], 1)",
    "sum(abs(x[i] - target[i]) for i in I)",
    "max(target[i] * x[i] for i in I)",
    "minus * min(x['a'], x['b'] + 1)",
    "-min(x[i] - target[i] for i in I if i != 'c') / 2",
    "3 * max(abs(x['a'] - x['b']), max(x['c'], x['a']))",
    "max(sum(x[i] for i in I), 4) - min(x['b'], 3)",
]
ROWS = ["sum(x[i] for i in I) >= 5", "x['a'] + 2 * x['b'] <= 7", "x['c'] >= 1"]


@given(
    st.sampled_from(CONVEX),
    st.sampled_from(CONVEX),
    st.integers(0, 9),
    st.lists(st.sampled_from(ROWS), unique=True),
)
@settings(max_examples=60, deadline=None)
def test_the_optimum_is_that_of_enumeration(
    objective: str, limited: str, limit: int, rows: list[str]
) -> None:
    texts = (*rows, f"{limited} <= {limit}")
    constraints = (Constraint(name=f"c{at}", expression=text) for at, text in enumerate(texts))
    program = stated(Sense.MINIMIZE, objective, *constraints)
    assert program.arrays is not None
    outcome = solve_arrays(program.arrays)
    expected = enumerated(Sense.MINIMIZE, objective, texts)
    if expected is None:
        assert outcome.status is Status.INFEASIBLE
    else:
        assert outcome.objective == pytest.approx(expected, abs=1e-6)


OTHER_WAY = [
    "abs(x['a'] - 2)",
    "sum(abs(x[i] - target[i]) for i in I)",
    "max(x['a'], 2 * x['b'], x['c'] + 1)",
    "max(target[i] * x[i] for i in I)",
    "minus * min(x['a'], x['b'] + 1)",
    "4 - min(x[i] for i in I if i != 'c')",
    "abs(x['a'] - max(x['b'], x['c']))",
]


@given(
    st.sampled_from(OTHER_WAY),
    st.sampled_from(OTHER_WAY),
    st.sampled_from([">=", "=="]),
    st.integers(-4, 9),
    st.sampled_from(Sense),
)
@settings(max_examples=40, deadline=None)
def test_the_direction_that_is_not_convex_has_the_optimum_of_enumeration_too(
    objective: str, limited: str, operator: str, limit: int, sense: Sense
) -> None:
    row = f"{limited} {operator} {limit}"
    program = stated(sense, objective, Constraint(name="c", expression=row))
    outcome = solve(program)
    expected = enumerated(sense, objective, (row,))
    if expected is None:
        assert outcome.status is Status.INFEASIBLE
    else:
        assert outcome.status is Status.OPTIMAL
        assert outcome.objective == pytest.approx(expected, abs=1e-5)


def test_a_place_away_from_a_town_is_found() -> None:
    away = Constraint(name="away", expression="abs(x['a'] - 2) >= 1.5")
    outcome = solve(stated(Sense.MINIMIZE, "abs(x['a'] - 3)", away))
    assert outcome.objective == pytest.approx(1)


def test_a_solver_that_cannot_take_it_says_so() -> None:
    outcome = solve(stated(Sense.MAXIMIZE, "max(x['a'], x['b'])", upper=None), "highs")
    assert outcome.status is Status.ERROR
    assert outcome.message.startswith("HiGHS solves linear and convex quadratic models")


def test_too_many_operands_are_refused_with_a_way_out() -> None:
    largest = f"max({', '.join(['x[' + repr(i) + ']' for i in 'abc'] * 30)})"
    with pytest.raises(FormulationError, match="has 90 operands") as refused:
        solve(stated(Sense.MAXIMIZE, largest, upper=None))
    assert "top >= a" in refused.value.hint


def test_the_smallest_can_be_maximized() -> None:
    program = stated(
        Sense.MAXIMIZE,
        "min(x[i] for i in I)",
        Constraint(name="all", expression="sum(x[i] for i in I) <= 8"),
    )
    assert program.arrays is not None
    assert solve_arrays(program.arrays).objective == pytest.approx(2)


def test_every_row_of_a_constraint_has_a_stand_in_of_its_own() -> None:
    program = stated(
        Sense.MAXIMIZE,
        "sum(x[i] for i in I)",
        Constraint(name="near", expression="abs(x[i] - target[i]) <= 1", forall="i in I"),
    )
    assert program.arrays is not None
    assert "abs_1[b]" in program.arrays.column_names
    assert list(program.arrays.row_names)[3:] == [
        f"abs_1_{part}[{i}]" for part in (1, 2) for i in TARGETS
    ]
    assert solve_arrays(program.arrays).objective == pytest.approx(2 + 4 + 3)


@pytest.mark.parametrize(
    ("sense", "expression"),
    [
        (Sense.MAXIMIZE, "max(x['a'], x['b'])"),
        (Sense.MINIMIZE, "-abs(x['a'] - 2)"),
        (Sense.MINIMIZE, "sum(mixed[i] * abs(x[i] - 2) for i in I)"),
        (Sense.MAXIMIZE, "max(x['a'], min(x['b'], 2))"),
        (Sense.MINIMIZE, "max(x['a'], 1) ** 2"),
        (Sense.MINIMIZE, "1 / max(x['a'], 1)"),
    ],
)
def test_the_other_direction_is_left_as_it_is_without_bounds(sense: Sense, expression: str) -> None:
    program = stated(sense, expression, upper=None)
    assert program.arrays is None
    assert "not linear" in program.nonlinear_reason


def test_an_equation_is_left_as_it_is_without_bounds_and_written_with_binaries_with_them() -> None:
    row = Constraint(name="c", expression="abs(x['a'] - 2) == 1")
    assert stated(Sense.MINIMIZE, "x['a']", row, upper=None).arrays is None
    arrays = stated(Sense.MINIMIZE, "x['a']", row).arrays
    assert arrays is not None
    assert solve_arrays(arrays).objective == pytest.approx(1)


def test_the_largest_of_nothing_is_refused() -> None:
    with pytest.raises(FormulationError, match="taken of nothing"):
        _ = stated(Sense.MINIMIZE, "max(x[i] for i in I if i == 'none')").arrays


def test_a_program_without_them_is_left_alone() -> None:
    program = stated(Sense.MINIMIZE, "x['a'] + max(2, 3)")
    assert list(program.instance.variables) == ["x"]
