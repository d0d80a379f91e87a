"""Files of kinds that the other two lists do not hold, each with the tables it means.

What each means was written down before the reader had seen any of them: lists of SAP, pages of a
report with their heads again, keys that are left blank where they are the one above, records
inside of records. `asked` is for those in which a question is the right answer.
"""

from __future__ import annotations

import datetime
import io
import zipfile
from typing import Any

from tests.awkward_files import Case, xls, xlsx

FRESH: list[Case] = []


def _file(name: str, file: str, content: str | bytes, means: dict[str, Any], **more: Any) -> None:
    given = content.encode() if isinstance(content, str) else content
    FRESH.append(Case(name, file, given, means, **more))


def _plan(*rows: list[Any], **more: Any) -> bytes:
    return xlsx(("Plan", rows), **more)


def _merge(*areas: str) -> Any:
    return lambda book: [book["Plan"].merge_cells(area) for area in areas]


def _ods(*rows: str) -> bytes:
    """An OpenDocument workbook of one sheet, its rows in XML as LibreOffice writes them."""
    spaces = " ".join(
        f'xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{k}:1.0"'
        for k in ("office", "table", "text")
    )
    body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    content = (f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces}>'
               f'<office:body><office:spreadsheet><table:table table:name="Plan">{body}'
               "</table:table></office:spreadsheet></office:body></office:document-content>")  # fmt: skip
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", '<?xml version="1.0"?><manifest:manifest '
                         'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>')  # fmt: skip
    return kept.getvalue()


def _text(value: str, more: str = "") -> str:
    return (f'<table:table-cell office:value-type="string"{more}><text:p>{value}</text:p>'
            "</table:table-cell>")  # fmt: skip


def _value(kind: str, value: float, shown: str) -> str:
    return (f'<table:table-cell office:value-type="{kind}" office:value="{value}">'
            f"<text:p>{shown}</text:p></table:table-cell>")  # fmt: skip


_MATERIAL = (("Material", "Bezeichnung", "Menge", "Wert"),
             [("000471", "Schraube", 1200, 300.5), ("000472", "Mutter", 12, 1450.0)])  # fmt: skip

# Heads of reports

_file("SAP, a list saved as a spreadsheet", "d.csv",
      "Bestandsliste;;;\nWerk:;1000;;\nBuchungskreis:;DE01;;\nErstellt am:;01.12.2026;;\n;;;\n"
      "Material;Bezeichnung;Menge;Wert\n000471;Schraube;1.200;300,50\n000472;Mutter;12;1.450,00\n",
      {"d": _MATERIAL})  # fmt: skip
_file("SAP, heads right below the last key", "d.xlsx",
      _plan(["Bestandsliste"], ["Werk:", "1000", None, "Seite:", 1], ["Erstellt am:", datetime.datetime(2026, 12, 1)],
            ["Material", "Bezeichnung", "Menge", "Wert"], ["000471", "Schraube", 1200, 300.5], ["000472", "Mutter", 12, 1450.0]),
      {"d": _MATERIAL})  # fmt: skip
_file("SAP, keys and values in one cell", "d.csv",
      "Bestandsliste\nWerk: 1000\nErstellt am: 01.12.2026 von MUELLER\n\n"
      "Material\tBezeichnung\tMenge\tWert\n000471\tSchraube\t1.200\t300,50\n000472\tMutter\t12\t1.450,00\n",
      {"d": _MATERIAL})  # fmt: skip
_file("SAP, a list that was not converted", "d.txt",
      "01.12.2026               Bestandsliste                1\n"
      "------------------------------------------------\n"
      "|Material|Bezeichnung|Menge|Wert    |\n"
      "------------------------------------------------\n"
      "|000471  |Schraube   |1.200|  300,50|\n|000472  |Mutter     |   12|1.450,00|\n"
      "------------------------------------------------\n",
      {"d": _MATERIAL})  # fmt: skip
_file("lines of remarks above a text file", "d.csv",
      "# exported 2026-12-01 by planner\n# currency: EUR, all depots\ntown,demand,cost\nLyon,3,7\nMetz,4.5,8\n",
      {"d": (("town", "demand", "cost"), [("Lyon", 3, 7), ("Metz", 4.5, 8)])})  # fmt: skip
