"""A reading held against what the draft says: what was answered, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from optwright.agents.checks.plans.inquiry import Expected, Inquiry, Kind
from optwright.agents.checks.plans.question import Answer, Reader, Reading, Verdict


class State(StrEnum):
    """What became of the plan questions about a draft."""

    NOT_ASKED = "not asked"
    """Nobody was asked."""
    IN_PART = "asked in part"
    """No answer differs, and some questions were not asked or not answered."""
    HELD = "held"
    """Every question was answered, and no answer differs."""
    REFUTED = "refuted"
    """An answer differs."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One plan that reader and draft judge differently; `expected` is None for the sense."""

    expected: Expected | None
    answer: Answer
    text: str


@dataclass(frozen=True)
class Examination:
    """What a reader's answers say of a draft."""

    state: State
    reader: str = ""
    mismatches: tuple[Mismatch, ...] = ()
    unanswered: tuple[str, ...] = ()
    asked: int = 0
    answered: int = 0
    immaterial: tuple[str, ...] = ()
    """Where the two differ and the answer is the same, in sentences."""


NOT_ASKED = Examination(State.NOT_ASKED)


def examine(inquiry: Inquiry, reader: Reader) -> Examination:
    """Ask the reader and hold its answers against the draft; raises what reading raises."""
    if not inquiry.expected:
        return Examination(State.NOT_ASKED, unanswered=inquiry.unasked)
    return compare(inquiry, reader.read(inquiry.question), reader.name, reader.arithmetic)


def compare(
    inquiry: Inquiry, reading: Reading, reader: str = "", arithmetic: float = 1e-3
) -> Examination:
    """Hold a reading against the draft. Amounts are equal within `arithmetic`, relatively."""
    mismatches = list(_of_sense(inquiry, reading))
    unanswered = [*inquiry.unasked, *([reading.problem] if reading.problem else [])]
    answered = 0
    immaterial: list[str] = []
    for expected in inquiry.expected:
        answer = reading.of(expected.plan)
        if not _is_answered(expected, answer):
            if expected.kind in _NEEDED:
                unanswered.append(f"no answer to plan {expected.plan.number}")
            continue
        answered += 1
        if not _differs(expected, answer, arithmetic):
            continue
        text = telling(inquiry, expected, answer)
        if expected.is_immaterial:
            immaterial.append(f"{text}; the answer is as good without that limit")
        else:
            mismatches.append(Mismatch(expected, answer, text))
    state = State.REFUTED if mismatches else State.IN_PART if unanswered else State.HELD
    return Examination(
        state,
        reader,
        tuple(mismatches),
        tuple(unanswered),
        len(inquiry.expected),
        answered,
        tuple(immaterial),
    )


_NEEDED = frozenset({Kind.BEST, Kind.VALUE, Kind.BROKEN, Kind.GROWING, Kind.ANY})
"""Without an answer to each of these a draft is not held; the others sharpen."""


def _is_answered(expected: Expected, answer: Answer) -> bool:
    if expected.kind is Kind.VALUE:
        return answer.value is not None
    return answer.verdict is not Verdict.CANNOT_TELL


def _differs(expected: Expected, answer: Answer, arithmetic: float) -> bool:
    if expected.value is None:
        return answer.verdict is not expected.verdict
    assert answer.value is not None
    size = max(abs(expected.value), abs(answer.value), 1e-6)
    return abs(expected.value - answer.value) > arithmetic * size


def _of_sense(inquiry: Inquiry, reading: Reading) -> Iterator[Mismatch]:
    asked = inquiry.question.asks_sense and not reading.problem
    if asked and reading.sense is not None and reading.sense is not inquiry.sense:
        said = f"the text asks to {reading.sense.value}, and the model is to {inquiry.sense.value}"
        yield Mismatch(None, Answer(0), said)


def telling(inquiry: Inquiry, expected: Expected, answer: Answer) -> str:
    """A mismatch for the user, who can settle it: the plan, and what reader and model say."""
    if expected.kind is Kind.ANY:
        return "the model allows no plan at all, and the reader says that there is one"
    plan = "; ".join(expected.plan.lines) or "nothing of anything"
    if expected.value is not None:
        return (
            f"for this plan the model's objective is {expected.value:.6g}, and the reader comes "
            f"to {answer.value:.6g}: {plan}"
        )
    quoted = f" ({answer.sentence!r})" if answer.sentence else ""
    if expected.verdict is Verdict.ALLOWED:
        return f"the model allows this plan, and the reader says it is not allowed{quoted}: {plan}"
    words = f" (it reads {expected.words!r} so)" if expected.words else ""
    return f"the model does not allow this plan{words}, and the reader says it is allowed: {plan}"
