"""The plan questions about one drafted model, each with what the draft says of it.

    best      the plan it answers with: allowed
    value     what its objective comes to there, and at 3, 5, 7, ...
    broken    one side of one limit missed, all others kept: not allowed
    kept      one limit just kept, all others too: allowed
    corner    the most of one decision: allowed
    fractions the best plan if nothing had to be whole: not allowed, where that makes a difference
    growing   of a draft without an end: a plan far out: allowed

Of a draft that allows nothing, plans that miss one limit of its conflict are asked about, and
whether anything is allowed at all. A reader whose answer differs has read the words otherwise than
the draft did. Everything here is worked out by the solver; no word of the problem is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from optwright.agents.checks.plans.question import Plan, Question, Verdict
from optwright.solvers.model.formulation import Sense

MOST_LINES = 12
"""How many lines of amounts a plan may have; what is longer is asked in part."""
MOST_BEST_LINES = 30
"""How many the best plan may have: what the draft left out shows nowhere as surely as there."""
MOST_SIDES = 12
"""How many plans that miss a limit are asked about."""


class Kind(StrEnum):
    BEST = "best"
    VALUE = "value"
    BROKEN = "broken"
    KEPT = "kept"
    CORNER = "corner"
    FRACTIONS = "fractions"
    GROWING = "growing"
    ANY = "any"
    """A plan that leaves everything open."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One plan and what the draft says of it. `element` is the row, bound or decision it is
    about, `words` the words of the problem that the draft quotes for it. `is_immaterial` says of a
    plan that misses a limit that the best plan is as good without that limit: whoever allows the
    plan comes to the same answer."""

    plan: Plan
    kind: Kind
    verdict: Verdict = Verdict.ALLOWED
    value: float | None = None
    element: str = ""
    words: str = ""
    is_immaterial: bool = False


@dataclass(frozen=True)
class Inquiry:
    """All questions about one draft. `unasked` says, in sentences, what a reader would have to be
    asked and is not; where it is not empty, no reading verifies the draft."""

    question: Question
    sense: Sense
    expected: tuple[Expected, ...] = ()
    unasked: tuple[str, ...] = ()
    seconds: float = 0.0
    solves: int = 0

    def few(self, most: int = 3) -> Inquiry:
        """The same with at most so many plans, for a person: the best plan with its value, then
        plans that miss a limit, then others."""
        best = next((e for e in self.expected if e.kind in (Kind.BEST, Kind.GROWING)), None)
        value = [
            e for e in self.expected
            if e.kind is Kind.VALUE and best is not None and e.plan.amounts == best.plan.amounts
        ]  # fmt: skip
        order = (
            Kind.BEST,
            Kind.GROWING,
            Kind.ANY,
            Kind.BROKEN,
            Kind.CORNER,
            Kind.KEPT,
            Kind.FRACTIONS,
        )
        kept = [e for kind in order for e in self.expected if e.kind is kind][:most]
        kept += value[:1]
        question = replace(self.question, plans=tuple(e.plan for e in kept))
        return replace(self, question=question, expected=tuple(kept))


_FIRST = (
    Kind.BEST,
    Kind.GROWING,
    Kind.ANY,
    Kind.BROKEN,
    Kind.CORNER,
    Kind.KEPT,
    Kind.FRACTIONS,
)
"""What a person is asked about first."""
