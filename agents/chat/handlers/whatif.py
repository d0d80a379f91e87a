"""What might be: sweeps of a number, and another plan that is as good."""

from __future__ import annotations

from dataclasses import replace

from optwright.agents.chat import phrasing
from optwright.agents.chat.handlers.work import Work
from optwright.agents.chat.intents import Sweep
from optwright.agents.chat.state import ConversationState, TurnResult
from optwright.agents.chat.whatif import sweeps
from optwright.agents.chat.whatif.comparison import comparison
from optwright.errors import InputError
from optwright.solvers.analysis.alternatives import another_plan
from optwright.solvers.edit.references import read

MOST_SECONDS = 5.0  # of a search for another plan


def swept(work: Work, state: ConversationState, sweep: Sweep) -> TurnResult:
    """The objective for many values of a number."""
    base = work.base(state)
    value = read(base.program, sweep.reference)
    low, high = sweep.low, sweep.high
    if low is None or high is None:
        if not value:
            raise InputError("say from where to where", hint="sweep NAME from 10 to 20")
        low, high = sorted((0.5 * value, 1.5 * value))
    series = sweeps.sweep(work.whatif, base, sweep.reference, low, high, steps=sweep.steps)
    text = phrasing.swept(series, value) + (f"\n{sweep.note}" if sweep.note else "")
    reply, state = work.answer(state, text)
    return reply.model_copy(update={"series": (series,)}), state


def another(work: Work, state: ConversationState) -> TurnResult:
    """Whether there is another plan as good as this one, and which."""
    base = work.base(state)
    if base.objective is None:
        return work.answer(state, phrasing.ended(base))
    model = base.program.arrays
    if model is None or base.program.stages:
        raise InputError("another plan is looked for where there is one linear objective")
    found = another_plan(model, base.outcome.values, limit_s=MOST_SECONDS)
    if found.values is None:
        none = "There is no other plan that is as good: this one is the only one."
        unknown = "No other plan as good as this one was found in the time there was."
        return work.answer(state, none if found.proven else unknown)
    other = replace(base, name="another", outcome=replace(base.outcome, values=found.values))
    reply, state = work.answer(state, "There is another plan that is as good:")
    return reply.model_copy(update={"tables": comparison((base, other))}), state
