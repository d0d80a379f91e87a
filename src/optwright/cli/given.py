"""`optwright explain`, and `optwright solve` of a file that holds a model: no language model is
asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.session import (
    data_option,
    emit,
    json_option,
    run_dir_option,
    solver_option,
    title,
    verbose_option,
)
from optwright.cli.solving import options_of, solver_options, start_named, start_option

if TYPE_CHECKING:
    from optwright.agents.option_tuning import OptionTuner
    from optwright.agents.solution import Solution
    from optwright.cli.exports import Export
    from optwright.solvers.analysis.size import Size
    from optwright.solvers.backends.program import Program
    from optwright.solvers.model.outcome import SolveOptions


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
    options: SolveOptions,
    start: dict[str, float],
    tune: Path | None,
    exports: tuple[Export, ...],
    as_json: bool,
) -> int:
    """Solve the model in a file, print what it came to, and return the exit status."""
    from optwright.agents.given import program_of
    from optwright.agents.option_tuning import OptionTuner
    from optwright.agents.render import render
    from optwright.cli.exports import write

    program = program_of(name, data)
    tuner = None if tune is None else OptionTuner(tune)
    solution = _solved(program, solver, options, start, tuner, quiet=as_json)
    emit(solution.to_json() if as_json else render(solution, title=title))
    write(solution, None, exports, program)
    return solution.exit_status


def _solved(
    program: Program,
    solver: str,
    options: SolveOptions,
    start: dict[str, float],
    tuner: OptionTuner | None = None,
    *,
    quiet: bool,
) -> Solution:
    """The solution, with how far it is on the terminal while it comes."""
    from optwright.agents.given import solve_model
    from optwright.agents.solver_progress import solver_steps
    from optwright.cli.progress import Live, showing

    with showing(quiet=quiet) as shown:
        if isinstance(shown, Live):  # elsewhere a line for each model would be noise
            shown.on_step("solver", "works")
        return solve_model(
            program,
            solver=solver,
            options=options,
            start=start or None,
            on_progress=solver_steps(shown.on_step),
            tuner=tuner,
        )


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
@solver_options
@start_option
@json_option
@run_dir_option
@verbose_option
def explain(
    *,
    model: str,
    data: tuple[str, ...],
    solver: str,
    time_limit: float,
    gap: float | None,
    threads: int | None,
    seed: int | None,
    engine: tuple[str, ...],
    start: str | None,
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Say what the MODEL in a file is (LP, MPS, or a formulation in JSON), what it comes to, which
    limits bind and what they are worth, or why there is no solution. No language model is asked.

    Exit status: that of 'optwright solve'.
    """
    from optwright.agents.given import program_of
    from optwright.agents.render import render
    from optwright.solvers.analysis.size import size_of

    options = options_of(time_limit, gap, threads, seed, engine)
    program, begun = program_of(model, data), start_named(start, run_dir)
    solution = _solved(program, solver, options, begun, quiet=as_json)
    size, notes = size_of(program), _notes(program)
    if as_json:
        told = {
            "size": _size_json(size, program),
            "notes": notes,
            "solution": json.loads(solution.to_json()),
        }
        emit(json.dumps(told, indent=2))
    else:
        parts = [render(solution, title=title), "\n".join([title("Size"), *_size(size, program)])]
        if notes:
            parts.append("\n".join([title("Written for the solver"), *_listed(notes)]))
        emit("\n\n".join(parts))
    return solution.exit_status


def _notes(program: Program) -> list[str]:
    """Which large numbers switch rows off, and from which bounds they come."""
    return [] if program.formulation is None else [*program.instance.notes]


def _listed(notes: list[str]) -> Iterator[str]:
    yield from (f"  - {note}" for note in notes[:MOST_NOTES])
    if len(notes) > MOST_NOTES:
        yield f"  and {len(notes) - MOST_NOTES:,} more (--json shows all)"


def _size_json(size: Size | None, program: Program) -> dict[str, Any]:
    return {"nonlinear": program.nonlinear_reason} if size is None else asdict(size)


def _size(size: Size | None, program: Program) -> Iterator[str]:
    if size is None:
        yield f"  not linear: {program.nonlinear_reason}"
        return
    yield f"  {size.columns:,} columns, {size.whole_columns:,} of them whole numbers"
    yield f"  {size.rows:,} rows with {size.entries:,} entries"
