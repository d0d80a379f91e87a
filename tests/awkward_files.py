"""Sixty files as people have them, made here, each with the tables it means.

A case is `right` where nothing has to be asked, `asked` where what was taken stands beside a
question. `tests/test_solvers_reading.py` reads them.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Case:
    """`means` has for each table its heads and rows; `across` the heads that are an index."""

    name: str
    file: str
    content: bytes
    means: dict[str, tuple[tuple[str, ...], Rows]]
    asked: bool = False
    across: dict[str, tuple[str, ...]] = field(default_factory=dict)
    toml: str = ""

    def write(self, folder: Path) -> Path:
        path = folder / self.file
        path.write_bytes(self.content)
        if self.toml:
            (folder / f"{self.file}.toml").write_text(self.toml, encoding="utf-8")
        return path


CASES: list[Case] = []


def _case(name: str, file: str, content: str | bytes, means: dict[str, Any], **more: Any) -> None:
    given = content.encode() if isinstance(content, str) else content
    CASES.append(Case(name, file, given, means, **more))


def xlsx(*sheets: tuple[str, Sequence[Sequence[Any]]], then: Callable[[Any], object] | None = None,
         at: tuple[int, int] = (1, 1)) -> bytes:  # fmt: skip
    """A workbook of rows by sheet, put down from `at` on; `then` changes it before it is saved."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for r, row in enumerate(rows, at[0]):
            for c, value in enumerate(row, at[1]):
                if value is not None:
                    sheet.cell(r, c, value)
    if then is not None:
        then(book)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def xls(rows: Sequence[Sequence[Any]], merged: Sequence[tuple[int, int, int, int]] = ()) -> bytes:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Plan")
    day = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    tops = {(m[0], m[2]) for m in merged}
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if value is not None and (r, c) not in tops:
                sheet.write(r, c, value, day) if isinstance(value, datetime.date) else sheet.write(
                    r, c, value
                )
    for top, bottom, left, right in merged:
        sheet.write_merge(top, bottom, left, right, rows[top][left])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def ods(rows: Sequence[Sequence[Any]]) -> bytes:
    def cell(value: Any) -> str:
        if value is None:
            return "<table:table-cell/>"
        if isinstance(value, int | float):
            return (f'<table:table-cell office:value-type="float" office:value="{value}">'
                    f"<text:p>{value}</text:p></table:table-cell>")  # fmt: skip
        return ('<table:table-cell office:value-type="string">'
                f"<text:p>{value}</text:p></table:table-cell>")  # fmt: skip

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    spaces = " ".join(
        f'xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{k}:1.0"'
        for k in ("office", "table", "text")
    )
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>'
               f'<office:body><office:spreadsheet><table:table table:name="Plan">{body}'
               "</table:table></office:spreadsheet></office:body></office:document-content>")  # fmt: skip
    manifest = ('<?xml version="1.0"?><manifest:manifest xmlns:manifest='
                '"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')  # fmt: skip
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return kept.getvalue()


TOWNS: dict[str, tuple[tuple[str, ...], Rows]] = {
    "d": (("town", "demand"), [("Lyon", 3), ("Metz", 4.5), ("Nice", 6)])
}
GRID: list[list[Any]] = [["town", "demand"], ["Lyon", 3], ["Metz", 4.5], ["Nice", 6]]

# Encodings and separators

_case("German export", "d.csv", "Stadt;Bedarf\r\nKöln;1.500,25\r\nBonn;900,00\r\n".encode("cp1252"),
      {"d": (("Stadt", "Bedarf"), [("Köln", 1500.25), ("Bonn", 900.0)])})  # fmt: skip
_case("UTF-16 with tabs", "d.txt", "town\tdemand\nLyon\t3\nMetz\t4.5\nNice\t6\n".encode("utf-16"),
      TOWNS)  # fmt: skip
_case("UTF-16 without a mark", "d.csv", "town,demand\nLyon,3\nMetz,4.5\nNice,6\n".encode("utf-16-le"),
      TOWNS)  # fmt: skip
