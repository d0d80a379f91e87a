"""Answers over periods: a column for each, or a grid of things and periods."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from optwright.agents.render import number
from optwright.reporting.answers import Family, Members
from optwright.reporting.charts import svg
from optwright.solvers.model.formulation import Domain

if TYPE_CHECKING:
    from optwright.reporting.facts import Facts

MOST_ROWS = 40
MOST_PERIODS = 60
_ROW, _LABEL = 30.0, 26.0
_PERIOD = re.compile(
    r"(?:^|_|\b)(?:periods?|days?|weeks?|months?|hours?|shifts?|quarters?|years?|slots?|time)"
    r"(?:\b|_|$)",
    re.IGNORECASE,
)
_CALENDAR = frozenset(
    "mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec".split()
)


def columns(family: Family) -> str:
    """A column for each period, in order."""
    keys = [(member,) for member in family.members[0]][:MOST_PERIODS]
    values = [family.values.get(key, 0.0) for key in keys]
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0
    height, top, step = 120.0, 18.0, 100 / len(keys)
    zero = top + height * high / span
    body = [svg.line(0, zero, 100, zero, kind="axis")]
    every = -(-len(keys) // 12)
    for place, (key, value) in enumerate(zip(keys, values, strict=True)):
        tall = height * abs(value) / span
        y = zero - tall if value >= 0 else zero
        told = f"{key[0]}: {number(value)} {family.unit}".strip()
        left = place * step + step * 0.12
        body.append(svg.rect(left, y, step * 0.76, tall, kind="bar", title=told))
        middle = place * step + step / 2
        if place % every == 0:
            body.append(svg.text(middle, top + height + 16, svg.clipped(key[0], 8), "middle"))
        if len(keys) <= 12 and value:
            body.append(svg.text(middle, y - 4, number(value), "middle", kind="strong"))
    label = f"{family.title}: " + "; ".join(number(v) for v in values)
    return svg.picture(top + height + 24, "".join(body), label)


def grid(family: Family, facts: Facts) -> str:
    """Periods from left to right and the other index below one another; empty where neither of a
    decision's two indices is periods."""
    if len(family.sets) != 2 or not family.chosen:
        return ""
    first, second = (is_periods(facts, *index) for index in _indices(family))
    if first and not second:
        family = _turned(family)
    elif not second:
        return ""
    rows, periods = family.members[0][:MOST_ROWS], family.members[1]
    if len(periods) > MOST_PERIODS:
        return ""
    is_binary = family.variable is not None and family.variable.domain is Domain.BINARY
    most = max(map(abs, family.chosen.values()))
    step = (100 - _LABEL) / len(periods)
    every = -(-len(periods) // 12)
    body = [
        svg.text(_LABEL + step * (at + 0.5), 14, svg.clipped(period, 6), "middle")
        for at, period in enumerate(periods)
        if at % every == 0
    ]
    for down, row in enumerate(rows):
        top = 22 + down * _ROW
        body.append(svg.text(0, top + 19, svg.clipped(row, 13)))
        body.append(svg.rect(_LABEL, top + 3, 100 - _LABEL, _ROW - 6, kind="rail"))
        for at, period in enumerate(periods):
            value = family.chosen.get((row, period), 0.0)
            if value:
                told = f"{row}, {period}: {number(value)} {family.unit}".strip()
                strong = 1.0 if is_binary else 0.25 + 0.75 * abs(value) / most
                left, wide = _LABEL + step * at, step - 0.4
                box = (left + 0.2, top + 4, wide, _ROW - 8)
                body.append(svg.rect(*box, kind="bar", title=told, opacity=strong))
                if not is_binary and step > 6:
                    middle = left + step / 2
                    body.append(svg.text(middle, top + 19, number(value), "middle", kind="halo"))
    label = "; ".join(f"{', '.join(k)}: {number(v)}" for k, v in family.chosen.items())
    return svg.picture(22 + len(rows) * _ROW, "".join(body), label)


def _indices(family: Family) -> list[tuple[str, Members]]:
    return list(zip(family.sets, family.members, strict=True))


def _turned(family: Family) -> Family:
    """The same decision with its two indices changed about."""
    return replace(
        family,
        sets=family.sets[::-1],
        members=family.members[::-1],
        values={key[::-1]: value for key, value in family.values.items()},
    )


def is_periods(facts: Facts, name: str, members: Members) -> bool:
    """Whether a set's members are moments in order: by its name or meaning, or because they are
    days or months."""
    model = facts.solution.formulation
    stated = next((s for s in model.sets if s.name == name), None) if model is not None else None
    column = stated.column.value if stated is not None and stated.column is not None else ""
    told = f"{name} {stated.meaning if stated is not None else ''} {column}"
    calendar = {member[:3].lower() for member in members} <= _CALENDAR
    ordered = len(members) >= 2 and (_is_counted(members) or calendar)
    return ordered and (calendar or name in ("T", "t") or _PERIOD.search(told) is not None)


def _is_counted(members: Members) -> bool:
    return all(re.fullmatch(r"\D*\d+(?:-\d+)*", member) for member in members)
