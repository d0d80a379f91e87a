"""Waiting that belongs to no event loop: places to queue for, and work in a thread of its own.

A model outlives the loop of one call, and nobody should wait at exit for work that was given up.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import TypeVar

T = TypeVar("T")


class Places:
    """Places numbered from 0, handed out in order of asking.

    Any thread and any event loop may wait for one, unlike for an `asyncio.Semaphore`.
    """

    def __init__(self, count: int) -> None:
        self._free = list(reversed(range(count)))
        self._waiting: deque[Future[int]] = deque()
        self._lock = threading.Lock()

    @asynccontextmanager
    async def one(self) -> AsyncIterator[int]:
        """Hold one place, waiting for it where all are taken."""
        place = await self._take()
        try:
            yield place
        finally:
            self._give(place)

    async def _take(self) -> int:
        with self._lock:
            if self._free:
                return self._free.pop()
            ticket: Future[int] = Future()
            self._waiting.append(ticket)
        try:
            return await asyncio.wrap_future(ticket)
        except asyncio.CancelledError:
            # The place may have been handed over in the moment we stopped waiting for it.
            if ticket.done() and not ticket.cancelled():
                self._give(ticket.result())
            raise

    def _give(self, place: int) -> None:
        with self._lock:
            while self._waiting:
                ticket = self._waiting.popleft()
                if ticket.set_running_or_notify_cancel():
                    ticket.set_result(place)
                    return
            self._free.append(place)


async def beside(work: Callable[[], T]) -> T:
    """Run `work` in a thread that exit does not wait for, as it does for `asyncio.to_thread`'s."""
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return await asyncio.wrap_future(outcome)
