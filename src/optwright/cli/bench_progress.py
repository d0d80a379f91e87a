"""What is shown while a measurement runs: on a terminal one line that changes, elsewhere a line for
each attempt. All of it goes to standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from optwright.benchmarks.record import Record
from optwright.benchmarks.runner import ProgressListener, Silent, Tally
from optwright.benchmarks.scoring import HEADLINE
from optwright.benchmarks.task import Task
from optwright.benchmarks.totals import Share, shown
from optwright.printing import visible
from optwright.serving.events import CallRetried, Event, listening
from optwright.serving.local.progress import silence

_CLEARED = "\r\x1b[2K"
_QUIET_S = 10.0  # between two lines on repeated calls


@dataclass
class Lines:
    """Writes a line for each attempt that ends."""

    def began(self, task: Task, sample: int) -> None:
        """Nothing is known yet."""

    def ended(self, tally: Tally, record: Record, wall_s: float) -> None:
        why = f"  {shown(record.attempt.why)}" if record.attempt.why else ""
        sys.stderr.write(f"{position(tally)}  {verdict(record)}  {running(tally)}{visible(why)}\n")
        sys.stderr.flush()


@dataclass
class Live:
    """One line: how far it is, how much is right so far, and when it may be done."""

    working: int = 0
    first: int | None = None
    """Attempts that were kept when this start began."""
    since: float = field(default_factory=time.monotonic)

    def began(self, task: Task, sample: int) -> None:
        self.working += 1

    def ended(self, tally: Tally, record: Record, wall_s: float) -> None:
        self.working -= 1
        self.first = tally.done - 1 if self.first is None else self.first
        spent = time.monotonic() - self.since
        left = spent / (tally.done - self.first) * (tally.planned - tally.done)
        self._write(f"{position(tally)}  {running(tally)}  {tally.tokens:,} tokens, {clock(left)}")

    def _write(self, text: str) -> None:
        sys.stderr.write(f"{_CLEARED}{text}")
        sys.stderr.flush()


@dataclass
class Waits:
    """Says that calls are repeated, and why, now and then: otherwise nothing moves meanwhile."""

    said: float = float("-inf")

    def __call__(self, event: Event) -> None:
        if isinstance(event, CallRetried) and time.monotonic() - self.said > _QUIET_S:
            self.said = time.monotonic()
            cleared = _CLEARED if sys.stderr.isatty() else ""
            sys.stderr.write(
                f"{cleared}asking again in {event.delay_s:.0f} s: {visible(shown(event.reason))}\n"
            )
            sys.stderr.flush()


@contextmanager
def showing(*, quiet: bool) -> Iterator[ProgressListener]:
    """Show what happens inside the `with` block; `quiet` shows nothing."""
    if quiet:
        with silence():
            yield Silent()
        return
    with listening(Waits()):
        if not sys.stderr.isatty():
            yield Lines()
            return
        try:
            yield Live()
        finally:
            sys.stderr.write(_CLEARED)


def position(tally: Tally) -> str:
    return f"{tally.done:>{len(str(tally.planned))}}/{tally.planned}"


def running(tally: Tally) -> str:
    return f"right so far: {Share(tally.right, tally.scored)}"


def verdict(record: Record) -> str:
    """One attempt in a few words."""
    attempt = record.attempt
    said = "right" if record.scores.get(HEADLINE) else "wrong" if record.scores else "no label"
    where = f", {attempt.failed_at.value}" if attempt.failed_at else ""
    answer = attempt.status.value if attempt.objective is None else f"{attempt.objective:g}"
    return f"{shown(record.task)}: {said} ({answer}{where})"


def clock(seconds: float) -> str:
    """Time that is left, in words.

    >>> clock(75)
    'about 1 min left'
    """
    minutes = round(seconds / 60)
    if minutes >= 120:
        return f"about {minutes / 60:.0f} h left"
    return f"about {minutes} min left" if minutes else "less than a minute left"
