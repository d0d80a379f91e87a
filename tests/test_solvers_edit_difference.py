"""Differences of models: all of them, in words and mathematics, inside 80 columns."""

from __future__ import annotations

import pytest

from optwright.agents.chat.history import History
from optwright.agents.chat.store import Version
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import from_columns
from optwright.solvers.edit.difference import difference, render
from optwright.solvers.edit.operations import (
    AddConstraint,
    AddTable,
    DropConstraint,
    Edit,
    Rename,
    ScaleNumber,
    SetDomain,
    SetNumber,
    SetObjective,
    apply,
)
from optwright.solvers.edit.references import ParameterRef, RhsRef
from optwright.solvers.model.formulation import Constraint, Domain, Sense
from tests.chats import candy, flour


def shown(program: Program, *edits: Edit) -> list[str]:
    return render(difference(program, apply(program, edits)))


def test_the_same_model_has_no_difference() -> None:
    assert difference(flour(), flour()) == ()


def test_a_limit_is_told_in_words_and_in_mathematics() -> None:
    assert shown(candy(), SetNumber(reference=RhsRef(row="chocolate"), value=9600)) == [
        'the limit "9600 grams of chocolate" is different',
        "  - 200*regular + 150*gift <= 12000",
        "  + 200*regular + 150*gift <= 9600",
    ]


def test_what_comes_and_what_goes_is_told() -> None:
    few = Constraint(name="few", expression="gift <= 3", text="few gifts")
    lines = shown(
        candy(),
        DropConstraint(name="toffee"),
        AddConstraint(constraint=few),
        SetObjective(sense=Sense.MINIMIZE),
        SetDomain(variable="gift", domain=Domain.BINARY),
    )
    assert lines == [
        "the decision gift (number of gift boxes) is different",
        "  - 0 <= gift, a whole number",
        "  + gift is 0 or 1",
        "the objective is turned around",
        "  - maximize 6*regular + 9*gift",
        "  + minimize 6*regular + 9*gift",
        'the limit "15000 grams of toffee" is gone',
        "  - 100*regular + 300*gift <= 15000",
        'the limit "few gifts" is new',
        "  + gift <= 3",
    ]


def test_few_values_are_told_one_by_one_and_many_by_their_range() -> None:
    one = SetNumber(reference=ParameterRef(name="demand", at=("Harbour",)), value=77)
    assert shown(flour(), one) == [
        "the value demand changes by +10 %",
        "  - demand[Harbour] = 70",
        "  + demand[Harbour] = 77",
    ]
    assert shown(flour(), ScaleNumber(reference=ParameterRef(name="cost"), percent=100)) == [
        "the value cost (cost per ton): 12 of 12 values change by +100 %",
        "  - cost: 12 values from 2.5 to 8",
        "  + cost: 12 values from 5 to 16",
    ]


def test_a_member_that_goes_is_told() -> None:
    mills = from_columns("mills", {"mill": ["Weir", "Hill"], "tons": [200, 200]})
    lines = shown(flour(), AddTable.of(mills))
    assert lines[:3] == [
        "the set mills is different",
        "  - mills = {Weir, Hill, Lake}",
        "  + mills = {Weir, Hill}",
    ]
    assert "the table mills has 2 rows instead of 3" in lines


def test_no_line_is_wider_than_the_screen() -> None:
    words = "words that go on and on " * 10
    long = Constraint(
        name="long", expression=" + ".join(["regular"] * 60) + " <= 5", text=words.strip()
    )
    assert max(map(len, shown(candy(), AddConstraint(constraint=long)))) <= 80
    assert max(map(len, shown(flour(), Rename(old="send", new="a_rather_long_name")))) <= 80


# The history


def history(*parents: int) -> History:
    tree = History()
    for number, parent in enumerate(parents, 1):
        tree = tree.with_version(Version(id=number, parent=parent, title=f"t{number}"))
    return tree.at(len(parents))


def test_undo_goes_to_the_parent_and_redo_where_it_came_from() -> None:
    tree = history(0, 1, 1)
    assert tree.moved(-1).current == 1
    assert tree.moved(-1).moved(1) == tree
    with pytest.raises(InputError, match="nothing to undo"):
        tree.moved(-2)
    with pytest.raises(InputError, match="nothing to redo"):
        tree.moved(1)


def test_a_version_is_found_by_number_and_name() -> None:
    tree = history(0, 1).named("Rich", 2)
    assert [tree.find(r) for r in ("2", "version 1", "#2", "rich", "now")] == [2, 1, 2, 2, 2]
    for bad in ("3", "0", "poor", ""):
        with pytest.raises(InputError, match="there is no version"):
            tree.find(bad)
    for bad in ("", "7", "x" * 99):
        with pytest.raises(InputError, match="cannot name"):
            tree.named(bad, 1)


def test_a_branch_is_shown_to_the_right_and_a_line_of_changes_is_not() -> None:
    assert history(0, 1, 1, 3).lines() == ["  1 t1", "    2 t2", "    3 t3", "*   4 t4"]
    assert len(history(*range(3000)).lines()) == 3000
