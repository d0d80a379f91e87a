"""Rows of totals in a table ("Total", "Summe", "Subtotal north", or no word at all): found by their
numbers and left out, so that no model makes a product of them.

A row of totals is, in every column of numbers, the sum of the rows above it (since the last such
row, or since an earlier one), of those below it, or of all others, or says nothing there. That may
be chance: of three products one may well sell as much as the two others together. So a row is left
out where chance is out of question, by the digits of the sums, or where its key supports what the
numbers say: it is empty, it is a usual name of totals, or it is the only key that no other table
knows. Less than that is a doubt for the reader, and the row stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from math import gcd, isclose, isfinite, log2

import numpy as np

from optwright.solvers.data.table import (
    ArrayCells,
    Cell,
    CodedCells,
    ColumnType,
    Table,
    TableColumn,
    from_columns,
    key_text,
    number_column,
)

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
MOST_ROWS = 10_000
"""Up to so many rows they are looked for anywhere; in longer tables only at the edges."""
MOST_BITS = 33.0  # of a column: numbers are compared to ten digits
_SAME = 1e-9
_NAMES = frozenset(
    "total totals sum sums overall altogether subtotal gesamt gesamtsumme insgesamt summe totaux "
    "gesamtergebnis teilergebnis eindtotaal "
    "totale totali totaal suma somme somma soma totais razem ogółem celkem итого всего сумма "
    "toplam összesen yhteensä summa σ ∑ 合计 总计 小计 合計 総計 합계 총계 الإجمالي المجموع".split()
)
"""Support only: a row whose numbers are no sums is none of totals, whatever it is called."""
_MOST_WORDS = 4


def without_totals(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables without their rows of totals. `notes` of a table name the rows that were left
    out, `doubts` those that may be one and stay."""
    found = {name: _found(table) for name, table in tables.items()}
    return {name: _cleared(name, found, tables) for name in tables}


@dataclass(frozen=True)
class _Row:
    """A row that may be one of totals: where it stands, the rows it is the sum of, and in which
    columns. `totals` are all rows of the table that may be some, itself among them."""

    table: Table
    at: int
    parts: Sequence[int]
    sums: tuple[TableColumn, ...]
    others: tuple[TableColumn, ...]
    """Columns of numbers in which it holds another number than the sum."""
    totals: frozenset[int]
    together: float = 0.0
    """Bits of the other rows of totals that only make sense with this one."""

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
        """Whether the row's key is one that no row of the table has but totals."""
        texts = [(c, text) for c, text in self.keys if text]
        return not texts or any(text not in map(key_text, self._rest(c)) for c, text in texts)

    @property
    def is_named_so(self) -> bool:
        """Whether it holds a usual name of totals, or has no key and every other row has one."""
        if self.label:
            return any(is_totals_name(text) for _, text in self.keys)
        empty = (c for c in self.table.columns if c.cells[self.at] is None)
        return any(None not in self._rest(column) for column in empty)

    @property
    def is_of_all(self) -> bool:
        """Whether it is the sum of all rows that are no totals."""
        return len(self.parts) == len(self.table) - len(self.totals)

    def is_stranger(self, known: Iterable[Table], to: _Found) -> bool:
        """Whether all other keys of a column are in other tables and this one is not."""
        elsewhere = _keys_of(known, to)
        return self.is_of_all and any(
            bool(text)
            and text not in elsewhere
            and all(key_text(c) in elsewhere for c in self._rest(column))
            for column, text in self.keys
        )

    @cached_property
    def bits(self) -> float:
        """How unlikely it is that a row of such numbers is the sum of these by chance: one in two
        to the power of this."""
        counted, total = list[list[int]](), 0.0
        for column in self.sums:
            whole = _as_integers(column.cells)
            others = [whole[part] for part in self.parts]
            if sum(map(bool, others)) < FEWEST_OTHERS or not whole[self.at]:
                continue
            # Columns that follow from each other, such as amounts and their costs, are one witness.
            if np.linalg.matrix_rank(np.array([*counted, others], dtype=float)) <= len(counted):
                continue
            counted.append(others)
            total += min(MOST_BITS, log2(abs(whole[self.at])))
        # The first and the last row are looked at anyway; of many others one is a sum more easily.
        at_edge = self.is_of_all and self.at in (0, len(self.table) - 1)
        return total if at_edge else max(total - log2(len(self.table)), 0.0)

    def _rest(self, column: TableColumn) -> list[Cell]:
        return [c for at, c in enumerate(column.cells) if at != self.at and at not in self.totals]


