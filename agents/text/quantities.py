"""Numbers as people write them: digits, words, percentages, fractions, multiples.

This finds what a text says; `checks.words` holds a formulation against it. It does not know
dates, ordinals or phone numbers, and reads numbers that are part of a name (`Z1`, `x2`) as names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import isclose

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: float(n) for n, word in enumerate(_ONES)} | {
    word: float(10 * (n + 2)) for n, word in enumerate(_TENS)
}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "dozen": 12.0}
_PARTS = ("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_SHARES = {"half": 1 / 2, "quarter": 1 / 4, "quarters": 1 / 4} | {
    part + ending: 1 / (place + 3) for place, part in enumerate(_PARTS) for ending in ("", "s")
}
_MULTIPLES = {
    "twice": 2.0, "double": 2.0, "doubles": 2.0, "thrice": 3.0, "triple": 3.0, "triples": 3.0,
}  # fmt: skip

_GROUPED = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|"
_NUMBER = r"\d+(?:\.\d+)?|\.\d+"
_FRACTION = r"(?<![\w.]) (?P<top>\d+) \s*/\s* (?P<bottom>[1-9]\d*) (?![\w.]*\d) |"
_SCALE = "hundred|thousand|million|billion|dozen"
_WORD = "|".join(sorted([*_ONES, *_TENS], key=len, reverse=True))


def _pattern(fraction: str, grouped: str) -> re.Pattern[str]:
    return re.compile(
        rf"""
        {fraction}
        (?<![\w.]) (?P<digits>{grouped}{_NUMBER})
          (?! \.\d | -[A-Za-z] )  # a 4-wheeler, a 13.6-metre trailer
          (?: \s* (?P<percent>%|per\s?cent\b) | \s* (?P<scale>{_SCALE}|k|m)\b )?
          (?! [\w]*\d ) (?= $ | \W | [A-Za-z] )
      | \b (?P<word>{_WORD}) (?:[-\s] (?P<unit>{"|".join(_ONES[1:10])}) )?
          (?: [-\s] (?P<wordscale>{_SCALE}|per\s?cent) )? \b
      | \b (?P<aloft>hundred|dozen) \b
      | \b (?P<share>half|quarters?|(?:{"|".join(_PARTS)})s?) \b
      | \b (?P<multiple>twice|doubles?|thrice|triples?) \b
        """,
        re.VERBOSE | re.IGNORECASE,
    )


_PATTERN = _pattern(_FRACTION, _GROUPED)
_NO_FRACTION = _pattern("", _GROUPED)
_NO_GROUPS = _pattern("", "")
_MOST_OF_A_WHOLE = 20  # "22 / 240" lists two numbers, "3 / 4" may be three quarters
_PAIR = re.compile(r"\(\s*\d+(?:\.\d+)?\s*,\s*(?:\d{1,2}|\d+\.\d+)\s*\)")


class Kind(StrEnum):
    NUMBER = "number"
    PERCENT = "percent"
    SHARE = "share"
    """A half, a third, 2/3."""
    MULTIPLE = "multiple"
    """Twice, double, triple."""
    WORD = "word"
    """A small number written out, which may be an article: "one of the machines"."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number of a text. `value` is in the words' own scale: 40 for "40%"."""

    value: float
    kind: Kind
    text: str
    start: int
    end: int
    scale: float = 1.0
    """What a word multiplies the figure by: 1000 in "6 thousand"; `value` holds it already."""
    also: tuple[float, ...] = ()
    """The same amount in other units, where somebody looked for these."""

    @property
    def readings(self) -> tuple[float, ...]:
        """The numbers that a correct formulation may write for this one, likeliest first."""
        v = self.value
        if self.kind is Kind.PERCENT:
            p = v / 100
            return (p, v, 1 - p, 1 + p, *((1 / p,) if p else ()), *(((1 - p) / p,) if p else ()),
                    *((p / (1 - p),) if p != 1 else ()), *self.also)  # fmt: skip
        if self.kind in (Kind.SHARE, Kind.MULTIPLE):
            rest = (1 - v, 1 + v) if self.kind is Kind.SHARE else ()  # a tenth is lost: 0.9 is left
            return (v, 1 / v, *rest)
        # "three times as many a as b" may be written with 1/3, "2 hours" of minutes with 120.
        return (v, *((1 / v,) if v else ()), 60 * v, v / 60, *self.also)

    @property
    def must_be_used(self) -> bool:
        """Whether a formulation that ignores this number needs a reason. A number
        written out may count the kinds of things that the text goes on to name, and 1 is often
        the unit in "per 1 hour"."""
        return self.kind is not Kind.WORD and self.value not in (0.0, 1.0)


