"""Waiting for something that another thread or another event loop will do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

T = TypeVar("T")


class Turnstile:
    """Lets coroutines of any event loop wait until an attempt succeeds; `turn` wakes them all.

    asyncio's own locks belong to one loop; models here are shared by several.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    async def until(self, attempt: Callable[[], T | None]) -> T:
        """Call `attempt` now and after every turn, until it returns something else than None."""
        entry = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            self._waiting.add(entry)
        try:
            # Registered before the attempt: a turn in between is not missed.
            while (result := attempt()) is None:
                await entry[1].wait()
                entry[1].clear()
            return result
        finally:
            with self._lock:
                self._waiting.discard(entry)

    def turn(self) -> None:
        """Wake everyone who waits; may be called from any thread."""
        with self._lock:
            waiting = list(self._waiting)
        here = _running_loop()
        for loop, event in waiting:
            if loop is here:
                event.set()  # waking a loop from outside takes a system call
            elif not loop.is_closed():
                loop.call_soon_threadsafe(event.set)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
