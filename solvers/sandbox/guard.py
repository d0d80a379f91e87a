"""The protections of one zygote: found out once, put on every candidate before its first line."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from optwright.solvers.sandbox import libc, process
from optwright.solvers.sandbox.contract import Level, Limits


@dataclass(frozen=True)
class Guard:
    """What this machine lets us put on a candidate. `missing` says why a layer is not there."""

    layers: tuple[str, ...]
    missing: dict[str, str]
    first_uid: int | None = None

    @property
    def level(self) -> Level:
        return Level.PROCESS

    def before_fork(self) -> None:
        """Called by the supervisor, for what its next child is to be born into."""

    def apply(self, slot: int, limits: Limits, keeper: int) -> None:
        """Called by the candidate's process. Raises `OSError` if a layer cannot be had."""
        os.chdir("/")
        uid = None if self.first_uid is None else self.first_uid + slot
        count = 0 if uid is not None or not libc.LINUX else process.tasks_of(os.getuid())
        process.limit(limits, count + process.THREADS)
        if uid is not None:
            process.become(uid)
        if libc.LINUX:
            libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)  # a change of uid clears it
            if os.getppid() not in (keeper, 0):
                raise ProcessLookupError("the supervisor is gone")


def prepare(level: Level) -> Guard:
    """Find out which layers this machine allows, as far as `level` wants them."""
    uid = process.spare_uid()
    layers = ("process",) if uid is None else ("process", "uid")
    return Guard(layers, {}, uid)
