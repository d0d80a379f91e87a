"""Bars with their labels above them, readable however narrow the page: HTML, so that a long label
goes on in the next line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optwright.agents.render import number
from optwright.reporting.charts import svg

MOST_BARS = 24


@dataclass(frozen=True, slots=True)
class Level:
    """How far something is filled: `value` of `most`, `figures` say it in words."""

    label: str
    value: float
    most: float
    figures: str
    is_full: bool = False


def bars(items: Sequence[tuple[str, float]], unit: str = "") -> str:
    """A bar for each item from zero on, to the left where it is negative; of many the largest."""
    shown = list(items)
    if len(shown) > MOST_BARS:
        largest = sorted(shown, key=lambda item: -abs(item[1]))[:MOST_BARS]
        shown = [item for item in shown if item in largest][:MOST_BARS]
    if not shown:
        return ""
    low = min(0.0, *(value for _, value in shown))
    span = (max(0.0, *(value for _, value in shown)) - low) or 1.0
    zero = -100 * low / span
    parts = []
    for label, value in shown:
        width = 100 * abs(value) / span
        told = f"{number(value)} {unit}".strip()
        left = zero if value >= 0 else zero - width
        rail = svg.rect(0, 0, 100, 9, kind="rail")
        bar = svg.rect(left, 0, width, 9, kind="bar", title=f"{label}: {told}")
        parts.append(_row(label, told, svg.picture(9, rail + bar, f"{label}: {told}")))
    more = len(items) - len(shown)
    note = f'<p class="faint small">and {more:,} smaller ones</p>' if more else ""
    return f'<div class="bars">{"".join(parts)}</div>{note}'


def levels(items: Sequence[Level]) -> str:
    """How far each of several things is filled, with a mark where it would be full."""
    parts = []
    for item in items:
        scale = max(abs(item.most), abs(item.value)) or 1.0
        mark = min(100 * abs(item.most) / scale, 99.7)
        body = [
            svg.rect(0, 3, 100, 9, kind="rail"),
            svg.rect(0, 3, 100 * abs(item.value) / scale, 9,
                     kind="full" if item.is_full else "bar",
                     title=f"{item.label}: {item.figures}"),
            svg.line(mark, 0, mark, 15, kind="mark", width=2),
        ]  # fmt: skip
        drawn = svg.picture(15, "".join(body), f"{item.label}: {item.figures}")
        parts.append(_row(item.label, item.figures, drawn))
    return f'<div class="bars">{"".join(parts)}</div>' if parts else ""


def _row(label: str, figures: str, drawn: str) -> str:
    return (
        f'<div class="barhead"><span>{svg.escape(label)}</span><b>{svg.escape(figures)}</b></div>'
        f"{drawn}"
    )
