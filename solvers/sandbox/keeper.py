"""A process that is already confined and forks a program for each evaluation it is told of.

What takes time is done once: files, identity and system calls are restricted before the first
program is there, so an evaluation costs a fork, its limits and a short filter. A program finds
nothing that an earlier one left: it can write nowhere and reach no process, and its memory is a
copy of the keeper's, which never runs anybody's code.

Below the level of strict none of that is there, and a program may end its keeper. Our end then
starts another.
"""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NoReturn

from optwright.solvers.sandbox import guest, libc, wire
from optwright.solvers.sandbox.contract import Json, Level, Limits
from optwright.solvers.sandbox.guard import Guard
from optwright.solvers.sandbox.supervisor import CHUNK, Streams, children_wake, sweep

BEGIN, END = b"B", b"E"
"""On the keeper's socket: an evaluation begins (two pipes come along), or it is over."""
LEAVE_S = 0.25
"""How long a program may take to leave when nobody asks it any more."""
HIGH = 40  # file numbers that are in nobody's way


def supervise(client: socket.socket, slot: int, guard: Guard) -> None:
    """Fork a keeper that serves `client`, and stay until it is gone."""
    supervisor = os.getpid()
    if libc.LINUX:
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    guard.before_fork()
    pid = os.fork()
    if pid == 0:
        _keep(client, slot, guard, supervisor)
    client.close()
    os.waitpid(pid, 0)
    if libc.LINUX:
        sweep()


def _keep(client: socket.socket, slot: int, guard: Guard, supervisor: int) -> NoReturn:
    status = 1
    try:
        guard.enter_keeper(slot, supervisor)
        client.settimeout(None)
        wire.send(client, {"ready": True}, {})
        gc.collect()
        gc.freeze()
        gc.disable()  # a collection would write to pages that are shared with programs
        with contextlib.suppress(EOFError, ConnectionError):
            while _evaluation(client, slot, guard):
                pass
        status = 0
    except BaseException:  # noqa: BLE001  # a fork must never return into its parent's code
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def _evaluation(client: socket.socket, slot: int, guard: Guard) -> bool:
    """Serve one evaluation; whether there may be more."""
    word, pipes, _, _ = socket.recv_fds(client, 1, 2)
    if word == END:  # of an evaluation that had ended by itself
        return True
    if word != BEGIN:
        return False
    head, blobs = wire.receive(client)
    limits = Limits(**head["limits"])
    watch = _Watch(client, limits)
    answer = watch.run(blobs["source"].decode(), pipes, slot, guard)
    streams = watch.streams
    texts = {"stdout": streams.stdout.text(), "stderr": streams.stderr.text()}
    wire.send(client, answer, texts)
    return not watch.abandoned


