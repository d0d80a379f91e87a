"""Amounts in thousands: a text says "100 thousand" and a model may write 100000, or 100 where it
counts that unit in thousands throughout. This tells which of the two a formulation does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from optwright.agents.text.other_units import listed_scales
from optwright.agents.text.quantities import Kind, Quantity, quantities, same
from optwright.agents.text.roles import Role, roles
from optwright.agents.text.wording import stem

_HUNDRED = 1e2
_SCALES = (1e3, 1e6, 1e9)
_GLUE = frozenset(
    "a an and are as at be but by can each every for from has have in is may must of on or per "
    "so such that the then this to was were when which while will with".split()
)
_CURRENCIES = {"dollar": "$", "usd": "$", "euro": "€", "eur": "€", "pound": "£", "gbp": "£"}
_RATE = re.compile(r"\s*[a-z]*\s*(?:/|per\b|each\b|an?\b|apiece\b|for (?:each|every|an?)\b)", re.I)
_DECLARED = re.compile(r"\b(?:thousands?|millions?|billions?|1,?000s?|1000s?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scales:
    """The amounts that a formulation writes in thousands, millions or billions: by the unit and
    the value that the words give, what it writes."""

    written: Mapping[tuple[str, float], float]

    def read(self, words: str) -> tuple[Quantity, ...]:
        """The numbers of `words` as the formulation writes them: 100 for "$100 thousand"."""
        found = quantities(words)
        if not self.written:
            return found
        return tuple(
            replace(q, value=self.written.get((_unit(words, q), q.value), q.value)) for q in found
        )


def scales(text: str, used: Sequence[Sequence[float]], told: str) -> Scales:
    """How a formulation writes the amounts of `text`. `used` are its numbers, one list for each
    expression; `told` are its names, meanings and units, which may speak of thousands."""
    amounts: dict[str, list[Quantity]] = {}
    numbers = roles(text)
    listed = listed_scales(text, [number.quantity for number in numbers])
    for number, in_full in zip(numbers, listed, strict=True):
        q = number.quantity
        is_counted = q.kind is Kind.NUMBER and number.role in (Role.AMOUNT, Role.CELL, Role.WORD)
        if is_counted and not in_full:
            amounts.setdefault(_unit(text, q), []).append(q)
    declared = bool(_DECLARED.search(told))
    return Scales(
        {
            (unit, q.value): q.value / scale
            for unit, of_unit in amounts.items()
            for scale in _scales_of(of_unit)
            if _writes_in(scale, text, of_unit, used, declared)
            for q in of_unit
            if not _is_in(used, q.value) and (unit or q.scale > 1)
        }
    )


def _scales_of(amounts: Sequence[Quantity]) -> tuple[float, ...]:
    """What a formulation may count in: hundreds only where the words do."""
    return (_HUNDRED, *_SCALES) if any(q.scale == _HUNDRED for q in amounts) else _SCALES


def _writes_in(
    scale: float,
    text: str,
    amounts: Sequence[Quantity],
    used: Sequence[Sequence[float]],
    declared: bool,
) -> bool:
    """Whether most amounts that are said in thousands are written in this scale and none in full,
    and no expression mixes them with an amount of that unit in full. What is said per piece may
    stay as it is where the decisions count thousands."""
    said_so = [q for q in amounts if q.scale > 1]
    if not any(q.scale >= scale for q in said_so):
        return False
    values = {q.value for q in said_so}
    if any(_is_in(used, value) for value in values):
        return False
    written = sum(_is_in(used, value / scale) for value in values)
    if not written or 2 * written < len(values):  # those of an example are used nowhere
        return False
    in_full = [
        q.value
        for q in amounts
        if q.scale == 1 and q.must_be_used and not (declared and _RATE.match(text, q.end))
    ]
    mixed = (
        numbers
        for numbers in used
        if any(_has(numbers, q.value / scale) for q in said_so)
        and any(_has(numbers, value) for value in in_full)
    )
    return next(mixed, None) is None


def _is_in(used: Sequence[Sequence[float]], number: float) -> bool:
    return any(_has(numbers, number) for numbers in used)


def _has(numbers: Sequence[float], number: float) -> bool:
    return any(same(number, n) for n in numbers)


def _unit(text: str, q: Quantity) -> str:
    """The currency before a number or the word after it, empty where there is neither."""
    before = text[: q.start].rstrip()[-1:]
    if before in ("$", "€", "£", "¥"):
        return before
    after = re.match(r"[\s-]*(?:of\s+)?([A-Za-z]+)", text[q.end :])
    word = stem(after[1].lower()) if after is not None else ""
    return "" if word in _GLUE else _CURRENCIES.get(word, word)
