"""Programs: a formulation with its tables, in every form a solver takes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import DataError, FormulationError, InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.tables import load
from optwright.solvers.language.expressions import Expr, Forall, Generator, to_text
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.outcome import Status
from tests.trees import generators, trees

TRANSPORT = Formulation(
    title="transport",
    sets=(
        IndexSet(name="I", column=Column(table="supply", value="from")),
        IndexSet(name="J", column=Column(table="demand", value="to")),
    ),
    parameters=(
        Parameter(
            name="cost",
            indices=("I", "J"),
            column=Column(table="cost", value="cost", keys=("from", "to")),
        ),
        Parameter(
            name="supply",
            indices=("I",),
            column=Column(table="supply", value="amount", keys=("from",)),
        ),
        Parameter(
            name="demand",
            indices=("J",),
            column=Column(table="demand", value="amount", keys=("to",)),
        ),
    ),
    variables=(Variable(name="ship", indices=("I", "J")),),
    objective=Objective(
        sense=Sense.MINIMIZE, expression="sum(cost[i, j] * ship[i, j] for i in I for j in J)"
    ),
    constraints=(
        Constraint(
            name="supply", expression="sum(ship[i, j] for j in J) <= supply[i]", forall="i in I"
        ),
        Constraint(
            name="demand", expression="sum(ship[i, j] for i in I) >= demand[j]", forall="j in J"
        ),
    ),
)
TABLES = load(
    {
        "supply": {"from": ["Lyon", "Metz"], "amount": [30, 20]},
        "demand": {"to": ["Nice", "Brest"], "amount": [25, 15]},
        "cost": {
            "from": ["Lyon", "Lyon", "Metz", "Metz"],
            "to": ["Nice", "Brest", "Nice", "Brest"],
            "cost": [1, 5, 4, 3],
        },
    }
)


def test_a_formulation_with_tables_is_solved_and_its_elements_are_named() -> None:
    outcome = solve(Program(TRANSPORT, TABLES))
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(25 * 1 + 15 * 3)
    assert outcome.values["ship[Lyon,Nice]"] == pytest.approx(25)
    assert set(outcome.duals) == {"supply[Lyon]", "supply[Metz]", "demand[Nice]", "demand[Brest]"}


def test_arrays_are_made_once_and_pyomo_models_afresh() -> None:
    program = Program(TRANSPORT, TABLES)
    assert program.arrays is program.arrays
    assert program.pyomo() is not program.pyomo()


def test_a_program_that_is_not_linear_has_no_arrays_and_says_why() -> None:
    squared = Objective(sense=Sense.MINIMIZE, expression="ship['Lyon', 'Nice'] ** 2")
    program = Program(TRANSPORT.model_copy(update={"objective": squared}), TABLES)
    assert program.arrays is None
    assert program.nonlinear_reason == ('\'objective\' is not linear: ship["Lyon", "Nice"] ** 2')


def test_a_formulation_with_errors_is_refused_with_all_that_is_wrong() -> None:
    wrong = Objective(sense=Sense.MINIMIZE, expression="shp + dmand")
    with pytest.raises(FormulationError, match=r"2 errors: .*'shp'.*'dmand'"):
        Program(TRANSPORT.model_copy(update={"objective": wrong}), TABLES)


def test_a_missing_combination_of_a_table_is_told_by_what_needs_it() -> None:
    cost = {"from": ["Lyon", "Lyon", "Metz"], "to": ["Nice", "Brest", "Nice"], "cost": [1, 5, 4]}
    program = Program(TRANSPORT, {**TABLES, **load({"cost": cost})})
    with pytest.raises(DataError, match=r"'objective' needs cost\[Metz,Brest\]") as error:
        _ = program.arrays
    assert error.value.hint.endswith("`if (i, j) in cost`")


@given(trees(), trees(2), st.lists(generators(), max_size=2).map(tuple))
@settings(max_examples=200, deadline=None)
def test_whatever_reads_ends_in_a_model_or_an_input_error(
    objective: Expr, limited: Expr, loops: tuple[Generator, ...]
) -> None:
    formulation = Formulation(
        sets=(IndexSet(name="I", members=("Lyon", "a b")), IndexSet(name="J", members=(0, 1, 2))),
        parameters=(
            Parameter(name="cost", indices=("I",), values={"Lyon": 2}),
            Parameter(name="Demand2", indices=("J", "I"), values=0),
        ),
        variables=(Variable(name="x"), Variable(name="_a", indices=("J",))),
        objective=Objective(sense=Sense.MINIMIZE, expression=f"x + {to_text(objective)}"),
        constraints=(
            Constraint(
                name="c", expression=f"{to_text(limited)} <= x", forall=to_text(Forall(loops))
            ),
        ),
    )
    try:
        program = Program(formulation)
        assert (program.arrays is None) == bool(program.nonlinear_reason)
        assert program.pyomo() is not None
    except InputError as error:
        assert str(error)  # noqa: PT017 (either way out is right)


def test_a_program_is_one_of_two_things() -> None:
    with pytest.raises(FormulationError, match="one of the two"):
        Program()
    with pytest.raises(FormulationError, match="one of the two"):
        Program(TRANSPORT, TABLES, lp_text="min\nobj: x\nend\n")


def test_lp_text_is_kept_as_it_came() -> None:
    program = Program.from_lp("min\nobj: x\nend\n")
    assert program.lp_text == "min\nobj: x\nend\n"
    assert program.arrays is None
    with pytest.raises(FormulationError, match="LP text has no formulation"):
        program.pyomo()
