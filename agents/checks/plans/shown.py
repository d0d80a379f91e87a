"""A plan as a reader is shown it: one line for what is equal, nothing for what is zero."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from optwright.solvers.backends.arrays import element_names
from optwright.solvers.data.binding import BoundSet, BoundVariable

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
        members = tuple(itertools.product(*(over.texts for over in bound.sets)))
        return cls(bound.variable.name, bound.sets, tuple(element_names(bound)), members)

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
        places = [members for e, members in zip(self.elements, self.members, strict=True)
                  if e in elements]  # fmt: skip
        if not places or not self.sets:
            return ""
        seen = [tuple(dict.fromkeys(column)) for column in zip(*places, strict=True)]
        whole = [len(s) == len(over) for s, over in zip(seen, self.sets, strict=True)]
        single = [len(s) == 1 for s in seen]
        count = prod(map(len, seen))
        if count != len(places) or not all(w or o for w, o in zip(whole, single, strict=True)):
            return ""
        names = (
            s[0] if one else f"every {over.name}"
            for s, one, over in zip(seen, single, self.sets, strict=True)
        )
        return f"{self.name}[{', '.join(names)}]"

    def with_member(self, place: int, member: str) -> tuple[str, ...]:
        """The elements that have this member at this index."""
        pairs = zip(self.elements, self.members, strict=True)
        return tuple(element for element, members in pairs if members[place] == member)

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