_Found = Mapping[str, Sequence[_Row]]
"""By table, the rows that may be totals."""


def _found(table: Table) -> tuple[_Row, ...]:
    """The rows that may be totals: those that look like it by themselves, anywhere in a table of
    up to `MOST_ROWS`, and the last or the first row if it is the sum of all others."""
    if len(table) <= FEWEST_OTHERS:
        return ()
    totals, last = set[int](), len(table) - 1
    if len(table) <= MOST_ROWS:
        totals = _swept(table, range(len(table)), totals)
        totals = _swept(table, range(last, -1, -1), totals)
        if nested := _nested(table):
            return nested
    halves = _halves(table, totals, range(len(table)) if len(table) <= MOST_ROWS else (0, last))
    if len(table) <= MOST_ROWS:
        totals |= {at for at in halves if _is_likely(_of_all(table, at, totals))}
    edge = next(
        (at for at in (last, 0) if at in halves and _bits(_of_all(table, at, totals))), None
    )
    if edge is not None and not totals & {0, last}:
        totals.add(edge)
    return tuple(
        row for at in sorted(totals) if (row := _read_again(table, at, totals)) is not None
    )


def _nested(table: Table) -> tuple[_Row, ...]:
    """The totals of a table that is nothing but groups, each below its sum, and the sum of those at
    an end, as pivot tables are. Each alone may be chance, all of them together are not."""
    last = len(table) - 1
    columns = [c for c in table.columns if c.type in (ColumnType.INTEGER, ColumnType.NUMBER)]
    numbers = [[_number(cell) for cell in c.cells] for c in columns if c.array is None]
    if not numbers or any(n is None for cells in numbers for n in cells):
        return ()
    amounts = [[n or 0.0 for n in cells] for cells in numbers]
    for whole in (last, 0):
        rows = [at for at in range(len(table)) if at != whole]
        for order in (rows, rows[::-1]):
            groups = _groups(amounts, order)
            if len(groups) > 1 and all(
                _is_about(cells[whole], sum(cells[at] for at, _ in groups)) for cells in amounts
            ):
                totals = {whole, *(at for at, _ in groups)}
                read = [_read(table, at, parts, totals) for at, parts in groups]
                read.append(_read(table, whole, _all_but(table, totals), totals))
                found = [row for row in read if row is not None and not row.others]
                if len(found) == len(read):
                    bits = sum(row.bits for row in found)
                    bits += NAME_BITS * any(row.is_named_so for row in found)
                    return tuple(replace(row, together=bits - row.bits) for row in found)
    return ()


def _groups(
    amounts: Sequence[Sequence[float]], order: Sequence[int]
) -> list[tuple[int, list[int]]]:
    """Rows in order as sums with the two or more rows behind each that add up to it; nothing where
    not all of them are."""
    found, place = list[tuple[int, list[int]]](), 0
    while place < len(order):
        head, parts = order[place], list[int]()
        sums = [0.0] * len(amounts)
        for at in order[place + 1 :]:
            parts.append(at)
            sums = [s + cells[at] for s, cells in zip(sums, amounts, strict=True)]
            pairs = zip(amounts, sums, strict=True)
            if len(parts) > 1 and all(_is_about(cells[head], s) for cells, s in pairs):
                break
        else:
            return []
        found.append((head, parts))
        place += 1 + len(parts)
    return found


def _swept(table: Table, order: range, known: Set[int]) -> set[int]:
    """The rows that are sums of the rows before them in this order, beside those known already."""
    totals, columns = set(known), [list(map(_number, c.cells)) for c in table.columns]
    # Sums of the rows so far that are no totals, at the start of the table and behind each total.
    so_far = [0.0] * len(columns)
    starts = [(0, tuple(so_far))]
    for place, at in enumerate(order):
        for start, before in () if at in totals else reversed(starts):
            pairs = zip(columns, so_far, before, strict=True)
            if place > start and any(_is_about(c[at], s - b) for c, s, b in pairs):
                parts = [part for part in order[start:place] if part not in totals]
                row = _read(table, at, parts, {at, *totals})
                if row is not None and _is_likely(row):
                    totals.add(at)
                    break
        if at in totals:
            starts.append((place + 1, tuple(so_far)))
        else:
            so_far = [s + (c[at] or 0.0) for c, s in zip(columns, so_far, strict=True)]
    return totals


