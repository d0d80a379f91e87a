"""Numbers as people write them: digits, words, percentages, fractions, multiples.

This finds what a text says; `evidence` holds a formulation against it. It does not know
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
_SHARES = {
    "half": 1 / 2, "third": 1 / 3, "thirds": 1 / 3, "quarter": 1 / 4, "quarters": 1 / 4,
    "fourth": 1 / 4, "fourths": 1 / 4, "fifth": 1 / 5, "fifths": 1 / 5,
}  # fmt: skip
_MULTIPLES = {
    "twice": 2.0, "double": 2.0, "doubles": 2.0, "thrice": 3.0, "triple": 3.0, "triples": 3.0,
}  # fmt: skip

_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_SCALE = "hundred|thousand|million|billion|dozen"
_WORD = "|".join(sorted([*_ONES, *_TENS], key=len, reverse=True))
_PATTERN = re.compile(
    rf"""
    (?<![\w.]) (?P<top>\d+) \s*/\s* (?P<bottom>[1-9]\d*) (?![\w.]*\d)
  | (?<![\w.]) (?P<digits>{_NUMBER})
      (?! -[A-Za-z] )  # a 4-wheeler
      (?: \s* (?P<percent>%|per\s?cent\b) | \s* (?P<scale>{_SCALE}|k|m)\b )?
      (?! [\w]*\d ) (?= $ | \W | [A-Za-z] )
  | \b (?P<word>{_WORD}) (?:[-\s] (?P<unit>{"|".join(_ONES[1:10])}) )?
      (?: [-\s] (?P<wordscale>{_SCALE}|per\s?cent) )? \b
  | \b (?P<aloft>hundred|dozen) \b
  | \b (?P<share>half|thirds?|quarters?|fourths?|fifths?) \b
  | \b (?P<multiple>twice|doubles?|thrice|triples?) \b
    """,
    re.VERBOSE | re.IGNORECASE,
)


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

    @property
    def readings(self) -> tuple[float, ...]:
        """The numbers that a correct formulation may write for this one, likeliest first."""
        v = self.value
        if self.kind is Kind.PERCENT:
            p = v / 100
            return (p, v, 1 - p, 1 + p, *((1 / p,) if p else ()), *(((1 - p) / p,) if p else ()),
                    *((p / (1 - p),) if p != 1 else ()))  # fmt: skip
        if self.kind in (Kind.SHARE, Kind.MULTIPLE):
            return (v, 1 / v)
        # "three times as many a as b" may be written with 1/3, "2 hours" of minutes with 120.
        return (v, *((1 / v,) if v else ()), 60 * v, v / 60)

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
    return tuple(_merge(_read(match) for match in _PATTERN.finditer(text)))


def says(text_quantities: tuple[Quantity, ...], number: float) -> bool:
    """Whether some quantity of the text accounts for `number` in a formulation."""
    return any(same(reading, number) for q in text_quantities for reading in q.readings)


def same(a: float, b: float) -> bool:
    """Equal as written: small models round 1/3 to 0.333."""
    return isclose(a, b, rel_tol=2e-3, abs_tol=1e-9)


def _read(match: re.Match[str]) -> Quantity:
    group = match.groupdict()
    value, kind = _value(group)
    return Quantity(value, kind, match[0], match.start(), match.end(), _scale_of(group))


def _value(group: dict[str, str | None]) -> tuple[float, Kind]:
    if group["top"]:
        return float(group["top"]) / float(group["bottom"] or 1), Kind.SHARE
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


def _merge(found: Iterator[Quantity]) -> Iterator[Quantity]:
    """Join "two thirds" and "a third": a count directly before a share multiplies it."""
    last: Quantity | None = None
    for q in found:
        if last and q.kind is Kind.SHARE and last.kind is Kind.WORD and q.start - last.end == 1:
            last = Quantity(
                last.value * q.value, Kind.SHARE, f"{last.text} {q.text}", last.start, q.end
            )
            continue
        if last:
            yield last
        last = q
    if last:
        yield last
