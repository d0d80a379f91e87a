"""Members of sets, from a list, a column, the heads of a wide table or other sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwright.errors import DataError, FormulationError
from optwright.solvers.data.bound import BoundSet, Places, factorized, limit_size, set_of, tuples_of
from optwright.solvers.data.key_columns import compacted, refuse_empty_key, rows_of, table_of
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Column


def joined_sets(name: str, operator: str, left: BoundSet, right: BoundSet) -> BoundSet:
    if operator == "*":
        one = [_columns(left), _columns(right)]
        sizes = len(left), len(right)
        limit_size(name, sizes)
        columns = [(t, np.repeat(at, sizes[1])) for t, at in one[0]]
        columns += [(t, np.tile(at, sizes[0])) for t, at in one[1]]
        return tuples_of(name, columns)
    if left.width != right.width:
        raise FormulationError(
            f"{name!r} joins sets whose members have {left.width} and {right.width} parts"
        )
    if operator == "|":
        kept = [*left.positions, *(t for t in right.positions if t not in left.positions)]
    else:
        kept = [t for t in left.positions if (t in right.positions) == (operator == "&")]
    if not left.parts:
        return set_of(name, kept)
    known = {
        text: tuple(map(str, member))
        for over in (right, left)
        for text, member in zip(over.positions, over.members, strict=True)
        if isinstance(member, tuple)
    }
    return set_of_tuples(name, [known[text] for text in kept], left.width)


def _columns(over: BoundSet) -> list[tuple[Sequence[str], Places]]:
    if not over.parts:
        return [(over.texts, np.arange(len(over)))]
    return [(part.texts, at) for part, at in zip(over.parts, over.codes, strict=True)]


def set_of_tuples(name: str, rows: Sequence[Sequence[str]], width: int = 0) -> BoundSet:
    columns = list(zip(*rows, strict=True)) or [()] * width
    return tuples_of(name, [factorized(column) for column in columns])


def sorted_set(over: BoundSet) -> BoundSet:
    if over.parts:
        return set_of_tuples(over.name, sorted(_by_number(m) for m in over.members), over.width)
    if over.numbers is not None:
        return set_of(over.name, list(map(str, sorted(map(int, over.texts)))))
    return set_of(over.name, sorted(over.texts))


def _by_number(member: object) -> tuple[str, ...]:
    assert isinstance(member, tuple)
    return tuple(map(str, member))


def set_from_table(name: str, column: Column, tables: Mapping[str, Table]) -> BoundSet:
    table = table_of(name, column, tables)
    if column.heads:
        own = table.across.heads if table.across else [c.name for c in table.columns]
        others = {*column.keys, *column.where, column.value}
        return set_of(name, [head for head in own if head not in others])
    rows = rows_of(table, column)
    if column.value or len(column.keys) == 1:
        head = column.value or column.keys[0]
        whole = table.whole_codes(head)
        if whole is not None and len(rows) == len(table):
            return set_of(name, whole[0])
        texts, codes = table.codes(head)
        kept = np.unique(codes[rows])
        first = np.full(len(texts), len(codes), dtype=np.intp)
        np.minimum.at(first, codes[rows], np.arange(len(rows)))
        order = kept[np.argsort(first[kept], kind="stable")]
        refuse_empty_key(table, head, texts, codes)
        return set_of(name, [texts[at] for at in order.tolist()])
    if not column.keys:
        raise DataError(f"{name!r} names no column of the table {table.name!r}")
    parts = list[tuple[Sequence[str] | NDArray[np.int64], Places]]()
    numbers = list[NDArray[Any]]()
    for key in column.keys:
        whole, array = table.whole_codes(key), table.column(key).whole
        if whole is not None and array is not None and len(rows) == len(table):
            parts.append(whole)
            numbers.append(array)
            continue
        texts, codes = table.codes(key)
        refuse_empty_key(table, key, texts, codes)
        parts.append(compacted(texts, codes[rows]))
    found = tuples_of(name, parts, numbers)
    if len(found) == len(table):
        found.read_from = table, tuple(column.keys)
    return found
