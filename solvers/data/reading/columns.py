"""From the cells of a file's tables to typed columns, by one way of writing numbers for the file.

A column in which at least half of the cells are numbers is one of numbers: what else stands there
is named and left as it is, and whoever needs that cell is told its row.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from optwright.solvers.data.reading import dates, numerals
from optwright.solvers.data.reading.grid import Raw
from optwright.solvers.data.reading.written_units import is_unit
from optwright.solvers.data.table import Answer, Cell, ColumnType, Question, toml_key

_POWER = re.compile(r"\d+[Ee]\d+")  # programs write 1E+03
SHOWN = 3  # cells or rows that a sentence names


@dataclass(frozen=True)
class RawColumn:
    """A column as it was found; `forced` is the type that a correction names."""

    table: str
    name: str
    cells: Sequence[Raw]
    row_numbers: Sequence[int]
    forced: str = ""
    decimal: str = ""
    is_key: bool = False
    """Whether it is the first of several columns: its cells are names more likely than amounts."""

    @cached_property
    def texts(self) -> dict[str, int]:
        """The different texts, stripped, and how often each stands there."""
        found = Counter(cell.strip() for cell in self.cells if isinstance(cell, str))
        found.pop("", None)
        return dict(found)

    @cached_property
    def numerals(self) -> dict[str, numerals.Numeral]:
        """The texts that are numerals, with or without the unit of the column."""
        found = dict[str, numerals.Numeral]()
        for text in self.texts:
            bare = text.removesuffix(self.unit).strip() if self.unit else text
            if (numeral := numerals.parse(bare)) is not None:
                found[text] = numeral
        return found

    @cached_property
    def unit(self) -> str:
        """A unit we know that stands behind every number of the column."""
        if self.is_key:
            return ""
        units = set[str]()
        for text in self.texts:
            if numerals.is_missing(text):
                continue
            _, unit = numerals.split_unit(text)
            if numerals.parse(text) is not None:
                return ""
            units.add(unit)
            if len(units) > 1:
                return ""
        unit = next(iter(units), "")
        return unit if unit and is_unit(unit) else ""

    @cached_property
    def is_numeric(self) -> bool:
        """Whether at least half of what stands there is numbers."""
        if self.forced:
            return self.forced == "number"
        plain = sum(isinstance(c, int | float) and c == c for c in self.cells)  # noqa: PLR0124
        written = sum(self.texts[text] for text in self.numerals)
        other = sum(n for text, n in self.texts.items()
                    if text not in self.numerals and not numerals.is_missing(text))  # fmt: skip
        dated = sum(isinstance(c, datetime.date | datetime.time | datetime.timedelta)
                    for c in self.cells)  # fmt: skip
        if not plain + written or plain + written < other + dated:
            return False
        if any(_POWER.fullmatch(text) for text in self.numerals) and (other or self.is_key):
            return False  # the parts 1E3 and 4D1
        if self.is_key and len({n.number(".") for n in self.numerals.values()}) < len(
            self.numerals
        ):
            return False  # the sections 1.1 and 1.10
        # `007` beside numbers: all of them are names.
        return not any(text.isdecimal() for text in self.texts if text not in self.numerals)


@dataclass
class Reading:
    """How a file writes its numbers and days, what there is to say and to ask about it."""

    decimal: str = "."
    by_column: dict[tuple[str, str], str] = field(default_factory=dict)
    day_first: bool | None = None
    understood: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def iso(self, text: str) -> str | None:
        """A day as `2026-03-31`; None where a text is none, or one that may be read in two ways."""
        date = dates.parse(text)
        if date is None or (date.is_open and self.day_first is None):
            return None
        return date.iso(day_first=self.day_first is not False)


@dataclass(frozen=True)
class TypedColumn:
    name: str
    type: ColumnType
    cells: list[Cell]
    understood: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()


def read_file(
    columns: Sequence[RawColumn], *, separator: str = "", decimal: str = "", days: str = ""
) -> Reading:
    """How the columns of one file write numbers and days. `separator` is that of a text file;
    `decimal` and `days` are what corrections say."""
    reading = Reading()
    _decide_decimal([c for c in columns if c.is_numeric], reading, separator, decimal)
    _decide_days([c for c in columns if not c.is_numeric], reading, days)
    return reading


def typed(column: RawColumn, reading: Reading) -> TypedColumn:
    """The column with numbers for its numerals and `2026-03-31` for its days."""
    if column.is_numeric:
        return _numbers(column, reading)
    return _texts(column, reading)


# How decimals are written


def _decide_decimal(
    columns: Sequence[RawColumn], reading: Reading, separator: str, decimal: str
) -> None:
    found = {
        (c.table, c.name): numerals.evidence(c.numerals.values())
        for c in columns
        if c.numerals and not c.decimal
    }
    reading.by_column = {(c.table, c.name): c.decimal for c in columns if c.decimal}
    if decimal:
        reading.decimal = decimal
        return
    total = sum(found.values(), numerals.Evidence())
    if total.point and total.comma:
        _of_each_column(found, reading)
    elif total.point or total.comma:
        reading.decimal = "." if total.point else ","
        if total.comma or total.open_points or total.open_commas:
            told = "1,234.5" if total.point else "1.234,5"
            reading.understood.append(f"numbers are written as {told}")
    elif total.open_points or total.open_commas:
        _ask(total, reading, separator, columns)


def _of_each_column(found: Mapping[tuple[str, str], numerals.Evidence], reading: Reading) -> None:
    """Columns that write numbers differently: each as it says itself; one that says both ways or
    neither is asked about."""
    points = sum(e.point for e in found.values())
    commas = sum(e.comma for e in found.values())
    reading.decimal = "." if points >= commas else ","
    both = [key for key, e in found.items() if e.point and e.comma]
    neither = [
        key
        for key, e in found.items()
        if not (e.point or e.comma) and (e.open_points or e.open_commas)
    ]
    for key, e in found.items():
        if bool(e.point) != bool(e.comma):
            reading.by_column[key] = "." if e.point else ","
    by_point = [key for key, e in found.items() if e.point and not e.comma]
    by_comma = [key for key, e in found.items() if e.comma and not e.point]
    ways = [_told_columns(by_point, "1,234.5"), _told_columns(by_comma, "1.234,5")]
    if all(ways):
        reading.understood.append(f"numbers are written in two ways: {ways[0]}; {ways[1]}")
    if both or neither:
        name = (both or neither)[0][1]
        reading.questions.append(
            Question(
                f"column {name!r} may have decimals with a point or with a comma, since "
                "the file has both: which is it?",
                (
                    Answer(f"decimal = {_quoted(reading.decimal)}", "taken for now"),
                    Answer(
                        f"decimal = {_quoted('.' if reading.decimal == ',' else ',')}",
                        "the other way",
                    ),
                ),
            )
        )


def _told_columns(keys: Sequence[tuple[str, str]], way: str) -> str:
    return f"{way} in {', '.join(repr(k[1]) for k in keys[:SHOWN])}" if keys else ""


def _quoted(sign: str) -> str:
    return f'"{sign}"'


def _ask(
    total: numerals.Evidence, reading: Reading, separator: str, columns: Sequence[RawColumn]
) -> None:
    """Nothing but numerals such as `1.500`, which are 1500 to some and 1.5 to others."""
    if total.open_points and total.open_commas:  # `1.500` and `1,500` side by side
        likely = "."
    elif total.open_commas:
        likely = "." if separator != ";" or _has_currency(columns, "$£") else ","
    else:
        likely = "," if separator == ";" or _are_thousands(total.open_points, columns) else "."
    reading.decimal = likely
    example = (total.open_commas or total.open_points)[0]
    numeral = numerals.parse(example)
    assert numeral is not None
    one, other = likely, "," if likely == "." else "."
    # A file whose cells are apart by commas was not written where decimals have one.
    sure = not total.open_points and (
        separator == "," or (_has_currency(columns, "$£") and likely == ".")
    )
    if sure:
        reading.understood.append(f"{example} is read as {numeral.number(one):g}")
        return
    sign = "." if total.open_points else ","
    way = "between thousands" if numeral.number(one) >= 1000 else "before decimals"
    reading.questions.append(
        Question(
            f"is {example} {numeral.number(one):,g} or {numeral.number(other):,g}? Nothing else in "
            f"the file says whether {sign!r} stands before decimals or between thousands",
            (
                Answer(f"decimal = {_quoted(one)}", f"{sign!r} stands {way} (taken for now)"),
                Answer(
                    f"decimal = {_quoted(other)}",
                    f"{example} is {numeral.number(other):,g}",
                ),
            ),
        )
    )


def _has_currency(columns: Sequence[RawColumn], signs: str) -> bool:
    return any(n.currency in signs for c in columns for n in c.numerals.values() if n.currency)


def _are_thousands(open_points: Iterable[str], columns: Sequence[RawColumn]) -> bool:
    """Whether whole numbers below 1000 stand beside `1.500`, and none above without a mark."""
    whole = [
        n.number(".")
        for c in columns
        for n in c.numerals.values()
        if n.mark is numerals.Mark.NOTHING and n.digits.isdecimal()
    ]
    return bool(whole) and max(map(abs, whole)) < 1000


# Days


def _decide_days(columns: Sequence[RawColumn], reading: Reading, days: str) -> None:
    if days:
        reading.day_first = {"day first": True, "month first": False}.get(days)
        return
    found = [d for c in columns for d in _dates(c).values()]
    said, is_open = dates.order(found)
    reading.day_first = said
    if is_open and said is None:
        example = next(t for c in columns for t, d in _dates(c).items() if d.is_open)
        date = dates.parse(example)
        assert date is not None
        reading.questions.append(
            Question(
                f"is {example} {date.iso()} or {date.iso(day_first=False)}?",
                (
                    Answer('days = "text"', "it stays as it is written (taken for now)"),
                    Answer('days = "day first"', f"it is {date.iso()}"),
                    Answer('days = "month first"', f"it is {date.iso(day_first=False)}"),
                ),
            )
        )
    elif is_open:
        first = "the day" if said else "the month"
        reading.understood.append(f"days are written with {first} first")


def _dates(column: RawColumn) -> dict[str, dates.DateText]:
    """The texts of a column as days; empty where one is none."""
    found = dict[str, dates.DateText]()
    for text in column.texts:
        if numerals.is_missing(text):
            continue
        date = dates.parse(text)
        if date is None:
            return {}
        found[text] = date
    return found


# Cells


def _numbers(column: RawColumn, reading: Reading) -> TypedColumn:
    decimal = reading.by_column.get((column.table, column.name), reading.decimal)
    known: dict[str, Cell] = {t: n.number(decimal) for t, n in column.numerals.items()}
    missing = Counter[str]()
    cells = list[Cell]()
    for cell in column.cells:
        if not isinstance(cell, str):
            cells.append(plain_cell(cell))
            continue
        text = cell.strip()
        found = known.get(text)
        if found is not None:
            cells.append(found)
        elif not text:
            cells.append(None)
        elif numerals.is_missing(text):
            missing[text] += 1
            cells.append(None)
        else:
            cells.append(text)
    whole = all(c is None or isinstance(c, int | str) for c in cells)
    return TypedColumn(
        column.name,
        ColumnType.INTEGER if whole else ColumnType.NUMBER,
        cells,
        tuple(_how_written(column, missing)),
        tuple(_unsure(column)),
    )


def _how_written(column: RawColumn, missing: Mapping[str, int]) -> Iterable[str]:
    name = f"column {column.name!r}"
    used = column.numerals.values()
    if column.unit:
        yield f"{name} is in {column.unit}"
    if any(n.is_percent for n in used):
        yield f"{name} is in percent: 25 % is 0.25"
    if currencies := list(dict.fromkeys(n.currency for n in used if n.currency)):
        yield f"{name} is in {', '.join(currencies)}"
    if scales := {n.scale: n for n in used if n.scale}:
        factors = (f"{s} is {numerals.scale_of(s):,.0f}" for s in scales)
        yield f"in {name}, {' and '.join(factors)}"
    if any(n.factor < 0 and "(" in t for t, n in column.numerals.items()):
        yield f"in {name}, numbers in parentheses are negative"
    if missing:
        told = ", ".join(repr(text) for text in list(missing)[:SHOWN])
        yield f"in {name}, {told} is an empty cell ({sum(missing.values()):,})"


def _unsure(column: RawColumn) -> Iterable[Question]:
    used = column.numerals
    percent = [t for t, n in used.items() if n.is_percent]
    plain = [t for t, n in used.items() if not n.is_percent and n.number(".") != 0]
    has_numbers = any(
        isinstance(c, int | float) and not isinstance(c, bool) and c for c in column.cells
    )
    if percent and (plain or has_numbers):
        beside = (
            plain[0] if plain else next(c for c in column.cells if isinstance(c, int | float) and c)
        )
        yield Question(
            f"column {column.name!r} of table {column.table!r} has {percent[0]!r} beside {beside}; "
            "are all of them percent?",
            (Answer("", f"{percent[0]} is read as {used[percent[0]].number('.'):g}, {beside} as it "
                    "stands; write the column in one way"),),
        )  # fmt: skip
    currencies = list(dict.fromkeys(n.currency for n in used.values() if n.currency))
    if len(currencies) > 1:
        yield Question(
            f"column {column.name!r} of table {column.table!r} has {' and '.join(currencies)}; "
            "nothing is converted",
            (Answer("", "convert them in the file"),),
        )
    fractions = [t for t, n in used.items() if n.is_fraction]
    if fractions and all(_may_be_day(t) for t in fractions) and len(fractions) == len(used):
        yield Question(
            f"is {fractions[0]} in column {column.name!r} of table {column.table!r} a fraction or "
            "a day?",
            (
                Answer(
                    f'columns.{toml_key(column.name)}.type = "number"', "fractions (taken for now)"
                ),
                Answer(f'columns.{toml_key(column.name)}.type = "text"', "days, left as written"),
            ),
            table=column.table,
        )


def _may_be_day(text: str) -> bool:
    top, slash, bottom = text.partition("/")
    return (
        bool(slash)
        and top.isdecimal()
        and bottom.isdecimal()
        and 1 <= int(top) <= 31
        and 1 <= int(bottom) <= 31
    )


def _texts(column: RawColumn, reading: Reading) -> TypedColumn:
    known = {} if column.forced == "text" else _dates(column)
    iso = dict[str, str | None]()
    for text, date in known.items():
        if not date.is_open or reading.day_first is not None:
            iso[text] = date.iso(day_first=reading.day_first is not False)
    if len(iso) < len(known) or None in iso.values():
        iso = {}  # a column is all of one kind
    cells = list[Cell]()
    for cell in column.cells:
        if isinstance(cell, str):
            text = cell.strip()
            missing = bool(iso) and numerals.is_missing(text)
            cells.append(None if missing else iso.get(text, text) or None)
        else:
            plain = plain_cell(cell)
            # A missing text reads NaN in a data frame.
            cells.append(None if isinstance(plain, float) and plain != plain else plain)  # noqa: PLR0124
    if not any(cell is not None for cell in cells):
        return TypedColumn(column.name, ColumnType.EMPTY, cells)
    if all(isinstance(c, int | float) or c is None for c in cells):
        whole = all(isinstance(c, int) or c is None for c in cells)
        if column.forced != "text":
            return TypedColumn(
                column.name, ColumnType.INTEGER if whole else ColumnType.NUMBER, cells
            )
    if column.forced == "text" or any(isinstance(c, str) and _is_code(c) for c in cells):
        # Codes such as 007: a number among them is a code as well.
        cells = [None if c is None else _as_text(c) for c in cells]
    changed = [text for text, day in iso.items() if day != text]
    told = (
        (f"in column {column.name!r}, {changed[0]} is read as {iso[changed[0]]}",)
        if changed
        else ()
    )
    return TypedColumn(column.name, ColumnType.TEXT, cells, told)


def _is_code(text: str) -> bool:
    return len(text) > 1 and text[0] == "0" and text.isdecimal()


def _as_text(cell: str | float) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def plain_cell(cell: object) -> Cell:
    """A cell that is no text as a number or a text; `TypeError` for what is neither."""
    match cell:
        case None:
            return None
        case bool():
            return int(cell)
        case int() | float() | str():
            return cell
        case datetime.date() | datetime.time() | datetime.timedelta():
            return dates.plain_date(cell)
        case Decimal():
            return float(cell)
    raise TypeError(type(cell).__name__)