@dataclass
class _Watch:
    """One program, from its fork until it is gone."""

    client: socket.socket
    limits: Limits
    streams: Streams = field(init=False)
    abandoned: bool = False
    pid: int = 0
    status: int | None = None
    told: bool = False
    """Whether our end has said that the evaluation is over."""

    def __post_init__(self) -> None:
        self.streams = Streams.under(self.limits)
        self.began = time.monotonic()
        self.deadline = self.began + self.limits.wall_s

    def run(self, source: str, pipes: list[int], slot: int, guard: Guard) -> dict[str, Json]:
        wake = children_wake()
        streams = {name: os.pipe() for name in ("stdout", "stderr", "ready")}
        keeper = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            ends = [write for _, write in streams.values()]
            confine = partial(guard.apply_to_child, slot, self.limits, keeper)
            _become_program(ends, pipes, confine)
            guest.answer(source)
        for fd in (*(write for _, write in streams.values()), *pipes):
            os.close(fd)
        reads = {name: read for name, (read, _) in streams.items()}
        try:
            end = self._follow(reads, wake)
        finally:
            self._end(guard.level)
            for fd in (*reads.values(), wake[0], wake[1]):
                os.close(fd)
        return {**end, "seconds": time.monotonic() - self.began}

    def _follow(self, reads: dict[str, int], wake: tuple[int, int]) -> dict[str, Json]:
        with selectors.DefaultSelector() as selector:
            for name, fd in reads.items():
                os.set_blocking(fd, False)
                selector.register(fd, selectors.EVENT_READ, name)
            selector.register(wake[0], selectors.EVENT_READ, "child")
            selector.register(self.client, selectors.EVENT_READ, "client")
            end = self._select(selector)
        self._drain_rest(reads)
        return end

    def _select(self, selector: selectors.BaseSelector) -> dict[str, Json]:
        guarded = b""
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0:
                return {"end": "told" if self.told else "deadline"}
            for key, _ in selector.select(left):
                if key.data == "client":
                    if self._is_over():
                        return {"end": "abandoned"}
                elif key.data == "child":
                    os.read(key.fd, CHUNK)
                elif not (chunk := os.read(key.fd, CHUNK)):
                    selector.unregister(key.fd)
                elif key.data == "ready":
                    guarded += chunk
                else:
                    self.streams.add(key.data, chunk)
            if flooded := self.streams.flooded():
                return {"end": "flood", "stream": flooded}
            if self._reaped():
                if guarded.startswith(b"!"):
                    return {"end": "unguarded", "why": guarded[1:].decode(errors="replace")}
                return {"end": "exit", "status": self.status}

    def _is_over(self) -> bool:
        """Hear from our end: the evaluation is over, or nobody waits for it any more."""
        if self.client.recv(1) == END:
            self.told = True
            self.deadline = min(self.deadline, time.monotonic() + LEAVE_S)
            return False
        self.abandoned = True
        return True

    def _drain_rest(self, reads: dict[str, int]) -> None:
        for name in ("stdout", "stderr"):
            with contextlib.suppress(BlockingIOError):
                while not self.streams.flooded() and (chunk := os.read(reads[name], CHUNK)):
                    self.streams.add(name, chunk)

    def _reaped(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def _end(self, level: Level) -> None:
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        if level is Level.PROCESS and libc.LINUX:
            sweep()  # from strict on a program cannot make processes


def _become_program(ends: list[int], pipes: list[int], confine: Callable[[], None]) -> None:
    """Give up every file but the five a program has, and what rights are left; end this process
    if that fails."""
    ready = ends[2]
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        ready = _only_files(ends, pipes)
        confine()
        os.close(ready)
        # It is ours, not yet theirs.
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    except BaseException as error:  # noqa: BLE001  # nothing may go on unguarded
        os.write(ready, f"!{type(error).__name__}: {error}".encode())
        os._exit(1)


def _only_files(ends: list[int], pipes: list[int]) -> int:
    """Leave open /dev/null as 0, the streams as 1 and 2, requests and replies as 3 and 4, and the
    ready pipe as 5; return the last."""
    null = os.open(os.devnull, os.O_RDONLY)
    wanted = [null, ends[0], ends[1], *pipes, ends[2]]
    high = [os.dup2(fd, HIGH + place) for place, fd in enumerate(wanted)]
    for place, fd in enumerate(high):
        os.dup2(fd, place)
    os.closerange(6, os.sysconf("SC_OPEN_MAX"))
    return 5


def open_keeper(connection: socket.socket, timeout_s: float) -> None:
    """Ask, on a socket that was handed to the zygote, for a keeper, and wait until it is there.
    Raises `OSError` and `EOFError`."""
    connection.settimeout(timeout_s)
    connection.sendall(wire.KEEP)
    wire.receive(connection)


def begin(connection: socket.socket, source: str, limits: dict[str, Any], fds: list[int]) -> None:
    """Hand an evaluation to a keeper."""
    socket.send_fds(connection, [BEGIN], fds)
    wire.send(connection, {"limits": limits}, {"source": source.encode()})
