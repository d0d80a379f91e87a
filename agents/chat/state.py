"""Where a conversation stands between two turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel, ConfigDict

from optwright.agents.chat.history import History
from optwright.agents.chat.intents import Change, Instruction
from optwright.agents.chat.reply import Question, Reply


class Pending(BaseModel):
    """What the next turn may answer: a question, or a change that waits for yes or no."""

    model_config = ConfigDict(frozen=True)

    question: Question | None = None
    change: Change | None = None
    instruction: Instruction | None = None
    """What is done on a yes, where it is not a change."""
    asked_for: Change | None = None
    """A change that lacks a value, which the next turn may say."""
    missing: tuple[str, ...] = ()
    """What is asked before there is a model, the one that is open first."""
    said: str = ""
    """The turn that left this open."""
    trial: bool = False
    base: int = 0
    """The version the options' edits are for."""


@dataclass(frozen=True)
class ConversationState:
    """Where a conversation stands; everything else is in the store."""

    history: History = field(default_factory=History)
    trial: int = 0
    problem: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    pending: Pending | None = None
    answered: Mapping[str, str] = field(default_factory=dict)


TurnResult = tuple[Reply, ConversationState]


def settled(standing: ConversationState) -> ConversationState:
    """The same with nothing left to answer."""
    return replace(standing, pending=None)


def asking(found: Sequence[Question], standing: ConversationState) -> Pending | None:
    """The first of some questions waits for an answer; the others come after it."""
    if not found:
        return None
    return Pending(question=found[0], base=standing.history.current)
