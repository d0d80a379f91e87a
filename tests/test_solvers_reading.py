"""Files as people have them: what they mean is what is read, and what is unsure is asked."""

from __future__ import annotations

import importlib.util
import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from optwright.errors import DataError, FaultyData
from optwright.solvers.data.tables import load, questions
from tests.awkward_files import CASES, Case, xlsx
from tests.fresh_awkward_files import FRESH
from tests.more_awkward_files import MORE


@pytest.mark.parametrize("case", [*CASES, *MORE, *FRESH], ids=lambda case: case.name)
def test_an_awkward_file_is_read_as_it_is_meant(case: Case, tmp_path: Path) -> None:
    tables = load([case.write(tmp_path)])
    found = {
        name: (tuple(column.name for column in table.columns), list(table.rows))
        for name, table in tables.items()
    }
    assert found == case.means
    assert bool([q for table in tables.values() for q in table.questions]) == case.asked
    across = {name: table.across.heads for name, table in tables.items() if table.across}
    assert across == case.across


def test_at_most_ten_of_sixty_files_have_to_be_asked_about() -> None:
    assert len(CASES) >= 60
    assert sum(case.asked for case in CASES) <= 10


# What is asked, and how it is answered


def csv_of(folder: Path, text: str, toml: str = "") -> Path:
    path = folder / "d.csv"
    path.write_text(text, encoding="utf-8")
    if toml:
        (folder / "d.csv.toml").write_text(toml, encoding="utf-8")
    return path


OPEN = "town,demand\nLyon,1.500\nMetz,2.750\n"


def test_an_open_numeral_is_a_question_with_the_line_that_answers_it(tmp_path: Path) -> None:
    (question,) = questions(load([csv_of(tmp_path, OPEN)]).values())
    assert "is 1.500 1.5 or 1,500?" in question.told()
    assert 'one line in d.csv.toml:\n  decimal = "."' in question.told()
    assert '  decimal = ","' in question.told()


@pytest.mark.parametrize(
    ("toml", "first"),
    [('decimal = ","', 1500), ('decimal = "."', 1.5), ("as_understood = true", 1.5)],
)
def test_the_toml_beside_a_file_answers(tmp_path: Path, toml: str, first: float) -> None:
    tables = load([csv_of(tmp_path, OPEN, toml)])
    assert tables["d"].numbers("demand")[0] == first
    assert not questions(tables.values())