_file("parameters with colons are a table", "d.xlsx",
      _plan(["Budget:", 5000], ["Trucks:", 3], [], ["town", "demand"], ["Lyon", 3], ["Metz", 4.5]),
      {"d.1": (("name", "value"), [("Budget:", 5000), ("Trucks:", 3)]),
       "d.2": (("town", "demand"), [("Lyon", 3), ("Metz", 4.5)])})  # fmt: skip

# Pages

_file("pages with their title and heads again", "d.csv",
      "Stock list,,Page 1\nItem,Description,Qty\nA1,Bolt,5\nA2,Nut,7\nStock list,,Page 2\nItem,Description,Qty\nA3,Washer,9\n",
      {"d": (("Item", "Description", "Qty"), [("A1", "Bolt", 5), ("A2", "Nut", 7), ("A3", "Washer", 9)])})  # fmt: skip
_file("pages apart by blank lines and their numbers", "d.csv",
      "Artikel;Menge;Preis\nA1;5;1,50\nA2;7;2,25\n\nSeite 1 von 2\n\nArtikel;Menge;Preis\nA3;9;3,75\n\nSeite 2 von 2\n",
      {"d": (("Artikel", "Menge", "Preis"), [("A1", 5, 1.5), ("A2", 7, 2.25), ("A3", 9, 3.75)])})  # fmt: skip
_file("warehouses with their heading and total", "d.csv",
      "Item;Description;Qty\nWarehouse North;;\nA1;Bolt;510\nA2;Nut;705\nTotal North;;1215\n"
      "Warehouse South;;\nA3;Washer;905\nA1;Bolt;116\nTotal South;;1021\nGrand total;;2236\n",
      {"d": (("group", "Item", "Description", "Qty"),
             [("Warehouse North", "A1", "Bolt", 510), ("Warehouse North", "A2", "Nut", 705),
              ("Warehouse South", "A3", "Washer", 905), ("Warehouse South", "A1", "Bolt", 116)])},
      asked=True)  # fmt: skip
_file("subtotals between rows of one key", "d.csv",
      "site;cost;hours\nA;310;31\nB;405;42\nSubtotal;715;73\nC;555;53\nD;120;17\nSubtotal;675;70\n",
      {"d": (("site", "cost", "hours"), [("A", 310, 31), ("B", 405, 42), ("C", 555, 53), ("D", 120, 17)])})  # fmt: skip

# Blanks and marks

_file("a pivot table with two keys left blank", "d.xlsx",
      _plan(["region", "product", "month", "sales"], ["North", "Bolt", "Jan", 5], [None, None, "Feb", 7], [None, "Nut", "Jan", 3],
            ["South", "Bolt", "Jan", 2], [None, None, "Feb", 4]),
      {"d": (("region", "product", "month", "sales"),
             [("North", "Bolt", "Jan", 5), ("North", "Bolt", "Feb", 7), ("North", "Nut", "Jan", 3),
              ("South", "Bolt", "Jan", 2), ("South", "Bolt", "Feb", 4)])},
      asked=True)  # fmt: skip
_file("yes, ja and crosses", "d.csv", "site,open,cooled,hazard\nA,yes,x,ja\nB,no,,nein\nC,yes,x,ja\nD,no,,ja\n",
      {"d": (("site", "open", "cooled", "hazard"),
             [("A", "yes", "x", "ja"), ("B", "no", None, "nein"), ("C", "yes", "x", "ja"), ("D", "no", None, "ja")])})  # fmt: skip
_file("a column of notes between the keys", "d.csv",
      "town;note;depot;demand\nLyon;call first;D1;3\nMetz;;D2;4,5\nNice;;D1;6\nPau;new;D2;1,5\n",
      {"d": (("town", "note", "depot", "demand"),
             [("Lyon", "call first", "D1", 3), ("Metz", None, "D2", 4.5), ("Nice", None, "D1", 6), ("Pau", "new", "D2", 1.5)])},
      asked=True)  # fmt: skip

# The numbers and days of others

_file("French money, percent and days", "d.csv",
      "Ville;Coût;Remise;Livré le\nLyon;1\u202f234,50 €;12,5 %;31/03/2026\nMetz;980,00 €;5 %;01/04/2026\n",
      {"d": (("Ville", "Coût", "Remise", "Livré le"), [("Lyon", 1234.5, 0.125, "2026-03-31"), ("Metz", 980.0, 0.05, "2026-04-01")])})  # fmt: skip
