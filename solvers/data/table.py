"""Tables: typed columns whose complaints name the row; `tables` reads them from files.

Nothing is guessed silently: an empty, infinite or half-numeric column is kept as what it is, and
the `DataError` comes when someone asks for its numbers. Rows are counted as the file shows them
(the header of a CSV file or a sheet is row 1).
"""

from __future__ import annotations

import datetime
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property, partial
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, overload

from optwright.errors import DataError, FaultyData, WrongCell

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CELLS = 20_000_000

_CODE = re.compile(r"[+-]?0[0-9]|.*_")
"""Texts that Python reads as numbers and that are names: `007`, `1_000`."""

_WIDE = 10**15

CELL_LENGTH = 40  # characters of a cell that a preview shows
SENTENCE_LENGTH = 400  # of one that is shown to somebody who judges by what cells say
PREVIEW_COLUMNS = 40
ROWS_TOLD = 5

Cell = str | int | float | None
"""None is an empty cell. Dates are their ISO text, True and False are 1 and 0."""


Data = object
"""What tables are given as: a path or the URL of a database, several of them, a data frame of
pandas or polars, an Arrow table, a numpy array, rows or columns as lists and dictionaries, or any
of these by name: `{"items": frame, "limits": "limits.csv"}`."""


class ColumnType(StrEnum):
    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    EMPTY = "empty"


@dataclass(frozen=True)
class Answer:
    """One answer to a question: the line of the correction file that gives it (empty where only
    the file itself can be put right), and what it means."""

    setting: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """What a file leaves open. The first answer is what was taken for now; `table` is the one whose
    section of the correction file the answers belong to, empty for the file's own; `file` is the
    correction file."""

    text: str
    answers: tuple[Answer, ...] = ()
    table: str = ""
    file: str = ""

    def told(self) -> str:
        """The question with its answers, on one line each."""
        lines = [self.text if self.text.endswith(("?", ".")) else f"{self.text}?"]
        for answer in self.answers:
            line = self.line(answer.setting)
            lines.append(f"  {line}  # {answer.meaning}" if line else f"  {answer.meaning}")
        settings = [answer for answer in self.answers if answer.setting]
        if settings and self.file:
            lines.insert(1, f"answer with one line in {self.file}:")
        return "\n".join(lines)

    def line(self, setting: str) -> str:
        """A setting of an answer as a line of the correction file."""
        if not setting or not self.table:
            return setting
        return f"tables.{toml_key(self.table)}.{setting}"


@dataclass(frozen=True)
class Across:
    """The heads of a wide table that are members of an index: a cell under one of them is the value
    for its row and that head. `name` is what the index may be called, empty where nothing says."""

    heads: tuple[str, ...]
    name: str = ""

    def told(self) -> str:
        """`the heads Jan, Feb, ..., Dec are an index (month)`."""
        shown = self.heads if len(self.heads) <= 6 else (*self.heads[:3], "...", self.heads[-1])
        called = f" ({self.name})" if self.name else ""
        return f"the heads {', '.join(map(_clipped, shown))} are members of an index{called}"


class ArrayCells(Sequence[Cell]):
    """The cells of a column that came as an array, as plain numbers when they are read."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    @overload
    def __getitem__(self, at: int) -> Cell: ...
    @overload
    def __getitem__(self, at: slice) -> list[Cell]: ...
    def __getitem__(self, at: int | slice) -> Cell | list[Cell]:
        found = self._array[at]
        return found.tolist()  # type: ignore[no-any-return]  # a number, or a list of them

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._array.tolist())

    def __contains__(self, cell: object) -> bool:
        # None, which is asked for most, is in no array; a walk over the cells would find that too.
        return isinstance(cell, int | float) and bool((self._array == cell).any())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # compared by its cells, as a list is


class CodedCells(Sequence[Cell]):
    """The cells of a column of texts by their place among its different texts, which stand in the
    order of their first row."""

    def __init__(self, texts: list[str], codes: NDArray[np.intp]) -> None:
        self.texts = texts
        self.codes = codes

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, at: int) -> Cell: ...
    @overload
    def __getitem__(self, at: slice) -> list[Cell]: ...
    def __getitem__(self, at: int | slice) -> Cell | list[Cell]:
        if isinstance(at, slice):
            return [self.texts[code] for code in self.codes[at].tolist()]
        return self.texts[int(self.codes[at])]

    def __iter__(self) -> Iterator[Cell]:
        return map(self.texts.__getitem__, self.codes.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # compared by its cells, as a list is


@dataclass(frozen=True)
class TableColumn:
    """A column by its name; `type` is what cells are, the empty ones aside. A column of numbers
    may still hold texts that are none (`texts`): a file's reader names them and leaves them."""

    name: str
    type: ColumnType
    cells: Sequence[Cell]
    array: NDArray[Any] | None = field(default=None, compare=False, repr=False)
    """The cells as numbers, whole ones or floats, where they came as an array of these."""

    @property
    def texts(self) -> Iterator[str]:
        """The cells that are texts, in their order."""
        if self.array is None:
            yield from (cell for cell in self.cells if isinstance(cell, str))

    @property
    def whole(self) -> NDArray[Any] | None:
        """The cells as an array of whole numbers that have at most 15 digits; None where they are
        anything else or did not come as an array."""
        return self.array if self.array is not None and self.array.dtype.kind in "iu" else None


