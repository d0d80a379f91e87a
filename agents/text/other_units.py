"""The same amount in the other units that a text or a model speaks of: "9 kg" where grams are named
too may be written as 9000, "20 and 22 percent" as 0.2 and 0.22."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from optwright.agents.text.quantities import Kind, Quantity
from optwright.solvers.data.units import Unit, is_measure, parse_unit

_UNIT_AFTER = re.compile(r"[\s-]*(?P<unit>[$€£]|[A-Za-z]+[²³]?)")
_UNIT_OWN = re.compile(r"\d\s*(?P<unit>[km])$")
_WORD = re.compile(r"[$€£]|[A-Za-z]{2,}[²³]?|(?<=/)[A-Za-z]\b|(?<=\d)\s?[A-Za-z]\b")
_AND = re.compile(r"\s*(?:/|,|-|\u2013|\band\b|\bor\b|\bto\b)\s*$")
_CENTS = re.compile(r"\b(?:cents?|pence)\b", re.IGNORECASE)
_CURRENCIES = frozenset({"USD", "EUR", "GBP", "JPY", "CNY", "INR"})


@dataclass(frozen=True, slots=True)
class Units:
    """The units that a text or its model speaks of; `cents` where one of them is a hundredth of a
    currency."""

    named: tuple[Unit, ...]
    cents: bool

    def read(self, words: str, found: Sequence[Quantity]) -> tuple[Quantity, ...]:
        """The numbers of `words`, each with what it is in other units of its kind."""
        shares, listed = _percentages(words, found), listed_scales(words, found)
        return tuple(
            replace(q, also=(*q.also, *self._readings(words, q), *share, *in_full))
            for q, share, in_full in zip(found, shares, listed, strict=True)
        )

    def _readings(self, words: str, q: Quantity) -> tuple[float, ...]:
        own = _unit_of(words, q)
        if own is None or q.kind is Kind.PERCENT:
            return ()
        factors = {own.scale / unit.scale for unit in self.named if unit.powers == own.powers}
        if self.cents and {base for base, _ in own.powers} & _CURRENCIES:
            factors |= {100.0, 0.01}
        return tuple(q.value * factor for factor in factors if factor != 1.0)


def units_of(text: str) -> Units:
    """The units that a text names, beside its numbers or without any."""
    words = dict.fromkeys(word.strip() for word in _WORD.findall(text))
    found = (_measure(word) for word in words)
    return Units(tuple(unit for unit in found if unit), _CENTS.search(text) is not None)


def _unit_of(text: str, q: Quantity) -> Unit | None:
    own = _UNIT_OWN.search(q.text)
    if own is not None:
        return _measure(own["unit"])
    after = _UNIT_AFTER.match(text, q.end)
    unit = _measure(after["unit"]) if after is not None else None
    return unit or _measure(text[: q.start].rstrip()[-1:])


def _measure(word: str) -> Unit | None:
    plain = word.replace("²", "2").replace("³", "3")
    return parse_unit(plain) if word and is_measure(re.sub(r"\d$", "", plain)) else None


def _percentages(text: str, found: Sequence[Quantity]) -> Iterator[tuple[float, ...]]:
    """For each number its share, where the unit of a later one of its list is percent, or where it
    has none and an earlier one of its sentence is in percent: "earns 7 percent, the other 4"."""
    shares: list[tuple[float, ...]] = []
    later: Quantity | None = None
    for q in reversed(found):
        listed = later is not None and _AND.match(text[q.end : later.start])
        is_share = listed and later is not None and q.kind in (Kind.NUMBER, Kind.WORD)
        percent = q.kind is Kind.PERCENT or is_share
        is_share = is_share or _goes_on_in_percent(text, q, found)
        shares.append((q.value / 100,) if is_share else ())
        later = q if percent else None
    return reversed(shares)


_NO_UNIT = re.compile(r"\s*(?:[,;.)](?!\d)|(?:and|or|but)\b|$)")
_STOP = re.compile(r"[.!?]\s|\n")


def _goes_on_in_percent(text: str, q: Quantity, found: Sequence[Quantity]) -> bool:
    if q.kind is not Kind.NUMBER or q.scale != 1.0 or not _NO_UNIT.match(text, q.end):
        return False
    if text[: q.start].rstrip()[-1:] in ("$", "€", "£", "¥"):
        return False
    ahead = (other for other in found if other.end <= q.start and other.kind is Kind.PERCENT)
    return any(_STOP.search(text, other.end, q.start) is None for other in ahead)


def listed_scales(text: str, found: Sequence[Quantity]) -> tuple[tuple[float, ...], ...]:
    """For each number what it is in full, where a later one of its list is in thousands: of "9 and
    12 thousand" the 9 is 9000."""
    in_full: list[tuple[float, ...]] = []
    later: Quantity | None = None
    scale = 1.0
    for q in reversed(found):
        is_listed = later is not None and _AND.match(text[q.end : later.start]) is not None
        is_meant = is_listed and q.kind is Kind.NUMBER and q.scale == 1.0 and scale > 1.0
        in_full.append((q.value * scale,) if is_meant else ())
        scale = scale if is_meant else q.scale
        later = q
    return tuple(reversed(in_full))
