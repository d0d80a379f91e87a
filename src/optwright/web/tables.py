"""Tables of a session that are changed in a page: cells in a grid, and how a file was read.

A file that came by the browser stays in the server's own folder until it ends, so that a correction
beside it (`plan.xlsx.toml`) can be written and the file be read again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from optwright.errors import InputError, StorageError
from optwright.solvers.data.apart import Apart
from optwright.solvers.data.reading.contents import Sheet
from optwright.solvers.data.reading.corrections import path_beside, written
from optwright.solvers.data.table import ColumnType, Table, TableColumn, from_columns, key_text
from optwright.web import uploads

ROWS = 50  # of a table on one page
MOST_COLUMNS = 30
_OF_PARTS = ("leave", "take", "leave_ranges")
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
    """Which file each table that was sent came from, and what else each file holds."""

    of: dict[str, tuple[Path, ...]]
    held: dict[Path, tuple[Sheet, ...]] = field(default_factory=dict)

    def keep(self, paths: Sequence[Path], found: Apart) -> None:
        """Remember where tables came from."""
        for name in found.tables:
            own = [p for p in paths if name == p.stem or name.startswith(f"{p.stem}.")]
            self.of[name] = tuple(own or paths)
        self.held.update(zip(paths, found.contents, strict=False))

    def names(self, path: Path) -> list[str]:
        """The tables that came from a file so far."""
        return [name for name, paths in self.of.items() if path in paths]

    def path(self, name: str) -> Path:
        """The file of a table; raises `InputError` where it came by another way."""
        if name not in self.of:
            raise InputError(
                f"table {name!r} did not come as a file that was sent here",
                hint="correct FILE.toml beside the file, and bring it again",
            )
        return self.of[name][0]

    def correction(self, path: Path) -> str:
        """What the correction file of a file says now; empty for none."""
        beside = path_beside(path)
        return beside.read_text(encoding="utf-8") if beside.is_file() else ""

    def choices(self) -> list[tuple[int, str, tuple[Sheet, ...]]]:
        """The files that hold several sheets or tables, each with its place among all."""
        return [
            (at, path.name, sheets)
            for at, (path, sheets) in enumerate(self.held.items())
            if sum(max(1, len(sheet.regions)) for sheet in sheets) > 1 and self.names(path)
        ]

    def correct(self, path: Path, toml: str) -> dict[str, Table]:
        """Read a file again, as a correction says. Raises as `uploads.read` does, with what was
        said before left in place."""
        beside = path_beside(path)
        before = self.correction(path)
        try:
            beside.write_text(toml, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{beside.name!r} cannot be written: {error.strerror}") from error
        try:
            found = uploads.read([path], with_contents=True)
        except InputError:
            beside.write_text(before, encoding="utf-8")
            raise
        self.keep([path], found)
        return found.tables


def with_parts(toml: str, sheets: Sequence[Sheet], ticked: Container[str]) -> str:
    """A correction file that takes the sheets and tables which are `ticked` (`sheet-0`,
    `table-0-1`) and leaves the others out. Raises `InputError` where it is no TOML."""
    try:
        content = tomllib.loads(toml)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"the correction is no TOML: {error}") from error
    said = content.setdefault("sheets", {})
    for at, sheet in enumerate(sheets):
        own = {k: v for k, v in said.get(sheet.name, {}).items() if k not in _OF_PARTS}
        left = [r.place for k, r in enumerate(sheet.regions) if f"table-{at}-{k}" not in ticked]
        several = len(sheet.regions) > 1
        wanted = f"sheet-{at}" in ticked and not (several and len(left) == len(sheet.regions))
        if wanted is sheet.is_hidden:
            own["take" if wanted else "leave"] = True
        if wanted and several and left:
            own["leave_ranges"] = left
        said[sheet.name] = own
    return written(content)


def with_setting(toml: str, table: str, setting: str) -> str:
    """A correction file with one more line: the file's own lines stand before its first table."""
    from optwright.solvers.data.table import toml_key

    line = f"tables.{toml_key(table)}.{setting}" if table else setting
    return f"{line}\n{toml}"
