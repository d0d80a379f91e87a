"""A curve over a range as SVG: what a sweep gives, drawn as wide as the page allows."""

from __future__ import annotations

from collections.abc import Iterator

from optwright.agents.chat.reply import Series
from optwright.agents.render import number
from optwright.reporting.charts import svg
from optwright.reporting.charts.axes import Axis, Plot, margin

_TOP, _HEIGHT = 26.0, 160.0


def curve(series: Series) -> str:
    """The points joined by lines, a gap where there is no solution, a dashed line where the slope
    changes; empty where nothing could be solved."""
    known = [(x, y) for x, y in series.points if y is not None]
    if not known:
        return ""
    xs, ys = [x for x, _ in series.points], [y for _, y in known]
    up = Axis(min(ys), max(ys), _TOP + _HEIGHT, _TOP)
    plot = Plot(Axis(min(xs), max(xs), margin([number(y) for y in up.ticks]), 97), up)
    body = [*plot.levels(), *_breaks(series, plot)]
    body += plot.marks([(x, number(x)) for x in plot.across.ticks])
    body += plot.joined([None if y is None else (x, y) for x, y in series.points], "curve")
    for x, y in known:
        told = f"{series.x} {number(x)}: {series.y} {number(y)}"
        body.append(plot.dot(x, y, 4, kind="bar", title=told))
    label = f"{series.title}: from {number(ys[0])} to {number(ys[-1])}"
    drawn = svg.picture(_TOP + _HEIGHT + 26, "".join(body), label)
    return (
        f'<div class="series">{svg.escape(series.y)}</div>{svg.zoomed(drawn, label)}'
        f'<div class="series across">{svg.escape(series.x)}</div>'
    )


def _breaks(series: Series, plot: Plot) -> Iterator[str]:
    for x in series.breaks:
        told = f"what one more unit is worth changes at {number(x)}"
        at = plot.across.at(x)
        yield svg.line(at, plot.up.end, at, plot.up.start, kind="break", title=told)
