"""Files that somebody with a fresh mind made to break the reader, each with the tables it means.

They were written before the reader had seen any of them; those that came right at once are not
here. `asked` is for those in which a question is the right answer.
"""

from __future__ import annotations

import datetime
from typing import Any

from tests.awkward_files import Case, xlsx

MORE: list[Case] = []


def _file(name: str, file: str, content: str | bytes, means: dict[str, Any], **more: Any) -> None:
    given = content.encode() if isinstance(content, str) else content
    MORE.append(Case(name, file, given, means, **more))


def _plan(*rows: list[Any], **more: Any) -> bytes:
    return xlsx(("Plan", rows), **more)


def _shown_with_zeros(book: Any) -> None:
    for row in (2, 3):
        book["Plan"].cell(row, 1).number_format = "00000"


def _merge(*areas: str) -> Any:
    return lambda book: [book["Plan"].merge_cells(area) for area in areas]


# Heads

_file("sums beside months over values", "d.xlsx",
      _plan(["Werk", "Januar", None, "Februar", None, "Summe", None],
            [None, "Menge", "Kosten", "Menge", "Kosten", "Menge", "Kosten"],
            ["Ulm", 10, 5, 20, 7, 30, 12], ["Köln", 15, 6, 12, 8, 27, 14]),
      {"d": (("Werk", "month", "Menge", "Kosten"),
             [("Ulm", "Januar", 10, 5), ("Ulm", "Februar", 20, 7), ("Köln", "Januar", 15, 6), ("Köln", "Februar", 12, 8)])})  # fmt: skip
_file("one sum beside months over values", "d.csv",
      "Werk;Jan;;Feb;;Summe\n;Menge;Kosten;Menge;Kosten;Menge\nUlm;10,5;5;20;7;30,5\nKöln;15;6;12;8;27\n",
      {"d": (("Werk", "month", "Menge", "Kosten"),
             [("Ulm", "Jan", 10.5, 5), ("Ulm", "Feb", 20, 7), ("Köln", "Jan", 15, 6), ("Köln", "Feb", 12, 8)])})  # fmt: skip
_file("days of Germans as heads", "d.csv", "Linie;01.01.2026;01.02.2026;01.03.2026\nA;5;6;7\nB;3;2;4\n",
      {"d": (("Linie", "2026-01-01", "2026-02-01", "2026-03-01"), [("A", 5, 6, 7), ("B", 3, 2, 4)])},
      across={"d": ("2026-01-01", "2026-02-01", "2026-03-01")})  # fmt: skip
_file("from and to at the sides of a matrix", "d.xlsx",
      _plan([None, None, "nach", None, None], [None, None, "Ulm", "Bonn", "Kiel"], ["von", "Ulm", 0, 450, 790],
            [None, "Bonn", 450, 0, 520], [None, "Kiel", 790, 520, 0], then=_merge("C1:E1", "A3:A5")),
      {"d": (("von", "Ulm", "Bonn", "Kiel"), [("Ulm", 0, 450, 790), ("Bonn", 450, 0, 520), ("Kiel", 790, 520, 0)])},
      across={"d": ("Ulm", "Bonn", "Kiel")})  # fmt: skip
_file("a line of Markdown below the heads", "d.txt", "| town | demand |\n|------|-------:|\n| Lyon | 3 |\n| Metz | 4.5 |\n",
      {"d": (("town", "demand"), [("Lyon", 3), ("Metz", 4.5)])})  # fmt: skip
_file("rows that say something of all heads", "d.xlsx",
      _plan([None, "Stuhl", "Tisch"], ["Gewinn", 45, 80], ["Lieferant", "Nord", "Süd"]),
      {"d": (("name", "Gewinn", "Lieferant"), [("Stuhl", 45, "Nord"), ("Tisch", 80, "Süd")])}, asked=True)  # fmt: skip

# Names and numbers of items

_file("items known by their number only", "d.csv", "Nr;Gewicht;Wert\n1;12;4\n2;2;2\n3;1;1\n",
      {"d": (("Nr", "Gewicht", "Wert"), [(1, 12, 4), (2, 2, 2), (3, 1, 1)])})  # fmt: skip
_file("numbered rows of repeated regions", "d.csv", "Nr;Region;Bedarf\n1;Nord;4\n2;Nord;2\n3;Süd;1\n",
      {"d": (("Nr", "Region", "Bedarf"), [(1, "Nord", 4), (2, "Nord", 2), (3, "Süd", 1)])})  # fmt: skip
_file("codes that look like powers", "d.csv", "part,stock\n1E3,5\n2E3,7\n4D1,9\n",
      {"d": (("part", "stock"), [("1E3", 5), ("2E3", 7), ("4D1", 9)])})  # fmt: skip
