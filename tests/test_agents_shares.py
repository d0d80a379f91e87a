"""What a share is a share of: decisions, or what they carry."""

from __future__ import annotations

import pytest

from optwright.agents.evidence import Case, findings
from optwright.agents.findings import Fault
from optwright.agents.mending import mend
from optwright.agents.shares import measured
from optwright.solvers.formulation import (
    Constraint,
    Domain,
    Formulation,
    Objective,
    Sense,
    Variable,
)

DECISIONS = frozenset({"van", "bike", "tour"})
LOAVES = {"van": 90.0, "bike": 12.0}
COST = {"van": 30.0, "bike": 8.0}


def test_a_share_of_what_is_carried_counts_what_each_carries() -> None:
    places = [("at least 1,500 fresh loaves must be delivered", LOAVES), ("a cost of $900", COST)]
    assert measured("at least 35% of the loaves must go by bike", DECISIONS, places) == LOAVES


def test_the_objective_measures_too() -> None:
    places = [("maximize the total number of loaves delivered", LOAVES)]
    assert measured("35 percent of all loaves must go by bike", DECISIONS, places) == LOAVES


@pytest.mark.parametrize(
    ("words", "places"),
    [
        ("35% of the tours must be by bike", [("at least 15 tours", LOAVES)]),
        ("35% of the loaves must go by bike", [("spend at most $900 for loaves", COST)]),
        ("35% of the loaves must go by bike", [("at most 20 tours", {"van": 1.0, "bike": 1.0})]),
        ("35% of the loaves must go by bike", [("1500 loaves", LOAVES), ("900 loaves", COST)]),
        ("35% of the loaves must go by bike", [("1500 loaves", {"van": 90.0, "bike": -12.0})]),
        ("at least 35 loaves must go by bike", [("1500 loaves", LOAVES)]),
    ],
    ids=["decisions", "money for it", "one each", "two ways", "not a sum", "no share"],
)
def test_a_share_counts_decisions_where_the_words_do_not_measure_them(
    words: str, places: list[tuple[str, dict[str, float]]]
) -> None:
    assert measured(words, DECISIONS, places) is None


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
    return [f.fault for f in findings(Case(TEXT, formulation))]


def test_a_right_share_of_what_is_carried_is_left_alone() -> None:
    assert not faults(delivered(RIGHT))
    assert mend(TEXT, delivered(RIGHT)).formulation == delivered(RIGHT)


@pytest.mark.parametrize("share", ["bike >= 0.35*(van + bike)", "12*bike >= 0.35*(van + bike)"])
def test_a_share_of_tours_becomes_one_of_what_they_carry(share: str) -> None:
    assert Fault.RELATION in faults(delivered(share))
    mended = mend(TEXT, delivered(share))
    assert mended.formulation == delivered(RIGHT)
    assert any(RIGHT in note for note in mended.notes)
