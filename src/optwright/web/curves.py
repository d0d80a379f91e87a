"""A curve over a range as SVG: what a sweep gives, drawn as wide as the page allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from optwright.agents.chat.reply import Series
from optwright.agents.render import number
from optwright.reporting.charts import svg

_LEFT, _RIGHT = 13.0, 98.0  # per cent of the width; figures stand left of it
_TOP, _BOTTOM = 34.0, 190.0  # pixels
_HEIGHT = 242.0

Place = tuple[float, float]
Scale = Callable[[float], float]


def curve(series: Series) -> str:
    """The points joined by lines, a gap where there is no solution, a dashed line where the slope
    changes; empty where nothing could be solved."""
    known = [(x, y) for x, y in series.points if y is not None]
    if not known:
        return ""
    xs, ys = [x for x, _ in series.points], [y for _, y in known]
    across, down = _scale(xs, _LEFT, _RIGHT), _scale(ys, _BOTTOM, _TOP)
    body = [*_frame(series, xs, ys), *_breaks(series, across)]
    places = [None if y is None else (across(x), down(y)) for x, y in series.points]
    body += _joined(places)
    for (x, y), place in zip(series.points, places, strict=True):
        if place is not None and y is not None:
            told = f"{series.x} {number(x)}: {series.y} {number(y)}"
            body.append(svg.dot(*place, 4, kind="bar", title=told))
    label = f"{series.title}: from {number(ys[0])} to {number(ys[-1])}"
    return svg.picture(_HEIGHT, "".join(body), label)


def _scale(values: Sequence[float], start: float, end: float) -> Scale:
    """Maps the range of some values to a range on the page."""
    low, span = min(values), max(values) - min(values)
    return lambda value: start + (end - start) * ((value - low) / span if span else 0.5)


def _frame(series: Series, xs: Sequence[float], ys: Sequence[float]) -> Iterator[str]:
    """Names and ends of both axes."""
    yield svg.text(0, 12, svg.clipped(series.y, 60), kind="strong")
    for value in dict.fromkeys((max(ys), min(ys))):
        height = _scale(ys, _BOTTOM, _TOP)(value)
        yield svg.line(_LEFT, height, 100, height, kind="grid")
        yield svg.text(_LEFT - 1.5, height + 4, number(value), "end", kind="faint")
    yield svg.line(_LEFT - 1, _BOTTOM + 9, 100, _BOTTOM + 9, kind="axis")
    yield svg.text(_LEFT, _BOTTOM + 26, number(min(xs)), "middle", kind="faint")
    yield svg.text(_RIGHT, _BOTTOM + 26, number(max(xs)), "end", kind="faint")
    yield svg.text(55, _BOTTOM + 44, svg.clipped(series.x, 50), "middle", kind="strong")


def _breaks(series: Series, across: Scale) -> Iterator[str]:
    for x in series.breaks:
        told = f"what one more unit is worth changes at {number(x)}"
        yield svg.line(across(x), _TOP, across(x), _BOTTOM, kind="break", title=told)


def _joined(places: Sequence[Place | None]) -> Iterator[str]:
    for one, other in pairwise(places):
        if one is not None and other is not None:
            yield svg.line(*one, *other, kind="curve", width=2)
