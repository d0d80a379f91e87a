"""Numbers that the words state and a formulation leaves out, and numbers that it makes up."""

from __future__ import annotations

from collections.abc import Iterator

from optwright.agents.evidence.case import Case
from optwright.agents.evidence.contents import (
    expressions,
    numbers_explained,
    numbers_in_names,
    numbers_used,
)
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.quantities import Quantity, same, says
from optwright.agents.text.wording import sentences
from optwright.solvers.language.expressions import numbers

_ALWAYS_ALLOWED = (0.0, 1.0, 2.0, 100.0)  # signs, shares of one, squares, percentages


def unused(case: Case) -> Iterator[Finding]:
    """Numbers of the text that a formulation has to use and does not."""
    used = [
        *numbers_used(case.formulation),
        *numbers_explained(case.formulation),
        *numbers_in_names(case.formulation),
        *(float(size) for _, size in case.members),
    ]
    for q in case.stated:
        if q.must_be_used and not any(same(r, n) for r in q.readings for n in used):
            sentence = _sentence_of(case.text, q)
            yield Finding(
                Fault.NUMBER_UNUSED,
                f"the formulation does not use {q.text!r} of {sentence!r}",
                words=sentence,
            )


def invented(case: Case) -> Iterator[Finding]:
    """Numbers of a formulation that the text neither says nor comes to."""
    for element, expression in expressions(case.formulation):
        for n in dict.fromkeys(numbers(expression)):
            if not _is_said(case, n) and not case.worked_out(n):
                yield Finding(
                    Fault.NUMBER_INVENTED, f"the text does not say {n:g} in {element!r}", element
                )


def worked_out(case: Case) -> Iterator[tuple[str, str]]:
    """The elements whose numbers no words say but words or tables come to, and how they do."""
    for element, expression in expressions(case.formulation):
        for n in dict.fromkeys(numbers(expression)):
            if not _is_said(case, n) and (how := case.worked_out(n)):
                yield element, f"{n:.12g} is {how}"


def _is_said(case: Case, number: float) -> bool:
    return number in _ALWAYS_ALLOWED or says(case.stated, number) or combines(case.stated, number)


def combines(stated: tuple[Quantity, ...], number: float) -> bool:
    """Whether two numbers of the text give this one as a sum, difference, product or quotient,
    as when a net profit or a cost per batch is worked out."""
    values = [q.value for q in stated]
    return any(
        same(number, c)
        for i, a in enumerate(values)
        for b in values[:i]
        for c in (a + b, abs(a - b), a * b, *((a / b, b / a) if a and b else ()))
    )


def _sentence_of(text: str, quantity: Quantity) -> str:
    start = 0
    for sentence in sentences(text):
        start = text.find(sentence, start)
        if start <= quantity.start < start + len(sentence):
            return sentence
    return text
