"""Numbers that the words state and a formulation leaves out, and numbers that it makes up."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from math import e, pi

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.bearing import LONG, bearing
from optwright.agents.checks.words.contents import expressions
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import Quantity, same, says
from optwright.agents.text.roles import Role, TextNumber, measured_at
from optwright.agents.text.totals import totals_of_words
from optwright.agents.text.wording import sentences
from optwright.solvers.language.expressions import Binary, Node, Number, numbers, walk

_ALWAYS_ALLOWED = (0.0, 1.0, 2.0, 100.0)  # signs, shares of one, squares, percentages
_CONSTANTS = (pi, e)
_LEAST_WRITTEN = 2  # decimals: 3.14 is pi, 3 and 3.1 are not


def unused(context: CheckContext) -> Iterator[Finding]:
    """Numbers of the text that a formulation has to use and does not."""
    said: set[tuple[str, str]] = set()
    for number in against(context):
        q = number.quantity
        sentence = sentence_of(context.text, q)
        if (q.text, sentence) in said:
            continue
        said.add((q.text, sentence))
        yield Finding(
            Fault.NUMBER_UNUSED,
            f"the formulation does not use {q.text!r} of {sentence!r}",
            words=sentence,
        )


def against(context: CheckContext) -> tuple[TextNumber, ...]:
    """The amounts of the text that a formulation neither uses nor comes to, and of each list or
    column that it uses for the most part, the cells that it does not."""
    carried = {
        n.quantity.start: is_carried(context, n) for n in context.numbers if n.role is Role.AMOUNT
    }
    amounts = [n for n in context.numbers if not carried.get(n.quantity.start, True)]
    missing = [*bearing(context, amounts, carried), *_missing_cells(context)]
    if not missing:
        return ()
    made = _made_up(context)
    left = (n for n in missing if not _comes_to_more(context, n.quantity, made))
    return tuple(sorted(left, key=lambda n: n.quantity.start))


def is_carried(context: CheckContext, number: TextNumber) -> bool:
    """Whether a formulation uses a number, or has as many of something as it counts."""
    return context.uses.has(number.quantity) or (
        context.uses.counts(number.quantity) and _counts_things(context.text, number.quantity)
    )


def is_accounted_for(context: CheckContext, number: TextNumber) -> bool:
    """The same, or whether the formulation writes what the number comes to."""
    return is_carried(context, number) or _comes_to_more(
        context, number.quantity, _made_up(context)
    )


def _counts_things(text: str, quantity: Quantity) -> bool:
    """Whether a word for things follows ("9 nodes", not "9 kg" nor "9,"), or a name is given it
    ("num_nodes = 9")."""
    named = re.search(r"\w\s*=\s*$", text[max(0, quantity.start - 8) : quantity.start])
    follows = re.match(r"[\s-]+[A-Za-z]", text[quantity.end :]) or named
    return follows is not None and not measured_at(text, quantity.end)


def _missing_cells(context: CheckContext) -> Iterator[TextNumber]:
    """A column may be one that nothing needs; one that is used and lacks a number was misread. By
    chance some numbers of any column are used, as they stand or worked out, so nearly all have to
    be, as they stand. A number that stands in other places too may be used for their sake: it says
    nothing (coordinates beside the distances between them)."""
    columns: dict[str, list[TextNumber]] = defaultdict(list)
    places: dict[float, set[str]] = defaultdict(set)
    for number in context.numbers:
        if number.role in (Role.AMOUNT, Role.CELL):
            places[number.quantity.value].add(number.column)
        if number.role is Role.CELL and number.quantity.must_be_used:
            columns[number.column].append(number)
    for column in columns.values():
        missing = [n for n in column if not context.uses.holds(n.quantity.value)]
        values = {n.quantity.value for n in column if len(places[n.quantity.value]) == 1}
        lacking = {n.quantity.value for n in missing}
        if len(values) >= _FEWEST_CELLS and len(lacking) <= max(1, len(values) * _MOST_LACKING):
            total = sum(n.quantity.value for n in column)
            others = (n for n in missing if not context.uses.has(n.quantity))
            yield from (n for n in others if not same(2 * n.quantity.value, total))


_FEWEST_CELLS = 3
_MOST_LACKING = 0.2


def _made_up(context: CheckContext) -> tuple[float, ...]:
    """The numbers that the formulation writes and no words say: worked out of some that they do."""
    written = dict.fromkeys(abs(n) for n in context.uses.written)
    return tuple(n for n in written if n not in _ALWAYS_ALLOWED and not says(context.stated, n))


def _comes_to_more(context: CheckContext, quantity: Quantity, made: Sequence[float]) -> bool:
    """Whether a number adds up others of its sentence, or leads to one that was worked out: with
    another number of its sentence, or with how many there are of something."""
    sentence = sentence_of(context.text, quantity)
    found = context.numbers_of(sentence)
    if quantity.value in _totals(sentence, found) or _restated(context, quantity, found):
        return True
    if _is_a_ratio_said_otherwise(context, quantity, found) or _is_needed_for(
        context, quantity, made
    ):
        return True
    others = [q.value for q in found if not same(q.value, quantity.value)]
    others += context.uses.sizes
    value = quantity.value
    return any(
        is_multiple(value, other, n) or same(n, value + other) or same(n, abs(value - other))
        for other in others
        if other
        for n in made
    )


def _restated(context: CheckContext, quantity: Quantity, found: Sequence[Quantity]) -> bool:
    """Whether its sentence says too what it comes to: "20 g each, that is 8,000 g altogether". In a
    short text numbers come to each other by chance more often than somebody says a thing twice."""
    if len(context.text) <= LONG:
        return False
    used = [q.value for q in found if q.value > quantity.value and context.uses.has(q)]
    return any(
        same(total, quantity.value * other.value)
        for total in used
        for other in context.stated
        if other.value > 1 and other.start != quantity.start
    )


def _is_a_ratio_said_otherwise(
    context: CheckContext, quantity: Quantity, found: Sequence[Quantity]
) -> bool:
    """Whether its sentence draws a ratio of two numbers of one unit, neither of which is used, and
    two that are used are in that ratio: "45 minutes for what takes 30, so three for every two"."""
    others = [q for q in found if q.start != quantity.start and q.value]
    idle = [q for q in others if q.value not in (quantity.value, 1.0) and not context.uses.has(q)]
    used = [q.value for q in others if context.uses.has(q)]
    ratios = [a / b for a in used for b in used if a != b]
    return any(same(quantity.value / q.value, ratio) for q in idle for ratio in ratios)


def _is_needed_for(context: CheckContext, quantity: Quantity, made: Sequence[float]) -> bool:
    """Whether the formulation writes a number that no words say and that is a sum or difference of
    this one and another, and of no two others: it must have come from here."""
    rest = [q.value for q in context.stated if q.start != quantity.start and q.value]
    others = [value for value in rest if not same(value, quantity.value)]
    reached = sorted(n for other in others for n in _added_up(quantity.value, other))
    return any(
        _is_near_one(n, reached)
        and not any(same(n, total) for pair in combinations(rest, 2) for total in _added_up(*pair))
        for n in made
    )


def _added_up(one: float, other: float) -> tuple[float, float]:
    return one + other, abs(one - other)


def _is_near_one(number: float, ordered: Sequence[float]) -> bool:
    at = bisect_left(ordered, number)
    return any(same(number, near) for near in ordered[max(at - 1, 0) : at + 1])


def is_multiple(one: float, other: float, number: float) -> bool:
    """Whether a number is one by or through another; times ten it would be one copied wrongly."""
    if other in (0.0, 1.0, 10.0) or one == 0:
        return False
    return same(number, one * other) or same(number, one / other) or same(number, other / one)


def _totals(sentence: str, found: Sequence[Quantity]) -> frozenset[float]:
    """What numbers of a sentence add up to: two of one unit side by side, or three and more."""
    units = [re.match(r"\s*[A-Za-z]*", sentence[q.end :]) for q in found]
    named = [unit[0].strip() if unit else "" for unit in units]
    two = {
        a.value + b.value
        for (a, one), (b, other) in pairwise(zip(found, named, strict=True))
        if one and one == other
    }
    return frozenset(two | {total.number for total in totals_of_words(sentence)})


def invented(context: CheckContext) -> Iterator[Finding]:
    """Numbers of a formulation that the text neither says nor comes to."""
    for element, expression in expressions(context.formulation):
        in_fractions = _of_said_fractions(context, expression)
        for n in dict.fromkeys(numbers(expression)):
            if not _is_said(context, n) and not context.worked_out(n) and n not in in_fractions:
                yield Finding(
                    Fault.NUMBER_INVENTED, f"the text does not say {n:g} in {element!r}", element
                )


def _of_said_fractions(context: CheckContext, expression: Node) -> frozenset[float]:
    """The 2 and the 5 of `2/5*x`, where the text says two fifths."""
    return frozenset(
        part.value
        for node in walk(expression)
        if isinstance(node, Binary) and node.operator == "/"
        and isinstance(node.left, Number) and isinstance(node.right, Number)
        and node.right.value and says(context.stated, node.left.value / node.right.value)
        for part in (node.left, node.right)
    )  # fmt: skip


def worked_out(context: CheckContext) -> Iterator[tuple[str, str]]:
    """The elements whose numbers no words say but words or tables come to, and how they do."""
    for element, expression in expressions(context.formulation):
        for n in dict.fromkeys(numbers(expression)):
            if not _is_said(context, n) and (how := context.worked_out(n)):
                yield element, f"{n:.12g} is {how}"


def _is_said(context: CheckContext, number: float) -> bool:
    return (
        number in _ALWAYS_ALLOWED
        or says(context.stated, number)
        or says(context.stated_in_tables, number)
        or number in context.uses.members
        or _is_constant(number)
        or combines(context.stated, number)
    )


def _is_constant(number: float) -> bool:
    """Whether a number is one of mathematics, rounded to the digits that it is written with.

    >>> [_is_constant(n) for n in (3.14, 3.14159, 3.1, 3.15, 2.718)]
    [True, True, False, False, True]
    """
    decimals = len(repr(number).partition(".")[2])
    return decimals >= _LEAST_WRITTEN and any(round(c, decimals) == number for c in _CONSTANTS)


def combines(stated: Sequence[Quantity], number: float) -> bool:
    """Whether two numbers of the text give this one as a sum, difference, product or quotient,
    as when a net profit or a cost per batch is worked out."""
    values = [q.value for q in stated]
    return any(
        same(number, c)
        for i, a in enumerate(values)
        for b in values[:i]
        for c in (a + b, abs(a - b), a * b, *((a / b, b / a) if a and b else ()))
    )


def sentence_of(text: str, quantity: Quantity) -> str:
    """The sentence of a text that a number stands in."""
    start = 0
    for sentence in sentences(text):
        start = text.find(sentence, start)
        if start <= quantity.start < start + len(sentence):
            return sentence
    return text
