"""Bars over time in lanes. Bars of one lane that overlap are put below one another, and a name
that does not fit into its bar stands in a legend: nothing is hidden and nothing cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from optwright.agents.render import number
from optwright.reporting.charts import svg
from optwright.reporting.charts.axes import ticks

COLOURS = 12
MOST_LANES = 60
_ROW = 28.0
_NARROW = 250.0
"""Pixels that lanes have on a phone: a name inside a bar has to fit there."""
_LETTER = 7.5
_LAST = 96.0
"""Per cent of the width behind which a number of the axis ends at the edge."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that takes time: the lane it is drawn in, what it is, from when to when."""

    lane: str
    name: str
    start: float
    end: float


def gantt(bars: Sequence[Bar], unit: str = "") -> str:
    """A lane for each machine or job, and a time axis below, as HTML."""
    lanes = list(dict.fromkeys(bar.lane for bar in bars))
    low, high = min(0.0, *(b.start for b in bars)), max(b.end for b in bars)
    marks = ticks(low, high)
    colours = {name: at % COLOURS for at, name in enumerate(dict.fromkeys(b.name for b in bars))}
    drawn = _Drawn(low, (high - low) or 1.0, unit, colours)
    parts = []
    for lane in lanes[:MOST_LANES]:
        rows = stacked([bar for bar in bars if bar.lane == lane])
        parts.append(f'<div class="lane">{escape(lane)}</div>{drawn.lane(lane, rows, marks)}')
    more = len(lanes) - MOST_LANES
    note = f'<div class="lane faint">and {more} more</div><div></div>' if more > 0 else ""
    unsaid = [name for name in colours if not all(drawn.fits(b) for b in bars if b.name == name)]
    lines = (
        f'<div class="lanes">{"".join(parts)}{note}'
        f'<div class="lane faint">{escape(unit)}</div>{drawn.axis(marks)}</div>'
    )
    return svg.zoomed(lines, "the schedule") + _legend(unsaid, colours)


def stacked(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Bars in as few rows as it takes for none to overlap another."""
    rows: list[list[Bar]] = []
    for bar in sorted(bars, key=lambda b: (b.start, b.end)):
        slack = 1e-6 * max(1.0, abs(bar.start))
        row = next((r for r in rows if r[-1].end <= bar.start + slack), None)
        if row is None:
            rows.append([bar])
        else:
            row.append(bar)
    return rows


@dataclass(frozen=True, slots=True)
class _Drawn:
    low: float
    span: float
    unit: str
    colours: dict[str, int]

    def across(self, moment: float) -> float:
        return 99.0 * (moment - self.low) / self.span + 0.5

    def fits(self, bar: Bar) -> bool:
        wide = (bar.end - bar.start) / self.span * _NARROW
        return bar.name == bar.lane or len(bar.name) * _LETTER + 4 <= wide

    def lane(self, lane: str, rows: Sequence[Sequence[Bar]], marks: Sequence[float]) -> str:
        height = len(rows) * _ROW + 2
        body = [svg.line(self.across(m), 0, self.across(m), height, kind="grid") for m in marks]
        for at, row in enumerate(rows):
            for bar in row:
                body += self._bar(bar, at * _ROW + 3)
        said = "; ".join(self._told(bar) for row in rows for bar in row)
        return svg.picture(height, "".join(body), f"{lane}: {said}")

    def _bar(self, bar: Bar, top: float) -> Iterator[str]:
        left, right = self.across(bar.start), self.across(bar.end)
        kind = f"job job{self.colours[bar.name]}"
        wide = max(right - left, 0.4)
        yield svg.rect(left, top, wide, _ROW - 6, kind=kind, title=self._told(bar))
        if bar.name != bar.lane and self.fits(bar):
            yield svg.text((left + right) / 2, top + 15, bar.name, "middle", kind="inside")

    def _told(self, bar: Bar) -> str:
        return f"{bar.name}: {number(bar.start)} to {number(bar.end)} {self.unit}".strip()

    def axis(self, marks: Sequence[float]) -> str:
        body = list[str]()
        for mark in marks:
            x = self.across(mark)
            # What would reach beyond the edge ends at it, since a wide chart is cut there.
            anchor = "end" if x > _LAST else "middle"
            body.append(svg.text(min(x, 100), 14, number(mark), anchor, kind="faint"))
        return svg.picture(18, "".join(body), "time")


def _legend(names: Sequence[str], colours: dict[str, int]) -> str:
    if not names:
        return ""
    items = "".join(
        f'<li><svg width="12" height="12" aria-hidden="true">'
        f'<rect class="job{colours[name]}" width="12" height="12" rx="2"></rect></svg> '
        f"{escape(name)}</li>"
        for name in names
    )
    return f'<ul class="legend">{items}</ul>'
