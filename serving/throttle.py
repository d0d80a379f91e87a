"""At most so many calls at once."""

from __future__ import annotations

from threading import Lock

from optwright.serving.chat import ChatModel, ChatReply, ChatRequest
from optwright.serving.cross_loop_condition import Turnstile


class Throttled:
    """A model that works on at most `concurrency` requests at a time; the others wait."""

    def __init__(self, model: ChatModel, concurrency: int) -> None:
        self.model = model
        self.concurrency = concurrency
        self._free = concurrency
        self._lock = Lock()
        self._released = Turnstile()

    @property
    def name(self) -> str:
        return self.model.name

    async def complete(self, request: ChatRequest) -> ChatReply:
        await self._released.until(self._take)
        try:
            return await self.model.complete(request)
        finally:
            self._give()

    async def aclose(self) -> None:
        await self.model.aclose()

    def _take(self) -> bool | None:
        with self._lock:
            if self._free == 0:
                return None
            self._free -= 1
            return True

    def _give(self) -> None:
        with self._lock:
            self._free += 1
        self._released.turn()
