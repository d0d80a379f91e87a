"""Writing the model of a solution to files; paths are checked before anything is paid for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from optwright.errors import FormulationError, InputError, OptwrightError, StorageError

if TYPE_CHECKING:
    from optwright.agents.solution import Solution
    from optwright.solvers.table import Table

Export = tuple[str, str]
"""A format and an absolute path."""


def parse(given: Iterable[str]) -> tuple[Export, ...]:
    """Read `FMT=PATH`s; `InputError` for a format there is not or a path that cannot be written."""
    exports = tuple(map(_parsed, given))
    paths = [path for _, path in exports]
    if twice := next((path for path in paths if paths.count(path) > 1), None):
        raise InputError(f"two exports would be written to {twice!r}")
    return exports


def _parsed(given: str) -> Export:
    from optwright.solvers.export import FORMATS

    fmt, equals, name = given.partition("=")
    if fmt not in FORMATS:
        raise InputError(f"there is no export format {fmt!r}; there are {', '.join(FORMATS)}")
    if not (equals and name):
        raise InputError(f"export {given!r} names no file", hint=f"write it {fmt}=PATH")
    path = Path(name).expanduser().absolute()
    if why := _why_not_writable(path):
        raise InputError(f"export {name!r} cannot be written: {why}")
    return fmt, str(path)


def _why_not_writable(path: Path) -> str:
    if path.is_dir():
        return "it is a directory"
    if not path.parent.is_dir():
        return f"there is no directory {str(path.parent)!r}"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "no permission"
    return ""


def write(solution: Solution, tables: Mapping[str, Table], exports: Iterable[Export]) -> None:
    """Write the model in each format. One that fails does not keep the others from being written;
    the first failure is raised at the end."""
    failures = []
    for fmt, path in exports:
        try:
            _write(solution, tables, fmt, Path(path))
        except OptwrightError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def _write(solution: Solution, tables: Mapping[str, Table], fmt: str, path: Path) -> None:
    from optwright.solvers.export import export
    from optwright.solvers.program import Program

    if solution.formulation is None:
        raise FormulationError(f"there is no formulation that could be written to {str(path)!r}")
    text = export(Program(solution.formulation, tables), fmt)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"export {str(path)!r} cannot be written: {error.strerror}",
            hint=f"the result is kept: optwright runs show {solution.run} --export {fmt}=PATH",
        ) from error
