"""Edits of data and decisions: many values at once, members, new decisions, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import InputError
from optwright.solvers.analysis.alternatives import another_plan
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.table import from_columns
from optwright.solvers.edit.operations import (
    AddMember,
    AddTerm,
    AddVariable,
    ChangeValues,
    DropMember,
    Edit,
    SetVariable,
    apply,
)
from optwright.solvers.edit.values import filled, missing_values
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)
from optwright.solvers.model.linear_model import linear_model
from tests.chats import candy, flour

MILLS, BAKERIES = ("Weir", "Hill", "Lake"), ("Harbour", "Market", "Station", "Castle")


def costs(program: Program) -> dict[tuple[str, str], float]:
    bound = program.instance.parameters["cost"]
    return {
        (m, b): float(bound.values[i, j])
        for i, m in enumerate(bound.sets[0].texts)
        for j, b in enumerate(bound.sets[1].texts)
    }


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from(MILLS), unique=True),
    st.lists(st.sampled_from(BAKERIES), unique=True),
    st.floats(-50, 50),
)
def test_only_the_members_that_are_meant_change(
    mills: list[str], bakeries: list[str], percent: float
) -> None:
    edit = ChangeValues(
        parameter="cost", at=(tuple(mills), tuple(bakeries)), how="percent", amount=percent
    )
    before, after = costs(flour()), costs(apply(flour(), [edit]))
    for (mill, bakery), was in before.items():
        meant = (not mills or mill in mills) and (not bakeries or bakery in bakeries)
        assert after[mill, bakery] == pytest.approx(was * (100 + percent) / 100 if meant else was)


def test_a_wide_table_changes_in_its_columns() -> None:
    model = Formulation(
        sets=(
            IndexSet(name="shops", column=Column(table="sales", value="shop")),
            IndexSet(name="months", members=("Jan", "Feb", "Mar")),
        ),
        parameters=(
            Parameter(
                name="demand",
                indices=("shops", "months"),
                column=Column(table="sales", keys=("shop",), heads=True),
            ),
        ),
        variables=(Variable(name="make", indices=("shops", "months")),),
        objective=Objective(
            sense=Sense.MINIMIZE, expression="sum(make[s, t] for s in shops for t in months)"
        ),
        constraints=(
            Constraint(
                name="met",
                forall="s in shops, t in months",
                expression="make[s, t] >= demand[s, t]",
            ),
        ),
    )
    sales = from_columns("sales", {"shop": ["A", "B"], "Jan": [1, 2], "Feb": [3, 4], "Mar": [5, 6]})
    edit = ChangeValues(parameter="demand", at=(("A",), ("Feb", "Mar")), how="by", amount=10)
    changed = apply(Program(model, {"sales": sales}), [edit])
    assert [c.cells[0] for c in changed.tables["sales"].columns] == ["A", 1, 13, 15]
    assert solve(changed).objective == 41


def test_a_new_member_needs_every_value_and_says_which_is_missing() -> None:
    edit = AddMember(set="bakeries", member="Dock", values={"demand": 10})
    missing = list(missing_values(flour(), edit))
    assert [m.at for m in missing] == [(mill, "Dock") for mill in MILLS]
    with pytest.raises(InputError, match="not known"):
        apply(flour(), [edit])
    for one in missing:
        edit = filled(edit, one, 1.0)
    after = apply(flour(), [edit])
    assert solve(after).objective == pytest.approx(807.5 + 10 + 0, abs=30)
    assert "Dock" in after.instance.sets["bakeries"].positions


def test_a_member_that_goes_takes_its_values_along() -> None:
    without = apply(flour(), [DropMember(set="bakeries", member="Castle")])
    assert list(without.instance.sets["bakeries"].texts) == ["Harbour", "Market", "Station"]
    assert solve(without).objective == pytest.approx(807.5 - 210)


def test_a_new_decision_counts_where_its_terms_say() -> None:
    luxury = Variable(name="luxury", domain=Domain.INTEGER)
    changed = apply(
        candy(),
        [
            AddVariable(variable=luxury),
            AddTerm(element="objective", term="20*luxury"),
            AddTerm(element="chocolate", term="300*luxury"),
        ],
    )
    # By hand: 20 regular boxes are ordered, and 8000 g of chocolate are left for 26 luxury boxes.
    assert solve(changed).objective == 649


@pytest.mark.parametrize(
    "edit",
    [
        ChangeValues(parameter="cost", at=(("Nowhere",), ()), how="to", amount=1),
        ChangeValues(parameter="cost", at=((),), how="to", amount=1),
        ChangeValues(parameter="nothing", at=(), how="to", amount=1),
        AddMember(set="mills", member="Weir"),
        AddMember(set="nothing", member="x"),
        AddMember(set="mills", member="Dock", values={"demand": 3}),
        DropMember(set="mills", member="Nowhere"),
        AddTerm(element="nothing", term="2*send"),
        SetVariable(variable="nothing", lower=1),
    ],
)
def test_what_is_not_there_is_refused_with_a_sentence(edit: Edit) -> None:
    with pytest.raises(InputError):
        apply(flour(), [edit])


def test_another_plan_is_found_where_there_is_one_and_only_there() -> None:
    both = linear_model(
        {"x": 1.0, "y": 1.0}, {"most": ({"x": 1.0, "y": 1.0}, "<=", 5.0)}, maximize=True
    )
    found = another_plan(both, {"x": 5.0, "y": 0.0})
    assert found.values is not None
    assert sum(found.values.values()) == pytest.approx(5)
    one = linear_model({"x": 2.0, "y": 1.0}, {"most": ({"x": 1.0, "y": 1.0}, "<=", 5.0)},
                       maximize=True)  # fmt: skip
    alone = another_plan(one, {"x": 5.0, "y": 0.0})
    assert (alone.values, alone.proven) == (None, True)
