"""The copy of a formulation that checks of words read: whole sentences, no row twice.

A model often quotes a sentence up to the place where its limit begins, and states signs that
decisions have anyway. Both only blur what checks see, so the copy quotes the rest of the sentence
and leaves such rows out. It is never solved.
"""

from __future__ import annotations

from collections.abc import Mapping

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.founding import is_founded
from optwright.agents.checks.words.rows import StatedRow
from optwright.agents.text.quantities import says
from optwright.agents.text.wording import phrases, quotes, relation, sentences
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Constraint, Formulation

_LONGEST_PHRASE = 200  # characters; a text may have a hundred times as many


def reading(text: str, formulation: Formulation, tables: Mapping[str, Table]) -> CheckContext:
    """A formulation beside the words of its problem, as checks read it."""
    context = CheckContext(text, formulation, tables)
    constraints = tuple(_with_whole_words(context, c) for c in _saying_something(context))
    if constraints == formulation.constraints:
        return context
    return CheckContext(text, formulation.model_copy(update={"constraints": constraints}), tables)


def _saying_something(context: CheckContext) -> list[Constraint]:
    """The constraints without signs that decisions have anyway, and none twice. A share of one
    decision in itself (`small >= 0.5*small`) stays: its words say what was meant."""
    kept: list[Constraint] = []
    seen: list[tuple[object, ...]] = []
    for constraint in context.formulation.constraints:
        row = context.rows.get(constraint.name)
        if row is not None and not constraint.forall:
            same = (dict(row.coefficients), row.lower, row.upper)
            is_sign = row.is_sign_only and context.relation(constraint) is None
            if same in seen or is_sign:
                continue
            seen.append(same)
        kept.append(constraint)
    return kept


def _with_whole_words(context: CheckContext, constraint: Constraint) -> Constraint:
    """The constraint with the whole sentence where the words it quotes break off before its limit:
    "throwing games earn the most" of "as throwing games earn the most, there must be twice ...",
    and the phrase that its words begin behind: "50% of trips" of "a minimum of 50% of trips"."""
    words = _sentence_stating(context, constraint, context.rows.get(constraint.name))
    words = words or _with_its_phrase(context.text, constraint.text)
    return constraint.model_copy(update={"text": words})


def _sentence_stating(
    context: CheckContext, constraint: Constraint, row: StatedRow | None
) -> str | None:
    if row is None or not constraint.text or is_founded(context, constraint, row):
        return None
    for sentence in sentences(context.text):
        if not phrases(sentence) or not quotes(sentence, constraint.text):
            continue
        stated = relation(sentence, context.things)
        limits = [v for v in row.limits if v]
        own = context.numbers_of(sentence)
        if (stated and context.fits(sentence, row, stated)) or (
            limits and all(says(own, abs(v)) for v in limits)
        ):
            return sentence
    return None


def _with_its_phrase(text: str, words: str) -> str:
    """`words` from the phrase of limitation on that stands right before them in the text.

    >>> _with_its_phrase("A minimum of 50% of trips must be by boat.", "50% of trips")
    'A minimum of 50% of trips'
    """
    at = text.lower().find(words.lower()) if words and not phrases(words) else -1
    if at < 0:
        return words
    before = text[max(0, at - _LONGEST_PHRASE) : at]
    near = [p for p in phrases(before + words) if before[p.end :].isspace()]
    return before[near[0].start :] + words if near else words
