"""The sandbox as its users see it: start it, run candidates in it from any thread, close it."""

from __future__ import annotations

import json
import os
import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from optwright import platforms
from optwright.errors import InputError, SandboxUnavailable
from optwright.solvers.sandbox import wire
from optwright.solvers.sandbox.contract import Json, Level, Limits, RunReport
from optwright.solvers.sandbox.forkserver import ForkServer
from optwright.solvers.sandbox.process import SLOTS
from optwright.solvers.sandbox.reports import lost, read_report

GRACE_S = 20.0  # a supervisor that has not answered so long after its deadline never will


class Sandbox:
    """A fork server and `jobs` slots (default: one for each CPU). Use it as a context manager;
    its methods may be called from several threads, so from `asyncio.to_thread` too.

    >>> with Sandbox("process") as box:
    ...     report = box.call_function("def f(x): return x + 1", "f", [41])
    >>> report.claim
    42

    Entering it raises `SandboxUnavailable`, naming the missing layer, where `level` is not to
    be had.
    """

    def __init__(self, level: Level | str = Level.AUTO, *, jobs: int | None = None) -> None:
        self.wanted = level_named(level)
        count = jobs or os.cpu_count() or 1
        if not 1 <= count <= SLOTS:
            raise InputError(f"jobs={jobs!r} is not between 1 and {SLOTS}")
        self._slots: queue.SimpleQueue[int] = queue.SimpleQueue()
        for slot in range(count):
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
            if self._server is not None:
                self._server.close()
                self._server = None

    @property
    def level(self) -> Level:
        """The level that runs really have."""
        return self._running().level

    @property
    def layers(self) -> tuple[str, ...]:
        return self._running().layers

    @property
    def missing(self) -> Mapping[str, str]:
        """Layers that runs do not have, and why."""
        return self._running().missing

    @property
    def server_pid(self) -> int:
        """The pid of the fork server; it changes when one has died."""
        return self._running().pid

    def build_model(
        self, source: str, data: Json = None, limits: Limits | None = None
    ) -> RunReport:
        """Run `source` as a main program with the global `data`, and write the Pyomo `model` that
        it leaves as LP text."""
        return self._run({"kind": "model", "source": source}, data, limits or Limits())

    def call_function(
        self,
        source: str,
        function: str,
        arguments: Sequence[Json] | Mapping[str, Json],
        limits: Limits | None = None,
    ) -> RunReport:
        """Run `source`, then its `function` with these arguments (a list: by position, a
        mapping: by name); `claim` is what it returned."""
        job: dict[str, Json] = {"kind": "function", "source": source, "function": function}
        return self._run(job, arguments, limits or Limits())

    def _run(self, job: dict[str, Json], data: Json, limits: Limits) -> RunReport:
        blob = _encoded(data)
        slot = self._slots.get()
        try:
            # A job has no effect outside, so one whose zygote died under it may run again.
            for _ in range(2):
                server = self._running()
                try:
                    head, blobs = _exchange(server, slot, job, blob, limits)
                except (OSError, EOFError):
                    self._discard(server)
                else:
                    return read_report(head, blobs, limits, server.level, server.layers)
        finally:
            self._slots.put(slot)
        return lost(server.level, server.layers)

    def _discard(self, server: ForkServer) -> None:
        """Have the next run start a new server. Jobs that are still in this one go on."""
        with self._lock:
            if self._server is server:
                server.close()
                self._server = None

    def _running(self) -> ForkServer:
        """The server, started again if it had to be discarded."""
        with self._lock:
            if not self._open:
                raise InputError("the sandbox is closed", hint="use it as `with Sandbox() as box:`")
            if self._server is None:
                self._server = start(self.wanted)
            return self._server


def start(wanted: Level, preload: Sequence[str] = ()) -> ForkServer:
    """A fork server of at least this level. Raises `SandboxUnavailable`."""
    server = ForkServer(wanted, preload)
    if _rank(server.level) < _rank(wanted):
        server.close()
        raise SandboxUnavailable(
            f"sandbox level {str(wanted)!r} needs {_reasons(server.missing)}",
            hint="run `optwright doctor`; sandbox='process' runs generated code with your files "
            "and network open to it",
        )
    return server


def _reasons(missing: Mapping[str, str]) -> str:
    return "; ".join(f"{layer}, missing here: {why}" for layer, why in missing.items())


def _exchange(
    server: ForkServer, slot: int, job: Mapping[str, Json], data: bytes, limits: Limits
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Hand a job to a new supervisor and wait for its answer. Raises `OSError` or `EOFError` if
    the zygote or the supervisor is gone."""
    with server.connect(slot) as client:
        client.sendall(wire.JOB)
        wire.send(client, {**job, "limits": asdict(limits)}, {"data": data})
        client.settimeout(limits.wall_s + GRACE_S)
        return wire.receive(client)


def _rank(level: Level) -> int:
    if level is Level.AUTO:
        level = Level.STRICT
    return list(Level).index(level)


def level_named(name: Level | str) -> Level:
    """The level of this name. Raises `InputError`."""
    try:
        return Level(name)
    except ValueError as error:
        choices = ", ".join(Level)
        raise InputError(f"sandbox level {name!r} is none of: {choices}") from error


def _encoded(data: Json) -> bytes:
    try:
        return json.dumps(data, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise InputError(f"the data of a sandboxed run is not JSON: {error}") from error
