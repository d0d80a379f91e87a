"""Numbers for the combinations of a parameter's indices, from one column of a table or from those
of a wide one. A cell that is no number is told of when an expression needs it (`Unread`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from optwright.errors import DataError, FaultyData
from optwright.solvers.data.bound import BoundSet, Places, has_twins, numbered
from optwright.solvers.data.key_columns import at_rows, key_places, rows_of, table_of
from optwright.solvers.data.table import Table, did_you_mean, from_columns, is_number
from optwright.solvers.data.unread import Unread
from optwright.solvers.model.formulation import Column, Parameter, ParameterKind
from optwright.solvers.model.linear_model import Floats
from optwright.solvers.model.yes_no import yes_no


def is_rising(flat: NDArray[np.int64]) -> bool:
    return bool(np.all(flat[1:] > flat[:-1]))


@dataclass(frozen=True, eq=False)
class Numbers:
    """The combinations that have a value, numbered with the last index fastest, and their values;
    of a parameter without indices only the value. NaN is the value of a cell that is none."""

    flat: NDArray[np.int64]
    values: Floats
    unread: Unread | None = None


def from_column(
    parameter: Parameter, column: Column, sets: tuple[BoundSet, ...], tables: Mapping[str, Table]
) -> Numbers:
    """Rows whose keys are in the sets give values; others are about something else."""
    name = parameter.name
    table = table_of(name, column, tables)
    if parameter.kind is ParameterKind.NUMBER:
        _demand_numbers(name, tables)
    rows = rows_of(table, column)
    if column.heads:
        return _from_wide(parameter, column, sets, table, rows)
    if sets and not _are_numbers(table, column.value):
        rows = _of_members(parameter, column, sets, table, rows)
    if not sets and len(rows) > 1:
        raise DataError(f"{name!r} is one number, and table {table.name!r} has {len(rows)} rows")
    numbers = _numbers(parameter, table, column.value, rows)
    if not sets:
        return Numbers(np.zeros(0, dtype=np.int64), numbers)
    places = key_places(table, column.keys, sets, rows)
    return _once(parameter, table, column, sets, places, numbers, rows, column.value)


def _are_numbers(table: Table, head: str) -> bool:
    column = table.column(head)
    return next(column.texts, None) is None and None not in column.cells


def _of_members(
    parameter: Parameter,
    column: Column,
    sets: tuple[BoundSet, ...],
    table: Table,
    rows: Places,
) -> Places:
    """The rows that are about members of the sets, all of them where none is; the cells of others
    are not asked for. With a default, an empty cell is no value."""
    places = key_places(table, column.keys, sets, rows)
    about = np.all([place >= 0 for place in places], axis=0)
    if not about.any():
        return rows
    if parameter.default is not None:
        cells = table.column(column.value).cells
        about &= np.array([cells[k] is not None for k in rows.tolist()], dtype=np.bool_)
    return rows[about]


def _numbers(parameter: Parameter, table: Table, head: str, rows: Places) -> Floats:
    """The numbers of a column in some rows, NaN for a cell that is none. A column of other
    things, most of whose cells are none, is refused; complaints count rows as the file does."""
    if _are_numbers(table, head):
        return at_rows(_strict(parameter, table, head), rows)
    if parameter.kind is not ParameterKind.YES_NO:
        numbers = table.some_numbers(head, rows.tolist())
        if 2 * int(np.isnan(numbers).sum()) <= len(numbers) > 0:
            return numbers
    if not len(rows) or len(rows) == len(table):
        return at_rows(_strict(parameter, table, head), rows)
    cells = table.column(head).cells
    part = from_columns(
        table.name,
        {head: [cells[k] for k in rows.tolist()]},
        [table.row_numbers[k] for k in rows.tolist()],
    )
    return _strict(parameter, part, head)


def _demand_numbers(name: str, tables: Mapping[str, Table]) -> None:
    """Refuse tables that hold no number at all where one is asked for."""
    if not any(table.has_numbers for table in tables.values()):
        known = ", ".join(repr(c.name) for table in tables.values() for c in table.columns)
        raise FaultyData(
            f"{name!r} needs a column of numbers, and no table has one; there are {known}"
        )


def _strict(parameter: Parameter, table: Table, head: str) -> Floats:
    if parameter.kind is not ParameterKind.YES_NO:
        try:
            return table.floats(head)
        except DataError as error:
            raise _with_kind(error, table, head) from None
    if next(table.column(head).texts, None) is None:
        numbers = table.floats(head)
        strange = np.flatnonzero((numbers != 0) & (numbers != 1))
        if strange.size:
            at = int(strange[0])
            raise DataError(
                f"table {table.name!r}, column {head!r}, row {table.row_numbers[at]} holds "
                f"{numbers[at]:g}; {parameter.name!r} is yes or no"
            )
        return numbers
    texts, codes = table.codes(head)
    known = [np.nan if (said := yes_no(text)) is None else said for text in texts]
    numbers = np.array(known)[codes]
    unknown = np.flatnonzero(np.isnan(numbers))
    if unknown.size:
        at = int(unknown[0])
        raise DataError(
            f"table {table.name!r}, column {head!r}, row {table.row_numbers[at]} holds "
            f"{texts[codes[at]]!r}; {parameter.name!r} is yes or no"
        )
    return numbers


def wide_heads(name: str, column: Column, sets: tuple[BoundSet, ...], table: Table) -> list[str]:
    """The columns of a wide table that are members of the last set; refused where none is."""
    across = sets[-1]
    heads = [
        c.name for c in table.columns if c.name in across.positions and c.name not in column.keys
    ]
    if not heads:
        raise DataError(
            f"{name!r}: no column of table {table.name!r} is a member of {across.name!r}",
            hint=did_you_mean(across.texts[0], [c.name for c in table.columns])
            if len(across)
            else None,
        )
    return heads


def _with_kind(error: DataError, table: Table, head: str) -> DataError:
    """The error with the kind that its column could be of, where that holds texts and numbers."""
    texts = [text for text in table.column(head).texts if not is_number(text)]
    words = [text for text in texts if yes_no(text) is not None]
    kind = ""
    if words:
        kind = '`"kind": "yes_no"` reads yes and no as 1 and 0'
    elif len(texts) < sum(cell is not None for cell in table.column(head).cells):
        kind = 'where its cells are names, `"kind": "text"` reads the numbers among them as texts'
    return type(error)(str(error), hint="; ".join(filter(None, (error.hint, kind))))


def _from_wide(
    parameter: Parameter,
    column: Column,
    sets: tuple[BoundSet, ...],
    table: Table,
    rows: Places,
) -> Numbers:
    """A wide table: the last index runs over the heads of its columns."""
    *by_key, across = sets
    heads = wide_heads(parameter.name, column, sets, table)
    keys = key_places(table, column.keys, by_key, rows)
    places = [np.tile(at, len(heads)) for at in keys]
    places.append(np.repeat([across.positions[head] for head in heads], len(rows)))
    numbers = np.concatenate([_numbers(parameter, table, head, rows) for head in heads])
    lines, of = np.tile(rows, len(heads)), np.repeat(heads, len(rows))
    if parameter.default is not None:  # an empty cell is no value
        cells = [table.column(head).cells for head in heads]
        there = np.array([c[row] is not None for c in cells for row in rows.tolist()], np.bool_)
        places, numbers = [place[there] for place in places], numbers[there]
        lines, of = lines[there], of[there]
    return _once(parameter, table, column, sets, places, numbers, lines, of)


def _once(  # noqa: PLR0917  (the parts of one column, called in two places)
    parameter: Parameter,
    table: Table,
    column: Column,
    sets: tuple[BoundSet, ...],
    places: list[Places],
    numbers: Floats,
    rows: Places,
    heads: str | NDArray[np.str_],
) -> Numbers:
    """One value a combination: those of one key are refused, or added up where that is asked.

    Rows whose keys are no members are left out; combinations come back as `_given` numbers them.
    """
    if any(place.min(initial=0) < 0 for place in places):
        known = np.flatnonzero(np.all([place >= 0 for place in places], axis=0))
        places, numbers, rows = [at[known] for at in places], numbers[known], rows[known]
        heads = heads if isinstance(heads, str) else heads[known]
    flat = numbered(places, tuple(map(len, sets)))
    unread = _unread(table, flat, numbers, rows, heads)
    if not (is_rising(flat) or not has_twins(flat)):
        kept, inverse = np.unique(flat, return_inverse=True)
        if column.repeated == "refuse":
            _refuse_duplicate(parameter.name, table, column, flat, rows)
        summed = np.bincount(inverse, weights=numbers, minlength=len(kept))
        flat, numbers = kept, summed.astype(np.float64)
    if unread is not None and parameter.default is None:
        there = ~np.isnan(numbers)
        flat, numbers = flat[there], numbers[there]
    return Numbers(flat, numbers, unread)


def _unread(
    table: Table,
    flat: NDArray[np.int64],
    numbers: Floats,
    rows: Places,
    heads: str | NDArray[np.str_],
) -> Unread | None:
    none = np.flatnonzero(np.isnan(numbers))
    if not none.size:
        return None
    of = [heads] * len(none) if isinstance(heads, str) else map(str, heads[none])
    found = zip(flat[none].tolist(), of, rows[none].tolist(), strict=True)
    return Unread(table, {at: (head, row) for at, head, row in found})


def _refuse_duplicate(
    name: str, table: Table, column: Column, flat: Places, rows: Places
) -> NoReturn:
    twice = next(key for key, count in Counter(flat.tolist()).items() if count > 1)
    found = rows[flat == twice]
    told = [str(table.row_numbers[at]) for at in found.tolist()]
    key = ", ".join(table.keys(head)[int(found[0])] for head in column.keys)
    raise DataError(
        f"table {table.name!r} has {key} in rows {' and '.join(told[:5])}; "
        f"{name!r} takes one value for each {', '.join(column.keys)}",
        hint='add them up with `"repeated": "sum"` if they belong together',
    )
