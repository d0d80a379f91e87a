"""The numbers of an instance: sets with their members, and numbers by name over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

Member = str | int
Key = tuple[Member, ...]
"""Empty for a single number."""


@dataclass(frozen=True)
class Grid:
    """Numbers over sets: `cells` by key, one member for each dimension of `over`. A set of pairs
    counts as two dimensions."""

    over: tuple[str, ...]
    cells: Mapping[Key, float]


@dataclass(frozen=True)
class Data:
    """`sets` by name, members or pairs of members in order; `values` by name. `known` is the
    optimum where data is made around it."""

    sets: Mapping[str, tuple[Any, ...]]
    values: Mapping[str, Grid]
    known: float | None = None

    @classmethod
    def of(cls, sets: Mapping[str, Iterable[Any]], **values: Any) -> Data:
        """A single number is given as it is, others as `(over, numbers by key)`: `("I", {...})`,
        `("I J", {...})` with pairs as keys, `("I", [...])` in the order of the members."""
        kept = {name: tuple(members) for name, members in sets.items()}
        return cls(kept, {name: _grid(kept, value) for name, value in values.items()})

    def number(self, name: str, *key: Member) -> float:
        """The number of that name at `key`."""
        return self.values[name].cells[key]

    def column(self, name: str) -> list[float]:
        """All numbers of that name, in order."""
        return list(self.values[name].cells.values())

    def numbers(self) -> Iterator[tuple[str, Key, float]]:
        """Every number there is."""
        for name, grid in self.values.items():
            for key, value in grid.cells.items():
                yield name, key, value

    def changed(self, name: str, key: Key, value: float) -> Data:
        """The data with one number replaced."""
        grid = self.values[name]
        cells = {**grid.cells, key: value}
        return replace(self, values={**self.values, name: replace(grid, cells=cells)})


def _grid(sets: Mapping[str, tuple[Any, ...]], value: Any) -> Grid:
    if isinstance(value, int | float):
        return Grid((), {(): value})
    over, numbers = value
    names = tuple(over.split())
    if not isinstance(numbers, Mapping):
        numbers = dict(zip(sets[names[0]], numbers, strict=True))
    return Grid(names, {k if isinstance(k, tuple) else (k,): v for k, v in numbers.items()})
