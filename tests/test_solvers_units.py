"""Units: how they are read, and what must not be added or compared."""

from __future__ import annotations

import pytest

from optwright.solvers.data.units import parse_unit, unit_findings
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    IndexSet,
    Kind,
    Objective,
    Parameter,
    Sense,
    Severity,
    Variable,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hours", "h"),
        ("USD", "$"),
        ("dollars per kg", "USD / kilogram"),
        ("kg of flour", "kilograms of sugar"),
        ("m^2", "square metres"),
        ("m²", "sq. m"),
        ("litres", "L"),
        ("trucks", "vans"),
        ("units", "loaves of bread"),
        ("hours per week", "hours"),
        ("USD/(kg day)", "$/kg"),
        ("thousand USD", "1000 dollars"),
        ("minutes per unit", "min"),
    ],
)
def test_two_ways_to_write_a_unit_fit(one: str, other: str) -> None:
    first, second = parse_unit(one), parse_unit(other)
    assert first is not None
    assert second is not None
    assert first.fits(second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hours", "minutes"),
        ("kg", "tons"),
        ("USD", "EUR"),
        ("USD", "USD/kg"),
        ("m", "m2"),
        ("trucks", "kg"),
        ("kWh", "kW"),
        ("million USD", "USD"),
    ],
)
def test_units_of_different_things_or_sizes_do_not_fit(one: str, other: str) -> None:
    first, second = parse_unit(one), parse_unit(other)
    assert first is not None
    assert second is not None
    assert not first.fits(second)


@pytest.mark.parametrize("text", ["", "  "])
def test_no_text_is_no_unit(text: str) -> None:
    assert parse_unit(text) is None


@pytest.mark.parametrize("text", ["???", "12", "%", "(", "per", "/", "of", "^^", "e9"])
def test_any_text_reads_as_some_unit(text: str) -> None:
    assert parse_unit(text) is not None


def bakery(expression: str, *, objective: str = "USD", time: str = "hours") -> Formulation:
    return Formulation(
        sets=(IndexSet(name="I", members=("bread", "cake")),),
        parameters=(
            Parameter(name="price", indices=("I",), values=2, unit="USD/loaf"),
            Parameter(name="weight", indices=("I",), values=1, unit="kg per loaf"),
            Parameter(name="work", indices=("I",), values=1, unit=f"{time} per loaf"),
            Parameter(name="hours", values=40, unit="hours per week"),
            Parameter(name="side", values=2, unit="m"),
            Parameter(name="floor", values=9, unit="m2"),
            Parameter(name="plain", values=9),
        ),
        variables=(Variable(name="x", indices=("I",), unit="loaves"),),
        objective=Objective(
            sense=Sense.MAXIMIZE, expression="sum(price[i] * x[i] for i in I)", unit=objective
        ),
        constraints=(Constraint(name="c", expression=expression),),
    )


FITTING = "sum(work[i] * x[i] for i in I) <= hours"


@pytest.mark.parametrize(
    "expression",
    [
        FITTING,
        "sum(2 * x[i] for i in I) <= hours",
        "sum(work[i] * x[i] for i in I) + plain <= hours - 3",
        "x['bread'] <= 2 * x['cake']",
        "side ** 2 * x['cake'] <= floor",
        "sqrt(floor) >= side * x['cake']",
        "max(hours, sum(work[i] * x[i] for i in I)) <= hours",
        "hours * x['cake'] / hours <= len(I)",
        "exp(x['cake']) <= 4",
    ],
)
def test_what_fits_is_silent(expression: str) -> None:
    assert unit_findings(bakery(expression)) == ()


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (
            "sum(weight[i] * x[i] for i in I) <= hours",
            "'c' compares 'sum(weight[i] * x[i] for i in I)' (kg per loaf * loaves) and 'hours' "
            "(hours per week), which measure different things",
        ),
        ("hours + side <= 3 * x['cake']", "'c' adds 'hours' (hours per week) and 'side' (m)"),
        ("side * x['cake'] <= floor", "different things"),
        ("max(side, hours) <= x['cake']", "takes together"),
    ],
)
def test_what_does_not_fit_is_told_with_both_units(expression: str, words: str) -> None:
    (finding,) = unit_findings(bakery(expression))
    assert (finding.severity, finding.kind, finding.element) == (
        Severity.WARNING,
        Kind.UNITS,
        "c",
    )
    assert words in finding.message


def test_numbers_are_not_converted_so_minutes_do_not_fit_hours() -> None:
    (finding,) = unit_findings(bakery(FITTING, time="minutes"))
    assert finding.message.endswith("which differ by a factor of 60")


def test_the_objective_is_held_against_its_own_unit() -> None:
    (finding,) = unit_findings(bakery(FITTING, objective="kg"))
    assert finding.element == "objective"
    assert "is stated in kg and adds up USD/loaf * loaves" in finding.message


def test_what_cannot_be_read_is_left_to_the_other_checks() -> None:
    assert unit_findings(bakery("3x <= (")) == ()
