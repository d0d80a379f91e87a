"""Where turns come from. A backslash at the end of a line goes on with the next one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from optwright.cli.chat.shown import printable
from optwright.cli.session import written

PROMPT = "> "
MORE = "| "


class Typed(Protocol):
    """Gives turns. Raises `EOFError` where there are no more, `KeyboardInterrupt` on Ctrl-C."""

    def next(self) -> str: ...


class Piped:
    """Turns from standard input, repeated on standard output so that a transcript can be read."""

    def next(self) -> str:
        said = joined(self._line)
        with written():
            sys.stdout.write("".join(f"{PROMPT}{line}\n" for line in printable(said).split("\n")))
            sys.stdout.flush()
        return said

    def _line(self, prompt: str) -> str:
        line = sys.stdin.readline()
        if not line and prompt == PROMPT:
            raise EOFError
        return line.rstrip("\r\n")


def joined(line: Callable[[str], str]) -> str:
    """One turn of one or several lines; `line` is told with what to ask for it."""
    lines = [line(PROMPT)]
    while lines[-1].endswith("\\"):
        lines[-1] = lines[-1].removesuffix("\\")
        lines.append(line(MORE))
    return "\n".join(lines)
