"""A session between two turns, to be read by any thread while the next is worked on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optwright.agents.chat.history import History
from optwright.agents.chat.reply import Question
from optwright.agents.chat.session import ChatSession
from optwright.agents.chat.store import Turn
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution
from optwright.solvers.data.table import Table


@dataclass(frozen=True)
class View:
    """What pages show of a session. `solution` and `problem` are None before there is a model."""

    turns: tuple[Turn, ...]
    history: History
    pending: Question | None
    trial: int
    cut_off: str
    tables: Mapping[str, Table]
    words: tuple[str, ...]
    problem: Problem | None
    solution: Solution | None
    leaving: tuple[str, ...] = ()
    """What of the tables goes to a model on another machine, a line each."""

    @classmethod
    def of(cls, session: ChatSession) -> View:
        """The session now; on the thread that works on its turns."""
        tables, solution = session.tables, session.solution
        return cls(
            turns=tuple(session.turns),
            history=session.history,
            pending=session.pending,
            trial=session.trial,
            cut_off=session.cut_off,
            tables=tables,
            words=tuple(session.words),
            problem=None if solution is None else Problem(session.problem, dict(tables)),
            solution=solution,
            leaving=tuple(session.leaving()),
        )

    @property
    def needs_confirmation(self) -> bool:
        """Whether a change waits for yes or no."""
        return bool(self.turns) and self.turns[-1].reply.needs_confirmation
