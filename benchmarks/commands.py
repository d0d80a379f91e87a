"""A system of one's own as a program: a JSON problem on standard input, JSON on standard output.

    {"id": ..., "question": ..., "files": [...], "seed": 0, "sample": 0}
    {"status": "optimal", "objective": 12.5}

The last line of its output that is a JSON object is its answer, unless it ends with an exit status
other than 0. It is killed with all it has started when its time is up or its output does not end;
only what it put into a session of its own gets away.

OPENAI_BASE_URL and OPENAI_API_KEY of its environment lead to the model under test: what it asks
there, by whatever model's name, is recorded, counted and bound to the budget like the calls of any
system. It runs with the user's rights, and its calls to anything else are its own affair.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from optwright.benchmarks.chat_server import serving
from optwright.benchmarks.functions import read_attempt
from optwright.benchmarks.gateway import Gateway
from optwright.benchmarks.system import Attempt, Kit, Stage
from optwright.benchmarks.task import Assignment
from optwright.errors import InputError

MOST_BYTES = 4 * 1024 * 1024  # of output; an answer has a few hundred
_LAST_BYTES = 64 * 1024  # of what it logs on standard error, which may be any amount
_MOST_SHOWN = 120  # characters of a line in a sentence
_LINGER_S = 1.0  # for output of a program that has ended but left its pipes to somebody


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
        if shutil.which(arguments[0]) is None:
            raise InputError(
                f"system {name!r} cannot be started: there is no program {arguments[0]!r}",
                hint="name a file that may be executed, or write 'command: python FILE'",
            )
        return cls(name, arguments)

    async def solve(self, assignment: Assignment, kit: Kit) -> Attempt:
        kit.directory.mkdir(mode=0o700)
        async with serving(Gateway(kit).answer) as url:
            return await self._run(_problem(assignment, kit), url)

    async def _run(self, problem: bytes, url: str) -> Attempt:
        loop = asyncio.get_running_loop()
        environment = {**os.environ, "OPENAI_BASE_URL": url, "OPENAI_API_KEY": "none"}
        try:
            # In a session of its own, so that everything it starts can be killed with it.
            transport, talk = await loop.subprocess_exec(
                _Talk, *self.arguments, start_new_session=True, env=environment
            )
        except OSError as error:
            raise InputError(f"system {self.name!r} cannot be started: {error.strerror}") from error
        try:
            talk.say(problem)
            await talk.over.wait()
        finally:
            talk.kill()
            await talk.exited.wait()
            transport.close()
        return _answer(talk.output, talk.errors, transport.get_returncode())


class _Talk(asyncio.SubprocessProtocol):
    """A conversation with a program. It is over when the program has ended and its pipes with it,
    when pipes outlive it by `_LINGER_S`, or when it has said too much."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.exited = asyncio.Event()
        self.output = bytearray()
        self.errors = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def say(self, problem: bytes) -> None:
        """Hand over the problem; a program may answer without reading it."""
        stdin = self._transport.get_pipe_transport(0)
        assert isinstance(stdin, asyncio.WriteTransport)
        stdin.write(problem)
        stdin.close()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self.errors += data
            del self.errors[:-_LAST_BYTES]
            return
        self.output += data
        if len(self.output) > MOST_BYTES:
            self.over.set()

    def process_exited(self) -> None:
        self.kill()
        self.exited.set()
        asyncio.get_running_loop().call_later(_LINGER_S, self.over.set)

    def connection_lost(self, _: Exception | None) -> None:
        self.over.set()

    def kill(self) -> None:
        """Kill the program and everything in its session."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._transport.get_pid(), signal.SIGKILL)


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


def _answer(output: bytearray, errors: bytearray, status: int | None) -> Attempt:
    if len(output) > MOST_BYTES:
        why = f"it printed more than {MOST_BYTES // 1024**2} MiB"
        return Attempt(failed_at=Stage.CODE, why=why)
    text, logged = (said.decode("utf-8", errors="replace") for said in (output, errors))
    if status:  # not ours: a kill for time raises, one for endless output is told above
        return Attempt(failed_at=Stage.CODE, why=_ended(status, text, logged))
    for line in reversed(text.splitlines()):
        if (found := _object(line)) is not None:
            return read_attempt(found)
    if (found := _object(text)) is not None:
        return read_attempt(found)
    last = _last_line(text) or _last_line(logged)
    why = "it printed no JSON object" + (f": {last!r}" if last else "")
    return Attempt(failed_at=Stage.CODE, why=why)


def _ended(status: int, text: str, logged: str) -> str:
    """How a program failed, and the last it said, which often is the cause."""
    how = f"ended with exit status {status}" if status > 0 else f"was ended by signal {-status}"
    last = (("printed", _last_line(text)), ("logged", _last_line(logged)))
    return "; ".join([f"it {how}", *(f"it {did} last: {line!r}" for did, line in last if line)])


def _last_line(text: str) -> str:
    """The last line, cut for a sentence; empty where there is none."""
    return next(iter(reversed(text.strip().splitlines())), "")[:_MOST_SHOWN]


def _object(text: str) -> dict[str, Any] | None:
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
