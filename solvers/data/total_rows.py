"""Rows of totals at the edge of a table ("Total", "Summe", or no word at all): found by their
numbers and left out, so that no model makes a product of them.

A row of totals is the first or the last one, and in every column of numbers it is the sum of the
others or says nothing. That may be chance: of three products one may well sell as much as the two
others together. So a row is left out where chance is out of question, by the digits of the sums,
or where its key supports what the numbers say: it is empty, it is a usual name of totals, or it is
the only key that no other table knows. Less than that is a doubt for the reader, and the row stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from math import gcd, isclose, log2
from typing import TypeVar

import numpy as np

from optwright.solvers.data.table import (
    Cell,
    ColumnType,
    Table,
    TableColumn,
    from_columns,
    key_text,
)

T = TypeVar("T")

ENOUGH_BITS = 21.0
"""One table in a million of random numbers has as many by chance."""
NAME_BITS = 20.0
"""What an empty key or a usual name counts for, where the numbers say the same."""
STRANGER_BITS = 17.0
"""What it counts for that no other table knows the key. A product may be left out elsewhere, so
numbers have to say more than with a name."""
DOUBT_BITS = 4.0
FEWEST_IN_DOUBT = 3
"""From here on, bits and other rows, a row is named although it stays."""
FEWEST_OTHERS = 2
MOST_BITS = 33.0  # of a column: numbers are compared to ten digits
_SAME = 1e-9
_NAMES = frozenset(
    "total totals sum sums overall altogether subtotal gesamt gesamtsumme insgesamt summe totaux "
    "totale totali totaal suma somme somma soma totais razem ogółem celkem итого всего сумма "
    "toplam összesen yhteensä summa σ ∑ 合计 总计 小计 合計 総計 합계 총계 الإجمالي المجموع".split()
)
"""Support only: a row whose numbers are no sums is none of totals, whatever it is called."""
_MOST_WORDS = 4


def without_totals(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables without their rows of totals. `notes` of a table name the row that was left out,
    `doubts` one that may be one and stays."""
    found = {name: _found(table) for name, table in tables.items()}
    return {name: _cleared(table, found, tables) for name, table in tables.items()}


@dataclass(frozen=True)
class _Row:
    """A row that may be one of totals: where it stands, and the columns it is the sum of."""

    table: Table
    at: int
    sums: tuple[TableColumn, ...]
    others: tuple[TableColumn, ...]
    """Columns of numbers in which it holds another number than the sum."""

    @cached_property
    def keys(self) -> list[tuple[TableColumn, str]]:
        """The columns of keys, and what they hold in this row."""
        numeric = {c.name for c in (*self.sums, *self.others)}
        keys = [c for c in self.table.columns if c.name not in numeric]
        return [(c, key_text(c.cells[self.at])) for c in keys]

    @property
    def label(self) -> str:
        return next((text for _, text in self.keys if text), "")

    @property
    def has_its_own_key(self) -> bool:
        """Whether the row's key is one that no other row of the table has."""
        texts = [(c, text) for c, text in self.keys if text]
        return not texts or any(
            text not in map(key_text, _without(column.cells, self.at)) for column, text in texts
        )

    @property
    def is_named_so(self) -> bool:
        """Whether it holds a usual name of totals, or has no key and every other row has one."""
        if self.label:
            return any(_is_name(text) for _, text in self.keys)
        empty = (c for c in self.table.columns if c.cells[self.at] is None)
        return any(None not in _without(column.cells, self.at) for column in empty)

    def is_stranger(self, known: Iterable[Table], to: Mapping[str, _Row | None]) -> bool:
        """Whether all other keys of a column are in other tables and this one is not."""
        elsewhere = _keys_of(known, to)
        return any(
            bool(text)
            and text not in elsewhere
            and all(key_text(c) in elsewhere for c in _without(column.cells, self.at))
            for column, text in self.keys
        )

    @property
    def bits(self) -> float:
        """How unlikely it is that a row of such numbers is the sum of the others by chance: one
        in two to the power of this."""
        counted, total = list[list[int]](), 0.0
        for column in self.sums:
            whole = _as_integers(column.cells)
            others = _without(whole, self.at)
            if sum(map(bool, others)) < FEWEST_OTHERS or not whole[self.at]:
                continue
            # Columns that follow from each other, such as amounts and their costs, are one witness.
            if np.linalg.matrix_rank(np.array([*counted, others], dtype=float)) <= len(counted):
                continue
            counted.append(others)
            total += min(MOST_BITS, log2(abs(whole[self.at])))
        return total


