"""The verifier: nothing is called solved before a second look that did not see the first.

The look is that of a reader who knows the words alone and judges plans of the model, or another
formulation of the same words, drawn independently and written otherwise: two models that were
written apart and have the same optimum rarely share a mistake, and checks have nothing against the
one that is answered with. How far apart they have to be depends on who wrote them: of the embedded
model it was counted what drafts are worth that differ in words alone; a model of which nothing was
counted may write one mistake in many words, so its drafts have to differ in what they say, or come
from another plan. It proves agreement, not truth: two drafts of one model can misread a
sentence alike. Only drafts as they were written count; a repair never stands
among what supports an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from optwright.agents.candidates import Candidate, best, independent, standing, supporters
from optwright.agents.checks.confidence import Confidence, Signals, confidence, threshold
from optwright.agents.checks.plan_check import PlanCheck
from optwright.agents.checks.registry import refusing_faults
from optwright.agents.findings import Fault
from optwright.agents.injection_guard import addressed
from optwright.agents.problem import Problem

NOBODY_ASKED = PlanCheck()

NOT_JUDGED = "not judged"
"""The reason of an answer that has nothing against it but that its critic gave no judgement; where
a reader gave none, the reason begins with it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the candidates so far add up to. `candidate` is the one to answer with, if any;
    `enough` says that no other draft is wanted, `confidence` how likely the answer is right and
    what that rests on (None without a proof)."""

    candidate: Candidate | None
    verified: bool
    reason: str
    enough: bool = False
    confidence: Confidence | None = None


@dataclass(frozen=True)
class Verifier:
    """Decides whether enough is known.

    A reader that has passed the gate, or a person, judges plans of the draft as the draft does; or
    `agreement` drafts, no two of them alike, come to the same conclusion, the answered one without
    a fault; with 1 a draft is enough, and not verified. Generated code states no words that could
    be checked, so one of them has to be a formulation without a fault. Both need a confidence
    above the threshold, and one form alone that nobody has read plans of verifies nothing."""

    agreement: int = 2

    def decide(
        self, candidates: Sequence[Candidate], readings: Sequence[PlanCheck] = ()
    ) -> Decision:
        """Judge the candidates, with what readers said of plans of some of them; `enough` ends the
        search."""
        refuted = {reading.form for reading in readings if reading.refutes}
        left = [c for c in candidates if c.form_key not in refuted]
        chosen = best(left) or best(candidates)
        if chosen is None:
            reason = _left_open(candidates)
            return Decision(None, False, reason or "no draft could be solved", enough=bool(reason))
        if not chosen.is_conclusive:
            return Decision(chosen, False, "no optimum was proven")
        reading = next((r for r in readings if r.form == chosen.form_key), NOBODY_ASKED)
        known = confidence(signals(chosen, candidates, reading))
        return replace(self._judged(chosen, candidates, reading, known), confidence=known)

    def _judged(
        self,
        chosen: Candidate,
        candidates: Sequence[Candidate],
        reading: PlanCheck,
        known: Confidence,
    ) -> Decision:
        support = supporters(chosen, standing(candidates))
        looks = independent(support)
        if reading.refutes:
            return Decision(chosen, False, str(reading))
        if _lacks_only_a_judgement(chosen):
            return Decision(chosen, False, NOT_JUDGED)
        is_likely = known.value >= threshold()
        if reading.holds and is_likely and not is_refused(chosen):
            return Decision(chosen, True, str(reading), enough=True)
        if not chosen.is_clean:
            return Decision(chosen, False, "checks of its words found faults")
        if looks < max(self.agreement, 2):
            enough = looks >= self.agreement
            told = _alone(support, candidates, looks)
            told = f"{NOT_JUDGED}, and {told}" if reading.is_silent else told
            return Decision(chosen, False, told, enough)
        if not any(c.is_clean and c.formulation is not None for c in support):
            return Decision(chosen, False, "no formulation that could be checked came to it")
        return Decision(
            chosen,
            is_likely,
            f"{looks} of {independent(candidates)} independent drafts came to the same result, and "
            "checks of its words found no fault",
            enough=True,
        )


def _left_open(candidates: Sequence[Candidate]) -> str:
    """Why drafts state no program, where they say why."""
    if any(c.questions for c in candidates):
        return "the text leaves a question open"
    if stated := next((c.cannot_state for c in candidates if c.cannot_state), ()):
        return f"the formulation language has no words for this: {'; '.join(stated)}"
    return next((f"there is nothing to decide: {c.refusal}" for c in candidates if c.refusal), "")


def signals(candidate: Candidate, among: Sequence[Candidate], reading: PlanCheck) -> Signals:
    """What is known of a candidate beside the others, with what was said of plans of it."""
    forms = max(independent(supporters(candidate, standing(among))), 1)
    known = Signals(clean=candidate.is_clean, forms=forms, drawn=independent(among))
    return known.read(reading)


def doubt(problem: Problem, reading: PlanCheck) -> str:
    """What keeps any answer to a problem from being called verified, however drafts agree."""
    if order := addressed(problem.shown_text):
        return f"the problem speaks to a model ({order!r}): drafts that obey agree too"
    if not problem.reads_as_english and not reading.holds:
        return "the checks of words read English, and this text does not read as English"
    return ""


def is_refused(candidate: Candidate) -> bool:
    """Whether a check that was never wrong about a right model found something."""
    return any(finding.fault in refusing_faults() for finding in candidate.findings)


def _drawn(some: Sequence[Candidate], candidates: Sequence[Candidate]) -> int:
    """How many drafts are behind some of the candidates: a correction is its draft once more."""
    return len({candidates.index(c) if c.corrects is None else c.corrects for c in some})


def _alone(support: Sequence[Candidate], candidates: Sequence[Candidate], looks: int) -> str:
    """Why the drafts that came to an answer are no second look."""
    own, drafts = _drawn(support, candidates), _drawn(candidates, candidates)
    if len({c.form for c in support if c.corrects is None}) > looks:
        return "it was drafted again in other words that say the same, which is no second look"
    if own > looks:
        return "it was drafted again word for word, which is no second look"
    return f"{own} of {drafts} {'draft' if drafts == 1 else 'drafts'} came to it"


def _lacks_only_a_judgement(candidate: Candidate) -> bool:
    return {finding.fault for finding in candidate.findings} == {Fault.NOT_JUDGED}
