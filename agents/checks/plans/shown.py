"""A plan as a reader is shown it: one line for what is equal, nothing for what is zero."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from optwright.solvers.backends.arrays import element_names
from optwright.solvers.data.bound import BoundSet, BoundVariable

Members = tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """The elements of one decision in their order, and the members each of them is for."""

    name: str
    sets: tuple[BoundSet, ...]
    elements: tuple[str, ...]
    members: tuple[Members, ...]

    @classmethod
    def of(cls, bound: BoundVariable) -> Shape:
        elements = tuple(element_names(bound))
        return cls(bound.variable.name, bound.sets, elements, tuple(_members(bound)))

    def lines(self, amounts: Mapping[str, float]) -> list[str]:
        """The decision's amounts: `bread = 40`, `stored[3 to 24] = 19.8`."""
        chosen = [
            (members, amounts[element])
            for element, members in zip(self.elements, self.members, strict=True)
            if amounts.get(element, 0.0) != 0.0
        ]
        if not self.sets:
            return [f"{self.name} = {number(value)}" for _, value in chosen]
        return [
            f"{self.name}[{self._label(run)}] = {number(value)}"
            for run, value in _runs(chosen, self.sets[-1])
        ]

    def slice_of(self, elements: frozenset[str]) -> str:
        """The name of these elements, if they are all that have some members in common:
        `ship[Lyon, every J]`; empty where they have no such name."""
        places = dict(zip(self.elements, self.members, strict=True))
        chosen = [places[e] for e in self.elements if e in elements]
        if not chosen or not self.sets:
            return ""
        seen = [set(column) for column in zip(*chosen, strict=True)]
        fixed = [next(iter(members)) if len(members) == 1 else None for members in seen]
        alike = [
            members
            for members in self.members
            if all(f is None or f == m for f, m in zip(fixed, members, strict=True))
        ]
        if len(alike) != len(chosen):
            return ""
        names = (f or f"every {over.name}" for f, over in zip(fixed, self.sets, strict=True))
        return f"{self.name}[{', '.join(names)}]"

    def with_member(self, place: int, member: str) -> tuple[str, ...]:
        """The elements that have this member at this index."""
        pairs = zip(self.elements, self.members, strict=True)
        return tuple(element for element, members in pairs if members[place] == member)

    def richest(self, place: int, amounts: Mapping[str, float]) -> str:
        """The member of this index that has most in all; of several the first."""
        had = dict.fromkeys(self.sets[place].texts, 0.0)
        for element, members in zip(self.elements, self.members, strict=True):
            had[members[place]] += amounts.get(element, 0.0)
        return max(had, key=had.__getitem__)

    def _label(self, run: Sequence[Members]) -> str:
        *outer, first = run[0]
        over = self.sets[-1]
        if len(run) == 1:
            inner = first
        elif len(run) == len(over):
            inner = f"every {over.name}"
        else:
            inner = f"{first} to {run[-1][-1]}"
        return ", ".join([*outer, inner])


def _members(bound: BoundVariable) -> Iterator[Members]:
    """The members that each element is for, in the order of the elements."""
    if bound.support is None:
        return itertools.product(*(over.texts for over in bound.sets))
    columns = (
        [over.texts[int(place)] for place in places]
        for over, places in zip(bound.sets, bound.places(), strict=True)
    )
    return zip(*columns, strict=True)


def number(value: float) -> str:
    """Six digits, without an exponent for numbers that people write out.

    >>> number(1234567.0), number(0.1 + 0.2), number(19.8)
    ('1234567', '0.3', '19.8')
    """
    if value == round(value) and abs(value) < 1e15:
        return f"{value:.0f}"
    return f"{value:.6g}"


def _runs(
    chosen: Sequence[tuple[Members, float]], over: BoundSet
) -> Iterator[tuple[list[Members], float]]:
    """Neighbours in the last set that have one value. Only members that are numbers have an order
    that every reader knows; others are taken together where they are all of the set."""
    run: list[Members] = []
    last = 0.0
    for members, value in chosen:
        if run and _continues(run[-1], members, over) and value == last:
            run.append(members)
            continue
        yield from _closed(run, last, over)
        run, last = [members], value
    yield from _closed(run, last, over)


def _continues(before: Members, after: Members, over: BoundSet) -> bool:
    near = over.positions[after[-1]] == over.positions[before[-1]] + 1
    return before[:-1] == after[:-1] and near


def _closed(
    run: list[Members], value: float, over: BoundSet
) -> Iterator[tuple[list[Members], float]]:
    together = over.numbers is not None or len(run) == len(over)
    if run and together:
        yield run, value
    elif run:
        yield from (([members], value) for members in run)
