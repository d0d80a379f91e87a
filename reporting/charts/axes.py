"""Two axes with round numbers, and points, lines and columns between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log10

from optwright.agents.render import number
from optwright.reporting.charts import svg

NARROW = 360.0
"""Pixels a picture has on a phone: labels that would touch each other there are left out."""
_LETTER = 7.0


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a number lies between `start` and `end`: per cent across, pixels down."""

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
        return ticks(self.low, self.high, 4)


def ticks(low: float, high: float, parts: int = 6) -> list[float]:
    """Round numbers between two, about so many steps of them."""
    raw = (high - low) / parts
    if raw <= 0:
        return [low]
    size = 10.0 ** floor(log10(raw))
    step = next((s * size for s in (1, 2, 5, 10) if s * size >= raw * (1 - 1e-9)), 10 * size)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [count * step for count in range(first, last + 1)]


def margin(labels: Sequence[str]) -> float:
    """Per cent of the width that labels left of an axis need, on a phone too."""
    longest = max(map(len, labels), default=0)
    return min(40.0, 100 * (longest * _LETTER + 10) / NARROW)


@dataclass(frozen=True, slots=True)
class Plot:
    """A plane between two axes; everything it gives is SVG."""

    across: Axis
    up: Axis

    def levels(self, labels: Sequence[str] | None = None) -> Iterator[str]:
        """A line across at each round number, and the number left of it."""
        for at, value in enumerate(self.up.ticks):
            y = self.up.at(value)
            yield svg.line(self.across.start, y, self.across.end, y, kind="grid")
            said = number(value) if labels is None else labels[at]
            yield svg.text(self.across.start - 1.5, y + 4, said, "end", kind="faint")

    def marks(self, labels: Sequence[tuple[float, str]], *, grid: bool = False) -> Iterator[str]:
        """Labels below the axis, as many as have room, each of them whole."""
        room = NARROW * abs(self.across.end - self.across.start) / 100
        need = max((len(text) for _, text in labels), default=1) * _LETTER + 8
        every = max(1, ceil(len(labels) * need / room))
        for at, (value, text) in enumerate(labels):
            x = self.across.at(value)
            if grid:
                yield svg.line(x, self.up.end, x, self.up.start, kind="grid")
            if at % every == 0:
                # Half of it may reach beyond the picture, where a wide chart is cut.
                half = 50 * len(text) * _LETTER / NARROW
                anchor, x = ("end", 100.0) if x + half > 100 else ("middle", x)
                yield svg.text(x, self.up.start + 18, text, anchor, kind="faint")

    def joined(self, points: Sequence[tuple[float, float] | None], kind: str) -> Iterator[str]:
        """Lines from point to point, with a gap where one is missing."""
        for one, other in pairwise(points):
            if one is not None and other is not None:
                a, b = self.place(*one), self.place(*other)
                yield svg.line(*a, *b, kind=kind, width=2)

    def dot(self, x: float, y: float, radius: float, *, kind: str, title: str = "") -> str:
        return svg.dot(*self.place(x, y), radius, kind=kind, title=title)

    def interval(self, x: float, low: float, high: float, kind: str = "interval") -> str:
        """An upright line between two values."""
        return svg.line(self.across.at(x), self.up.at(low), self.across.at(x), self.up.at(high),
                        kind=kind, width=1.5)  # fmt: skip

    def column(self, x: float, width: float, value: float, *, kind: str, title: str = "") -> str:
        """A column from zero to a value, its middle at `x`, `width` in units of the axis."""
        left, right = self.across.at(x - width / 2), self.across.at(x + width / 2)
        top, bottom = sorted((self.up.at(value), self.up.at(0.0)))
        return svg.rect(left, top, right - left, bottom - top, kind=kind, title=title)

    def place(self, x: float, y: float) -> tuple[float, float]:
        return self.across.at(x), self.up.at(y)