@dataclass(frozen=True)
class Table:
    """At least one column and one row. `row_numbers` are the rows as the file shows them; `notes`
    say what was left out when it was read, `doubts` what may have to be, `understood` how the file
    was read; `questions` have to be answered before its numbers are relied on."""

    name: str
    columns: tuple[TableColumn, ...]
    row_numbers: Sequence[int]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    across: Across | None = None

    def __len__(self) -> int:
        return len(self.row_numbers)

    @cached_property
    def _by_name(self) -> dict[str, TableColumn]:
        return {column.name: column for column in self.columns}

    @property
    def rows(self) -> Iterator[tuple[Cell, ...]]:
        return zip(*(column.cells for column in self.columns), strict=True)

    def column(self, name: str) -> TableColumn:
        """The column of that name; a `DataError` lists those there are."""
        if (column := self._by_name.get(name)) is not None:
            return column
        known = ", ".join(map(repr, self._by_name))
        raise DataError(
            f"table {self.name!r} has no column {name!r}; it has {known}",
            hint=did_you_mean(name, list(self._by_name)),
        )

    @property
    def has_numbers(self) -> bool:
        """Whether any cell is a finite number."""
        import numpy as np

        arrays = [column.array for column in self.columns if column.array is not None]
        # Nearly always the first number says it.
        if any(np.isfinite(array[:1]).any() or np.isfinite(array).any() for array in arrays):
            return True
        of_numbers = (ColumnType.INTEGER, ColumnType.NUMBER)
        numeric = [column for column in self.columns if column.type in of_numbers]
        others = [column for column in self.columns if column.type not in of_numbers]
        return any(is_number(cell) for column in (*numeric, *others) for cell in column.cells)

    def keys(self, name: str) -> list[str]:
        """The cells of a column as the texts of set members; none may be empty."""
        keys = list(map(key_text, self.column(name).cells))
        if "" in keys:
            raise self._fault(name, keys.index(""), "is empty")
        return keys

    @cached_property
    def _codes(self) -> dict[str, tuple[list[str], NDArray[np.intp]]]:
        return {}

    def codes(self, name: str) -> tuple[list[str], NDArray[np.intp]]:
        """The different texts of a column, in the order they first stand there, and for each row
        the place of its own; an empty cell is the text ""."""
        if name not in self._codes:
            found = self.whole_codes(name)
            if found is None:
                self._codes[name] = _factorized(self.column(name))
            else:
                self._codes[name] = list(map(str, found[0].tolist())), found[1]
        return self._codes[name]

    @cached_property
    def _whole_codes(self) -> dict[str, tuple[NDArray[np.int64], NDArray[np.intp]] | None]:
        return {}

    def whole_codes(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.intp]] | None:
        """As `codes`, with the numbers in place of the texts, for a column of whole numbers that
        lie close together; None for others."""
        if name not in self._whole_codes:
            whole = self.column(name).whole
            self._whole_codes[name] = None if whole is None else _factorized_numbers(whole)
        return self._whole_codes[name]

    def floats(self, name: str) -> NDArray[np.float64]:
        """As `numbers`, as an array."""
        import numpy as np

        array = self.column(name).array
        if array is not None and np.isfinite((array.min(), array.max())).all():
            return array.astype(np.float64, copy=False)
        return np.array(self.numbers(name), dtype=np.float64)

    def numbers(self, name: str) -> list[float]:
        """The cells of a column as finite numbers; the first that is none is named, and the rows
        of others. Where half are numbers the fault is the table's (`FaultyData`), else it may be
        that of whoever asks (`WrongCell`)."""
        column = self.column(name)
        if column.array is None and any(isinstance(cell, str) for cell in column.cells):
            texts = enumerate(column.cells)
            none = [i for i, c in texts if isinstance(c, str) and _numbers([c]) is None]
            raise self.no_number(
                name, none or [i for i, c in enumerate(column.cells) if isinstance(c, str)]
            )
        numbers = [_float(cell) for cell in column.cells if not isinstance(cell, str)]
        if not all(map(math.isfinite, numbers)):
            raise self.no_number(
                name, [i for i, number in enumerate(numbers) if not math.isfinite(number)]
            )
        return numbers

    def some_numbers(self, name: str, rows: Sequence[int]) -> NDArray[np.float64]:
        """The cells of a column in some rows as numbers, NaN for what is no finite number."""
        import numpy as np

        cells = self.column(name).cells
        known: dict[Cell, float] = {}
        for row in rows:
            if (cell := cells[row]) not in known:
                known[cell] = _number(cell)
        return np.array([known[cells[row]] for row in rows], dtype=np.float64)

    def no_number(self, name: str, rows: Sequence[int]) -> DataError:
        """What is said of cells that are no finite numbers, the places of their rows given."""
        at, *more = rows
        cell = self.column(name).cells[at]
        if isinstance(cell, str):
            hint = "write decimals with a point, and no unit or thousands separator"
            what = f"holds {cell!r}, which is not a number"
            return self._fault(name, at, what + self._so_do(more), hint)
        what = "is empty" if cell is None else f"holds {cell!r}"
        return self._fault(name, at, what + self._so_do(more))

    def _so_do(self, others: Sequence[int]) -> str:
        """The rows of further cells that are no numbers, the first few by their number."""
        if not others:
            return ""
        told = ", ".join(str(self.row_numbers[at]) for at in others[:ROWS_TOLD])
        left = len(others) - ROWS_TOLD
        return f"; no numbers either: row{'s' * (len(others) > 1)} {told}" + (
            f" and {left:,} more" if left > 0 else ""
        )

    def _fault(self, column: str, at: int, what: str, hint: str | None = None) -> DataError:
        row = self.row_numbers[at]
        told = f"table {self.name!r}, column {column!r}, row {row} {what}"
        return (FaultyData if self._is_meant_as_numbers(column) else WrongCell)(told, hint=hint)

    def _is_meant_as_numbers(self, column: str) -> bool:
        """Whether half of the cells are finite numbers: then somebody meant them all to be. In a
        column of names, few are."""
        return 2 * sum(map(is_number, self.column(column).cells)) >= len(self)

    def preview(self, rows: int = 3, *, whole: bool = False) -> str:
        """Name, size, columns with their types and the first few rows, for a prompt.

        Never longer than `PREVIEW_COLUMNS` columns of `CELL_LENGTH` characters a row; `whole` shows
        every column, and sentences that stand in cells.
        """
        shown = self.columns if whole else self.columns[:PREVIEW_COLUMNS]
        clipped = partial(_clipped, length=SENTENCE_LENGTH if whole else CELL_LENGTH)
        hidden = len(self.columns) - len(shown)
        heads = [f"{clipped(column.name)} ({column.type})" for column in shown]
        lines = [
            f"{self.name}: {len(self)} {'row' if len(self) == 1 else 'rows'}",
            "columns: " + ", ".join(heads) + (f", and {hidden} more" if hidden else ""),
        ]
        if self.across is not None:
            lines.append(self.across.told())
        for position in range(min(rows, len(self))):
            lines.append(" | ".join(clipped(key_text(c.cells[position])) for c in shown))
        return "\n".join(lines)