_file("months of Germans in words", "d.csv", "Auftrag;Termin;Menge\na;3. März 2026;5\nb;1. Oktober 2026;7\nc;24. Dez. 2026;2\n",
      {"d": (("Auftrag", "Termin", "Menge"), [("a", "2026-03-03", 5), ("b", "2026-10-01", 7), ("c", "2026-12-24", 2)])})  # fmt: skip
_file("German money in quotes with a sum", "d.csv",
      '"Posten";"Tag";"Betrag";"bezahlt"\n"Miete";"01.12.2026";"-1.234,00 €";"Ja"\n"Erlös";"13.12.2026";"5.000,50 €";"Nein"\n'
      '"Summe";"";"3.766,50 €";""\n',
      {"d": (("Posten", "Tag", "Betrag", "bezahlt"), [("Miete", "2026-12-01", -1234.0, "Ja"), ("Erlös", "2026-12-13", 5000.5, "Nein")])})  # fmt: skip
_file("numbers that are texts among numbers", "d.xlsx",
      _plan(["Teil", "kg"], ["a", "1,5"], ["b", 2], ["c", "3,25"], ["d", 1.125]),
      {"d": (("Teil", "kg"), [("a", 1.5), ("b", 2), ("c", 3.25), ("d", 1.125)])})  # fmt: skip
_file("codes with zeros among numbers", "d.xlsx", _plan(["part", "qty"], ["00012", 5], [345, 6], ["00678", 7]),
      {"d": (("part", "qty"), [("00012", 5), ("345", 6), ("00678", 7)])})  # fmt: skip
_file("estimates in words", "d.csv", "town,demand\nLyon,12 (est.)\nMetz,15\nNice,8\nPau,~20\nRennes,9\n",
      {"d": (("town", "demand"), [("Lyon", "12 (est.)"), ("Metz", 15), ("Nice", 8), ("Pau", "~20"), ("Rennes", 9)])})  # fmt: skip
_file("stars and the footnotes they point to", "d.csv",
      "town;demand;cost\nLyon;12*;7\nMetz;15;8\nNice;8**;9\nPau;20;4\n\n* estimated\n** without the market\n",
      {"d": (("town", "demand", "cost"), [("Lyon", 12, 7), ("Metz", 15, 8), ("Nice", 8, 9), ("Pau", 20, 4)])})  # fmt: skip
_file("stars behind names", "d.xlsx",
      _plan(["town", "demand"], ["Lyon*", 12], ["Metz", 15], ["Nice", 8], [], ["* closed in August"]),
      {"d": (("town", "demand"), [("Lyon", 12), ("Metz", 15), ("Nice", 8)])})  # fmt: skip
_file("a row of percent below amounts", "d.csv",
      "product,Jan,Feb,Mar\nBread,100,120,150\nCake,50,60,90\nshare of bread,66.7 %,66.7 %,62.5 %\n",
      {"d": (("product", "Jan", "Feb", "Mar"), [("Bread", 100, 120, 150), ("Cake", 50, 60, 90), ("share of bread", 0.667, 0.667, 0.625)])},
      across={"d": ("Jan", "Feb", "Mar")}, asked=True)  # fmt: skip

# Heads

_file("units with rates below the heads", "d.csv", "plant,capacity,cost,yield\n-,t/d,EUR/t,%\nA,10,5,90\nB,20,4,85\n",
      {"d": (("plant", "capacity (t/d)", "cost (EUR/t)", "yield (%)"), [("A", 10, 5, 90), ("B", 20, 4, 85)])})  # fmt: skip
_file("three rows of heads, the first over all", "d.xlsx",
      _plan(["site", "Plan", None, None, None], [None, 2025, None, 2026, None], [None, "cost", "price", "cost", "price"],
            ["A", 1, 2, 3, 4], ["B", 5, 6, 7, 8], then=_merge("A1:A3", "B1:E1", "B2:C2", "D2:E2")),
      {"d": (("site", "year", "cost", "price"), [("A", 2025, 1, 2), ("A", 2026, 3, 4), ("B", 2025, 5, 6), ("B", 2026, 7, 8)])})  # fmt: skip
_file("three rows of heads, the last of units", "d.xlsx",
      _plan(["site", "demand", None, "price", None], [None, "Jan", "Feb", "Jan", "Feb"], [None, "t", "t", "EUR", "EUR"],
            ["A", 1, 2, 3, 4], ["B", 5, 6, 7, 8], then=_merge("B1:C1", "D1:E1")),
      {"d": (("site", "month", "demand (t)", "price (EUR)"), [("A", "Jan", 1, 3), ("A", "Feb", 2, 4), ("B", "Jan", 5, 7), ("B", "Feb", 6, 8)])})  # fmt: skip
