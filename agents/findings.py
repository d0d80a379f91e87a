"""What the critic can find fault with, how much each fault weighs, and who can mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Kinds of fault, each found by something that is not a language model."""

    UNREADABLE = "unreadable"
    """An element cannot be read or uses a name that nothing defines."""
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NOT_SOLVED = "not_solved"
    NUMBER_UNUSED = "number_unused"
    """The text names a number and the formulation does without it."""
    NUMBER_INVENTED = "number_invented"
    """The formulation uses a number that the text does not account for."""
    LIMIT_ELSEWHERE = "limit_elsewhere"
    """A constraint's limit is not in the words it claims to state."""
    WORDS_INVENTED = "words_invented"
    """A constraint states words that the problem does not say."""
    DIRECTION = "direction"
    """A constraint points the other way than its words."""
    RELATION = "relation"
    """A comparison of decisions, or a share of a total, is not what its words say."""
    UNSTATED = "unstated"
    """A sentence limits something and no constraint states it."""
    INTEGRALITY = "integrality"
    """Something counted may be split, or something measured may not."""
    SENSE = "sense"
    """The objective points the other way than the text."""
    IDLE_DECISION = "idle_decision"
    """A decision that neither the objective nor any constraint mentions."""
    UNITS = "units"
    AMOUNT = "amount"
    """A row counts a decision otherwise than the numbers of the text do."""
    NOT_READ = "not_read"
    """A field of the reply that no formulation has, so that what it says is left out."""
    OTHER = "other"
    """What no other kind fits; the message says it all."""
    OPINION = "opinion"
    """A model says so; nothing else does."""
    NOT_JUDGED = "not_judged"
    """A model was to judge it and gave no judgement: nothing against it, and no approval."""


_WEIGHTS = {
    Fault.UNREADABLE: 8.0,
    Fault.INFEASIBLE: 4.0,
    Fault.UNBOUNDED: 4.0,
    Fault.NOT_SOLVED: 4.0,
    Fault.DIRECTION: 2.0,
    Fault.RELATION: 2.0,
    Fault.SENSE: 2.0,
    Fault.UNSTATED: 2.0,
    Fault.NUMBER_UNUSED: 1.5,
    Fault.NUMBER_INVENTED: 1.5,
    Fault.WORDS_INVENTED: 1.0,
    Fault.LIMIT_ELSEWHERE: 1.0,
    Fault.IDLE_DECISION: 2.0,
    Fault.INTEGRALITY: 0.5,
    Fault.UNITS: 1.0,
    Fault.AMOUNT: 1.0,
    Fault.NOT_READ: 1.0,
    Fault.OTHER: 1.0,
    Fault.OPINION: 0.5,
    Fault.NOT_JUDGED: 0.1,  # of two equal answers the judged one
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `element` names the constraint, variable or `objective` it is about, `message`
    is a sentence for the agent or the person who mends it, `words` the words of the problem."""

    fault: Fault
    message: str
    element: str = ""
    words: str = ""

    @property
    def weight(self) -> float:
        return _WEIGHTS[self.fault]


def penalty(findings: tuple[Finding, ...]) -> float:
    """Total weight of the faults; 0 is a formulation that evidence has nothing against."""
    return sum(f.weight for f in findings)
