"""A run's own copies of its tables, so that it resumes what it began."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from optwright.agents.problem import Problem
from optwright.agents.runs.storage import storage_errors
from optwright.agents.runs.task import Task
from optwright.errors import DataError, StorageError
from optwright.solvers.data.databases import is_database
from optwright.solvers.data.reading.corrections import path_beside
from optwright.solvers.data.table import Table
from optwright.solvers.data.table_json import table_from_json, table_to_json
from optwright.solvers.data.tables import check_file, load, read, sheet_of

_AS_READ = ".table.json"
"""How the file of a table ends that is kept as it was read: its types, rows and notes too."""


def problem_of(directory: Path, task: Task) -> Problem:
    """The problem of a run with its tables, read from the run's own copies."""
    folder = directory / "data"
    files = [folder / name for name in task.data if not name.endswith(_AS_READ)]
    tables = load(files) if files else {}
    for name in task.data:
        if name.endswith(_AS_READ):
            table = _read_kept(folder / name)
            tables[table.name] = table
    return Problem(task.problem, tables)


def keep(source: str | Path | Table, folder: Path) -> str:
    """Copy a source of data and return the name to load it by, in `folder`. Of a database only
    what it gave is kept, so that no password is; of a table all that reading it found."""
    if isinstance(source, Table):
        return _keep_table(source, folder)
    if not is_database(source):
        file, sheet = sheet_of(source)
        check_file(file)
        _copy(file, folder)
        if (said := path_beside(file)).is_file():
            _copy(said, folder)
        return f"{file.name}#{sheet}" if sheet else file.name
    (table,) = read(source)
    name = re.sub(r"[^\w.-]", "_", table.name) + ".json"
    columns = {column.name: list(column.cells) for column in table.columns}
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(columns), encoding="utf-8")
    return name


def _keep_table(table: Table, folder: Path) -> str:
    with storage_errors(folder):
        folder.mkdir(exist_ok=True)
        taken = len(list(folder.iterdir()))  # two names may differ in what no file's name takes
        safe = re.sub(r"[^\w.-]", "_", table.name)[:80]
        name = f"{taken + 1}-{safe}{_AS_READ}"
        content = {"name": table.name, "table": table_to_json(table)}
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return name


def _read_kept(path: Path) -> Table:
    try:
        content = json.loads(path.read_bytes())
        return table_from_json(content["name"], content["table"])
    except OSError as error:
        raise DataError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(
            f"the table that the run keeps in {str(path)!r} is damaged",
            hint="solve with the tables again",
        ) from error


def _copy(file: Path, folder: Path) -> None:
    try:
        source = file.open("rb")
    except OSError as error:
        raise DataError(f"cannot read {str(file)!r}: {error.strerror}") from error
    with source, storage_errors(folder):
        folder.mkdir(exist_ok=True)
        with (folder / file.name).open("wb") as copy:
            shutil.copyfileobj(source, copy)
