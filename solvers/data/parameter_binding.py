"""Parameters: arrays of numbers, sparse where most combinations have none, or texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.data.bound import (
    DENSE_ELEMENTS,
    BoundParameter,
    BoundSet,
    BoundText,
    Places,
    factorized,
    limit_size,
    set_of,
)
from optwright.solvers.data.column_numbers import Numbers, from_column, is_rising
from optwright.solvers.data.key_columns import key_places, rows_of, table_of
from optwright.solvers.data.nested_values import from_nested
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Parameter
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
    if parameter.column is not None:
        table = table_of(parameter.name, parameter.column, tables)
        rows = rows_of(table, parameter.column)
        texts, cells = table.codes(parameter.column.value)
        places = key_places(table, parameter.column.keys, sets, rows)
        known = np.flatnonzero(np.all([place >= 0 for place in places], axis=0)) if places else rows
        codes[tuple(place[known] for place in places)] = cells[rows][known] if places else cells[0]
        empty = texts.index("") if "" in texts else -2
        codes[codes == empty] = -1
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
    return BoundText(parameter.name, sets, codes, set_of(f"{parameter.name}.texts", list(texts)))
