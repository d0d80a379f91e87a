"""Which columns of the tables a formulation reads, and how well rows and members fit each other.

A row whose key is no member is about something else and is not read; a member without a row has
no value. Both are often a misspelt name, so both are told, with the rows as the file shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np

from optwright.solvers.data.bound import BoundParameter, Instance
from optwright.solvers.data.conversion import conversion
from optwright.solvers.data.table import Table
from optwright.solvers.data.units import header_unit
from optwright.solvers.model.formulation import Column, Parameter

MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Match:
    """One set or parameter and the column it comes from. `unread` are rows whose keys are no
    members, `missing` the members or combinations without a value; `factor` is what the column
    must be multiplied by to be in the parameter's unit, and None where no unit says otherwise."""

    element: str
    column: Column
    rows: int
    unread: tuple[int, ...] = ()
    missing: tuple[str, ...] = ()
    nearest: Mapping[str, str] = field(default_factory=dict)
    """For a missing member the key of an unread row that is written almost like it."""
    factor: float | None = None

    def sentences(self) -> list[str]:
        """`capacity: column capacity_tons of mills, by mill (3 rows)`, and what does not fit."""
        by = f", by {', '.join(self.column.keys)}" if self.column.keys else ""
        rows = f"{self.rows:,} row{'' if self.rows == 1 else 's'}"
        told = [f"{self.element}: column {self.column.value} of {self.column.table}{by} ({rows})"]
        if self.unread:
            told.append(f"{self.element}: not read are rows {_some(map(str, self.unread))}")
        if self.missing:
            told.append(f"{self.element}: no row gives {_some(map(self._missing, self.missing))}")
        if self.factor is not None:
            told.append(
                f"{self.element}: the column's name says another unit; multiply by {self.factor:g}"
            )
        return told

    def doubts(self) -> list[str]:
        """What is most likely a mistake: names that are almost alike, and another unit."""
        table = self.column.table
        alike = [
            f"{self.element}: no row of table {table!r} gives {member!r}, but there is {near!r}"
            for member, near in self.nearest.items()
        ]
        if self.factor is None:
            return alike
        column = self.column.value
        return [
            *alike,
            f"{self.element}: column {column!r} of table {table!r} says another unit; multiply by "
            f"{self.factor:g}",
        ]

    def _missing(self, member: str) -> str:
        near = self.nearest.get(member)
        return member if near is None else f"{member} (there is {near!r})"


def matches(instance: Instance, tables: Mapping[str, Table]) -> tuple[Match, ...]:
    """The sets and parameters that come from tables, in the order of the formulation."""
    return tuple(_matches(instance, tables))


def _matches(instance: Instance, tables: Mapping[str, Table]) -> Iterator[Match]:
    for stated in instance.formulation.sets:
        if stated.column is not None:
            yield Match(stated.name, stated.column, len(tables[stated.column.table]))
    for given in instance.formulation.parameters:
        if given.column is not None:
            bound = instance.parameters.get(given.name)
            if bound is None:
                continue  # an attribute: texts have no gaps and no unit
            yield _parameter(given, given.column, bound, tables[given.column.table])


def _parameter(given: Parameter, column: Column, bound: BoundParameter, table: Table) -> Match:
    keys = list(zip(*(table.keys(key) for key in column.keys), strict=True))
    known = [over.positions for over in bound.sets]
    widths = [over.width for over in bound.sets]
    # Of a wide table the last index is a head, which no row has as a key.
    known, widths = (known[:-1], widths[:-1]) if column.heads else (known, widths)
    unread = {
        number: row
        for number, row in zip(table.row_numbers, keys, strict=False)
        if not all(
            key in members for key, members in zip(_grouped(row, widths), known, strict=True)
        )
    }
    missing = tuple(_missing(bound))
    return Match(
        given.name,
        column,
        len(table) - len(unread),
        tuple(unread),
        missing,
        _nearest(missing, [", ".join(row) for row in unread.values()]),
        _factor(given, column),
    )


def _grouped(row: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    """The keys of a row by set: one of tuples takes several columns, as in `Lyon,Paris`."""
    at = 0
    for width in widths:
        yield ",".join(row[at : at + width])
        at += width


def _nearest(missing: tuple[str, ...], unread: list[str]) -> dict[str, str]:
    """For the first missing members, the unread key that is most like each, if one is."""
    found = {m: get_close_matches(m, unread[:1000], n=1) for m in missing[:MOST_TOLD]}
    return {member: near[0] for member, near in found.items() if near}


def _missing(bound: BoundParameter) -> Iterator[str]:
    """Combinations without a value; of two indices or more, gaps are common and not told."""
    if len(bound.sets) == 1:
        texts = bound.sets[0].texts
        yield from (texts[at] for at in np.flatnonzero(np.isnan(bound.values)).tolist())


def _factor(given: Parameter, column: Column) -> float | None:
    """What turns the unit in a column's name into that of the parameter, if they differ."""
    said = header_unit(column.value)
    factor = conversion(said, given.unit) if said and given.unit else None
    return None if factor is None or abs(factor - 1) < 1e-9 else factor


def _some(items: Iterator[str]) -> str:
    told = list(items)
    more = f" and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    return ", ".join(told[:MOST_TOLD]) + more
