"""Evaluating programs: one confined process for each, called as often as the evaluation likes.

The harness - whatever calls a program and scores what it does - stays on our side and is never in
the program's process, so a program can hand out wrong data and nothing else. What it hands out is
data (`payload`), its errors are words, and how it ended is said by the keeper that watched it.
"""

from __future__ import annotations

import os
import queue
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

from optwright import platforms
from optwright.errors import InputError, SandboxUnavailable
from optwright.solvers.sandbox import keeper, wire
from optwright.solvers.sandbox.box import GRACE_S, level_named, start
from optwright.solvers.sandbox.contract import ErrorKind, Level, Limits, RunError
from optwright.solvers.sandbox.forkserver import START_S, ForkServer
from optwright.solvers.sandbox.payload import PayloadError, pack, read_message, unpack
from optwright.solvers.sandbox.process import SLOTS
from optwright.solvers.sandbox.reports import end_of
from optwright.solvers.sandbox.supervisor import CHUNK, Streams

NOTHING_PRELOADED = ("json",)
"""Preloaded where no module is wanted: the harness needs none of those that models are built
with, which make every fork dearer."""


@dataclass(frozen=True, slots=True)
class ProgramReport:
    """What one evaluation of a program ended in. `stdout` and `stderr` are the program's word;
    `error` is what ended it or the first fault of a call, None where all went well; `seconds` is
    its wall time from the fork to its end; `calls` counts the calls of its functions."""

    stdout: str = ""
    stderr: str = ""
    error: RunError | None = None
    seconds: float = 0.0
    calls: int = 0


class ProgramFault(InputError):
    """A program under evaluation did not do what it was called for; `error` says why.

    `ErrorKind.LOST` is the sandbox's fault and says nothing about the program.
    """

    def __init__(self, error: RunError) -> None:
        super().__init__(str(error))
        self.error = error


class Harness:
    """A fork server with `jobs` keepers at most (default: one for each CPU), for programs of
    Python source. Use it as a context manager; its methods may be called from several threads.

    >>> with Harness("process") as harness, harness.program("def f(x): return x + 1") as program:
    ...     program.f(41)
    42

    `preload` are the modules that programs find imported. Entering raises `SandboxUnavailable`,
    naming the missing layer, where `level` is not to be had.
    """

    def __init__(
        self,
        level: Level | str = Level.AUTO,
        *,
        jobs: int | None = None,
        preload: Sequence[str] = ("numpy",),
    ) -> None:
        self.wanted, self.preload = level_named(level), tuple(preload) or NOTHING_PRELOADED
        count = jobs or os.cpu_count() or 1
        if not 1 <= count <= SLOTS:
            raise InputError(f"jobs={jobs!r} is not between 1 and {SLOTS}")
        self._slots: queue.SimpleQueue[_Slot] = queue.SimpleQueue()
        self._all = [_Slot(number) for number in range(count)]
        for slot in self._all:
            self._slots.put(slot)
        self._lock = threading.Lock()
        self._server: ForkServer | None = None
        self._open = False

    def __enter__(self) -> Self:
        platforms.demand_linux_for_generated_code()
        self._open = True
        try:
            self._running()
        except BaseException:
            self._open = False
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._open = False
            for slot in self._all:
                slot.drop()
            if self._server is not None:
                self._server.close()
                self._server = None

    @property
    def level(self) -> Level:
        """The level that programs really have."""
        return self._running().level

    @contextmanager
    def program(self, source: str, limits: Limits | None = None) -> Iterator[RunningProgram]:
        """Run `source` as a main program and leave it there to be called; it ends with the block,
        and `limits.wall_s` after it began at the latest.

        A source that does not run to its end is a `ProgramFault`. `report` is complete once the
        block has been left, whichever way.
        """
        limits = limits or Limits()
        slot = self._slots.get()
        try:
            running = self._begun(slot, source, limits)
            try:
                running.load()
                yield running
            finally:
                running.finish()
        finally:
            self._slots.put(slot)

    def _begun(self, slot: _Slot, source: str, limits: Limits) -> RunningProgram:
        """The program, in a keeper that is new where the last one has died."""
        for _ in range(2):
            try:
                connection = slot.connection or self._connect(slot)
                return RunningProgram(slot, connection, source, limits)
            except (OSError, EOFError):
                slot.drop()
        raise SandboxUnavailable("the sandbox's process died twice before a program began")

    def _connect(self, slot: _Slot) -> socket.socket:
        for attempt in range(2):
            server = self._running()
            try:
                slot.connection = server.connect(slot.number)
                keeper.open_keeper(slot.connection, START_S)
                return slot.connection
            except (OSError, EOFError) as error:
                slot.drop()
                with self._lock:
                    if self._server is server:
                        said = server.said()
                        server.close()
                        self._server = None
                if attempt:
                    raise SandboxUnavailable(f"the sandbox does not start: {said!r}") from error
        raise AssertionError("not reached")

    def _running(self) -> ForkServer:
        with self._lock:
            if not self._open:
                raise InputError(
                    "the harness is closed", hint="use it as `with Harness() as harness:`"
                )
            if self._server is None:
                self._server = start(self.wanted, self.preload)
            return self._server


