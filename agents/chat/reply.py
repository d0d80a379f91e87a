"""What a turn gives back, for a terminal, a browser and a test alike. All of it is JSON."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from optwright.solvers.edit.difference import Difference
from optwright.solvers.edit.operations import Edit
from optwright.solvers.model.outcome import Status


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ReplyKind(StrEnum):
    SOLVED = "solved"
    """A problem became a model, and the model was solved."""
    CHANGED = "changed"
    """The model is another one now (an edit, undo, redo, a jump); `diff` says how."""
    ANSWER = "answer"
    """The model is what it was; this is about it."""
    QUESTION = "question"
    """The turn has more than one reading: say which. The model is what it was."""
    CONFIRM = "confirm"
    """A change that waits for yes or no. The model is what it was."""
    REFUSED = "refused"
    """The turn cannot be done; the text says why. The model is what it was."""


class Grid(_Frozen):
    """A table to show. Cells are texts, numbers, or None for nothing."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str | float | None, ...], ...]


class Series(_Frozen):
    """A curve to show: `points` are (x, y), y None where there is no optimum; at each of `breaks`
    the slope is another one. `begins` is the first x with an optimum, where the lowest has none
    and it is known exactly."""

    title: str
    x: str
    y: str
    points: tuple[tuple[float, float | None], ...]
    breaks: tuple[float, ...] = ()
    begins: float | None = None


class Option(_Frozen):
    """One answer to a question: what it does to the model and what comes of it."""

    label: str
    edits: tuple[Edit, ...] = ()
    consequence: str = ""
    objective: float | None = None


class PlanAmount(_Frozen):
    """How much of one decision a plan takes: `over` says for which members, `amount` is a number
    or, of a decision that is yes or no, that word."""

    decision: str
    meaning: str
    over: str
    amount: str
    unit: str


class ShownPlan(_Frozen):
    """A plan that a person is to judge by the words of the problem, the `place`-th of `places`.

    `problem` is what it is judged by, words and tables, where it was not shown with a plan before.
    Nothing here says what the model thinks of the plan.
    """

    place: int
    places: int
    amounts: tuple[PlanAmount, ...]
    notes: tuple[str, ...] = ()
    asks_value: bool = False
    problem: str = ""

    def grid(self) -> Grid:
        """The amounts as a table; a column that would be empty is left out."""
        columns = [
            ("what", [a.meaning for a in self.amounts]),
            ("for", [a.over for a in self.amounts]),
            ("amount", [a.amount for a in self.amounts]),
            ("unit", [a.unit for a in self.amounts]),
        ]
        kept = [(head, cells) for head, cells in columns if any(cells)]
        rows = zip(*(cells for _, cells in kept), strict=True)
        title = f"Plan {self.place} of {self.places}"
        return Grid(title=title, head=tuple(head for head, _ in kept), rows=tuple(rows))


class Question(_Frozen):
    """Something the words leave open. `id` is stable, so that it is asked once; `default` is the
    option that stands until it is answered, None where nothing can be done without an answer.
    `plan` is what is to be judged, for a question about a plan."""

    id: str
    text: str
    options: tuple[Option, ...]
    default: int | None = None
    plan: ShownPlan | None = None

    def lines(self) -> list[str]:
        """The question and its numbered answers, as plain lines."""
        lines = [self.text]
        for at, option in enumerate(self.options, 1):
            stands = "  (assumed)" if at - 1 == self.default else ""
            says = f": {option.consequence}" if option.consequence else ""
            lines.append(f"  {at}. {option.label}{says}{stands}")
        return lines


class Reply(_Frozen):
    """What came of a turn. `text` holds all of it in plain lines of 80 columns, except `diff`,
    `tables`, `series` and `questions`, which are shown below it in this order.

    `version` is the version of the model that stands after the turn, 0 before there is one.
    """

    kind: ReplyKind
    text: str
    diff: tuple[Difference, ...] = ()
    tables: tuple[Grid, ...] = ()
    series: tuple[Series, ...] = ()
    questions: tuple[Question, ...] = ()
    needs_confirmation: bool = False
    export: str = ""
    """The format of a file that was asked for, which whoever shows the reply writes."""
    status: Status | None = None
    objective: float | None = None
    version: int = 0
    calls: int = 0
    """Calls of a language model that the turn took."""
    seconds: float = 0.0

    def to_json(self, indent: int | None = 2) -> str:
        return self.model_dump_json(indent=indent)


class TurnProgress(_Frozen):
    """Something that begins while a turn is worked on: who does it, and what, in a few words."""

    step: str
    text: str
