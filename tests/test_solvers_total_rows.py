"""Rows of totals: left out where their numbers confirm it, and no row of a normal table ever is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.agents.problem import Problem
from optwright.agents.solving import solve
from optwright.solvers.data.table import Table, from_columns
from optwright.solvers.data.table_json import table_from_json, table_to_json
from optwright.solvers.data.tables import load
from optwright.testing import ScriptedModel
from tests.test_agents_limits import TEXT, reply

MILLS = ["Weir", "Hill", "Lake", "Moor"]
TONS = [120, 80, 100, 40]
COSTS = [451, 377, 692, 918]


def cut(**columns: list[object]) -> Table:
    return load({"mills": columns})["mills"]


def mills(label: object, tons: object = 340, cost: object = 2438) -> Table:
    return cut(mill=[*MILLS, label], tons=[*TONS, tons], cost=[*COSTS, cost])


@pytest.mark.parametrize(
    "label",
    ["Total", "GRAND TOTAL", "Total:", "Summe", "Gesamt", "Σ", "合计", "Total (tons)", None, ""],
)
def test_a_row_with_a_name_of_totals_or_none_is_left_out(label: object) -> None:
    table = cut(mill=[*MILLS, label], tons=[*TONS, 340])
    assert table.column("mill").cells == MILLS
    assert table.column("tons").cells == TONS
    (note,) = table.notes
    assert "row 5 of table 'mills'" in note
    assert "is left out: it is the sum of the others in 'tons'" in note
    assert not table.doubts


@pytest.mark.parametrize("label", ["All our mills", "Everything", "Kaikki", "X"])
def test_numbers_enough_need_no_name(label: str) -> None:
    exact = [1204.5, 873.25, 1001.75, 433.1]
    table = cut(mill=[*MILLS, label], tons=[*exact, 3512.6], cost=[*COSTS, 2438])
    assert table.column("mill").cells == MILLS
    assert repr(label) in table.notes[0]


def test_a_key_that_no_other_table_knows_supports_what_few_numbers_say() -> None:
    pairs = [(mill, town) for mill in MILLS for town in ("Metz", "Brest")]
    routes = {"mill": [m for m, _ in pairs], "town": [t for _, t in pairs], "cost": range(8)}
    capacity = {"mill": [*MILLS, "Everything"], "tons": [*TONS, 340]}
    tables = load({"mills": capacity, "routes": routes})
    assert tables["mills"].column("mill").cells == MILLS
    assert not tables["routes"].notes


def test_a_first_row_is_one_too() -> None:
    table = cut(mill=["Total", *MILLS], tons=[340, *TONS])
    assert table.column("mill").cells == MILLS
    assert list(table.row_numbers) == [2, 3, 4, 5]


def test_columns_it_says_nothing_about_do_not_matter() -> None:
    table = cut(mill=[*MILLS, "Total"], tons=[*TONS, 340], price=[3.5, 4, 2, 5, None])
    assert table.column("price").cells == [3.5, 4, 2, 5]
    table = cut(mill=[*MILLS, "Total"], tons=[*TONS, 340], price=["3.5", "4", "2", "5", "-"])
    assert table.column("price").cells == [3.5, 4, 2, 5]


def test_hours_become_numbers_again_without_the_row() -> None:
    table = cut(hour=["1", "2", "3", "Total"], load=["10", "20", "15", "45"])
    assert table.column("hour").cells == [1, 2, 3]


def test_a_table_of_pairs_has_one() -> None:
    table = cut(mill=["Weir", "Weir", "Hill", "Total"], town=["A", "B", "A", None], n=[3, 4, 5, 12])
    assert len(table) == 3


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (mills("Total", tons=341), "one column is no sum"),
        (cut(mill=[*MILLS, "Total"], tons=[*TONS, 341]), "no column is a sum"),
        (cut(mill=[*MILLS, "Total"], tons=[*TONS, 340], price=[3, 4, 2, 5, 3.5]), "an average"),
        (cut(mill=[*MILLS, "Weir"], tons=[*TONS, 340], cost=[*COSTS, 2438]), "a key twice"),
        (cut(product=["A", "B", "C"], sold=[10, 20, 30]), "chance"),
        (cut(product=["A", "B", "C"], sold=[0, 0, 0]), "nothing"),
        (cut(product=["A", "Total"], sold=[10, 10]), "one other"),
        (cut(product=["A", "B", "C"], can_cut=[1, 0, 1], can_sew=[0, 1, 1]), "abilities"),
        (cut(product=["A", "B", "C"], hours=[10, 20, 30], cost=[100, 200, 300]), "one witness"),
    ],
)
def test_other_rows_stay(table: Table, why: str) -> None:
    assert not table.notes, why


def test_a_row_that_may_be_one_is_named_and_stays() -> None:
    table = cut(mill=[*MILLS, "Overhead"], tons=[*TONS, 340])
    assert len(table) == 5
    (doubt,) = table.doubts
    assert "row 5 of table 'mills' ('Overhead') is the sum of the others in 'tons'" in doubt
    assert "take it out of the table if it is their total" in doubt


def test_a_key_that_is_one_elsewhere_stays() -> None:
    routes = {"mill": [*MILLS, "Total"], "cost": [3, 9, 4, 1, 8]}
    tables = load({"mills": {"mill": [*MILLS, "Total"], "tons": [*TONS, 340]}, "routes": routes})
    assert len(tables["mills"]) == 5
    assert tables["mills"].doubts


def test_totals_of_two_tables_do_not_keep_each_other() -> None:
    one = {"mill": [*MILLS, "Total"], "tons": [*TONS, 340]}
    two = {"mill": [*MILLS, "Total"], "cost": [*COSTS, 2438]}
    assert [len(table) for table in load({"one": one, "two": two}).values()] == [4, 4]


CROPS: dict[str, list[object]] = {"crop": ["barley", "rye"], "earn": [70, 55], "cap": [40, 35]}
OTHERS: dict[str, list[object]] = {"crop": ["hops", "flax"], "earn": [90, 31], "cap": [20, 17]}


def stacked(*parts: dict[str, list[object]] | tuple[object, ...]) -> Table:
    """Blocks of rows, and single rows between them."""
    columns: dict[str, list[object]] = {name: [] for name in CROPS}
    for part in parts:
        row = (
            part
            if isinstance(part, dict)
            else {name: [cell] for name, cell in zip(CROPS, part, strict=True)}
        )
        for name, cells in row.items():
            columns[name] += cells
    return cut(**columns)


@pytest.mark.parametrize(
    "table",
    [
        stacked(CROPS, ("Total", 246, 112), OTHERS),
        stacked(CROPS, ("Subtotal grain", 125, 75), OTHERS, ("Subtotal other", 121, 37)),
        stacked(CROPS, ("Subtotal", 125, 75), OTHERS, ("Subtotal", 121, 37)),
        stacked(CROPS, ("Subtotal", 125, 75), OTHERS, ("Total", 246, 112)),
        stacked(
            CROPS, ("Subtotal", 125, 75), OTHERS, ("Subtotal", 121, 37), ("Grand total", 246, 112)
        ),
        stacked(("Total", 246, 112), ("Summe A", 125, 75), CROPS, ("Summe B", 121, 37), OTHERS),
        stacked(("Sum", 246, 112), CROPS, ("Sum of other", 121, 37), OTHERS),
    ],
)
def test_totals_may_stand_anywhere_and_be_of_a_part(table: Table) -> None:
    assert table.column("crop").cells == ["barley", "rye", "hops", "flax"]
    assert table.column("earn").cells == [70, 55, 90, 31]
    assert not table.doubts


def test_what_a_subtotal_is_the_sum_of_is_said() -> None:
    table = stacked(CROPS, ("Subtotal grain", 125, 75), OTHERS)
    assert table.notes == (
        "row 3 of table 'mills' ('Subtotal grain') is left out: it is the sum of rows 1 to 2 in "
        "'earn', 'cap'",
    )


def test_a_block_of_one_row_has_a_subtotal_too() -> None:
    table = stacked(CROPS, ("Subtotal", 125, 75), ("hops", 90, 20), ("Subtotal", 90, 20))
    assert table.column("crop").cells == ["barley", "rye", "hops"]


def test_a_subtotal_without_a_name_is_left_out_only_where_chance_is_out_of_question() -> None:
    assert len(stacked(CROPS, ("Grain", 125, 75), OTHERS)) == 5
    exact: dict[str, list[object]] = {
        "crop": ["barley", "rye"],
        "earn": [1204.55, 873.25],
        "cap": [4051, 3519],
    }
    table = stacked(exact, ("Grain", 2077.8, 7570), OTHERS)
    assert table.column("crop").cells == ["barley", "rye", "hops", "flax"]


def test_a_row_with_a_name_of_totals_that_is_a_sum_in_one_column_only_is_named_and_stays() -> None:
    table = stacked(CROPS, ("Subtotal", 62.5, 75), OTHERS)
    assert len(table) == 5
    (doubt,) = table.doubts
    assert "('Subtotal') is the sum of rows 1 to 2 in 'cap'" in doubt


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json"])
def test_every_kind_of_file_is_read_so(tmp_path: Path, suffix: str) -> None:
    rows = [("mill", "tons"), *zip(MILLS, TONS, strict=True), ("Total", 340)]
    path = tmp_path / f"mills.{suffix}"
    match suffix:
        case "csv":
            path.write_text("\n".join(f"{mill},{tons}" for mill, tons in rows))
        case "xlsx":
            book = openpyxl.Workbook()
            for row in rows:
                book.active.append(row)
            book.save(path)
        case "json":
            path.write_text(
                "[" + ", ".join(f'{{"mill": "{m}", "tons": {t}}}' for m, t in rows[1:]) + "]"
            )
    (table,) = load([path]).values()
    assert table.column("tons").cells == TONS
    assert table.notes


def test_it_is_no_product_and_the_answer_says_so() -> None:
    table = cut(mill=[*MILLS, "Total"], tons=[*TONS, 340])
    capacities = from_columns("mills", {"mill": table.column("mill").cells})
    problem = Problem(TEXT, {"mills": capacities, "caps": replace(table, name="caps")})
    solution = solve(problem, model=ScriptedModel(*[reply()] * 5))
    assert solution.objective == pytest.approx(340)
    assert solution.assumptions[0].startswith("row 5 of table 'mills' ('Total') is left out")


def test_a_conversation_keeps_what_was_said_about_a_table() -> None:
    table = mills("Total")
    kept = table_from_json("mills", table_to_json(table))
    assert kept.notes == table.notes
    assert list(kept.rows) == list(table.rows)


def random_table(random: Random) -> dict[str, list[object]]:
    """A table as people have them: a key, and columns of amounts, prices, shares and flags."""
    count = random.randint(2, 12)
    kinds = (
        lambda: random.randint(0, 1),
        lambda: random.randint(0, 10),
        lambda: 5 * random.randint(1, 40),
        lambda: random.randint(0, 5000),
        lambda: round(random.uniform(0, 100), 2),
        lambda: random.gauss(0, 50),
        lambda: random.choice([None, random.randint(1, 9)]),
    )
    columns: dict[str, list[object]] = {"key": [f"k{at}" for at in range(count)]}
    for at in range(random.randint(1, 5)):
        draw = random.choice(kinds)
        columns[f"c{at}"] = [draw() for _ in range(count)]
    return columns


@given(st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_no_row_of_a_random_table_is_left_out(seed: int) -> None:
    columns = random_table(Random(seed))
    table = cut(**columns)
    assert not table.notes
    assert len(table) == len(columns["key"])


@given(
    st.lists(st.tuples(st.integers(1, 5000), st.integers(-90, 90)), min_size=2, max_size=12),
    st.sampled_from(["Total", "sum", None]),
)
def test_a_row_of_totals_that_is_added_is_left_out(
    rows: list[tuple[int, int]], label: str | None
) -> None:
    tons, change = (list(column) for column in zip(*rows, strict=True))
    key = [f"k{at}" for at in range(len(rows))]
    if len(set(tons)) == 1 and len(rows) == 2:  # x + x = 2x holds two steps, the least there is
        tons[0] += 1
    table = cut(key=[*key, label], tons=[*tons, sum(tons)], change=[*change, sum(change)])
    assert table.column("key").cells == key
    assert table.column("change").cells == change


def test_ten_thousand_random_tables_keep_their_rows() -> None:
    random = Random(7)
    left_out = [t for t in (cut(**random_table(random)) for _ in range(10_000)) if t.notes]
    assert not left_out


def test_a_total_beside_numbers_that_are_none_is_read(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("name,n,x\na,1,1.5\nb,2,\n,3,nan\nc,4,inf\ntotal,10,1.5\n", encoding="utf-8")
    assert len(load([path])["odd"]) in (4, 5)
