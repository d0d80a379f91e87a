"""Reading tables from files, databases and memory; what cannot be read is a `DataError`.

Spreadsheets and text files are read as people have them (see `reading`): how they were understood
stands in `Table.understood`, and what they leave open in `Table.questions`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from optwright.errors import DataError
from optwright.solvers.data.databases import is_database, read_database
from optwright.solvers.data.reading.assemble import bad_cells, tables_of
from optwright.solvers.data.reading.contents import Sheet, contents
from optwright.solvers.data.reading.corrections import Corrections, path_beside, read_corrections
from optwright.solvers.data.reading.memory import named_sources, of_json, tables_in_memory
from optwright.solvers.data.table import (
    Data,
    Question,
    Table,
    did_you_mean,
    from_columns,
    from_rows,
)
from optwright.solvers.data.total_rows import without_totals

__all__ = [
    "MAX_BYTES",
    "Data",
    "Table",
    "account",
    "check_file",
    "contents_of",
    "from_columns",
    "from_rows",
    "load",
    "questions",
    "read",
    "sheet_of",
]

MAX_BYTES = 256 * 2**20  # of one file, unpacked
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
TEXTS = (".csv", ".tsv", ".txt", ".tab")
COLUMNAR = (".parquet", ".arrow", ".feather", ".ipc")
SUFFIXES = (*TEXTS, ".json", *WORKBOOKS, *COLUMNAR)
_LONGEST_TOLD = 2**20  # bytes; a longer text file is one table
_HALF = re.compile(r"\\u[dD][89a-fA-F]")  # of a pair that stands for one character in JSON


def load(sources: Data, said: Mapping[str, Sequence[str]] | None = None) -> dict[str, Table]:
    """Tables by name, from files, databases, or values in memory (see `Data`).

    A file `demand.csv` is the table `demand`; so is a workbook's only table, several sheets are
    `demand.north`, `demand.south`, and `demand.xlsx#north` is that sheet alone. A text such as
    `sqlite:///shop.db?table=demand` is a database (see `databases`). A value without a name is the
    table `data`. Rows of totals are left out; the `notes` of a table say so (see `total_rows`).
    `said` has lines of corrections by the name of the correction file they would stand in; those
    of `""` are for the only source.
    Raises `DataError` for what cannot be read.
    """
    tables: dict[str, Table] = {}
    named = list(named_sources(sources))
    lines = said or {}
    if lines.get("") and len(named) != 1:
        raise DataError(
            "there are several files", hint="write it into the .toml of the one it is for"
        )
    for name, source in named:
        for table in _read_any(name, source, lines):
            if table.name in tables:
                raise DataError(
                    f"two tables are named {table.name!r}", hint="rename one of the files"
                )
            tables[table.name] = table
    cleared = without_totals(tables)
    for name, doubt in bad_cells(cleared.values()):
        cleared[name] = replace(cleared[name], doubts=(*cleared[name].doubts, doubt))
    return cleared


def questions(tables: Iterable[Table]) -> tuple[Question, ...]:
    """What the tables leave open, each question once."""
    return tuple(dict.fromkeys(question for table in tables for question in table.questions))


def account(tables: Iterable[Table], rows: int = 3) -> str:
    """A short account of what was understood: each table with its columns and first rows, how it
    was read, what was left out, and what is open."""
    return "\n\n".join("\n".join(_told(table, rows)) for table in tables)


def _told(table: Table, rows: int) -> Iterable[str]:
    yield table.preview(rows)
    yield from (f"  understood: {text}" for text in table.understood)
    yield from (f"  left out: {text}" for text in table.notes)
    yield from (f"  unsure: {text}" for text in table.doubts)
    for question in table.questions:
        first, *rest = question.told().splitlines()
        yield f"  question: {first}"
        yield from (f"    {line}" for line in rest)


def read(
    source: str | Path, name: str | None = None, said: Sequence[str] = ()
) -> tuple[Table, ...]:
    """The tables of a file, named after it unless `name` says otherwise; or of a database. `said`
    has lines of corrections on top of those beside the file."""
    if isinstance(source, str) and is_database(source):
        return (read_database(source, name),)
    path, sheet = sheet_of(source)
    check_file(path)
    name = name or path.stem
    suffix = path.suffix.lower()
    if suffix in COLUMNAR:
        return (_read_columnar(name, path),)
    corrections = read_corrections(path, said)
    if suffix in WORKBOOKS:
        return _read_workbook(name, path, sheet, corrections)
    if suffix == ".json":
        return _asking(_read_json(name, path, corrections), path)
    return _read_text(name, path, corrections)


def contents_of(path: Path) -> tuple[Sheet, ...]:
    """The sheets and tables of a workbook or a text file, those that a correction beside it leaves
    out too; none of other files. Raises `DataError` for what cannot be read."""
    suffix, corrections = path.suffix.lower(), read_corrections(path)
    if suffix in WORKBOOKS:
        from optwright.solvers.data.reading.workbooks import grids_of

        return contents(grids_of(path), corrections, is_text=False)
    if suffix not in TEXTS or path.stat().st_size > _LONGEST_TOLD:
        return ()
    from optwright.solvers.data.reading.text_files import decode, grid_of

    found = decode(_content(path), str(path), corrections.encoding)
    return contents([grid_of(found.text, path.stem, corrections.separator)[0]], corrections,
                    is_text=True)  # fmt: skip


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
    if not path.is_file():
        raise DataError(f"cannot read {str(path)!r}: it is not a file")
    if size > MAX_BYTES:
        raise DataError(
            f"{str(path)!r} has {size / 2**20:,.0f} MiB; tables of up to "
            f"{MAX_BYTES // 2**20} MiB are read",
            hint="keep the rows and columns the problem needs",
        )


def _read_any(
    name: str | None, source: object, said: Mapping[str, Sequence[str]]
) -> tuple[Table, ...]:
    if isinstance(source, str | Path):
        beside = path_beside(sheet_of(source)[0]).name
        return read(source, name, (*said.get(beside, ()), *said.get("", ())))
    return tables_in_memory(name or "data", source)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror}") from error


def _read_text(name: str, path: Path, corrections: Corrections) -> tuple[Table, ...]:
    from optwright.solvers.data.reading.long_text import read_plain
    from optwright.solvers.data.reading.text_files import decode, grid_of

    content = _content(path)
    if (plain := read_plain(name, content, corrections, str(path))) is not None:
        return (plain,)
    found = decode(content, str(path), corrections.encoding)
    grid, separator = grid_of(found.text, name, corrections.separator)
    tables = tables_of(name, [grid], corrections, file=str(path), separator=separator, is_text=True)
    if not found.is_guessed:
        return tables
    told = f"{path.name!r} is no UTF-8; it is read as {found.encoding}"
    first = replace(tables[0], understood=(told, *tables[0].understood))
    return (first, *tables[1:])


def _read_json(name: str, path: Path, corrections: Corrections) -> tuple[Table, ...]:
    from optwright.solvers.data.reading.text_files import decode

    text = decode(_content(path), str(path), corrections.encoding).text
    try:
        content = json.loads(text)
        if _HALF.search(text):  # which alone is no text, and could not be written down again
            json.dumps(content, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise DataError(f"table {name!r} is not JSON: {error}") from error
    return of_json(name, content, corrections)


def _asking(tables: tuple[Table, ...], path: Path) -> tuple[Table, ...]:
    file = path_beside(path).name
    return tuple(
        replace(t, questions=tuple(replace(q, file=file) for q in t.questions)) for t in tables
    )


def _read_columnar(name: str, path: Path) -> Table:
    from optwright.solvers.data.columnar_files import read_columnar

    return read_columnar(name, path)


def _read_workbook(
    name: str, path: Path, sheet: str, corrections: Corrections
) -> tuple[Table, ...]:
    from optwright.solvers.data.reading.workbooks import grids_of

    grids = grids_of(path)
    if not sheet:
        return tables_of(name, grids, corrections, file=str(path))
    wanted = [grid for grid in grids if grid.sheet == sheet]
    if not wanted:
        known = ", ".join(repr(grid.sheet) for grid in grids) or "no sheet that holds anything"
        raise DataError(
            f"{str(path)!r} has no sheet {sheet!r}; it has {known}",
            hint=did_you_mean(sheet, [grid.sheet for grid in grids]),
        )
    one = [replace(wanted[0], is_hidden=False)]  # whoever names it wants it
    others = corrections.model_copy(update={"sheets": {}})
    return tables_of(f"{name}.{sheet}", one, others, file=str(path))
