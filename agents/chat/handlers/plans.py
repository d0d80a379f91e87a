"""Plans of the model that the person judges."""

from __future__ import annotations

from dataclasses import replace

from optwright.agents.chat import phrasing
from optwright.agents.chat.handlers.work import Work
from optwright.agents.chat.plan_questions import Conversation, understood
from optwright.agents.chat.reply import Question, ReplyKind
from optwright.agents.chat.state import ConversationState, Pending, TurnResult, settled
from optwright.agents.problem import Problem
from optwright.agents.second_reading import demand_plans, with_reading
from optwright.errors import InputError


def judged(
    work: Work, state: ConversationState, question: Question, said: str
) -> TurnResult | None:
    """Take a judgement; None where the turn is about something else."""
    answer = understood(question, said)
    if answer is None:
        return None
    answered = {**state.answered, question.id: answer}
    return checking(work, replace(settled(state), answered=answered))


def checking(work: Work, state: ConversationState) -> TurnResult:
    """Ask about the next plan, or say what the answers come to, and keep that."""
    version = state.history.current
    told = work.store.solution(version)
    if told is None:
        raise InputError(
            "the model was changed after the problem was told, so its words do not settle "
            "plans of it",
            hint="'undo' goes back to the model of the words",
        )
    demand_plans(told)
    problem = Problem(state.problem, work.scenario(version).program.tables)
    person = Conversation(version, state.answered)
    found = person.read(problem, told)
    if person.waiting is not None:
        state = replace(state, pending=Pending(question=person.waiting, base=version))
        return work.reply(state, ReplyKind.QUESTION, "", questions=(person.waiting,))
    solution = with_reading(problem, told, found)
    work.store.put_solution(version, solution)
    return work.answer(state, phrasing.judged(told, solution))