@dataclass(slots=True)
class _Slot:
    """A place for one keeper."""

    number: int
    connection: socket.socket | None = None

    def drop(self) -> None:
        """End its keeper, and what runs in it."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class RunningProgram:
    """A program under evaluation: `program.name(...)` or `program.call("name", ...)` calls its
    function of that name. Arguments and results are JSON and arrays of numbers; a call that fails
    is a `ProgramFault`. Not for several threads at once."""

    def __init__(self, slot: _Slot, connection: socket.socket, source: str, limits: Limits) -> None:
        self._slot, self._connection, self._limits = slot, connection, limits
        self._source = source
        self._streams = Streams.under(limits)
        pipes = {name: os.pipe() for name in keeper.FILES}
        theirs = {name: ends[name != "requests"] for name, ends in pipes.items()}
        self._ours = {name: ends[name == "requests"] for name, ends in pipes.items()}
        self._poll = select.poll()
        self._listened = {self._ours[name]: name for name in _LISTENED}
        for fd in self._listened:
            self._poll.register(fd, select.POLLIN)
        self._deadline = time.monotonic() + limits.wall_s + GRACE_S
        self._calls = 0
        self._error: RunError | None = None
        self._ended: ProgramReport | None = None
        try:
            keeper.begin(connection, limits, list(theirs.values()))
        except BaseException:
            self._close(*keeper.FILES)
            raise
        finally:
            for fd in theirs.values():
                os.close(fd)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """What the program's function `name` returns for these arguments."""
        if self._ended is not None:
            raise ProgramFault(self._ended.error or _OVER)
        try:
            message = pack({"call": name, "args": args, "kwargs": kwargs})
        except PayloadError as error:
            raise InputError(f"{name} cannot be called with these arguments: {error}") from error
        self._calls += 1
        self._send(message)
        return self._answer()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return partial(self.call, name)

    @property
    def report(self) -> ProgramReport:
        """What is known so far; complete once the program has ended."""
        return self._ended or ProgramReport(error=self._error, calls=self._calls)

    def load(self) -> None:
        """Hand the source over and wait until it has run. Raises `ProgramFault`."""
        self._send(pack({"source": self._source}))
        self._answer()

    def finish(self) -> ProgramReport:
        """End the program and hear from its keeper what became of it."""
        if self._ended is None:
            self._end()
        assert self._ended is not None  # `_end` set it
        return self._ended

    def _send(self, message: bytes) -> None:
        view = memoryview(message)
        try:
            while view:
                view = view[os.write(self._ours["requests"], view) :]
        except OSError as error:
            raise self._broken() from error

    def _answer(self) -> Any:
        try:
            reply = unpack(read_message(self._read, self._limits.result_bytes))
        except EOFError as error:
            raise self._broken() from error
        except PayloadError as error:
            problem = RunError(ErrorKind.OUTPUT, f"its answer cannot be read: {error}")
            raise self._broken(problem) from error
        fault = wire.read_error(reply.get("error"))
        if fault is not None:
            self._error = self._error or fault
            raise ProgramFault(fault)
        return reply.get("value")

    def _read(self, size: int) -> bytes:
        """Some bytes of the reply, none at its end; what is printed meanwhile is kept."""
        replies = self._ours["replies"]
        while ready := self._poll.poll(max(0.0, self._deadline - time.monotonic()) * 1000):
            readable = [fd for fd, _ in ready]
            for fd in readable:
                if fd != replies:
                    self._hear(fd)
            if self._streams.flooded():
                return b""
            if replies in readable:
                return os.read(replies, size)
        return b""  # neither it nor its keeper has kept the time

    def _hear(self, fd: int) -> None:
        """Take in what is there to read, and stop listening at its end."""
        chunk, name = os.read(fd, CHUNK), self._listened[fd]
        if not chunk:
            self._poll.unregister(fd)
            del self._listened[fd]
        elif name in _STREAMS:
            self._streams.add(name, chunk)

    def _hear_out(self, seconds: float) -> None:
        """Listen until everything is closed or too much was said, or for so long."""
        until = time.monotonic() + seconds
        while self._listened and not self._streams.flooded():
            ready = self._poll.poll(max(0.0, until - time.monotonic()) * 1000)
            if not ready:
                return
            for fd, _ in ready:
                self._hear(fd)

    def _broken(self, problem: RunError | None = None) -> ProgramFault:
        """The program is not there any more, or may not be asked any more."""
        self._error = self._error or problem
        self._end(cut_off=True)
        assert self._ended is not None  # `_end` set it
        return ProgramFault(problem or self._ended.error or _OVER)

    def _end(self, *, cut_off: bool = False) -> None:
        self._close("requests")  # which tells it to leave
        self._hear_out(keeper.LEAVE_S)
        word = keeper.KILL if self._streams.flooded() else keeper.END
        try:
            how, status, seconds = keeper.end(self._connection, word, self._limits.wall_s + GRACE_S)
        except (OSError, EOFError):
            self._slot.drop()
            self._ended = ProgramReport(error=_LOST, calls=self._calls)
            self._close(*keeper.FILES)
            return
        self._hear_out(0.0)
        unguarded = self._why_unguarded()
        self._close(*keeper.FILES)
        if unguarded:
            self._slot.drop()
            raise SandboxUnavailable(f"a layer of the sandbox failed: {unguarded}")
        error = self._error or self._fault_at_end(how, status)
        if cut_off and error is None:
            error = RunError(ErrorKind.CRASH, "it ended before it had answered")
        self._ended = ProgramReport(
            stdout=self._streams.stdout.text().decode(errors="replace"),
            stderr=self._streams.stderr.text().decode(errors="replace"),
            error=error,
            seconds=seconds,
            calls=self._calls,
        )

    def _fault_at_end(self, how: bytes, status: int) -> RunError | None:
        if flooded := self._streams.flooded():
            return end_of({"end": "flood", "stream": flooded}, self._limits)
        if how == keeper.EXITED:
            return end_of({"end": "exit", "status": status}, self._limits)
        # Told to leave and too slow for it is no fault; gone before anybody told it is one.
        return None if how == keeper.TOLD else end_of({"end": "deadline"}, self._limits)

    def _why_unguarded(self) -> str:
        """What kept it from being guarded, said before its source was there."""
        ready = select.poll()
        ready.register(self._ours["ready"], select.POLLIN)
        if not ready.poll(0):
            return ""
        return os.read(self._ours["ready"], CHUNK).decode(errors="replace")

    def _close(self, *names: str) -> None:
        for name in names:
            if name in self._ours:
                os.close(self._ours.pop(name))


_STREAMS = ("stdout", "stderr")
_LISTENED = (*_STREAMS, "replies")
_LOST = RunError(ErrorKind.LOST, "the sandbox's own process died during the evaluation")
_OVER = RunError(ErrorKind.CRASH, "the program has ended")
