"""What the recipes of other systems share: asking with a prompt, running programs, an answer.

A recipe is written anew from its published description. All of them get the same hints for Pyomo,
the same reading of replies, the same sandbox, and draw alike: the first try at each step greedily,
later tries with some variety.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from optwright.agents.problem import Problem
from optwright.benchmarks.programs import Built, build
from optwright.benchmarks.system import Attempt, Kit, Stage
from optwright.benchmarks.task import Assignment
from optwright.errors import BudgetExceeded, ReplyError
from optwright.prompts import load
from optwright.serving.chat import ChatRequest, conversation
from optwright.serving.replies import extract_json
from optwright.serving.tokens import prompt_tokens

MOST_TOKENS = 1024
VARIETY = 0.7  # temperature of every try but the first
_DRAWS = 1000  # tries of one attempt; a second attempt's draws are others


@dataclass
class Desk:
    """One attempt at one problem: what was asked, what was run, and the answer so far."""

    problem: Problem
    kit: Kit
    built: Built | None = None
    """The program to answer with: the last one whose model was solved, else the last one."""
    formulation: dict[str, Any] | None = None
    verified: bool = False
    objection: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)

    async def ask(self, prompt: str, *, role: str, turn: int = 0, **blanks: str) -> str:
        """The reply to a prompt; `turn` counts the tries at this step."""
        return await self._complete(prompt, role, turn, None, blanks)

    async def ask_json(
        self, prompt: str, schema: Mapping[str, Any], *, role: str, turn: int = 0, **blanks: str
    ) -> dict[str, Any]:
        """The JSON object of a reply; empty where there is none, which a recipe must live with."""
        reply = await self._complete(prompt, role, turn, schema, blanks)
        try:
            return extract_json(reply)
        except ReplyError as error:
            self.steps.append({"step": role, "said": str(error)})
            return {}

    async def run(self, reply: str, *, step: str) -> Built:
        """Run the program in a reply and remember it as the answer, unless an earlier one was
        solved and this one was not."""
        built = await asyncio.to_thread(build, self.problem, reply)
        self.steps.append({"step": step, "code": built.code, "said": built.told})
        if self.built is None or built.outcome is not None or self.built.outcome is None:
            self.built, self.verified, self.objection = built, False, ""
        return built

    def attempt(self, stopped: str = "") -> Attempt:
        """The answer, `stopped` saying what ended the work before its own end."""
        if self.built is None:
            stage = Stage.BUDGET if stopped else Stage.CODE
            answer = Attempt(failed_at=stage, why=stopped or "No program was written.")
        else:
            answer = self.built.attempt(verified=self.verified, objection=self.objection)
        if stopped and answer.failed_at is not None:
            answer = answer.model_copy(update={"failed_at": Stage.BUDGET, "why": stopped})
        return answer.model_copy(
            update={"formulation": self.formulation, "trace": tuple(self.steps)}
        )

    async def _complete(
        self,
        prompt: str,
        role: str,
        turn: int,
        schema: Mapping[str, Any] | None,
        blanks: Mapping[str, str],
    ) -> str:
        template = load(prompt)
        shared = {"problem": self.problem.shown_text, "pyomo": load("bench_pyomo").turns[0][1]}
        filled = template.fill(
            **{name: text for name, text in shared.items() if name in template.blanks}, **blanks
        )
        request = ChatRequest(
            conversation(filled),
            schema=schema,
            temperature=VARIETY if turn or self.kit.sample else 0.0,
            seed=self.kit.seed,
            max_tokens=MOST_TOKENS,
            sample=self.kit.sample * _DRAWS + turn,
            role=role,
        )
        self._demand_room(request)
        return (await self.kit.model.complete(request)).text

    def _demand_room(self, request: ChatRequest) -> None:
        """Stop where the budget would cut the reply short: such a reply is nobody's last word, is
        not kept, and a replay of the run would miss it."""
        left = self.kit.account.left().tokens
        needs = prompt_tokens(request) + request.max_tokens
        if left is not None and left < needs:
            raise BudgetExceeded(f"the next call may need tokens={needs}; {left} are left")


class Recipe(ABC):
    """A system whose steps are `work`; running out of budget ends it with what it has."""

    name: ClassVar[str]

    async def solve(self, assignment: Assignment, kit: Kit) -> Attempt:
        problem = await asyncio.to_thread(Problem.read, assignment.question, assignment.files)
        desk = Desk(problem, kit)
        try:
            await self.work(desk)
        except BudgetExceeded as error:
            return desk.attempt(stopped=f"The budget ran out: {error}")
        return desk.attempt()

    @abstractmethod
    async def work(self, desk: Desk) -> None:
        """Ask, run, and leave the answer on the desk."""
