"""A fixed number of places that any thread and any event loop may queue for."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager


class Places:
    """Places numbered from 0, handed out in order of asking.

    Unlike `asyncio.Semaphore` it belongs to no event loop: a model outlives the loop of one call.
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
