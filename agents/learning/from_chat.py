"""What a user's corrections in a conversation teach."""

from __future__ import annotations

from optwright.agents.chat.reply import ReplyKind
from optwright.agents.chat.store import Store
from optwright.agents.learning.lesson import Attempt, Lesson, of_correction


def lesson_of_session(store: Store) -> Lesson | None:
    """The lesson of a session whose user changed the model that agents had made of a problem; None
    where there is none, and where the problem came with tables.

    Whether a change corrects the model or the problem cannot be told from the change. It shows
    when the problem is tried again with the insight: only a corrected model comes to its optimum
    from the words that were told at first.
    """
    turns = store.turns()
    solved = next((turn for turn in turns if turn.reply.kind is ReplyKind.SOLVED), None)
    if solved is None:
        return None
    first, last = solved.reply.version, turns[-1].reply.version
    changes = [
        turn.said for turn in turns if turn.id > solved.id and turn.reply.kind is ReplyKind.CHANGED
    ]
    if not changes or first == last or not (first and last) or store.program(first).tables:
        return None
    before, after = _attempt(store, first), _attempt(store, last)
    return of_correction(solved.said, before, after, "; ".join(changes))


def _attempt(store: Store, version: int) -> Attempt:
    outcome, formulation = store.outcome(version), store.program(version).formulation
    program = "" if formulation is None else formulation.to_json()
    return Attempt(outcome.status.value, outcome.objective, program)
