"""Amounts that go from one place to another, as lines as thick as the amounts: between two columns
of places, around a ring, or on a map where a table says where the places are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from optwright.agents.render import number
from optwright.reporting.answers import Family, Members
from optwright.reporting.charts import svg
from optwright.solvers.data.table import ColumnType, Table
from optwright.solvers.model.formulation import Domain

MOST_PLACES = 25  # a side
MOST_FLOWS = 80
_STEP = 42.0
_THICKEST, _CHOICE = 14.0, 4.0  # pixels; a yes is no amount
_LETTERS = 13  # of a name in one line, beside its place on a phone
_COORDINATES = (
    ("x", "y"),
    ("lon", "lat"),
    ("lng", "lat"),
    ("long", "lat"),
    ("longitude", "latitude"),
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a place is: `x` in per cent, `y` in pixels; its label begins, ends or is there."""

    x: float
    y: float
    anchor: str = "middle"


def flows(family: Family, tables: Mapping[str, Table], closed: Container[str] = ()) -> str:
    """The picture of a decision over two sets; empty where it has none or too many. Of the places
    that have no part in it those that are `closed` are left out."""
    chosen = {key: value for key, value in family.chosen.items() if value > 0}
    if len(family.sets) != 2 or not chosen or len(chosen) > MOST_FLOWS:
        return ""
    used = {place for key in chosen for place in key}
    senders, receivers = (
        tuple(m for m in members if m in used or m not in closed) for members in family.members
    )
    if max(len(senders), len(receivers)) > MOST_PLACES:
        return ""
    everywhere = tuple(dict.fromkeys((*senders, *receivers)))
    if (where := _on_map(everywhere, tables)) is not None:
        return _drawn(family, chosen, where, where)
    if set(senders) & set(receivers):
        ring = _ring(everywhere)
        return _drawn(family, chosen, ring, ring)
    return _drawn(family, chosen, _column(senders, receivers, left=True),
                  _column(receivers, senders, left=False))  # fmt: skip


def on_map(arcs: Sequence[tuple[str, str]], tables: Mapping[str, Table]) -> str:
    """Ways between places as lines on a map; empty where no table says where these are."""
    places = tuple(dict.fromkeys(place for arc in arcs for place in arc))
    if len(places) > 4 * MOST_PLACES or (where := _on_map(places, tables)) is None:
        return ""
    ways = Family("", None, ("", ""), (places, places), dict.fromkeys(arcs, 1.0))
    return _drawn(ways, dict(ways.values), where, where, is_choice=True)


def _column(own: Members, other: Members, *, left: bool) -> dict[str, _Place]:
    """Places below one another, spread over the height of the longer side."""
    height = _STEP * max(len(own), len(other))
    step = height / len(own)
    x, anchor = (27.0, "end") if left else (73.0, "start")
    return {name: _Place(x, step * (at + 0.5) + 8, anchor) for at, name in enumerate(own)}


def _ring(places: Members) -> dict[str, _Place]:
    turn = 2 * pi / len(places)
    radius = max(100.0, 13.0 * len(places))
    return {
        name: _Place(50 + 36 * sin(turn * at), radius + 30 - radius * cos(turn * at))
        for at, name in enumerate(places)
    }


def _on_map(places: Members, tables: Mapping[str, Table]) -> dict[str, _Place] | None:
    """Where the places are by a table that has coordinates for all of them."""
    for table in tables.values():
        named = {column.name.lower(): column for column in table.columns}
        for across, up in _COORDINATES:
            if across in named and up in named and (key := _key_column(table, places)) is not None:
                cells = zip(
                    table.keys(key),
                    table.numbers(named[across].name),
                    table.numbers(named[up].name),
                    strict=True,
                )
                return _scaled({name: (x, y) for name, x, y in cells if name in places})
    return None


def _key_column(table: Table, places: Members) -> str | None:
    for column in table.columns:
        if column.type is ColumnType.TEXT and None not in column.cells:
            keys = table.keys(column.name)
            if set(places) <= set(keys) and len(set(keys)) == len(keys):
                return column.name
    return None


def _scaled(at: Mapping[str, tuple[float, float]]) -> dict[str, _Place]:
    """Coordinates as places in the picture, north up."""
    xs, ys = [x for x, _ in at.values()], [y for _, y in at.values()]
    wide, tall = (max(xs) - min(xs)) or 1.0, (max(ys) - min(ys)) or 1.0
    return {
        name: _Place(12 + 76 * (x - min(xs)) / wide, 36 + 260 * (max(ys) - y) / tall)
        for name, (x, y) in at.items()
    }


def _drawn(
    family: Family,
    chosen: Mapping[Members, float],
    senders: Mapping[str, _Place],
    receivers: Mapping[str, _Place],
    *,
    is_choice: bool = False,
) -> str:
    is_choice = is_choice or _is_choice(family)
    most = max(chosen.values())
    parts = []
    for (sender, receiver), value in chosen.items():
        start, end = senders[sender], receivers[receiver]
        told = f"{sender} to {receiver}: {number(value)} {family.unit}".strip()
        thick = _CHOICE if is_choice else max(1.0, _THICKEST * value / most)
        parts.append(svg.line(start.x, start.y, end.x, end.y, kind="flow", width=thick, title=told))
    counts = Counter[str]()
    for (sender, receiver), value in chosen.items():
        along = 0.16 + 0.13 * (counts[sender] % 4)  # amounts of one sender do not hide each other
        counts[sender] += 1
        told = "" if is_choice else number(value)
        parts.append(_amount(senders[sender], receivers[receiver], told, along))
    both = {**senders, **receivers}
    used = {name for key in chosen for name in key}
    parts += [_place(name, place, name in used) for name, place in both.items()]
    height = max(place.y for place in both.values()) + 26
    label = "; ".join(f"{a} to {b}: {number(v)}" for (a, b), v in list(chosen.items())[:MOST_FLOWS])
    return svg.zoomed(svg.picture(height, "".join(parts), label), "the flows", both=True)


def _is_choice(family: Family) -> bool:
    return family.variable is not None and family.variable.domain is Domain.BINARY


def _amount(start: _Place, end: _Place, told: str, along: float) -> str:
    """The amount on its line, nearer to the sender, and the direction where that is not plain."""
    x, y = start.x + along * (end.x - start.x), start.y + along * (end.y - start.y)
    arrow = "" if start.anchor == "end" else ("→ " if end.x >= start.x else "← ")
    return svg.text(x, y, f"{arrow}{told}".strip(), "middle", kind="halo", below=0.33)


def _place(name: str, place: _Place, is_used: bool) -> str:
    kind = "place" if is_used else "place unused"
    shift = {"end": -2.0, "start": 2.0}.get(place.anchor, 0.0)
    below = 0.33 if shift else -0.83
    words = svg.wrapped(place.x + shift, place.y, name, _LETTERS, place.anchor, below=below)
    return svg.dot(place.x, place.y, 5, kind=kind, title=name) + words
