"""Lanes: a connection of its own for each call at a time, used again by the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from optwright.serving.connection_pool import Lanes

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


@dataclass
class Counter:
    """A server that counts connections; a request for /hang/ is never answered in full."""

    connections: int = 0
    url: str = ""
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open.add(writer)
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                if b"/hang/" in asked:
                    writer.write(OK[:-1])
                    await asyncio.sleep(3600)
                await asyncio.sleep(0.05)
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def counting() -> AsyncIterator[tuple[Counter, httpx.AsyncClient]]:
    counter = Counter()
    server = await asyncio.start_server(counter.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        async with httpx.AsyncClient(transport=Lanes(tls=False), base_url=url) as client:
            yield counter, client
    finally:
        server.close()
        for writer in counter.open:
            writer.close()


async def test_calls_one_after_another_share_a_connection() -> None:
    async with counting() as (counter, client):
        for _ in range(3):
            assert (await client.get("/")).text == "ok"
    assert counter.connections == 1


async def test_calls_at_once_have_one_each_and_use_them_again() -> None:
    async with counting() as (counter, client):
        for _ in range(3):
            replies = await asyncio.gather(*(client.get("/") for _ in range(5)))
            assert [reply.text for reply in replies] == ["ok"] * 5
    assert counter.connections == 5


async def test_a_lane_whose_call_was_given_up_serves_the_next() -> None:
    async with counting() as (counter, client):
        with pytest.raises(httpx.ReadTimeout):
            await client.get("/hang/", timeout=0.2)
        assert (await client.get("/")).text == "ok"
        assert (await client.get("/")).text == "ok"
    assert counter.connections == 2


async def test_nothing_that_answers_is_an_error_and_no_lane_is_lost() -> None:
    lanes = Lanes(tls=False)
    async with httpx.AsyncClient(transport=lanes) as client:
        for _ in range(2):
            with pytest.raises(httpx.ConnectError):
                await client.get("http://127.0.0.1:9/")
        assert len(lanes._all) == 1
