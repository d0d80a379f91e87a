"""What each role did in one run, as a trace from the settings of the roles to the answer.

Every step of the workflow goes through a traced function that is named after its role and hangs
on that role's tunables and on the step before. So a proposer that reads the trace sees the
planner, the drafts, what the solver said, what the checks found, the repair, and what each cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, TypeVar

from optwright.optim.nodes import plain
from optwright.optim.parameters import Tunable
from optwright.optim.trace import traced
from optwright.serving.events import CallEnded, Event

T = TypeVar("T")

ROLES = {
    "planner": "Proposes ways to model the problem.",
    "formulator": "Writes a formulation of the problem, or corrects one.",
    "coder": "Writes a program for the problem.",
    "solver": "Solves what was written, as it was written.",
    "checks": "Hold what was written against the words of the problem.",
    "critic": "Says what a model thinks of it.",
    "reader": "Judges plans of it by the words alone.",
    "scheduler": "Chooses the plan to work on next.",
    "steps": "Decides what is answered with.",
}
"""The roles as a trace names them. `steps` has the tunables of the workflow itself."""


@dataclass(frozen=True)
class Took:
    """One step: the role, what it came to in words, and what it cost."""

    role: str
    summary: str
    calls: int
    tokens: int
    seconds: float
    result: Any = None

    def __repr__(self) -> str:
        return f"{self.summary} [{self.cost}]" if self.cost else self.summary

    @property
    def cost(self) -> str:
        """Calls and tokens, where any were asked for."""
        if not self.calls:
            return ""
        plural = "" if self.calls == 1 else "s"
        return f"{self.calls} call{plural}, {self.tokens:,} tokens"


class Steps:
    """Records the steps of one run. `parameters` are tunables named `ROLE.WHAT`; give `on_event` to
    `solve` as its `listener`, so that calls are counted."""

    def __init__(self, parameters: Iterable[Tunable[Any]] = ()) -> None:
        self.taken: list[Took] = []
        self.last: Any = None
        """The node of the latest step; None before the first."""
        self.stopped = ""
        """Why the work ended early, if it did."""
        self._settings: dict[str, dict[str, Tunable[Any]]] = {}
        for parameter in parameters:
            role, _, what = parameter.name.partition(".")
            self._settings.setdefault(role, {})[what] = parameter
        self._roles = {role: self._traced(role, doc) for role, doc in ROLES.items()}
        self._calls = self._tokens = 0
        self._work: Callable[[], Took] | None = None

    def on_event(self, event: Event) -> None:
        """Count a call."""
        if isinstance(event, CallEnded):
            self._calls += event.usage.calls
            self._tokens += event.usage.prompt_tokens + event.usage.completion_tokens

    def take(self, role: str, work: Callable[[], T], summary: Callable[[T], str]) -> T:
        """Do a step of a role and remember it; what `work` raises is raised."""

        def done() -> Took:
            calls, tokens, began = self._calls, self._tokens, perf_counter()
            result = work()
            seconds = perf_counter() - began
            return Took(
                role, summary(result), self._calls - calls, self._tokens - tokens, seconds, result
            )

        self._work = done
        earlier = () if self.last is None else (self.last,)
        self.last = self._roles[role](*earlier, **self._settings.get(role, {}))
        took: Took = plain(self.last)
        self.taken.append(took)
        result: T = took.result
        return result

    def as_text(self) -> str:
        """The steps, a line each."""
        return "\n".join(f"{took.role}: {took!r}" for took in self.taken)

    def _traced(self, role: str, doc: str) -> Callable[..., Any]:
        def step(*earlier: Any, **settings: Any) -> Took:
            assert self._work is not None  # `take` has just put it there
            return self._work()

        step.__qualname__, step.__doc__ = role, doc
        return traced(step)
