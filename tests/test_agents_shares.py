"""What a share is a share of: decisions, or what they carry."""

from __future__ import annotations

import pytest

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.all_checks import findings
from optwright.agents.findings import Fault
from optwright.agents.text.shares import measured, thing_of
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    IndexSet,
    Objective,
    Sense,
    Variable,
)
from tests.proposed import taken

DECISIONS = frozenset({"van", "bike", "tour"})
LOAVES = {"van": 90.0, "bike": 12.0}
COST = {"van": 30.0, "bike": 8.0}


def weights(words: str, *places: tuple[str, dict[str, float]]) -> object:
    thing = thing_of(words)
    return None if thing is None else measured(thing, DECISIONS, places)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("at least 35% of the loaves must go by bike", "at least 1,500 fresh loaves are needed"),
        ("35 percent of all loaves must go by bike", "maximize the total number of loaves"),
        ("35% of the loaves delivered should be by bike", "maximize the loaves: total loaves"),
        ("35% of tons of candies must go by bike", "at least 200 tons of candies"),
        ("35% of the candies must go by bike", "at least 200 boxes of candies"),
        ("35% of the batteries must go by bike", "at least 200 batteries"),
    ],
)
def test_a_share_of_what_is_carried_counts_what_each_carries(words: str, place: str) -> None:
    assert weights(words, (place, LOAVES), ("a cost of $900", COST)) == LOAVES


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("35% of the tours must be by bike", [("at least 15 tours", LOAVES)]),
        ("35% of the loaves must go by bike", [("spend at most $900 for loaves", COST)]),
        ("35% of the loaves must go by bike", [("900 euros of loaves", COST)]),
        ("35% of the loaves must go by bike", [("900 minutes baking loaves", COST)]),
        ("35% of the loaves must go by bike", [("minimize the total cost of loaves", COST)]),
        ("35% of the production must be bikes", [("minimize total production cost", COST)]),
        ("35% of the investment must be bikes", [("maximize the total investment return", COST)]),
        ("35% of the loaves must go by bike", [("at most 20 loaves", {"van": 1.0, "bike": 1.0})]),
        ("35% of the loaves must go by bike", [("1500 loaves", LOAVES), ("900 loaves", COST)]),
        ("35% of the loaves must go by bike", [("1500 loaves", {"van": 90.0, "bike": -12.0})]),
        ("35% of tons must go by bike", [("at most 500 tons of CO2", COST)]),
        ("35% of tons of candies must go by bike", [("at most 500 tons of CO2", COST)]),
        ("35% of loaf output must go by bike", [("1500 loaves", LOAVES)]),
        ("at least 35 loaves must go by bike", [("1500 loaves", LOAVES)]),
    ],
)
def test_a_share_counts_decisions_where_the_words_do_not_measure_them(
    words: str, places: list[tuple[str, dict[str, float]]]
) -> None:
    assert weights(words, *places) is None


TEXT = (
    "A bakery delivers bread with vans and bikes. A van carries 90 loaves per tour and a bike 12. "
    "At least 35% of the loaves must be delivered by bike. If at least 1500 loaves have to be "
    "delivered, how many tours of each kind minimize the total number of tours?"
)
RIGHT = "12*bike >= 0.35*(90*van + 12*bike)"


def delivered(share: str) -> Formulation:
    return Formulation(
        variables=(
            Variable(name="van", domain=Domain.INTEGER, meaning="number of van tours"),
            Variable(name="bike", domain=Domain.INTEGER, meaning="number of bike tours"),
        ),
        objective=Objective(
            sense=Sense.MINIMIZE,
            expression="van + bike",
            text="minimize the total number of tours",
        ),
        constraints=(
            Constraint(
                name="share",
                expression=share,
                text="At least 35% of the loaves must be delivered by bike",
            ),
            Constraint(
                name="bread",
                expression="90*van + 12*bike >= 1500",
                text="at least 1500 loaves have to be delivered",
            ),
        ),
    )


def faults(formulation: Formulation) -> list[Fault]:
    return [f.fault for f in findings(CheckContext(TEXT, formulation))]


def test_a_right_share_of_what_is_carried_is_left_alone() -> None:
    assert not faults(delivered(RIGHT))
    assert taken(TEXT, delivered(RIGHT)).formulation == delivered(RIGHT)


@pytest.mark.parametrize("share", ["bike >= 0.35*(van + bike)", "12*bike >= 0.35*(van + bike)"])
def test_a_share_of_tours_is_proposed_to_be_one_of_what_they_carry(share: str) -> None:
    assert Fault.RELATION in faults(delivered(share))
    mended = taken(TEXT, delivered(share))
    assert mended.formulation == delivered(RIGHT)
    assert any(RIGHT in p.condition for p in mended.proposals)


@pytest.mark.parametrize(
    "bread", ["1500 - 90*van - 12*bike <= 0", "90*van + 12*bike >= 1000 + 500"]
)
def test_a_share_that_counts_with_numbers_of_the_text_is_left_alone(bread: str) -> None:
    """Also where no sum tells what each carries."""
    model = delivered(RIGHT)
    other = model.constraints[1].model_copy(update={"expression": bread, "text": "bread for all"})
    model = model.model_copy(update={"constraints": (model.constraints[0], other)})
    assert taken(TEXT, model).formulation.constraints[0].expression == RIGHT


def test_a_share_of_a_stated_amount_is_a_limit() -> None:
    text = (
        "A farm grows corn at $20 an acre and wheat at $30 an acre with a budget of $900. "
        "At most 40% of the budget can be spent on corn. Maximize the acres."
    )
    model = Formulation(
        variables=(
            Variable(name="corn", domain=Domain.CONTINUOUS, meaning="acres of corn"),
            Variable(name="wheat", domain=Domain.CONTINUOUS, meaning="acres of wheat"),
        ),
        objective=Objective(
            sense=Sense.MAXIMIZE, expression="corn + wheat", text="Maximize the acres"
        ),
        constraints=(
            Constraint(
                name="share",
                expression="20*corn <= 0.4*900",
                text="At most 40% of the budget can be spent on corn",
            ),
            Constraint(
                name="budget", expression="20*corn + 30*wheat <= 900", text="a budget of $900"
            ),
        ),
    )
    mended = taken(text, model).formulation.constraints
    assert [c.expression for c in mended] == [c.expression for c in model.constraints]


def test_a_share_over_elements_is_left_alone() -> None:
    model = delivered(RIGHT)
    sizes = IndexSet(name="K", members=("small", "large"))
    van = Variable(name="van", indices=("K",), domain=Domain.INTEGER, meaning="van tours")
    share = "12*bike >= 0.35*(sum(90*van[k] for k in K) + 12*bike)"
    model = model.model_copy(
        update={
            "sets": (sizes,),
            "variables": (van, model.variables[1]),
            "objective": model.objective.model_copy(
                update={"expression": "sum(van[k] for k in K) + bike"}
            ),
            "constraints": (
                model.constraints[0].model_copy(update={"expression": share}),
                model.constraints[1].model_copy(
                    update={"expression": "sum(90*van[k] for k in K) + 12*bike >= 1500"}
                ),
            ),
        }
    )
    assert taken(TEXT, model).formulation.constraints[0].expression == share
