"""A child process that may take so much memory and time, and is killed when whoever waits leaves.

What reads a file that somebody else made runs in one: a hostile file can make any library need any
amount of both. The child is not kept from files or the network; the sandbox does that.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO

from optwright import platforms


class OutOfTime(Exception):
    """The child took longer than it may, and was killed."""


@dataclass(frozen=True)
class Ended:
    """A child that has ended: its exit status (negative: the signal), and what it wrote."""

    status: int
    output: IO[bytes]


@contextmanager
def bounded_child(
    arguments: Sequence[str], *, seconds: float, order: bytes = b""
) -> Iterator[Ended]:
    """Run this Python with `arguments` to its end, `order` on its standard input.

    What it writes goes to a file that is there inside the `with`, for it may be large. Raises
    `OutOfTime` after `seconds`. The child calls `limit_myself` before anything else.
    """
    with tempfile.TemporaryFile() as output:
        # In a session of its own: Ctrl-C is for us, and we end it.
        with subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.DEVNULL,
            **platforms.own_group(),
        ) as child:
            try:
                child.communicate(order, timeout=seconds)
            except subprocess.TimeoutExpired:
                raise OutOfTime from None
            finally:
                child.kill()
        output.seek(0)
        yield Ended(child.returncode, output)


def limit_myself(*, memory: int, cpu_s: int) -> None:
    """Bound this process: bytes of address space, seconds of processor time, no core dump."""
    try:
        import resource
    except ImportError:  # on Windows, where the time limit of the parent alone holds
        return
    for limit, most in (
        (resource.RLIMIT_AS, (memory, memory)),
        (resource.RLIMIT_CPU, (cpu_s, cpu_s + 5)),
        (resource.RLIMIT_CORE, (0, 0)),
    ):
        with suppress(ValueError, OSError):  # a lower one stands already
            resource.setrlimit(limit, most)
