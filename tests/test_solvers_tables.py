"""Reading files: what becomes which table, and what is said about files that do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from optwright.errors import DataError
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load, read


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def rows(table: Table) -> list[tuple[object, ...]]:
    return list(table.rows)


@pytest.mark.parametrize(
    "content",
    [
        "town,amount\nLyon,3\nMetz,4.5\n",
        "\ufefftown;amount\r\nLyon;3\r\nMetz;4.5",
        "town\tamount\nLyon\t3\n\nMetz\t4.5\n\n",
        'town|amount\n"Lyon"|3\nMetz|4.5\n',
    ],
)
def test_csv_is_read_with_the_separator_of_its_header(tmp_path: Path, content: str) -> None:
    (table,) = read(write(tmp_path / "demand.csv", content))
    assert table.name == "demand"
    assert rows(table) == [("Lyon", 3), ("Metz", 4.5)]


def test_rows_are_counted_as_the_file_shows_them(tmp_path: Path) -> None:
    content = 'town,amount\n"Ly\non",3\n\nMetz,many\n'
    (table,) = read(write(tmp_path / "demand.csv", content))
    with pytest.raises(DataError, match="row 5 holds 'many'"):
        table.numbers("amount")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "empty"),
        ("town,amount\n", "no rows"),
        ("town,amount\nLyon,3\nMetz\n", "row 3 has 1 cells; the header has 2"),
        ("town,town\nLyon,3\n", "more than one column named 'town'"),
        ("town,\nLyon,3\n", "column 2 has no name"),
        ('town,amount\n"Lyon,3\n', "line"),
    ],
)
def test_csv_that_is_no_table_is_refused(
    tmp_path: Path, content: str | bytes, complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        read(write(tmp_path / "demand.csv", content))


@pytest.mark.parametrize(
    "content",
    [
        [{"town": "Lyon", "amount": 3}, {"town": "Metz", "amount": 4.5}],
        {"town": ["Lyon", "Metz"], "amount": [3, 4.5]},
    ],
)
def test_json_is_rows_or_columns(tmp_path: Path, content: object) -> None:
    (table,) = read(write(tmp_path / "demand.json", json.dumps(content)))
    assert rows(table) == [("Lyon", 3), ("Metz", 4.5)]


def test_json_of_several_tables_names_each_after_the_file(tmp_path: Path) -> None:
    content = {"towns": {"town": ["Lyon"]}, "roads": [{"from": "Lyon", "to": "Metz"}]}
    tables = load([write(tmp_path / "data.json", json.dumps(content))])
    assert list(tables) == ["data.towns", "data.roads"]


def test_json_of_numbers_by_name_is_one_row(tmp_path: Path) -> None:
    (table,) = read(write(tmp_path / "limits.json", '{"hours": 40, "budget": 1e3}'))
    assert (table.numbers("hours"), table.numbers("budget")) == ([40], [1000])


def test_json_may_escape_what_no_keyboard_has(tmp_path: Path) -> None:
    (table,) = read(write(tmp_path / "signs.json", r'[{"sign": "\ud83d\ude9a"}]'))
    assert rows(table) == [("\N{DELIVERY TRUCK}",)]


@pytest.mark.parametrize(
    "content",
    ["", "3", "[1, 2]", '{"a": [1], "b": 2}', "{}", "[" * 99_999, r'[{"a": "\ud800"}]'],
)
def test_json_that_is_no_table_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(DataError):
        read(write(tmp_path / "data.json", content))


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, grid in sheets.items():
        sheet = book.create_sheet(title)
        for row in grid:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbooks_only_filled_sheet_is_named_after_the_file(tmp_path: Path) -> None:
    grid: list[list[object]] = [["town", "amount"], ["Lyon", 3], [None, None], ["Metz", 4.5]]
    tables = load([workbook(tmp_path / "demand.xlsx", north=grid, notes=[])])
    assert rows(tables["demand"]) == [("Lyon", 3), ("Metz", 4.5)]
    assert tables["demand"].row_numbers == [2, 4]


def test_several_sheets_are_tables_of_their_own(tmp_path: Path) -> None:
    grid: list[list[object]] = [["town"], ["Lyon"]]
    assert list(load([workbook(tmp_path / "d.xlsx", north=grid, south=grid)])) == [
        "d.north",
        "d.south",
    ]


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not an Excel workbook"):
        read(write(tmp_path / "demand.xlsx", "town,amount"))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        read(tmp_path / "nowhere.csv")


def test_a_kind_of_file_that_is_not_read_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not a kind of file"):
        read(tmp_path / "demand.sas7bdat")


def test_a_huge_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(DataError, match="1,024 MiB"):
        read(path)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    one = write(tmp_path / "demand.csv", "town\nLyon\n")
    other = write(tmp_path / "demand.json", '[{"town": "Lyon"}]')
    with pytest.raises(DataError, match="two tables are named 'demand'"):
        load([one, other])


class Frame:
    """What a data frame of pandas offers, as far as it is used."""

    columns = ("town", "amount")

    def to_dict(self, orient: str) -> dict[str, list[object]]:
        assert orient == "list"
        return {"town": ["Lyon", float("nan")], "amount": [3.0, 4.5]}


def test_tables_in_memory_go_by_their_name(tmp_path: Path) -> None:
    tables = load(
        {
            "rows": [{"a": 1}],
            "columns": {"a": [1, 2]},
            "frame": Frame(),
            "file": write(tmp_path / "other.csv", "a\n7\n"),
        }
    )
    assert {name: rows(table) for name, table in tables.items()} == {
        "rows": [(1,)],
        "columns": [(1,), (2,)],
        "frame": [("Lyon", 3), (None, 4.5)],
        "file": [(7,)],
    }
