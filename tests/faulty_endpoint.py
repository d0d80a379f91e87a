"""A loopback HTTP server that misbehaves on purpose, for tests of everything that calls one.

Each connection carries one request. A behaviour is a function that gets the request and writes
whatever bytes it likes; the server plays a list of them in order and then repeats the last.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

HEADER_END = b"\r\n\r\n"


@dataclass
class Exchange:
    """One request and the way back. `at` is `time.monotonic()` of its arrival."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    at: float
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Close with a TCP reset: data in flight is lost."""
        self.writer.transport.abort()


Behaviour = Callable[[Exchange], Awaitable[None]]


@dataclass
class Endpoint:
    """A running server: where it is and what it was asked."""

    url: str
    requests: list[Exchange] = field(default_factory=list)


@asynccontextmanager
async def endpoint(*behaviours: Behaviour) -> AsyncIterator[Endpoint]:
    """Serve on a free loopback port until the block ends."""
    running = Endpoint("")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            exchange = await _read(reader, writer)
            behaviour = behaviours[min(len(running.requests), len(behaviours) - 1)]
            running.requests.append(exchange)
            await behaviour(exchange)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    running.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield running
    finally:
        server.close()
        for _ in range(5):  # what was accepted a moment ago begins its task only now
            for task in list(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.sleep(0)


def completion(
    content: object = "fine", finish: object = "stop", **changes: object
) -> dict[str, Any]:
    """The JSON of a good completion; `changes` replace its top-level fields."""
    message = {"role": "assistant", "content": content}
    return {
        "id": "c-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
    } | changes


def head(status: int = 200, kind: str = "application/json", **headers: str) -> bytes:
    """Status line and headers; the connection closes after the body."""
    fields = {"content-type": kind, "connection": "close"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("ascii") + HEADER_END


def answers(
    body: object, status: int = 200, kind: str = "application/json", **headers: str
) -> Behaviour:
    """Answer at once with JSON, or with bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode("ascii")

    async def behave(exchange: Exchange) -> None:
        await exchange.send(head(status, kind, content_length=str(len(raw)), **headers) + raw)

    return behave


def refuses(status: int, message: str = "no", **headers: str) -> Behaviour:
    """Answer with an OpenAI-style error object."""
    return answers({"error": {"message": message, "type": "x"}}, status, **headers)


def drips(interval_s: float, body: object = None) -> Behaviour:
    """Send a good answer one byte at a time."""
    raw = json.dumps(completion() if body is None else body).encode("ascii")

    async def behave(exchange: Exchange) -> None:
        await exchange.send(head(content_length=str(len(raw))))
        for byte in raw:
            await exchange.send(bytes([byte]))
            await asyncio.sleep(interval_s)

    return behave


def floods(chunk: bytes, chunks: int, status: int = 200) -> Behaviour:
    """Send a body of `chunks` chunks without saying how long it will be."""

    async def behave(exchange: Exchange) -> None:
        await exchange.send(head(status))
        for _ in range(chunks):
            await exchange.send(chunk)

    return behave


def cut_after(count: int) -> Behaviour:
    """Promise a whole answer, send `count` bytes of its body and close."""
    raw = json.dumps(completion()).encode("ascii")

    async def behave(exchange: Exchange) -> None:
        await exchange.send(head(content_length=str(len(raw))) + raw[:count])

    return behave


async def hangs(exchange: Exchange) -> None:
    """Never answer."""
    await asyncio.sleep(3600)


async def leaves(exchange: Exchange) -> None:
    """Close without a word."""


async def resets(exchange: Exchange) -> None:
    """Reset the connection in the middle of the body."""
    await exchange.send(head(content_length="1000") + b'{"id"')
    exchange.reset()


async def talks_nonsense(exchange: Exchange) -> None:
    """Answer in no protocol at all."""
    await exchange.send(b"\x16\x03\x01\x00 hello, is this HTTP?\r\n\r\n")


@asynccontextmanager
async def no_tls() -> AsyncIterator[str]:
    """Something on a port that answers a TLS greeting with plain text; gives its https URL."""

    async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(shout, "127.0.0.1", 0)
    yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    server.close()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange:
    first, *lines = (await reader.readuntil(HEADER_END)).decode("latin-1").splitlines()
    at = time.monotonic()
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.lower(): value.strip() for name, _, value in pairs}
    raw = await reader.readexactly(int(headers.get("content-length", "0")))
    return Exchange(first.split(" ")[1], headers, json.loads(raw or b"{}"), at, writer)