def _is_likely(row: _Row | None) -> bool:
    return row is not None and (row.is_named_so or row.bits >= ENOUGH_BITS)


def _bits(row: _Row | None) -> float:
    return 0.0 if row is None else row.bits


def _halves(table: Table, totals: Set[int], rows: Iterable[int]) -> set[int]:
    """Those of the rows that are about half of a column's sum: each is the sum of all others."""
    found: set[int] = set()
    for column in table.columns:
        whole = _sum(column, totals)
        found |= {at for at in rows if _is_about(_number(column.cells[at]), whole / 2)}
    return found - totals


def _sum(column: TableColumn, totals: Set[int]) -> float:
    """About what the rows come to that are no totals."""
    if column.array is not None:
        return float(np.nansum(np.delete(column.array, list(totals))))
    if isinstance(column.cells, CodedCells):
        return 0.0
    return sum(_number(c) or 0.0 for at, c in enumerate(column.cells) if at not in totals)


def _of_all(table: Table, at: int, totals: Set[int]) -> _Row | None:
    """The row as the sum of all rows that are no totals."""
    return _read(table, at, _all_but(table, {at, *totals}), {at, *totals})


def _read_again(table: Table, at: int, totals: Set[int]) -> _Row | None:
    """A row of totals with all others known: the sum of all rows, or of those next to it."""
    read = (_read(table, at, parts, totals) for parts in _ranges(table, at, totals))
    rows = [row for row in read if row is not None]
    return next((row for row in rows if not row.others), rows[0] if rows else None)


def _ranges(table: Table, at: int, totals: Set[int]) -> Iterator[list[int]]:
    """What a row of totals may be the sum of: all other rows, or those above it or below it up to
    another one."""
    yield _all_but(table, totals)
    ends = sorted(totals)
    for start in (-1, *(end for end in ends if end < at)):
        yield [part for part in range(start + 1, at) if part not in totals]
    for end in (*(end for end in ends if end > at), len(table)):
        yield [part for part in range(at + 1, end) if part not in totals]


def _all_but(table: Table, rows: Set[int]) -> list[int]:
    return [at for at in range(len(table)) if at not in rows]


def _read(table: Table, at: int, parts: Sequence[int], totals: Set[int]) -> _Row | None:
    """The row as a sum of others; None where it is that in no column."""
    if not parts:
        return None
    sums, others = list[TableColumn](), list[TableColumn]()
    for column in table.columns:
        here = column.cells[at]
        # Elsewhere the row says nothing, or has its name there.
        if isinstance(here, int | float) and _is_numeric(column, totals):
            cells = (column.cells[part] for part in parts)
            whole = sum(c for c in cells if isinstance(c, int | float))
            (sums if isclose(here, whole, rel_tol=_SAME, abs_tol=_SAME) else others).append(column)
    if not any(column.cells[at] for column in sums):
        return None
    return _Row(table, at, parts, tuple(sums), tuple(others), frozenset(totals))


def _cleared(name: str, found: _Found, tables: Mapping[str, Table]) -> Table:
    """The table without the rows that are totals beyond doubt, and with a word on the others."""
    rest = [other for key, other in tables.items() if key != name]
    sure = [row for row in found[name] if _is_sure(row, rest, found)]
    # A block of one row has a subtotal too, which has the same numbers.
    sure += [r for r in found[name] if sure and r not in sure and len(r.parts) == 1
             and r.is_named_so and not r.others]  # fmt: skip
    doubts = (_doubt(r, rest, found) for r in found[name] if r not in sure)
    table = _without_rows(tables[name], sorted(sure, key=lambda row: row.at))
    return replace(table, doubts=(*table.doubts, *(doubt for doubt in doubts if doubt)))


def _support(row: _Row, rest: Sequence[Table], found: _Found) -> float:
    """What its key says for it, in bits."""
    return max(NAME_BITS * row.is_named_so, STRANGER_BITS * row.is_stranger(rest, found))


