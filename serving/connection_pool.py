"""Connections for many calls at once: each call has a lane with a connection of its own.

The usual pool looks at every idle connection, with a system call each, whenever a request begins or
ends. That is quadratic: with 32 calls at a time it took 3 ms of a core for each call, more than all
the rest.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from typing import cast

import httpx


class Lanes(httpx.AsyncBaseTransport):
    """As many single connections as there are calls at a time, each used again and again.

    `unix_socket` is the path of a socket to connect to instead of the host.
    """

    def __init__(self, *, tls: bool, unix_socket: str | None = None) -> None:
        # Certificates are loaded once for all lanes: it takes 40 ms.
        self._tls: ssl.SSLContext | bool = httpx.create_ssl_context() if tls else False
        self._unix_socket = unix_socket
        self._free: list[httpx.AsyncHTTPTransport] = []
        self._all: list[httpx.AsyncHTTPTransport] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        lane = self._free.pop() if self._free else self._new()
        try:
            response = await lane.handle_async_request(request)
        except BaseException:
            self._free.append(lane)  # it drops a connection that broke by itself
            raise
        body = cast(httpx.AsyncByteStream, response.stream)
        response.stream = _Body(body, lambda: self._free.append(lane))
        return response

    async def aclose(self) -> None:
        for lane in self._all:
            await lane.aclose()

    def _new(self) -> httpx.AsyncHTTPTransport:
        lane = httpx.AsyncHTTPTransport(verify=self._tls, uds=self._unix_socket)
        self._all.append(lane)
        return lane


class _Body(httpx.AsyncByteStream):
    """A response's body; `closed` is called once when it is over."""

    def __init__(self, body: httpx.AsyncByteStream, closed: Callable[[], None]) -> None:
        self._body = body
        self._closed: Callable[[], None] | None = closed

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._body:
            yield part

    async def aclose(self) -> None:
        closed, self._closed = self._closed, None
        try:
            await self._body.aclose()
        finally:
            if closed is not None:
                closed()
