"""Instructions: what a turn asks for, once it has been read. Everything here is JSON."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from optwright.agents.chat.reply import Question
from optwright.solvers.edit.operations import Edit, Force
from optwright.solvers.edit.references import NumberRef, with_old_name


class _Instruction(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _from_version_0_1_0(cls, data: Any) -> Any:
        return with_old_name(data)


class Change(_Instruction):
    """Do these edits. With `trial` they are tried on a scenario and the model stays as it is; with
    `least` the plan moves as little as possible, and only then is the objective looked at."""

    kind: Literal["change"] = "change"
    edits: tuple[Edit, ...]
    trial: bool = False
    least: bool = False


class Sweep(_Instruction):
    """Solve for values of a number from `low` to `high`; None for half and double of it. `note`
    says how the ends were converted, if they were."""

    kind: Literal["sweep"] = "sweep"
    reference: NumberRef
    low: float | None = None
    high: float | None = None
    steps: int = 13
    note: str = ""


class ShadowPrice(_Instruction):
    """Say what one more unit of a limit is worth; `note` says of which, if another was named."""

    kind: Literal["worth"] = "worth"
    reference: NumberRef
    note: str = ""


class WhyNot(_Instruction):
    """Say what it would cost to have it so, or which limits forbid it.

    `claim` is what the words take for granted, and is looked at first. `way` asks for more or less
    than the plan has, and then the amount of `demand` is measured from there.
    """

    kind: Literal["why_not"] = "why_not"
    demand: Force
    claim: Force | None = None
    way: Literal["", "more", "less"] = ""


class Amount(_Instruction):
    """Say what an expression comes to in the answer, for each combination of `forall`."""

    kind: Literal["amount"] = "amount"
    expression: str
    forall: str = ""
    words: str = ""


class Part(_Instruction):
    """Show the part of the answer that is about some members: for each index of a decision the
    members that are meant, none for all."""

    kind: Literal["part"] = "part"
    variable: str
    at: tuple[tuple[str, ...], ...] = ()


class Another(_Instruction):
    """Look for another plan that is as good."""

    kind: Literal["another"] = "another"


class ExportIt(_Instruction):
    """Hand the answer or the model out as a file, by the name of a format."""

    kind: Literal["export"] = "export"
    format: str


class Limits(_Instruction):
    """Say which limits bind and what each costs."""

    kind: Literal["limits"] = "limits"


class Relaxations(_Instruction):
    """Say what would have to give way for there to be a solution."""

    kind: Literal["ways_out"] = "ways_out"


class Move(_Instruction):
    """Go back or forth in the history by `steps`, or to the version `to` by number or name."""

    kind: Literal["move"] = "move"
    steps: int = 0
    to: str = ""


class NameIt(_Instruction):
    """Give the version that stands (or `version`) a name."""

    kind: Literal["name"] = "name"
    name: str
    version: str = ""


class Compare(_Instruction):
    """Put versions side by side; none for the last trial beside the model."""

    kind: Literal["compare"] = "compare"
    versions: tuple[str, ...] = ()


class Keep(_Instruction):
    """Make the last trial (or `version`) the model."""

    kind: Literal["keep"] = "keep"
    version: str = ""


class CheckPlans(_Instruction):
    """Put plans of the model to the person, whose judgement counts."""

    kind: Literal["check_plans"] = "check_plans"


class Show(_Instruction):
    kind: Literal["show"] = "show"
    what: Literal[
        "model", "answer", "assumptions", "questions", "history", "data", "diagnosis", "help",
        "summary",
    ]  # fmt: skip


class Ambiguous(_Instruction):
    """The words have more than one reading; the options of the question are changes."""

    kind: Literal["ambiguous"] = "ambiguous"
    question: Question
    trial: bool = False


class AskFor(_Instruction):
    """A new member lacks a value, which is asked for: `change` is what is done once it is there."""

    kind: Literal["ask_for"] = "ask_for"
    change: Change


class Several(_Instruction):
    """A change, and then what is asked about the model as it is with it."""

    kind: Literal["several"] = "several"
    parts: tuple[Instruction, ...]


class Extended(_Instruction):
    """What the file `name` of `extensions` answers, with what the turn said."""

    kind: Literal["extended"] = "extended"
    name: str
    arguments: tuple[str, ...] = ()


class Unread(_Instruction):
    """The words could not be read; `near` are names of the model that they come close to."""

    kind: Literal["unread"] = "unread"
    reason: str
    near: tuple[str, ...] = ()


Instruction = Annotated[
    Change
    | Sweep
    | ShadowPrice
    | WhyNot
    | Amount
    | Part
    | Another
    | ExportIt
    | AskFor
    | Several
    | Limits
    | Relaxations
    | CheckPlans
    | Move
    | NameIt
    | Compare
    | Keep
    | Show
    | Ambiguous
    | Extended
    | Unread,
    Field(discriminator="kind"),
]


Several.model_rebuild()
