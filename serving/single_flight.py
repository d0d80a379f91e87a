"""Single flight: while one caller works on a key, others that ask for it wait for that result."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class _LeaderGoneError(Exception):
    """The caller that worked was cancelled; one of the waiting callers takes over."""


class SingleFlight(Generic[T]):
    """Joins concurrent work on equal keys, over threads and event loops of one process."""

    def __init__(self) -> None:
        self._flights: dict[str, Future[T]] = {}
        self._lock = Lock()

    async def do(self, key: str, work: Callable[[], Awaitable[T]]) -> tuple[T, bool]:
        """Return the result of `work` and whether this caller did it; its error is everyone's."""
        while True:
            flight, leads = self._join(key)
            if leads:
                return await self._lead(key, flight, work), True
            try:
                return await asyncio.wrap_future(flight), False
            except _LeaderGoneError:
                continue

    def _join(self, key: str) -> tuple[Future[T], bool]:
        with self._lock:
            if (flight := self._flights.get(key)) is not None:
                return flight, False
            flight = self._flights[key] = Future()
            # A running future cannot be cancelled: one impatient caller must not stop the rest.
            flight.set_running_or_notify_cancel()
            return flight, True

    async def _lead(self, key: str, flight: Future[T], work: Callable[[], Awaitable[T]]) -> T:
        try:
            result = await work()
        except Exception as error:
            self._land(key)
            flight.set_exception(error)
            raise
        except BaseException:
            self._land(key)
            flight.set_exception(_LeaderGoneError())
            raise
        self._land(key)
        flight.set_result(result)
        return result

    def _land(self, key: str) -> None:
        with self._lock:
            del self._flights[key]
