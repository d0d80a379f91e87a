"""Columns of a table that name members: the rows a column is about, and the places of its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwright.errors import DataError
from optwright.solvers.data.bound import BoundSet, Places
from optwright.solvers.data.table import Table, did_you_mean, key_text
from optwright.solvers.model.formulation import Column


def compacted(texts: Sequence[str], codes: Places) -> tuple[list[str], Places]:
    """Only the texts that are used, in the order of their first use in the table."""
    used = np.zeros(len(texts), dtype=np.bool_)
    used[codes] = True
    renumbered = np.cumsum(used) - 1
    return [t for t, kept in zip(texts, used.tolist(), strict=True) if kept], renumbered[codes]


def refuse_empty_key(table: Table, key: str, texts: Sequence[str], codes: Places) -> None:
    if "" in texts:
        table.keys(key)  # names the row


def rows_of(table: Table, column: Column) -> Places:
    """The rows of a table that hold what `where` says."""
    if not column.where:
        return np.arange(len(table))
    kept = np.ones(len(table), dtype=np.bool_)
    for key, wanted in column.where.items():
        texts, codes = table.codes(key)
        text = key_text(wanted)
        if text not in texts:
            raise DataError(
                f"column {key!r} of table {table.name!r} nowhere holds {text!r}",
                hint=did_you_mean(text, texts),
            )
        kept &= codes == texts.index(text)
    return np.flatnonzero(kept)


def table_of(element: str, column: Column, tables: Mapping[str, Table]) -> Table:
    if (table := tables.get(column.table)) is not None:
        return table
    known = ", ".join(map(repr, tables)) or "no tables"
    raise DataError(
        f"{element!r} needs the table {column.table!r}; there are {known}"
        if tables
        else f"{element!r} needs the table {column.table!r}, and no tables are given",
        hint=did_you_mean(column.table, list(tables)),
    )


def at_rows(column: NDArray[Any], rows: Places) -> NDArray[Any]:
    """The cells of some rows, which rise; all of them are not copied."""
    return column if len(rows) == len(column) else column[rows]


def key_places(
    table: Table, keys: Sequence[str], sets: Sequence[BoundSet], rows: Places
) -> list[Places]:
    """The place of each row's keys in the sets, -1 for a key that is no member."""
    found, at = list[Places](), 0
    for over in sets:
        parts = over.parts or (over,)
        own = tuple(keys[at : at + len(parts)])
        at += len(parts)
        if over.read_from is not None and over.read_from[0] is table and over.read_from[1] == own:
            found.append(rows)
            continue
        columns = [_look_up(table, key, part) for key, part in zip(own, parts, strict=False)]
        columns = [at_rows(column, rows) for column in columns]
        found.append(over.find(columns) if over.parts else columns[0])
    return found


def _look_up(table: Table, key: str, over: BoundSet) -> Places:
    whole = table.column(key).whole
    if whole is not None and (found := over.find_numbers(whole)) is not None:
        return found
    texts, codes = table.codes(key)
    refuse_empty_key(table, key, texts, codes)
    known = np.fromiter((over.positions.get(text, -1) for text in texts), np.intp, len(texts))
    return known[codes]
