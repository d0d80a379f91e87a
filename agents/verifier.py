"""The verifier: nothing is called solved before a second look that did not see the first.

The look is another formulation of the same words, drawn independently and written otherwise: two
models that were written apart and have the same optimum rarely share a mistake, and checks have
nothing against the one that is answered with. It proves agreement, not truth: two drafts of one
model can misread a sentence alike. Only drafts as they were written count; a repair never stands
among what supports an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optwright.agents.candidates import Candidate, best, independent, supporters
from optwright.agents.findings import Fault

NOT_JUDGED = "not judged"
"""The reason of an answer that has nothing against it but that its critic gave no judgement."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the candidates so far add up to. `candidate` is the one to answer with, if any;
    `enough` says that no other draft is wanted."""

    candidate: Candidate | None
    verified: bool
    reason: str
    enough: bool = False


@dataclass(frozen=True)
class Verifier:
    """Decides whether enough is known. `agreement` drafts, no two of them alike, must come to the
    same conclusion, the answered one without a fault; with 1 a draft is enough, and not verified.
    Generated code states no words that could be checked, so one of them has to be a formulation
    without a fault."""

    agreement: int = 2

    def decide(self, candidates: Sequence[Candidate]) -> Decision:
        """Judge the candidates; `enough` ends the search."""
        chosen = best(candidates)
        if chosen is None:
            asks = any(c.questions for c in candidates)
            reason = "the text leaves a question open" if asks else "no draft could be solved"
            return Decision(None, False, reason, enough=asks)
        if not chosen.is_conclusive:
            return Decision(chosen, False, "no optimum was proven")
        support = supporters(chosen, candidates)
        looks = independent(support)
        if _lacks_only_a_judgement(chosen):
            return Decision(chosen, False, NOT_JUDGED)
        if not chosen.is_clean:
            return Decision(chosen, False, "checks of its words found faults")
        if looks < max(self.agreement, 2):
            enough = looks >= self.agreement
            return Decision(chosen, False, _alone(len(support), len(candidates), looks), enough)
        if not any(c.is_clean and c.formulation is not None for c in support):
            return Decision(chosen, False, "no formulation that could be checked came to it")
        return Decision(
            chosen,
            True,
            f"{looks} of {independent(candidates)} independent drafts came to the same result, and "
            "checks of its words found no fault",
            enough=True,
        )


def _alone(support: int, drafts: int, looks: int) -> str:
    """Why the drafts that came to an answer are no second look."""
    if support > looks:
        return "it was drafted again word for word, which is no second look"
    return f"{support} of {drafts} {'draft' if drafts == 1 else 'drafts'} came to it"


def _lacks_only_a_judgement(candidate: Candidate) -> bool:
    return {finding.fault for finding in candidate.findings} == {Fault.NOT_JUDGED}
