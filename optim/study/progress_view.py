"""A live view of a run: a small table that changes on a terminal, lines elsewhere. All of it goes
to standard error."""

from __future__ import annotations

import sys
import time
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TextIO

from optwright.optim.phrasing import counted, said_decisions, said_scores
from optwright.optim.study.progress import StudyStatus, line, replies_text, score_text, spent_texts
from optwright.optim.study.runs import Change
from optwright.printing import visible

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live
    from rich.text import Text

PAUSE_S = 2.0
"""Between two lines that say nothing of an accepted change: a step may take a millisecond."""
DECISIONS = 5  # shown at once
BAR = 24  # characters


class ProgressView(Protocol):
    """Something to give as `watch`; it is closed by the run, and can be given to the next one."""

    def __call__(self, standing: StudyStatus, /) -> None: ...

    def close(self) -> None: ...


def progress_view(stream: TextIO | None = None) -> ProgressView:
    """A view of one run at a time, on `stream` (standard error).

    >>> import optwright as ow
    >>> space = [ow.Real("x", 0.5, low=0.0, high=1.0)]
    >>> budget = ow.Budget(evaluations=3)
    >>> _ = ow.minimize(lambda x: x, space, budget=budget, watch=progress_view(sys.stdout))
    ... # doctest: +ELLIPSIS
    searching: step 0: 0 trials, score none yet, 0 of 0 changes accepted, 0/3 evaluations, ...
    """
    stream = stream or sys.stderr
    return LiveView(stream) if stream.isatty() else LineView(stream)


class LineView:
    """A line where a change was accepted, at the beginning and the end, and every `PAUSE_S`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._latest: StudyStatus | None = None
        self._written: StudyStatus | None = None
        self._at = 0.0

    def __call__(self, standing: StudyStatus) -> None:
        self._latest = standing
        if self._is_news(standing) or time.monotonic() - self._at > PAUSE_S:
            self._write(standing)

    def close(self) -> None:
        if self._latest is not None and self._latest is not self._written:
            self._write(self._latest)
        self._latest = self._written = None

    def _is_news(self, standing: StudyStatus) -> bool:
        told = self._written
        return told is None or told.accepted < standing.accepted or told.doing != standing.doing

    def _write(self, standing: StudyStatus) -> None:
        self._written, self._at = standing, time.monotonic()
        self._stream.write(visible(f"{standing.doing}: {line(standing)}") + "\n")
        self._stream.flush()


class LiveView:
    """A table that changes in place, and its clock and counts between two steps too."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = Lock()
        self._latest: StudyStatus | None = None
        self._live: Live | None = None

    def __call__(self, standing: StudyStatus) -> None:
        with self._lock:
            self._latest = standing
            if self._live is None:
                self._live = self._started()

    def close(self) -> None:
        with self._lock:
            live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _started(self) -> Live:
        from rich.console import Console
        from rich.live import Live
        from rich.spinner import Spinner

        spinner = Spinner("dots")
        live = Live(
            get_renderable=lambda: self._rendered(spinner),
            console=Console(file=self._stream),
            transient=True,
            refresh_per_second=8,
        )
        live.start()
        return live

    def _rendered(self, spinner: RenderableType) -> RenderableType:
        assert self._latest is not None  # or it would not have been started
        return table(self._latest, spinner)


def table(standing: StudyStatus, spinner: RenderableType = "") -> RenderableType:
    """The view as something rich can print."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    head = Table.grid(padding=(0, 1))
    elapsed = time.strftime("%H:%M:%S", time.gmtime(standing.account.elapsed_s))
    head.add_row(spinner, Text(visible(f"{standing.optimizer}: {standing.doing}"), "bold"), elapsed)
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim")
    rows.add_row("score", Text(score_text(standing), "bold green"))
    decided = said_decisions(standing.changes, minimizes=standing.minimizes)
    rows.add_row("trials", f"{standing.trials:,} in {counted(standing.step, 'step')}, {decided}")
    for name, used in spent_texts(standing.account):
        if name == "seconds" and standing.account.budget.seconds is None:
            continue  # the clock says it
        rows.add_row(name, _bar(standing, name, used))
    if standing.prospect:
        rows.add_row("proof", standing.prospect)
    if replies := replies_text(standing.replies):
        rows.add_row("replies", replies)
    decisions = [_decisions(standing)] if standing.weighed else []
    return Group(head, rows, *decisions)


def _bar(standing: StudyStatus, name: str, used: str) -> RenderableType:
    """The amount behind a bar, where there is a limit."""
    from rich.progress_bar import ProgressBar
    from rich.table import Table

    limit, account = getattr(standing.account.budget, name), standing.account
    if not limit:
        return used
    spent = account.elapsed_s if name == "seconds" else getattr(account.spent, name)
    row = Table.grid(padding=(0, 2))
    row.add_row(ProgressBar(total=limit, completed=min(spent, limit), width=BAR), used)
    return row


def _decisions(standing: StudyStatus) -> RenderableType:
    """The latest changes that were weighed, the newest last."""
    from rich.text import Text

    sign = -1 if standing.minimizes else 1
    lines = [_decision(change, sign) for change in standing.weighed[-DECISIONS:]]
    return Text("\n").join(lines)


def _decision(change: Change, sign: int) -> Text:
    from rich.text import Text

    mark, style = ("+", "green") if change.accepted else ("-", "red")
    what = f"{change.origin}, {said_scores(change, sign)}, {change.reason}"
    shown = visible(f"{mark} change {change.number}: {what}")
    return Text(shown, style, no_wrap=True, overflow="ellipsis")
