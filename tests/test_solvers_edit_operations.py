"""Edits of a model: what each does, that it is all or nothing, and that it is JSON."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from optwright.errors import DataError, InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.data.table import from_columns
from optwright.solvers.edit.operations import (
    EDITS,
    AddConstraint,
    AddTable,
    ChangeConstraint,
    DropConstraint,
    Edit,
    Force,
    Relax,
    Rename,
    ScaleNumber,
    SetDomain,
    SetNumber,
    SetObjective,
    apply,
)
from optwright.solvers.edit.references import (
    BoundRef,
    CoefficientRef,
    NumberRef,
    ParameterRef,
    RhsRef,
    read,
    references,
)
from optwright.solvers.model.formulation import Constraint, Domain, Formulation, Sense
from tests.chats import CANDY, candy, flour

DEMAND = ParameterRef(name="demand")
AT_HARBOUR = ParameterRef(name="demand", at=("Harbour",))


def optimum(program: Program) -> float | None:
    return open_solver("highs").solve(program).objective


def expression(program: Program, name: str) -> str:
    assert program.formulation is not None
    return next(c.expression for c in program.formulation.constraints if c.name == name)


# What each edit does


def test_a_limit_takes_another_number_and_its_words_follow() -> None:
    changed = apply(candy(), [SetNumber(reference=RhsRef(row="chocolate"), value=9600)])
    assert changed.formulation is not None
    limit = changed.formulation.constraints[0]
    assert limit.expression == "200 * regular + 150 * gift <= 9600"
    assert limit.text == "9600 grams of chocolate"
    assert optimum(changed) == 453


def test_a_limit_changes_by_a_percentage() -> None:
    changed = apply(candy(), [ScaleNumber(reference=RhsRef(row="toffee"), percent=-50)])
    assert read(changed, RhsRef(row="toffee")) == 7500


def test_one_side_of_a_chain_changes_and_the_other_stays() -> None:
    chain = Constraint(name="both", expression="5 <= regular + gift <= 60")
    program = apply(candy(), [AddConstraint(constraint=chain)])
    changed = apply(program, [SetNumber(reference=RhsRef(row="both_lower"), value=10)])
    assert expression(changed, "both") == "10 <= regular + gift <= 60"
    with pytest.raises(InputError, match="more than one limit"):
        apply(program, [SetNumber(reference=RhsRef(row="both"), value=10)])


def test_a_coefficient_of_the_objective_and_of_a_limit_changes() -> None:
    objective = CoefficientRef(element="objective", decision="gift")
    limit = CoefficientRef(element="chocolate", decision="regular")
    changed = apply(
        candy(), [SetNumber(reference=objective, value=-10), SetNumber(reference=limit, value=100)]
    )
    assert changed.formulation is not None
    assert changed.formulation.objective.expression == "6 * regular - 10 * gift"
    assert expression(changed, "chocolate") == "100 * regular + 150 * gift <= 12000"


def test_a_parameter_from_a_table_changes_whole_or_at_one_member() -> None:
    doubled = apply(flour(), [ScaleNumber(reference=DEMAND, percent=100)])
    assert read(doubled, AT_HARBOUR) == 140
    one = apply(flour(), [SetNumber(reference=AT_HARBOUR, value=7)])
    assert read(one, AT_HARBOUR) == 7
    assert read(one, ParameterRef(name="demand", at=("Market",))) == 55
    assert read(flour(), AT_HARBOUR) == 70


def test_a_column_that_others_read_is_not_written_into() -> None:
    model = flour().formulation
    assert model is not None
    twin = model.parameters[1].model_copy(update={"name": "twin"})
    model = model.model_copy(update={"parameters": (*model.parameters, twin)})
    program = Program(model, flour().tables)
    changed = apply(program, [ScaleNumber(reference=ParameterRef(name="capacity"), percent=50)])
    assert read(changed, ParameterRef(name="capacity", at=("Weir",))) == 180
    assert read(changed, ParameterRef(name="twin", at=("Weir",))) == 120


def test_a_bound_is_set_and_taken_away() -> None:
    most = BoundRef(variable="gift", side="upper")
    bounded = apply(candy(), [SetNumber(reference=most, value=30)])
    assert optimum(bounded) == 492
    assert optimum(apply(bounded, [SetNumber(reference=most, value=None)])) == 540


def test_constraints_come_go_and_change() -> None:
    few = Constraint(name="few", expression="regular + gift <= 50")
    added = apply(candy(), [AddConstraint(constraint=few)])
    assert optimum(added) == 390
    fewer = few.model_copy(update={"expression": "regular + gift <= 40"})
    assert optimum(apply(added, [ChangeConstraint(name="few", constraint=fewer)])) == 300
    assert optimum(apply(added, [DropConstraint(name="few")])) == 540


def test_the_objective_takes_another_sense_and_another_expression() -> None:
    assert optimum(apply(candy(), [SetObjective(sense=Sense.MINIMIZE)])) == 120
    assert optimum(apply(candy(), [SetObjective(expression="gift")])) == 43


def test_a_domain_changes() -> None:
    relaxed = apply(
        candy(),
        [
            SetDomain(variable="regular", domain=Domain.CONTINUOUS),
            ScaleNumber(reference=RhsRef(row="chocolate"), percent=1),
        ],
    )
    assert relaxed.arrays is not None
    assert relaxed.arrays.integer.tolist() == [False, True]


@pytest.mark.parametrize("old", ["mills", "cost", "send", "route"])
def test_a_new_name_is_used_everywhere_and_changes_nothing_else(old: str) -> None:
    changed = apply(flour(), [Rename(old=old, new="another")])
    assert optimum(changed) == optimum(flour())
    assert apply(changed, [Rename(old="another", new=old)]).formulation == _tidied(flour())


def _tidied(program: Program) -> Formulation | None:
    """The same formulation with its expressions written as a rename writes them."""
    names = [Rename(old="send", new="other"), Rename(old="other", new="send")]
    return apply(program, names).formulation


def test_a_table_takes_the_place_of_another() -> None:
    mills = from_columns("mills", {"mill": ["Weir", "Hill", "Lake"], "tons": [60, 80, 100]})
    changed = apply(flour(), [AddTable.of(mills)])
    assert read(changed, ParameterRef(name="capacity", at=("Weir",))) == 60


def test_a_cell_that_is_no_number_is_brought_as_an_empty_one() -> None:
    mills = from_columns("mills", {"mill": ["Weir", "Hill"], "tons": [60, math.nan]})
    assert AddTable.of(mills).columns["tons"] == [60, None]


def test_a_number_without_an_end_is_not_brought() -> None:
    mills = from_columns("mills", {"mill": ["Weir", "Hill"], "tons": [60, math.inf]})
    with pytest.raises(DataError, match="'mills', column 'tons', row 2 holds inf"):
        AddTable.of(mills)


def test_some_elements_are_forced() -> None:
    changed = apply(flour(), [Force(variable="send", elements=(("Weir", "Castle"),), amount=5)])
    outcome = open_solver("highs").solve(changed)
    assert outcome.values["send[Weir,Castle]"] == 5


def test_one_row_gives_way_and_the_others_stay() -> None:
    tight = [ScaleNumber(reference=ParameterRef(name="capacity"), percent=-25)]
    assert optimum(apply(flour(), tight)) is None
    relaxed = apply(flour(), [*tight, Relax(row="capacity_of_mill", members=("Weir",), amount=8)])
    model = relaxed.arrays
    assert model is not None
    limits = dict(zip(model.row_names, model.row_upper.tolist(), strict=True))
    assert limits["capacity_of_mill_weir[Weir]"] == 98
    assert limits["capacity_of_mill[Hill]"] == 60
    assert "capacity_of_mill[Weir]" not in limits


# What is refused, and that nothing is half done


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (SetNumber(reference=RhsRef(row="nougat"), value=1), "'nougat'"),
        (SetNumber(reference=RhsRef(row="chocolate"), value=None), "bound"),
        (SetNumber(reference=ParameterRef(name="price"), value=1), "no parameter 'price'"),
        (SetNumber(reference=BoundRef(variable="van", side="upper"), value=1), "no decision 'van'"),
        (SetNumber(reference=BoundRef(variable="gift", side="upper"), value=-1), "gift"),
        (
            ScaleNumber(reference=BoundRef(variable="gift", side="upper"), percent=5),
            "no upper bound",
        ),
        (ScaleNumber(reference=RhsRef(row="chocolate"), percent=1e308), "cannot become"),
        (
            SetNumber(reference=CoefficientRef(element="objective", decision="1"), value=2),
            "no number",
        ),
        (AddConstraint(constraint=CANDY.constraints[0]), "chocolate"),
        (AddConstraint(constraint=Constraint(name="x", expression="van <= 3")), "'van'"),
        (AddConstraint(constraint=Constraint(name="x", expression="gift <")), "gift"),
        (DropConstraint(name="nougat"), "'nougat'"),
        (SetObjective(expression="6*van"), "'van'"),
        (Rename(old="gift", new="regular"), "'regular'"),
        (Rename(old="nougat", new="b"), "nothing is called"),
        (Force(variable="gift", elements=()), "no element"),
        (Relax(row="capacity", amount=1), "no constraint 'capacity'"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(edit: Edit, words: str) -> None:
    program = candy()
    with pytest.raises(InputError, match=words):
        apply(program, [edit])


def test_edits_are_all_done_or_none() -> None:
    program = candy()
    before = program.formulation
    with pytest.raises(InputError):
        apply(program, [DropConstraint(name="chocolate"), DropConstraint(name="nougat")])
    assert program.formulation == before


# Laws

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: round(x, 3))


def _of_reference(reference: NumberRef) -> st.SearchStrategy[Edit]:
    return st.builds(SetNumber, reference=st.just(reference), value=NUMBERS) | st.builds(
        ScaleNumber, reference=st.just(reference), percent=st.floats(-90, 500)
    )


def edits_of(made: Callable[[], Program]) -> st.SearchStrategy[list[Edit]]:
    """Edits that a program may take or refuse."""
    program = made()
    assert program.formulation is not None
    names = [c.name for c in program.formulation.constraints]
    variables = [v.name for v in program.formulation.variables]
    single = st.one_of(
        *map(_of_reference, references(program)),
        st.builds(DropConstraint, name=st.sampled_from(names)),
        st.builds(SetDomain, variable=st.sampled_from(variables), domain=st.sampled_from(Domain)),
        st.builds(SetObjective, sense=st.sampled_from(Sense)),
        st.builds(
            Rename, old=st.sampled_from([*names, *variables]), new=st.sampled_from(["u", "v", "w"])
        ),
        st.builds(Relax, row=st.sampled_from(names), amount=NUMBERS),
        st.builds(
            SetNumber,
            reference=st.builds(
                BoundRef,
                variable=st.sampled_from(variables),
                side=st.sampled_from(["lower", "upper"]),
            ),
            value=st.none() | NUMBERS,
        ),
    )
    return st.lists(single, min_size=1, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=edits_of(candy) | edits_of(flour))
def test_edits_read_back_from_json_as_they_were(edits: list[Edit]) -> None:
    assert list(EDITS.validate_json(EDITS.dump_json(tuple(edits)))) == edits


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits=edits_of(candy))
def test_an_edit_gives_a_program_or_a_sentence_and_never_touches_the_first(
    edits: list[Edit],
) -> None:
    program = candy()
    try:
        changed = apply(program, edits)
    except InputError as error:
        assert str(error)  # noqa: PT017  (whether it raises is up to the edit)
    else:
        assert changed.formulation is not None
        assert Formulation.from_json(changed.formulation.to_json()) == changed.formulation
    assert program.formulation == CANDY


@settings(max_examples=40, deadline=None)
@given(reference=st.sampled_from(list(references(candy()))), value=NUMBERS.filter(bool))
def test_a_number_that_is_set_back_gives_the_same_program(
    reference: NumberRef, value: float
) -> None:
    program = candy()
    before = read(program, reference)
    try:
        there = apply(program, [SetNumber(reference=reference, value=value)])
    except InputError:
        return
    assert read(there, reference) == value
    back = apply(there, [SetNumber(reference=reference, value=before)])
    first, last = program.arrays, back.arrays
    assert first is not None
    assert last is not None
    for name in ("cost", "lower", "upper", "row_lower", "row_upper", "coefficients", "columns"):
        assert getattr(first, name).tolist() == getattr(last, name).tolist()
