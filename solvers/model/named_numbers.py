"""Numbers by name that stay an array until somebody asks for a name."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from functools import cached_property
from typing import Any

import numpy as np

from optwright.solvers.model.linear_model import Floats
from optwright.solvers.model.names import Names

FEW = 100  # names that are looked up one by one before all are written


class NamedNumbers(Mapping[str, float]):
    """The mapping of `names[k]` to `numbers[k]`, without those that are NaN.

    Of a large model the answer is half a million names that nobody may read; the first few that are
    asked for are looked up by their indices, and all are written when more are. Equal to any
    mapping of the same items.
    """

    def __init__(self, names: Sequence[str], numbers: Floats) -> None:
        self.names = names
        self.numbers = numbers
        self._asked = 0

    @cached_property
    def _by_name(self) -> dict[str, float]:
        pairs = dict(zip(self.names, self.numbers.tolist(), strict=True))
        if np.isnan(self.numbers).any():
            return {name: number for name, number in pairs.items() if number == number}  # noqa: PLR0124  (NaN is not)
        return pairs

    def __getitem__(self, name: str) -> float:
        few = self._asked < FEW and "_by_name" not in self.__dict__
        if few and isinstance(self.names, Names):
            self._asked += 1
            at = self.names.find(name)
            if at is not None and not np.isnan(self.numbers[at]):
                return float(self.numbers[at])
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __bool__(self) -> bool:
        return not np.isnan(self.numbers).all()

    def keys(self) -> KeysView[str]:
        return self._by_name.keys()

    def values(self) -> ValuesView[float]:
        return self._by_name.values()

    def items(self) -> ItemsView[str, float]:
        return self._by_name.items()

    def __repr__(self) -> str:
        return repr(self._by_name)

    def __reduce__(self) -> tuple[Any, ...]:
        return NamedNumbers, (self.names, self.numbers)


def numbers_of(named: Mapping[str, float], names: Sequence[str]) -> Floats:
    """The number of each name, NaN where it has none."""
    if isinstance(named, NamedNumbers) and named.names is names:
        return named.numbers
    return np.array([named.get(name, np.nan) for name in names], dtype=np.float64)
