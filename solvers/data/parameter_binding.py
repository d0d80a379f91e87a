"""Parameters: arrays of numbers, sparse where most combinations have none, or texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from optwright.errors import DataError, FormulationError
from optwright.solvers.data.bound import (
    DENSE_ELEMENTS,
    BoundParameter,
    BoundSet,
    BoundText,
    Places,
    factorized,
    limit_size,
    numbered,
    set_of,
)
from optwright.solvers.data.column_numbers import Numbers, from_column, is_rising, wide_heads
from optwright.solvers.data.key_columns import key_places, rows_of, table_of
from optwright.solvers.data.nested_values import from_nested
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Column, Parameter
from optwright.solvers.model.linear_model import Floats


def bind_parameter(
    parameter: Parameter, sets: tuple[BoundSet, ...], tables: Mapping[str, Table]
) -> BoundParameter:
    shape = tuple(map(len, sets))
    if prod(shape) >= 2**62:
        raise FormulationError(f"{parameter.name!r} runs over {prod(shape):,} combinations")
    given = _given(parameter, sets, tables)
    flat, numbers, unread = given.flat, given.values, given.unread
    default = np.nan if parameter.default is None else parameter.default
    if not sets:
        single = numbers[0] if len(numbers) else default
        return BoundParameter(parameter.name, sets, np.array(single, dtype=np.float64))
    if len(flat) == prod(shape) and is_rising(flat):
        limit_size(parameter.name, shape)
        return BoundParameter(parameter.name, sets, numbers.reshape(shape), unread=unread)
    if prod(shape) <= DENSE_ELEMENTS or len(flat) * 4 > prod(shape):
        limit_size(parameter.name, shape)
        values = np.full(shape, default)
        values.reshape(-1)[flat] = numbers
        return BoundParameter(parameter.name, sets, values, unread=unread)
    if not is_rising(flat):
        order = np.argsort(flat, kind="stable")
        flat, numbers = flat[order], numbers[order]
    return BoundParameter(parameter.name, sets, None, flat, numbers, default, unread)


def _given(
    parameter: Parameter, sets: tuple[BoundSet, ...], tables: Mapping[str, Table]
) -> Numbers:
    """The combinations that have a value, and their values."""
    if parameter.column is not None:
        return from_column(parameter, parameter.column, sets, tables)
    if parameter.values is None:
        return Numbers(np.zeros(0, dtype=np.int64), np.zeros(0))
    if not isinstance(parameter.values, dict):
        sizes = tuple(map(len, sets))
        limit_size(parameter.name, sizes)
        return Numbers(np.arange(prod(sizes)), np.full(prod(sizes), parameter.values))
    found = list[Places]()
    numbers = list[Floats]()

    def leaf(places: Places, values: Iterable[Any]) -> None:
        found.append(places)
        numbers.append(np.fromiter(values, np.float64, len(places)))

    from_nested(parameter.name, parameter.values, sets, 0, leaf)
    nothing = np.zeros(0, dtype=np.int64)
    return Numbers(np.concatenate([nothing, *found]), np.concatenate([np.zeros(0), *numbers]))


def bind_text(
    parameter: Parameter, sets: tuple[BoundSet, ...], tables: Mapping[str, Table]
) -> BoundText:
    """A text attribute, its texts as a set of their own."""
    shape = tuple(map(len, sets))
    limit_size(parameter.name, shape)
    codes = np.full(shape, -1, dtype=np.intp)
    texts: list[str]
    if parameter.column is not None:
        texts = _from_column(parameter, parameter.column, sets, tables, codes)
    elif isinstance(parameter.texts, dict):
        places_of, values = list[Places](), list[str]()

        def leaf(places: Places, more: Iterable[Any]) -> None:
            places_of.append(places)
            values.extend(more)

        from_nested(parameter.name, parameter.texts, sets, 0, leaf)
        texts, listed = factorized(values)
        nothing = np.zeros(0, dtype=np.int64)
        codes.reshape(-1)[np.concatenate([nothing, *places_of])] = listed
    else:
        texts = [] if parameter.texts is None else [parameter.texts]
        codes[...] = -1 if parameter.texts is None else 0
    default = parameter.default_text
    if default is not None and (codes < 0).any():
        texts = list(dict.fromkeys((*texts, default)))
        codes[codes < 0] = texts.index(default)
    return BoundText(parameter.name, sets, codes, set_of(f"{parameter.name}.texts", list(texts)))


def _from_column(
    parameter: Parameter,
    column: Column,
    sets: tuple[BoundSet, ...],
    tables: Mapping[str, Table],
    codes: NDArray[np.intp],
) -> list[str]:
    """Fill `codes` from the texts of a column, or of those of a wide table, and return the texts;
    an empty cell is none. A combination that has two texts is refused."""
    table = table_of(parameter.name, column, tables)
    rows = rows_of(table, column)
    if not sets:
        if len(rows) > 1:
            words = f"{parameter.name!r} is one text, and table {table.name!r} has {len(rows)} rows"
            raise DataError(words)
        texts, cells = table.codes(column.value)
        codes[...] = cells[rows[0]] if len(rows) and texts[cells[rows[0]]] else -1
        return list(texts)
    heads = wide_heads(parameter.name, column, sets, table) if column.heads else [column.value]
    by_key = sets[:-1] if column.heads else sets
    keys = key_places(table, column.keys, by_key, rows)
    known = np.flatnonzero(np.all([np.ones(len(rows), bool), *(at >= 0 for at in keys)], axis=0))
    lines, keys = rows[known], [at[known] for at in keys]
    every = dict[str, int]()
    flat = codes.reshape(-1)
    for head in heads:
        texts, cells = table.codes(head)
        for text in texts:
            every.setdefault(text, len(every))
        across = [np.full(len(lines), sets[-1].positions[head])] if column.heads else []
        at = numbered([*keys, *across], tuple(map(len, sets)))
        new = np.array([every[text] if text else -1 for text in texts], np.intp)[cells[lines]]
        at, new, filled = at[new >= 0], new[new >= 0], lines[new >= 0]
        flat[at] = new
        if (strange := np.flatnonzero(flat[at] != new)).size:
            _refuse_two_texts(parameter.name, table, column, head, filled[strange[0]])
    return list(every)


def _refuse_two_texts(name: str, table: Table, column: Column, head: str, row: int) -> NoReturn:
    parts = [table.keys(head) for head in column.keys]  # once: each is a walk over the table

    def key_at(at: int) -> str:
        return ", ".join(part[at] for part in parts)

    key = key_at(row)
    same = [at for at in range(len(table)) if key_at(at) == key]
    told = " and ".join(str(table.row_numbers[at]) for at in same[:5])
    raise DataError(
        f"table {table.name!r}, column {head!r} has different texts for {key} in rows {told}; "
        f"{name!r} takes one for each {', '.join(column.keys)}"
    )