def _is_sure(row: _Row, rest: Sequence[Table], found: _Found) -> bool:
    is_key_elsewhere = bool(row.label) and row.label in _keys_of(rest, found)
    said = row.bits + row.together + _support(row, rest, found)
    enough = row.bits > 0 and said >= ENOUGH_BITS
    return enough and row.has_its_own_key and not is_key_elsewhere and not row.others


def _doubt(row: _Row, rest: Sequence[Table], found: _Found) -> str:
    """What is said of a row that stays; empty where it is too likely no total."""
    is_odd = row.bits >= DOUBT_BITS and len(row.table) > FEWEST_IN_DOUBT
    if not (_support(row, rest, found) or is_odd):
        return ""
    return (
        f"{_told(row)} is the sum of {_of_which(row)} and is counted as one more of them; take it "
        "out of the table if it is their total"
    )


def _told(row: _Row) -> str:
    name = f"row {row.table.row_numbers[row.at]} of table {row.table.name!r}"
    return name + (f" ({row.label!r})" if row.label else "")


def _of_which(row: _Row) -> str:
    columns = ", ".join(repr(column.name) for column in row.sums)
    if row.is_of_all:
        return f"the others in {columns}"
    numbers = [row.table.row_numbers[part] for part in row.parts]
    first, last = min(numbers), max(numbers)
    rows = f"row {first}" if first == last else f"rows {first} to {last}"
    return f"{rows} in {columns}"


def _without_rows(table: Table, rows: Sequence[_Row]) -> Table:
    if not rows:
        return table
    kept = _all_but(table, {row.at for row in rows})
    numbers = [table.row_numbers[at] for at in kept]
    notes = tuple(f"{_told(row)} is left out: it is the sum of {_of_which(row)}" for row in rows)
    columns = tuple(_at_rows(table, column, kept) for column in table.columns)
    return replace(table, columns=columns, row_numbers=numbers, notes=(*table.notes, *notes))


def _at_rows(table: Table, column: TableColumn, rows: Sequence[int]) -> TableColumn:
    """A column in some rows; what was no number in a row of totals says nothing of its type."""
    cells = [column.cells[at] for at in rows]
    if column.type is ColumnType.TEXT and all(isinstance(c, str) for c in cells if c is not None):
        return replace(column, cells=cells, array=None)
    if column.array is not None:
        return replace(column, cells=ArrayCells(column.array[rows]), array=column.array[rows])
    if column.type is ColumnType.TEXT:
        numbers = [table.row_numbers[at] for at in rows]
        return from_columns(table.name, {column.name: cells}, numbers).columns[0]
    return number_column(column.name, cells)


def _is_numeric(column: TableColumn, totals: Set[int]) -> bool:
    """Whether all cells but those of totals, and empty ones, are numbers."""
    if column.type is not ColumnType.TEXT:
        return column.type is not ColumnType.EMPTY
    rest = (cell for at, cell in enumerate(column.cells) if at not in totals)
    return not any(isinstance(cell, str) for cell in rest)


def _number(cell: Cell) -> float | None:
    return cell if isinstance(cell, int | float) and isfinite(cell) else None


def _is_about(number: float | None, other: float) -> bool:
    """A first look, before sums are made exactly."""
    return bool(number) and isclose(number or 0.0, other, rel_tol=1e-6)


def _keys_of(tables: Iterable[Table], found: _Found) -> set[str]:
    """Every cell of the tables as a key, without those of rows that may be totals themselves."""
    skipped = {id(row.table): row.totals for rows in found.values() for row in rows}
    return {
        key_text(cell)
        for table in tables
        for column in table.columns
        for at, cell in enumerate(column.cells)
        if cell is not None and at not in skipped.get(id(table), ())
    }


def is_totals_name(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+|[∑]", text.casefold())
    return len(words) <= _MOST_WORDS and not _NAMES.isdisjoint(words)


def _as_integers(cells: Sequence[Cell]) -> list[int]:
    """A column of numbers as multiples of the largest step that all of them are; what is no finite
    number counts as none."""
    numbers = (c if isinstance(c, int | float) and isfinite(c) else 0 for c in cells)
    exact = [Decimal(f"{number:.10g}") for number in numbers]
    places = max(0, *(-int(d.as_tuple().exponent) for d in exact))
    whole = [int(d.scaleb(places)) for d in exact]
    step = gcd(*whole) or 1
    return [number // step for number in whole]
