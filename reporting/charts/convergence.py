"""The convergence of a run as a picture: what every trial scored, and the version in use."""

from __future__ import annotations

from collections.abc import Sequence

from optwright.agents.render import number
from optwright.optim.study.runs import Change
from optwright.optim.trial import Trial
from optwright.reporting.charts import svg
from optwright.reporting.charts.axes import Axis, Plot, margin

TOP, HEIGHT = 30.0, 210.0
NAMED = 12
"""Versions in use, beyond which their names would cover each other."""
LOG_RATIO = 1000
"""Positive scores that differ by more than this are drawn on a log scale."""


def convergence(trials: Sequence[Trial], changes: Sequence[Change], *, sign: int = 1) -> str:
    """The score of every trial as a dot and that of the version in use as a line, in SVG.

    `sign` is -1 where lower is better to the user: scores are drawn as the user counts.
    """
    scores = {t.number: sign * t.score for t in trials if not t.failed}
    if not scores:
        return '<p class="faint">No trial has a score yet.</p>'
    low, high = min(scores.values()), max(scores.values())
    log = low > 0 and high / low > LOG_RATIO
    up = Axis(low, high, TOP + HEIGHT, TOP, log)
    left = margin([number(score) for score in up.ticks])
    plot = Plot(Axis(0, max(1, trials[-1].number), left, 98), up)
    body = [*plot.levels(), *plot.marks(_counts(plot.across))]
    body += [
        plot.dot(number_of, score, 2.5, kind="dot", title=f"trial {number_of}: {score:.6g}")
        for number_of, score in scores.items()
    ]
    body += [_failure(plot.across.at(t.number), t.number) for t in trials if t.failed]
    body += _versions(changes, plot, sign)
    scale = ", log scale" if log else ""
    told = f"trial (dots: its score{scale}; line: the version in use, as tested)"
    drawn = svg.picture(TOP + HEIGHT + 26, "".join(body), "score by trial")
    return f'{svg.zoomed(drawn, "score by trial")}<p class="faint small">{told}</p>'


def _counts(across: Axis) -> list[tuple[float, str]]:
    return [(x, f"{x:.0f}") for x in across.ticks if x == int(x)]


def _versions(changes: Sequence[Change], plot: Plot, sign: int) -> list[str]:
    """A line through the versions in use, with a mark where each began."""
    accepted = [
        (change, sign * score)
        for change in changes
        if change.accepted and (score := _level(change, changes)) is not None
    ]
    points, marks, seen = list[tuple[float, float]](), list[str](), 0
    for change, score in accepted:
        # A version that was made current again began after the trials known by then.
        seen = max(seen, change.trial, *(c.trial for c in changes[: change.number]), 0)
        began = seen if change.restores is not None else change.trial
        level = min(max(score, plot.up.low), plot.up.high)
        points += [(began, points[-1][1])] if points else []
        points.append((began, level))
        told = f"version {change.number}: {change.reason}"
        marks.append(plot.dot(began, level, 5, kind="version", title=told))
        if len(accepted) <= NAMED:
            x, y = plot.place(began, level)
            marks.append(svg.text(x + 1, y - 8, str(change.number), kind="name"))
    if points:
        points.append((plot.across.high, points[-1][1]))
    return [*plot.joined(points, "line"), *marks]


def _level(change: Change, changes: Sequence[Change]) -> float | None:
    """The score of the version that a change made: on the examples it was compared on, first as
    the new version or else as the old one; in training where it never was."""
    if change.is_proposal or change.restores is not None:
        return change.scores[1]
    compared = (c for c in changes if c.parent == change.trial and c.scores[0] is not None)
    return next((c.scores[0] for c in compared), change.score_after)


def _failure(x: float, number_of: int) -> str:
    return svg.text(x, TOP + HEIGHT - 3, "×", "middle", kind="failed") + svg.dot(
        x, TOP + HEIGHT - 7, 6, kind="unseen", title=f"trial {number_of} failed"
    )
