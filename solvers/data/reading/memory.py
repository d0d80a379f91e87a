"""Tables that are in memory: data frames of pandas and polars, Arrow tables, numpy arrays, rows
and columns as lists and dictionaries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from optwright.errors import DataError
from optwright.solvers.data.reading import nested_records
from optwright.solvers.data.reading.columns import RawColumn, read_file, typed
from optwright.solvers.data.reading.corrections import Corrections
from optwright.solvers.data.reading.dates import plain_date
from optwright.solvers.data.table import (
    MAX_CELLS,
    Across,
    Table,
    TableColumn,
    array_column,
    check_header,
    from_columns,
    from_rows,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNNAMED = "data"
"""What a table is called that came without a name."""


def named_sources(data: object) -> list[tuple[str | None, object]]:
    """What was given as data, one pair a source: its name (None for a file or a database, which
    has its own) and the source. `DataError` for what is no data."""
    if data is None:
        return []
    if isinstance(data, Table):
        return [(data.name, data)]
    if isinstance(data, str | Path):
        return [(None, data)]
    if is_frame(data) or _is_array(data) or _is_column(data):
        return [(UNNAMED, data)]
    if isinstance(data, Mapping):
        values = list(data.values())
        whole = values and all(
            _is_scalar(v) or (_is_cells(v) and all(map(_is_scalar, v))) or _is_column(v)
            for v in values
        )
        if whole and not any(isinstance(v, str | Path) and _is_source(v) for v in values):
            return [(UNNAMED, data)]
        return [(str(name), source) for name, source in data.items()]
    if isinstance(data, Iterable):
        items = list(data)
        if items and all(isinstance(item, Mapping) for item in items):
            return [(UNNAMED, items)]
        if all(isinstance(item, str | Path | Table) for item in items):
            return [(i.name if isinstance(i, Table) else None, i) for i in items]
        if items and all(map(_is_scalar, items)):
            return [(UNNAMED, {"value": items})]
        if len(items) == 1:
            return named_sources(items[0])
    raise DataError(
        f"data is a {type(data).__name__}, which is no table",
        hint='give a path, a data frame, or tables by name: {"items": frame, "limits": "l.csv"}',
    )


def _is_source(value: str | Path) -> bool:
    """Whether a text among values is a file or a database and not a cell."""
    text = str(value)
    return isinstance(value, Path) or "://" in text or bool(Path(text).suffix and len(text) > 4)


def tables_in_memory(name: str, source: object) -> tuple[Table, ...]:
    """The tables of a value in memory. `DataError` for what is no table."""
    if isinstance(source, Table):
        return (source if source.name == name else replace(source, name=name),)
    if _is_array(source):
        return (_of_array(name, source),)
    if _is_column(source) and not isinstance(source, Mapping):
        return (_of_series(name, source),)
    if is_frame(source):
        return (typed_table(name, frame_columns(source)),)
    return of_json(name, source)


def typed_table(
    name: str,
    columns: Mapping[str, Sequence[object] | NDArray[Any]],
    row_numbers: Sequence[int] | None = None,
    corrections: Corrections | None = None,
) -> Table:
    """A table of columns whose texts may be numerals and days as people write them; arrays of
    numbers stay as they are."""
    check_header(name, [str(head) for head in columns])
    lengths = {len(cells) for cells in columns.values()}
    if len(lengths) != 1 or lengths == {0} or sum(map(len, columns.values())) > MAX_CELLS:
        return from_columns(name, columns)  # which says what is wrong
    (length,) = lengths
    numbers = row_numbers if row_numbers is not None else range(1, length + 1)
    said = corrections or Corrections()
    own = said.table(name).columns
    made = dict[str, TableColumn]()
    raw = list[RawColumn]()
    for head, cells in columns.items():
        fast = array_column(str(head), cells)
        if fast is not None:
            made[str(head)] = fast
            continue
        pairs = zip(_listed(cells), numbers, strict=True)
        listed: list[Any] = [_cell(name, str(head), cell, row) for cell, row in pairs]
        one = own.get(str(head))
        raw.append(RawColumn(name, str(head), listed, numbers, one.type if one else "",
                             one.decimal if one else ""))  # fmt: skip
    reading = read_file(raw, decimal=said.decimal, days=said.days)
    understood, questions = list(reading.understood), list(reading.questions)
    for column in raw:
        found = typed(column, reading)
        understood += found.understood
        questions += found.questions
        made[column.name] = TableColumn(found.name, found.type, found.cells)
    return Table(
        name,
        tuple(made[str(head)] for head in columns),
        numbers,
        understood=tuple(understood),
        questions=tuple(questions),
    )


def _listed(cells: Any) -> list[Any]:
    tolist = getattr(cells, "tolist", None) or getattr(cells, "to_list", None)
    return tolist() if callable(tolist) else list(cells)


def _cell(table: str, head: str, cell: Any, row: int) -> Any:
    """A cell as plain Python has it; what pandas calls missing is None."""
    if cell is None or isinstance(cell, str | int | float):
        return cell
    if type(cell).__name__ in ("NaTType", "NAType"):
        return None
    item = getattr(cell, "item", None)  # of numpy
    if callable(item) and getattr(cell, "ndim", 1) == 0:
        return _cell(table, head, item(), row)
    to_plain = getattr(cell, "to_pydatetime", None)
    if callable(to_plain):
        return to_plain()
    import datetime
    import numbers
    from decimal import Decimal

    if isinstance(cell, datetime.date | datetime.time | datetime.timedelta):
        return cell
    if isinstance(cell, numbers.Real | Decimal):
        return float(cell)
    raise DataError(
        f"table {table!r}, column {head!r}, row {row} holds {type(cell).__name__}; a cell is a "
        "number or a text"
    )


# Rows and columns


def of_json(
    name: str, content: object, corrections: Corrections | None = None
) -> tuple[Table, ...]:
    """Rows, columns, one row, or several tables by name; rows may be lists below their heads."""
    if _is_rows(content):
        return _of_records(name, content, corrections)
    if isinstance(content, Mapping) and content:
        if (records := nested_records.by_key(content)) is not None:
            return _of_records(name, records, corrections)
        heads = list(map(str, content))
        check_header(name, heads)
        values = list(content.values())
        if all(
            isinstance(value, Mapping) or _is_rows(value) or is_frame(value) for value in values
        ):
            parts = [
                (
                    (typed_table(f"{name}.{head}", frame_columns(v)),)
                    if is_frame(v)
                    else of_json(f"{name}.{head}", v, corrections)
                )
                for head, v in zip(heads, values, strict=True)
            ]
            return tuple(table for part in parts for table in part)
        if all(_is_cells(v) or _is_column(v) or _is_array(v) for v in values):
            columns: dict[str, Any] = dict(zip(heads, values, strict=True))
            return (typed_table(name, columns, corrections=corrections),)
        alone = {head: v for head, v in content.items() if _is_scalar(v)}
        inner = {head: v for head, v in content.items() if isinstance(v, Mapping) or _is_rows(v)}
        if alone and inner and len(alone) + len(inner) == len(content):
            # What stands beside the tables is a table of one row.
            return (*of_json(name, alone, corrections), *of_json(name, inner, corrections))
        if not any(isinstance(value, Mapping) or _is_cells(value) for value in values):
            return (
                _typed_again(
                    dict(zip(heads, ([v] for v in values), strict=True)), name, corrections
                ),
            )
    if _is_cells(content) and content and all(_is_cells(row) for row in content):
        return (_of_lists(name, content, corrections),)
    raise DataError(
        f"table {name!r} is neither a list of rows nor columns by name",
        hint='write [{"town": "Lyon", "demand": 3}, ...] or {"town": [...], "demand": [...]}',
    )


def _of_records(
    name: str, records: Sequence[Mapping[str, object]], corrections: Corrections | None
) -> tuple[Table, ...]:
    """The table of some records, and one for each list of records inside of them."""
    if not nested_records.is_nested(records):
        return (_typed_again(from_rows_raw(name, records), name, corrections),)
    flat = nested_records.flatten(name, records)
    table = _typed_again(from_rows_raw(name, flat.records), name, corrections)
    inner = [of_json(f"{name}.{head}", rows, corrections) for head, rows in flat.lists.items()]
    return (table, *(one for part in inner for one in part))


def from_rows_raw(name: str, rows: Sequence[Mapping[str, object]]) -> dict[str, list[object]]:
    """The columns of rows given as mappings; a row that lacks one has an empty cell there."""
    heads = dict.fromkeys(head for row in rows for head in row)
    if not heads:
        from_rows(name, rows)  # says that it is empty
    return {str(head): [row.get(head) for row in rows] for head in heads}


def _typed_again(
    columns: dict[str, list[object]], name: str, corrections: Corrections | None
) -> Table:
    return typed_table(name, columns, corrections=corrections)


def _of_lists(name: str, rows: Sequence[Any], corrections: Corrections | None) -> Table:
    """Rows as lists; the first holds the heads if all of it is texts, else they are A, B, ..."""
    from optwright.solvers.data.reading.grid import column_letters

    widths = {len(row) for row in rows}
    if len(widths) != 1:
        raise DataError(f"table {name!r} has rows of {min(widths)} to {max(widths)} cells")
    (width,) = widths
    has_heads = len(rows) > 1 and all(isinstance(cell, str) for cell in rows[0])
    heads = list(rows[0]) if has_heads else [column_letters(k + 1) for k in range(width)]
    check_header(name, heads)
    body = rows[1:] if has_heads else rows
    return typed_table(name, {h: [r[k] for r in body] for k, h in enumerate(heads)},
                       corrections=corrections)  # fmt: skip


# Frames and arrays


def is_frame(source: object) -> bool:
    """Whether a value is a data frame or an Arrow table."""
    if isinstance(source, Mapping | Table | str | Path):
        return False
    named = hasattr(source, "columns") or hasattr(source, "column_names")
    return named and (
        hasattr(source, "to_dict")
        or hasattr(source, "__arrow_c_stream__")
        or hasattr(source, "to_pylist")
    )


def frame_columns(source: Any) -> dict[str, Any]:
    """The columns of a frame by their names; a named index of pandas is a column as well."""
    if hasattr(source, "reset_index"):  # pandas
        if not _is_counted(source.index):
            names = list(source.index.names)
            if all(name is None for name in names) and len(names) == 1:
                free = next(n for n in ("index", "row", "key") if n not in source.columns)
                source = source.rename_axis(free)
            source = source.reset_index()
        heads = [_head(head) for head in source.columns]
        _refuse_twins(heads)
        return {h: _own_cells(source.iloc[:, k]) for k, h in enumerate(heads)}
    if hasattr(source, "get_columns"):  # polars
        return {column.name: _own_cells(column) for column in source.get_columns()}
    if hasattr(source, "column_names"):  # Arrow
        return {
            str(name): source.column(k).to_pylist() for k, name in enumerate(source.column_names)
        }
    found = source.to_dict("list")
    return {str(head): cells for head, cells in found.items()}


def _is_counted(index: Any) -> bool:
    """Whether an index only counts the rows."""
    return type(index).__name__ == "RangeIndex" and index.name is None


def _head(head: object) -> str:
    if isinstance(head, tuple):
        return " ".join(_head(part) for part in head if part not in ("", None))
    to_plain = getattr(head, "to_pydatetime", None)
    plain = to_plain() if callable(to_plain) else head
    return plain_date(plain) if isinstance(plain, date) else str(plain)


def _refuse_twins(heads: Sequence[str]) -> None:
    check_header(UNNAMED, heads)


def _own_cells(column: Any) -> Any:
    """A column of a frame: itself where it is of plain numbers, else its cells."""
    kind = str(getattr(column, "dtype", ""))
    lowered = kind.lower()
    if lowered.startswith(("int", "uint", "float")) and not kind[:1].isupper():
        return column
    if lowered.startswith(("int", "uint", "float")) and hasattr(column, "null_count"):
        return column if not column.null_count() else column.to_list()
    return _listed(column)


def _of_series(name: str, source: Any) -> Table:
    """A series with its index as the key."""
    index = getattr(source, "index", None)
    called = str(source.name) if getattr(source, "name", None) not in (None, "") else "value"
    if index is None or callable(index) or _is_counted(index):
        return typed_table(name, {called: _own_cells(source)})
    return typed_table(name, frame_columns(source.rename(called).to_frame()))


def _is_column(value: object) -> bool:
    """Whether a value is one column: a series of pandas or polars, an array of one dimension."""
    if isinstance(value, str | bytes | Mapping | Table | list | tuple):
        return False
    if is_frame(value):
        return False
    one = getattr(value, "ndim", None) == 1
    return (
        (one and hasattr(value, "__array__") and hasattr(value, "name"))
        or (hasattr(value, "to_list") and hasattr(value, "name") and not hasattr(value, "columns"))
        or (one and hasattr(value, "dtype"))
    )


def _is_array(source: object) -> bool:
    return type(source).__module__.partition(".")[0] == "numpy" and hasattr(source, "dtype")


def _of_array(name: str, source: Any) -> Table:
    """A numpy array: a structured one by its fields, a matrix with its row numbers as keys and its
    columns as an index, both from 0."""
    if source.dtype.names:
        return typed_table(name, {str(field): source[field] for field in source.dtype.names})
    if source.ndim == 1:
        return typed_table(name, {"value": source})
    if source.ndim != 2 or not source.size:
        raise DataError(f"table {name!r} is an array of {source.ndim} dimensions; tables have 2")
    import numpy as np

    heads = tuple(str(k) for k in range(source.shape[1]))
    columns: dict[str, NDArray[np.generic]] = {"row": np.arange(source.shape[0])}
    columns |= {head: source[:, k] for k, head in enumerate(heads)}
    return replace(typed_table(name, columns), across=Across(heads, "column"))


def _is_rows(content: object) -> TypeGuard[Sequence[Mapping[str, object]]]:
    return _is_cells(content) and bool(content) and all(isinstance(r, Mapping) for r in content)


def _is_cells(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_scalar(value: object) -> bool:
    import datetime
    import numbers
    from decimal import Decimal

    return value is None or isinstance(
        value, str | numbers.Number | Decimal | datetime.date | datetime.time
    )
