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
from optwright.serving.schemas import TEXT, array, record

_PLAN = record({"name": TEXT, "route": {"enum": ["formulation", "code"]}, "advice": TEXT})
_SCHEMA = record({"plans": array(_PLAN, 1, 8)})
AS_TOLD = Approach(name="as told")
AS_CODE = Approach(name="as a program", route="code")
AS_ANOTHER = Approach(name="as told, by another model", writer="second_formulator")


class _Plans(BaseModel):
    plans: list[Approach]


@dataclass(frozen=True)
class Planner:
    """Proposes up to `count` plans. With one plan, or without a model, the problem is modelled as
    it is told and no call is made; with a `second_form` as a program too, and with a
    `second_writer` by another model."""

    model: ChatModel | None = None
    count: int = 1
    solver: str = "auto"
    code: bool = True
    """Whether plans may take the code route."""
    second_form: bool = False
    """Whether one of them has to."""
    second_writer: bool = False
    """Whether another model writes one of them."""
    prompts: Prompts = field(default=load, compare=False)

    async def plans(self, problem: Problem) -> tuple[Approach, ...]:
        """The plans, the plain one first; a reply that cannot be read leaves only that one, and
        its `note` says so."""
        plain = AS_TOLD.model_copy(update={"solver": self.solver})
        solver = {"solver": self.solver}
        wanted = {AS_ANOTHER: self.second_writer, AS_CODE: self.second_form}
        more = tuple(p.model_copy(update=solver) for p, is_wanted in wanted.items() if is_wanted)
        if self.model is None or self.count == 1:
            return (plain, *more)
        turns = self.prompts("planner").fill(problem=problem.shown_text, count=str(self.count - 1))
        messages = conversation(turns)
        reply = await self.model.complete(
            ChatRequest(messages, schema=_SCHEMA, max_tokens=600, role="planner")
        )
        try:
            proposed = _Plans.model_validate(extract_json(whole_text(reply))).plans
        except (ReplyError, ValidationError) as error:
            reason = str(error) if isinstance(error, ReplyError) else "its reply lists no plans"
            note = f"modelled as told only, for the planner gave no other plans: {reason}"
            return (plain.model_copy(update={"note": note}), *more)
        usable = [p for p in proposed if self.code or p.route == "formulation"]
        plans = (plain, *(p.model_copy(update=solver) for p in usable))[: self.count]
        has_code = any(p.route == "code" for p in plans)
        return (*plans, *(p for p in more if not has_code or p.route != "code"))
