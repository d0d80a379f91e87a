"""Writing a solution to files, its model or a report; paths are checked before anything is paid
for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from optwright.errors import FormulationError, InputError, OptwrightError, StorageError
from optwright.printing import unsteered

if TYPE_CHECKING:
    from optwright.agents.problem import Problem
    from optwright.agents.solution import Solution
    from optwright.solvers.backends.program import Program

REPORT = "report"
ANSWERS = ("xlsx", "csv")
"""Formats that hold the answer, every value, and not the model."""

Export = tuple[str, str]
"""A format, or `REPORT`, and an absolute path."""


def parse(given: Iterable[str], reports: Iterable[str] = ()) -> tuple[Export, ...]:
    """Read `FMT=PATH`s and the paths of reports; `InputError` for a format there is not or a path
    that cannot be written, `Unavailable` for a report that nothing here can make."""
    exports = (*map(_parsed, given), *map(_report, reports))
    paths = [path for _, path in exports]
    if twice := next((path for path in paths if paths.count(path) > 1), None):
        raise InputError(f"two exports would be written to {twice!r}")
    return exports


def _parsed(given: str) -> Export:
    from optwright.solvers.export import FORMATS

    fmt, equals, name = given.partition("=")
    known = (*FORMATS, *ANSWERS)
    if fmt not in known:
        raise InputError(f"there is no export format {fmt!r}; there are {', '.join(known)}")
    if not (equals and name):
        raise InputError(f"export {given!r} names no file", hint=f"write it {fmt}=PATH")
    if fmt in ANSWERS and Path(name).suffix.lower() != f".{fmt}":
        raise InputError(f"export {given!r} names a file that does not end in .{fmt}")
    return fmt, str(_writable(name, "export"))


def _report(name: str) -> Export:
    from optwright.reporting import demand_format

    demand_format(Path(name))
    return REPORT, str(_writable(name, "report"))


def _writable(name: str, what: str) -> Path:
    path = Path(name).expanduser().absolute()
    if why := _why_not_writable(path):
        raise InputError(f"{what} {name!r} cannot be written: {why}")
    return path


def _why_not_writable(path: Path) -> str:
    if path.is_dir():
        return "it is a directory"
    if not path.parent.is_dir():
        return f"there is no directory {str(path.parent)!r}"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return "no permission"
    return ""


def write(
    solution: Solution,
    problem: Problem | None,
    exports: Iterable[Export],
    program: Program | None = None,
) -> None:
    """Write the solution in each format; a model that was given has its `program` and no problem.
    One that fails does not keep the others from being written; the first failure is raised at the
    end."""
    failures = []
    for fmt, path in exports:
        try:
            _write(solution, problem, fmt, Path(path), program)
        except OptwrightError as error:
            failures.append(error)
    if failures:
        raise failures[0]


def text(solution: Solution, problem: Problem, fmt: str) -> str:
    """The model of a solution as text in one of `solvers.export.FORMATS`."""
    from optwright.agents import generated_model
    from optwright.solvers.backends.program import Program
    from optwright.solvers.export import export

    if solution.lp_text:
        return unsteered(generated_model.export(solution, fmt))
    if solution.formulation is None:
        raise FormulationError(f"there is no model that could be written as {fmt}")
    return export(Program(solution.formulation, problem.tables), fmt)


def _write(
    solution: Solution, problem: Problem | None, fmt: str, path: Path, program: Program | None
) -> None:
    if fmt == REPORT:
        from optwright import reporting

        reporting.write(solution, path, problem)
        return
    if fmt in ANSWERS:
        solution.write(path)
        return
    if problem is not None:
        written = text(solution, problem, fmt)
    else:
        from optwright.solvers.export import export

        assert program is not None
        written = export(program, fmt)
    try:
        path.write_text(written, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"export {str(path)!r} cannot be written: {error.strerror}",
            hint=f"the result is kept: optwright runs show {solution.run} --export {fmt}=PATH"
            if solution.run
            else None,
        ) from error
