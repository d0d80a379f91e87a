"""Reading turns with a small model, for what the rules cannot read.

The reply is one small JSON object whose names are an enumeration of the names this formulation
has, so nothing can be asked for that is not there. What comes of it is checked like any edit, and
shown and confirmed before anything is done. The prompt holds names and expressions of the model and
the words of the turn, and no cell of any table but the names of a few members.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from optwright.agents.chat.intents import (
    Change,
    Instruction,
    Limits,
    ShadowPrice,
    Sweep,
    Unread,
    WhyNot,
)
from optwright.agents.chat.interpret.asks import Asks
from optwright.agents.chat.interpret.naming import name_of
from optwright.agents.chat.interpret.vocabulary import Vocabulary
from optwright.agents.render import number
from optwright.errors import FormulationError, ReplyError
from optwright.prompts import load
from optwright.serving.budget import Account
from optwright.serving.chat import ChatRequest, conversation
from optwright.serving.replies import extract_json
from optwright.serving.schemas import TEXT, record
from optwright.solvers.edit.difference import constraint_text
from optwright.solvers.edit.operations import (
    AddConstraint,
    DropConstraint,
    Edit,
    Force,
    ScaleNumber,
    SetDomain,
    SetNumber,
    SetObjective,
    free_name,
)
from optwright.solvers.edit.references import (
    BoundRef,
    NumberRef,
    read,
    references,
)
from optwright.solvers.language.expressions import parse_constraint
from optwright.solvers.model.formulation import Constraint, Domain

MOST_TOKENS = 300
MOST_NAMES = 60  # numbers of the model a prompt lists
MOST_MEMBERS = 6  # members of a set a prompt shows

Action = Literal[
    "set", "add", "percent", "limit", "drop", "whole", "fractions", "maximize", "minimize",
    "sweep", "worth", "why_not", "limits", "unclear",
]  # fmt: skip


class _Said(BaseModel):
    """A reply. `target` is a number, a limit or a decision of the model, by its listed name."""

    model_config = ConfigDict(extra="ignore")

    action: Action
    target: str = ""
    value: float | None = None
    high: float | None = None
    expression: str = ""


@dataclass(frozen=True)
class SmallReader:
    """Asks a small model what a turn means, one thing a turn."""

    asks: Asks

    def read(
        self, said: str, vocabulary: Vocabulary, account: Account, unread: Unread
    ) -> Instruction:
        """The instruction the model finds in a turn; `Unread` where it finds none that fits.

        Raises what `ChatModel.complete` raises.
        """
        names = _Names(vocabulary)
        request = ChatRequest(
            conversation(load("chat_reader").fill(model=names.listing(), said=said)),
            schema=names.schema(),
            max_tokens=MOST_TOKENS,
            role="reader",
        )
        reply = self.asks(request, account)
        try:
            found = _Said.model_validate(extract_json(reply.text))
            return names.instruction(found, said) or unread
        except (ReplyError, ValidationError, FormulationError):
            return unread


class _Names:
    """The names a reply may use, and what they stand for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        shown = _first(list(references(vocabulary.program)), MOST_NAMES)
        self._references = {name_of(reference): reference for reference in shown}

    def listing(self) -> str:
        """The model as a prompt shows it: decisions, sets, numbers and limits with their names."""
        model, program = self._vocabulary.model, self._vocabulary.program
        lines = [f"objective: {model.objective.sense} {model.objective.expression}"]
        lines += [f"decision {v.name}: {v.meaning or v.name}" for v in model.variables]
        for over in program.instance.sets.values():
            shown = ", ".join(map(repr, over.texts[:MOST_MEMBERS]))
            lines.append(f"set {over.name}: {shown}" + ", ..." * (len(over) > MOST_MEMBERS))
        lines += [f"limit {c.name}: {constraint_text(c)}" for c in model.constraints]
        for name, reference in self._references.items():
            value = read(program, reference)
            lines.append(f"number {name}" + (f" = {number(value)}" if value is not None else ""))
        return "\n".join(lines)

    def schema(self) -> Mapping[str, Any]:
        model = self._vocabulary.model
        targets = dict.fromkeys(
            ["", *self._references, *(c.name for c in model.constraints), *self._decisions]
        )
        return record(
            {
                "action": {"enum": list(Action.__args__)},  # type: ignore[attr-defined]  # a Literal has them
                "target": {"enum": list(targets)},
                "value": {"type": "number"},
                "high": {"type": "number"},
                "expression": TEXT,
            },
            required=("action", "target"),
        )

    @property
    def _decisions(self) -> list[str]:
        return [v.name for v in self._vocabulary.variables]

    def instruction(self, said: _Said, words: str) -> Instruction | None:
        """What the reply asks for; None where its parts do not fit together."""
        reference = self._references.get(said.target)
        if said.action == "limits":
            return Limits()
        if said.action in ("sweep", "worth") and reference is not None:
            if said.action == "worth":
                return ShadowPrice(reference=reference)
            return Sweep(reference=reference, low=said.value, high=said.high)
        if said.action == "why_not" and said.target in self._decisions:
            elements = self._vocabulary.selections(f"{said.target} {words}")
            chosen = elements[0].elements if len(elements) == 1 else ((),)
            demand = Force(
                variable=said.target,
                elements=chosen,
                amount=said.value or 1.0,
                text=f"at least {said.value or 1:g} of {said.target}",
            )
            return WhyNot(demand=demand)
        edit = self._edit(said, reference, words)
        return None if edit is None else Change(edits=(edit,))

    def _edit(self, said: _Said, reference: NumberRef | None, words: str) -> Edit | None:
        match said.action:
            case "set" if reference is not None and said.value is not None:
                return SetNumber(reference=reference, value=said.value)
            case "add" if reference is not None and said.value is not None:
                value = read(self._vocabulary.program, reference)
                return (
                    None
                    if value is None
                    else SetNumber(reference=reference, value=value + said.value)
                )
            case "percent" if reference is not None and said.value is not None:
                return ScaleNumber(reference=reference, percent=said.value)
            case "limit" if said.expression:
                parse_constraint(said.expression)
                name = free_name(self._vocabulary.model, "limit")
                constraint = Constraint(name=name, expression=said.expression, text=words)
                return AddConstraint(constraint=constraint)
            case "drop" if any(c.name == said.target for c in self._vocabulary.model.constraints):
                return DropConstraint(name=said.target)
            case "whole" | "fractions" if said.target in self._decisions:
                whole = said.action == "whole"
                domain = Domain.INTEGER if whole else Domain.CONTINUOUS
                return SetDomain(variable=said.target, domain=domain)
            case "maximize" | "minimize":
                return SetObjective.model_validate(
                    {"sense": said.action, "expression": said.expression or None, "text": words}
                )
        return None


def _first(found: Sequence[NumberRef], most: int) -> Sequence[NumberRef]:
    """The references a prompt has room for, bounds last."""
    return sorted(found, key=lambda reference: isinstance(reference, BoundRef))[:most]
