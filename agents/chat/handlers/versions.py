"""The history of versions: back and forth, names, comparisons, and trials that are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from optwright.agents.chat import phrasing
from optwright.agents.chat.handlers.work import Work
from optwright.agents.chat.intents import Move
from optwright.agents.chat.reply import ReplyKind
from optwright.agents.chat.state import ConversationState, TurnResult, settled
from optwright.agents.chat.whatif.comparison import comparison
from optwright.errors import InputError
from optwright.solvers.edit.difference import difference


def moved(work: Work, state: ConversationState, move: Move) -> TurnResult:
    """Go to another version."""
    history = state.history
    before = work.scenario(history.current, "before")
    if move.to:
        found = history.find(move.to)
        history = history if found == history.current else history.at(found)
    else:
        history = history.moved(move.steps)
    state = replace(settled(state), history=history, trial=0)
    after = work.base(state)
    text = f"The model is {history.title(history.current)} now: "
    text += f"{history[history.current].title}.\n{phrasing.compared(before, after)}"
    reply, state = work.reply(state, ReplyKind.CHANGED, text)
    diff = difference(before.program, after.program)
    return reply.model_copy(update={"diff": diff}), state


def named(work: Work, state: ConversationState, name: str, reference: str) -> TurnResult:
    """Give a version a name."""
    history = state.history
    version = history.find(reference) if reference else history.current
    state = replace(state, history=history.named(name, version))
    return work.answer(state, f"Version {version} is called {name!r} now.")


def compared(work: Work, state: ConversationState, references: Sequence[str]) -> TurnResult:
    """Versions side by side."""
    history = state.history
    found = [history.find(reference) for reference in references]
    if not found:
        other = state.trial or (history[history.current].parent if history.current else 0)
        if not other:
            raise InputError("there is only one version", hint="try a change first")
        found = sorted((history.current, other))
    if len(found) == 1:
        found = [history.current, *found]
    scenarios = [work.scenario(v, history.title(v)) for v in dict.fromkeys(found)]
    if len(scenarios) < 2:
        raise InputError("that is one version, and a comparison takes two")
    reply, state = work.answer(state, phrasing.ranked(scenarios))
    first, last = scenarios[0], scenarios[-1]
    diff = difference(first.program, last.program) if len(scenarios) == 2 else ()
    tables = comparison(scenarios)
    return reply.model_copy(update={"tables": tables, "diff": diff}), state


def keeping(work: Work, state: ConversationState, reference: str) -> TurnResult:
    """Make the last trial the model."""
    version = state.history.find(reference) if reference else state.trial
    if not version:
        raise InputError("there is no trial to keep", hint="ask 'what if ...' first")
    return moved(work, state, Move(to=str(version)))
