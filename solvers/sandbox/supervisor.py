"""One job's keeper: forks the candidate, reads what it writes, and ends all of it in time.

It is a fork of the zygote and runs no candidate code. Whatever ends the job - its own exit, the
deadline, a flood, the caller going away - every process that came of it is killed before the
answer is sent.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from optwright.solvers.sandbox import libc, wire
from optwright.solvers.sandbox.contract import FLOOD, Json, Limits
from optwright.solvers.sandbox.guard import Guard

REQUEST_S = 30.0  # a caller that sends half a job must not keep a process for ever
CHUNK = 1 << 16


@dataclass
class Clipped:
    """A stream's beginning and its end, `keep` bytes together, and how much there was."""

    keep: int
    head: bytearray = field(default_factory=bytearray)
    tail: bytearray = field(default_factory=bytearray)
    total: int = 0

    def add(self, chunk: bytes) -> None:
        self.total += len(chunk)
        room = self.keep - self.keep // 2 - len(self.head)
        self.head += chunk[:room]
        self.tail += chunk[room:]
        del self.tail[: -(self.keep // 2) or None]

    def text(self) -> bytes:
        lost = self.total - len(self.head) - len(self.tail)
        gap = f"\n[... {lost} bytes ...]\n".encode() if lost else b""
        return bytes(self.head) + gap + bytes(self.tail)


@dataclass
class Streams:
    """The three pipes a candidate may write to, and what has come out of them."""

    limits: Limits
    stdout: Clipped
    stderr: Clipped
    result: bytearray = field(default_factory=bytearray)

    @classmethod
    def under(cls, limits: Limits) -> Streams:
        return cls(limits, Clipped(limits.stdout_bytes), Clipped(limits.stdout_bytes))

    def add(self, name: str, chunk: bytes) -> None:
        if name == "result":
            self.result += chunk
        else:
            getattr(self, name).add(chunk)

    def flooded(self) -> str | None:
        """The name of a stream that has more than it may, or None."""
        if len(self.result) > self.limits.result_bytes:
            return "result"
        most = self.limits.stdout_bytes * FLOOD
        return next((n for n in ("stdout", "stderr") if getattr(self, n).total > most), None)


def supervise(client: socket.socket, slot: int, guard: Guard) -> None:
    """Take one job from `client`, run it, answer, return. Raises what a broken socket raises."""
    head, blobs = wire.receive(client)
    limits = Limits(**head.pop("limits"))
    started = time.monotonic()
    watch = _Watch(client, Streams.under(limits), started + limits.wall_s)
    answer = watch.run(head, blobs["data"], slot, guard)
    answer["seconds"] = time.monotonic() - started
    streams = watch.streams
    texts = {"stdout": streams.stdout.text(), "stderr": streams.stderr.text()}
    result = bytes(streams.result) if answer["end"] == "exit" else b""
    wire.send(client, answer, {**texts, "result": result})


class _Watch:
    """Runs one candidate and waits for whichever end comes first."""

    def __init__(self, client: socket.socket, streams: Streams, deadline: float) -> None:
        self.client, self.streams, self.deadline = client, streams, deadline
        self.pid = 0
        self.status: int | None = None

    def run(self, job: dict[str, Any], data: bytes, slot: int, guard: Guard) -> dict[str, Json]:
        children, _ = children_wake()
        guard.before_fork()
        pipes = {name: os.pipe() for name in ("stdout", "stderr", "result", "ready")}
        self.pid = os.fork()
        if self.pid == 0:
            ends = {name: write for name, (_, write) in pipes.items()}
            _become_guarded(ends, self.streams.limits, slot, guard)
            from optwright.solvers.sandbox import runner  # imported by the zygote

            runner.run(job, data)
        for _, write in pipes.values():
            os.close(write)
        try:
            reads = {name: read for name, (read, _) in pipes.items()}
            return self._follow(reads, children)
        finally:
            self._end()

    def _follow(self, reads: dict[str, int], children: int) -> dict[str, Json]:
        """Read until the candidate is gone or has to go; say which."""
        trouble = self._until_ready(reads.pop("ready"))
        if trouble:
            return {"end": "unguarded", "why": trouble}
        with selectors.DefaultSelector() as selector:
            for name, fd in reads.items():
                os.set_blocking(fd, False)
                selector.register(fd, selectors.EVENT_READ, name)
            selector.register(children, selectors.EVENT_READ, "child")
            selector.register(self.client, selectors.EVENT_READ, "client")
            end = self._select(selector)
        if end["end"] == "exit":
            for name, fd in reads.items():
                self._drain(name, fd)
            flooded = self.streams.flooded()
            return {"end": "flood", "stream": flooded} if flooded else end
        return end

    def _select(self, selector: selectors.BaseSelector) -> dict[str, Json]:
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0:
                return {"end": "deadline"}
            for key, _ in selector.select(left):
                if key.data == "client":
                    return {"end": "abandoned"}
                if key.data == "child":
                    os.read(key.fd, CHUNK)
                elif not self._drain(key.data, key.fd, once=True):
                    selector.unregister(key.fd)
            if flooded := self.streams.flooded():
                return {"end": "flood", "stream": flooded}
            if self._reaped():
                return {"end": "exit", "status": self.status}

    def _until_ready(self, fd: int) -> str:
        """Why the candidate could not be guarded, or nothing once it is. It closes `fd` before
        it looks at the source, so this much is not the candidate's word."""
        said = b""
        while chunk := os.read(fd, CHUNK):
            said += chunk
        os.close(fd)
        return "" if said == b"guarded" else said.decode(errors="replace") or "it died before"

    def _drain(self, name: str, fd: int, *, once: bool = False) -> bool:
        """Read what is there; whether more may come."""
        while not self.streams.flooded():
            try:
                chunk = os.read(fd, CHUNK)
            except BlockingIOError:
                return True
            if not chunk:
                return False
            self.streams.add(name, chunk)
            if once:
                break
        return True

    def _reaped(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = os.waitstatus_to_exitcode(status) if pid else None
        return self.status is not None

    def _end(self) -> None:
        """Kill the candidate and everything that came of it, and wait until none is left."""
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        sweep() if libc.LINUX else _kill(os.killpg, self.pid)


def sweep() -> None:
    """Kill every descendant: as a subreaper we are the parent of all that lost theirs."""
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in _descendants(os.getpid()):
            _kill(os.kill, pid)
        time.sleep(0.001)


def _descendants(root: int) -> list[int]:
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    parents[int(name)] = int(stat.read().rpartition(b")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
    found = [root]
    for above in found:
        found += [pid for pid, parent in parents.items() if parent == above]
    return found[1:]


def _kill(how: Callable[[int, int], None], pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has gone meanwhile
        how(pid, signal.SIGKILL)


def children_wake() -> tuple[int, int]:
    """A pipe, by its two ends, whose first becomes readable whenever a child ends."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    if libc.LINUX:
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    return read, write


def _become_guarded(ends: dict[str, int], limits: Limits, slot: int, guard: Guard) -> None:
    """Give up every file but the four a candidate has, and every right it does not need; end
    this process if that fails."""
    keeper = os.getppid()
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        ready = _only_files(ends)
        guard.apply(slot, limits, keeper)
        os.write(ready, b"guarded")
        os.close(ready)
    except BaseException as error:  # noqa: BLE001  # nothing may go on unguarded
        os.write(ends["ready"], f"{type(error).__name__}: {error}".encode())
        os._exit(1)


def _only_files(ends: dict[str, int]) -> int:
    """Leave open /dev/null as 0, the pipes as 1 to 3, and the ready pipe; return the last."""
    null = os.open(os.devnull, os.O_RDONLY)
    high = [os.dup2(fd, 60 + i) for i, fd in enumerate([null, *(ends[n] for n in ends)])]
    for wanted, fd in enumerate(high):
        os.dup2(fd, wanted)
    os.closerange(5, os.sysconf("SC_OPEN_MAX"))
    ends["ready"] = 4
    return 4
