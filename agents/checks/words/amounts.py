"""What a named amount comes to by the numbers of the text, against the row that limits it.

"A loaf needs 2 kg of flour" says what a loaf takes of an amount, flour; the row that limits flour
has to count a loaf as 2, or as 2 of whatever unit it counts the others in. Where the text names two
or more decisions' numbers of one amount, a plan of 3, 5, 7, ... comes to a sum by the text, and to
another by the row if it counts one of them differently. Nothing is said where the text gives a
decision two numbers of an amount, or lists numbers apart from what they belong to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.rows import objective_weights
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import Kind, Quantity, quantities, same
from optwright.agents.text.wording import mentions, sentences, stem

_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)
_NEAR = 4
"""Words between a number and what it is a number of: "2 bags of white flour"."""
_APART = re.compile(r"\brespectively\b|\bin that order\b", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]\w*")
_VERB = re.compile(r"\b(?:maxim|minim)\w+", re.IGNORECASE)
_GLUE = frozenset(
    "a an and as at available be been by can for from get has have hour in is it least less make "
    "maximize maximum minimize minimum more most must no not number of on one only or per possible "
    "so than that the there this to total up use was we what which with you your much many each "
    "every any unit amount total day week month year".split()
)


@dataclass(frozen=True, slots=True)
class Amount:
    """One row or the objective, with what the text and the row count each decision as. `stated`
    is by decision; `element` is the constraint's name, or `objective`."""

    element: str
    words: str
    stated: Mapping[str, float]
    counted: Mapping[str, float]

    @property
    def differs(self) -> tuple[str, ...]:
        """The decisions that the row counts otherwise than the text, measured by the unit that
        most of them agree on; empty where none does."""
        shares = {name: self.counted.get(name, 0.0) / v for name, v in self.stated.items() if v}
        groups = [
            [n for n, s in shares.items() if isclose(s, own, rel_tol=1e-3)]
            for own in shares.values()
            if own
        ]
        agreed = max(groups, key=len, default=[])
        return tuple(name for name in shares if name not in agreed)

    @property
    def agrees(self) -> bool:
        return not self.differs

    @property
    def sums(self) -> tuple[float, float]:
        """What a plan of 3, 5, 7, ... comes to by the text and by the row."""
        plan = dict(zip(self.stated, _PRIMES, strict=False))
        by_text = sum(self.stated[n] * amount for n, amount in plan.items())
        by_row = sum(self.counted.get(n, 0.0) * amount for n, amount in plan.items())
        return by_text, by_row


def differing(context: CheckContext) -> Iterator[Finding]:
    """Rows that count a decision otherwise than the text does."""
    for amount in amounts(context):
        if not amount.agrees:
            by_text, by_row = amount.sums
            plan = ", ".join(f"{n} = {p}" for n, p in zip(amount.stated, _PRIMES, strict=False))
            yield Finding(
                Fault.AMOUNT,
                f"with {plan} the text comes to {by_text:g} of {amount.words!r}, the model to "
                f"{by_row:g}",
                amount.element,
                amount.words,
            )


def amounts(context: CheckContext) -> Iterator[Amount]:
    """Every row, and the objective, of which the text names each decision's number."""
    if context.formulation.sets or not context.rows or _APART.search(context.text):
        return
    taken = _taken(context)
    for element, words, counted, limits in _sums(context):
        named = _own_words(context, words, limits)
        of_limit = {q.value for q in quantities(words)}  # 200 of "room for 200 seats" is no seat's
        stated: dict[str, float] = {}
        for name in context.names:
            found = {v for word in named for v in taken.get((name, word), ())} - of_limit
            if len(found) == 1:
                stated[name] = found.pop()
        # A row that counts all alike adds up things, and not what each takes of something.
        weighed = len(set(counted.values())) > 1
        if weighed and len(stated) > 1 and counted.keys() <= stated.keys():
            yield Amount(element, words, stated, counted)


def _sums(
    context: CheckContext,
) -> Iterator[tuple[str, str, Mapping[str, float], tuple[float, ...]]]:
    """The sums of the model that add up more than one decision, with the words they quote and
    their limits; none for the objective."""
    arrays = context.arrays
    if arrays is not None:
        words = context.formulation.objective.text
        yield "objective", words, _sized(objective_weights(arrays)), ()
    for constraint in context.formulation.constraints:
        row = context.rows.get(constraint.name)
        if row is not None and len(row.coefficients) > 1 and 0.0 not in row.limits:
            yield constraint.name, constraint.text, _sized(row.coefficients), row.limits


def _sized(counted: Mapping[str, float]) -> Mapping[str, float]:
    return {name: abs(value) for name, value in counted.items()}


def _own_words(context: CheckContext, words: str, limits: Sequence[float]) -> frozenset[str]:
    """The words that name the amount: those after the limit's number, of an objective those after
    the verb; no glue, and none that means a decision."""
    if limits:
        numbers = quantities(words)
        places = [
            place for place, q in enumerate(numbers)
            if any(same(q.value, abs(limit)) for limit in limits)
        ]  # fmt: skip
        found = {w for place in places for w in _words_of(words, numbers, place)}
    else:
        verb = _VERB.search(words)
        found = set(map(stem, _WORD.findall(words[verb.end() :])[:_NEAR])) if verb else set()
    meant = frozenset().union(*context.things) if context.things else frozenset()
    return frozenset(w for w in found if len(w) > 2) - _GLUE - meant


def _taken(context: CheckContext) -> Mapping[tuple[str, str], set[float]]:
    """By decision and word, the numbers that the text gives a decision of an amount."""
    found: dict[tuple[str, str], set[float]] = defaultdict(set)
    things = [thing - _GLUE for thing in context.things]  # "loaves of bread" is not meant by "of"
    for sentence in sentences(context.text):
        named = mentions(sentence, things)
        numbers = [q for q in quantities(sentence) if q.kind in (Kind.NUMBER, Kind.WORD)]
        for place, number in enumerate(numbers):
            before = [thing for at, thing in named if at < number.start]
            if not before:
                continue
            for word in _words_of(sentence, numbers, place):
                found[context.names[before[-1]], word].add(number.value)
    return found


def _words_of(sentence: str, numbers: Sequence[Quantity], place: int) -> Iterator[str]:
    """The few words after a number, up to the next one and the next comma."""
    end = numbers[place + 1].start if place + 1 < len(numbers) else len(sentence)
    after = sentence[numbers[place].end : end]
    closed = re.search(r"[,;.(]|\b(?:and|at|for|to|or)\b", after)
    if closed is None and place + 1 < len(numbers):
        return  # "2 kg worth 5": a word between two numbers is either's
    after = after[: closed.start()] if closed else after
    for word in _WORD.findall(after)[:_NEAR]:
        if stem(word) not in _GLUE:
            yield stem(word)
    begin = numbers[place - 1].end if place else 0
    before = re.findall(r"([A-Za-z]\w*) of [$€£]?\s*$", sentence[begin : numbers[place].start])
    yield from (stem(word) for word in before)
