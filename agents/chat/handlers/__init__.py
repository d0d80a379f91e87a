"""What is done about an instruction, a module for each kind: edits, what-ifs, explanations, the
history of versions, and what is shown."""

from __future__ import annotations

from dataclasses import replace

from optwright.agents.chat.extensions import intents
from optwright.agents.chat.handlers import edit, explain, plans, show, versions, whatif
from optwright.agents.chat.handlers.work import Work
from optwright.agents.chat.intents import (
    Ambiguous,
    Amount,
    Another,
    AskFor,
    Change,
    CheckPlans,
    Compare,
    ExportIt,
    Extended,
    Instruction,
    Keep,
    Limits,
    Move,
    NameIt,
    Part,
    Relaxations,
    Several,
    ShadowPrice,
    Show,
    Sweep,
    Unread,
    WhyNot,
)
from optwright.agents.chat.state import ConversationState, TurnResult
from optwright.errors import InputError

__all__ = ["Work", "perform"]


def perform(
    work: Work, state: ConversationState, instruction: Instruction, said: str
) -> TurnResult:
    """Do what was asked. Raises `InputError` for what cannot be done as it is asked."""
    match instruction:
        case Change():
            return edit.changed(work, state, instruction, said)
        case AskFor(change=change):
            return edit.ask_for(work, state, change, said)
        case Ambiguous(question=question, trial=trial):
            return edit.asked(work, state, question, trial=trial, said=said)
        case Several(parts=parts):
            return _several(work, state, parts, said)
        case Sweep():
            return whatif.swept(work, state, instruction)
        case Another():
            return whatif.another(work, state)
        case WhyNot():
            return explain.why_not(work, state, instruction)
        case ShadowPrice():
            return explain.worth_of(work, state, instruction)
        case Limits():
            return explain.limits(work, state)
        case Relaxations():
            return explain.ways_out(work, state)
        case Amount():
            return show.amount(work, state, instruction)
        case Part():
            return show.part(work, state, instruction)
        case Show(what=what):
            return show.shown(work, state, what)
        case ExportIt(format=fmt):
            return show.export(work, state, fmt)
        case CheckPlans():
            return plans.checking(work, state)
        case Move():
            return versions.moved(work, state, instruction)
        case NameIt(name=name, version=version):
            return versions.named(work, state, name, version)
        case Compare(versions=references):
            return versions.compared(work, state, references)
        case Keep(version=version):
            return versions.keeping(work, state, version)
        case Extended(name=name, arguments=arguments):
            return work.answer(state, intents()[name].answer(work.base(state), arguments))
        case Unread(reason=reason):
            raise InputError(reason)


def _several(
    work: Work, state: ConversationState, parts: tuple[Instruction, ...], said: str
) -> TurnResult:
    """A change and then questions about the model with it: one reply of all."""
    reply, state = perform(work, state, parts[0], said)
    for part in parts[1:]:
        tried = state
        if isinstance(parts[0], Change) and parts[0].trial and state.trial:
            tried = replace(state, history=state.history.at(state.trial))
        more, _ = perform(work, tried, part, said)
        reply = reply.model_copy(
            update={
                "text": "\n".join(filter(None, (reply.text, more.text))),
                "tables": (*reply.tables, *more.tables),
                "series": (*reply.series, *more.series),
                "export": reply.export or more.export,
            }
        )
    return reply, state
