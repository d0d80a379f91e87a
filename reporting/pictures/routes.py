"""Ways through places: yes/no decisions (or flows of one) over pairs of places that form rounds and
paths, as lists of stops in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from optwright.reporting.answers import Family, Members

MOST_STOPS = 400
Arc = tuple[str, str]


def routes(family: Family) -> list[tuple[str, list[list[str]]]]:
    """For each vehicle (an empty text where there is none) its routes as stops in order; nothing
    where what is chosen is no set of rounds and paths."""
    ends = _ends(family)
    if ends is None or not family.chosen or len(family.chosen) > MOST_STOPS:
        return []
    if any(abs(value - 1) > 1e-6 for value in family.chosen.values()):
        return []
    by_vehicle = dict[str, list[Arc]]()
    for key in family.chosen:
        if key[ends[0]] != key[ends[1]]:
            vehicle = ", ".join(part for at, part in enumerate(key) if at not in ends)
            by_vehicle.setdefault(vehicle, []).append((key[ends[0]], key[ends[1]]))
    found = [
        (vehicle, _walked(arcs, family.members[ends[0]])) for vehicle, arcs in by_vehicle.items()
    ]
    stops = sum(len(route) for _, ways in found for route in ways)
    if not all(ways for _, ways in found) or stops < 3:
        return []
    return found


def drawn(found: Sequence[tuple[str, list[list[str]]]]) -> str:
    """The routes as lists, the stops of each in their order."""
    parts = []
    for vehicle, ways in found:
        head = f'<div class="series">{escape(vehicle)}</div>' if vehicle else ""
        lines = "".join(f'<li><ol class="route">{_stops(route)}</ol></li>' for route in ways)
        parts.append(f'{head}<ul class="routes">{lines}</ul>')
    return "".join(parts)


def _stops(route: Sequence[str]) -> str:
    return "".join(f"<li>{escape(stop)}</li>" for stop in route)


def _ends(family: Family) -> tuple[int, int] | None:
    """The two indices that run over the same places."""
    for one in range(len(family.sets)):
        for other in range(one + 1, len(family.sets)):
            same = family.sets[one] == family.sets[other]
            if same or set(family.members[one]) == set(family.members[other]):
                return one, other
            if len(family.sets) == 2 and set(family.members[one]) & set(family.members[other]):
                return one, other
    return None


def _walked(arcs: Sequence[Arc], order: Members) -> list[list[str]]:
    """Arcs as rounds and paths; empty where a place but one is left or reached more than once."""
    leaving, coming = Counter(a for a, _ in arcs), Counter(b for _, b in arcs)
    busy = {place for place in {*leaving, *coming} if max(leaving[place], coming[place]) > 1}
    if len(busy) > 1 or any(leaving[p] != coming[p] for p in busy):
        return []
    onward = dict[str, list[str]]()
    for start, end in arcs:
        onward.setdefault(start, []).append(end)
    first = list(dict.fromkeys((*busy, *(p for p in leaving if not coming[p]), *order)))
    return list(_ways(onward, [place for place in first if place in leaving]))


def _ways(onward: dict[str, list[str]], starts: Sequence[str]) -> Iterator[list[str]]:
    for start in starts:
        while onward.get(start):
            route = [start]
            while onward.get(route[-1]):
                route.append(onward[route[-1]].pop(0))
                if route[-1] == start:
                    break
            yield route
