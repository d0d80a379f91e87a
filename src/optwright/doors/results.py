"""What the operations take and give back: the schemas that every door shows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Cell = str | int | float | bool | None
Tables = Annotated[
    dict[str, list[dict[str, Cell]]],
    Field(description="Tables by name, each a list of rows: {'routes': [{'from': 'Lyon', ...}]}"),
]
FormulationJson = Annotated[
    dict[str, Any],
    Field(description="A formulation; the tool formulation_schema gives its JSON schema."),
]
ModelFormat = Literal["lp", "mps", "json"]
ExportFormat = Literal["pyomo", "lp", "mps", "latex", "markdown", "json"]
Limit = Annotated[float, Field(gt=0, le=600, description="Seconds for a solve.")]


class Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class FindingResult(Result):
    severity: Literal["error", "warning"]
    element: str
    message: str


class Checked(Result):
    """Whether a formulation can be read and joined with its tables, and how large it is."""

    valid: bool
    findings: tuple[FindingResult, ...] = ()
    linear: bool | None = None
    nonlinear_reason: str = ""
    columns: int | None = None
    whole_columns: int | None = None
    rows: int | None = None
    entries: int | None = None


class Solved(Result):
    """What a solve came to. `values` holds at most 1,000 values that are not 0; `left_out` says how
    many more there are."""

    status: str
    headline: str
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    values: dict[str, float] = {}
    left_out: int = 0
    binding: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    """Why there is no solution, in the words of the model."""
    warnings: tuple[str, ...] = ()


class Explained(Result):
    text: str
    latex: str


class Compared(Result):
    """Two models side by side: what differs, and what each comes to."""

    differences: tuple[str, ...]
    before: Solved
    after: Solved
    formulation: dict[str, Any] = {}
    """The model after the edits, where there were edits."""


class Imported(Result):
    formulation: dict[str, Any]
    columns: int
    rows: int


class Text(Result):
    text: str


class ColumnResult(Result):
    name: str
    kind: str


class TableResult(Result):
    name: str
    rows: int
    columns: tuple[ColumnResult, ...]
    first_rows: tuple[dict[str, Cell], ...]
    notes: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()


class TablesRead(Result):
    tables: tuple[TableResult, ...]


class PlanToJudge(Result):
    """One plan: is it allowed by the words of the problem, or what does its objective come to?"""

    number: int
    asks: Literal["allowed", "value"]
    plan: str


class Grounded(Result):
    """What can be said of a formulation beside the words it claims to state: `findings` are advice;
    the `plans` are for somebody who reads the words and has not seen the formulation."""

    findings: tuple[str, ...]
    decisions: str
    plans: tuple[PlanToJudge, ...]
    not_asked: tuple[str, ...]
    """What would have to be asked as well for a verdict."""


class JudgedPlan(BaseModel):
    """An answer to a plan: a verdict with the sentence that forbids it, or a value."""

    number: int
    verdict: Literal["allowed", "not allowed", "cannot tell"] = "cannot tell"
    sentence: str = ""
    value: float | None = None


class Judgement(Result):
    """`held`: every plan was judged as the model does. `refuted`: at least one was not."""

    state: str
    mismatches: tuple[str, ...]
    unanswered: tuple[str, ...]
