"""A language model that fills slot tables: one request for all numbers of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from optwright.agents.checks.plans.question import Question
from optwright.agents.checks.readers.wording import decisions
from optwright.agents.checks.slots.table import Direction, Role, Slot, SlotQuestion, SlotTable
from optwright.agents.text.quantities import Quantity
from optwright.errors import ReplyError
from optwright.prompts import load
from optwright.serving.chat import ChatModel, ChatRequest, conversation
from optwright.serving.replies import extract_json, whole_text
from optwright.serving.schemas import TEXT, record, records
from optwright.serving.sync import ask

MOST_NUMBERS = 80
"""Of a text with more none are asked about: those are lists, and belong into tables."""

_AROUND = 40
"""Characters that are shown before and after a number."""


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore")

    number: int
    role: Role = Role.OTHER
    decisions: list[str] = []
    direction: Direction = Direction.NONE
    toward: int | None = None
    of: list[str] = []


class _Reply(BaseModel):
    model_config = ConfigDict(extra="ignore")

    numbers: list[_Told]


@dataclass(frozen=True)
class ModelAnnotator:
    """Asks a model, which sees the words and what the decisions mean, and no draft. The same
    question is not asked twice. What it cannot read of a reply is a table with a `problem`; a slot
    that names a decision that is not there is left open."""

    model: ChatModel
    _known: dict[str, SlotTable] = field(default_factory=dict, compare=False)

    @property
    def name(self) -> str:
        return self.model.name

    def fill(self, question: SlotQuestion) -> SlotTable:
        """Ask once about all numbers; raises what `ChatModel.complete` raises."""
        if not 0 < len(question.numbers) <= MOST_NUMBERS:
            return SlotTable()
        request = self.request(question)
        key = request.messages[-1].content
        if key not in self._known:
            self._known[key] = self._asked(request, question)
        return self._known[key]

    def request(self, question: SlotQuestion) -> ChatRequest:
        """What the model is sent."""
        turns = load("slots").fill(
            problem=question.shown_text or question.text,
            decisions=decisions(Question(question.text, {}, question.decisions, ())),
            numbers="\n".join(
                f"{at}. {_shown(number, question.text)}"
                for at, number in enumerate(question.numbers, start=1)
            ),
            count=str(len(question.numbers)),
        )
        size = len(question.numbers)
        return ChatRequest(
            conversation(turns), schema=_schema(size), max_tokens=200 + 80 * size, role="critic"
        )

    def _asked(self, request: ChatRequest, question: SlotQuestion) -> SlotTable:
        reply = ask(self.model, request)
        try:
            said = _Reply.model_validate(extract_json(whole_text(reply)))
        except (ReplyError, ValidationError) as error:
            return SlotTable(problem=f"where the numbers belong could not be read: {error}")
        told = {each.number: each for each in said.numbers}
        names = {decision.name for decision in question.decisions}
        return SlotTable(
            tuple(
                _slot(number, told.get(at), names, len(question.numbers))
                for at, number in enumerate(question.numbers, start=1)
            )
        )


def _slot(number: Quantity, told: _Told | None, names: set[str], size: int) -> Slot:
    named = [] if told is None else [*told.decisions, *told.of]
    if told is None or any(name.partition("[")[0] not in names for name in named):
        return Slot(number)
    toward = told.toward
    is_there = toward is not None and 1 <= toward <= size
    return Slot(
        number,
        told.role,
        frozenset(map(_element, told.decisions)),
        told.direction,
        toward - 1 if is_there and toward is not None else None,
        frozenset(map(_element, told.of)),
    )


def _element(name: str) -> str:
    """As columns are named: without quotes and blanks."""
    return "".join(name.replace("'", "").replace('"', "").split()) if "[" in name else name


def _shown(number: Quantity, text: str) -> str:
    before = text[max(0, number.start - _AROUND) : number.start].split()[1:]
    after = text[number.end : number.end + _AROUND].split()[:-1]
    return " ".join(["...", *before, f"[{number.text}]", *after, "..."])


def _schema(count: int) -> Mapping[str, Any]:
    names = {"type": "array", "items": TEXT}
    told = {
        "number": {"type": "integer"},
        "role": {"enum": [role.value for role in Role]},
        "decisions": names,
        "direction": {"enum": [way.value for way in Direction]},
        "toward": {"type": ["integer", "null"]},
        "of": names,
    }
    return record({"numbers": records(count, told)})
