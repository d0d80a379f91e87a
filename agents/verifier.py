"""The verifier: nothing is called solved before a second look that did not see the first.

The look is another formulation of the same words, drawn independently: two models that were
written apart and have the same optimum rarely share a mistake, and checks have nothing against
the one that is answered with. It proves agreement, not truth: two drafts of one model can misread
a sentence alike.
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
    """What the candidates so far add up to. `candidate` is the one to answer with, if any."""

    candidate: Candidate | None
    verified: bool
    reason: str


@dataclass(frozen=True)
class Verifier:
    """Decides whether enough is known. `agreement` drafts must come to the same conclusion, the
    answered one without a fault; 1 trusts the checks alone. Generated code states no words that
    could be checked, so one of them has to be a formulation without a fault."""

    agreement: int = 2

    def decide(self, candidates: Sequence[Candidate]) -> Decision:
        """Judge the candidates; `verified` ends the search."""
        chosen = best(candidates)
        if chosen is None:
            return Decision(None, False, "no draft could be solved")
        if not chosen.is_conclusive:
            return Decision(chosen, False, "no optimum was proven")
        support = supporters(chosen, candidates)
        if _lacks_only_a_judgement(chosen):
            return Decision(chosen, False, NOT_JUDGED)
        if not chosen.is_clean:
            return Decision(chosen, False, "checks of its words found faults")
        if independent(support) < self.agreement:
            return Decision(chosen, False, f"{len(support)} of {len(candidates)} drafts came to it")
        if not any(c.is_clean and c.formulation is not None for c in support):
            return Decision(chosen, False, "no formulation that could be checked came to it")
        if len(support) == 1:
            return Decision(chosen, True, "checks of its words found no fault")
        return Decision(
            chosen,
            True,
            f"{len(support)} of {len(candidates)} independent drafts came to the same result, and "
            "checks of its words found no fault",
        )


def _lacks_only_a_judgement(candidate: Candidate) -> bool:
    return {finding.fault for finding in candidate.findings} == {Fault.NOT_JUDGED}
