"""Asking a model which of two formulations states a problem, without saying which is whose.

A model likes what stands first, or last, so it is asked in both orders, and only the one that it
picks twice is taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ValidationError

from optwright.agents.problem import Problem
from optwright.errors import ReplyError
from optwright.prompts import Prompts, load
from optwright.serving.chat import ChatModel, ChatRequest, conversation
from optwright.serving.replies import extract_json, whole_text
from optwright.serving.schemas import TEXT, record
from optwright.solvers.model.formulation import Formulation

MOST_TOKENS = 600

_SCHEMA = record({"difference": TEXT, "words": TEXT, "better": {"enum": ["A", "B", "neither"]}})


class _Choice(BaseModel):
    better: Literal["A", "B", "neither"]


@dataclass(frozen=True)
class Chooser:
    """Picks between two formulations with a model."""

    model: ChatModel
    prompts: Prompts = field(default=load, compare=False)

    async def prefers(self, problem: Problem, proposed: Formulation, written: Formulation) -> bool:
        """Whether the model picks `proposed` in both orders. A reply that is cut off, refused or
        unreadable picks nothing."""
        if await self._picked(problem, written, proposed) != "B":
            return False
        return await self._picked(problem, proposed, written) == "A"

    async def _picked(self, problem: Problem, a: Formulation, b: Formulation) -> str:
        turns = self.prompts("repair_choice").fill(
            problem=problem.shown_text, a=a.to_json(indent=1), b=b.to_json(indent=1)
        )
        reply = await self.model.complete(
            ChatRequest(conversation(turns), schema=_SCHEMA, max_tokens=MOST_TOKENS, role="critic")
        )
        try:
            return _Choice.model_validate(extract_json(whole_text(reply))).better
        except (ReplyError, ValidationError):
            return ""