_file("two tables beside each other under their titles", "d.xlsx",
      _plan(["Mills", None, None, "Bakeries"], ["mill", "capacity", None, "bakery", "demand"], ["A", 10, None, "Oak", 4],
            ["B", 20, None, "Elm", 5], [None, None, None, "Ash", 6]),
      {"d.Mills": (("mill", "capacity"), [("A", 10), ("B", 20)]),
       "d.Bakeries": (("bakery", "demand"), [("Oak", 4), ("Elm", 5), ("Ash", 6)])})  # fmt: skip
_file("two tables beside each other in text", "d.csv", "mill,capacity,,bakery,demand\nA,10,,Oak,4\nB,20,,Elm,5\n,,,Ash,6\n",
      {"d.1": (("mill", "capacity"), [("A", 10), ("B", 20)]), "d.2": (("bakery", "demand"), [("Oak", 4), ("Elm", 5), ("Ash", 6)])})  # fmt: skip
_file("columns apart by spaces", "d.txt", "town        demand   cost\nLyon             3    7.5\nLe Havre        12    8.0\nMetz           4.5   10.0\n",
      {"d": (("town", "demand", "cost"), [("Lyon", 3, 7.5), ("Le Havre", 12, 8.0), ("Metz", 4.5, 10.0)])})  # fmt: skip

# Other kinds of files


def _very_hidden(book: Any) -> None:
    book["Lists"].sheet_state = "veryHidden"
    book["Plan"].column_dimensions["B"].hidden = True
    book["Plan"].row_dimensions[4].hidden = True


_file("hidden parts of every kind", "d.xlsx",
      xlsx(("Plan", [["town", "old", "demand"], ["Lyon", 1, 3], ["Metz", 2, 4], ["Nice", 3, 5]]),
           ("Lists", [["yes"], ["no"]]), then=_very_hidden),
      {"d": (("town", "old", "demand"), [("Lyon", 1, 3), ("Metz", 2, 4), ("Nice", 3, 5)])}, asked=True)  # fmt: skip
_file("OpenDocument with gaps, percent and money", "d.ods",
      _ods(_text("Plan of the depots", ' table:number-columns-spanned="3"') + '<table:covered-table-cell table:number-columns-repeated="2"/>',
           '<table:table-cell table:number-columns-repeated="3"/>',
           _text("town") + _text("share") + _text("cost"),
           _text("Lyon") + _value("percentage", 0.25, "25 %") + _value("currency", 900.5, "900,50 €"),
           _text("Metz") + _value("percentage", 0.75, "75 %") + _value("currency", 1200, "1.200,00 €")),
      {"d": (("town", "share", "cost"), [("Lyon", 0.25, 900.5), ("Metz", 0.75, 1200)])})  # fmt: skip
_file("old Excel with a report head and units", "d.xls",
      xls([["Stock report"], ["Plant:", "Ulm"], ["Date:", datetime.date(2026, 12, 1)], [], ["item", "stock", "due"], [None, "kg", None],
           ["bolt", 12.5, datetime.date(2026, 12, 5)], ["nut", 7, datetime.date(2026, 12, 6)]]),
      {"d": (("item", "stock (kg)", "due"), [("bolt", 12.5, "2026-12-05"), ("nut", 7, "2026-12-06")])})  # fmt: skip
_file("records inside of records", "d.json",
      '[{"site": "A", "place": {"city": "Ulm", "km": 12}, "cost": 5}, {"site": "B", "place": {"city": "Bonn", "km": 7}, "cost": 6}]',
      {"d": (("site", "place.city", "place.km", "cost"), [("A", "Ulm", 12, 5), ("B", "Bonn", 7, 6)])})  # fmt: skip
_file("lists of records inside of records", "d.json",
      '{"orders": [{"id": "o1", "due": "2026-12-05", "lines": [{"item": "bolt", "qty": 2}, {"item": "nut", "qty": 1}]},'
      ' {"id": "o2", "due": "2026-12-06", "lines": [{"item": "bolt", "qty": 4}]}]}',
      {"d.orders": (("id", "due"), [("o1", "2026-12-05"), ("o2", "2026-12-06")]),
       "d.orders.lines": (("id", "item", "qty"), [("o1", "bolt", 2), ("o1", "nut", 1), ("o2", "bolt", 4)])})  # fmt: skip
