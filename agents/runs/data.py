"""A run's own copies of its tables, so that it resumes what it began."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from optwright.agents.problem import Problem
from optwright.agents.runs.storage import storage_errors
from optwright.agents.runs.task import Task
from optwright.errors import DataError
from optwright.solvers.data.databases import is_database
from optwright.solvers.data.reading.corrections import path_beside
from optwright.solvers.data.tables import check_file, load, read, sheet_of


def problem_of(directory: Path, task: Task) -> Problem:
    """The problem of a run with its tables, read from the run's own copies."""
    files = [directory / "data" / name for name in task.data]
    return Problem(task.problem, load(files) if files else {})


def keep(source: str | Path, folder: Path) -> str:
    """Copy a source of data and return the name to load it by, in `folder`. Of a database only
    what it gave is kept, so that no password is."""
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


def _copy(file: Path, folder: Path) -> None:
    try:
        source = file.open("rb")
    except OSError as error:
        raise DataError(f"cannot read {str(file)!r}: {error.strerror}") from error
    with source, storage_errors(folder):
        folder.mkdir(exist_ok=True)
        with (folder / file.name).open("wb") as copy:
            shutil.copyfileobj(source, copy)
