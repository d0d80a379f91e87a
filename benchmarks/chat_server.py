"""A loopback HTTP server that speaks the chat completions of OpenAI: as much of it as clients need.

One function answers every request. It is for processes of this machine that we started; it knows
nothing of keys, and it does not stream.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

HEADER_END = b"\r\n\r\n"
MOST_BYTES = 8 * 1024 * 1024  # of a request

Answer = Callable[[dict[str, Any]], Awaitable[tuple[int, dict[str, Any]]]]
"""From the JSON of a request to a status and the JSON of the response."""


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """Serve on a free port until the block ends; yields the base URL."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        task.add_done_callback(talks.discard)
        await _converse(reader, writer, answer)

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=MOST_BYTES)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def completion(
    text: str, model: str, prompt_tokens: int, completion_tokens: int, finish: str = "stop"
) -> dict[str, Any]:
    """The JSON of a reply."""
    message = {"role": "assistant", "content": text}
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
        "usage": {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        },
    }


def refusal(message: str, kind: str) -> dict[str, Any]:
    """The JSON of an error."""
    return {"error": {"message": message, "type": kind, "code": None, "param": None}}


async def _converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer
) -> None:
    """Answer one request after another; a connection stays as long as its client likes."""
    try:
        while (asked := await _request(reader)) is not None:
            status, body = await answer(asked)
            writer.write(_response(status, body))
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # the client is gone, or is none
    finally:
        writer.close()


async def _request(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The JSON of the next request; None when there is no more, or it is no request of ours."""
    try:
        head = (await reader.readuntil(HEADER_END)).decode("latin-1").lower()
    except asyncio.IncompleteReadError:
        return None
    lengths = [line for line in head.splitlines() if line.startswith("content-length:")]
    length = lengths[0].partition(":")[2].strip() if lengths else ""
    if not length.isdigit() or int(length) > MOST_BYTES:
        return None
    try:
        body = json.loads(await reader.readexactly(int(length)))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _response(status: int, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode("ascii")
    head = (
        f"HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n"
        f"content-length: {len(content)}"
    )
    return head.encode("ascii") + HEADER_END + content