def _found(table: Table) -> _Row | None:
    """The first or last row if it is the sum of the others in some column."""
    if len(table) <= FEWEST_OTHERS:
        return None
    rows = (_read(table, at) for at in (len(table) - 1, 0))
    return next((row for row in rows if row is not None and row.bits > 0), None)


def _read(table: Table, at: int) -> _Row | None:
    sums, others = list[TableColumn](), list[TableColumn]()
    for column in table.columns:
        here = column.cells[at]
        # Elsewhere the row says nothing, or has its name there.
        if isinstance(here, int | float) and _is_numeric(column, at):
            all_of_it = sum(c for c in column.cells if isinstance(c, int | float))
            is_sum = isclose(2 * here, all_of_it, rel_tol=_SAME, abs_tol=_SAME)
            (sums if is_sum else others).append(column)
    return _Row(table, at, tuple(sums), tuple(others)) if sums else None


def _cleared(table: Table, found: Mapping[str, _Row | None], tables: Mapping[str, Table]) -> Table:
    row = next((r for name, r in found.items() if tables[name] is table and r is not None), None)
    if row is None:
        return table
    rest = [other for other in tables.values() if other is not table]
    named, stranger = row.is_named_so, row.is_stranger(rest, found)
    bits = row.bits + max(NAME_BITS * named, STRANGER_BITS * stranger)
    is_key_elsewhere = bool(row.label) and row.label in _keys_of(rest, found)
    columns = ", ".join(repr(column.name) for column in row.sums)
    name = f"row {table.row_numbers[row.at]} of table {table.name!r}"
    name += f" ({row.label!r})" if row.label else ""
    if bits >= ENOUGH_BITS and row.has_its_own_key and not is_key_elsewhere and not row.others:
        return _without_row(
            table, row.at, f"{name} is left out: it is the sum of the others in {columns}"
        )
    if named or stranger or (bits >= DOUBT_BITS and len(table) > FEWEST_IN_DOUBT):
        doubt = f"{name} is the sum of the others in {columns} and is counted as one more of them"
        return replace(table, doubts=(f"{doubt}; take it out of the table if it is their total",))
    return table


def _without_row(table: Table, at: int, note: str) -> Table:
    columns = {column.name: _without(column.cells, at) for column in table.columns}
    return replace(
        from_columns(table.name, columns, _without(table.row_numbers, at)), notes=(note,)
    )


def _without(items: Sequence[T], at: int) -> list[T]:
    return [*items[:at], *items[at + 1 :]]


def _is_numeric(column: TableColumn, at: int) -> bool:
    """Whether all cells but that of one row, and empty ones, are numbers."""
    if column.type is not ColumnType.TEXT:
        return column.type is not ColumnType.EMPTY
    return not any(isinstance(cell, str) for cell in _without(column.cells, at))


def _keys_of(tables: Iterable[Table], found: Mapping[str, _Row | None]) -> set[str]:
    """Every cell of the tables as a key, without those of rows that may be totals themselves."""
    skipped = {id(row.table): row.at for row in found.values() if row is not None}
    return {
        key_text(cell)
        for table in tables
        for column in table.columns
        for at, cell in enumerate(column.cells)
        if cell is not None and at != skipped.get(id(table))
    }


def _is_name(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+|[∑]", text.casefold())
    return len(words) <= _MOST_WORDS and not _NAMES.isdisjoint(words)


def _as_integers(cells: Sequence[Cell]) -> list[int]:
    """A column of numbers as multiples of the largest step that all of them are."""
    exact = [Decimal(f"{c:.10g}" if isinstance(c, int | float) else 0) for c in cells]
    places = max(0, *(-int(d.as_tuple().exponent) for d in exact))
    whole = [int(d.scaleb(places)) for d in exact]
    step = gcd(*whole) or 1
    return [number // step for number in whole]
