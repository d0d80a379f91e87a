"""The formulator: a problem in words becomes a `Formulation`, or one sentence a `Constraint`.

How a model is asked is its profile's; what it replied is read in one place, `replies`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from optwright.agents.experience.retrieve import Hints
from optwright.agents.findings import Finding
from optwright.agents.problem import Problem
from optwright.agents.profiles.examples import with_last_examples_swapped, with_nearest_examples
from optwright.agents.profiles.profile import Profile, shipped
from optwright.agents.replies.corrections import Explanation, corrected, explained
from optwright.agents.replies.parse import formulation_of, read_limit
from optwright.agents.replies.read import Reply, read_reply
from optwright.agents.replies.schema import LIMIT_SCHEMA
from optwright.errors import ReplyError
from optwright.prompts import Turn
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Usage, conversation
from optwright.serving.replies import whole_text
from optwright.solvers.model.formulation import Constraint, Formulation

MOST_TOKENS_OF_A_LIMIT = 1200


@dataclass(frozen=True, slots=True)
class Draft:
    """What one call of the formulator gave: the formulation as it was written, and the reply.

    `questions` say what the text leaves out, `cannot_state` what the language has no words for,
    `refusal` why nothing is to be decided, `unread` which fields of the reply nobody knows;
    `error` is what is wrong with the reply where there is none of these.
    """

    formulation: Formulation | None
    questions: tuple[str, ...] = ()
    cannot_state: tuple[str, ...] = ()
    refusal: str = ""
    unread: tuple[str, ...] = ()
    error: str = ""
    reply: str = ""
    usage: Usage = field(default_factory=lambda: Usage(calls=0))


@dataclass(frozen=True, slots=True)
class Second:
    """What came of asking about a draft again: explanations of findings that stay as they are, and
    a correction, if there is one."""

    explanations: tuple[Explanation, ...]
    draft: Draft | None


@dataclass(frozen=True)
class Formulator:
    """Writes formulations with a model, asked as its `profile` says; `advice` of a planner or
    critic goes into the prompt."""

    model: ChatModel
    profile: Profile = field(default_factory=lambda: shipped("small"))
    hints: Hints | None = None
    """Tells what was learnt from earlier problems of the kind; without it nothing is told."""

    async def draft(
        self, problem: Problem, *, sample: int = 0, temperature: float = 0.0, advice: str = ""
    ) -> Draft:
        """One formulation of the problem; another `sample` with a temperature is another try."""
        told = await self._hints(problem)
        turns = self._turns(problem, sample=sample, advice=advice, hints=told)
        reply = await self._ask(turns, problem, sample=sample, temperature=temperature)
        try:
            written = read_reply(whole_text(reply))
        except ReplyError as error:
            return Draft(None, error=str(error), reply=reply.text, usage=reply.usage)
        return _draft(written, reply)

    async def again(
        self,
        problem: Problem,
        earlier: Draft,
        findings: Sequence[Finding],
        solved: str,
        *,
        sample: int = 0,
        advice: str = "",
    ) -> Second:
        """Show the model what was found about an `earlier` draft of it, and what came of solving
        it (`solved`, a sentence). It corrects or explains each."""
        numbered = "\n".join(f"{at}. {f.message}" for at, f in enumerate(findings, start=1))
        (ask,) = self.profile.prompt(self.profile.formulator.repair_prompt).fill(
            solved=solved, findings=numbered
        )
        shown: Turn = ("assistant", earlier.reply)
        told = await self._hints(problem)
        opening = self._turns(problem, sample=sample, advice=advice, hints=told)
        turns = (*opening, shown, ask)
        reply = await self._ask(turns, problem)
        try:
            written = read_reply(whole_text(reply))
        except ReplyError as error:
            return Second((), Draft(None, error=str(error), reply=reply.text, usage=reply.usage))
        return Second(
            explained(written, findings, problem.text), _correction(earlier, written, reply)
        )

    async def state(
        self, problem: Problem, formulation: Formulation, words: str
    ) -> tuple[Constraint | None, Usage]:
        """The one constraint that `words` state, in the decisions of `formulation`."""
        decisions = "\n".join(f"{v.name}: {v.meaning}" for v in formulation.variables)
        blanks = {"problem": problem.text, "decisions": decisions, "words": words}
        turns = self.profile.prompt("formulator_limit").fill(**blanks)
        reply = await self._complete(turns, LIMIT_SCHEMA, MOST_TOKENS_OF_A_LIMIT)
        try:
            return read_limit(whole_text(reply), words), reply.usage
        except ReplyError:
            return None, reply.usage

    async def _hints(self, problem: Problem) -> str:
        return "" if self.hints is None else (await self.hints.retrieve(problem.text)).text

    def _turns(self, problem: Problem, *, sample: int, advice: str, hints: str) -> tuple[Turn, ...]:
        """The prompt of a draft. What tells a later one from the first is its examples, or that
        it is asked to go about the problem another way."""
        settings = self.profile.formulator
        told = "\n\n".join(filter(None, [problem.shown_text, hints, advice and f"Mind: {advice}"]))
        if sample and settings.other_words and not advice:
            ((_, told),) = self.profile.prompt("formulator_otherwise").fill(problem=told)
        prompt = settings.tables_prompt if problem.tables else settings.prompt
        turns = self.profile.prompt(prompt).fill(problem=told)
        if settings.most_examples is not None:
            turns = with_nearest_examples(turns, settings.most_examples)
        if settings.swap_examples and sample % 2:
            turns = with_last_examples_swapped(turns)
        return turns

    async def _ask(
        self,
        turns: Sequence[Turn],
        problem: Problem,
        *,
        sample: int = 0,
        temperature: float = 0.0,
    ) -> ChatReply:
        settings = self.profile.formulator
        schema = settings.schema_for(tables=bool(problem.tables))
        return await self._complete(
            turns, schema, settings.max_tokens, sample=sample, temperature=temperature
        )

    async def _complete(
        self,
        turns: Sequence[Turn],
        schema: Mapping[str, Any],
        max_tokens: int,
        *,
        sample: int = 0,
        temperature: float = 0.0,
    ) -> ChatReply:
        return await self.model.complete(
            ChatRequest(
                conversation(turns),
                schema=schema,
                temperature=temperature,
                sample=sample,
                max_tokens=max_tokens,
                role="formulator",
            )
        )


def _draft(written: Reply, reply: ChatReply) -> Draft:
    """A reply as a draft: what it asks, cannot state or refuses, or its formulation."""
    said = Draft(
        None,
        questions=written.questions,
        cannot_state=written.cannot_state,
        refusal=written.refusal,
        unread=written.unread,
        reply=reply.text,
        usage=reply.usage,
    )
    if written.cannot_state or written.refusal:
        return said  # a program beside these would be one that leaves something out
    if written.questions and not written.has_program:
        return said
    try:
        return replace(said, formulation=formulation_of(written))
    except ReplyError as error:
        return replace(said, error=str(error))


def _correction(earlier: Draft, written: Reply, reply: ChatReply) -> Draft | None:
    """The earlier draft with the parts of a second reply in it; None where that changes nothing."""
    try:
        before = read_reply(earlier.reply)
    except ReplyError:
        before = Reply({})
    try:
        after = corrected(before, written)
    except ReplyError as error:
        return Draft(None, error=str(error), reply=reply.text, usage=reply.usage)
    return None if after is None else _draft(after, reply)
