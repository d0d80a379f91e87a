"""Every number of the text: used by the model, explained, part of a name or a date, or against it.

What a number is, is told by its structure and by nothing that the words around it mean: "Area 2"
and "Line 1A" are names, "5." at the head of a line counts a list, "2019" and "3.6.2026" are dates.
A number is explained where it leads to one that the model uses: 12 hours on 6 days to 72, 9 kg to
9000 g.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from optwright.agents.checks.check import CheckContext
from optwright.agents.evidence.contents import numbers_explained, numbers_used
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import Kind, Quantity, quantities, same
from optwright.agents.text.wording import sentences


class Role(StrEnum):
    """What a number of the text is to the model."""

    USED = "used"
    EXPLAINED = "explained"
    """It leads to a number that is used."""
    NAME = "name"
    DATE = "date"
    LIST = "list"
    """It counts the entries of a list."""
    HEADER = "header"
    AGAINST = "against"


@dataclass(frozen=True, slots=True)
class TextNumber:
    """One number of the text and its role."""

    quantity: Quantity
    role: Role


_FACTORS = (10.0, 100.0, 1000.0, 1e6, 60.0, 3600.0, 24.0, 7.0, 12.0, 52.0, 365.0)
"""Between units that people mix: powers of ten, and those of time."""
_LABELLED = re.compile(r"(?<![.!?:\n])\s[^\W\d_]*[A-Z][^\W\d_]*[ -]?#?$")
_LIST_HEAD = re.compile(r"(?:^|\n)\s*[(\[]?$")
_DATE_BEFORE = re.compile(r"\d[./:-]$")
_DATE_AFTER = re.compile(r"^(?:[./:-]\d|(?:st|nd|rd|th)\b|:\d)")
_CODE_AFTER = re.compile(r"^/?[A-Z]\b")


def numbers(context: CheckContext) -> tuple[TextNumber, ...]:
    """Every number of the text with its role, in the text's order."""
    used = _used(context)
    found = quantities(context.text)
    return tuple(TextNumber(q, _structure(context.text, q) or _role(q, used, found)) for q in found)


@dataclass(frozen=True, slots=True)
class NumbersCheck:
    """Finds numbers of the text that a model neither uses nor explains."""

    name: str = "numbers"

    def findings(self, context: CheckContext) -> Iterator[Finding]:
        for number in numbers(context):
            if number.role is Role.AGAINST:
                words = _sentence(context.text, number.quantity)
                said = f"the model does without {number.quantity.text!r} of {words!r}"
                yield Finding(Fault.NUMBER_UNUSED, said, words=words)


def _used(context: CheckContext) -> list[float]:
    """Numbers the model writes, those its assumptions name, and how many members its sets have."""
    quoted = " ".join(
        [
            *(v.meaning for v in context.formulation.variables),
            *(v.name.replace("_", " ") for v in context.formulation.variables),
            *(s.meaning for s in context.formulation.sets),
            *(str(m) for s in context.formulation.sets for m in s.members),
        ]
    )
    return [
        *map(abs, numbers_used(context.formulation)),
        *numbers_explained(context.formulation),
        *(float(digits) for digits in re.findall(r"\d+(?:\.\d+)?", quoted)),
        *(float(size) for _, size in context.case.members),
        float(len(context.formulation.variables)),
    ]


def _structure(text: str, quantity: Quantity) -> Role | None:
    """What a number is by how it stands there, whatever the model does with it."""
    before, after = text[: quantity.start], text[quantity.end :]
    digits = quantity.text.strip()
    if not digits.isdigit():
        return None
    if _DATE_BEFORE.search(before) or _DATE_AFTER.search(after):
        return Role.DATE
    if len(digits) == 4 and digits[:2] in ("19", "20") and not re.match(r"\s?[a-z$€£%]", after):
        return Role.DATE
    if _LIST_HEAD.search(before) and re.match(r"[.)\]]\s", after):
        return Role.LIST
    if _CODE_AFTER.match(after) or _LABELLED.search(before[-40:]):
        return Role.NAME
    line = text[text.rfind("\n", 0, quantity.start) + 1 :].split("\n", 1)[0]
    if line.strip().startswith("#") or (line.strip().endswith(":") and "\n" in text):
        return Role.HEADER
    return None


def _role(quantity: Quantity, used: Sequence[float], stated: Sequence[Quantity]) -> Role:
    if not quantity.must_be_used:
        return Role.EXPLAINED
    if any(same(reading, n) for reading in quantity.readings for n in used):
        return Role.USED
    others = [r for q in stated if q is not quantity for r in _values(q)]
    if _leads_to(quantity, used, others):
        return Role.EXPLAINED
    return Role.AGAINST


def _leads_to(quantity: Quantity, used: Iterable[float], others: Sequence[float]) -> bool:
    """Whether a number that is used comes of this one: in another unit, or with one or two other
    numbers of the text (which small and round numbers do by chance, so 0 and 1 are left out)."""
    wanted = [n for n in used if n not in (0.0, 1.0)]
    for value in _values(quantity):
        made = [value * f for f in _FACTORS] + [value / f for f in _FACTORS]
        for other in others:
            made += [value + other, abs(value - other), value * other]
            made += [value / other, other / value] if value and other else []
            made += [value * other * f for f in (0.01, 60.0, 1 / 60, 1000.0, 0.001)]
        if any(same(m, n) for m in made for n in wanted):
            return True
    return any(same(quantity.value + sum(others), n) for n in wanted)


def _values(quantity: Quantity) -> list[float]:
    """What a number may stand for: of a share also what it leaves, and its inverse."""
    if quantity.kind is not Kind.PERCENT:
        return [quantity.value]
    return [reading for reading in dict.fromkeys(quantity.readings) if reading]


def _sentence(text: str, quantity: Quantity) -> str:
    start = 0
    for sentence in sentences(text):
        start = text.find(sentence, start)
        if start <= quantity.start < start + len(sentence):
            return sentence
    return text
