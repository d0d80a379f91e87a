"""Reading tables from CSV, JSON, Excel and Parquet files and from databases; what cannot be read
is a `DataError`."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeGuard, TypeVar

from optwright.errors import DataError
from optwright.solvers.data.databases import is_database, read_database
from optwright.solvers.data.table import (
    MAX_CELLS,
    Table,
    check_header,
    did_you_mean,
    from_columns,
    from_rows,
)
from optwright.solvers.data.total_rows import without_totals

__all__ = [
    "MAX_BYTES",
    "Table",
    "check_file",
    "from_columns",
    "from_rows",
    "load",
    "read",
    "sheet_of",
]

T = TypeVar("T")

MAX_BYTES = 256 * 2**20  # of one file, unpacked
SUFFIXES = (".csv", ".tsv", ".txt", ".json", ".xlsx", ".xlsm", ".parquet")
WORKBOOKS = (".xlsx", ".xlsm")
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # of a pair that stands for one character in JSON


def load(sources: Iterable[str | Path] | Mapping[str, object]) -> dict[str, Table]:
    """Tables by name, from files, or from a mapping of names to tables in memory.

    A file `demand.csv` is the table `demand`; so is a workbook's only sheet, several are
    `demand.north`, `demand.south`, and `demand.xlsx#north` is that sheet alone. A text such as
    `sqlite:///shop.db?table=demand` is a database (see `databases`). In a mapping, a value is a
    `Table`, a list of rows, a mapping of columns, a data frame, or such a source. Rows of totals
    are left out; the `notes` of a table say so (see `total_rows`).
    """
    tables: dict[str, Table] = {}
    pairs = sources.items() if isinstance(sources, Mapping) else ((None, s) for s in sources)
    for name, source in pairs:
        for table in _read_any(name, source):
            if table.name in tables:
                raise DataError(
                    f"two tables are named {table.name!r}", hint="rename one of the files"
                )
            tables[table.name] = table
    return without_totals(tables)


def read(source: str | Path, name: str | None = None) -> tuple[Table, ...]:
    """The tables of a file, named after it unless `name` says otherwise; or of a database."""
    if isinstance(source, str) and is_database(source):
        return (read_database(source, name),)
    path, sheet = sheet_of(source)
    check_file(path)
    name = name or path.stem
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return (_read_parquet(name, path),)
    content = _content(path)
    if suffix == ".json":
        return _read_json(name, _decoded(path, content))
    if suffix in WORKBOOKS:
        return _read_workbook(name, path, content, sheet)
    return (_read_csv(name, _decoded(path, content)),)


def sheet_of(source: str | Path) -> tuple[Path, str]:
    """The workbook and the sheet of `demand.xlsx#north`; any other path, and no sheet."""
    path, mark, sheet = str(source).rpartition("#")
    if mark and Path(path).suffix.lower() in WORKBOOKS and not Path(source).exists():
        return Path(path), sheet
    return Path(source), ""


def check_file(path: Path) -> None:
    """Raise `DataError` for a file that is not there, of no kind that is read, or too large;
    it is not opened."""
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(
            f"{str(path)!r} is not a kind of file that is read; those are {', '.join(SUFFIXES)}"
        )
    try:
        size = path.stat().st_size
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror}") from error
    if size > MAX_BYTES:
        raise DataError(
            f"{str(path)!r} has {size / 2**20:,.0f} MiB; tables of up to "
            f"{MAX_BYTES // 2**20} MiB are read",
            hint="keep the rows and columns the problem needs",
        )


def _read_any(name: str | None, source: object) -> tuple[Table, ...]:
    if isinstance(source, str | Path):
        return read(source, name)
    if isinstance(source, Table):
        return (source,)
    return _tables_of(name or "data", _frame_columns(source))


def _frame_columns(source: object) -> object:
    """The columns of a data frame, which knows how to give them; anything else as it is."""
    if hasattr(source, "to_dict") and hasattr(source, "columns"):
        return source.to_dict("list")
    return source


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror}") from error


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{str(path)!r} is not UTF-8 text: byte {content[error.start]:#x} in line {row}",
            hint="save it as CSV UTF-8, or as .xlsx",
        ) from error


def _read_csv(name: str, text: str) -> Table:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows, row_numbers = list[list[str]](), list[int]()
    try:
        for row in reader:
            if any(map(str.strip, row)):
                rows.append(row)
                row_numbers.append(reader.line_num)
    except csv.Error as error:
        raise DataError(f"table {name!r}, line {reader.line_num}: {error}") from error
    return _from_grid(name, rows, row_numbers)


def _delimiter(text: str) -> str:
    """The one that the header has most of; a comma if it has none."""
    header = text.lstrip().partition("\n")[0]
    return max(",;\t|", key=header.count)


def _from_grid(name: str, rows: Sequence[Sequence[Any]], row_numbers: Sequence[int]) -> Table:
    """A table whose first row is the header; `row_numbers` are those of all rows."""
    if len(rows) < 2:
        raise DataError(f"table {name!r} has no rows" if rows else f"table {name!r} is empty")
    header = ["" if head is None else str(head).strip() for head in rows[0]]
    check_header(name, header)
    for row, number in zip(rows, row_numbers, strict=True):
        if len(row) != len(header):
            raise DataError(
                f"table {name!r}, row {number} has {len(row)} cells; the header has {len(header)}",
                hint="a cell that holds the separator must be in quotes",
            )
    columns = zip(*rows[1:], strict=True)
    return from_columns(name, dict(zip(header, columns, strict=True)), row_numbers[1:])


def _read_json(name: str, text: str) -> tuple[Table, ...]:
    try:
        content = json.loads(text)
        if _HALF.search(text):  # which alone is no text, and could not be written down again
            json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise DataError(f"table {name!r} is not JSON: {error}") from error
    return _tables_of(name, content)


def _tables_of(name: str, content: object) -> tuple[Table, ...]:
    """Rows, columns, one row, or several tables by name."""
    if _is_rows(content):
        return (from_rows(name, content),)
    if isinstance(content, Mapping) and content:
        heads = list(map(str, content))
        check_header(name, heads)
        values = list(content.values())
        if all(isinstance(value, Mapping) or _is_rows(value) for value in values):
            parts = [_tables_of(f"{name}.{head}", v) for head, v in zip(heads, values, strict=True)]
            return tuple(table for part in parts for table in part)
        if all(map(_is_cells, values)):
            return (from_columns(name, dict(zip(heads, map(list, values), strict=True))),)
        if not any(isinstance(value, Mapping) or _is_cells(value) for value in values):
            return (from_rows(name, [dict(zip(heads, values, strict=True))]),)
    raise DataError(
        f"table {name!r} is neither a list of rows nor columns by name",
        hint='write [{"town": "Lyon", "demand": 3}, ...] or {"town": [...], "demand": [...]}',
    )


def _is_rows(content: object) -> TypeGuard[Sequence[Mapping[str, object]]]:
    return _is_cells(content) and bool(content) and all(isinstance(r, Mapping) for r in content)


def _is_cells(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _read_parquet(name: str, path: Path) -> Table:
    from optwright.solvers.data.databases import collected
    from optwright.solvers.data.duckdb_files import DuckDB

    file = DuckDB(path, is_parquet=True)
    try:
        return collected(name, *file.parquet())
    finally:
        file.close()


def _read_workbook(name: str, path: Path, content: bytes, sheet: str) -> tuple[Table, ...]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > MAX_BYTES:
            raise DataError(f"{str(path)!r} unpacks to {unpacked / 2**20:.0f} MiB, too much")
        with warnings.catch_warnings():
            # It warns of features that tables do not use.
            warnings.simplefilter("ignore", UserWarning)
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheets = {s.title: s.iter_rows(values_only=True) for s in book.worksheets}
            wanted = {sheet: _sheet(path, sheets, sheet)} if sheet else sheets
            grids = {title: _grid(name, rows) for title, rows in wanted.items()}
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise DataError(f"{str(path)!r} is not an Excel workbook: {error}") from error
    filled = {title: grid for title, grid in grids.items() if grid[0]}
    if not filled:
        raise DataError(f"table {name!r} is empty")
    single = len(filled) == 1 and not sheet
    return tuple(
        _from_grid(name if single else f"{name}.{title}", rows, row_numbers)
        for title, (rows, row_numbers) in filled.items()
    )


def _sheet(path: Path, sheets: Mapping[str, T], wanted: str) -> T:
    if (found := sheets.get(wanted)) is not None:
        return found
    known = ", ".join(map(repr, sheets))
    raise DataError(
        f"{str(path)!r} has no sheet {wanted!r}; it has {known}",
        hint=did_you_mean(wanted, list(sheets)),
    )


def _grid(name: str, sheet: Iterable[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], list[int]]:
    """The rows of a sheet that are not blank, as wide as the header, and their numbers."""
    rows, row_numbers = list[tuple[Any, ...]](), list[int]()
    width = cells = 0
    for number, row in enumerate(sheet, 1):
        if all(cell is None for cell in row):
            continue
        if not rows:
            width = max(i for i, cell in enumerate(row, 1) if cell is not None)
        beyond = any(cell is not None for cell in row[width:])
        rows.append(row if beyond else (*row[:width], *(None,) * (width - len(row))))
        row_numbers.append(number)
        cells += len(row)
        if cells > MAX_CELLS:
            raise DataError(f"table {name!r} has more than {MAX_CELLS:,} cells")
    return rows, row_numbers
