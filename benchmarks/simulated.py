"""An endpoint that answers after a fixed time, for measuring what the harness itself costs.

    python -m optwright.benchmarks.simulated --latency 0.2 --log asked.jsonl

It speaks the chat completions of OpenAI on a loopback port, prints its address, and writes a line
for each request when it comes in and when its answer is on the way. The answer is the text that is
given, or a number that depends on the question alone.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

HEADER_END = b"\r\n\r\n"


def answer_to(question: str) -> str:
    """A number between 0 and 999 that depends on the question alone."""
    return str(int(sha256(question.encode()).hexdigest(), 16) % 1000)


@contextmanager
def endpoint(latency_s: float, log: Path | None = None, text: str = "") -> Iterator[str]:
    """Run the endpoint in a process of its own until the block ends; yields its base URL."""
    command = [sys.executable, "-m", __name__, "--latency", str(latency_s), "--text", text]
    process = subprocess.Popen(
        [*command, "--log", str(log)] if log else command, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Server:
    """One connection after another, each kept alive as clients like it."""

    def __init__(self, latency_s: float, log: IO[str] | None, text: str) -> None:
        self.latency_s = latency_s
        self.text = text
        self.log = log

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (body := await _request(reader)) is not None:
                question = body["messages"][-1]["content"]
                self._note("asked", question)
                await asyncio.sleep(self.latency_s)
                writer.write(_response(self.text or answer_to(question)))
                await writer.drain()
                self._note("answered", question)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client was killed
        finally:
            writer.close()

    def _note(self, what: str, question: str) -> None:
        if self.log is not None:
            line = {"what": what, "question": question, "at": time.time()}
            self.log.write(json.dumps(line) + "\n")
            self.log.flush()


async def _request(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    try:
        head = (await reader.readuntil(HEADER_END)).decode("latin-1").lower()
    except asyncio.IncompleteReadError:
        return None
    length = next(line for line in head.splitlines() if line.startswith("content-length:"))
    body = await reader.readexactly(int(length.partition(":")[2]))
    return dict(json.loads(body))


def _response(content: str) -> bytes:
    body = json.dumps(
        {
            "id": "c",
            "object": "chat.completion",
            "created": 1,
            "model": "simulated",
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": content},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 100, "completion_tokens": 1, "total_tokens": 101},
        }
    ).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    return head.encode() + HEADER_END + body


async def _main(latency_s: float, log: Path | None, text: str) -> None:
    with (log or Path("/dev/null")).open("a", encoding="utf-8") as lines:
        served = Server(latency_s, lines if log else None, text)
        server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        sys.stdout.write(f"http://127.0.0.1:{port}/v1\n")
        sys.stdout.flush()
        await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--text", default="")
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.latency, arguments.log, arguments.text))
