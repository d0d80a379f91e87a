"""Where a run stands, for someone who watches it, and how that is said on one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from optwright.optim.acceptance.confidence import Interval
from optwright.optim.optimizers.language.replies import Replies
from optwright.optim.phrasing import counted, said_decisions
from optwright.optim.study.runs import Change
from optwright.serving.budget import Account

BUDGETED = ("evaluations", "calls", "tokens", "usd", "seconds")


@dataclass(frozen=True, slots=True)
class StudyStatus:
    """A run at one moment.

    `score` is that of the values in use as their user counts, None before the first; with
    `minimizes` lower is better. Changes hold scores higher-is-better always. `interval` is for the
    same values on the examples they were chosen on, which flatters them; the estimate that does
    not comes at the end. `account` goes on counting while the run works.
    """

    doing: str
    optimizer: str
    minimizes: bool
    step: int
    trials: int
    score: float | None
    interval: Interval | None
    changes: Sequence[Change]
    account: Account
    replies: Replies | None
    prospect: str = ""
    """What the examples and the budget can prove, as it stood before the start."""

    @property
    def weighed(self) -> list[Change]:
        """The proposals that were decided on."""
        return [change for change in self.changes if change.is_proposal]

    @property
    def accepted(self) -> int:
        return sum(change.accepted for change in self.weighed)


Watch = Callable[[StudyStatus], None]
"""Called before the first step and after every one. A watch with a method `close` is closed when
the run ends, however it ends."""


@runtime_checkable
class _Closing(Protocol):
    def close(self) -> None: ...


@contextmanager
def watching(watch: Watch | None) -> Iterator[None]:
    """Close the watch, where it can be closed, at the end of the `with` block."""
    try:
        yield
    finally:
        if isinstance(watch, _Closing):
            watch.close()


def line(standing: StudyStatus) -> str:
    """All of it on one line."""
    parts = [
        f"step {standing.step}: {counted(standing.trials, 'trial')}",
        f"score {score_text(standing)}",
        said_decisions(standing.changes, minimizes=standing.minimizes),
        *(f"{used} {name}" for name, used in spent_texts(standing.account)),
    ]
    if replies := replies_text(standing.replies):
        parts.append(f"replies: {replies}")
    if standing.step == 0 and standing.prospect:
        parts.append(standing.prospect)
    return ", ".join(parts)


def score_text(standing: StudyStatus) -> str:
    """`0.820 (0.710 to 0.900 on 45 seen)`"""
    if standing.score is None:
        return "none yet"
    interval = standing.interval
    if interval is None:
        return f"{standing.score:.6g}"
    return (
        f"{interval.mean:.3f} ({interval.low:.3f} to {interval.high:.3f} on {interval.count} seen)"
    )


def spent_texts(account: Account) -> list[tuple[str, str]]:
    """What of the budget is used, by its names: `("calls", "33/200")`. Things without a limit are
    named when some of it is spent."""
    spent, limits = account.spent, account.budget
    texts = []
    for name in BUDGETED:
        used = account.elapsed_s if name == "seconds" else getattr(spent, name)
        limit = getattr(limits, name)
        if limit is not None or used:
            of = "" if limit is None else f"/{_amount(name, limit)}"
            texts.append((name, _amount(name, used) + of))
    return texts


def replies_text(replies: Replies | None) -> str:
    """`9 of 12 usable (75 %)`; nothing where nobody was asked."""
    if replies is None or replies.rate is None:
        return ""
    return f"{replies.usable} of {replies.asked} usable ({100 * replies.rate:.0f} %)"


def _amount(name: str, amount: float) -> str:
    return f"{amount:.4f}" if name == "usd" else f"{amount:,.0f}"
