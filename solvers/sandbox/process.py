"""The protections any Unix gives a process: limits, an empty environment, a uid of its own.

They stop accidents and floods. They do not stop a program from reading the user's files or from
using the network; that takes Landlock and seccomp.
"""

from __future__ import annotations

import os
import signal
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import ceil

from optwright.solvers.sandbox import libc
from optwright.solvers.sandbox.contract import Limits

# Not there on Windows, where the front of the sandbox is imported too; loaded before a candidate
# may load nothing more.
with suppress(ImportError):
    import resource

ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # sets iterate alike in every run
    # A BLAS that starts threads when it is imported would leave them behind in every fork.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
# Where Python itself needs it to find its libraries, nothing starts without it.
KEPT = ("LD_LIBRARY_PATH",)
THREADS = 256
OPEN_FILES = 64
FILE_BYTES = 32 << 20

# linux/capability.h
CAPABILITY_VERSION = 0x20080522
CAP_DAC_READ_SEARCH = 2


def environment() -> dict[str, str]:
    """The whole environment of the fork server and of every candidate."""
    return {**ENVIRONMENT, **{name: os.environ[name] for name in KEPT if name in os.environ}}


Rlimits = Sequence[tuple[int, tuple[int, int]]]
"""Which, and its soft and hard bound."""


def limit(limits: Limits, processes: int | None) -> None:
    """Set this process's rlimits, hard and soft alike; `processes` counts threads as well."""
    limit_for_good()
    set_rlimits(rlimits_of_run(limits, processes))


def limit_for_good() -> None:
    """Set the rlimits that are the same for every run."""
    set_rlimits(
        _possible(
            RLIMIT_FSIZE=FILE_BYTES,
            RLIMIT_NOFILE=OPEN_FILES,
            RLIMIT_CORE=0,
            RLIMIT_MEMLOCK=0,
            RLIMIT_MSGQUEUE=0,
            RLIMIT_SIGPENDING=64,
        )
    )


def rlimits_of_run(limits: Limits, processes: int | None) -> Rlimits:
    """The rlimits of one run, here or in a child; `processes` counts threads as well."""
    cpu_s = ceil(limits.wall_s + 1 if limits.cpu_s is None else limits.cpu_s)
    return _possible(RLIMIT_CPU=cpu_s, RLIMIT_AS=limits.memory_bytes, RLIMIT_NPROC=processes)


def set_rlimits(rlimits: Rlimits) -> None:
    for which, bounds in rlimits:
        resource.setrlimit(which, bounds)


def _possible(**wanted: int | None) -> Rlimits:
    """Those of these that there are, no higher than they are already."""
    found = []
    for name, bound in wanted.items():
        which = getattr(resource, name, None)  # macOS lacks some
        if which is not None and bound is not None:
            _, hard = resource.getrlimit(which)
            most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
            found.append((which, (most, most)))
    return found


def tasks_of(uid: int) -> int:
    """How many threads this uid has on the machine, as far as /proc shows them; RLIMIT_NPROC
    counts all of them, so a limit has to stand on top of it."""
    return sum(_tasks(entry) for entry in os.scandir("/proc") if _belongs(entry, uid))


def _belongs(entry: os.DirEntry[str], uid: int) -> bool:
    try:
        return entry.name.isdecimal() and entry.stat().st_uid == uid
    except FileNotFoundError:
        return False


def _tasks(entry: os.DirEntry[str]) -> int:
    try:
        return os.stat(f"{entry.path}/task").st_nlink - 2
    except FileNotFoundError:
        return 0


SPARE_UIDS = (700_000_000, 61_184)
"""Where nobody's uid should be; the second, systemd's range for uids of a moment, is for
containers that map only 65,536 of them."""
SLOTS = 64


def spare_uid() -> int | None:
    """The first of `SLOTS` uids that belong to nobody, or None if we may not change ours.

    The process id makes them differ between sandboxes that run at the same time.
    """
    if os.geteuid() != 0:
        return None
    high, low = SPARE_UIDS
    for first in (high + os.getpid() * SLOTS, low + os.getpid() * SLOTS % (65_519 - low - SLOTS)):
        if in_child(partial(become, first + SLOTS - 1)):
            return first
    return None


def can_read(uid: int, paths: Iterable[str]) -> bool:
    """Whether somebody with this uid could list all of these directories."""

    def look() -> None:
        become(uid)
        for path in paths:
            os.listdir(path)

    return in_child(look)


def in_child(action: Callable[[], None]) -> bool:
    """Whether `action` goes through in a fork of this process, without an `OSError`."""
    pid = os.fork()
    if pid == 0:
        try:
            action()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def become(uid: int, *, keep_reading: bool = False) -> None:
    """Turn from root into `uid` for good, in no group but its own. Raises `OSError`.

    `keep_reading` leaves it the capabilities that `drop_capabilities` then has to choose from.
    """
    if keep_reading:
        libc.prctl(libc.PR_SET_KEEPCAPS, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop_capabilities(*, but_reading: bool) -> None:
    """Give up every capability, or all but the one to read and pass any directory; nothing can
    be had back, as a candidate may not start programs. Raises `OSError`."""
    kept = 1 << CAP_DAC_READ_SEARCH if but_reading else 0
    header = struct.pack("Ii", CAPABILITY_VERSION, 0)
    # effective, permitted, inheritable; then the same for capabilities 32 and up
    libc.syscall("capset", header, struct.pack("6I", kept, kept, 0, 0, 0, 0))


def die_with(keeper: int) -> None:
    """Have the kernel kill this process when its parent, `keeper`, is gone. Raises `OSError`."""
    prepared_die_with(keeper)()


def prepared_die_with(keeper: int) -> Callable[[], None]:
    """`die_with`, made ready for a child of `keeper`."""
    tie = libc.prepared_prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    parents = (keeper, 0)  # 0 is a parent outside our pid namespace

    def die_with_it() -> None:
        tie()  # a change of uid clears it
        if os.getppid() not in parents:
            raise ProcessLookupError("the supervisor is gone")

    return die_with_it