_case("a byte order mark", "d.csv", "\ufefftown,demand\nLyon,3\nMetz,4.5\nNice,6\n", TOWNS)
_case("sep line", "d.csv", "sep=;\ntown;demand\nLyon;3\nMetz;4.5\nNice;6\n", TOWNS)
_case("pipes", "d.csv", "town|demand\nLyon|3\nMetz|4.5\nNice|6\n", TOWNS)
_case("spaces after commas", "d.csv", 'town, demand\n"Lyon", 3\n"Metz", 4.5\n"Nice", 6\n', TOWNS)
_case(
    "empty columns at the end",
    "d.csv",
    "town;demand;;\nLyon;3;;\nMetz;4.5;;\nNice;6;;\n;;;\n",
    TOWNS,
)
_case("old Macintosh lines", "d.csv", "town,demand\rLyon,3\rMetz,4.5\rNice,6\r", TOWNS)

# Titles and notes

_case("title and note in text", "d.csv",
      "Demand of the week,\n\ntown,demand\nLyon,3\nMetz,4.5\nNice,6\n\nSource: survey of the depots,\n",
      TOWNS)  # fmt: skip
_case("title row above", "d.xlsx", xlsx(("Plan", [["Demand 2026"], *GRID])), TOWNS)
_case("title, date and blank row", "d.xlsx",
      xlsx(("Plan", [["Demand report"], ["as of 3 May 2026, all depots"], [], *GRID])), TOWNS)  # fmt: skip
_case("merged title", "d.xlsx", xlsx(("Plan", [["Demand", None], *GRID]),
      then=lambda b: b["Plan"].merge_cells("A1:B1")), TOWNS)  # fmt: skip
_case("begins at C5", "d.xlsx", xlsx(("Plan", GRID), at=(5, 3)), TOWNS)
_case("notes below", "d.xlsx", xlsx(("Plan", [*GRID, [], ["* figures are preliminary"],
      ["Source: internal reports of the year"]])), TOWNS)  # fmt: skip
_case("note right below", "d.xlsx", xlsx(("Plan", [*GRID, ["Source: internal reports of the year."]])),
      TOWNS)  # fmt: skip
_case("note at the side", "d.xlsx", xlsx(("Plan", [["town", "demand", None, "ask Anna"], *GRID[1:]])),
      TOWNS)  # fmt: skip
_case("heads, blank row, rows", "d.xlsx", xlsx(("Plan", [GRID[0], [], *GRID[1:]])), TOWNS)
_case("blank row between rows", "d.xlsx", xlsx(("Plan", [*GRID[:3], [], GRID[3]])), TOWNS)
_case("repeated heads", "d.csv", "town,demand\nLyon,3\ntown,demand\nMetz,4.5\nNice,6\n", TOWNS)

# Several tables

_case("two tables below each other", "d.xlsx",
      xlsx(("Plan", [["Demand"], *GRID, [], ["Costs"], ["from", "to", "cost"], ["A", "Lyon", 7],
                     ["B", "Metz", 8]])),
      {"d.Demand": TOWNS["d"], "d.Costs": (("from", "to", "cost"), [("A", "Lyon", 7), ("B", "Metz", 8)])})  # fmt: skip
_case("two tables beside each other", "d.xlsx",
      xlsx(("Plan", [["town", "demand", None, "mill", "capacity"], ["Lyon", 3, None, "A", 10],
                     ["Metz", 4.5, None, "B", 20], ["Nice", 6, None, None, None]])),
      {"d.1": TOWNS["d"], "d.2": (("mill", "capacity"), [("A", 10), ("B", 20)])})  # fmt: skip
_case("parameters above a table", "d.xlsx",
      xlsx(("Plan", [["Budget", 5000], ["Trucks", 3], [], *GRID])),
      {"d.1": (("name", "value"), [("Budget", 5000), ("Trucks", 3)]), "d.2": TOWNS["d"]})  # fmt: skip
_case("a hidden sheet", "d.xlsx", xlsx(("Plan", GRID), ("Old", [["x"], [1]]),
      then=lambda b: setattr(b["Old"], "sheet_state", "hidden")), TOWNS)  # fmt: skip


def _hide_row(book: Any) -> None:
    book["Plan"].row_dimensions[3].hidden = True


def _hide_column(book: Any) -> None:
    book["Plan"].column_dimensions["B"].hidden = True