def from_columns(
    name: str,
    columns: Mapping[str, Sequence[object] | NDArray[Any]],
    row_numbers: Sequence[int] | None = None,
) -> Table:
    """A table of columns given by name; they must have one length, at least 1.

    A column may be a numpy array or a series of pandas or polars; numbers are then not copied one
    by one.
    """
    lengths = {head: len(cells) for head, cells in columns.items()}
    if not any(lengths.values()):
        raise DataError(f"table {name!r} is empty")
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{head!r} {length}" for head, length in lengths.items())
        raise DataError(f"table {name!r} has columns of different lengths: {told}")
    if sum(lengths.values()) > MAX_CELLS:
        raise DataError(f"table {name!r} has {sum(lengths.values()):,} cells; {MAX_CELLS:,} fit")
    numbered = (
        row_numbers if row_numbers is not None else range(1, 1 + next(iter(lengths.values())))
    )
    typed = (_column(name, head, cells, numbered) for head, cells in columns.items())
    return Table(name, tuple(typed), numbered)


def number_column(name: str, cells: Sequence[Cell]) -> TableColumn:
    """A column of numbers, some of whose cells may be texts that are none."""
    filled = [cell for cell in cells if cell is not None]
    if not filled:
        return TableColumn(name, ColumnType.EMPTY, cells)
    whole = all(isinstance(cell, int | str) for cell in filled)
    return TableColumn(name, ColumnType.INTEGER if whole else ColumnType.NUMBER, cells)


