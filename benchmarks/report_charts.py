"""The two pictures of a benchmark report: accuracy with intervals, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from optwright.benchmarks.report_markup import Markup
from optwright.benchmarks.totals import Share
from optwright.reporting.charts import svg
from optwright.reporting.charts.axes import Axis, Plot

ROW, TOP, PLANE = 38.0, 12.0, 300.0  # pixels
_NEAR = 30.0  # per cent of the width; names nearer than this would be written over each other


@dataclass(frozen=True)
class Point:
    """One system: its accuracy, and tokens read and written a problem."""

    name: str
    share: Share
    tokens: float


def bars(points: Sequence[Point]) -> Markup:
    """Accuracy of each system as a mark below its name, its 95 % interval as a line."""
    bottom = TOP + ROW * len(points)
    plot = Plot(Axis(0, 100, 2, 97), Axis(0, 1, bottom, TOP))
    body = [*plot.marks([(p, f"{p} %") for p in range(0, 101, 20)], grid=True)]
    for row, point in enumerate(points):
        body += _bar(point, plot, TOP + ROW * row)
    drawn = svg.picture(bottom + 26, "".join(body), "Accuracy of each system with 95 % intervals")
    return Markup(f'<div class="wide">{drawn}</div>')


def _bar(point: Point, plot: Plot, top: float) -> list[str]:
    low, high = (plot.across.at(100 * end) for end in point.share.interval)
    said = "no labels" if point.share.value is None else _said(point.share)
    names = [svg.text(0, top + 13, point.name), svg.text(100, top + 13, said, "end")]
    if point.share.value is None:
        return names
    x, y = plot.across.at(100 * point.share.value), top + 25
    return [*names, svg.line(low, y, high, y, kind="interval", width=1.5),
            svg.dot(x, y, 5, kind="mark", title=f"{point.name}: {said}")]  # fmt: skip


def plane(points: Sequence[Point]) -> Markup:
    """Accuracy over tokens a problem, tokens on a logarithmic scale."""
    shown = [p for p in points if p.share.value is not None and p.tokens > 0]
    if not shown:
        return Markup("")
    low, high = _decades([p.tokens for p in shown])
    plot = Plot(Axis(low, high, 14, 88, log=True), Axis(0, 100, TOP + PLANE, TOP))
    body = list(plot.levels([f"{value:.0f} %" for value in plot.up.ticks]))
    body += plot.marks([(t, f"{t:,.0f}") for t in _ticks(low, high)], grid=True)
    body.append(svg.text(51, TOP + PLANE + 38, "tokens a problem", "middle"))
    taken: list[tuple[float, float]] = []
    for point in sorted(shown, key=lambda p: (-(p.share.value or 0.0), p.name)):
        body += _dot(point, plot, taken)
    drawn = svg.picture(TOP + PLANE + 44, "".join(body), "Accuracy over tokens a problem")
    return Markup(f'<div class="wide">{drawn}</div>')


def _dot(point: Point, plot: Plot, taken: list[tuple[float, float]]) -> list[str]:
    """A system in the plane; its name goes below names that are there already, and to the left
    of a dot that stands far on the right."""
    low, high = (100 * end for end in point.share.interval)
    value = 100 * (point.share.value or 0.0)
    x, y = plot.place(point.tokens, value)
    label = y - 6
    while any(abs(x - at) < _NEAR and abs(label - other) < 14 for at, other in taken):
        label += 14
    taken.append((x, label))
    beside = (x + 1.2, "start") if x < 60 else (x - 1.2, "end")
    return [
        plot.interval(point.tokens, low, high),
        plot.dot(point.tokens, value, 5, kind="mark", title=f"{point.name}: {_said(point.share)}"),
        svg.text(beside[0], label, point.name, beside[1]),
    ]


def _decades(tokens: Sequence[float]) -> tuple[float, float]:
    """The ends of the scale: thirds of decades around what is shown."""
    first = floor(3 * log10(min(tokens)) - 0.2) / 3
    last = ceil(3 * log10(max(tokens)) + 0.2) / 3
    return 10.0**first, 10.0**last


def _ticks(low: float, high: float) -> list[float]:
    decades = range(floor(log10(low)), ceil(log10(high)) + 1)
    found = [part * 10.0**decade for decade in decades for part in (1, 2, 5)]
    return [t for t in found if low <= t <= high]


def _said(share: Share) -> str:
    return f"{share.right} of {share.scored}"
