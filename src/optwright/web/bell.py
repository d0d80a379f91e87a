"""Tells the event streams of a server, which run on its thread, that something is new."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock


class Bell:
    """Wakes whoever listens; `ring` may be called on any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that every ring sets, until the block ends; on a running event loop."""
        rung = asyncio.Event()
        with self._lock:
            self._listeners[rung] = asyncio.get_running_loop()
        try:
            yield rung
        finally:
            with self._lock:
                del self._listeners[rung]

    def ring(self) -> None:
        with self._lock:
            listeners = list(self._listeners.items())
        for rung, loop in listeners:
            with suppress(RuntimeError):  # its loop has ended, and with it the listener
                loop.call_soon_threadsafe(rung.set)