_file("codes shown with zeros by a format", "d.xlsx", _plan(["plz", "load"], [1067, 3], [80331, 4], then=_shown_with_zeros),
      {"d": (("plz", "load"), [("01067", 3), ("80331", 4)])})  # fmt: skip
_file("crosses of a matrix are no keys", "d.xlsx",
      _plan(["Pfleger", "Früh", "Spät", "Nacht"], ["Anna", "x", None, "x"], ["Ben", None, "x", None], ["Cem", "x", "x", "x"]),
      {"d": (("Pfleger", "Früh", "Spät", "Nacht"), [("Anna", "x", None, "x"), ("Ben", None, "x", None), ("Cem", "x", "x", "x")])})  # fmt: skip

# Rows that sum up

_file("a pivot table with its groups in one column", "d.xlsx",
      _plan(["Zeilenbeschriftungen", "Summe von Menge"], ["Nord", 715], ["Kiel", 310], ["Bremen", 405], ["Süd", 675],
            ["Ulm", 555], ["Passau", 120], ["Gesamtergebnis", 1390]),
      {"d": (("Zeilenbeschriftungen", "Summe von Menge"), [("Kiel", 310), ("Bremen", 405), ("Ulm", 555), ("Passau", 120)])})  # fmt: skip
_file("a pivot table over months", "d.xlsx",
      _plan(["Summe von Menge", "Spaltenbeschriftungen"], ["Zeilenbeschriftungen", "Jan", "Feb", "Gesamtergebnis"],
            ["Rad", 10, 20, 30], ["Helm", 15, 12, 27], ["Gesamtergebnis", 25, 32, 57]),
      {"d": (("Zeilenbeschriftungen", "Jan", "Feb"), [("Rad", 10, 20), ("Helm", 15, 12)])}, across={"d": ("Jan", "Feb")})  # fmt: skip
_file("an average below", "d.csv", "town,demand,cost\nLyon,30,10\nMetz,45,20\nNice,63,30\nmean,46,20\n",
      {"d": (("town", "demand", "cost"), [("Lyon", 30, 10), ("Metz", 45, 20), ("Nice", 63, 30), ("mean", 46, 20)])}, asked=True)  # fmt: skip
_file("an average and a largest below", "d.csv", "Ort;Bedarf\nUlm;30\nBonn;45\nKiel;63\nMittel;46\nMaximum;63\n",
      {"d": (("Ort", "Bedarf"), [("Ulm", 30), ("Bonn", 45), ("Kiel", 63)])}, toml="[tables.d]\nleave_rows = [5, 6]")  # fmt: skip

# Kinds that came right at once, and are hard to read

_file("signs behind, codes, thousands of SAP", "d.csv", "Material;Werk;Menge;Wert\n000471;1000;1.200;300,50-\n000472;1000;12,5;1.450,00\n",
      {"d": (("Material", "Werk", "Menge", "Wert"), [("000471", 1000, 1200, -300.5), ("000472", 1000, 12.5, 1450.0)])})  # fmt: skip
_file("days over the days of the week they are", "d.xlsx",
      _plan(["Name", datetime.date(2026, 3, 2), datetime.date(2026, 3, 3)], [None, "Mo", "Di"], ["Anna", "F", "S"], ["Ben", "S", "F"]),
      {"d": (("Name", "2026-03-02", "2026-03-03"), [("Anna", "F", "S"), ("Ben", "S", "F")])})  # fmt: skip
_file(
    "weeks are a key",
    "d.csv",
    "Woche;Bedarf\n1;50\n2;60\n3;70\n",
    {"d": (("Woche", "Bedarf"), [(1, 50), (2, 60), (3, 70)])},
)
_file("two units in a column", "d.csv", "item,weight\nlamp,12 kg\nbulb,500 g\n",
      {"d": (("item", "weight"), [("lamp", "12 kg"), ("bulb", "500 g")])})  # fmt: skip
_file("two alike at the end are no summary", "d.csv", "part,min,max\na,1,4\nb,2,6\nc,3,8\nd,3,8\n",
      {"d": (("part", "min", "max"), [("a", 1, 4), ("b", 2, 6), ("c", 3, 8), ("d", 3, 8)])})  # fmt: skip
_file("days that are not known yet", "d.csv", "Auftrag;Termin;Menge\n2026-001;12.03.26;5\n2026-002;;7\n2026-003;k.A.;2\n",
      {"d": (("Auftrag", "Termin", "Menge"), [("2026-001", "2026-03-12", 5), ("2026-002", None, 7), ("2026-003", None, 2)])})  # fmt: skip
