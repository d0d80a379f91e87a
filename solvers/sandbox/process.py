"""The protections any Unix gives a process: limits, an empty environment, a uid of its own.

They stop accidents and floods. They do not stop a program from reading the user's files or from
using the network; that takes Landlock and seccomp.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Mapping
from math import ceil

from optwright.solvers.sandbox.contract import Limits

ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # sets iterate alike in every run
    # A BLAS that starts threads when it is imported would leave them behind in every fork.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
THREADS = 256
OPEN_FILES = 64
FILE_BYTES = 32 << 20


def limit(limits: Limits, processes: int | None) -> None:
    """Set this process's rlimits, hard and soft alike; `processes` counts threads as well."""
    cpu_s = ceil(limits.wall_s + 1 if limits.cpu_s is None else limits.cpu_s)
    bounds = {
        "RLIMIT_CPU": cpu_s,
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_FSIZE": FILE_BYTES,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_SIGPENDING": 64,
        "RLIMIT_NPROC": processes,
    }
    for name, bound in bounds.items():
        which = getattr(resource, name, None)  # macOS lacks some
        if which is not None and bound is not None:
            _, hard = resource.getrlimit(which)
            most = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
            resource.setrlimit(which, (most, most))


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
        if _can_become(first):
            return first
    return None


def _can_become(uid: int) -> bool:
    pid = os.fork()
    if pid == 0:
        try:
            become(uid)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def become(uid: int) -> None:
    """Turn from root into `uid` for good, in no group but its own. Raises `OSError`."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
