"""A system of one's own as a program: a JSON problem on standard input, JSON on standard output.

    {"id": ..., "question": ..., "files": [...], "seed": 0, "sample": 0}
    {"status": "optimal", "objective": 12.5}

The last line of its output that is a JSON object is its answer. It is killed with all it has
started when its time is up or its output does not end. It runs with the user's rights and
environment; its own calls to models are neither counted nor recorded, except those it makes to the
endpoint in OPENAI_BASE_URL, which is the model under test.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from optwright.benchmarks.functions import read_attempt
from optwright.benchmarks.system import Attempt, Kit, Stage
from optwright.benchmarks.task import Assignment
from optwright.errors import InputError

MOST_BYTES = 4 * 1024 * 1024  # of output; an answer has a few hundred


@dataclass(frozen=True)
class CommandSystem:
    """The program `arguments`, started once for each attempt, in the folder we were started in."""

    name: str
    arguments: tuple[str, ...]

    @classmethod
    def parse(cls, name: str) -> CommandSystem:
        """Read `command: PROGRAM ARGUMENTS`, quoted as in a shell; no shell is used."""
        try:
            arguments = tuple(shlex.split(name.removeprefix("command:")))
        except ValueError as error:
            raise InputError(f"system {name!r} cannot be read: {error}") from error
        if not arguments:
            raise InputError(f"system {name!r} names no program", hint="command: PROGRAM ARGUMENTS")
        return cls(name, arguments)

    async def solve(self, assignment: Assignment, kit: Kit) -> Attempt:
        kit.directory.mkdir(mode=0o700)
        try:
            process = await asyncio.create_subprocess_exec(
                *self.arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # so that everything it starts can be killed with it
            )
        except OSError as error:
            raise InputError(f"system {self.name!r} cannot be started: {error.strerror}") from error
        try:
            output, errors = await _converse(process, _problem(assignment, kit))
        finally:
            _kill(process.pid)
            await process.wait()
        return _answer(output, errors, process.returncode)


def _problem(assignment: Assignment, kit: Kit) -> bytes:
    problem = {
        "id": assignment.id,
        "dataset": assignment.dataset,
        "question": assignment.question,
        "files": [str(file.resolve()) for file in assignment.files],
        "seed": kit.seed,
        "sample": kit.sample,
        "directory": str(kit.directory.resolve()),
        "options": dict(kit.options),
    }
    return json.dumps(problem).encode() + b"\n"


async def _converse(process: asyncio.subprocess.Process, problem: bytes) -> tuple[bytes, bytes]:
    """Hand over the problem; return what was printed on standard output and standard error."""
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None

    async def hand_over(stdin: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # a program may answer without reading
            stdin.write(problem)
            await stdin.drain()
        stdin.close()

    output, errors, _ = await asyncio.gather(
        _read(process.stdout), _read(process.stderr), hand_over(process.stdin)
    )
    return output, errors


async def _read(stream: asyncio.StreamReader) -> bytes:
    """What the stream holds, up to a little more than `MOST_BYTES`."""
    read = bytearray()
    while len(read) <= MOST_BYTES and (chunk := await stream.read(65536)):
        read += chunk
    return bytes(read)


def _kill(pid: int) -> None:
    """Kill the program and everything in its session."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _answer(output: bytes, errors: bytes, status: int | None) -> Attempt:
    if len(output) > MOST_BYTES:
        why = f"it printed more than {MOST_BYTES // 1024**2} MiB"
        return Attempt(failed_at=Stage.CODE, why=why)
    text = output.decode("utf-8", errors="replace")
    for line in reversed(text.splitlines()):
        if (found := _object(line)) is not None:
            return read_attempt(found)
    if (found := _object(text)) is not None:
        return read_attempt(found)
    said = (text.strip() or errors.decode("utf-8", errors="replace").strip()).splitlines()
    last = f": {said[-1][:120]!r}" if said else ""
    ended = "" if status in (0, -signal.SIGKILL) else f" and ended with exit status {status}"
    return Attempt(failed_at=Stage.CODE, why=f"it printed no JSON object{ended}{last}")


def _object(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
