"""Which picture fits an answer, by the structure of its formulation.

Moments become a schedule; yes/no over periods a roster, over places routes, over things of two
kinds pairs; amounts over periods a chart, between places flows, and else bars. Decisions that say
nothing by themselves get none; the tables hold everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from optwright.reporting.answers import Family
from optwright.reporting.charts.bars import bars
from optwright.reporting.charts.gantt import gantt
from optwright.reporting.facts import Facts
from optwright.reporting.pictures import grids, pairs, periods, routes
from optwright.reporting.pictures.flows import flows, on_map
from optwright.reporting.pictures.schedules import schedules

MOST_PICTURES = 12


@dataclass(frozen=True, slots=True)
class Picture:
    """HTML with its caption; `is_of` names the decisions it shows, `is_whole` says that it has all
    that their tables would have."""

    caption: str
    html: str
    is_of: tuple[str, ...]
    is_whole: bool = False


def pictures(facts: Facts) -> tuple[Picture, ...]:
    """The pictures of an answer, the most telling first, none of the same decision twice."""
    shown = list(_schedules(facts))
    taken = {name for picture in shown for name in picture.is_of}
    helpers = facts.structure.helpers
    for family in facts.families:
        if family.name in taken or family.name in helpers or not family.sets or not family.chosen:
            continue
        draw = _choices if grids.is_choice(family) else _amounts
        if (picture := next(draw(family, facts), None)) is not None:
            shown.append(picture)
    shown += _scalars(facts)
    return tuple(shown[:MOST_PICTURES])


def _schedules(facts: Facts) -> Iterator[Picture]:
    found = list(schedules(facts))
    for schedule in found:
        caption = "Schedule"
        if len(found) > 1:
            family = next(f for f in facts.families if f.name == schedule.names[0])
            caption = f"Schedule: {family.title}"
        yield Picture(caption, gantt(schedule.bars, schedule.unit), schedule.names, True)


def _choices(family: Family, facts: Facts) -> Iterator[Picture]:
    """Pictures of yes/no decisions, the first that fits."""
    own = (family.name,)
    if len(family.sets) == 1:
        yield Picture(family.title, pairs.chosen(family), own, True)
        return
    if found := routes.routes(family):
        arcs = [arc for _, ways in found for way in ways for arc in pairwise(way)]
        place = on_map(arcs, facts.tables)
        yield Picture(f"Routes: {family.title}", place + routes.drawn(found), own, True)
    axis = periods.most_ordered(family, facts)
    if axis is not None and (grid := grids.roster(family, axis)):
        yield Picture(f"{family.title}, by {facts.title_of(family.sets[axis])}", grid, own, True)
    if len(family.sets) == 2 and _are_places(family):
        if drawn := flows(family, facts.tables, facts.closed):
            yield Picture(_from_to(family, facts), drawn, own)
        return
    if paired := pairs.pairs(family):
        yield Picture(family.title, paired, own, True)


def _amounts(family: Family, facts: Facts) -> Iterator[Picture]:
    """Pictures of amounts, the first that fits."""
    own = (family.name,)
    if _are_places(family) and (found := routes.routes(family)):
        yield Picture(f"Routes: {family.title}", routes.drawn(found), own)
    axis = None if _are_places(family) else periods.most_ordered(family, facts)
    if axis is not None:
        by = f"{titled(family)}, by {facts.title_of(family.sets[axis])}"
        if drawn := periods.chart(family, axis, facts):
            yield Picture(by, drawn, own, len(family.members[axis]) <= periods.MOST_NUMBERED)
        if grid := grids.amounts(family, axis):
            yield Picture(by, grid, own, True)
        return
    is_sent = family.name in facts.structure.transported or _are_places(family)
    if len(family.sets) == 2 and is_sent:
        if drawn := flows(family, facts.tables, facts.closed):
            yield Picture(_from_to(family, facts), drawn, own)
    elif len(family.sets) == 1:
        items = [(key[0], value) for key, value in family.chosen.items()]
        yield Picture(titled(family), bars(items, family.unit), own)


def _scalars(facts: Facts) -> Iterator[Picture]:
    """Decisions without indices side by side, where they are counted in the same unit."""
    helpers = facts.structure.helpers
    single = [
        f for f in facts.families
        if not f.sets and not grids.is_choice(f) and f.name not in helpers
    ]  # fmt: skip
    units = {family.unit for family in single}
    if len(single) < 2 or len(units) > 1:
        return
    items = [(family.title, family.values[()]) for family in single]
    yield Picture("What to choose", bars(items, units.pop()), tuple(f.name for f in single))


def titled(family: Family) -> str:
    return f"{family.title} ({family.unit})" if family.unit else family.title


def _from_to(family: Family, facts: Facts) -> str:
    ends = " to ".join(facts.title_of(name) for name in family.sets)
    return f"{titled(family)}: from {ends}"


def _are_places(family: Family) -> bool:
    """Whether both of two indices run over the same things."""
    if len(family.sets) != 2:
        return False
    one, other = map(set, family.members)
    return family.sets[0] == family.sets[1] or len(one & other) > 1
