"""What is shown while a run works: one live line on a terminal, a line for each step elsewhere.

All of it goes to standard error. Standard output belongs to the result.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

from optwright.printing import unsteered, visible
from optwright.serving.events import CallEnded, CallProgressed, CallRetried, Event, watching
from optwright.serving.local.progress import silence

_LONGEST = 160
_FEWEST = 12  # columns; fewer last words than that say nothing
_SPINNER = 2  # columns before the line
_JSON_MARKS = re.compile(r'\\[nrt]|\\?["{}]')


class Shown(Protocol):
    """Something that is told what happens."""

    def on_step(self, agent: str, what: str) -> None: ...

    def on_event(self, event: Event) -> None: ...


class Silent:
    """Shows nothing."""

    def on_step(self, agent: str, what: str) -> None:
        """A step begins."""

    def on_event(self, event: Event) -> None:
        """A call happens."""


class Lines:
    """Writes one line for each step and each call."""

    def on_step(self, agent: str, what: str) -> None:
        self._write(f"{agent}: {what}")

    def on_event(self, event: Event) -> None:
        if isinstance(event, CallEnded):
            self._write(f"{event.role}: {_ended(event)}")
        elif isinstance(event, CallRetried):
            self._write(f"{event.role}: {_retried(event)}")

    def _write(self, line: str) -> None:
        sys.stderr.write(f"{visible(line)}\n")
        sys.stderr.flush()


@dataclass
class Live:
    """One line that changes: who works, since when, and what it took so far. `draw` shows it at
    once, so that a step is seen however short it is."""

    agent: str = "reading"
    what: str = ""
    calls: int = 0
    replayed: int = 0
    tokens: int = 0
    began: float = field(default_factory=time.monotonic)
    draw: Callable[[], None] | None = None
    coming: CallProgressed | None = None
    """The reply that is being written, where the model tells."""

    def on_step(self, agent: str, what: str) -> None:
        self.agent, self.what, self.coming = agent, what, None
        if self.draw is not None:
            self.draw()

    def on_event(self, event: Event) -> None:
        self.coming = event if isinstance(event, CallProgressed) else None
        if isinstance(event, CallRetried):
            self.what = _retried(event)
        if isinstance(event, CallEnded) and not event.error:
            self.calls += 1
            self.replayed += event.replayed
            self.tokens += event.tokens

    def line(self) -> str:
        """The text behind the spinner."""
        done = self._clock()
        if self.calls:
            replayed = f", {self.replayed} replayed" if self.replayed else ""
            done = f"{self.calls} calls{replayed}, {self.tokens:,} tokens, {done}"
        return f"{self._who()} ({done})"

    def line_within(self, columns: int) -> str:
        """The line; while a reply comes, as many of its last words as there is room for instead of
        what earlier calls took."""
        if (coming := self.coming) is None:
            return self.line()
        line = f"{self._who()} ({self._clock()}, token {coming.tokens:,})"
        return f"{line} {ending(as_words(coming.tail), columns - len(line) - 1)}".strip()

    def _who(self) -> str:
        return f"{self.agent}: {self.what}" if self.what else self.agent

    def _clock(self) -> str:
        return f"{time.monotonic() - self.began:.0f} s"


@contextmanager
def showing(*, quiet: bool, words: bool = True) -> Iterator[Shown]:
    """Show what happens inside the `with` block; `quiet` shows nothing. On a terminal the last
    words of a reply are shown while it comes, unless `words` is false."""
    if quiet:
        with silence():
            yield Silent()
    elif sys.stderr.isatty():
        live = Live()
        with _on_terminal(live), watching() if words else nullcontext():
            yield live
    else:
        yield Lines()


@contextmanager
def _on_terminal(live: Live) -> Iterator[None]:
    from rich.console import Console
    from rich.live import Live as Refreshed
    from rich.spinner import Spinner
    from rich.text import Text

    spinner = Spinner("dots")

    def rendered() -> Spinner:
        line = live.line_within(console.width - _SPINNER)
        spinner.update(text=Text(visible(line), no_wrap=True, overflow="ellipsis"))
        return spinner

    console = Console(stderr=True)
    refreshed = Refreshed(
        get_renderable=rendered, console=console, transient=True, refresh_per_second=8
    )
    with refreshed:
        live.draw = refreshed.refresh
        yield


def as_words(tail: str) -> str:
    """What a model wrote last, on one line: without the marks of JSON, and without characters that
    could steer a terminal.

    >>> as_words('{"objective": "2*chairs", "limits": ["wood')
    'objective: 2*chairs, limits: [wood'
    """
    said = " ".join(_JSON_MARKS.sub(_read_mark, tail).split())
    return unsteered(said)


def _read_mark(mark: re.Match[str]) -> str:
    return " " if mark.group()[-1:] in "nrt" else ""


def ending(words: str, columns: int) -> str:
    """The end of `words` that fits; nothing where hardly any would."""
    from rich.cells import cell_len

    if columns < _FEWEST:
        return ""
    if cell_len(words) <= columns:
        return words
    kept = words[-columns:]
    while cell_len(kept) >= columns:
        kept = kept[1:]
    return f"…{kept}"


def _ended(event: CallEnded) -> str:
    if event.error:
        return f"failed after {event.seconds:.1f} s: {_clipped(event.error)}"
    took = "replayed" if event.replayed else f"{event.seconds:.1f} s"
    return f"{event.tokens:,} tokens, {took}"


def _retried(event: CallRetried) -> str:
    return f"tries again in {event.delay_s:.1f} s: {_clipped(event.reason)}"


def _clipped(reason: str) -> str:
    """A reason on one line; the whole of it comes with the error that ends the run."""
    line = " ".join(reason.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