_case("a hidden row", "d.xlsx", xlsx(("Plan", GRID), then=_hide_row), TOWNS, asked=True)
_case("a hidden row, left by choice", "d.xlsx", xlsx(("Plan", GRID), then=_hide_row),
      {"d": (("town", "demand"), [("Lyon", 3), ("Nice", 6)])}, toml='hidden = "leave"')  # fmt: skip
_case("a hidden column", "d.xlsx", xlsx(("Plan", GRID), then=_hide_column), TOWNS)

# Heads

_case("two levels, months over values", "d.xlsx",
      xlsx(("Plan", [["town", "Jan", None, "Feb", None], [None, "demand", "price", "demand", "price"],
                     ["Lyon", 3, 9, 4, 8], ["Metz", 5, 7, 6, 6]]),
           then=lambda b: [b["Plan"].merge_cells(m) for m in ("A1:A2", "B1:C1", "D1:E1")]),
      {"d": (("town", "month", "demand", "price"),
             [("Lyon", "Jan", 3, 9), ("Lyon", "Feb", 4, 8), ("Metz", "Jan", 5, 7), ("Metz", "Feb", 6, 6)])})  # fmt: skip
_case("two levels, values over months", "d.xlsx",
      xlsx(("Plan", [["town", "demand", None, "price", None], [None, "Jan", "Feb", "Jan", "Feb"],
                     ["Lyon", 3, 4, 9, 8], ["Metz", 5, 6, 7, 6]])),
      {"d": (("town", "month", "demand", "price"),
             [("Lyon", "Jan", 3, 9), ("Lyon", "Feb", 4, 8), ("Metz", "Jan", 5, 7), ("Metz", "Feb", 6, 6)])})  # fmt: skip
_case("two levels in text", "d.csv", "town;2025;;2026;\n;plan;real;plan;real\nLyon;3;4;5;6\nMetz;7;8;9;1\n",
      {"d": (("town", "year", "plan", "real"),
             [("Lyon", 2025, 3, 4), ("Lyon", 2026, 5, 6), ("Metz", 2025, 7, 8), ("Metz", 2026, 9, 1)])})  # fmt: skip
_case("two levels that nothing tells apart", "d.xlsx",
      xlsx(("Plan", [["town", "Alpha", None, "Beta", None], [None, "x", "y", "x", "y"],
                     ["Lyon", 3, 9, 4, 8], ["Metz", 5, 7, 6, 6]])),
      {"d": (("town", "head", "x", "y"),
             [("Lyon", "Alpha", 3, 9), ("Lyon", "Beta", 4, 8), ("Metz", "Alpha", 5, 7), ("Metz", "Beta", 6, 6)])},
      asked=True)  # fmt: skip
_case("one head over the months", "d.xlsx",
      xlsx(("Plan", [[None, "Month", None, None], ["town", "Jan", "Feb", "Mar"], ["Lyon", 1, 2, 3],
                     ["Metz", 4, 5, 6]]), then=lambda b: b["Plan"].merge_cells("B1:D1")),
      {"d": (("town", "Jan", "Feb", "Mar"), [("Lyon", 1, 2, 3), ("Metz", 4, 5, 6)])},
      across={"d": ("Jan", "Feb", "Mar")})  # fmt: skip
_case("a row of units", "d.csv", "town,demand,price\n,t,EUR\nLyon,3,9\nMetz,4.5,8\n",
      {"d": (("town", "demand (t)", "price (EUR)"), [("Lyon", 3, 9), ("Metz", 4.5, 8)])})  # fmt: skip
_case("merged down a column", "d.xlsx",
      xlsx(("Plan", [["region", "town", "demand"], ["North", "Lille", 3], [None, "Metz", 4], ["South", "Nice", 5]]),
           then=lambda b: b["Plan"].merge_cells("A2:A3")),
      {"d": (("region", "town", "demand"), [("North", "Lille", 3), ("North", "Metz", 4), ("South", "Nice", 5)])})  # fmt: skip
_case("empty below a key", "d.csv", "region,town,demand\nNorth,Lille,3\n,Metz,4\nSouth,Nice,5\n",
      {"d": (("region", "town", "demand"), [("North", "Lille", 3), ("North", "Metz", 4), ("South", "Nice", 5)])},
      asked=True)  # fmt: skip
