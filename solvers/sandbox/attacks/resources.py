"""Attacks on time, memory, the pipes, and on whoever reads them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import re
import signal
from typing import Any


def take_memory(trap: dict[str, Any]) -> int:
    """take 1 GB and write to it, at a limit of 512 MB"""
    blocks = [b"\1" * (64 << 20) for _ in range(16)]
    return len(blocks)


def loop_on_memory_error(trap: dict[str, Any]) -> None:
    """run out of memory again and again"""
    kept = []
    while True:
        with contextlib.suppress(MemoryError):
            kept.append(b"\1" * (16 << 20))


def loop_and_ignore_signals(trap: dict[str, Any]) -> None:
    """ignore every signal and never end"""
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def match_for_ever(trap: dict[str, Any]) -> None:
    """sit in a regular expression, where no Python signal handler runs"""
    re.match(r"(a+)+$", "a" * 64 + "b")


def flood_stdout(trap: dict[str, Any]) -> None:
    """print 300 MB"""
    for _ in range(300):
        os.write(1, b"x" * (1 << 20))


def flood_stderr(trap: dict[str, Any]) -> None:
    """print 300 MB of errors"""
    for _ in range(300):
        os.write(2, b"x" * (1 << 20))


def flood_result(trap: dict[str, Any]) -> None:
    """write 64 MB where the result goes"""
    for _ in range(64):
        os.write(3, b"x" * (1 << 20))


def pickle_as_result(trap: dict[str, Any]) -> None:
    """give a pickle that runs a command when it is read"""

    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"echo x > {trap['places'][0]}/{trap['marker']}",)

    os.write(3, pickle.dumps(Bomb()))
    os._exit(0)


def deep_json_as_result(trap: dict[str, Any]) -> None:
    """give JSON that nests a million times"""
    os.write(3, b'{"value": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}")
    os._exit(0)


def terminal_codes_as_result(trap: dict[str, Any]) -> str:
    """write to every open file there may be"""
    for fd in range(256):
        with contextlib.suppress(OSError):
            os.write(fd, b'{"value": "forged"}\n')
    return "ended"


def crash(trap: dict[str, Any]) -> None:
    """read address 0"""
    ctypes.string_at(0)


def abort(trap: dict[str, Any]) -> None:
    """abort"""
    os.abort()


def exhaust_the_stack(trap: dict[str, Any]) -> None:
    """recurse in C until the stack ends"""
    import sys

    sys.setrecursionlimit(10**9)
    one: list[Any] = []
    other: list[Any] = []
    for _ in range(10**5):
        one, other = [one], [other]
    os.write(1, b"%d" % (one == other))


def never_end_exit_hooks(trap: dict[str, Any]) -> None:
    """register exit hooks that never end"""
    import atexit

    atexit.register(loop_and_ignore_signals, trap)