_file("records by their key", "d.json",
      '{"Lyon": {"demand": 3, "cost": 7}, "Metz": {"demand": 4.5, "cost": 8}}',
      {"d": (("name", "demand", "cost"), [("Lyon", 3, 7), ("Metz", 4.5, 8)])})  # fmt: skip

# Written after the mends, to see what else of the same kinds goes wrong

_file("names, an amount and a word with colons", "d.xlsx",
      _plan(["Budget:", 5000], ["Currency:", "EUR"], [], ["town", "demand"], ["Lyon", 3], ["Metz", 4.5]),
      {"d.1": (("name", "value"), [("Budget:", 5000), ("Currency:", "EUR")]), "d.2": (("town", "demand"), [("Lyon", 3), ("Metz", 4.5)])})  # fmt: skip
_file("two plants with the same heads", "d.csv",
      "Plant 1,\nitem,qty\nbolt,5\nnut,7\n\nPlant 2,\nitem,qty\nbolt,3\nnut,4\n",
      {"d.Plant 1": (("item", "qty"), [("bolt", 5), ("nut", 7)]), "d.Plant 2": (("item", "qty"), [("bolt", 3), ("nut", 4)])})  # fmt: skip
_file("two plants with the same heads, without a gap", "d.csv",
      "Plant 1,,\nitem,qty,cost\nbolt,5,1\nnut,7,2\nPlant 2,,\nitem,qty,cost\nbolt,3,3\nnut,4,4\n",
      {"d": (("group", "item", "qty", "cost"), [("Plant 1", "bolt", 5, 1), ("Plant 1", "nut", 7, 2), ("Plant 2", "bolt", 3, 3), ("Plant 2", "nut", 4, 4)])},
      asked=True)  # fmt: skip
_file("heads as numpy writes them", "d.csv", "# x,y,load\n1.5,2,3\n2.5,4,1\n3.5,1,2\n",
      {"d": (("x", "y", "load"), [(1.5, 2, 3), (2.5, 4, 1), (3.5, 1, 2)])})  # fmt: skip
_file("columns apart by spaces with a blank cell", "d.txt",
      "Depot list of May\n\ndepot     town       capacity\nD1        Lyon          1 200\nD2                        900\nD3        Metz          1 500\n",
      {"d": (("depot", "town", "capacity"), [("D1", "Lyon", 1200), ("D2", None, 900), ("D3", "Metz", 1500)])})  # fmt: skip
_file("a mark without a note", "d.csv", "town,demand\nLyon,12*\nMetz,15\nNice,8\n",
      {"d": (("town", "demand"), [("Lyon", "12*"), ("Metz", 15), ("Nice", 8)])})  # fmt: skip
_file("numbered footnotes", "d.xlsx", _plan(["town", "demand¹"], ["Lyon", "12²"], ["Metz", 15], ["Nice", 8], [],
      ["¹ tons per week"], ["² an estimate"]),
      {"d": (("town", "demand"), [("Lyon", 12), ("Metz", 15), ("Nice", 8)])})  # fmt: skip
_file("a category left blank right of a number of the part", "d.csv",
      "part;kind;size;load\nA-1;bolt;S;3\nA-2;;M;4\nA-3;nut;S;5\nA-4;;M;6\n",
      {"d": (("part", "kind", "size", "load"), [("A-1", "bolt", "S", 3), ("A-2", None, "M", 4), ("A-3", "nut", "S", 5), ("A-4", None, "M", 6)])},
      asked=True)  # fmt: skip
_file("dates in Spanish and Dutch words", "d.csv", "job,due\na,3 de marzo de 2026\nb,12 de enero de 2026\n",
      {"d": (("job", "due"), [("a", "2026-03-03"), ("b", "2026-01-12")])})  # fmt: skip
_file("three rows of heads, quarters over months over values", "d.xlsx",
      _plan(["site", "Q1", None, None, None], [None, "Jan", None, "Feb", None], [None, "cost", "price", "cost", "price"],
            ["A", 1, 2, 3, 4], ["B", 5, 6, 7, 8], then=_merge("B1:E1", "B2:C2", "D2:E2")),
      {"d": (("site", "month", "cost", "price"), [("A", "Jan", 1, 2), ("A", "Feb", 3, 4), ("B", "Jan", 5, 6), ("B", "Feb", 7, 8)])})  # fmt: skip
