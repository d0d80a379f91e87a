"""HTTP for servers of ours that do not wait for ever: a connection that says nothing, or stops in
the middle of a request, is closed. Uvicorn by itself waits without end for the rest.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

QUIET_S = 20.0
"""Without a byte of what a client still has to send."""
WHOLE_S = 300.0
"""Until a request is there from its first byte on."""


class Impatient(H11Protocol):
    """A connection whose client has `QUIET_S` for the next byte of a request and `WHOLE_S` for all
    of it. While a request is answered nothing is asked of the client."""

    _closing: asyncio.TimerHandle | None = None
    _since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._await_more()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._await_more()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._since = None
        self._await_more()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _await_more(self) -> None:
        self._forget()
        if self.transport.is_closing():
            return
        is_answered = self.cycle is None or self.cycle.response_complete
        if not (is_answered or self.cycle.more_body):
            self._since = None
            return
        now = self.loop.time()
        self._since = now if self._since is None else self._since
        left_s = min(QUIET_S, self._since + WHOLE_S - now)
        self._closing = self.loop.call_later(max(0.0, left_s), self._give_up)

    def _give_up(self) -> None:
        if self.flow.read_paused:  # it is us who do not listen
            self._await_more()
        else:
            self.transport.abort()

    def _forget(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
