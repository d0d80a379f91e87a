"""Turns about one month of twelve: which numbers are names, and which are to be set."""

from __future__ import annotations

import pytest

from optwright.agents.chat.intents import Ambiguous, Change, Sweep
from optwright.agents.chat.interpret.phrases import read_turn
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import from_columns
from optwright.solvers.edit.operations import ScaleNumber, SetNumber
from optwright.solvers.edit.references import CoefficientRef, ParameterRef
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

MET = "Demand of every month must be met from stock and production"
LOTS = Formulation(
    sets=(IndexSet(name="T", column=Column(table="plan", value="month")),),
    parameters=tuple(
        Parameter(
            name=name,
            indices=("T",),
            column=Column(table="plan", value=name, keys=("month",)),
        )
        for name in ("demand", "setup")
    ),
    variables=(
        Variable(name="make", indices=("T",), meaning="units made"),
        Variable(name="stock", indices=("T",), meaning="units held at the end of a month"),
        Variable(name="run", indices=("T",), domain=Domain.BINARY, meaning="whether it runs"),
    ),
    objective=Objective(
        sense=Sense.MINIMIZE, expression="sum(setup[t]*run[t] + stock[t] for t in T)"
    ),
    constraints=(
        Constraint(
            name="met",
            expression="stock[t-1] + make[t] == demand[t] + stock[t]",
            forall="t in T if t > 1",
            text=MET,
        ),
        Constraint(name="batch", expression="make[t] <= 90*run[t]", forall="t in T"),
    ),
)
PLAN = from_columns(
    "plan", {"month": [1, 2, 3, 4], "demand": [40, 60, 0, 20], "setup": [500, 520, 540, 560]}
)
WORDS = Vocabulary(Program(LOTS, {"plan": PLAN}), f"Plan 4 months. {MET}.")
THIRD = ParameterRef(name="demand", at=("3",))


@pytest.mark.parametrize(
    "said",
    [
        "what if demand in month 3 is 100",
        "what if the demand of month 3 is 100",
        "what if demand[3] is 100",
        "what if demand in 3 is 100",
        "set the demand of month 3 to 100",
    ],
)
def test_a_number_behind_the_name_of_a_column_is_a_month(said: str) -> None:
    found = read_turn(said, WORDS)
    assert isinstance(found, Change), found
    assert found.edits == (SetNumber(reference=THIRD, value=100),)


def test_a_month_may_be_changed_by_a_percentage() -> None:
    found = read_turn("demand in month 3 is 10 % higher", WORDS)
    assert isinstance(found, Change), found
    assert found.edits == (ScaleNumber(reference=THIRD, percent=10),)


def test_a_month_may_be_swept() -> None:
    found = read_turn("sweep demand of month 3 from 0 to 200", WORDS)
    assert isinstance(found, Sweep), found
    assert found.reference == THIRD


def test_a_number_that_nothing_accounts_for_is_asked_about() -> None:
    found = read_turn("what if demand of 3 is 100", WORDS)
    assert isinstance(found, Ambiguous), found
    assert "'3'" in found.question.text


def test_the_number_that_is_there_now_may_be_said_too() -> None:
    found = read_turn("what if the setup of month 1 goes from 500 to 900", WORDS)
    assert isinstance(found, Change), found
    assert found.edits == (SetNumber(reference=ParameterRef(name="setup", at=("1",)), value=900),)


def test_the_one_that_nobody_wrote_before_last_months_stock_is_nothing_to_turn() -> None:
    matches = WORDS.match("stock at the end of last month in demand that must be met")
    references = [reference for match in matches for reference in match.references]
    assert not any(isinstance(d, CoefficientRef) and d.element == "met" for d in references)


@pytest.mark.parametrize("row", ["40 - make - sell >= 0", "-make - sell >= -40"])
def test_the_other_side_of_a_limit_is_not_what_people_speak_of(row: str) -> None:
    model = Formulation(
        variables=(Variable(name="make"), Variable(name="sell")),
        objective=Objective(sense=Sense.MAXIMIZE, expression="make + 2*sell"),
        constraints=(Constraint(name="time", expression=row, text="40 hours of work"),),
    )
    found = read_turn("what if there are 50 hours of work", Vocabulary(Program(model)))
    assert not isinstance(found, Change)
