"""What a reader is asked and what it answers. The types of a seam that users may implement.

A reader sees the words, the tables and what each decision means, never a formulation. It is shown
small plans and says of each whether the words allow it, or what the objective comes to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Sense


class Asks(StrEnum):
    """What is asked of a plan."""

    ALLOWED = "allowed"
    """Whether the words allow it."""
    VALUE = "value"
    """What the amount that should become large or small comes to, allowed or not."""


class Verdict(StrEnum):
    """What the words say of a plan."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not allowed"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision as a reader is told of it: its name, the sets it is chosen for, what it means.
    Of one that is yes or no, 1 is yes."""

    name: str
    meaning: str = ""
    indices: tuple[str, ...] = ()
    unit: str = ""
    yes_or_no: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """Amounts for decisions, by element (`bread`, `ship[Lyon,Paris]`); what is not named is 0.

    A plan may leave things open, and is allowed then if something can be chosen for them that the
    words allow: decisions that `open` names, or, where `only` is given, all elements but those.
    `totals` says what open decisions come to in all. `lines` is the plan as it is shown, equal
    amounts together, and `about` what it settles, where that is not everything.
    """

    number: int
    amounts: Mapping[str, float]
    asks: Asks = Asks.ALLOWED
    open: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    totals: Mapping[str, float] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """Everything a reader needs, in one request: the problem as it was told, the decisions, and
    the plans. `asks_sense` asks too whether the objective should become large or small."""

    text: str
    tables: Mapping[str, Table]
    decisions: tuple[Decision, ...]
    plans: tuple[Plan, ...]
    asks_sense: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader says of one plan. `sentence` quotes the words that a plan breaks; `value` is
    what the objective comes to, for a plan that asks so (None: cannot tell)."""

    plan: int
    verdict: Verdict = Verdict.CANNOT_TELL
    sentence: str = ""
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader's answers. Plans that no answer names count as "cannot tell", and so does
    everything where `problem` says that the reader was cut off, refused or could not be read."""

    answers: tuple[Answer, ...] = ()
    sense: Sense | None = None
    problem: str = ""

    def of(self, plan: Plan) -> Answer:
        """The answer to a plan; the last one, should there be several."""
        found = [answer for answer in self.answers if answer.plan == plan.number]
        return found[-1] if found and not self.problem else Answer(plan.number)


@dataclass(frozen=True, slots=True)
class Reliability:
    """How a reader errs: by chance on this share of the plans, and together with a wrong draft on
    this share of the plans that the draft misreads."""

    wrong: float = 0.0
    shared: float = 0.0


FAULTLESS = Reliability()


@runtime_checkable
class Reader(Protocol):
    """Somebody who reads the words of a problem and judges plans by them.

    `name` is who answered, for the report. `arithmetic` is how far its amounts may be off,
    relatively. `reliability` is what was measured of it, or what its author answers for; of a
    reader with None the answers are shown, and verify nothing. `read` returns a `Reading`, also
    where it cannot tell; it raises what calling a model raises.
    """

    @property
    def name(self) -> str: ...

    @property
    def arithmetic(self) -> float: ...

    @property
    def reliability(self) -> Reliability | None: ...

    def read(self, question: Question) -> Reading: ...
