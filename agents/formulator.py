"""The formulator: a problem in words becomes a `Formulation`, or one sentence a `Constraint`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from optwright.agents.mending import mend
from optwright.agents.problem import Problem
from optwright.agents.replies import (
    DRAFT_SCHEMA,
    LIMIT_SCHEMA,
    TABLES_SCHEMA,
    read_formulation,
    read_limit,
)
from optwright.errors import ReplyError
from optwright.prompts import load
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Usage, conversation
from optwright.serving.replies import whole_text
from optwright.solvers.model.formulation import Constraint, Formulation

MOST_TOKENS = 1200  # five times a typical reply; a model that loops is cut off here


@dataclass(frozen=True, slots=True)
class Draft:
    """What one call of the formulator gave. Without a formulation, `error` says why not."""

    formulation: Formulation | None
    notes: tuple[str, ...] = ()
    """What was mended in the reply, a sentence each."""
    error: str = ""
    usage: Usage = field(default_factory=lambda: Usage(calls=0))


@dataclass(frozen=True)
class Formulator:
    """Writes formulations with a model; `advice` of a planner or critic goes into the prompt."""

    model: ChatModel
    max_tokens: int = MOST_TOKENS

    async def draft(
        self, problem: Problem, *, sample: int = 0, temperature: float = 0.0, advice: str = ""
    ) -> Draft:
        """One formulation of the problem; another `sample` with a temperature is another try."""
        prompt, schema = (
            ("formulator_tables", TABLES_SCHEMA) if problem.tables else ("formulator", DRAFT_SCHEMA)
        )
        told = problem.told + (f"\n\nMind: {advice}" if advice else "")
        reply = await self._ask(
            prompt, schema, {"problem": told}, sample=sample, temperature=temperature
        )
        try:
            formulation = read_formulation(whole_text(reply))
        except ReplyError as error:
            return Draft(None, error=str(error), usage=reply.usage)
        mended = (
            mend(problem.text, formulation, problem.tables) if problem.reads_as_english else None
        )
        if mended is None:
            return Draft(formulation, usage=reply.usage)
        return Draft(mended.formulation, mended.notes, usage=reply.usage)

    async def state(
        self, problem: Problem, formulation: Formulation, words: str
    ) -> tuple[Constraint | None, Usage]:
        """The one constraint that `words` state, in the decisions of `formulation`."""
        decisions = "\n".join(f"{v.name}: {v.meaning}" for v in formulation.variables)
        blanks = {"problem": problem.text, "decisions": decisions, "words": words}
        reply = await self._ask("formulator_limit", LIMIT_SCHEMA, blanks)
        try:
            return read_limit(whole_text(reply), words), reply.usage
        except ReplyError:
            return None, reply.usage

    async def _ask(
        self,
        prompt: str,
        schema: Mapping[str, Any],
        blanks: Mapping[str, str],
        *,
        sample: int = 0,
        temperature: float = 0.0,
    ) -> ChatReply:
        turns = load(prompt).fill(**blanks)
        return await self.model.complete(
            ChatRequest(
                conversation(turns),
                schema=schema,
                temperature=temperature,
                sample=sample,
                max_tokens=self.max_tokens,
                role="formulator",
            )
        )
