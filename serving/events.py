"""What happens to calls while they run, for anyone who wants to show it.

Models opened by `open_model` report to the listener of the calling context. A listener is
called on the thread that runs the call, so it must be quick and must not raise. Replies are told
of while they come only where somebody is `watching`: without, models are asked in one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter

from optwright.serving.billing import billed
from optwright.serving.chat import NOTHING_USED, ChatModel, ChatReply, ChatRequest, Usage


@dataclass(frozen=True, slots=True)
class CallStarted:
    """An agent (`role`) asked a model."""

    role: str
    model: str


@dataclass(frozen=True, slots=True)
class CallRetried:
    """An attempt failed and will be repeated after `delay_s` seconds."""

    role: str
    model: str
    attempt: int
    delay_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class CallProgressed:
    """A reply is coming: `tokens` so far, and the `tail`, the whole words that came last. Not every
    model tells; those that do tell a few times a second."""

    role: str
    model: str
    tokens: int
    tail: str


@dataclass(frozen=True, slots=True)
class CallEnded:
    """A call is over. `error` is empty when it ended in a reply; `seconds` is the wall time the
    caller waited, `usage` what the reply cost when it was first paid for, broken attempts and
    those that were cut off included. A call that ended in an error may have cost something too."""

    role: str
    model: str
    usage: Usage
    seconds: float
    replayed: bool = False
    error: str = ""

    @property
    def tokens(self) -> int:
        return self.usage.tokens


Event = CallStarted | CallRetried | CallProgressed | CallEnded
Listener = Callable[[Event], None]

_listener: ContextVar[Listener | None] = ContextVar("optwright_listener", default=None)
_watched: ContextVar[bool] = ContextVar("optwright_watched", default=False)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send the events of calls made inside the `with` block to `listener`, and to whoever listens
    outside."""
    outer = _listener.get()

    def both(event: Event) -> None:
        listener(event)
        if outer is not None:
            outer(event)

    token = _listener.set(both)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def watching() -> Iterator[None]:
    """Ask models to report `CallProgressed` for calls made inside the `with` block."""
    token = _watched.set(True)
    try:
        yield
    finally:
        _watched.reset(token)


def watched() -> bool:
    """Whether somebody wants to see replies while they come."""
    return _watched.get() and _listener.get() is not None


def report(event: Event) -> None:
    """Tell the listener of the current context, if there is one."""
    if (listener := _listener.get()) is not None:
        listener(event)


class Announced:
    """A model whose calls are reported; the outermost wrapper, so a call is reported once."""

    def __init__(self, model: ChatModel) -> None:
        self.model = model

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        report(CallStarted(request.role, self.name))
        started = perf_counter()
        usage, replayed, error = NOTHING_USED, False, "cancelled"
        try:
            reply = await self.model.complete(request)
            usage, replayed, error = reply.usage, reply.replayed, ""
            return reply
        except Exception as failure:
            usage = billed(failure)
            error = f"{type(failure).__name__}: {failure}"
            raise
        finally:
            waited = perf_counter() - started
            report(CallEnded(request.role, self.name, usage, waited, replayed, error))

    async def aclose(self) -> None:
        await self.model.aclose()