_case("headings of groups", "d.xlsx",
      xlsx(("Plan", [["town", "demand", "cost"], ["North"], ["Lille", 3, 1], ["Metz", 4, 1], ["South"], ["Nice", 5, 2]])),
      {"d": (("group", "town", "demand", "cost"), [("North", "Lille", 3, 1), ("North", "Metz", 4, 1), ("South", "Nice", 5, 2)])},
      asked=True)  # fmt: skip
_case("no heads", "d.csv", "Lyon,3,1\nMetz,4,2\nNice,6,3\n",
      {"d": (("A", "B", "C"), [("Lyon", 3, 1), ("Metz", 4, 2), ("Nice", 6, 3)])}, asked=True)  # fmt: skip
_case("row numbers", "d.csv", "#,town,demand\n1,Lyon,3\n2,Metz,4.5\n3,Nice,6\n", TOWNS)
_case("an index of pandas", "d.csv", ",town,demand\n0,Lyon,3\n1,Metz,4.5\n2,Nice,6\n", TOWNS)

# Totals

_case("totals in a row", "d.xlsx", xlsx(("Plan", [*GRID, ["Total", 13.5]])), TOWNS)
_case("subtotals in rows", "d.csv",
      "region,town,demand\nNorth,Lille,310\nNorth,Metz,405\nNorth total,,715\nSouth,Nice,555\nSouth,Pau,120\nSouth total,,675\nTotal,,1390\n",
      {"d": (("region", "town", "demand"), [("North", "Lille", 310), ("North", "Metz", 405), ("South", "Nice", 555), ("South", "Pau", 120)])})  # fmt: skip
_case("totals in a row and a column", "d.xlsx",
      xlsx(("Plan", [["town", "Jan", "Feb", "Mar", "Total"], ["Lyon", 10, 20, 30, 60], ["Metz", 40, 50, 65, 155],
                     ["Total", 50, 70, 95, 215]])),
      {"d": (("town", "Jan", "Feb", "Mar"), [("Lyon", 10, 20, 30), ("Metz", 40, 50, 65)])},
      across={"d": ("Jan", "Feb", "Mar")})  # fmt: skip
_case("quarters among months", "d.csv",
      "site,Jan,Feb,Mar,Q1,Apr,May,Jun,Q2\nA,11,12,13,36,14,15,16,45\nB,21,22,23,66,24,25,26,75\n",
      {"d": (("site", "Jan", "Feb", "Mar", "Apr", "May", "Jun"), [("A", 11, 12, 13, 14, 15, 16), ("B", 21, 22, 23, 24, 25, 26)])},
      across={"d": ("Jan", "Feb", "Mar", "Apr", "May", "Jun")})  # fmt: skip

# Wide tables

_case("days as heads", "d.xlsx",
      xlsx(("Plan", [["site", datetime.datetime(2026, 1, 1), datetime.datetime(2026, 1, 2)], ["A", 1, 2], ["B", 3, 4]])),
      {"d": (("site", "2026-01-01", "2026-01-02"), [("A", 1, 2), ("B", 3, 4)])},
      across={"d": ("2026-01-01", "2026-01-02")})  # fmt: skip
_case("years as heads", "d.xlsx", xlsx(("Plan", [["site", 2025, 2026, 2027], ["A", 1, 2, 3], ["B", 4, 5, 6]])),
      {"d": (("site", "2025", "2026", "2027"), [("A", 1, 2, 3), ("B", 4, 5, 6)])},
      across={"d": ("2025", "2026", "2027")})  # fmt: skip
_case("distances with a blank corner", "d.csv", ",Lyon,Metz,Nice\nLyon,0,450,470\nMetz,450,0,900\nNice,470,900,0\n",
      {"d": (("from", "Lyon", "Metz", "Nice"), [("Lyon", 0, 450, 470), ("Metz", 450, 0, 900), ("Nice", 470, 900, 0)])},
      across={"d": ("Lyon", "Metz", "Nice")})  # fmt: skip
