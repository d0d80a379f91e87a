"""The reply of a model that reads a turn: what it may say, as types and as a schema of this model.

Names are enumerated, so that nothing can be asked for that is not there. What a reply means is
worked out in `resolve`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optwright.errors import ReplyError
from optwright.serving.replies import extract_json
from optwright.serving.schemas import TEXT, record

Does = Literal[
    "set_number", "add_limit", "change_limit", "drop_limit", "add_decision", "set_decision",
    "add_parameter", "add_table", "add_member", "drop_member", "objective", "add_objective",
    "amount", "part", "why", "worth", "limits", "ways_out", "sweep", "another", "show", "export",
    "undo", "redo", "keep", "go_to", "name", "compare", "check", "ask", "none",
]  # fmt: skip
Relation = Literal["<=", ">=", "=="]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Span(_Part):
    """Members in the order of their set, from one to another; None for the first or last."""

    first: str | int | None = Field(None, alias="from")
    last: str | int | None = Field(None, alias="to")


Pick = str | int | Span | list[str | int]
"""Members of one index: one, several, a span, or `*` for all."""


class Asked(_Part):
    """What a decision is said to be, or wanted to be."""

    relation: Relation = ">="
    value: float


class Intent(_Part):
    """One thing that is wanted; which fields count depends on `do`."""

    do: Does
    words: str = ""
    number: str = ""
    limit: str = ""
    decision: str = ""
    set: str = ""
    member: str | int = ""
    at: list[Pick] | dict[str, Pick] = Field(default_factory=list)
    to: float | None = None
    by: float | None = None
    percent: float | None = None
    unit: str = ""
    expression: str = ""
    forall: str = ""
    sense: Literal["", "maximize", "minimize"] = ""
    before: bool = False
    name: str = ""
    over: list[str] = Field(default_factory=list)
    kind: Literal["", "amount", "whole", "yes_no"] = ""
    lower: float | None = None
    upper: float | None = None
    or_nothing: bool | None = None
    meaning: str = ""
    terms: dict[str, str] = Field(default_factory=dict)
    values: Any = None
    columns: dict[str, list[str | float | int | None]] = Field(default_factory=dict)
    claimed: Asked | None = None
    wanted: Asked | Literal["more", "less"] | None = None
    low: float | None = Field(None, alias="from")
    what: str = ""
    format: str = ""
    steps: int = Field(1, ge=1)
    version: str | int = ""
    versions: list[str | int] = Field(default_factory=list)
    question: str = ""
    options: list[Choice] = Field(default_factory=list)
    reason: str = ""


class Choice(_Part):
    """One reading of words that have several."""

    label: str
    intents: list[Intent] = Field(min_length=1)


class TurnReply(_Part):
    """A whole reply."""

    intents: list[Intent] = Field(min_length=1)
    what_if: bool = False
    least_change: bool = False


Intent.model_rebuild()


def parse_reply(text: str) -> TurnReply:
    """Read a reply; `ReplyError` where it is none of these."""
    try:
        return TurnReply.model_validate(extract_json(text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise ReplyError(f"the reading of a turn does not fit: {place}: {first['msg']}") from error


def schema(
    *,
    numbers: Iterable[str],
    limits: Iterable[str],
    decisions: Iterable[str],
    sets: Iterable[str],
) -> Mapping[str, Any]:
    """The JSON schema of replies about a model with these names."""
    word, amount = TEXT, {"type": "number"}
    pick = {
        "anyOf": [
            word,
            amount,
            {"type": "array", "items": {"type": ["string", "number"]}},
            {"type": "object", "properties": {"from": {}, "to": {}}, "additionalProperties": False},
        ]
    }
    asked = {
        "type": "object",
        "properties": {"relation": {"enum": list(Relation.__args__)}, "value": amount},  # type: ignore[attr-defined]  # a Literal has them
        "required": ["relation", "value"],
    }
    fields: dict[str, Any] = {
        "do": {"enum": list(Does.__args__)},  # type: ignore[attr-defined]  # a Literal has them
        "words": word,
        "number": {"enum": list(numbers)},
        "limit": {"enum": list(limits)},
        "decision": {"enum": list(decisions)},
        "set": {"enum": list(sets)},
        "member": {"type": ["string", "number"]},
        "at": {"anyOf": [{"type": "array", "items": pick}, {"type": "object"}]},
        "to": amount,
        "by": amount,
        "percent": amount,
        "from": amount,
        "unit": word,
        "expression": word,
        "forall": word,
        "sense": {"enum": ["maximize", "minimize"]},
        "before": {"type": "boolean"},
        "name": word,
        "over": {"type": "array", "items": {"enum": list(sets)}},
        "kind": {"enum": ["amount", "whole", "yes_no"]},
        "lower": amount,
        "upper": amount,
        "or_nothing": {"type": "boolean"},
        "meaning": word,
        "terms": {"type": "object", "additionalProperties": word},
        "values": {},
        "columns": {"type": "object", "additionalProperties": {"type": "array"}},
        "claimed": asked,
        "wanted": {"anyOf": [asked, {"enum": ["more", "less"]}]},
        "what": word,
        "format": word,
        "steps": {"type": "integer"},
        "version": {"type": ["string", "integer"]},
        "versions": {"type": "array"},
        "question": word,
        "options": {"type": "array"},
        "reason": word,
    }
    empty = [name for name in ("number", "limit", "decision", "set") if not fields[name]["enum"]]
    for name in empty:
        del fields[name]
    if "set" in empty:
        del fields["over"]
    intent = record(fields, required=("do", "words"))
    intents = {"type": "array", "items": intent, "minItems": 1}
    yes_no = {"type": "boolean"}
    return record(
        {"intents": intents, "what_if": yes_no, "least_change": yes_no}, required=("intents",)
    )
