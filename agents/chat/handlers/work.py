"""What handlers work with: the store, the solver, and the scenarios that are in memory.

It keeps no state of a conversation: a `ConversationState` goes into a handler, a reply and another
one come out, and what is new is in the store. `session` decides when any of it counts.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from optwright.agents.chat import phrasing
from optwright.agents.chat.questions import questions
from optwright.agents.chat.reply import Question, Reply, ReplyKind
from optwright.agents.chat.state import ConversationState, TurnResult
from optwright.agents.chat.store import Store, Version
from optwright.agents.chat.whatif.scenario import Scenario, WhatIf
from optwright.agents.solution import Solution
from optwright.solvers.edit.operations import Edit

MOST_KEPT = 8  # scenarios in memory


class Work:
    """The versions in a store, solved when they are asked for."""

    def __init__(self, store: Store, whatif: WhatIf) -> None:
        self.store = store
        self.whatif = whatif
        self._kept: dict[int, Scenario] = {}
        self.tried: tuple[int, tuple[Edit, ...], Scenario] | None = None
        """The last change that was tried before it was done: of which version, and what came."""

    def scenario(self, version: int, name: str = "now") -> Scenario:
        """A version with what came of it."""
        if version not in self._kept:
            if len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            program, outcome = self.store.program(version), self.store.outcome(version)
            self._kept[version] = Scenario(name, program, outcome)
        return replace(self._kept[version], name=name)

    def forget(self) -> None:
        """Drop what a turn that failed may have left in memory."""
        self._kept.clear()

    def base(self, state: ConversationState) -> Scenario:
        """The model that stands."""
        return self.scenario(state.history.current)

    def written(
        self,
        state: ConversationState,
        scenario: Scenario,
        edits: Sequence[Edit],
        said: str,
        solution: Solution | None = None,
    ) -> tuple[ConversationState, int]:
        """Write a new version below the one that stands; it does not stand yet."""
        history = state.history
        version = Version(
            id=history.next_id,
            parent=history.current,
            title=phrasing.clipped(said),
            edits=tuple(edits),
            made=time.time(),
        )
        self.store.put_version(version, scenario.program, scenario.outcome, solution)
        self._kept[version.id] = scenario
        return replace(state, history=history.with_version(version)), version.id

    def solution(self, state: ConversationState) -> Solution:
        """The model that stands as a `Solution`: the agents' own, or what the changes made."""
        version = state.history.current
        told = self.store.solution(version)
        return told or phrasing.edited_solution(self.scenario(version), state.history, version)

    def open_questions(self, state: ConversationState) -> tuple[Question, ...]:
        """What the words leave open about the model that stands."""
        found = questions(state.problem, self.base(state), self.whatif.quick())
        return tuple(q for q in found if q.id not in state.answered)

    def reply(
        self,
        state: ConversationState,
        kind: ReplyKind,
        text: str,
        *,
        questions: tuple[Question, ...] = (),
        scenario: Scenario | None = None,
    ) -> TurnResult:
        """A reply about the model that stands, or about a scenario."""
        current = state.history.current
        if scenario is None and current:
            scenario = self.scenario(current)
        reply = Reply(
            kind=kind,
            text=text,
            questions=questions,
            status=scenario.outcome.status if scenario else None,
            objective=scenario.objective if scenario else None,
            version=current,
        )
        return reply, state

    def answer(self, state: ConversationState, text: str) -> TurnResult:
        """A reply that only says something."""
        return self.reply(state, ReplyKind.ANSWER, text)
