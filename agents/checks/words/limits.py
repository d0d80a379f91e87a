"""Constraints against their words: limits, ways, relations, and sentences that none states."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.contents import words_stated
from optwright.agents.checks.words.numbers import combines, is_accounted_for, is_multiple
from optwright.agents.checks.words.relations import points
from optwright.agents.checks.words.rows import StatedRow
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import Kind, Quantity, same, says
from optwright.agents.text.roles import Role, TextNumber
from optwright.agents.text.wording import (
    Phrase,
    Way,
    phrases,
    plain_way_in,
    quotes,
    relation,
    sentences,
)
from optwright.errors import FormulationError
from optwright.solvers.language.expressions import numbers, parse_comparison, parse_constraint
from optwright.solvers.model.formulation import Constraint
from optwright.solvers.model.syntax import Comparison, Number


def faults(context: CheckContext) -> Iterator[Finding]:
    """What the words of each constraint have against its expression."""
    for constraint in context.formulation.constraints:
        row = context.rows.get(constraint.name)
        if row is None or not constraint.text:
            continue
        yield from _words_fault(context, constraint)
        if not context.takes_from_data(constraint):
            yield from _limit_fault(context, constraint, row)
        yield from _relation_fault(context, constraint, row)
        yield from _direction_fault(context, constraint, row)
        yield from _repetition_fault(context, constraint, row)


def _words_fault(context: CheckContext, constraint: Constraint) -> Iterator[Finding]:
    if not quotes(f"{context.text}; {context.in_tables}", constraint.text):
        said = f"the problem does not say {constraint.text!r}"
        yield _against(constraint, Fault.WORDS_INVENTED, said)


def _limit_fault(
    context: CheckContext, constraint: Constraint, row: StatedRow
) -> Iterator[Finding]:
    """A limit in the place of the number that the constraint's own words state. Words without a
    number, or whose numbers the constraint uses, say nothing of where a limit comes from."""
    own = context.numbers_of(constraint.text)
    idle = [
        q for q in own if q.value not in (0.0, 1.0) and not _is_used(context, q, constraint, row)
    ]
    for limit in row.limits:
        size = abs(limit)
        # One is also what logic limits by: "one of the three" states no limit of 3.
        told = [q for q in idle if size != 1 or q.kind is not Kind.WORD]
        said = not size or says(own, size) or combines(own, size) or context.worked_out(size)
        if told and not said and not _comes_of(context, told, size):
            yield _against(
                constraint,
                Fault.LIMIT_ELSEWHERE,
                f"the limit {limit:g} of {constraint.expression!r} is not in its words "
                f"{constraint.text!r}",
            )


def _is_used(
    context: CheckContext, number: Quantity, constraint: Constraint, row: StatedRow
) -> bool:
    """Whether a constraint writes a number of its words, or its row holds it, or it says how many
    there are of something."""
    try:
        written = [n for part in parse_constraint(constraint.expression) for n in numbers(part)]
    except FormulationError:
        written = []
    held = [*written, *row.coefficients.values(), *row.limits, *context.uses.sizes]
    return any(same(reading, abs(n)) for reading in number.readings for n in held)


def _comes_of(context: CheckContext, idle: Sequence[Quantity], limit: float) -> bool:
    """Whether a limit that nothing in the text says is worked out of a number of its own words: as
    a multiple of it by another number of the text, or as a sum or difference in its sentence."""
    if any(same(q.value, limit) for q in context.stated):
        return False
    for q in idle:
        if any(is_multiple(q.value, other.value, limit) for other in context.stated):
            return True
        sentence = next((s for s in sentences(context.text) if q.text in s), "")
        if any(same(limit, abs(q.value + sign * other.value))
               for other in context.numbers_of(sentence) for sign in (1, -1)):  # fmt: skip
            return True
    return False


def _relation_fault(
    context: CheckContext, constraint: Constraint, row: StatedRow
) -> Iterator[Finding]:
    stated = context.relation(constraint)
    if stated is None or context.fits(constraint.text, row, stated):
        return
    meant = context.in_symbols(constraint.text, stated)
    if meant is not None:
        yield _contradicted(constraint, Fault.RELATION, meant)


def _direction_fault(
    context: CheckContext, constraint: Constraint, row: StatedRow
) -> Iterator[Finding]:
    """A number of the words that limits from the other side than they say."""
    way = plain_way_in(context.text, constraint.text)
    if way is None:
        return
    own = context.numbers_of(constraint.text)
    try:
        comparisons = parse_comparison(constraint.expression)
    except FormulationError:
        return  # "atmost(2, ...)" names its way
    written = _written_way(comparisons, own)
    if written is None and any(says(own, abs(v)) for v in row.limits if v):
        written = points(row)
    if written not in (way, None):
        yield _contradicted(constraint, Fault.DIRECTION, way.value)


def _written_way(comparisons: Sequence[Comparison], own: tuple[Quantity, ...]) -> Way | None:
    """Which way a number of the words limits where it is written as one side of a comparison:
    `90 - up <= 40` is at most 40."""
    if len(comparisons) != 1:
        return None
    comparison = comparisons[0]
    for side, turned in ((comparison.right, False), (comparison.left, True)):
        if isinstance(side, Number) and side.value and says(own, side.value):
            way = Way(comparison.operator)
            opposite = {Way.AT_LEAST: Way.AT_MOST, Way.AT_MOST: Way.AT_LEAST}
            return opposite.get(way, way) if turned else way
    return None


def _repetition_fault(
    context: CheckContext, constraint: Constraint, row: StatedRow
) -> Iterator[Finding]:
    limit = repeated_limit(context, row)
    if limit is not None:
        yield _against(
            constraint,
            Fault.RELATION,
            f"{constraint.expression!r} uses the limit {limit:g} as a coefficient too, and the "
            "text says it once",
        )


def _contradicted(constraint: Constraint, fault: Fault, meant: str) -> Finding:
    said = f"{constraint.text!r} says {meant!r}"
    return _against(constraint, fault, f"{said}, and the constraint is {constraint.expression!r}")


def _against(constraint: Constraint, fault: Fault, said: str) -> Finding:
    return Finding(fault, said, constraint.name, constraint.text)


def repeated_limit(context: CheckContext, row: StatedRow) -> float | None:
    """The limit of `35*a + 35*b <= 35` where the text says 35 once: the coefficients are 1."""
    sizes = {abs(c) for c in row.coefficients.values()}
    limits = {abs(v) for v in row.limits}
    if sizes != limits or len(limits) != 1 or limits & {0.0, 1.0}:
        return None
    limit = limits.pop()
    return limit if sum(same(q.value, limit) for q in context.stated) == 1 else None


def unstated(context: CheckContext) -> Iterator[Finding]:
    """Sentences that limit something, and that no part of the formulation carries: none quotes
    them, the number they limit by is used nowhere (no row, bound, size or parameter has it), or
    they compare two decisions and no row does. What limits a number of the data by its name limits
    no decision."""
    words = words_stated(context.formulation)
    data = _names_of_data(context)
    begin = 0
    for sentence in sentences(context.text):
        begin = context.text.find(sentence, begin)
        found = [p for p in phrases(sentence) if not _limits_data(sentence[: p.start], data)]
        if not found or _asks(sentence):
            continue
        if any(quotes(sentence, w) or quotes(w, sentence) for w in words):
            continue
        if not _is_carried(context, sentence, begin, found):
            yield Finding(Fault.UNSTATED, f"no constraint states {sentence!r}", words=sentence)


_CODED = re.compile(r"([^\W\d]\w*_\w+)\W*(?:[^\W\d_]+\s+){0,2}$")


def _limits_data(before: str, data: frozenset[str]) -> bool:
    """Whether a name as programs write it, of something in the data, is what is limited."""
    named = _CODED.search(before)
    return named is not None and named[1] in data


def _names_of_data(context: CheckContext) -> frozenset[str]:
    """What columns, their texts and the parameters are called."""
    heads = {column.name for table in context.tables.values() for column in table.columns}
    return frozenset(heads | set(context.texts_in_tables)) | {
        parameter.name for parameter in context.formulation.parameters
    }


def _is_carried(context: CheckContext, sentence: str, begin: int, found: Sequence[Phrase]) -> bool:
    own = [
        n
        for n in context.numbers
        if begin <= n.quantity.start < begin + len(sentence) and n.role in _LIMITING
    ]
    if own:
        nearest = (_nearest(own, begin + p.end) for p in found)
        return all(is_accounted_for(context, number) for number in nearest)
    stated = relation(sentence, context.things)
    return stated is None or any(
        context.fits(sentence, row, stated) for row in context.rows.values()
    )


_LIMITING = frozenset({Role.AMOUNT, Role.WORD, Role.CELL, Role.ORDINAL})


def _nearest(found: Sequence[TextNumber], place: int) -> TextNumber:
    """The number right behind a phrase, or the last one before it."""
    behind = [n for n in found if n.quantity.start >= place]
    return behind[0] if behind else found[-1]


def _asks(sentence: str) -> bool:
    return "?" in sentence
