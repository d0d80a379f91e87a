"""The small TOML beside a file (`plan.xlsx.toml`), which has the last word on how it is read."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from optwright.errors import DataError
from optwright.solvers.data.table import did_you_mean, toml_key

MOST_BYTES = 2**20


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ColumnCorrection(_Part):
    """One column, by the name it was found under."""

    name: str = ""
    """What it is called instead."""
    type: Literal["", "number", "text"] = ""
    decimal: Literal["", ".", ","] = ""
    leave: bool = False


class TableCorrection(_Part):
    """One table, by the name it was found under; with `range`, one that was not found as it is."""

    name: str = ""
    sheet: str = ""
    range: str = ""
    """Where it stands with its heads: `C5:H20`."""
    header_rows: int | None = Field(default=None, ge=0, le=5)
    leave: bool = False
    leave_rows: tuple[int, ...] = ()
    """Rows that are no rows of the table (totals, notes), as the file counts them."""
    keep_totals: bool = False
    """Rows and columns of sums are kept like others."""
    fill_down: bool | None = None
    """Whether an empty cell below a key takes the key above it."""
    headings: bool | None = None
    """Whether rows with nothing but a text name the group of the rows below them."""
    merged: Literal["", "each", "once"] = ""
    """Whether a number in a cell that is merged over rows is each row's, or stands in the first."""
    wide: bool | None = None
    """Whether the heads of its columns are members of an index."""
    long: bool = False
    """The index of a wide table becomes a column of its own."""
    index: str = ""
    """What the index of the heads is called."""
    heads: Literal["", "upper", "lower"] = ""
    """Of two levels of heads, the one that is the index."""
    transposed: bool | None = None
    """Whether rows and columns change places: each row says something of every head."""
    both_ways: bool | None = None
    """Whether a matrix of which one half is empty has the same values there."""
    columns: dict[str, ColumnCorrection] = Field(default_factory=dict)


class SheetCorrection(_Part):
    """One sheet of a workbook."""

    leave: bool = False
    take: bool = False
    """Read it although it is hidden."""
    leave_ranges: tuple[str, ...] = ()
    """Tables that are not read, by a range in which they stand: `C5:H20`."""


class Corrections(_Part):
    """What somebody says about a file; all of it may be left out."""

    encoding: str = ""
    separator: str = Field(default="", max_length=1)
    decimal: Literal["", ".", ","] = ""
    days: Literal["", "day first", "month first", "text"] = ""
    hidden: Literal["", "take", "leave"] = ""
    """Rows and columns that are hidden."""
    as_understood: bool = False
    """Nothing is asked; what was taken holds."""
    sheets: dict[str, SheetCorrection] = Field(default_factory=dict)
    tables: dict[str, TableCorrection] = Field(default_factory=dict)

    def says(self, setting: str, table: str) -> bool:
        """Whether something is said of what a setting is about: one of the file's, or of a table's
        where there is one."""
        try:
            at = tomllib.loads(setting) if setting else {}
        except tomllib.TOMLDecodeError:
            return False
        part: object = self.table(table) if table else self
        while at:
            key, value = next(iter(at.items()))
            known = part if isinstance(part, dict) else getattr(part, "model_fields_set", ())
            if key not in known:
                return False
            part = part[key] if isinstance(part, dict) else getattr(part, key)
            at = value if isinstance(value, dict) else {}
        return bool(setting)

    def table(self, name: str) -> TableCorrection:
        """What is said of a table; nothing where there is nothing."""
        return self.tables.get(name, _NOTHING)


_NOTHING = TableCorrection()


def path_beside(path: Path) -> Path:
    """The correction file of a file: `plan.xlsx.toml` beside `plan.xlsx`."""
    return path.with_name(path.name + ".toml")


def read_corrections(path: Path, said: Sequence[str] = ()) -> Corrections:
    """What the TOML beside a file says, with lines that were `said` on top of it; nothing where
    there is none. `DataError` for what cannot be read, with the place."""
    content = _content(path_beside(path))
    for line in said:
        try:
            _merge(content, tomllib.loads(line))
        except tomllib.TOMLDecodeError as error:
            raise DataError(f"{line!r} is no line of TOML: {error}") from error
    return corrections_of(content, str(path_beside(path)))


def written(content: Mapping[str, object], before: str = "") -> str:
    """A mapping of corrections as lines of TOML, each with its whole name: `sheets.Old.leave =
    true`."""
    lines = list[str]()
    for key, value in content.items():
        name = f"{before}{toml_key(key)}"
        if isinstance(value, Mapping):
            lines.append(written(value, f"{name}."))
        else:
            # Texts, numbers, lists and yes or no are written in JSON as they are in TOML.
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}\n")
    return "".join(lines)


def _merge(content: dict[str, object], more: dict[str, object]) -> None:
    for key, value in more.items():
        inner = content.get(key)
        if isinstance(inner, dict) and isinstance(value, dict):
            _merge(inner, value)
        else:
            content[key] = value


def _content(beside: Path) -> dict[str, object]:
    try:
        if not beside.is_file():
            return {}
        if beside.stat().st_size > MOST_BYTES:
            raise DataError(f"{str(beside)!r} is too long for a correction file")
        content = tomllib.loads(beside.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise DataError(f"cannot read {str(beside)!r}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are some
        raise DataError(f"{str(beside)!r} is no TOML: {error}") from error
    return content


def corrections_of(content: dict[str, object], place: str) -> Corrections:
    """Corrections from a mapping; `place` is what a `DataError` calls it."""
    try:
        return Corrections.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            last = str(first["loc"][-1])
            known = [*Corrections.model_fields, *TableCorrection.model_fields,
                     *ColumnCorrection.model_fields]  # fmt: skip
            raise DataError(
                f"{place!r} says {where!r}, which is no setting", hint=did_you_mean(last, known)
            ) from error
        raise DataError(f"{place!r}, {where!r}: {first['msg']}") from error
