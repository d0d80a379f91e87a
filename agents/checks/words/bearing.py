"""Whether a number that a model does without stands where the model takes its numbers from.

People write of more than a model needs: when a firm was founded, how many members came, what last
year's bill was. In a short text each number has its reason. In a long one a number counts against
a model only in a clause that some part of the model quotes, that limits something, or half of
whose other amounts the model uses; a whole sentence that a model does not need is not held against
it, and neither is what stands in brackets apart. What is forgotten there, a reader of plans may
find.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.contents import words_stated
from optwright.agents.replies.quotes import slot
from optwright.agents.text.roles import TextNumber
from optwright.agents.text.wording import phrases

LONG = 800
"""Characters from which on a text is long."""
_END = re.compile(r"[.;!?]\s|\n|,(?!\d)|[:()\u2013\u2014]|\s-\s")
_ASIDE = re.compile(r"\(([^()]*[A-Za-z]{3,}[^()]*)\)")

Span = tuple[int, int]


def bearing(
    context: CheckContext, missing: Sequence[TextNumber], carried: Mapping[int, bool]
) -> Iterator[TextNumber]:
    """Those of the missing numbers that bear on the model; `carried` says of every amount, by where
    it begins, whether the model has it."""
    if not missing or len(context.text) <= LONG:
        yield from missing
        return
    asides = [m.span() for m in _ASIDE.finditer(context.text)]
    starts = [0, *(m.end() for m in _END.finditer(context.text))]
    quoted = list(_quoted(context))
    told = {n.quantity.value for n in context.numbers if _is_within(n.quantity.start, quoted)}
    # A number that a part quotes from elsewhere stands here by chance, and so does one that only a
    # table holds: what is taken from the text is written.
    own = {
        n.quantity.start: context.uses.writes(n.quantity.value) and n.quantity.value not in told
        for n in context.numbers
        if n.quantity.start in carried
    }
    for number in missing:
        place = number.quantity.start
        aside = next((span for span in asides if span[0] < place < span[1]), None)
        if aside is not None and not any(_of(aside, carried)):
            continue
        at = bisect_right(starts, place)
        clause = starts[at - 1], starts[at] if at < len(starts) else len(context.text)
        if _bears(context, clause, quoted, own):
            yield number


def _bears(
    context: CheckContext, clause: Span, quoted: Sequence[Span], own: Mapping[int, bool]
) -> bool:
    begin, end = clause
    if any(one < end and begin < other for one, other in quoted):
        return True
    amounts = list(_of(clause, own))
    if any(amounts) and 2 * sum(amounts) >= len(amounts):
        return True
    return bool(phrases(context.text[begin:end]))


def _is_within(place: int, spans: Sequence[Span]) -> bool:
    return any(begin <= place < end for begin, end in spans)


def _of(span: Span, carried: Mapping[int, bool]) -> Iterator[bool]:
    return (is_used for place, is_used in carried.items() if span[0] <= place < span[1])


def _quoted(context: CheckContext) -> Iterator[Span]:
    """Where the words stand that parts of the formulation quote."""
    formulation = context.formulation
    goals = [objective.text for objective in formulation.objectives]
    for words in [*words_stated(formulation), *goals]:
        if words and (found := slot(words, context.text)) is not None:
            yield found