_case("half a matrix", "d.csv", "km,Lyon,Metz,Nice\nLyon,,,\nMetz,450,,\nNice,470,900,\n",
      {"d": (("km", "Lyon", "Metz", "Nice"), [("Lyon", None, 450, 470), ("Metz", 450, None, 900), ("Nice", 470, 900, None)])},
      across={"d": ("Lyon", "Metz", "Nice")}, asked=True)  # fmt: skip
_case("a roster", "d.xlsx",
      xlsx(("Plan", [["nurse", "Mon", "Tue", "Wed"], ["Anna", "early", "late", "off"], ["Ben", "off", "early", "late"]])),
      {"d": (("nurse", "Mon", "Tue", "Wed"), [("Anna", "early", "late", "off"), ("Ben", "off", "early", "late")])},
      across={"d": ("Mon", "Tue", "Wed")})  # fmt: skip
_case("products as heads, known from another sheet", "d.xlsx",
      xlsx(("use", [["mill", "bread", "cake", "pie"], ["A", 1, 2, 3], ["B", 4, 5, 6]]),
           ("products", [["product", "profit"], ["bread", 5], ["cake", 6], ["pie", 7]])),
      {"d.use": (("mill", "bread", "cake", "pie"), [("A", 1, 2, 3), ("B", 4, 5, 6)]),
       "d.products": (("product", "profit"), [("bread", 5), ("cake", 6), ("pie", 7)])},
      across={"d.use": ("bread", "cake", "pie")})  # fmt: skip

# Numbers

_case("thousands with commas", "d.csv", 'town,demand\nLyon,"1,200"\nMetz,"12,500"\nNice,900\n',
      {"d": (("town", "demand"), [("Lyon", 1200), ("Metz", 12500), ("Nice", 900)])})  # fmt: skip
_case("1.500 and nothing else", "d.csv", "town,demand\nLyon,1.500\nMetz,2.750\n",
      {"d": (("town", "demand"), [("Lyon", 1.5), ("Metz", 2.75)])}, asked=True)  # fmt: skip
_case("1.500 in a German file", "d.csv", "Stadt;Bedarf;Preis\nKöln;1.500;2,50\nBonn;12.750;3,20\n",
      {"d": (("Stadt", "Bedarf", "Preis"), [("Köln", 1500, 2.5), ("Bonn", 12750, 3.2)])})  # fmt: skip
_case("percent, money, parentheses, thousands", "d.csv",
      'item,share,price,result,volume\na,25 %,$900.50,(300),3k\nb,7.5%,"$1,200.00",450,12k\n',
      {"d": (("item", "share", "price", "result", "volume"), [("a", 0.25, 900.5, -300, 3000), ("b", 0.075, 1200.0, 450, 12000)])})  # fmt: skip
_case("n/a among numbers", "d.csv", "town,demand\nLyon,3\nMetz,n/a\nNice,6\nPau,-\n",
      {"d": (("town", "demand"), [("Lyon", 3), ("Metz", None), ("Nice", 6), ("Pau", None)])})  # fmt: skip
_case("one bad cell", "d.csv", "town,demand\nLyon,3\nMetz,four\nNice,6\n",
      {"d": (("town", "demand"), [("Lyon", 3), ("Metz", "four"), ("Nice", 6)])})  # fmt: skip
_case("fractions", "d.csv", "part,inches\na,1/2\nb,2 3/4\nc,3\n",
      {"d": (("part", "inches"), [("a", 0.5), ("b", 2.75), ("c", 3)])})  # fmt: skip
_case("numbers with their unit", "d.csv", "item,weight\na,12 kg\nb,7.5 kg\n",
      {"d": (("item", "weight"), [("a", 12), ("b", 7.5)])})  # fmt: skip
_case("Swiss and French thousands", "d.csv", "site;cost;area\nA;1'250.50;1 200\nB;980.00;15 000\n",
      {"d": (("site", "cost", "area"), [("A", 1250.5, 1200), ("B", 980.0, 15000)])})  # fmt: skip
_case("codes stay names", "d.csv", "plant,zip,load\nA,01067,3\nB,80331,4\n",
      {"d": (("plant", "zip", "load"), [("A", "01067", 3), ("B", "80331", 4)])})  # fmt: skip

