"""Why the plan is as it is: why not otherwise, what limits cost, what could give way."""

from __future__ import annotations

from dataclasses import replace

from optwright.agents.chat import phrasing
from optwright.agents.chat.handlers.edit import with_ways_out
from optwright.agents.chat.handlers.work import Work
from optwright.agents.chat.intents import Change, ShadowPrice, WhyNot
from optwright.agents.chat.reply import ReplyKind
from optwright.agents.chat.state import ConversationState, TurnResult
from optwright.agents.chat.whatif import refusals, worth
from optwright.agents.chat.whatif.comparison import comparison, is_same
from optwright.agents.chat.whatif.rows import rows_behind
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.agents.render import number
from optwright.solvers.data.bound import element_name
from optwright.solvers.edit.operations import Force
from optwright.solvers.edit.references import formulation_of
from optwright.solvers.model.formulation import Domain

_STEP = 0.01
"""A step for amounts, as a share of what there is."""


def why_not(work: Work, state: ConversationState, asked: WhyNot) -> TurnResult:
    """What it would cost to have it otherwise, or what forbids it; first, whether it is as the
    words take it to be."""
    base = work.base(state)
    if base.objective is None:
        return work.answer(state, phrasing.ended(base))
    if asked.claim is not None and (found := _unlike(base, asked.claim)):
        return work.answer(state, found)
    demand, note = asked.demand, ""
    if asked.way:
        demand, note = _from_here(base, asked)
    forced = refusals.forced(work.whatif, base, demand)
    text = "\n".join(filter(None, (note, phrasing.forced(forced, demand))))
    reply, state = work.reply(state, ReplyKind.ANSWER, text, scenario=base)
    if forced.after.objective is not None:
        named = replace(base, name="now"), replace(forced.after, name="with it")
        reply = reply.model_copy(update={"tables": comparison(named)})
    return reply, state


def _unlike(base: Scenario, claim: Force) -> str:
    """What to say where the plan is not what is claimed of it; nothing where it is."""
    now = _amount(base, claim)
    holds = {
        "==": is_same(now, claim.amount),
        "<=": now <= claim.amount or is_same(now, claim.amount),
        ">=": now >= claim.amount or is_same(now, claim.amount),
    }[claim.relation]
    if holds:
        return ""
    what = claim.text.rpartition(" at ")[0] or claim.text.rpartition(" exactly ")[0] or claim.text
    return f"That is not so: {what} is {number(now)} in the plan."


def _amount(base: Scenario, of: Force) -> float:
    values = base.outcome.values
    return sum(values.get(element_name(of.variable, e) if e else of.variable, 0.0)
               for e in of.elements)  # fmt: skip


def _from_here(base: Scenario, asked: WhyNot) -> tuple[Force, str]:
    """The next amount above or below the plan's, and what the plan has."""
    now = _amount(base, asked.demand)
    variable = next(
        v for v in formulation_of(base.program).variables if v.name == asked.demand.variable
    )
    step = 1.0 if variable.domain is not Domain.CONTINUOUS or abs(now) < 1 / _STEP else (
        abs(now) * _STEP
    )  # fmt: skip
    amount = now + step if asked.way == "more" else now - step
    way = "at least" if asked.way == "more" else "at most"
    demand = asked.demand.model_copy(
        update={
            "relation": ">=" if asked.way == "more" else "<=",
            "amount": amount,
            "text": f"{asked.demand.text} {way} {number(amount)}",
        }
    )
    return demand, f"{asked.demand.text}: {number(now)} in the plan."


def limits(work: Work, state: ConversationState) -> TurnResult:
    """Which limits bind, and what each costs."""
    base = work.base(state)
    if base.objective is None:
        return ways_out(work, state)
    grid = worth.limits(work.whatif, base)
    reply, state = work.answer(state, phrasing.costliest(grid, base))
    return reply.model_copy(update={"tables": (grid,)}), state


def ways_out(work: Work, state: ConversationState) -> TurnResult:
    """What could give way for there to be a solution."""
    base = work.base(state)
    if base.objective is not None:
        return work.answer(state, "The model has a solution as it is.")
    reply, state = work.answer(state, phrasing.ended(base))
    return with_ways_out(work, state, reply, base, Change(edits=()))


def worth_of(work: Work, state: ConversationState, asked: ShadowPrice) -> TurnResult:
    """What one more unit of a number is worth."""
    base = work.base(state)
    rows = rows_behind(base.program, asked.reference)
    if rows:
        lines = worth.worth(work.whatif, base, rows)
    else:
        lines = [worth.worth_of_number(work.whatif, base, asked.reference)]
    lines += [asked.note] if asked.note else []
    return work.answer(state, "\n".join(lines))
