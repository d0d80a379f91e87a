"""What a run prints, heard beside the stream it goes to, though many run at once in threads."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import StringIO
from threading import Lock
from typing import TextIO

_HEARD: ContextVar[StringIO | None] = ContextVar("optwright_printed", default=None)
_LOCK = Lock()
_LISTENERS = 0
MOST_CHARS = 100_000  # of one run; what comes after is not heard


class _Heard:
    """A stream that also writes to the buffer of the run that prints."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        buffer = _HEARD.get()
        if buffer is not None and buffer.tell() < MOST_CHARS:
            buffer.write(text)
        return self.stream.write(text)

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)


@contextmanager
def printing() -> Iterator[Callable[[], str]]:
    """Hear what the block prints to standard output, in this context and those copied from it."""
    global _LISTENERS  # noqa: PLW0603  # standard output is one of the process, too
    buffer = StringIO()
    with _LOCK:
        _LISTENERS += 1
        if not isinstance(sys.stdout, _Heard):
            sys.stdout = _Heard(sys.stdout)
    token = _HEARD.set(buffer)
    try:
        yield buffer.getvalue
    finally:
        _HEARD.reset(token)
        with _LOCK:
            _LISTENERS -= 1
            if not _LISTENERS and isinstance(sys.stdout, _Heard):
                sys.stdout = sys.stdout.stream
