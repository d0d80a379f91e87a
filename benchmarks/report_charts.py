"""The two pictures of a benchmark report, in SVG: accuracy with intervals, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from optwright.benchmarks.report_markup import Markup, tag
from optwright.benchmarks.totals import Share

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 720, 170, 120, 30, 26, 40
_PLANE = 300  # height of the picture of costs
_NAME = 20  # characters of a name that have room
_NAME_WIDTH = 120  # names nearer than this would be written over each other


@dataclass(frozen=True)
class Point:
    """One system: its accuracy, and tokens read and written a problem."""

    name: str
    share: Share
    tokens: float


def bars(points: Sequence[Point]) -> Markup:
    """Accuracy of each system as a mark, its 95 % interval as a line."""
    height = TOP + ROW * len(points) + BOTTOM
    shapes = [_across(percent, TOP, height - BOTTOM) for percent in range(0, 101, 20)]
    for row, point in enumerate(points):
        shapes += _bar(point, TOP + ROW * (row + 0.5))
    return _picture("Accuracy of each system with 95 % intervals", height, shapes)


def _bar(point: Point, y: float) -> list[Markup]:
    low, high = point.share.interval
    if point.share.value is None:
        return [
            _text(LEFT - 10, y + 4, _short(point.name), "end"),
            _text(LEFT + 8, y + 4, "no labels"),
        ]
    return [
        _text(LEFT - 10, y + 4, _short(point.name), "end"),
        _line(_x(100 * low), y, _x(100 * high), y, "interval"),
        tag("circle", cx=_n(_x(100 * point.share.value)), cy=_n(y), r=5, class_="mark"),
        _text(WIDTH - RIGHT + 10, y + 4, _said(point.share)),
    ]


def plane(points: Sequence[Point]) -> Markup:
    """Accuracy over tokens a problem, tokens on a logarithmic scale."""
    shown = [p for p in points if p.share.value is not None and p.tokens > 0]
    if not shown:
        return Markup("")
    first, last = _decades([p.tokens for p in shown])
    height = TOP + _PLANE + BOTTOM
    shapes = [_up(percent) for percent in range(0, 101, 20)]
    for tokens in _ticks(first, last):
        x = _log_x(tokens, first, last)
        shapes.append(_line(x, TOP, x, TOP + _PLANE, "grid"))
        shapes.append(_text(x, TOP + _PLANE + 18, f"{tokens:,.0f}", "middle"))
    shapes.append(_text((LEFT + WIDTH - RIGHT) / 2, height - 4, "tokens a problem", "middle"))
    taken: list[tuple[float, float]] = []
    for point in sorted(shown, key=lambda p: (-(p.share.value or 0.0), p.name)):
        shapes += _dot(point, _log_x(point.tokens, first, last), taken)
    return _picture("Accuracy over tokens a problem", height, shapes)


def _dot(point: Point, x: float, taken: list[tuple[float, float]]) -> list[Markup]:
    """A system in the plane; its name goes below names that are there already."""
    low, high = point.share.interval
    y = _y(100 * (point.share.value or 0.0))
    label = y - 6
    while any(
        abs(x - other_x) < _NAME_WIDTH and abs(label - other) < 14 for other_x, other in taken
    ):
        label += 14
    taken.append((x, label))
    return [
        _line(x, _y(100 * low), x, _y(100 * high), "interval"),
        tag("circle", cx=_n(x), cy=_n(y), r=5, class_="mark"),
        _text(x + 9, label, _short(point.name)),
    ]


def _decades(tokens: Sequence[float]) -> tuple[float, float]:
    """The ends of the scale: thirds of decades around what is shown."""
    first = floor(3 * log10(min(tokens)) - 0.2) / 3
    last = ceil(3 * log10(max(tokens)) + 0.2) / 3
    return first, last


def _ticks(first: float, last: float) -> list[float]:
    decades = range(floor(first), ceil(last) + 1)
    ticks = [part * 10.0**decade for decade in decades for part in (1, 2, 5)]
    return [t for t in ticks if first <= log10(t) <= last]


def _across(percent: int, top: float, bottom: float) -> Markup:
    x = _x(percent)
    line = _line(x, top, x, bottom, "grid")
    return tag("g", line, _text(x, bottom + 18, f"{percent} %", "middle"))


def _up(percent: int) -> Markup:
    y = _y(percent)
    line = _line(LEFT, y, WIDTH - RIGHT, y, "grid")
    return tag("g", line, _text(LEFT - 10, y + 4, f"{percent} %", "end"))


def _x(percent: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * percent / 100


def _y(percent: float) -> float:
    return TOP + _PLANE * (1 - percent / 100)


def _log_x(tokens: float, first: float, last: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (log10(tokens) - first) / (last - first)


def _said(share: Share) -> str:
    return f"{share.right} of {share.scored}"


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return tag("line", x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2), class_=kind)


def _short(name: str) -> str:
    return name if len(name) <= _NAME else f"{name[: _NAME - 1]}…"


def _text(x: float, y: float, words: str, anchor: str | None = None) -> Markup:
    return tag("text", words, x=_n(x), y=_n(y), text_anchor=anchor)


def _picture(title: str, height: float, shapes: Sequence[Markup]) -> Markup:
    size = f"0 0 {WIDTH} {_n(height)}"
    svg = tag("svg", tag("title", title), *shapes, viewBox=size, role="img")
    return tag("div", svg, class_="wide")


def _n(value: float) -> str:
    """A coordinate, short and the same on every machine."""
    return f"{value:.1f}"
