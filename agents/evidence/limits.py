"""Constraints against their words: limits, ways, relations, and sentences that none states."""

from __future__ import annotations

from collections.abc import Iterator

from optwright.agents.evidence.case import Case
from optwright.agents.evidence.contents import words_stated
from optwright.agents.evidence.numbers import combines
from optwright.agents.evidence.relations import points
from optwright.agents.evidence.rows import Row
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import same, says
from optwright.agents.text.wording import phrases, plain_way, quotes, sentences
from optwright.solvers.model.formulation import Constraint


def faults(case: Case) -> Iterator[Finding]:
    """What the words of each constraint have against its expression."""
    for constraint in case.formulation.constraints:
        row = case.rows.get(constraint.name)
        if row is None or not constraint.text:
            continue
        yield from _words_fault(case, constraint)
        if not case.takes_from_data(constraint):
            yield from _limit_fault(case, constraint, row)
        yield from _relation_fault(case, constraint, row)
        yield from _direction_fault(constraint, row)
        yield from _repetition_fault(case, constraint, row)


def _words_fault(case: Case, constraint: Constraint) -> Iterator[Finding]:
    if not quotes(case.text, constraint.text):
        said = f"the problem does not say {constraint.text!r}"
        yield _against(constraint, Fault.WORDS_INVENTED, said)


def _limit_fault(case: Case, constraint: Constraint, row: Row) -> Iterator[Finding]:
    own = case.numbers_of(constraint.text)
    for limit in row.limits:
        said = says(own, abs(limit)) or combines(own, abs(limit))
        if limit and not said and not case.worked_out(abs(limit)):
            yield _against(
                constraint,
                Fault.LIMIT_ELSEWHERE,
                f"the limit {limit:g} of {constraint.expression!r} is not in its words "
                f"{constraint.text!r}",
            )


def _relation_fault(case: Case, constraint: Constraint, row: Row) -> Iterator[Finding]:
    stated = case.relation(constraint)
    if stated is None or case.fits(constraint.text, row, stated):
        return
    meant = case.in_symbols(constraint.text, stated)
    if meant is not None:
        yield _contradicted(constraint, Fault.RELATION, meant)


def _direction_fault(constraint: Constraint, row: Row) -> Iterator[Finding]:
    way = plain_way(constraint.text)
    if way is None or points(row) in (way, None) or not row.limits or 0 in row.limits:
        return
    yield _contradicted(constraint, Fault.DIRECTION, way.value)


def _repetition_fault(case: Case, constraint: Constraint, row: Row) -> Iterator[Finding]:
    limit = repeated_limit(case, row)
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


def repeated_limit(case: Case, row: Row) -> float | None:
    """The limit of `35*a + 35*b <= 35` where the text says 35 once: the coefficients are 1."""
    sizes = {abs(c) for c in row.coefficients.values()}
    limits = {abs(v) for v in row.limits}
    if sizes != limits or len(limits) != 1 or limits & {0.0, 1.0}:
        return None
    limit = limits.pop()
    return limit if sum(same(q.value, limit) for q in case.stated) == 1 else None


def unstated(case: Case) -> Iterator[Finding]:
    """Sentences with a phrase of limitation that no constraint or bound states."""
    words = words_stated(case.formulation)
    for sentence in sentences(case.text):
        if not phrases(sentence):
            continue
        stating = [w for w in words if (quotes(sentence, w) or quotes(w, sentence))]
        if not stating and not _asks(sentence):
            yield Finding(Fault.UNSTATED, f"no constraint states {sentence!r}", words=sentence)


def _asks(sentence: str) -> bool:
    return "?" in sentence
