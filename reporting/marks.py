"""Which words and numbers of a problem became which part of the model.

A part quotes the words it states; a number of the text belongs to the parts that write it, first
of all to those whose words it stands in. What no part writes is marked too: it was read past.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from optwright.agents.text.quantities import Kind, Quantity, quantities, same
from optwright.agents.text.wording import stem
from optwright.errors import FormulationError
from optwright.solvers.language.expressions import numbers, parse, parse_constraint
from optwright.solvers.model.formulation import Formulation, Values

MOST_TARGETS = 4
_FOLLOWING = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of the model that a text can speak of: `label` is what links to it say, `numbers`
    are those it writes, in order of size."""

    anchor: str
    label: str
    words: str = ""
    numbers: tuple[float, ...] = ()

    def writes(self, value: float) -> bool:
        """Whether one of its numbers is this one, as written."""
        at = bisect_left(self.numbers, value)
        return any(same(value, near) for near in self.numbers[max(0, at - 1) : at + 1])


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text. `is_said` if some part quotes it, `number` where it is a number;
    `parts` are the parts to link behind it."""

    text: str
    is_said: bool = False
    number: Quantity | None = None
    parts: tuple[Part, ...] = field(default=())


def parts(model: Formulation) -> tuple[Part, ...]:
    """The objective, the constraints, and the parameters and variables that hold numbers."""
    found = list[Part]()
    for place, goal in enumerate(model.objectives, 1):
        key = "goal" if place == 1 else f"goal-{place}"
        found.append(Part(key, "goal", goal.text, _literals(goal.expression)))
    for stated in model.goals:
        numbers = (*_literals(stated.expression), *_literals(stated.target))
        found.append(Part(f"goal-{stated.name}", stated.name, stated.text, numbers))
    for place, limit in enumerate(model.constraints, 1):
        found.append(Part(f"limit-{place}", str(place), limit.text, _literals(limit.expression)))
    for given in model.parameters:
        values = () if given.values is None else tuple(sorted(_flat(given.values)))
        found.append(Part(f"given-{given.name}", given.name, given.source, values))
    for variable in model.variables:
        bounds = tuple(sorted(b for b in (variable.lower, variable.upper) if b))
        found.append(Part(f"choose-{variable.name}", variable.name, "", bounds))
    return tuple(found)


def pieces(text: str, model: Formulation | None) -> tuple[Piece, ...]:
    """The text cut where something begins or ends that is quoted or is a number; joined again
    the pieces are the text."""
    known = parts(model) if model is not None else ()
    spans = {part: span for part in known if (span := _span(text, part.words)) is not None}
    found = [q for q in quantities(text) if model is not None]
    linked = {q: _targets(text, q, known, spans) for q in found}
    shown = [q for q in found if linked[q] or q.must_be_used]
    return tuple(_cut(text, shown, linked, spans))


def _cut(
    text: str,
    shown: Sequence[Quantity],
    linked: dict[Quantity, tuple[Part, ...]],
    spans: dict[Part, tuple[int, int]],
) -> Iterator[Piece]:
    starts = {q.start: q for q in shown}
    edges = {0, len(text), *(e for span in spans.values() for e in span)}
    # A quote that ends inside a number leaves the number whole.
    edges -= {e for e in edges for q in shown if q.start < e < q.end}
    cuts = sorted(edges | {e for q in shown for e in (q.start, q.end)})
    told = {part for targets in linked.values() for part in targets}
    for start, end in pairwise(cuts):
        number = starts.get(start)
        # A quote without a linked number is linked where it ends.
        ending = tuple(p for p, (_, last) in spans.items() if last == end and p not in told)
        yield Piece(
            text[start:end],
            is_said=any(first <= start and end <= last for first, last in spans.values()),
            number=number,
            parts=(linked[number] if number is not None else ()) + ending,
        )


def _targets(
    text: str, number: Quantity, known: Sequence[Part], spans: dict[Part, tuple[int, int]]
) -> tuple[Part, ...]:
    """The parts that write this number, those first whose words it stands in."""
    exact = [part for part in known if part.writes(number.value)]
    writing = exact or [part for part in known if any(map(part.writes, number.readings))]
    covering = [p for p in writing if p in spans and _covers(spans[p], number)]
    if covering:
        return tuple(covering[:MOST_TARGETS])
    if number.kind is Kind.WORD or number.value in (0.0, 1.0):
        return ()  # "one of the shops" is not the 1 of some coefficient
    return tuple(_nearest(text[number.end : number.end + 60], writing)[:MOST_TARGETS])


def _nearest(following: str, writing: Sequence[Part]) -> list[Part]:
    """Of parts that write the same number, those whose words are most like what follows it."""
    # Words up to the next number say what is counted: "200 grams of chocolate".
    counted = {stem(w) for w in _FOLLOWING.findall(re.split(r"\d", following)[0])[:4]}
    score = {p: len(counted & {stem(w) for w in _FOLLOWING.findall(p.words)}) for p in writing}
    best = max(score.values(), default=0)
    return [part for part in writing if score[part] == best]


def _covers(span: tuple[int, int], number: Quantity) -> bool:
    return span[0] <= number.start and number.end <= span[1]


def _span(text: str, words: str) -> tuple[int, int] | None:
    """Where the words stand in the text, whatever their spaces and capitals."""
    pattern = r"\s+".join(map(re.escape, words.strip(" .,;").split()))
    found = re.search(pattern, text, re.IGNORECASE) if pattern else None
    return found.span() if found is not None else None


def _literals(expression: str) -> tuple[float, ...]:
    try:
        if re.search(r"[<>=]=", expression):
            return tuple(sorted(n for row in parse_constraint(expression) for n in numbers(row)))
        return tuple(sorted(numbers(parse(expression))))
    except FormulationError:
        return ()


def _flat(values: Values) -> Iterator[float]:
    if isinstance(values, dict):
        for inner in values.values():
            yield from _flat(inner)
    else:
        yield values
