"""Calling models from ordinary code, inside or outside a running event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import wait
from threading import Lock, Thread, current_thread
from typing import Any, TypeVar

from optwright import platforms
from optwright.errors import InputError
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest

T = TypeVar("T")

_GLANCE_S = 0.25


class _Background:
    """One event loop on a daemon thread, started when it is first needed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = Thread(
                    target=self._loop.run_forever, name="optwright-calls", daemon=True
                )
                self._thread.start()
            return self._loop

    def is_current(self) -> bool:
        return current_thread() is self._thread

    def forget(self) -> None:
        """A forked child has the loop and not its thread."""
        self.__init__()  # type: ignore[misc]  # starts over on purpose


_background = _Background()
platforms.in_forked_children(_background.forget)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on the background loop and wait for it, in the caller's context.

    An interrupt (Ctrl-C) while waiting cancels it.
    """
    if _background.is_current():
        work.close()
        raise InputError("a model's own code cannot wait for another call; await it instead")
    future = asyncio.run_coroutine_threadsafe(work, _background.loop())
    try:
        # In slices: a Ctrl-C that comes right before a wait is not seen until the wait is over.
        while not future.done():
            wait((future,), _GLANCE_S)
        return future.result()
    except BaseException:
        future.cancel()
        raise


def ask(model: ChatModel, request: ChatRequest) -> ChatReply:
    """Return the model's reply; raises what `ChatModel.complete` raises."""
    return run(model.complete(request))


def close(model: ChatModel) -> None:
    """Close a model opened for `ask`."""
    run(model.aclose())
