"""The convergence of a run as a picture: what every trial scored, and the version in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10

from optwright.optim.study.runs import Change
from optwright.optim.trial import Trial

WIDTH, HEIGHT = 720, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 30, 40
NAMED = 12
"""Versions in use, beyond which their names would cover each other."""
LOG_RATIO = 1000
"""Positive scores that differ by more than this are drawn on a log scale."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a number lies between two pixels."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        low, high, here = (log10(v) if self.log else v for v in (self.low, self.high, value))
        share = (here - low) / (high - low) if high > low else 0.5
        return self.start + (self.end - self.start) * share

    @property
    def ticks(self) -> list[float]:
        """A few round numbers."""
        if self.log:
            powers = range(ceil(log10(self.low)), floor(log10(self.high)) + 1)
            return [10.0**power for power in powers][:: max(1, len(powers) // 5)]
        step = _round_step((self.high - self.low) / 4)
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [count * step for count in range(first, last + 1)]


def convergence(trials: Sequence[Trial], changes: Sequence[Change], *, sign: int = 1) -> str:
    """The score of every trial as a dot and that of the version in use as a line, in SVG.

    `sign` is -1 where lower is better to the user: scores are drawn as the user counts.
    """
    scores = {t.number: sign * t.score for t in trials if not t.failed}
    if not scores:
        return '<p class="faint">No trial has a score yet.</p>'
    across = Axis(0, max(1, trials[-1].number), LEFT, WIDTH - RIGHT)
    low, high = min(scores.values()), max(scores.values())
    log = low > 0 and high / low > LOG_RATIO
    up = Axis(low, high, HEIGHT - BOTTOM, TOP, log)
    dots = (
        _dot(across.at(number), up.at(score), 2.5, "dot", f"trial {number}: {score:.6g}")
        for number, score in scores.items()
    )
    failed = (_failure(across.at(t.number), t.number) for t in trials if t.failed)
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="score by trial">'
        f"{_grid(across, up)}{''.join(dots)}{''.join(failed)}"
        f"{_versions(changes, across, up, sign)}</svg>"
    )


def _grid(across: Axis, up: Axis) -> str:
    lines = [
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up.at(y):.1f}" '
        f'y2="{up.at(y):.1f}"/><text x="{LEFT - 8}" y="{up.at(y) + 4:.1f}" '
        f'text-anchor="end">{y:.6g}</text>'
        for y in up.ticks
    ]
    lines += [
        f'<text x="{across.at(x):.1f}" y="{HEIGHT - BOTTOM + 18}" '
        f'text-anchor="middle">{x:.0f}</text>'
        for x in across.ticks
        if x == int(x)
    ]
    middle = (LEFT + WIDTH - RIGHT) / 2
    scale = ", log scale" if up.log else ""
    lines.append(
        f'<text class="faint" x="{middle:.0f}" y="{HEIGHT - 4}" text-anchor="middle">'
        f"trial (dots: its score{scale}; line: the version in use, as tested)</text>"
    )
    return "".join(lines)


def _versions(changes: Sequence[Change], across: Axis, up: Axis, sign: int) -> str:
    """A line through the versions in use, with a mark where each began."""
    accepted = [
        (change, sign * score)
        for change in changes
        if change.accepted and (score := _level(change, changes)) is not None
    ]
    if not accepted:
        return ""
    points, marks, seen = [], [], 0
    before: float | None = None
    for change, score in accepted:
        # A version that was made current again began after the trials known by then.
        seen = max(seen, change.trial, *(c.trial for c in changes[: change.number]), 0)
        began = seen if change.restores is not None else change.trial
        x, y = across.at(began), up.at(min(max(score, up.low), up.high))
        points += [(x, before), (x, y)] if before is not None else [(x, y)]
        marks.append(_dot(x, y, 5, "version", f"version {change.number}: {change.reason}"))
        if len(accepted) <= NAMED:
            marks.append(
                f'<text class="name" x="{x + 8:.1f}" y="{y - 8:.1f}">{change.number}</text>'
            )
        before = y
    points.append((across.end, points[-1][1]))
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="line" points="{path}"/>{"".join(marks)}'


def _level(change: Change, changes: Sequence[Change]) -> float | None:
    """The score of the version that a change made: on the examples it was compared on, first as
    the new version or else as the old one; in training where it never was."""
    if change.is_proposal or change.restores is not None:
        return change.scores[1]
    compared = (c for c in changes if c.parent == change.trial and c.scores[0] is not None)
    return next((c.scores[0] for c in compared), change.score_after)


def _dot(x: float, y: float, radius: float, kind: str, title: str) -> str:
    return (
        f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}">'
        f"<title>{escape(title)}</title></circle>"
    )


def _failure(x: float, number: int) -> str:
    y = HEIGHT - BOTTOM - 4
    return (
        f'<path class="failed" d="M{x - 3:.1f},{y - 3}l6,6m0,-6l-6,6">'
        f"<title>trial {number} failed</title></path>"
    )


def _round_step(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten."""
    if step <= 0:
        return 1.0
    power = 10.0 ** floor(log10(step))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= step - 1e-12)