_file("units of each month below values", "d.xlsx",
      _plan(["site", "Jan", None, "Feb", None], [None, "demand", "price", "demand", "price"], [None, "t", "EUR/t", "t", "EUR/t"],
            ["A", 1, 2, 3, 4], ["B", 5, 6, 7, 8], then=_merge("B1:C1", "D1:E1")),
      {"d": (("site", "month", "demand (t)", "price (EUR/t)"), [("A", "Jan", 1, 2), ("A", "Feb", 3, 4), ("B", "Jan", 5, 6), ("B", "Feb", 7, 8)])})  # fmt: skip
_file("a report head beside the title", "d.xlsx",
      _plan(["Stock report", None, "Date:", datetime.date(2026, 12, 1)], ["Plant: Ulm", None, "User:", "MUELLER"], [],
            ["item", "stock", "unit", "price"], ["bolt", 12, "kg", 3], ["nut", 7, "kg", 2]),
      {"d": (("item", "stock", "unit", "price"), [("bolt", 12, "kg", 3), ("nut", 7, "kg", 2)])})  # fmt: skip
_file("records with lists of names", "d.json", '[{"nurse": "Anna", "days": ["Mon", "Tue"]}, {"nurse": "Ben", "days": ["Tue"]}]',
      {"d": (("nurse",), [("Anna",), ("Ben",)]), "d.days": (("nurse", "days"), [("Anna", "Mon"), ("Anna", "Tue"), ("Ben", "Tue")])})  # fmt: skip
_file("pages with a line of the date", "d.csv",
      "Lagerliste;01.12.2026;Seite 1\nWerk: 1000;;\nArtikel;Menge;Preis\nA1;5;1,50\nA2;7;2,25\nLagerliste;01.12.2026;Seite 2\nWerk: 1000;;\n"
      "Artikel;Menge;Preis\nA3;9;3,75\n",
      {"d": (("Artikel", "Menge", "Preis"), [("A1", 5, 1.5), ("A2", 7, 2.25), ("A3", 9, 3.75)])})  # fmt: skip
_file("SAP, keys without colons right above the heads", "d.csv",
      "Bericht;Bestand;;\nWerk;1000;;\nStand;01.12.2026;;\nMaterial;Bezeichnung;Menge;Wert\n000471;Schraube;1.200;300,50\n000472;Mutter;12;1.450,00\n",
      {"d": _MATERIAL})  # fmt: skip
_file("names and amounts right above the heads", "d.xlsx",
      _plan(["Plan of May"], ["Budget", 5000], ["Trucks", 3], ["town", "depot", "demand"], ["Lyon", "D1", 3], ["Metz", "D2", 4.5]),
      {"d.Plan of May": (("name", "value"), [("Budget", 5000), ("Trucks", 3)]),
       "d.2": (("town", "depot", "demand"), [("Lyon", "D1", 3), ("Metz", "D2", 4.5)])})  # fmt: skip
_file("a year over the heads of two columns", "d.xlsx",
      _plan(["item", 2025, None], ["code", "plan", "real"], ["A", 1, 2], ["B", 3, 4]),
      {"d": (("code", "plan", "real"), [("A", 1, 2), ("B", 3, 4)])}, across={"d": ("plan", "real")})  # fmt: skip

# Of a third look, those that were not right at once

_file("a title with its version at the edge", "d.xlsx",
      _plan(["Depot plan 2026", None, None, "v3"], ["depot", "open", "close", "trucks"], ["D1", "08:00", "18:00", 3], ["D2", "07:30", "17:00", 4]),
      {"d": (("depot", "open", "close", "trucks"), [("D1", "08:00", "18:00", 3), ("D2", "07:30", "17:00", 4)])})  # fmt: skip
_file("sums carried over from page to page", "d.csv",
      "Item,Qty,Value\nA1,510,5\nA2,705,7\nCarried over,1215,12\nItem,Qty,Value\nBrought forward,1215,12\nA3,905,9\nTotal,2120,21\n",
      {"d": (("Item", "Qty", "Value"), [("A1", 510, 5), ("A2", 705, 7), ("A3", 905, 9)])})  # fmt: skip
_file("records below what stands beside them", "d.json",
      '{"budget": 5000, "data": [{"town": "Lyon", "demand": 3}, {"town": "Metz", "demand": 4}]}',
      {"d": (("budget",), [(5000,)]), "d.data": (("town", "demand"), [("Lyon", 3), ("Metz", 4)])})  # fmt: skip
