"""System calls that Python does not offer, through ctypes; the only module that knows libc."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from optwright.solvers.sandbox.syscalls import this_machine

# linux/prctl.h
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38

LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True)

Argument = int | bytes | ctypes.Array[ctypes.c_char] | None


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, value: int = 0) -> int:
    """prctl(2). Raises `OSError`."""
    return prepared_prctl(option, value)()


def prepared_prctl(option: int, value: int = 0) -> Callable[[], int]:
    """A call of prctl(2) with everything made ready, for a process that was just forked: what it
    need not make is memory that need not be copied. Raises `OSError` when it is called."""
    word, what = ctypes.c_ulong, f"prctl({option})"
    words = (ctypes.c_int(option), word(value), word(0), word(0), word(0))
    return lambda: _checked(_libc.prctl(*words), what)


def syscall(name: str, *arguments: Argument) -> int:
    """The system call of this name, if `syscalls` lists it for this machine; integers are passed
    as longs. Raises `OSError`."""
    return prepared_syscall(name, *arguments)()


def prepared_syscall(name: str, *arguments: Argument) -> Callable[[], int]:
    """A `syscall` with everything made ready, as `prepared_prctl`."""
    machine = this_machine()
    if machine is None:
        raise OSError(f"{name}: no table of system calls for this machine")
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    number = ctypes.c_long(machine.numbers[name])
    return lambda: _checked(_libc.syscall(number, *words), name)


def trim() -> None:
    """Give memory that is free back, and leave none to be sorted after a fork; glibc alone."""
    with suppress(AttributeError):
        _libc.malloc_trim(0)
