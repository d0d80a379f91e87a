"""How columns and elements match, and how units convert."""

from __future__ import annotations

import subprocess
import sys

import pytest

from optwright.solvers.data.binding import bind
from optwright.solvers.data.conversion import conversion
from optwright.solvers.data.matching import Match, matches
from optwright.solvers.data.table import from_columns
from optwright.solvers.data.units import header_unit, unit_findings
from optwright.solvers.model.formulation import (
    Column,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)


def matched(unit: str = "") -> dict[str, Match]:
    """Three towns, a table of demands that has a row too many and one too few."""
    demand = from_columns(
        "demand", {"place": ["Lyon", "Mets", "Nice"], "amount_kg": [3, 4, 5]}, (2, 3, 5)
    )
    towns = from_columns("towns", {"town": ["Lyon", "Metz", "Nice"]})
    model = Formulation(
        sets=(IndexSet(name="T", column=Column(table="towns", value="town")),),
        parameters=(
            Parameter(
                name="need",
                indices=("T",),
                column=Column(table="demand", keys=("place",), value="amount_kg"),
                unit=unit,
            ),
        ),
        variables=(Variable(name="x"),),
        objective=Objective(sense=Sense.MINIMIZE, expression="x"),
    )
    tables = {"demand": demand, "towns": towns}
    return {match.element: match for match in matches(bind(model, tables), tables)}


def test_rows_that_are_not_read_are_told_as_the_file_counts_them() -> None:
    need = matched()["need"]
    assert (need.rows, need.unread, need.missing) == (2, (3,), ("Metz",))
    assert need.sentences() == [
        "need: column amount_kg of demand, by place (2 rows)",
        "need: not read are rows 3",
        "need: no row gives Metz (there is 'Mets')",
    ]


def test_names_that_are_almost_alike_and_other_units_are_doubted() -> None:
    assert matched("tons")["need"].doubts() == [
        "need: no row of table 'demand' gives 'Metz', but there is 'Mets'",
        "need: column 'amount_kg' of table 'demand' says another unit; multiply by 0.001",
    ]
    assert matched()["T"].doubts() == []


def test_a_set_from_a_column_is_told() -> None:
    assert matched()["T"].sentences() == ["T: column town of towns (3 rows)"]


@pytest.mark.parametrize(
    ("unit", "factor"), [("tons", 0.001), ("kg", None), ("", None), ("h", None)]
)
def test_a_column_in_another_unit_than_its_parameter_is_told(
    unit: str, factor: float | None
) -> None:
    assert matched(unit)["need"].factor == (None if factor is None else pytest.approx(factor))


@pytest.mark.parametrize(("unit", "told"), [("tons", 1), ("kg", 0), ("hours", 0), ("loaves", 0)])
def test_a_formulation_that_reads_a_column_in_another_unit_is_warned_of(
    unit: str, told: int
) -> None:
    column = Column(table="demand", value="amount_kg")
    model = Formulation(
        parameters=(Parameter(name="need", column=column, unit=unit),),
        variables=(Variable(name="x"),),
        objective=Objective(sense=Sense.MINIMIZE, expression="x"),
    )
    found = unit_findings(model)
    assert len(found) == told
    assert all("'need' is in tons, and its column says kg" in f.message for f in found)


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("kg", "tons", 0.001),
        ("hours", "min", 60),
        ("USD/kg", "dollars per ton", 1000),
        ("kg/week", "t/week", 0.001),
        ("cars", "trucks", None),
        ("USD", "EUR", None),
        ("kg", "hours", None),
        ("", "kg", None),
    ],
)
def test_known_units_convert_without_asking_anybody(
    source: str, target: str, factor: float | None
) -> None:
    found = conversion(source, target)
    assert found == (None if factor is None else pytest.approx(factor))


@pytest.mark.parametrize(
    ("source", "target", "factor"),
    [
        ("kPa", "psi", 0.145038),
        ("kWh", "MJ", 3.6),
        ("yards", "m", 0.9144),
        ("degC", "degF", None),
        ("bars of chocolate", "boxes", None),
        ("J**", "__import__('os')", None),
    ],
)
def test_other_physical_units_convert_as_pint_knows_them(
    source: str, target: str, factor: float | None
) -> None:
    pytest.importorskip("pint", reason="the extra 'data' is not installed")
    found = conversion(source, target)
    assert found == (None if factor is None else pytest.approx(factor, rel=1e-5))


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("capacity_tons", "tons"),
        ("power (kPa)", "kPa"),
        ("price [EUR/MWh]", "EUR/MWh"),
        ("dollars_per_ton", "dollars per ton"),
        ("Distance km", "km"),
        ("cost_min", ""),
        ("mill", ""),
        ("per_hour", ""),
    ],
)
def test_a_columns_name_says_its_unit_or_nothing(name: str, unit: str) -> None:
    assert header_unit(name) == unit


def test_pint_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys; from optwright.solvers.data.conversion import conversion; "
        "conversion('kg', 't'); "
        "print('pint' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_wide_table_has_keys_for_all_indices_but_the_last() -> None:
    table = from_columns("cost", {"town": ["Lyon", "Mets"], "red": [1, 2], "blue": [3, 4]}, (2, 3))
    model = Formulation.model_validate(
        {
            "sets": [{"name": "T", "members": ["Lyon"]}, {"name": "C", "members": ["red", "blue"]}],
            "parameters": [
                {
                    "name": "cost",
                    "indices": ["T", "C"],
                    "column": {"table": "cost", "keys": ["town"], "heads": True},
                }
            ],
            "variables": [{"name": "x"}],
            "objective": {"sense": "minimize", "expression": "x"},
        }
    )
    (match,) = matches(bind(model, {"cost": table}), {"cost": table})
    assert match.unread == (3,)


def test_a_set_of_pairs_takes_two_columns_of_a_table() -> None:
    table = from_columns(
        "roads", {"a": ["Lyon", "Lyon"], "b": ["Metz", "Nice"], "km": [5, 6]}, (2, 3)
    )
    model = Formulation.model_validate(
        {
            "sets": [{"name": "A", "members": [["Lyon", "Metz"]]}],
            "parameters": [
                {
                    "name": "km",
                    "indices": ["A"],
                    "column": {"table": "roads", "keys": ["a", "b"], "value": "km"},
                }
            ],
            "variables": [{"name": "x"}],
            "objective": {"sense": "minimize", "expression": "x"},
        }
    )
    (match,) = matches(bind(model, {"roads": table}), {"roads": table})
    assert match.unread == (3,)
