"""A picture of how precise what is called verified is, over how much of all answers that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optwright.benchmarks.report_markup import Markup, tag
from optwright.benchmarks.totals import Share
from optwright.reporting.charts.axes import Axis

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 380, 60, 190, 20, 50
LOWEST = 0.5
"""The least precision that is drawn; a coin is no worse."""
_ACROSS = Axis(0, 1, LEFT, WIDTH - RIGHT)
_UP = Axis(LOWEST, 1, HEIGHT - BOTTOM, TOP)
_COLOURS = ("#5f6b7a", "#1a7f37", "#9a6700", "#2563eb")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")


@dataclass(frozen=True, slots=True)
class Point:
    """What would be verified from a confidence `value` on: so many of `problems`, `precision` of
    them right; `more` of them have this confidence."""

    value: float
    more: int
    verified: int
    precision: Share
    problems: int

    @property
    def coverage(self) -> float:
        return self.verified / self.problems


@dataclass(frozen=True, slots=True)
class Curve:
    """One reader's points, the surest first; of the answers it refused, how many were right."""

    name: str
    points: tuple[Point, ...]
    refused: Share


def picture(curves: Sequence[Curve]) -> str:
    """The curves as one SVG document, each point with its 95 % interval."""
    shapes = [*_axes()]
    for place, one in enumerate(curves):
        shapes += _curve(one, place)
    svg = tag(
        "svg",
        tag("title", "Precision of what is verified over coverage"),
        tag("rect", width="100%", height="100%", fill="#ffffff"),
        *shapes,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        font_family="sans-serif",
        font_size="12",
    )
    return f"{svg}\n"


def _axes() -> Iterator[Markup]:
    for percent in range(50, 101, 10):
        y = _UP.at(percent / 100)
        yield _line(LEFT, y, WIDTH - RIGHT, y, "#dddddd")
        yield _text(LEFT - 8, y + 4, f"{percent} %", "end")
    for percent in range(0, 101, 20):
        x = _ACROSS.at(percent / 100)
        yield _line(x, TOP, x, HEIGHT - BOTTOM, "#dddddd")
        yield _text(x, HEIGHT - BOTTOM + 18, f"{percent} %", "middle")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, "coverage: share verified", "middle")
    yield _text(LEFT, TOP - 6, "precision: right of these")


def _curve(one: Curve, place: int) -> Iterator[Markup]:
    colour, dash = _COLOURS[place % len(_COLOURS)], _DASHES[place % len(_DASHES)]
    at = [
        (_ACROSS.at(p.coverage), _UP.at(max(p.precision.value or 0.0, LOWEST))) for p in one.points
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in at)
    yield tag(
        "polyline", points=path, fill="none", stroke=colour, stroke_dasharray=dash or None,
        stroke_width=1.5,
    )  # fmt: skip
    for point, (x, y) in zip(one.points, at, strict=True):
        low, high = point.precision.interval
        yield _line(x, _UP.at(max(low, LOWEST)), x, _UP.at(max(high, LOWEST)), colour, opacity=0.45)
        yield tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3.5, fill=colour)
    y = TOP + 20.0 * (place + 1)
    start = WIDTH - RIGHT + 12
    yield tag(
        "line", x1=start, x2=start + 26, y1=y, y2=y, stroke=colour, stroke_width=2,
        stroke_dasharray=dash or None,
    )  # fmt: skip
    yield _text(start + 32, y + 4, one.name)


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, *, opacity: float | None = None
) -> Markup:
    return tag(
        "line", x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}", stroke=colour,
        opacity=opacity,
    )  # fmt: skip


def _text(x: float, y: float, words: str, anchor: str | None = None) -> Markup:
    return tag("text", words, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor, fill="#222222")
