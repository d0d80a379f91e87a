"""Answers over periods: columns for amounts, a line for levels that carry over, with both axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from optwright.agents.render import number
from optwright.reporting.answers import Family, Members
from optwright.reporting.charts import svg
from optwright.reporting.charts.axes import Axis, Plot, margin, ticks

if TYPE_CHECKING:
    from optwright.reporting.facts import Facts

MOST_SERIES = 6
"""Products, places, ... that get a chart each; more are shown as a grid."""
MOST_NUMBERED = 12
"""Periods whose amounts are written at their columns."""
_TOP, _HEIGHT = 20.0, 130.0


def most_ordered(family: Family, facts: Facts) -> int | None:
    """Which of a decision's indices is most surely in order, the last of equals; None for none."""
    pairs = zip(family.sets, family.members, strict=True)
    ranks = [facts.structure.order(name, members) for name, members in pairs]
    best = max(ranks, default=0)
    return len(ranks) - 1 - ranks[::-1].index(best) if best else None


def series(family: Family, axis: int) -> dict[str, list[float]]:
    """The amounts of a decision along one index, for each combination of the others that has any;
    under an empty text where there is no other."""
    found = dict[str, list[float]]()
    periods = {member: at for at, member in enumerate(family.members[axis])}
    for key, value in family.chosen.items():
        name = ", ".join(key[:axis] + key[axis + 1 :])
        found.setdefault(name, [0.0] * len(periods))[periods[key[axis]]] = value
    return found


def chart(family: Family, axis: int, facts: Facts) -> str:
    """A chart for each combination of the other indices, all on one scale; empty for none."""
    lines = series(family, axis)
    if not 1 <= len(lines) <= MOST_SERIES:
        return ""
    is_level = family.name in facts.structure.levels
    limits = _limits(family, axis, facts, lines)
    every = [v for line in lines.values() for v in line]
    every += [v for line in limits.values() for v in line if v is not None]
    ends = min(0.0, *every), max(0.0, *every)
    parts = []
    for name, values in lines.items():
        head = f'<div class="series">{svg.escape(name)}</div>' if name else ""
        line = _Line(family.members[axis], values, limits.get(name), family.unit, is_level)
        drawn = _drawn(line, ends)
        parts.append(head + drawn)
    return svg.zoomed("".join(parts), "amounts over the periods", both=True)


@dataclass(frozen=True, slots=True)
class _Line:
    """What one chart shows: an amount for each period, and the most it may be."""

    periods: Members
    values: Sequence[float]
    limit: Sequence[float | None] | None
    unit: str
    is_level: bool


def _drawn(line: _Line, ends: tuple[float, float]) -> str:
    periods, values = line.periods, line.values
    marks = ticks(*ends, 3) or [0.0]
    step = marks[1] - marks[0] if len(marks) > 1 else 0.0
    high = marks[-1] if marks[-1] >= ends[1] - 1e-9 else marks[-1] + step
    low = marks[0] if marks[0] <= ends[0] + 1e-9 else marks[0] - step
    left = margin([number(mark) for mark in (*marks, high)])
    across = Axis(-0.6, len(periods) - 0.4, left, 100)
    plot = Plot(across, Axis(low, high, _TOP + _HEIGHT, _TOP))
    body = list(plot.levels())
    for at, value in enumerate(values):
        told = f"{periods[at]}: {number(value)} {line.unit}".strip()
        if line.is_level:
            body.append(plot.dot(at, value, 3.5, kind="bar", title=told))
        elif value:
            body.append(plot.column(at, 0.72, value, kind="bar", title=told))
    if line.is_level:
        body += plot.joined([(at, value) for at, value in enumerate(values)], "curve")
    if len(periods) <= MOST_NUMBERED:
        wide = 3.6 * (100 - left) / len(periods)
        for at, value in enumerate(values):
            said = number(value)
            if value and len(said) * 7 <= wide:
                x, y = plot.place(at, value)
                body.append(svg.text(x, y - 5 if value > 0 else y + 14, said, "middle",
                                     kind="halo"))  # fmt: skip
    if line.limit is not None:
        body += plot.joined(
            [None if v is None else (at, v) for at, v in enumerate(line.limit)], "bound"
        )
    zero = plot.up.at(0.0)
    body.append(svg.line(left, zero, 100, zero, kind="axis"))
    body += plot.marks(list(enumerate(periods)))
    label = "; ".join(f"{p}: {number(v)}" for p, v in zip(periods, values, strict=True))
    return svg.picture(_TOP + _HEIGHT + 28, "".join(body), label)


def _limits(
    family: Family, axis: int, facts: Facts, lines: Mapping[str, Sequence[float]]
) -> dict[str, list[float | None]]:
    """The most that each amount may be, where the decision itself has such bounds that are no
    further than twice the largest amount: drawn as a dashed line."""
    most = max((v for line in lines.values() for v in line), default=0.0)
    found = dict[str, list[float | None]]()
    for key, upper in facts.uppers(family.name).items():
        if upper <= 2 * most and key in family.values:
            name = ", ".join(key[:axis] + key[axis + 1 :])
            if name in lines:
                line = found.setdefault(name, [None] * len(family.members[axis]))
                line[family.members[axis].index(key[axis])] = upper
    return found
