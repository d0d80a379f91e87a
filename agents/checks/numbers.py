"""Numbers of the text that a model neither uses nor leads to in any way: what is sure of them.

What a number is, and what a model uses, is told elsewhere (`text.roles`, `evidence.uses`), for this
check and for the advice of `evidence.numbers` alike. Here a number is also explained where it leads
to any one that the model uses: 12 hours on 6 days to 72, 9 kg to 9000 g.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.numbers import against, sentence_of
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import Kind, Quantity, same
from optwright.agents.text.roles import TextNumber

_FACTORS = (10.0, 100.0, 1000.0, 1e6, 60.0, 3600.0, 24.0, 7.0, 12.0, 52.0, 365.0)
"""Between units that people mix: powers of ten, and those of time."""


@dataclass(frozen=True, slots=True)
class NumbersCheck:
    """Finds numbers of the text that a model neither uses nor explains."""

    name: str = "numbers"

    def findings(self, context: CheckContext) -> Iterator[Finding]:
        for number in unexplained(context):
            words = sentence_of(context.text, number.quantity)
            said = f"the model does without {number.quantity.text!r} of {words!r}"
            yield Finding(Fault.NUMBER_UNUSED, said, words=words)


def unexplained(context: CheckContext) -> tuple[TextNumber, ...]:
    """The amounts of the text that lead to nothing that the model uses."""
    missing = against(context)
    if not missing:
        return ()
    used = [*map(abs, context.uses.written), *context.uses.sizes]
    found = context.stated
    return tuple(n for n in missing if not _leads_to(n.quantity, used, found))


def _leads_to(quantity: Quantity, used: Iterable[float], stated: Sequence[Quantity]) -> bool:
    """Whether a number that is used comes of this one: in another unit, or with one or two other
    numbers of the text (which small and round numbers do by chance, so 0 and 1 are left out)."""
    wanted = [n for n in used if n not in (0.0, 1.0)]
    others = [r for q in stated if q.start != quantity.start for r in _values(q)]
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
    if quantity.kind is Kind.SHARE:
        return [quantity.value, 1 - quantity.value]
    if quantity.kind is not Kind.PERCENT:
        return [quantity.value]
    return [reading for reading in dict.fromkeys(quantity.readings) if reading]
