"""What a long download says while it runs: a bar on a terminal, a line each tenth elsewhere.

All of it goes to standard error: standard output belongs to results. Inside `silence()` nothing is
said: whoever reads results with a program hears of a download that fails, as an error.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

_TENTHS = 10


# Of the process, not of a context: downloads run on threads that know no caller.
_silences: list[object] = []


@contextmanager
def silence() -> Iterator[None]:
    """Say nothing of downloads, on any thread, until the `with` block ends."""
    token = object()
    _silences.append(token)
    try:
        yield
    finally:
        _silences.remove(token)


def tell(sentence: str) -> None:
    """Say one sentence; a bar that is being shown stays below it."""
    if _silences:
        return
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


class DownloadProgress:
    """How many of `total` bytes are here, with rate and time left; a context manager."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._tenth = 0
        self._bar: Bar | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and not _silences:
            self._bar = _bar()
            self._bar.add_task("", total=self._total)
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def at(self, done: int) -> None:
        """Show that `done` bytes are here; it may go back where a download starts over."""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done)
            return
        tenth = _TENTHS * done // self._total
        if tenth > self._tenth:
            self._tenth = tenth
            tell(f"{10 * tenth} % of {self._total / 1e6:,.0f} MB")


def _bar() -> Bar:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))
