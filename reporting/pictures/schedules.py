"""Answers that say when things start: a Gantt chart, bars from start to end for each job or
machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING

import numpy as np

from optwright.agents.render import number
from optwright.reporting.answers import Family, Members
from optwright.reporting.charts import svg
from optwright.solvers.model.formulation import Domain, Parameter

if TYPE_CHECKING:
    from optwright.reporting.facts import Facts

MOST_ROWS = 40
_ROW, _LABEL = 30.0, 26.0
_COLOURS = 6
_START = re.compile(r"(?:^|_|\b)(?:starts?|begins?|starting|beginning)(?:\b|_)", re.IGNORECASE)
_END = re.compile(r"(?:^|_|\b)(?:ends?|finish\w*|complet\w*)(?:\b|_)", re.IGNORECASE)
_LASTS = re.compile(
    r"(?:^|_|\b)(?:durations?|lengths?|process\w*|times?|hours?|minutes?|days?|takes?|lasts?)"
    r"(?:\b|_)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bar:
    """One thing that takes time: where it is drawn, what it is, from when to when."""

    row: str
    name: str
    start: float
    end: float


def schedules(facts: Facts) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Caption, picture and the decisions shown, for each decision that says when things start."""
    for family in facts.families:
        if not (1 <= len(family.sets) <= 2 and _says(_START, family)) or _is_binary(family):
            continue
        ending, lasts = _ending(family, facts), _lasts(family, facts)
        if ending is None and lasts is None:
            continue
        bars = list(_bars(family, facts, ending, lasts))
        if bars:
            names = (family.name,) if ending is None else (family.name, ending.name)
            yield "Schedule", gantt(bars, family.unit), names


def gantt(bars: list[Bar], unit: str = "") -> str:
    """A row for each machine or job, a bar from start to end, and a time axis below."""
    rows = list(dict.fromkeys(bar.row for bar in bars))[:MOST_ROWS]
    low, high = min(0.0, *(b.start for b in bars)), max(b.end for b in bars)
    span = (high - low) or 1.0
    colours = {name: at % _COLOURS for at, name in enumerate(dict.fromkeys(b.name for b in bars))}

    def across(moment: float) -> float:
        return _LABEL + (100 - _LABEL - 1) * (moment - low) / span

    bottom = len(rows) * _ROW
    body = [
        svg.line(across(tick), 0, across(tick), bottom, kind="grid") +
        svg.text(across(tick), bottom + 16, number(tick), "middle")
        for tick in _ticks(low, high)
    ]  # fmt: skip
    for at, row in enumerate(rows):
        body.append(svg.text(0, at * _ROW + 19, svg.clipped(row, 13)))
        for bar in (b for b in bars if b.row == row):
            told = f"{bar.name}: {number(bar.start)} to {number(bar.end)} {unit}".strip()
            left, wide = across(bar.start), across(bar.end) - across(bar.start)
            kind = f"job{colours[bar.name]}"
            body.append(svg.rect(left, at * _ROW + 4, wide, _ROW - 8, kind=kind, title=told))
            if bar.name != row and wide > 3.5:
                fits = max(1, int(wide / 2.2))
                label = svg.clipped(bar.name, fits)
                body.append(
                    svg.text(left + wide / 2, at * _ROW + 19, label, "middle", kind="inside")
                )
    if unit:
        body.append(svg.text(0, bottom + 16, svg.clipped(unit, 13), kind="faint"))
    label = "; ".join(f"{b.row}, {b.name}: {number(b.start)} to {number(b.end)}" for b in bars)
    return svg.picture(bottom + 24, "".join(body), label)


def is_about_order(family: Family, facts: Facts) -> bool:
    """Whether a yes-or-no decision only says which of two scheduled things comes first."""
    first, second = family.sets
    timed = {index for f in facts.families if _says(_START, f) for index in f.sets}
    return first == second and first in timed and _is_binary(family)


def _bars(
    family: Family,
    facts: Facts,
    ending: Family | None,
    lasts: Mapping[Members, float] | None,
) -> Iterator[Bar]:
    machines = _machines(family, facts)
    is_crossed = len(family.sets) == 2
    by_second = not is_crossed or _names_machine(facts, family.sets[1])
    for key, start in family.values.items():
        end = ending.values.get(key) if ending is not None else start + _of(lasts or {}, key)
        if end is None or end - start <= 0:
            continue
        name = key[0] if by_second else key[-1]
        row = (key[1] if by_second else key[0]) if is_crossed else machines.get(key[0], key[0])
        yield Bar(row, name, start, end)


def _of(lasts: Mapping[Members, float], key: Members) -> float:
    """How long the thing at `key` takes, where that depends on all its indices or the first."""
    return lasts.get(key, lasts.get(key[:1], lasts.get((), 0.0)))


def _machines(family: Family, facts: Facts) -> dict[str, str]:
    """Where each job is done, by a yes-or-no decision over jobs and machines."""
    if len(family.sets) != 1:
        return {}
    for other in facts.families:
        if len(other.sets) == 2 and _is_binary(other) and family.sets[0] in other.sets:
            own = other.sets.index(family.sets[0])
            if other.sets[1 - own] != family.sets[0]:
                return {key[own]: key[1 - own] for key in other.chosen}
    return {}


def _names_machine(facts: Facts, name: str) -> bool:
    """Whether a set is about who does the work; the second index is, unless the first says so."""
    model = facts.solution.formulation
    stated = next((s for s in model.sets if s.name == name), None) if model is not None else None
    told = f"{name} {stated.meaning if stated is not None else ''}"
    return re.search(r"job|task|order|batch|part", told, re.IGNORECASE) is None


def _ending(family: Family, facts: Facts) -> Family | None:
    alike = (f for f in facts.families if f.sets == family.sets and f.name != family.name)
    return next((f for f in alike if _says(_END, f) and not _is_binary(f)), None)


def _lasts(family: Family, facts: Facts) -> Mapping[Members, float] | None:
    """How long things take: a parameter over the same indices, or the first, that says so."""
    model = facts.solution.formulation
    for given in model.parameters if model is not None else ():
        if given.indices in (family.sets, family.sets[:1]) and given.indices and _is_time(given):
            return _values(given, facts)
    return None


def _is_time(given: Parameter) -> bool:
    return _LASTS.search(f"{given.name} {given.meaning}") is not None


def _values(given: Parameter, facts: Facts) -> dict[Members, float]:
    if facts.instance is None:
        return {}
    bound = facts.instance.parameters[given.name]
    return {
        tuple(s.texts[at] for s, at in zip(bound.sets, places, strict=True)): float(
            bound.values[tuple(places)]
        )
        for places in np.argwhere(~np.isnan(bound.values)).tolist()
    }


def _says(pattern: re.Pattern[str], family: Family) -> bool:
    return pattern.search(f"{family.name} {family.meaning}") is not None


def _is_binary(family: Family) -> bool:
    return family.variable is not None and family.variable.domain is Domain.BINARY


def _ticks(low: float, high: float) -> list[float]:
    """About six round moments between two."""
    raw = (high - low) / 6 or 1.0
    size = 10 ** floor(log10(raw))
    step = next(s * size for s in (1, 2, 5, 10) if s * size >= raw)
    return [step * k for k in range(ceil(low / step), floor(high / step) + 1)]