def quantities(text: str) -> tuple[Quantity, ...]:
    """Every number in `text`, in order.

    >>> [q.value for q in quantities("At least 40% of the 1,200 seats, twice as many as in Z1")]
    [40.0, 1200.0, 2.0]
    """
    return tuple(_merge((_read(match) for match in _matches(text)), text))


def says(text_quantities: tuple[Quantity, ...], number: float) -> bool:
    """Whether some quantity of the text accounts for `number` in a formulation."""
    return any(same(reading, number) for q in text_quantities for reading in q.readings)


def same(a: float, b: float) -> bool:
    """Equal as written: small models round 1/3 to 0.333."""
    return isclose(a, b, rel_tol=2e-3, abs_tol=1e-9)


def _matches(text: str) -> Iterator[re.Match[str]]:
    """The numbers of a text, in order; those between the slashes of a list ("620 / 7,400 / 4") and
    the commas of a pair ("[74,105]") one by one."""
    at = 0
    while (found := _PATTERN.search(text, at)) is not None:
        pattern = None
        if found["top"] and not _is_fraction(text, found):
            pattern = _NO_FRACTION
        elif "," in (found["digits"] or "") and _is_in_pair(text, found):
            pattern = _NO_GROUPS
        again = pattern.search(text, found.start()) if pattern is not None else None
        found = again or found
        yield found
        at = found.end()


def _is_fraction(text: str, found: re.Match[str]) -> bool:
    listed = re.search(r"/\s*$", text[max(0, found.start() - 4) : found.start()])
    if listed or re.match(r"\s*/|,\d", text[found.end() :]):
        return False
    spaced = " " in found[0]
    return not spaced or int(found["top"]) < int(found["bottom"]) <= _MOST_OF_A_WHOLE


def _is_in_pair(text: str, found: re.Match[str]) -> bool:
    """Whether `74,105` stands alone in brackets: square ones hold a list, round ones a pair where
    the text has other pairs in such."""
    around = text[max(0, found.start() - 1) : found.start()] + text[found.end() : found.end() + 1]
    return around == "[]" or (around == "()" and _PAIR.search(text) is not None)


def _read(match: re.Match[str]) -> Quantity:
    group = match.groupdict()
    value, kind = _value(group)
    return Quantity(value, kind, match[0], match.start(), match.end(), _scale_of(group))


def _value(group: dict[str, str | None]) -> tuple[float, Kind]:
    if group.get("top"):
        return float(group["top"] or 0) / float(group["bottom"] or 1), Kind.SHARE
    if group["digits"]:
        value = float(group["digits"].replace(",", ""))
        if group["percent"]:
            return value, Kind.PERCENT
        return value * _scale_of(group), Kind.NUMBER
    if group["word"]:
        return _spelled(group)
    if group["aloft"]:
        return _SCALES[group["aloft"].lower()], Kind.NUMBER
    if group["share"]:
        return _SHARES[group["share"].lower()], Kind.SHARE
    return _MULTIPLES[(group["multiple"] or "").lower()], Kind.MULTIPLE


def _scale_of(group: dict[str, str | None]) -> float:
    word = (group["scale"] or group["wordscale"] or "").lower()
    return 1e3 if word == "k" else _SCALES.get(word, 1.0)


def _spelled(group: dict[str, str | None]) -> tuple[float, Kind]:
    value = _WORDS[(group["word"] or "").lower()] + _WORDS.get((group["unit"] or "").lower(), 0.0)
    scale = (group["wordscale"] or "").lower()
    if scale.startswith("per"):
        return value, Kind.PERCENT
    if scale:
        return value * _scale_of(group), Kind.NUMBER
    return value, Kind.WORD


def _merge(found: Iterator[Quantity], text: str) -> Iterator[Quantity]:
    """Join "two thirds" and "a third" (a count directly before a share multiplies it) and "one and
    a half"; the quarters of "six quarters" are no share."""
    last: Quantity | None = None
    for q in found:
        if last and q.kind is Kind.SHARE and last.kind in (Kind.WORD, Kind.NUMBER):
            between = text[last.end : q.start].lower()
            whole = text[last.start : q.end]
            counted = last.kind is Kind.WORD and len(between) == 1
            if between == " and a ":
                last = Quantity(last.value + q.value, Kind.MULTIPLE, whole, last.start, q.end)
                continue
            if counted and last.value * q.value < 1:
                last = Quantity(last.value * q.value, Kind.SHARE, whole, last.start, q.end)
                continue
            if len(between) == 1 and last.value * q.value >= 1 and q.text.endswith("s"):
                continue
        if last:
            yield last
        last = q
    if last:
        yield last