# Days

_case("days and times", "d.xlsx",
      xlsx(("Plan", [["job", "due", "start"], ["a", datetime.datetime(2026, 1, 1), datetime.time(8, 30)],
                     ["b", datetime.datetime(2026, 1, 2), datetime.time(13, 0)]])),
      {"d": (("job", "due", "start"), [("a", "2026-01-01", "08:30"), ("b", "2026-01-02", "13:00")])})  # fmt: skip
_case("German days", "d.csv", "Auftrag;fällig\na;01.02.2026\nb;28.02.2026\n",
      {"d": (("Auftrag", "fällig"), [("a", "2026-02-01"), ("b", "2026-02-28")])})  # fmt: skip
_case("days either way", "d.csv", "job,due\na,01/02/2026\nb,03/04/2026\n",
      {"d": (("job", "due"), [("a", "01/02/2026"), ("b", "03/04/2026")])}, asked=True)  # fmt: skip

# Other kinds of workbooks

_case("old Excel with a title", "d.xls", xls([["Demand"], *GRID]), TOWNS)
_case("old Excel, merged keys, days", "d.xls",
      xls([["line", "day", "load"], ["A", datetime.date(2026, 3, 1), 5], [None, datetime.date(2026, 3, 2), 6]],
          merged=[(1, 2, 0, 0)]),
      {"d": (("line", "day", "load"), [("A", "2026-03-01", 5), ("A", "2026-03-02", 6)])})  # fmt: skip
_case("OpenDocument", "d.ods", ods([["Demand of the depots"], [], *GRID]), TOWNS)

# Two rows of heads with totals among them

_MONTHS_OF = (("Produkt", "month", "Plan", "Ist"),
              [("Brot", "Jan", 1, 2), ("Brot", "Feb", 3, 4), ("Brot", "Mrz", 5, 6),
               ("Torte", "Jan", 2, 2), ("Torte", "Feb", 2, 2), ("Torte", "Mrz", 2, 3)])  # fmt: skip
_case("months over plan and actual, with their sums", "d.xlsx",
      xlsx(("Plan", [["Produkt", "Jan", None, "Feb", None, "Mrz", None, "Summe", None],
                     [None, *["Plan", "Ist"] * 4], ["Brot", 1, 2, 3, 4, 5, 6, 9, 12], ["Torte", 2, 2, 2, 2, 2, 3, 6, 7]])),
      {"d": _MONTHS_OF})  # fmt: skip
_case("months over plan and actual, with one sum of all", "d.xlsx",
      xlsx(("Plan", [["Produkt", "Jan", None, "Feb", None, "Mrz", None, "Summe"],
                     [None, *["Plan", "Ist"] * 3, None], ["Brot", 1, 2, 3, 4, 5, 6, 21], ["Torte", 2, 2, 2, 2, 2, 3, 13]])),
      {"d": _MONTHS_OF})  # fmt: skip
_case("quarters over their months and sums", "d.xlsx",
      xlsx(("Plan", [["Produkt", "Q1", None, None, None, "Q2", None, None, None],
                     [None, "Jan", "Feb", "Mrz", "Summe", "Apr", "Mai", "Jun", "Summe"],
                     ["Brot", "1,5", 2, 3, "6,5", 4, 5, 6, 15], ["Torte", 2, 2, 2, 6, 1, 1, 1, 3]])),
      {"d": (("Produkt", "Jan", "Feb", "Mrz", "Apr", "Mai", "Jun"), [("Brot", 1.5, 2, 3, 4, 5, 6), ("Torte", 2, 2, 2, 1, 1, 1)])},
      across={"d": ("Jan", "Feb", "Mrz", "Apr", "Mai", "Jun")})  # fmt: skip
_case("months over their unit, with a sum", "d.csv",
      "Produkt;Jan;Feb;Mrz;Summe\n;kg;kg;kg;kg\nBrot;1,5;2;3;6,5\nTorte;2;2;2;6\n",
      {"d": (("Produkt", "Jan", "Feb", "Mrz"), [("Brot", 1.5, 2, 3), ("Torte", 2, 2, 2)])},
      across={"d": ("Jan", "Feb", "Mrz")})  # fmt: skip
