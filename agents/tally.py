"""What the calls of a run cost, counted while they happen."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter

from optwright.agents.solution import Spent
from optwright.serving.events import CallEnded, Event, Listener


@dataclass
class Tally:
    """Counts what calls cost while they happen, and passes events on."""

    calls: int = 0
    replayed: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None
    started: float = field(default_factory=perf_counter)
    listener: Listener | None = None

    def on_event(self, event: Event) -> None:
        if self.listener is not None:
            self.listener(event)
        if not isinstance(event, CallEnded):
            return
        self.calls += event.usage.calls  # broken attempts that may be billed, too
        self.replayed += event.usage.calls if event.replayed else 0
        self.prompt_tokens += event.usage.prompt_tokens
        self.completion_tokens += event.usage.completion_tokens
        if event.usage.cost_usd is not None and not event.replayed:
            self.cost_usd = (self.cost_usd or 0.0) + event.usage.cost_usd

    def spent(self) -> Spent:
        return Spent(
            calls=self.calls,
            replayed=self.replayed,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            seconds=round(perf_counter() - self.started, 3),
            cost_usd=self.cost_usd,
        )
