"""The formulator: a problem in words becomes a `Formulation`, or one sentence a `Constraint`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optwright.agents.problem import Problem
from optwright.agents.replies.parse import formulation_of, read_draft, read_limit
from optwright.agents.replies.schema import DRAFT_SCHEMA, LIMIT_SCHEMA, TABLES_SCHEMA
from optwright.errors import ReplyError
from optwright.prompts import Turn, load
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Usage, conversation
from optwright.serving.replies import whole_text
from optwright.solvers.model.formulation import Constraint, Formulation

MOST_TOKENS = 1200  # five times a typical reply; a model that loops is cut off here


@dataclass(frozen=True, slots=True)
class Draft:
    """What one call of the formulator gave: the formulation as it was written. Without one,
    `questions` say what the text leaves out, or `error` what is wrong with the reply."""

    formulation: Formulation | None
    questions: tuple[str, ...] = ()
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
            written = read_draft(whole_text(reply))
            if written.questions and not written.decisions:
                return Draft(None, questions=tuple(written.questions), usage=reply.usage)
            return Draft(formulation_of(written, reply.text), usage=reply.usage)
        except ReplyError as error:
            return Draft(None, error=str(error), usage=reply.usage)

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
        if sample % 2:
            turns = with_last_examples_swapped(turns)
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


def with_last_examples_swapped(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns of a prompt with its last two worked examples in the other order: drafts of one
    prompt come out word for word the same too often to be second looks, and a server still knows
    the turns before them."""
    *before, first, second, asked = (
        turns[0:1], *zip(turns[1:-1:2], turns[2:-1:2], strict=True), turns[-1:]
    )  # fmt: skip
    return tuple(turn for group in (*before, second, first, asked) for turn in group)
