"""Tables of a session that are changed in a page: cells in a grid, and how a file was read.

A file that came by the browser stays in the server's own folder until it ends, so that a correction
beside it (`plan.xlsx.toml`) can be written and the file be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from optwright.errors import InputError, StorageError
from optwright.solvers.data.apart import load_apart
from optwright.solvers.data.reading.corrections import path_beside
from optwright.solvers.data.table import ColumnType, Table, TableColumn, from_columns, key_text

ROWS = 50  # of a table on one page
MOST_COLUMNS = 30
_NUMBERS = (ColumnType.INTEGER, ColumnType.NUMBER)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell somebody typed into: row and column by their place, from 0."""

    row: int
    column: int
    text: str


def cells_in(form: Iterable[tuple[str, str]]) -> list[Cell]:
    """The cells of a form: its fields named `cell-ROW-COLUMN`."""
    found = []
    for name, text in form:
        kind, _, place = name.partition("-")
        row, _, column = place.partition("-")
        if kind == "cell" and row.isascii() and row.isdigit() and column.isdigit():
            found.append(Cell(int(row), int(column), text.strip()))
    return found


def changed(table: Table, cells: Sequence[Cell]) -> Table | None:
    """The table with what was typed; a row just behind the last is a new one. None where nothing
    is other than before; `InputError` for a text in a column of numbers."""
    columns = [list(column.cells) for column in table.columns]
    new = [cell for cell in cells if cell.row == len(table) and cell.text]
    if new:
        for own in columns:
            own.append(None)
    is_other = bool(new)
    for cell in cells:
        if cell.column >= len(columns) or cell.row >= len(columns[0]):
            continue
        own, column = columns[cell.column], table.columns[cell.column]
        if cell.row < len(table) and key_text(own[cell.row]) == cell.text:
            continue
        own[cell.row] = _value(cell.text, column)
        is_other = True
    if not is_other:
        return None
    last = max(table.row_numbers, default=0)
    numbers = [*table.row_numbers, *([last + 1] if new else [])]
    heads = [column.name for column in table.columns]
    made = from_columns(table.name, dict(zip(heads, columns, strict=True)), numbers)
    return replace(made, across=table.across, understood=table.understood, notes=table.notes)


def _value(text: str, column: TableColumn) -> str | float | None:
    if not text:
        return None
    if column.type not in _NUMBERS:
        return text
    try:
        value = float(text.replace(",", "")) if "," in text and "." in text else float(text)
    except ValueError:
        raise InputError(
            f"{text!r} is no number, and column {column.name!r} has numbers",
            hint="write it with a point: 1200.5",
        ) from None
    return int(value) if value.is_integer() and column.type is ColumnType.INTEGER else value


@dataclass(frozen=True)
class Files:
    """Which file each table that was sent came from."""

    of: dict[str, tuple[Path, ...]]

    def keep(self, paths: Sequence[Path], tables: Mapping[str, Table]) -> None:
        """Remember where tables came from."""
        for name in tables:
            own = [path for path in paths if path.stem == name or len(paths) == 1]
            self.of[name] = tuple(own or paths)

    def correction(self, name: str) -> str:
        """What the correction file of a table's file says now; empty for none."""
        (path, *_) = self.of[name]
        beside = path_beside(path)
        return beside.read_text(encoding="utf-8") if beside.is_file() else ""

    def correct(self, name: str, toml: str) -> dict[str, Table]:
        """Read the file of a table again, as a correction says. Raises as `load_apart` does, with
        what was said before left in place."""
        if name not in self.of:
            raise InputError(
                f"table {name!r} did not come as a file that was sent here",
                hint="correct FILE.toml beside the file, and bring it again",
            )
        paths = self.of[name]
        beside = path_beside(paths[0])
        before = self.correction(name)
        try:
            beside.write_text(toml, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{beside.name!r} cannot be written: {error.strerror}") from error
        try:
            found: dict[str, Table] = load_apart(paths[:1])
        except InputError as error:
            beside.write_text(before, encoding="utf-8")
            said = str(error).replace(f"{beside.parent}/", "")
            raise InputError(said, hint=error.hint) from error
        self.keep(paths[:1], found)
        return found


def with_setting(toml: str, table: str, setting: str) -> str:
    """A correction file with one more line: the file's own lines stand before its first table."""
    from optwright.solvers.data.table import toml_key

    line = f"tables.{toml_key(table)}.{setting}" if table else setting
    return f"{line}\n{toml}"
