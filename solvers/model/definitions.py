"""Columns that only name an amount (`cost == 3*a + 5*b`), written out where they stand.

Whoever writes a model may name what it adds up or not; the model says the same. A column is a name
where an equation gives it and its lower bound says no more than those of what it adds up: equation
and column go, and what was said of the column is said of the sum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf, isclose, isfinite

ROUNDS = 20
"""How deep names may stand in names."""
_DUST = 1e-12


@dataclass(slots=True)
class Sum:
    """lower <= sum of coefficient * column <= upper, by column."""

    terms: dict[int, float]
    lower: float
    upper: float

    @property
    def is_equation(self) -> bool:
        return self.lower == self.upper


@dataclass
class Definitions:
    """The rows, costs and bounds of a program; `write_out` changes rows and costs."""

    rows: list[Sum]
    cost: dict[int, float]
    lower: Sequence[float]
    upper: Sequence[float]
    integer: Sequence[bool]
    most: int
    """Coefficients from which on nothing more is written out."""
    _holding: dict[int, set[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._holding = defaultdict(set)
        for place, row in enumerate(self.rows):
            for at in row.terms:
                self._holding[at].add(place)

    def write_out(self) -> None:
        """Write out every column that is a name. Which are is told from the rows alone, never from
        their order: an equation that could give two columns gives none."""
        gone: set[int] = set()
        for _ in range(ROUNDS):
            given = self._given(gone)
            if not given:
                break
            for place, at in given.items():
                if sum(len(row.terms) for row in self.rows) > self.most:
                    return
                if at in self.rows[place].terms:
                    self._put(place, at)
                    gone.add(place)
        self.rows[:] = [row for place, row in enumerate(self.rows) if place not in gone]

    def _given(self, gone: set[int]) -> dict[int, int]:
        """The column that each equation gives, where it gives one and no other equation does."""
        found: dict[int, int] = {}
        for place, row in enumerate(self.rows):
            if row.is_equation and place not in gone and len(row.terms) > 1:
                names = [at for at in row.terms if self._is_name(at, row)]
                if len(names) == 1:
                    found[place] = names[0]
        often: dict[int, int] = defaultdict(int)
        for at in found.values():
            often[at] += 1
        return {place: at for place, at in found.items() if often[at] == 1}

    def _is_name(self, at: int, row: Sum) -> bool:
        """Whether what a column adds up keeps its lower bound by itself, and is whole if it is."""
        own = row.terms[at]
        others = [(-c / own, other) for other, c in row.terms.items() if other != at]
        if self.integer[at]:
            parts = [*(weight for weight, _ in others), row.lower / own]
            whole = all(isclose(p, round(p), abs_tol=1e-9) for p in parts)
            if not whole or not all(self.integer[other] for _, other in others):
                return False
        if self.lower[at] == -inf:
            return True
        ends = (w * (self.lower[o] if w > 0 else self.upper[o]) for w, o in others)
        return row.lower / own + sum(ends) >= self.lower[at] - 1e-9

    def _put(self, place: int, at: int) -> None:
        """The sum in the place of the column: in rows, costs, and its upper bound."""
        row = self.rows[place]
        own = row.terms[at]
        given = {other: -c / own for other, c in row.terms.items() if other != at}
        constant = row.lower / own
        for there in list(self._holding[at]):
            if there == place:
                continue
            held = self.rows[there]
            factor = held.terms.pop(at)
            held.lower -= factor * constant
            held.upper -= factor * constant
            for other, weight in given.items():
                self._add(held.terms, other, factor * weight, there)
        if factor := self.cost.pop(at, 0.0):
            for other, weight in given.items():
                self.cost[other] = self.cost.get(other, 0.0) + factor * weight
        for other in row.terms:
            self._holding[other].discard(place)
        self._holding.pop(at, None)
        if isfinite(self.upper[at]):
            self.rows.append(Sum(given, -inf, self.upper[at] - constant))
            for other in given:
                self._holding[other].add(len(self.rows) - 1)

    def _add(self, terms: dict[int, float], at: int, weight: float, place: int) -> None:
        terms[at] = terms.get(at, 0.0) + weight
        if abs(terms[at]) < _DUST * max(1.0, abs(weight)):
            del terms[at]
            self._holding[at].discard(place)
        else:
            self._holding[at].add(place)


def sums(
    starts: Sequence[int],
    columns: Sequence[int],
    coefficients: Sequence[float],
    bounds: Sequence[tuple[float, float]],
) -> Iterator[Sum]:
    """The rows of compressed arrays; those without a coefficient are left out."""
    for place, (lower, upper) in enumerate(bounds):
        terms: dict[int, float] = {}
        for entry in range(starts[place], starts[place + 1]):
            if coefficients[entry]:
                at = columns[entry]
                terms[at] = terms.get(at, 0.0) + coefficients[entry]
        if terms:
            yield Sum(terms, lower, upper)
