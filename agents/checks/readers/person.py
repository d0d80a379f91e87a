"""A person as the reader of plans: the seam that the terminal, the chat and the page share.

How a plan is shown and an answer is taken is the caller's; this says which plans a person is
asked about and what their answers mean.
"""

from __future__ import annotations

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


def _place(plan: Plan, question: Question) -> tuple[int, bool]:
    """Where a plan stands among those a person is asked about."""
    first = next(i for i, p in enumerate(question.plans) if p.amounts == plan.amounts)
    return first, plan.asks is Asks.VALUE


def from_words(plan: Plan, said: str) -> Answer | None:
    """What a typed answer means: y, n or ?, the broken rule after an n, a number where the plan
    asks for its value; None for anything else.

    >>> from_words(Plan(1, {}), "no, the oven holds 12").sentence
    'the oven holds 12'
    """
    if plan.asks is Asks.VALUE:
        return _amount(plan, said)
    word, _, rest = said.strip().partition(" ")
    verdict = _WORDS.get(word.rstrip(",:;.").lower())
    if verdict is None:
        return None
    return Answer(plan.number, verdict, rest.strip() if verdict is Verdict.NOT_ALLOWED else "")


def _amount(plan: Plan, said: str) -> Answer | None:
    if said.strip() == "?":
        return Answer(plan.number)
    try:
        return Answer(plan.number, value=float(said.strip().lstrip("$€£").replace(",", "")))
    except ValueError:
        return None


_WORDS = {
    **dict.fromkeys(("y", "yes", "allowed"), Verdict.ALLOWED),
    **dict.fromkeys(("n", "no"), Verdict.NOT_ALLOWED),
    **dict.fromkeys(("?", "unsure", "skip"), Verdict.CANNOT_TELL),
}