def test_every_answer_of_a_question_is_one_the_toml_takes(tmp_path: Path) -> None:
    for case in [*CASES, *MORE, *FRESH]:
        if not case.asked:
            continue
        path = case.write(tmp_path)
        (tmp_path / f"{case.file}.toml").unlink(missing_ok=True)
        for question in questions(load([path]).values()):
            for line in question.told().splitlines()[2:]:
                (tmp_path / f"{case.file}.toml").write_text(line.strip(), encoding="utf-8")
                left = [q.text for q in questions(load([path]).values())]
                assert question.text not in left, (case.name, line)
            (tmp_path / f"{case.file}.toml").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("toml", "complaint"),
    [
        ("decimals = 3", "'decimals', which is no setting"),
        ("[sheets.x]\nleave = 3", "sheets.x.leave"),
        ("[tables.other]\nleave = true", "a table 'other', which was not found"),
        ("[tables.d.columns.x]\ntype = 'text'", "name a column 'x'"),
        ("decimal =", "is no TOML"),
        ('decimal = "x"', "decimal"),
    ],
)
def test_a_correction_that_corrects_nothing_is_refused(
    tmp_path: Path, toml: str, complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        load([csv_of(tmp_path, OPEN, toml)])


def test_a_range_finds_the_table_that_was_not_found(tmp_path: Path) -> None:
    path = tmp_path / "d.xlsx"
    path.write_bytes(
        xlsx(("Plan", [["a", 1, "x"], ["b", 2, "y"], ["town", "n", "z"], ["L", 3, 4]]))
    )
    toml = '[tables.mine]\nsheet = "Plan"\nrange = "A3:B4"\n'
    (tmp_path / "d.xlsx.toml").write_text(toml, encoding="utf-8")
    tables = load([path])
    assert list(tables["mine"].rows) == [("L", 3)]


def test_solving_asks_before_anything_is_paid_for(tmp_path: Path) -> None:
    from optwright import solve
    from optwright.testing import ScriptedModel

    model = ScriptedModel()
    solution = solve("Serve the demand at least cost.", csv_of(tmp_path, OPEN), model)
    assert solution.status.value == "asked"
    assert "1,500" in solution.questions[0]


def test_a_bad_cell_is_named_and_leaves_its_column_one_of_numbers(tmp_path: Path) -> None:
    table = load([csv_of(tmp_path, "town,demand\nLyon,3\nMetz,four\nNice,6\n")])["d"]
    assert table.column("demand").type == "integer"
    assert "'four' in row 3" in table.doubts[0]
    with pytest.raises(FaultyData, match="row 3 holds 'four'"):
        table.numbers("demand")


def test_a_formula_that_was_never_calculated_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "d.xlsx"
    path.write_bytes(xlsx(("Plan", [["town", "demand"], ["Lyon", 3], ["Metz", "=B2*2"]])))
    with pytest.raises(DataError, match="cell B3 of sheet 'Plan' holds a formula") as caught:
        load([path])
    assert "save it once" in caught.value.hint


# Files that are damaged or mean harm


def damaged(path: Path, part: str, content: str) -> Path:
    """A workbook in which one part is another."""
    whole = xlsx(("Plan", [["town", "demand"], ["Lyon", 3]]))
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(path, "w") as made:
        for name in source.namelist():
            made.writestr(name, content if name == part else source.read(name))
    return path


SHEET = "xl/worksheets/sheet1.xml"
OPENED = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
BOMB = '<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("part", "content", "complaint"),
    [
        (SHEET, OPENED + '<row r="1"><c r="A1"><v>1', "cannot be read|can be read"),
        (SHEET, BOMB + OPENED + "&b;</sheetData></worksheet>", "declares entities"),
        ("xl/workbook.xml", BOMB + "<workbook>&b;</workbook>", "declares entities"),
        (
            SHEET,
            f'{OPENED}<row r="999999999"><c r="A999999999"><v>1</v></c></row></sheetData>'
            "</worksheet>",
            "row 999,999,999",
        ),
        (
            SHEET,
            f'{OPENED}<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576">'
            "<v>1</v></c></row></sheetData></worksheet>",
            "more memory or time|cells as far as",
        ),
        (SHEET, f"{OPENED}</sheetData></worksheet>", "is empty"),
    ],
)
def test_a_damaged_or_hostile_workbook_ends_in_a_sentence(
    tmp_path: Path, part: str, content: str, complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        load([damaged(tmp_path / "d.xlsx", part, content)])


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods", ".xlsb", ".csv", ".parquet", ".arrow"])
def test_noise_ends_in_a_sentence(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"d{suffix}"
    path.write_bytes(b"PK\x03\x04" + random.Random(7).randbytes(3000))
    with pytest.raises(DataError):
        load([path])


# What is in memory


def test_data_is_a_frame_an_array_or_several_by_name(tmp_path: Path) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    rows = {"town": ["Lyon", "Metz"], "demand": [3, 4]}
    means = [("Lyon", 3), ("Metz", 4)]
    given: list[object] = [
        pandas.DataFrame(rows),
        pandas.DataFrame(rows).set_index("town"),
        polars.DataFrame(rows),
        polars.DataFrame(rows).to_arrow() if importlib.util.find_spec("pyarrow") else rows,
        rows,
        [{"town": "Lyon", "demand": 3}, {"town": "Metz", "demand": 4}],
        {"data": pandas.DataFrame(rows)},
        np.array([("Lyon", 3), ("Metz", 4)], dtype=[("town", "U9"), ("demand", "i8")]),
    ]
    for data in given:
        assert list(load(data)["data"].rows) == means
    path = csv_of(tmp_path, "town,demand\nLyon,3\nMetz,4\n")
    for source in (path, str(path), [path]):
        assert list(load(source)["d"].rows) == means
    assert load({"costs": np.eye(2)})["costs"].across is not None
    assert list(load({"budget": 5000, "trucks": 3})["data"].rows) == [(5000, 3)]


def test_days_and_gaps_of_a_frame_are_days_and_gaps(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"day": pandas.to_datetime(["2026-01-01", None]), "n": [1.5, None], "w": ["1,200", "300"]}
    )
    assert next(load(frame)["data"].rows)[:2] == ("2026-01-01", 1.5)
    assert load(frame)["data"].column("day").cells[1] is None


def test_a_long_plain_file_is_read_alike_by_both_readers(tmp_path: Path) -> None:
    pytest.importorskip("polars")
    body = "".join(f"site{k % 40},cust{k % 997},{k % 100}.25,{k}\n" for k in range(60_000))
    path = tmp_path / "d.csv"
    path.write_text("site,customer,cost,n\n" + body, encoding="utf-8")
    quick = load([path])["d"]
    assert quick.column("n").array is not None
    (tmp_path / "d.csv.toml").write_text('encoding = "utf-8"', encoding="utf-8")
    slow = load([path])["d"]
    assert [c.type for c in quick.columns] == [c.type for c in slow.columns]
    assert all(a.cells == b.cells for a, b in zip(quick.columns, slow.columns, strict=True))
    assert quick.codes("site")[0] == slow.codes("site")[0]


# Found by attacking it


@pytest.mark.parametrize(
    ("text", "heads", "first"),
    [
        ("t,d\nA,~5\nB,6\nC,7\n", ("t", "d"), ("A", "~5")),
        ("section,hours\n1.1,3\n1.2,4\n1.10,5\n", ("section", "hours"), ("1.1", 3)),
        ("truck,load\n7.5t,3\n12t,5\n", ("truck", "load"), ("7.5t", 3)),
        ("region,2025 plan,2026 plan\nN,1,2\nS,3,4\n", ("region", "2025 plan", "2026 plan"),
         ("N", 1, 2)),
        ("# exported\n# by a tool\ntown,demand\nLyon,3\n", ("town", "demand"), ("Lyon", 3)),
        ("miasto;popyt\nŁódź;3\nKraków;4\n".encode("cp1250"), ("miasto", "popyt"), ("Łódź", 3)),
        ("город;спрос\nМосква;3\nКазань;4\nНовосибирск;5\n".encode("cp1251"), ("город", "спрос"),
         ("Москва", 3)),
    ],
)  # fmt: skip
def test_what_looks_like_something_else_is_not_taken_for_it(
    tmp_path: Path, text: str | bytes, heads: tuple[str, ...], first: tuple[object, ...]
) -> None:
    path = tmp_path / "d.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    table = load([path])["d"]
    assert tuple(column.name for column in table.columns) == heads
    assert next(table.rows) == first


def test_a_pivot_table_is_keys_heads_and_no_totals(tmp_path: Path) -> None:
    path = tmp_path / "d.xlsx"
    rows: list[list[object]] = [
        ["Sum of Amount", "Column Labels"],
        ["Row Labels", "Jan", "Feb", "Grand Total"],
        ["A", 10, 20, 30],
        ["B", 30, 45, 75],
        ["Grand Total", 40, 65, 105],
    ]
    path.write_bytes(xlsx(("Plan", rows)))
    table = load([path])["d"]
    assert [column.name for column in table.columns] == ["Row Labels", "Jan", "Feb"]
    assert list(table.rows) == [("A", 10, 20), ("B", 30, 45)]
    assert table.across is not None
    assert table.across.heads == ("Jan", "Feb")


@pytest.mark.parametrize("cell", ["1e999", "-1e999 kg", "1e999tons"])
def test_a_number_that_no_computer_holds_is_a_cell_of_text(tmp_path: Path, cell: str) -> None:
    (path := tmp_path / "mills.csv").write_text(f"mill,load\na,{cell}\nb,2\nc,3\n")
    (table,) = load([path]).values()
    assert list(table.column("load").cells) in ([cell, 2, 3], [cell, "2", "3"])


def test_rows_that_tie_with_rows_above_are_no_summary(tmp_path: Path) -> None:
    """Of 100 complete made problems five were asked about such rows."""
    jobs = "job,hours\nA,5\nB,9\nA,4\nA,9\nB,6\n"  # two that tie with the largest, the average
    days = "day,needed\nMon,3\nTue,5\nWed,4\nThu,5\nFri,4\n"
    for text in (jobs, days):
        assert not questions(load([csv_of(tmp_path, text)]).values())


def test_a_last_column_without_any_head_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "lakes.csv"
    path.write_bytes(
        b",tons<=t\nL\xe1\xa0\xb8ke,4\xed\xa0\xbd.51\ntotal,200,15.2\n"
    )  # found by fuzzing
    with pytest.raises(DataError, match="column 3 has no name"):
        load([path])
