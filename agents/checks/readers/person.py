"""A person as the reader of plans: the seam that the terminal, the chat and the page share.

How a plan is shown and an answer is taken is the caller's; this says which plans a person is
asked about and what their answers mean.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optwright.agents.checks.plans.question import Answer, Plan, Question, Reading, Verdict
from optwright.agents.checks.readers import wording

MOST_PLANS = 3
"""A person reads three plans with care, and not thirty."""

AskPerson = Callable[[Question, Plan, str], Answer | None]
"""Shows one plan (with its amounts in words) and returns the answer; None where nobody answers."""


@dataclass(frozen=True)
class PersonReader:
    """Asks a person about each plan in turn; whoever stops answering is asked no more."""

    ask: AskPerson
    name: str = "you"
    arithmetic: float = 1e-2

    def read(self, question: Question) -> Reading:
        answers: list[Answer] = []
        for plan in question.plans:
            answer = self.ask(question, plan, wording.amounts(plan))
            if answer is None:
                break
            answers.append(answer)
        return Reading(tuple(answers))


def from_words(plan: Plan, said: str) -> Answer | None:
    """What a typed answer means: y, n or ?, the broken rule after an n; None for anything else.

    >>> from_words(Plan(1, {}), "no, the oven holds 12").sentence
    'the oven holds 12'
    """
    word, _, rest = said.strip().partition(" ")
    verdict = _WORDS.get(word.rstrip(",:;.").lower())
    if verdict is None:
        return None
    return Answer(plan.number, verdict, rest.strip() if verdict is Verdict.NOT_ALLOWED else "")


_WORDS = {
    **dict.fromkeys(("y", "yes", "allowed"), Verdict.ALLOWED),
    **dict.fromkeys(("n", "no"), Verdict.NOT_ALLOWED),
    **dict.fromkeys(("?", "unsure", "skip"), Verdict.CANNOT_TELL),
}
