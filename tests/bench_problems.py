"""Problems with known answers, a system that asks once for each, and models that answer them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from optwright.benchmarks.simulated import answer_to
from optwright.benchmarks.system import Attempt, Claim, Kit
from optwright.benchmarks.task import Assignment
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage, user
from optwright.testing import ScriptedModel


def write_problems(folder: Path, count: int) -> Path:
    """A data set of one's own whose labels are what `answer_to` says."""
    questions = [f"Maximize the profit of shop {number}." for number in range(count)]
    rows = ({"id": str(n), "question": q, "answer": answer_to(q)} for n, q in enumerate(questions))
    file = folder / "shops.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


async def ask_once(assignment: Assignment, kit: Kit) -> Attempt:
    """Take the reply for the answer."""
    request = ChatRequest((user(assignment.question),), seed=kit.seed, sample=kit.sample, role="r")
    reply = await kit.model.complete(request)
    return Attempt(status=Claim.OPTIMAL, objective=float(reply.text))


async def ask_twice(assignment: Assignment, kit: Kit) -> Attempt:
    """Ask for a plan first."""
    await kit.model.complete(ChatRequest((user(f"Plan: {assignment.question}"),), role="planner"))
    return await ask_once(assignment, kit)


def answering(seconds: float = 0.25) -> ScriptedModel:
    """A model that answers every question as `answer_to` does and says what it took."""

    def reply(request: ChatRequest) -> ChatReply:
        usage = Usage(prompt_tokens=10, completion_tokens=2, seconds=seconds)
        return ChatReply(answer_to(request.messages[-1].content), Finish.STOP, usage, "answering")

    return ScriptedModel(reply, name="answering")


def failing(error: Exception) -> ScriptedModel:
    """A model that never answers."""

    def fail(request: ChatRequest) -> str:
        raise error

    return ScriptedModel(fail, name="failing")


def after(count: int, error: Exception) -> ScriptedModel:
    """A model that answers `count` times and then no more."""
    model = answering()
    answer: Callable[[ChatRequest], str | ChatReply] = model._script[0]  # type: ignore[assignment]  # it is one function

    def reply(request: ChatRequest) -> str | ChatReply:
        if len(cut.requests) > count:
            raise error
        return answer(request)

    cut = ScriptedModel(reply, name="answering")
    return cut


async def ask_and_print(assignment: Assignment, kit: Kit) -> Attempt:
    """A system of one's own that says what it does."""
    sys.stdout.write(f"asking about {assignment.id}\n")
    return await ask_once(assignment, kit)
