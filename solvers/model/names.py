"""The names of a model's columns and rows, written out only when somebody reads them."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray


class Texts(Sequence[str]):
    """The texts of whole numbers, written when the first is read."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        self._numbers = numbers

    def __reduce__(self) -> tuple[Any, ...]:
        return Texts, (self._numbers,)

    @cached_property
    def _written(self) -> list[str]:
        return list(map(str, self._numbers.tolist()))

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        return self._written[at]

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)


@dataclass(frozen=True, eq=False)
class NamePart:
    """Elements of one name: `ship[Lyon,Paris]` for every combination of `texts`, the last index
    fastest, or for those at `places` (one array for each of `texts`). Without texts there are
    `count` elements of the bare name."""

    name: str
    texts: tuple[Sequence[str], ...] = ()
    places: tuple[NDArray[np.signedinteger[Any]], ...] | None = None
    count: int = 1

    def __len__(self) -> int:
        if not self.texts:
            return self.count
        return prod(map(len, self.texts)) if self.places is None else len(self.places[0])

    def __getitem__(self, at: int) -> str:
        if not self.texts:
            return self.name
        if self.places is not None:
            where = [int(places[at]) for places in self.places]
        else:
            where = [int(k) for k in np.unravel_index(at, tuple(map(len, self.texts)))]
        members = (texts[k] for texts, k in zip(self.texts, where, strict=True))
        return f"{self.name}[{','.join(members)}]"

    @cached_property
    def _positions(self) -> list[dict[str, int]]:
        return [{text: at for at, text in enumerate(texts)} for texts in self.texts]

    def find(self, element: str) -> int | None:
        """Where the element of that name is, by a look at its indices; None where there is none, or
        where that does not say it: members may have commas, and a bare name many elements."""
        name, _, listed = element.removesuffix("]").partition("[")
        indices = listed.split(",")
        if name != self.name or not self.texts or len(indices) != len(self.texts):
            return None
        where = [known.get(text, -1) for known, text in zip(self._positions, indices, strict=True)]
        if -1 in where:
            return None
        if self.places is None:
            at = int(np.ravel_multi_index(where, tuple(map(len, self.texts))))
        else:
            sides = zip(self.places, where, strict=True)
            found = np.flatnonzero(np.all([places == k for places, k in sides], axis=0))
            if len(found) != 1:
                return None
            at = int(found[0])
        return at if self[at] == element else None  # `x[a` is no element

    def __iter__(self) -> Iterator[str]:
        name = self.name
        if not self.texts:
            return itertools.repeat(name, self.count)
        columns = list(self._columns())
        if len(columns) == 1:
            return (f"{name}[{text}]" for text in columns[0])
        if self.places is None:
            return (f"{name}[{','.join(members)}]" for members in itertools.product(*columns))
        return (f"{name}[{','.join(members)}]" for members in zip(*columns, strict=True))

    def _columns(self) -> Iterator[Sequence[str]]:
        if self.places is None:
            yield from self.texts
            return
        for texts, places in zip(self.texts, self.places, strict=True):
            yield np.array(list(texts), dtype=object)[places].tolist()


class Names(Sequence[str]):
    """The names of all parts, one after the other. Equal to any sequence of the same texts."""

    def __init__(self, parts: Sequence[NamePart]) -> None:
        self._parts = tuple(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return Names, (self._parts,)  # not the list, which is long to send and quick to write

    @cached_property
    def _ends(self) -> list[int]:
        return list(itertools.accumulate(map(len, self._parts)))

    @cached_property
    def _written(self) -> list[str]:
        return list(itertools.chain.from_iterable(self._parts))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> list[str]: ...
    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice) or "_written" in self.__dict__:
            return self._written[at]
        at = at + len(self) if at < 0 else at
        if not 0 <= at < len(self):
            raise IndexError(at)
        part = bisect_right(self._ends, at)
        return self._parts[part][at - (self._ends[part - 1] if part else 0)]

    def find(self, name: str) -> int | None:
        """Where a name stands, without writing the others out; None where that cannot be said."""
        for part, end in zip(self._parts, self._ends, strict=True):
            if (at := part.find(name)) is not None:
                return end - len(part) + at
        return None

    def __iter__(self) -> Iterator[str]:
        return iter(self._written)

    def __contains__(self, name: object) -> bool:
        return name in self._written

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._written == list(other)

    __hash__ = None  # type: ignore[assignment]  # compared by its texts, as a list is

    def __repr__(self) -> str:
        return repr(self._written)
