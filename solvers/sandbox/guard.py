"""The protections of one zygote: found out once, put on every candidate before its first line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import lru_cache

from optwright.solvers.sandbox import landlock, libc, namespaces, process, seccomp
from optwright.solvers.sandbox.contract import Level, Limits
from optwright.solvers.sandbox.readable import WRITABLE, importable, readable_paths

KERNEL_LAYERS: dict[str, Callable[[], str]] = {
    "landlock": landlock.why_missing,
    "seccomp": seccomp.why_missing,
}


def level_of(layers: Collection[str]) -> Level:
    """The level that these layers make together."""
    if not set(KERNEL_LAYERS) <= set(layers):
        return Level.PROCESS
    return Level.ISOLATED if "namespaces" in layers else Level.STRICT


@dataclass
class Guard:
    """What this machine lets us put on a candidate. `missing` says why a layer is not there."""

    layers: list[str] = field(default_factory=lambda: ["process"])
    missing: dict[str, str] = field(default_factory=dict)
    first_uid: int | None = None
    reads_as_root: bool = False
    """The spare uid cannot reach Python's own files, as when it lies in root's home. Candidates
    then keep the right to read what Landlock leaves them, whatever the files' modes say."""
    readable: list[str] = field(default_factory=list)
    most_tasks: int | None = None
    """Of a keeper: how many tasks the uid of its candidates may have."""

    @property
    def level(self) -> Level:
        return level_of(self.layers)

    def before_fork(self) -> None:
        """Called by the supervisor, for what its next child is to be born into."""
        if "namespaces" in self.layers:
            namespaces.isolate_pids()

    def apply(self, slot: int, limits: Limits, keeper: int) -> None:
        """Called by the candidate's process. Raises `OSError` if a layer cannot be had."""
        uid = self._uid(slot)
        self._enter_job_dir(uid)
        process.limit(limits, self._processes(uid))
        if uid is not None:
            process.become(uid, keep_reading=self.reads_as_root)
        if libc.LINUX:
            process.die_with(keeper)
        if self.level is not Level.PROCESS:
            process.drop_capabilities(but_reading=self.reads_as_root)
            libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
            self._restrict_files()
            seccomp.apply(os.getpid())

    def enter_keeper(self, slot: int, supervisor: int) -> None:
        """Called by a keeper for what all its candidates share: files, identity, system calls.
        They have no directory to write to, so none can leave anything to another. Raises
        `OSError`."""
        os.chdir("/")
        uid = self._uid(slot)
        self.most_tasks = self._processes(uid)
        if self.level is Level.PROCESS:
            return
        if uid is not None:
            process.become(uid, keep_reading=self.reads_as_root)
        process.die_with(supervisor)
        process.drop_capabilities(but_reading=self.reads_as_root)
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        sys.path[:] = importable(self.readable)
        landlock.restrict(self.readable, WRITABLE)
        seccomp.apply_to_keeper()

    def for_children(self, slot: int) -> Callable[[Limits], Callable[[], None]]:
        """Called by a keeper that has called `limit_for_good`: what gives, for the limits of an
        evaluation, what its child has to call; that raises `OSError`. All that can be made ready
        is, in the keeper and once, as every page that a child writes to is copied."""
        keeper = os.getpid()
        become = process.become if self.level is Level.PROCESS else None
        uid = self._uid(slot)
        tie = process.prepared_die_with(keeper) if libc.LINUX else None
        complete = None if self.level is Level.PROCESS else seccomp.prepared_for_child()

        @lru_cache(64)
        def confining(limits: Limits) -> Callable[[], None]:
            rlimits = process.rlimits_of_run(limits, self.most_tasks)

            def confine() -> None:
                process.set_rlimits(rlimits)
                if become is not None and uid is not None:
                    become(uid)
                if tie is not None:
                    tie()
                if complete is not None:
                    complete()

            return confine

        return confining

    def _uid(self, slot: int) -> int | None:
        return None if self.first_uid is None else self.first_uid + slot

    def _enter_job_dir(self, uid: int | None) -> None:
        if "namespaces" in self.layers:
            namespaces.mount_job_dir(uid)
            os.chdir(namespaces.JOB_DIR)
            # Not above: keepers have no such directory, and do without what it imports.
            import tempfile

            os.environ["TMPDIR"] = tempfile.tempdir = namespaces.JOB_DIR
        else:
            os.chdir("/")

    def _processes(self, uid: int | None) -> int | None:
        """How many tasks the candidate's uid may have; None where nothing can be counted."""
        if uid is not None:
            return process.THREADS
        if not libc.LINUX:
            return None
        if "namespaces" in self.layers:
            # Counted within our user namespace, where all slots share the uid.
            return process.THREADS * 4
        return process.THREADS + process.tasks_of(os.getuid())

    def _restrict_files(self) -> None:
        writable = [*WRITABLE]
        if "namespaces" in self.layers:
            writable.append(namespaces.JOB_DIR)
        sys.path[:] = importable(self.readable)
        landlock.restrict(self.readable, writable)


def prepare(level: Level) -> Guard:
    """Find out which layers this machine allows, as far as `level` wants them, and enter those
    that are entered once. `Level.STRICT` does without namespaces on purpose."""
    guard = Guard(first_uid=process.spare_uid())
    if guard.first_uid is not None:
        guard.layers.append("uid")
    if level is Level.PROCESS:
        return guard
    for name, why_missing in KERNEL_LAYERS.items():
        _note(guard, name, why_missing())
    if guard.missing:
        return guard
    guard.readable = readable_paths()
    seccomp.warm_up()
    if level is not Level.STRICT:
        _note(guard, "namespaces", namespaces.why_missing(guard.readable))
    if "namespaces" in guard.layers:
        namespaces.enter(guard.readable)
    if guard.first_uid is not None:
        guard.reads_as_root = not process.can_read(guard.first_uid, importable(guard.readable))
    return guard


def _note(guard: Guard, layer: str, why_missing: str) -> None:
    if why_missing:
        guard.missing[layer] = why_missing
    else:
        guard.layers.append(layer)
