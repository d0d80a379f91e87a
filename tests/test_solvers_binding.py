"""Joining a formulation with its tables, and what is said where they do not fit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from optwright.errors import DataError, FormulationError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.binding import bind
from optwright.solvers.data.bound import Instance
from optwright.solvers.data.tables import load
from optwright.solvers.model.formulation import (
    Column,
    Formulation,
    IndexSet,
    Objective,
    Parameter,
    Sense,
    Variable,
)

TOWNS = Column(table="demand", value="town")
TABLED = IndexSet(name="I", column=TOWNS)
AMOUNTS = Parameter(
    name="amount",
    indices=("I",),
    column=Column(table="demand", value="amount", keys=("town",)),
)


def bound(
    demand: Mapping[str, object],
    *parameters: Parameter,
    towns: IndexSet = TABLED,
) -> Instance:
    formulation = Formulation(
        sets=(towns, IndexSet(name="T", members=(1, 2))),
        parameters=parameters,
        variables=(Variable(name="x", indices=("I", "T")), Variable(name="y")),
        objective=Objective(sense=Sense.MINIMIZE, expression="y"),
    )
    return bind(formulation, load({"demand": demand}))


def test_a_set_has_the_distinct_cells_of_its_column_in_order() -> None:
    instance = bound({"town": ["Nice", "Lyon", "Nice", "Brest"]})
    assert instance.sets["I"].members == ("Nice", "Lyon", "Brest")
    assert instance.sets["I"].numbers is None


@pytest.mark.parametrize("cells", [[3, 1, 2], ["3", "1", "2"], [3.0, 1.0, 2.0]])
def test_members_that_are_whole_numbers_are_numbers(cells: list[object]) -> None:
    assert bound({"town": cells}).sets["I"].members == (3, 1, 2)


def test_codes_with_leading_zeros_are_names() -> None:
    assert bound({"town": ["007", "012"]}).sets["I"].members == ("007", "012")


def test_values_join_by_key_whatever_the_order_of_rows() -> None:
    towns = IndexSet(name="I", members=("Lyon", "Nice"))
    demand = {"town": ["Nice", "Brest", "Lyon"], "amount": [5, 9, 7]}
    values = bound(demand, AMOUNTS, towns=towns).parameters["amount"].values
    assert values.tolist() == [7, 5]


def test_numeric_keys_join_members_written_as_words() -> None:
    towns = IndexSet(name="I", members=("1", "2"))
    demand = {"town": [2, 1.0], "amount": [5, 7]}
    assert bound(demand, AMOUNTS, towns=towns).parameters["amount"].values.tolist() == [7, 5]


def test_two_keys_join_two_sets() -> None:
    by_month = Parameter(
        name="amount",
        indices=("I", "T"),
        column=Column(table="demand", value="amount", keys=("town", "month")),
    )
    demand = {"town": ["a", "b", "a"], "month": [2, 1, 1], "amount": [1, 2, 3]}
    values = bound(demand, by_month).parameters["amount"].values
    np.testing.assert_equal(values, [[3, 1], [2, np.nan]])


def test_a_key_that_is_there_twice_names_its_rows() -> None:
    demand = {"town": ["Lyon", "Nice", "Lyon"], "amount": [1, 2, 1]}
    with pytest.raises(DataError, match=r"'demand' has Lyon in rows 1 and 3; 'amount' takes one"):
        bound(demand, AMOUNTS)


def test_a_cell_that_is_no_number_names_its_row() -> None:
    with pytest.raises(DataError, match="column 'amount', row 1 holds 'many'"):
        bound({"town": ["Lyon", "Nice", "Metz"], "amount": ["many", "few", 3]}, AMOUNTS)
    amounts = bound({"town": ["Lyon", "Nice"], "amount": ["3", "many"]}, AMOUNTS)
    unread = amounts.parameters["amount"].unread  # told when an expression needs it
    assert unread is not None
    assert unread.fault([0]) is None
    assert "column 'amount', row 2 holds 'many'" in str(unread.fault([0, 1]))


def test_a_missing_column_names_those_there() -> None:
    with pytest.raises(DataError, match="no column 'amount'; it has 'town', 'amnt'"):
        bound({"town": ["Lyon"], "amnt": [3]}, AMOUNTS)


def test_a_missing_table_names_those_there() -> None:
    elsewhere = IndexSet(name="I", column=Column(table="demnd", value="town"))
    with pytest.raises(
        DataError, match=r"'I' needs the table 'demnd'; there are 'demand'"
    ) as error:
        bound({"town": ["Lyon"]}, towns=elsewhere)
    assert error.value.hint == "did you mean 'demand'?"


def test_one_number_comes_from_a_table_of_one_row() -> None:
    scalar = Parameter(name="hours", column=Column(table="demand", value="hours"))
    assert bound({"town": ["a"], "hours": [40]}, scalar).parameters["hours"].values == 40
    with pytest.raises(DataError, match="'hours' is one number, and table 'demand' has 2 rows"):
        bound({"town": ["a", "b"], "hours": [40, 40]}, scalar)


def test_one_value_fills_every_combination() -> None:
    flat = Parameter(name="flat", indices=("I", "T"), values=3)
    assert bound({"town": ["a", "b"]}, flat).parameters["flat"].values.tolist() == [[3, 3], [3, 3]]


def test_a_value_for_someone_who_is_no_member_is_refused() -> None:
    towns = IndexSet(name="I", members=("Lyon", "Nice"))
    wrong = Parameter(name="amount", indices=("I",), values={"Lyom": 3})
    with pytest.raises(FormulationError, match="'Lyom', which is not a member of 'I'") as error:
        bound({"town": ["a"]}, wrong, towns=towns)
    assert error.value.hint == "did you mean 'Lyon'?"


def test_elements_are_numbered_variable_by_variable() -> None:
    instance = bound({"town": ["a", "b", "c"]})
    assert [(v.offset, v.size) for v in instance.variables.values()] == [(0, 6), (6, 1)]
    assert instance.size == 7


def test_a_parameter_too_large_for_memory_is_refused() -> None:
    many = IndexSet(name="I", members=tuple(range(400)))
    cube = Parameter(name="cube", indices=("I", "I", "I"), values=0)
    with pytest.raises(FormulationError, match="'cube' would have 64,000,000 elements"):
        bound({"town": ["a"]}, cube, towns=many)


def test_two_elements_of_one_name_are_refused() -> None:
    def model(second: str) -> Formulation:
        return Formulation(
            sets=(
                IndexSet(name="A", members=("a,b", "a")),
                IndexSet(name="B", members=("c", second)),
            ),
            variables=(Variable(name="x", indices=("A", "B")),),
            objective=Objective(
                sense=Sense.MINIMIZE, expression="sum(x[i, j] for i in A for j in B)"
            ),
        )

    assert bind(model("d,e"), {}).size == 4
    with pytest.raises(DataError, match=r"two elements of one name: \('a,b', 'c'\)"):
        bind(model("b,c"), {})


def test_the_heads_of_a_wide_table_are_its_index_and_not_the_columns_beside_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "demand.csv"
    path.write_text("town,Jan,Feb,Mar,price\nLyon,1,3,5,7\nMetz,2,4,6,9\n")
    formulation = Formulation(
        sets=(IndexSet(name="M", column=Column(table="demand", keys=("town",), heads=True)),),
        variables=(Variable(name="x", indices=("M",)),),
        objective=Objective(sense=Sense.MINIMIZE, expression="sum(x[m] for m in M)"),
    )
    assert bind(formulation, load([path])).sets["M"].members == ("Jan", "Feb", "Mar")


PLAYERS = {
    "name": ["p1", "p2", "p3", "p4"],
    "position": ["defender", "keeper", "defender", "mid"],
    "fit": ["Yes", "no", "YES", "yes"],
    "price": [3, 4, 5, 6],
    "code": ["a", "b", 3, "c"],
}


def squad(expression: str, *columns: str, forall: str = "", **kinds: str) -> Program:
    """Players are picked for as much as `expression` says, or are limited by a constraint where it
    has a `forall`; each of the columns is a parameter of its name."""
    stated = {
        "sets": [
            {"name": "P", "column": {"table": "players", "value": "name"}},
            {"name": "Q", "members": ["defender", "keeper", "mid"]},
        ],
        "parameters": [
            {"name": head, "indices": ["P"],
             "column": {"table": "players", "value": head, "keys": ["name"]},
             **({"kind": kinds[head]} if head in kinds else {})}
            for head in ("price", *columns)
        ] + [{"name": "pay", "indices": ["Q"], "values": {"defender": 1, "keeper": 5, "mid": 2}}],
        "variables": [{"name": "x", "indices": ["P"], "domain": "binary"}],
        "objective": {
            "sense": "maximize",
            "expression": "sum(price[p] * x[p] for p in P)" if forall else expression,
        },
        "constraints": [{"name": "c", "expression": expression, "forall": forall}] * bool(forall),
    }  # fmt: skip
    return Program(Formulation.from_json(json.dumps(stated)), load({"players": PLAYERS}))


@pytest.mark.parametrize(
    ("expression", "forall", "best"),
    [
        ("sum(price[p] * x[p] for p in P if position[p] == 'defender')", "", 8),
        ("sum(pay[position[p]] * x[p] for p in P)", "", 9),
        ("x[p] + x[q] <= 1", "p in P, q in P if p < q and position[p] == position[q]", 15),
        ("x[p] <= 0", "p in P, r in Q if position[p] == r and r != 'mid'", 6),
        ("sum(price[p] * fit[p] * x[p] for p in P)", "", 14),
        ("sum(price[p] * x[p] for p in P if fit[p] == 'yes')", "", 14),
        ("sum(price[p] * x[p] for p in P if fit[p] in ('No', 'false'))", "", 4),
        ("x[p] <= 0", "p in P if not fit[p]", 14),
        ("sum(price[p] * x[p] for p in P if code[p] == 'c')", "", 6),
    ],
)
def test_a_column_of_texts_or_of_yes_and_no_needs_no_kind(
    expression: str, forall: str, best: float
) -> None:
    columns = [head for head in ("position", "fit", "code") if head in expression + forall]
    assert solve(squad(expression, *columns, forall=forall)).objective == best


def test_a_kind_that_is_written_wins() -> None:
    exact = "sum(price[p] * x[p] for p in P if fit[p] == 'Yes')"
    assert solve(squad(exact, "fit", fit="text")).objective == 3
    number = squad("sum(fit[p] * x[p] for p in P)", "fit", fit="number")
    with pytest.raises(DataError, match="row 1 holds 'Yes', which is not a number"):
        solve(number)
    assert number.formulation is not None
    again = Program(Formulation.from_json(number.formulation.to_json()), number.tables)
    with pytest.raises(DataError, match="which is not a number"):
        solve(again)


@pytest.mark.parametrize(
    ("expression", "column", "hint"),
    [
        ("sum(position[p] * x[p] for p in P)", "position", ""),
        ("sum(code[p] * x[p] for p in P)", "code", '"kind": "text"'),
        ("sum(price[p] * x[p] for p in P if code[p] == code['p1'])", "code", '"kind": "text"'),
    ],
)
def test_a_cell_that_is_no_number_is_named_where_one_is_asked_for(
    expression: str, column: str, hint: str
) -> None:
    with pytest.raises(DataError, match=f"column '{column}', row 1 holds") as caught:
        solve(squad(expression, column))
    assert hint in caught.value.hint


def test_a_wide_table_may_hold_texts() -> None:
    stated = {
        "sets": [
            {"name": "I", "column": {"table": "shifts", "value": "who"}},
            {"name": "M", "column": {"table": "shifts", "keys": ["who"], "heads": True}},
        ],
        "parameters": [
            {"name": "turn", "indices": ["I", "M"],
             "column": {"table": "shifts", "keys": ["who"], "heads": True}},
        ],
        "variables": [{"name": "x", "indices": ["I", "M"], "upper": 1}],
        "objective": {
            "sense": "maximize",
            "expression": "sum(x[i, m] for i in I for m in M if turn[i, m] == 'late')"
            " - sum(x[i, m] for i in I for m in M if turn[i, m] == '')",
        },
    }  # fmt: skip
    shifts = {"who": ["ann", "bob"], "jan": ["early", "late"], "feb": ["late", None]}
    program = Program(Formulation.from_json(json.dumps(stated)), load({"shifts": shifts}))
    outcome = solve(program)
    assert outcome.objective == 2
    assert outcome.values["x[bob,feb]"] == 0


def test_two_texts_for_one_key_are_refused_and_the_same_text_twice_is_one() -> None:
    def towns(texts: list[str]) -> Program:
        stated = {
            "sets": [{"name": "I", "column": {"table": "d", "value": "town"}}],
            "parameters": [
                {"name": "land", "indices": ["I"],
                 "column": {"table": "d", "value": "land", "keys": ["town"]}}
            ],
            "variables": [{"name": "x", "indices": ["I"], "upper": 1}],
            "objective": {
                "sense": "maximize", "expression": "sum(x[i] for i in I if land[i] == 'u')"
            },
        }  # fmt: skip
        data = load({"d": {"town": ["a", "b", "a"], "land": texts}})
        return Program(Formulation.from_json(json.dumps(stated)), data)

    assert solve(towns(["u", "v", "u"])).objective == 1
    with pytest.raises(DataError, match="different texts for a in rows 1 and 3"):
        solve(towns(["u", "v", "w"]))


def test_a_misspelt_text_of_a_table_is_a_doubt_with_its_place() -> None:
    program = squad("sum(price[p] * x[p] for p in P if position[p] == 'defnder')", "position")
    (doubt,) = program.doubts
    assert doubt.message == (
        "'objective' asks whether 'position[p]' is 'defnder', and it never is; "
        "did you mean 'defender'?"
    )
    assert doubt.place == "column 50"
    assert program.readings == (doubt.placed_message,)
    assert squad("sum(x[p] for p in P if position[p] != 'mid')", "position").doubts == ()
