"""A system of one's own as a Python function.

    def solve(assignment, kit):                      # or: async def
        reply = ask(kit.model, ChatRequest((user(assignment.question),), sample=kit.sample))
        return {"status": "optimal", "objective": float(reply.text)}

An ordinary function runs in a thread of its own and may block; one that never returns is given up
at the time limit, but a thread cannot be killed: use a command for code that hangs.
"""

from __future__ import annotations

import contextvars
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from optwright.benchmarks.system import Attempt, Claim, Kit, Stage
from optwright.benchmarks.task import Assignment
from optwright.serving.places import beside


@dataclass(frozen=True)
class FunctionSystem:
    """`function(assignment, kit)` returns an `Attempt` or a mapping with its fields."""

    name: str
    function: Callable[..., Any]

    async def solve(self, assignment: Assignment, kit: Kit) -> Attempt:
        if inspect.iscoroutinefunction(self.function):
            return read_attempt(await self.function(assignment, kit))
        context = contextvars.copy_context()  # who listens to calls is in it
        return read_attempt(await beside(lambda: context.run(self._called, assignment, kit)))

    def _called(self, assignment: Assignment, kit: Kit) -> object:
        try:
            return self.function(assignment, kit)
        except StopIteration as error:  # a future takes none: nobody would hear of the end
            raise RuntimeError("StopIteration") from error


def read_attempt(answer: object) -> Attempt:
    """What a foreign system answered as an attempt; what is no answer fails at `Stage.CODE`."""
    if isinstance(answer, Attempt):
        return answer
    if not isinstance(answer, Mapping):
        return Attempt(failed_at=Stage.CODE, why=f"it answered no JSON object: {_shown(answer)}")
    fields = dict(answer)
    if isinstance(value := fields.get("objective"), bool):
        why = f"its objective cannot be read: {value} is no number"
        return Attempt(failed_at=Stage.CODE, why=why)
    if "status" not in fields and fields.get("objective") is not None:
        fields["status"] = Claim.OPTIMAL
    try:
        return Attempt.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "answer"
        return Attempt(failed_at=Stage.CODE, why=f"its {where} cannot be read: {first['msg']}")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
