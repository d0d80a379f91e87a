"""Everything that a formulation uses of the numbers of its problem: what its expressions, bounds
and goals write, the cells of its parameters, how many members its sets have, and what these add
up to. The one place that checks of numbers ask."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optwright.agents.checks.words.contents import (
    numbers_explained,
    numbers_in_names,
    numbers_used,
    sizes,
)
from optwright.agents.text.quantities import Quantity, same
from optwright.solvers.data.bound import Instance
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import Floats

_MOST_SETS = 12
"""Of more sets than this the sizes are not multiplied."""
_NEAR = 2e-3
"""As `quantities.same`: small models round 1/3 to 0.333."""


@dataclass(frozen=True)
class Uses:
    """The numbers that a formulation uses. `instance` is it joined with its data, None where that
    cannot be."""

    formulation: Formulation
    tables: Mapping[str, Table]
    instance: Instance | None

    def has(self, quantity: Quantity) -> bool:
        """Whether some reading of a number of the text is used."""
        return any(self.holds(reading) for reading in quantity.readings)

    def counts(self, quantity: Quantity) -> bool:
        """Whether a number of the text says how many there are of something that the model has."""
        return quantity.value > 1 and quantity.value in self.sizes

    def holds(self, number: float) -> bool:
        """Whether a number is used, whatever its sign, up to rounding."""
        size = abs(number)
        low, high = np.searchsorted(
            self._all, (size * (1 - _NEAR) - 1e-9, size * (1 + _NEAR) + 1e-9)
        )
        return bool(high > low)

    def writes(self, number: float) -> bool:
        """The same of what is written out, without what is taken from tables."""
        return any(same(abs(n), number) for n in self.written)

    @cached_property
    def written(self) -> tuple[float, ...]:
        """What expressions, bounds, inline parameters and sets write out."""
        return tuple(numbers_used(self.formulation))

    @cached_property
    def sizes(self) -> tuple[float, ...]:
        """How many members sets have, alone and two by two, and how many decisions, numbers of a
        parameter and rows of a table there are."""
        return tuple(self._sizes())

    @cached_property
    def members(self) -> frozenset[float]:
        """The members of sets that are numbers, and the numbers in their names."""
        bound = () if self.instance is None else self.instance.sets.values()
        texts = [text for over in bound if len(over) <= _MOST_MEMBERS for text in over.texts]
        named = re.findall(r"\d+(?:\.\d+)?", " ".join(texts))
        return frozenset(map(float, named))

    def _sizes(self) -> Iterator[float]:
        yield float(len(self.formulation.variables))
        yield from (float(size) for _, size in sizes(self.formulation, self.tables))
        yield from (float(len(c.cells)) for t in self.tables.values() for c in t.columns[:1])
        if self.instance is None:
            return
        plain = {
            float(len(part)) for over in self.instance.sets.values() for part in (over, *over.parts)
        }
        yield from plain
        if len(plain) <= _MOST_SETS:
            pairs = itertools.combinations_with_replacement(plain, 2)
            yield from (a * b for a, b in pairs if a > 1 and b > 1)
        yield float(self.instance.size)
        yield from (float(v.size) for v in self.instance.variables.values())

    def _totals(self) -> Iterator[float]:
        """What the numbers of a parameter add up to."""
        for numbers in self._parameters:
            if len(numbers) > 1:
                yield float(numbers.sum())
                yield float(len(numbers))

    @cached_property
    def _parameters(self) -> tuple[Floats, ...]:
        """The numbers of each parameter, as they are bound."""
        if self.instance is None:
            return ()
        bound = self.instance.parameters.values()
        found = (p.given if p.given is not None else p.dense for p in bound)
        return tuple(v[np.isfinite(v)].reshape(-1) for v in found if v is not None)

    @cached_property
    def _all(self) -> Floats:
        """Every number by size, rising."""
        plain: Iterable[float] = itertools.chain(
            self.written,
            numbers_explained(self.formulation),
            numbers_in_names(self.formulation),
            self.members,
            self._totals(),
        )
        parts = (np.fromiter(plain, np.float64), *self._parameters)
        found: Floats = np.unique(np.abs(np.concatenate(parts)))
        return found


_MOST_MEMBERS = 20_000
