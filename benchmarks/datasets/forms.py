"""The forms data sets come in: one object a line, a JSON list, a CSV table, a folder a problem.

A form reads a folder (a checkout of the source's repository, or one with files fetched from the
Hugging Face hub) and yields rows of the normalised form, or the reason why one is not. Only data
is read; programs that a source ships beside it are neither read nor run.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from optwright.benchmarks.datasets.row import Row, UnreadableError, read_row
from optwright.errors import InputError

Raw = Mapping[str, Any]
Broken = tuple[str, str]
"""Where a row is and why it cannot be read."""


class Form(Protocol):
    """How a source keeps its problems."""

    @property
    def path(self) -> str:
        """The file or folder inside the source, by which it is recognised."""
        ...

    def read(self, root: Path) -> Iterator[Row | Broken]: ...


def by_text(record: Raw) -> object:
    """The label that a row's text leads to, where its source found that the published one does not
    follow from it."""
    reference = record.get("reference")
    stated = reference.get("answer_by_text") if isinstance(reference, Mapping) else None
    return record.get("answer") if stated is None else stated


@dataclass(frozen=True)
class Records:
    """A file of records: CSV by its suffix, else a JSON list or JSON lines. `question` and `answer`
    name the fields (`answer` may be a function of the record); `id` one that tells rows apart.
    The text of `abstract` problems holds no numbers, their parameters do."""

    path: str
    question: str = "question"
    answer: str | Callable[[Raw], object] = "answer"
    id: str = "id"
    abstract: bool = False

    def read(self, root: Path) -> Iterator[Row | Broken]:
        file = root / self.path
        for where, record in _records(file):
            try:
                yield read_row(self._normalised(record))
            except UnreadableError as error:
                yield where, str(error)

    def _normalised(self, record: object) -> Raw:
        if isinstance(record, UnreadableError):
            raise record
        if not isinstance(record, Mapping):
            raise UnreadableError("it is not a JSON object")
        return {
            **record,
            "id": record.get(self.id, ""),
            "question": record.get(self.question),
            "answer": self._answer(record),
            "is_abstract": self.abstract,
        }

    def _answer(self, record: Raw) -> object:
        if callable(self.answer):
            return self.answer(record)
        if self.answer not in record:
            raise UnreadableError(f"it has no {self.answer!r}")
        return record[self.answer]


@dataclass(frozen=True)
class Folders:
    """A folder for each problem below `path`; `read_one` makes a row of one, `has` names a file
    that says that a folder is a problem."""

    path: str
    has: str
    read_one: Callable[[Path], Raw]

    def read(self, root: Path) -> Iterator[Row | Broken]:
        for folder in sorted((root / self.path).iterdir()):
            if not (folder / self.has).is_file():
                continue
            try:
                yield read_row({"id": folder.name, **self.read_one(folder)})
            except UnreadableError as error:
                yield str(folder), str(error)
            except _DAMAGED as error:
                yield str(folder), f"it cannot be read ({type(error).__name__}: {error})"


_DAMAGED = (InputError, OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What a reader of a folder meets where its files are not those it was written for."""


def last_number(field: str) -> Callable[[Raw], object]:
    """The last value of a mapping of results, which the source makes the objective."""

    def answer(record: Raw) -> object:
        results = record.get(field)
        if not isinstance(results, Mapping) or not results:
            raise UnreadableError(f"it has no {field!r}")
        return list(results.values())[-1]

    return answer


def _records(file: Path) -> Iterator[tuple[str, object]]:
    """Each record of a file and where it is; a line that is no JSON comes as the error it is."""
    text = read_text(file)
    if file.suffix == ".csv":
        for number, row in enumerate(_table(text), start=1):
            yield f"{file}, row {number}", row
    elif text.lstrip().startswith("["):
        records = _json(file, text)
        if not isinstance(records, list):
            raise InputError(f"{str(file)!r} is not a JSON list of problems")
        for number, record in enumerate(records, start=1):
            yield f"{file}, entry {number}", record
    else:
        # Not splitlines: a text may hold other separators, such as U+2028.
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield f"{file}, line {number}", _line(line)


def _table(text: str) -> Iterator[object]:
    """Each row of a CSV text by the names in its first; one that does not fit them comes as the
    error it is. Where quotes do not close, nobody can say where rows begin: that is the end."""
    csv.field_size_limit(sys.maxsize)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = next(rows, [])
        for cells in filter(None, rows):
            fits = len(cells) == len(names)
            count = f"it has {len(cells)} cells and the first row has {len(names)}"
            yield dict(zip(names, cells, strict=True)) if fits else UnreadableError(count)
    except csv.Error as error:
        yield UnreadableError(f"it and what follows cannot be read as CSV: {error}")


def _line(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        return UnreadableError(f"it is not JSON: {error}")


def _json(file: Path, text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{str(file)!r} is not JSON: {error}") from error


def read_text(file: Path) -> str:
    """A file's text; what is no UTF-8 or cannot be read is an `InputError`."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise InputError(f"{str(file)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{str(file)!r} is not text in UTF-8 (byte {error.start})") from error
