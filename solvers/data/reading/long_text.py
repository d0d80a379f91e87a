"""Long text files that are plain: one table from the first line on, each row as long as its heads.

They are read by polars, column by column. Whatever is not plain is left to the reader of all text
files, which also says what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from optwright import platforms
from optwright.errors import DataError
from optwright.solvers.data.reading.assemble import tables_of
from optwright.solvers.data.reading.columns import RawColumn, Reading, typed
from optwright.solvers.data.reading.corrections import Corrections
from optwright.solvers.data.reading.text_files import grid_of
from optwright.solvers.data.table import (
    MAX_CELLS,
    ArrayCells,
    CodedCells,
    ColumnType,
    Table,
    TableColumn,
)

if TYPE_CHECKING:
    import polars as pl

FROM_BYTES = 2**20
"""Shorter files are not worth loading the engine."""
_SAMPLE_LINES = 300
_LEAST_MEMORY = 2**31  # bytes of addresses
_MOST_DIFFERENT = 200_000
"""Different texts of a column that are looked at one by one."""
_WIDE = 10**15  # of more digits, members are names


def read_plain(name: str, content: bytes, corrections: Corrections, file: str) -> Table | None:
    """The table of a long plain text file in UTF-8; None for any other."""
    if len(content) < FROM_BYTES or corrections != Corrections() or find_spec("polars") is None:
        return None
    most = platforms.memory_limit()
    if most is not None and most < _LEAST_MEMORY:
        return None  # the engine ends a process whose memory does not do
    head = b"\n".join(content[: 2**18].split(b"\n")[:_SAMPLE_LINES])
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\r" in head.replace(b"\r\n", b""):
        return None
    found = _of_sample(name, head, corrections, file)
    if found is None:
        return None
    sample, separator = found
    heads = [column.name for column in sample.columns]
    frame = _frame(content, separator, sample)
    if frame is None or frame.height * len(heads) > MAX_CELLS:
        return None
    columns = [_column(head, frame.to_series(at), is_key=at == 0) for at, head in enumerate(heads)]
    if any(column is None for column in columns):
        return None
    made = tuple(column for column in columns if column is not None)
    return Table(name, made, range(2, frame.height + 2))


def _of_sample(
    name: str, head: bytes, corrections: Corrections, file: str
) -> tuple[Table, str] | None:
    """The table of the first lines and its separator, where they are as plain as can be."""
    try:
        text = head.decode("utf-8-sig")
        grid, separator = grid_of(text, name)
        tables = tables_of(name, [grid], corrections, file=file, separator=separator, is_text=True)
    except (UnicodeDecodeError, DataError):
        return None
    table = tables[0]
    heads = [column.name for column in table.columns]
    plain = (
        len(tables) == 1
        and not (table.notes or table.across or table.understood)
        and [str(cell).strip() for cell in grid.rows[0]] == heads
        and list(table.row_numbers) == list(range(2, len(table) + 2))
    )
    return (table, separator) if plain and not table.questions else None


def _frame(content: bytes, separator: str, sample: Table) -> pl.DataFrame | None:
    """All rows, typed as the first ones are; None where others are of other types or lengths, where
    lines are no rows, and where numerals may be names (`007`)."""
    try:
        import polars as pl
    except (ImportError, MemoryError):
        return None  # in a process with little memory its library does not load

    if _holds_codes(content):
        return None
    types: list[Any] = [_TYPES[column.type](pl) for column in sample.columns]
    schema = dict(zip((column.name for column in sample.columns), types, strict=True))
    try:
        frame = pl.read_csv(content, separator=separator, schema=schema)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        return None
    lines = content.count(b"\n") + (not content.endswith(b"\n"))
    return frame if frame.height == lines - 1 else None


def _holds_codes(content: bytes) -> bool:
    """Whether a cell may begin as `007` does, with a sign or without."""
    import numpy as np

    signs = np.frombuffer(content, dtype=np.uint8)
    zeros = np.flatnonzero(signs[:-1] == ord("0"))
    zeros = zeros[(signs[zeros + 1] >= ord("0")) & (signs[zeros + 1] <= ord("9")) & (zeros > 1)]
    before = signs[zeros - 1]
    first = np.where((before == ord("+")) | (before == ord("-")), signs[zeros - 2], before)
    return bool(np.isin(first, np.frombuffer(b',;|\t\n"', dtype=np.uint8)).any())


_TYPES: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.INTEGER: lambda pl: pl.Int64,
    ColumnType.NUMBER: lambda pl: pl.Float64,
    ColumnType.TEXT: lambda pl: pl.String,
    ColumnType.EMPTY: lambda pl: pl.String,
}


def _column(head: str, cells: pl.Series, *, is_key: bool) -> TableColumn | None:
    """A column of whole numbers, of numbers, or of texts that are neither numbers nor days."""
    if cells.null_count():
        return None
    if cells.dtype.is_integer():
        array = cells.to_numpy()
        if max(abs(int(array.max())), abs(int(array.min()))) >= _WIDE:
            return None
        return TableColumn(head, ColumnType.INTEGER, ArrayCells(array), array)
    if cells.dtype.is_float():
        array = cells.to_numpy()
        return (
            TableColumn(head, ColumnType.NUMBER, ArrayCells(array), array)
            if cells.is_finite().all()
            else None
        )
    return _texts(head, cells, is_key=is_key)


def _texts(head: str, texts: pl.Series, *, is_key: bool) -> TableColumn | None:
    import numpy as np
    import polars as pl

    different = texts.unique(maintain_order=True)
    if different.len() > _MOST_DIFFERENT:
        return None
    listed: list[Any] = different.to_list()
    if any(text != text.strip() or not text for text in listed):
        return None
    raw = RawColumn("", head, listed, range(len(listed)), is_key=is_key)
    if raw.is_numeric or typed(raw, Reading()).cells != listed:
        return None
    codes = texts.cast(pl.Enum(different)).to_physical().to_numpy().astype(np.intp)
    return TableColumn(head, ColumnType.TEXT, CodedCells(listed, codes))
