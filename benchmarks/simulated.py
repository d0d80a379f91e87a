"""An endpoint that answers after a fixed time, for measuring what the harness itself costs.

    python -m optwright.benchmarks.simulated --latency 0.2 --log asked.jsonl

It speaks the chat completions of OpenAI on a loopback port, prints its address, serves until its
standard input ends, and writes a line for each request when it comes in and when its answer is on
the way. The answer is the text that is
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

from optwright.benchmarks.chat_server import completion, serving


def answer_to(question: str) -> str:
    """A number between 0 and 999 that depends on the question alone."""
    return str(int(sha256(question.encode()).hexdigest(), 16) % 1000)


@contextmanager
def endpoint(latency_s: float, log: Path | None = None, text: str = "") -> Iterator[str]:
    """Run the endpoint in a process of its own until the block ends; yields its base URL."""
    command = [sys.executable, "-m", __name__, "--latency", str(latency_s), "--text", text]
    process = subprocess.Popen(
        [*command, "--log", str(log)] if log else command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
            process.wait()


class Endpoint:
    """Answers after a while, and notes when it was asked and when it answered."""

    def __init__(self, latency_s: float, log: IO[str] | None, text: str) -> None:
        self.latency_s = latency_s
        self.text = text
        self.log = log

    async def answer(self, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        question = request["messages"][-1]["content"]
        self._note("asked", question)
        await asyncio.sleep(self.latency_s)
        self._note("answered", question)
        return 200, completion(self.text or answer_to(question), "simulated", 100, 1)

    def _note(self, what: str, question: str) -> None:
        if self.log is not None:
            line = {"what": what, "question": question, "at": time.time()}
            self.log.write(json.dumps(line) + "\n")
            self.log.flush()


async def _main(latency_s: float, log: Path | None, text: str) -> None:
    with (log or Path("/dev/null")).open("a", encoding="utf-8") as lines:
        simulated = Endpoint(latency_s, lines if log else None, text)
        async with serving(simulated.answer) as url:
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()
            # Until standard input ends: whoever started this is gone then, however it went.
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--text", default="")
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.latency, arguments.log, arguments.text))
