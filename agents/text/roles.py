"""What each number of a text is by how it stands there: an amount, or a name, a date, a cell.

Told by structure - capitals, digits, brackets, slashes, lines, the calendar - and by nothing that
the words around a number mean. Whoever asks which numbers a model should use asks here first.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from optwright.agents.text.layout import Cell, cells
from optwright.agents.text.quantities import Kind, Quantity, quantities
from optwright.solvers.data.units import is_measure


class Role(StrEnum):
    """What a number is, whatever a model does with it."""

    AMOUNT = "amount"
    NAME = "name"
    """Part of a name: "Area 2", "Line 1A", "A_{1}", "a 911 Porsche"."""
    DATE = "date"
    """Of the calendar or the clock: "3 June", "2019", "6:00-10:00", "7am"."""
    LIST = "list"
    """It counts the entries of a list: "5.", "(2)"."""
    HEADER = "header"
    UNIT = "unit"
    """What a rate is per: "18 per 100 kg", "boxes/1000"."""
    ORDINAL = "ordinal"
    """A place in an order, or a share: "the third" alone does not say which."""
    FORMULA = "formula"
    """Part of a formula in letters that the text writes out: "(80x + 90y)/(x+y)"."""
    WORD = "word"
    """A small number that may be an article or count what the text goes on to name, and 0 and 1."""
    EXAMPLE = "example"
    """In a sentence that says of itself that it is an example."""
    CELL = "cell"
    """One of a list or table of numbers."""


@dataclass(frozen=True, slots=True)
class TextNumber:
    """One number of a text. `column` is the list or column of a table that a cell stands in."""

    quantity: Quantity
    role: Role
    column: str = ""


@lru_cache(maxsize=64)
def roles(text: str) -> tuple[TextNumber, ...]:
    """Every number of a text with its role, in the text's order.

    >>> [(n.quantity.text, n.role.value) for n in roles("Since 3 June, Line 7 makes 40 a day.")]
    [('3', 'date'), ('7', 'name'), ('40', 'amount')]
    """
    found = quantities(text)
    places = cells(text)
    starts = [cell.start for cell in places]
    dates = [*(m.span() for m in _SPANS.finditer(text)), *_hours(text)]
    series = _series(text, found)
    numbers = []
    for q in found:
        at = bisect_right(starts, q.start) - 1
        cell = places[at] if at >= 0 and q.start < places[at].end else None
        is_date = any(begin <= q.start < end for begin, end in dates)
        role = Role.DATE if is_date else _role(text, q, cell, series)
        column = cell.column if cell is not None and role is Role.CELL else ""
        numbers.append(TextNumber(q, role, column))
    return tuple(_of_formulas(text, numbers))


def _role(text: str, q: Quantity, cell: Cell | None, series: frozenset[str]) -> Role:
    before, after = text[max(0, q.start - 48) : q.start], text[q.end : q.end + 48]
    digits = q.text.strip().isdigit()
    if _is_of_calendar(text, q, before, after):
        return Role.DATE
    if digits and _is_name(text, q, before, after, series):
        return Role.NAME
    if _counts_list(text, q, before, after):
        return Role.LIST
    if cell is not None:
        return Role.HEADER if cell.is_head else Role.CELL
    if _EXAMPLE.search(_sentence_before(text, q)):
        return Role.EXAMPLE
    if _is_in_heading(text, q):
        return Role.HEADER
    if _DENOMINATOR.search(before) and not re.match(r"\s?%", after):
        return Role.UNIT
    if q.kind is Kind.SHARE and _is_ordinal(q, before, after):
        return Role.ORDINAL
    return Role.AMOUNT if q.must_be_used else Role.WORD


# Calendar and clock

_MONTHS = "|".join(
    {name for names in (calendar.month_name, calendar.month_abbr) for name in names if name}
)
_MONTH_AFTER = re.compile(rf"^(?:st|nd|rd|th)?\s(?:of\s)?(?:{_MONTHS})\b")
_MONTH_BEFORE = re.compile(rf"\b(?:{_MONTHS})\.?\s(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s)?$")
_SPANS = re.compile(
    r"(?<![\d.,/])(?:\d{4}-\d{1,2}-\d{1,2}|\d{1,2}([./-])\d{1,2}\1\d{2,4}|\d{1,2}:\d\d(?::\d\d)?)"
    r"(?![\d/]|[.,]\d)"
    r"|(?<![\d.,/])(?:(?:19|20)\d\d/\d\d(?:\d\d)?|\d{1,2}/(?:19|20)\d\d)(?![\d/]|[.,]\d)"
)
_IN_YEAR = re.compile(r"(?:^|\n|\(|\b(?:in|since|until|before|after|during)\s)$", re.IGNORECASE)
_OF_CLOCK = re.compile(r"^(?:\s?[ap]\.?m\b|\s?o'clock)", re.IGNORECASE)
_ORDINAL_END = re.compile(r"^(?:st|nd|rd|th)\b")


_FROM_TO = re.compile(r"\bfrom (\d{1,2}) (?:to|till|until) (\d{1,2})(?! ?[%$€£]|[.,]?\d)\b")
_LAST_HOUR = 24
_FEWEST_SHIFTS = 3


def _hours(text: str) -> Iterator[tuple[int, int]]:
    """Where hours of the clock stand in "from 8 to 10, from 10 to 12, from 12 to 14": whole
    numbers up to 24 without a unit, spans that begin where others end."""
    spans = [m for m in _FROM_TO.finditer(text) if not measured_at(text, m.end())]
    if any(int(end) > _LAST_HOUR for m in spans for end in m.groups()):
        return
    begins = {m[1] for m in spans}
    chained = sum(m[2] in begins for m in spans)
    if chained + 1 >= _FEWEST_SHIFTS:
        yield from (m.span(group) for m in spans for group in (1, 2))


_GROUPED = re.compile(r"\d,\d{3}(?!\d)")


def _is_of_calendar(text: str, q: Quantity, before: str, after: str) -> bool:
    digits = q.text.strip().isdigit()
    grouped = _GROUPED.search(text) is not None
    if _OF_CLOCK.match(after) and (digits or q.kind is Kind.WORD):
        return True
    if not digits:
        return False
    if _ORDINAL_END.match(after) or _MONTH_AFTER.match(after):
        return True
    if _MONTH_BEFORE.search(before) and q.value <= _LAST_DAY:
        return True
    if len(q.text) != 4 or q.text[:2] not in ("19", "20"):
        return False
    if grouped and not measured_at(text, q.end) and not re.search(r"[$€£=<>+*-]\s?$", before):
        return True  # who writes 5,200 writes 2,026 if it is no year
    return (_IN_YEAR.search(before) or _MONTH_BEFORE.search(before)) is not None


_LAST_DAY = 31


# Names

_LABELLED = re.compile(r"[a-z]\s(?:[^\W\d_]*[A-Z][^\W\d_]+)[ -]?#?$")
_NUMBERED = re.compile(r"(?:#|\b[Nn]o\.)\s?$")
_SUBSCRIPT = re.compile(r"[A-Za-z}]_\{?$")
_CODE_AFTER = re.compile(r"^/?[A-Z]\b")
_LIST_HEAD = re.compile(r"(?:^|\n)\s*[(\[]?$")
_SECTIONS = re.compile(r"(?:^|\n)\s*\d{1,2}(?:\.\d{1,2})+\s+[A-Z]")
_MAKE = re.compile(r"\b[Aa]n?\s$")
_BEFORE = re.compile(r"([^\W\d_]+)[ -]$")
_FEWEST = 3
"""So many different numbers behind one word, from 0 or 1 on without a gap, number its things."""


def _is_name(text: str, q: Quantity, before: str, after: str, series: frozenset[str]) -> bool:
    if _SUBSCRIPT.search(before) or _NUMBERED.search(before) or _CODE_AFTER.match(after):
        return True
    if _MAKE.search(before) and re.match(r"\s[A-Z]", after):
        return True  # "a 911 Porsche"
    if measured_at(text, q.end):
        return False  # "Mainz 650 t"
    if (word := _BEFORE.search(before)) is not None and word[1].lower() in series:
        return True
    return _LABELLED.search(before) is not None


def measured_at(text: str, place: int) -> bool:
    """Whether a unit of measure stands there."""
    word = re.match(r"[\s-]?([A-Za-z]+)", text[place : place + 24])
    return word is not None and is_measure(word[1])


def _series(text: str, found: Sequence[Quantity]) -> frozenset[str]:
    """The words that the text numbers things with: "node 1", "node 2", "node 3", and with a capital
    "Table 10", "Table 11"; and common nouns with a capital that it uses without one too."""
    numbered: dict[str, set[int]] = {}
    names: set[str] = set()
    for q in found:
        word = _BEFORE.search(text[max(0, q.start - 24) : q.start])
        if word is None or not q.text.isdigit() or len(q.text) > _LONGEST_LABEL:
            continue
        if not measured_at(text, q.end):
            numbered.setdefault(word[1].lower(), set()).add(int(q.text))
            if word[1][0].isupper() and re.search(rf"\b{word[1].lower()}s?\b", text):
                names.add(word[1].lower())
    return frozenset(names) | {
        word
        for word, numbers in numbered.items()
        if len(numbers) >= _FEWEST
        and min(numbers) < 2
        and max(numbers) - min(numbers) < len(numbers)
    }


_LONGEST_LABEL = 4


def _counts_list(text: str, q: Quantity, before: str, after: str) -> bool:
    """Whether a number counts the entries of a list: at the head of a line, or in brackets behind
    those of its predecessors."""
    heads_line = _LIST_HEAD.search(before) is not None
    if heads_line and re.match(r"\s+[A-Z]", after) and len(_SECTIONS.findall(text)) > 1:
        return True  # "2.1 Rules"
    if not re.match(r"[.)\]]\s", after):
        return False
    if heads_line:
        return True
    if not before.endswith("(") or not q.value.is_integer():
        return False
    ahead = text[: q.start]
    places = [ahead.rfind(f"({n})") for n in range(1, min(int(q.value), _LONGEST_LIST))]
    return (
        bool(places or f"({int(q.value) + 1})" in text)
        and places == sorted(places)
        and (not places or places[0] >= 0)
    )


_LONGEST_LIST = 30


# Examples, headings, rates, ordinals, formulas

_EXAMPLE = re.compile(r"\b(?:for (?:example|instance)|e\.g\.|example:)", re.IGNORECASE)
_ENDS = re.compile(r"(?<!e\.g)[.;!?]\s|\n")


def _sentence_before(text: str, q: Quantity) -> str:
    """The sentence up to a number."""
    begin = max(0, q.start - _LONGEST_SENTENCE)
    return _ENDS.split(text[begin : q.start])[-1]


_LONGEST_SENTENCE = 400
_DENOMINATOR = re.compile(r"(?:\bper|[A-Za-z]/)\s?$")
_WHOLE_SHARE = re.compile(r"\b(?:an?|one|the other)[\s-]$", re.IGNORECASE)


def _is_in_heading(text: str, q: Quantity) -> bool:
    """Whether the line is a heading of Markdown, a title that ends in a colon, or one that a line
    of dashes follows."""
    begin = text.rfind("\n", 0, q.start) + 1
    line, _, rest = text[begin:].partition("\n")
    line = line.strip().strip("*").strip()
    if line.startswith("#") or re.match(r"\s*(?:-{3,}|={3,})\s*(?:\n|$)", rest):
        return True
    ahead = text[:begin].endswith("\n\n") or not begin
    is_alone = ahead and (not rest.strip() or rest.startswith("\n")) and line[:1].isupper()
    if is_alone and bool(rest) and line[-1:].isalnum() and len(line.split()) <= _LONGEST_TITLE:
        return True  # a title stands by itself and ends without a stop
    # A title names; what reaches to the end of its line and has a verb has a limit or an amount.
    return line.endswith(":") and bool(rest.strip()) and len(line.split()) <= _LONGEST_TITLE


_LONGEST_TITLE = 8


def _is_ordinal(q: Quantity, before: str, after: str) -> bool:
    """ "The third shift", "this quarter", "a half-day": no share unless it is said to be one."""
    if re.match(r"-[a-z]", after):
        return True
    if " " in q.text or "/" in q.text or q.text.lower() == "half" or q.text.endswith("s"):
        return False
    return not (_WHOLE_SHARE.search(before) or re.match(r"\s+of\b", after))


_FORMULA_END = re.compile(r"^\s?\*?\s?[a-zA-Z](?:_?\d+)?\s?[-+*/=)<>]")
_AFTER_LETTER = re.compile(r"\b[a-z]\s?[*×]\s?$")


def _of_formulas(text: str, numbers: Sequence[TextNumber]) -> Iterator[TextNumber]:
    """The numbers with those of formulas told: a number before a letter and beside an operator, and
    the same number in the words of its sentence."""
    amounts = [n for n in numbers if n.role is Role.AMOUNT]
    written = {n.quantity.start for n in amounts if _is_in_formula(text, n.quantity)}
    ends = [m.end() for m in re.finditer(r"[.;!?]\s|\n", text)]
    values: dict[int, set[float]] = {}
    for n in numbers:
        if n.quantity.start in written:
            values.setdefault(_sentence(ends, n), set()).add(n.quantity.value)
    for n in numbers:
        same = n.role is Role.AMOUNT and n.quantity.value in values.get(_sentence(ends, n), ())
        yield TextNumber(n.quantity, Role.FORMULA) if same else n


def _is_in_formula(text: str, q: Quantity) -> bool:
    before, after = text[max(0, q.start - 4) : q.start], text[q.end : q.end + 12]
    return bool(_FORMULA_END.match(after) or _AFTER_LETTER.search(before))


def _sentence(ends: Sequence[int], number: TextNumber) -> int:
    return sum(end <= number.quantity.start for end in ends)
