"""`optwright explain`, and `optwright solve` of a file that holds a model: no language model is
asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.session import (
    data_option,
    emit,
    json_option,
    solver_option,
    title,
    verbose_option,
)

if TYPE_CHECKING:
    from optwright.cli.exports import Export
    from optwright.solvers.backends.program import Program


MOST_NOTES = 20


def holds_model(name: str) -> bool:
    """Whether a name is that of a file which holds a model: LP, MPS, or a formulation in JSON."""
    from optwright.solvers.import_.reading import is_model_file

    if is_model_file(name):
        return True
    path = Path(name)
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and {"variables", "objective"} <= set(content)


def solve_file(
    name: str,
    data: tuple[str, ...],
    *,
    solver: str,
    time_limit_s: float,
    exports: tuple[Export, ...],
    as_json: bool,
) -> int:
    """Solve the model in a file, print what it came to, and return the exit status."""
    from optwright.agents.given import program_of, solve_model
    from optwright.agents.render import render
    from optwright.cli.exports import write
    from optwright.solvers.model.outcome import SolveOptions

    program = program_of(name, data)
    solution = solve_model(program, solver=solver, options=SolveOptions(time_limit_s=time_limit_s))
    emit(solution.to_json() if as_json else render(solution, title=title))
    write(solution, None, exports, program)
    return solution.exit_status


@click.command()
@click.argument("model", type=click.Path(dir_okay=False))
@data_option
@solver_option
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Seconds for the solve.",
)
@json_option
@verbose_option
def explain(
    *, model: str, data: tuple[str, ...], solver: str, time_limit: float, as_json: bool
) -> int:
    """Say what the MODEL in a file is (LP, MPS, or a formulation in JSON), what it comes to, which
    limits bind and what they are worth, or why there is no solution. No language model is asked.

    Exit status: that of 'optwright solve'.
    """
    from optwright.agents.given import program_of, solve_model
    from optwright.agents.render import render
    from optwright.solvers.model.outcome import SolveOptions

    program = program_of(model, data)
    solution = solve_model(program, solver=solver, options=SolveOptions(time_limit_s=time_limit))
    size, notes = size_of(program), _notes(program)
    if as_json:
        told = {"size": size, "notes": notes, "solution": json.loads(solution.to_json())}
        emit(json.dumps(told, indent=2))
    else:
        parts = [render(solution, title=title), "\n".join([title("Size"), *_told(size)])]
        if notes:
            parts.append("\n".join([title("Written for the solver"), *_listed(notes)]))
        emit("\n\n".join(parts))
    return solution.exit_status


def size_of(program: Program) -> dict[str, Any]:
    """Columns, whole columns, rows and entries of a linear program; why it is not linear else."""
    from optwright.solvers.analysis.diagnosis import linear_form

    model = linear_form(program)
    if model is None:
        return {"nonlinear": program.nonlinear_reason}
    return {
        "columns": len(model.cost),
        "whole": int(model.integer.sum()),
        "rows": len(model.row_lower),
        "entries": len(model.coefficients),
    }


def _notes(program: Program) -> list[str]:
    """Which large numbers switch rows off, and from which bounds they come."""
    return [] if program.formulation is None else [*program.instance.notes]


def _listed(notes: list[str]) -> Iterator[str]:
    yield from (f"  - {note}" for note in notes[:MOST_NOTES])
    if len(notes) > MOST_NOTES:
        yield f"  and {len(notes) - MOST_NOTES:,} more (--json shows all)"


def _told(size: dict[str, Any]) -> Iterator[str]:
    if "nonlinear" in size:
        yield f"  not linear: {size['nonlinear']}"
        return
    yield f"  {size['columns']:,} columns, {size['whole']:,} of them whole numbers"
    yield f"  {size['rows']:,} rows with {size['entries']:,} entries"