def from_rows(name: str, rows: Sequence[Mapping[str, object]]) -> Table:
    """A table of rows given as mappings; a row that lacks a column has an empty cell there."""
    heads = dict.fromkeys(head for row in rows for head in row)
    return from_columns(name, {head: [row.get(head) for row in rows] for head in heads})


def check_header(name: str, header: Sequence[str]) -> None:
    """Raise `DataError` for a column without a name or a name that is there twice."""
    if "" in header:
        raise DataError(f"table {name!r}: column {header.index('') + 1} has no name")
    twice = [head for head, count in Counter(header).items() if count > 1]
    if twice:
        raise DataError(f"table {name!r} has more than one column named {twice[0]!r}")


def key_text(cell: Cell) -> str:
    """A cell as the name of a set's member: 3 and 3.0 are both `3`, an empty cell is empty."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def toml_key(name: str) -> str:
    """A name as a key of TOML, in quotes where it needs them."""
    if name and all(c.isascii() and (c.isalnum() or c in "_-") for c in name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def did_you_mean(name: str, known: Sequence[str]) -> str | None:
    """A hint that names the nearest of the known names, or None if none is near."""
    near = get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else None


def _column(
    table: str,
    head: str,
    cells: Sequence[object] | NDArray[Any],
    row_numbers: Sequence[int],
) -> TableColumn:
    if isinstance(fast := array_column(head, cells), TableColumn):
        return fast
    plain = list[Cell]()
    for cell, row in zip(cells, row_numbers, strict=True):
        if isinstance(cell, str):
            plain.append(cell.strip() or None)
            continue
        try:
            plain.append(_plain(cell))
        except TypeError as error:
            message = f"table {table!r}, column {head!r}, row {row} holds {type(cell).__name__}"
            raise DataError(f"{message}; a cell is a number or a text") from error
    kind, typed = _typed(plain)
    return TableColumn(head, kind, typed)


def array_column(head: str, cells: Sequence[object] | NDArray[Any]) -> TableColumn | None:
    """A column that came as an array of numbers, as numpy, pandas and polars have them."""
    if isinstance(cells, list | tuple):
        return None
    import numpy as np

    to_numpy = getattr(cells, "to_numpy", None)
    array = to_numpy() if callable(to_numpy) else cells
    if not isinstance(array, np.ndarray) or array.ndim != 1 or array.dtype.kind not in "iuf":
        return None
    if array.dtype.kind in "iu":
        # Of more digits, members are names, and a float does not hold them all.
        wide = array.size and (array.max() >= _WIDE or array.min() <= -_WIDE)
        own = array.copy()  # whoever gave it may go on writing into it
        return TableColumn(head, ColumnType.INTEGER, ArrayCells(own), None if wide else own)
    own = array.astype(np.float64)
    cells = own if array.dtype == np.float64 else array
    return TableColumn(head, ColumnType.NUMBER, ArrayCells(cells), own)


def _plain(cell: object) -> Cell:
    match cell:
        case None | float():
            return cell
        case Integral():
            return int(cell)
        case Real() | Decimal():
            return float(cell)
        case datetime.datetime() if cell.time() == datetime.time.min:
            return cell.date().isoformat()  # no member is called 2026-01-01T00:00:00
        case datetime.datetime():
            return cell.isoformat(" ")
        case datetime.date() | datetime.time():
            return cell.isoformat()
        case _:
            raise TypeError


def _typed(cells: list[Cell]) -> tuple[ColumnType, list[Cell]]:
    """Texts that are all numbers become numbers; one that is none leaves all as they are."""
    filled = [cell for cell in cells if cell is not None]
    if not filled:
        return ColumnType.EMPTY, cells
    texts = [cell for cell in filled if isinstance(cell, str)]
    if texts:
        numbers = _numbers(texts)
        if numbers is None:
            # A missing text reads NaN in a data frame.
            return ColumnType.TEXT, [None if c != c else c for c in cells]  # noqa: PLR0124
        following = iter(numbers)
        cells = [next(following) if isinstance(cell, str) else cell for cell in cells]
    whole = all(cell is None or isinstance(cell, int) for cell in cells)
    return (ColumnType.INTEGER if whole else ColumnType.NUMBER), cells


def _numbers(texts: list[str]) -> list[int] | list[float] | None:
    """The texts as numbers, or None if one is none, or a code such as `007` or `1_000`."""
    numbers: list[int] | list[float]
    try:
        numbers = list(map(int, texts))
    except ValueError:
        try:
            numbers = list(map(float, texts))
        except ValueError:
            return None
    return None if any(map(_CODE.match, texts)) else numbers


def _factorized(column: TableColumn) -> tuple[list[str], NDArray[np.intp]]:
    import numpy as np

    cells = column.cells
    if isinstance(cells, CodedCells):
        return cells.texts, cells.codes
    first = {cell: at for at, cell in enumerate(dict.fromkeys(cells))}
    codes = np.fromiter(map(first.__getitem__, cells), np.intp, len(cells))
    texts = list(map(key_text, first))
    if len(set(texts)) < len(texts):  # 3 and "3" are one member
        places = {text: at for at, text in enumerate(dict.fromkeys(texts))}
        codes = np.array([places[text] for text in texts], dtype=np.intp)[codes]
        texts = list(places)
    return texts, codes


def _factorized_numbers(
    array: NDArray[Any],
) -> tuple[NDArray[np.int64], NDArray[np.intp]] | None:
    """Whole numbers that lie close together, without a search; None for others."""
    import numpy as np

    low = int(array.min())
    width = int(array.max()) - low + 1
    if not width <= 4 * len(array) + 1000:
        return None
    shifted = array.astype(np.intp, copy=False)
    shifted = shifted - low if low else shifted
    if np.all(array[1:] >= array[:-1]):
        order = shifted[np.concatenate(([True], array[1:] != array[:-1]))]
    else:
        first = np.full(width, len(array), dtype=np.int32)
        # Written back to front, so that the first row of a number is what stays.
        first[shifted[::-1]] = np.arange(len(array) - 1, -1, -1, dtype=np.int32)
        order = np.argsort(first, kind="stable")[: np.count_nonzero(first < len(array))]
    if len(order) == width and np.all(order[1:] > order[:-1]):
        return order.astype(np.int64) + low, shifted
    place = np.empty(width, dtype=np.intp)
    place[order] = np.arange(len(order))
    return order.astype(np.int64) + low, place[shifted]


def _number(cell: Cell) -> float:
    """The cell as a finite number; NaN for what is none."""
    if isinstance(cell, str):
        read = _numbers([cell])
        cell = read[0] if read else None
    number = _float(cell)
    return number if math.isfinite(number) else math.nan


def is_number(cell: Cell) -> bool:
    """Whether a cell is a finite number, or a text that is one."""
    return not math.isnan(_number(cell))


def _float(cell: float | None) -> float:
    """The cell as a float; NaN for an empty one, infinity for one that is too large."""
    try:
        return math.nan if cell is None else float(cell)
    except OverflowError:
        return math.inf


def _clipped(text: str, length: int = CELL_LENGTH) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 3]}..."
