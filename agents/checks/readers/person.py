"""A person as the reader of plans: the seam that the terminal, the chat and the page share.

How a plan is shown and an answer is taken is the caller's; this says which plans a person is
asked about and what their answers mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from optwright.agents.checks.plans.question import (
    FAULTLESS,
    Answer,
    Asks,
    Plan,
    Question,
    Reading,
    Reliability,
    Verdict,
)
from optwright.agents.checks.readers import wording
from optwright.agents.checks.readers.stored import AnswerFile

MOST_PLANS = 3
"""A person reads three plans with care, and not thirty."""

AskPerson = Callable[[Question, Plan, str], Answer | None]
"""Shows one plan (with its amounts in words) and returns the answer; None where nobody answers."""


@dataclass(frozen=True)
class PersonReader:
    """Asks a person about each plan in turn; whoever stops answering is asked no more.

    With `kept` each answer is written down as it is given, and a plan that was answered before is
    not asked about again.
    """

    ask: AskPerson
    kept: AnswerFile | None = None
    name: str = "you"
    arithmetic: float = 1e-2
    reliability: Reliability = FAULTLESS

    def read(self, question: Question) -> Reading:
        """Ask about each plan; the value of a plan is asked right after the plan itself."""
        order = sorted(question.plans, key=lambda p: _place(p, question))
        before = self.kept.reading(question)[0].answers if self.kept else ()
        known = {answer.plan: answer for answer in before}
        for plan in order:
            if plan.number in known:
                continue
            answer = self.ask(question, plan, wording.amounts(plan))
            if answer is None:
                break
            known[plan.number] = answer
            if self.kept:
                self.kept.add(question, Reading((answer,)), self.name)
        return Reading(tuple(known.values()))


def place_of(plan: Plan, question: Question) -> tuple[int, int]:
    """Which plan of a question it is, from 1, and how many there are; a plan and what it comes to
    are one."""
    kinds = list(dict.fromkeys(_shown(p) for p in question.plans))
    return kinds.index(_shown(plan)) + 1, len(kinds)


def _shown(plan: Plan) -> tuple[object, ...]:
    return plan.lines, plan.about, plan.open, plan.only


def _place(plan: Plan, question: Question) -> tuple[int, bool]:
    """Where a plan stands among those a person is asked about."""
    first = next(i for i, p in enumerate(question.plans) if p.amounts == plan.amounts)
    return first, plan.asks is Asks.VALUE


def from_words(plan: Plan, said: str) -> Answer | None:
    """What a typed answer means: y, n or ? (or the words of a verdict), the broken rule after an
    n, a number where the plan asks for its value; None for anything else.

    >>> from_words(Plan(1, {}), "no, the oven holds 12").sentence
    'the oven holds 12'
    >>> from_words(Plan(1, {}), "not allowed: the oven holds 12").sentence
    'the oven holds 12'
    """
    if plan.asks is Asks.VALUE:
        return _amount(plan, said)
    found = _VERDICT.match(said.strip())
    if found is None:
        return None
    verdict = _WORDS[" ".join(found["verdict"].lower().split())]
    return Answer(plan.number, verdict, found["rest"] if verdict is Verdict.NOT_ALLOWED else "")


def _amount(plan: Plan, said: str) -> Answer | None:
    if said.strip() == "?":
        return Answer(plan.number)
    try:
        return Answer(plan.number, value=float(said.strip().lstrip("$€£").replace(",", "")))
    except ValueError:
        return None


_WORDS = {
    **dict.fromkeys(("y", "yes", "allowed"), Verdict.ALLOWED),
    **dict.fromkeys(("n", "no", "not allowed"), Verdict.NOT_ALLOWED),
    **dict.fromkeys(("?", "unsure", "skip", "cannot tell"), Verdict.CANNOT_TELL),
}
_SPELLED = (r"\s+".join(map(re.escape, words.split())) for words in sorted(_WORDS, key=len)[::-1])
_VERDICT = re.compile(
    rf"(?P<verdict>{'|'.join(_SPELLED)})(?:[,:;.]+\s*|\s+|$)(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
