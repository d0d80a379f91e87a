"""The planner: ways to go about a problem, each a branch the scheduler may spend on."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError

from optwright.agents.candidates import Approach
from optwright.agents.problem import Problem
from optwright.errors import ReplyError
from optwright.prompts import Prompts, load
from optwright.serving.chat import ChatModel, ChatRequest, conversation
from optwright.serving.replies import extract_json, whole_text

_SCHEMA = {
    "type": "object",
    "properties": {
        "plans": {
            "type": "array",
            "minItems": 1,
            "maxItems": 8,
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "route": {"enum": ["formulation", "code"]},
                    "advice": {"type": "string"},
                },
                "required": ["name", "route", "advice"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["plans"],
    "additionalProperties": False,
}
AS_TOLD = Approach(name="as told")
AS_CODE = Approach(name="as a program", route="code")


class _Plans(BaseModel):
    plans: list[Approach]


@dataclass(frozen=True)
class Planner:
    """Proposes up to `count` plans. With one plan, or without a model, the problem is modelled as
    it is told and no call is made; with a `second_form`, as a program too."""

    model: ChatModel | None = None
    count: int = 1
    solver: str = "auto"
    code: bool = True
    """Whether plans may take the code route."""
    second_form: bool = False
    """Whether one of them has to."""
    prompts: Prompts = field(default=load, compare=False)

    async def plans(self, problem: Problem) -> tuple[Approach, ...]:
        """The plans, the plain one first; a reply that cannot be read leaves only that one, and
        its `note` says so."""
        plain = AS_TOLD.model_copy(update={"solver": self.solver})
        coded = (AS_CODE.model_copy(update={"solver": self.solver}),) if self.second_form else ()
        if self.model is None or self.count == 1:
            return (plain, *coded)
        turns = self.prompts("planner").fill(problem=problem.told, count=str(self.count - 1))
        messages = conversation(turns)
        reply = await self.model.complete(
            ChatRequest(messages, schema=_SCHEMA, max_tokens=600, role="planner")
        )
        try:
            proposed = _Plans.model_validate(extract_json(whole_text(reply))).plans
        except (ReplyError, ValidationError) as error:
            reason = str(error) if isinstance(error, ReplyError) else "its reply lists no plans"
            note = f"modelled as told only, for the planner gave no other plans: {reason}"
            return (plain.model_copy(update={"note": note}), *coded)
        usable = [p for p in proposed if self.code or p.route == "formulation"]
        solver = {"solver": self.solver}
        plans = (plain, *(p.model_copy(update=solver) for p in usable))[: self.count]
        has_code = any(p.route == "code" for p in plans)
        return plans if has_code else (*plans, *coded)
