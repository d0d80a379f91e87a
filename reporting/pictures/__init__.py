"""Which picture fits an answer: a schedule, flows between places, amounts over periods, or bars.

Only what the model itself says decides: the names and meanings of decisions, the members of sets,
columns with coordinates. An answer that fits none gets no picture; the tables hold everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from optwright.agents.render import number
from optwright.reporting.answers import Family
from optwright.reporting.charts import svg
from optwright.reporting.facts import Facts
from optwright.reporting.limits import Limit
from optwright.reporting.pictures.flows import flows
from optwright.reporting.pictures.periods import columns, grid, is_periods
from optwright.reporting.pictures.schedules import is_about_order, schedules
from optwright.solvers.model.formulation import Domain

MOST_BARS = 24
MOST_OF_A_LIMIT = 8
_ROW = 36


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG element with its caption; `is_of` names the decisions it shows."""

    caption: str
    svg: str
    is_of: tuple[str, ...]


def pictures(facts: Facts) -> tuple[Picture, ...]:
    """The pictures of an answer, the most telling first, none of the same decision twice."""
    shown: list[Picture] = []
    for draw in (_schedules, _flows, _periods, _bars, _scalars):
        for picture in draw(facts):
            if not any(set(picture.is_of) & set(other.is_of) for other in shown):
                shown.append(picture)
    return tuple(shown)


def _schedules(facts: Facts) -> Iterator[Picture]:
    for caption, drawn, names in schedules(facts):
        yield Picture(caption, drawn, names)
    for family in facts.families:
        if drawn := grid(family, facts):
            by = next(
                name
                for name, members in zip(family.sets[::-1], family.members[::-1], strict=True)
                if is_periods(facts, name, members)
            )
            yield Picture(f"{family.title}, by {_of(facts, by)}", drawn, (family.name,))


def _flows(facts: Facts) -> Iterator[Picture]:
    for family in facts.families:
        if len(family.sets) == 2 and is_about_order(family, facts):
            continue  # which job comes before which is what the schedule shows
        if drawn := flows(family, facts.tables):
            ends = " to ".join(_of(facts, name) for name in family.sets)
            yield Picture(f"{family.title}: from {ends}", drawn, (family.name,))


def _periods(facts: Facts) -> Iterator[Picture]:
    for family in facts.families:
        if len(family.sets) == 1 and is_periods(facts, family.sets[0], family.members[0]):
            by = f"{_titled(family)}, by {_of(facts, family.sets[0])}"
            yield Picture(by, columns(family), (family.name,))


def _bars(facts: Facts) -> Iterator[Picture]:
    for family in facts.families:
        if len(family.sets) == 1 and _is_amount(family) and family.chosen:
            items = [(key[0], value) for key, value in family.chosen.items()]
            yield Picture(_titled(family), bars(items, family.unit), (family.name,))


def _scalars(facts: Facts) -> Iterator[Picture]:
    """Decisions without indices side by side, where they are counted in the same unit."""
    single = [f for f in facts.families if not f.sets and _is_amount(f)]
    units = {family.unit for family in single}
    if len(single) < 2 or len(units) > 1:
        return
    items = [(family.title, family.values[()]) for family in single]
    yield Picture("What to choose", bars(items, units.pop()), tuple(f.name for f in single))


def bars(items: Sequence[tuple[str, float]], unit: str = "") -> str:
    """A bar for each item, its label above it: readable however narrow the page."""
    shown = items[:MOST_BARS]
    low = min(0.0, *(value for _, value in shown))
    span = (max(0.0, *(value for _, value in shown)) - low) or 1.0
    zero = -100 * low / span
    body = []
    for row, (label, value) in enumerate(shown):
        top, width = row * _ROW, 100 * abs(value) / span
        told = f"{number(value)} {unit}".strip()
        body += [
            svg.text(0, top + 13, svg.clipped(label, 40)),
            svg.text(100, top + 13, told, "end", kind="strong"),
            svg.rect(0, top + 19, 100, 9, kind="rail"),
            svg.rect(zero if value >= 0 else zero - width, top + 19, width, 9, kind="bar",
                     title=f"{label}: {told}"),
        ]  # fmt: skip
    if len(items) > len(shown):
        body.append(svg.text(0, len(shown) * _ROW + 13, f"and {len(items) - len(shown)} more"))
    height = (len(shown) + (len(items) > len(shown))) * _ROW
    return svg.picture(height, "".join(body), "; ".join(f"{n}: {number(v)}" for n, v in shown))


def used(limits: Sequence[Limit]) -> str:
    """How much of each limit is used, its rows together; empty where no limit can be filled."""
    fillable = [limit for limit in limits if limit.limit is not None]
    groups: dict[str, list[Limit]] = {}
    for limit in fillable:
        groups.setdefault(limit.words or limit.row.partition("[")[0], []).append(limit)
    body: list[str] = []
    top = 0.0
    for words, rows in groups.items():
        shown = _fullest(rows)
        if rows[0].place:
            body.append(svg.text(0, top + 14, svg.clipped(words, 58), kind="strong"))
            top += 20
        for limit in shown:
            body.append(_usage(limit, limit.place or words, top))
            top += _ROW
        if len(rows) > len(shown):
            more = f"and {len(rows) - len(shown)} that are used less"
            body.append(svg.text(0, top + 10, more, kind="faint"))
            top += 24
        top += 8 if rows[0].place else 0
    return svg.picture(top, "".join(body), "how much of each limit is used") if body else ""


def _fullest(rows: Sequence[Limit]) -> list[Limit]:
    """The rows to show, in order: of many those that are used most."""
    by_room = sorted(rows, key=lambda limit: limit.slack)
    kept = {limit.row for limit in by_room[:MOST_OF_A_LIMIT] if limit.used}
    return [limit for limit in rows if limit.row in kept]


def _usage(limit: Limit, label: str, top: float) -> str:
    most, reached = limit.limit or 1.0, limit.used or 0.0
    if limit.lower == limit.upper:
        figures = f"{number(reached)}, exactly {number(most)}"
    elif most == limit.upper:
        figures = f"{number(reached)} of {number(most)}"
    else:
        figures = f"{number(reached)}, at least {number(most)}"
    scale = max(abs(most), abs(reached))
    mark = min(100 * abs(most) / scale, 99.7)
    return "".join(
        [
            svg.text(0, top + 13, svg.clipped(label, 36)),
            svg.text(100, top + 13, figures, "end", kind="strong"),
            svg.rect(0, top + 19, 100, 9, kind="rail"),
            svg.rect(0, top + 19, 100 * abs(reached) / scale, 9,
                     kind="full" if limit.binds else "bar", title=f"{limit.name}: {figures}"),
            svg.line(mark, top + 16, mark, top + 31, kind="mark", width=2),
        ]
    )  # fmt: skip


def _is_amount(family: Family) -> bool:
    return family.variable is None or family.variable.domain is not Domain.BINARY


def _titled(family: Family) -> str:
    return f"{family.title} ({family.unit})" if family.unit else family.title


def _of(facts: Facts, name: str) -> str:
    """A set as a reader knows it: what it means, what its members are, or its name."""
    model = facts.solution.formulation
    stated = next((s for s in model.sets if s.name == name), None) if model is not None else None
    if stated is None:
        return name
    column = stated.column.value if stated.column is not None else ""
    return re.sub(r"_", " ", stated.meaning or column or name)
