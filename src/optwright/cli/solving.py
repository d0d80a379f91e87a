"""How a solver is to run, as options of a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from optwright.solvers.model.outcome import SolveOptions

_OPTIONS = (
    click.option(
        "--gap",
        type=click.FloatRange(min=0, max=1),
        metavar="SHARE",
        help="How far from the best a plan may be, such as 0.01; default: 0.000001.",
    ),
    click.option(
        "--threads", type=click.IntRange(min=1), help="Threads of the solver; default: 1."
    ),
    click.option("--seed", type=click.IntRange(min=0), help="Seed of the solver; default: 0."),
    click.option(
        "--solver-option",
        "engine",
        multiple=True,
        metavar="NAME=VALUE",
        help="An option of the solver by its own name. Repeatable.",
    ),
)


def solver_options(command: Any) -> Any:
    """Give a command `--gap`, `--threads`, `--seed` and `--solver-option`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def engine_options(given: tuple[str, ...]) -> dict[str, str]:
    """`NAME=VALUE`s by name."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name.strip() and equals and value.strip()):
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--solver-option")
        found[name.strip()] = value.strip()
    return found


def options_of(
    time_limit_s: float,
    gap: float | None,
    threads: int | None,
    seed: int | None,
    engine: tuple[str, ...],
) -> SolveOptions:
    """What was given; the rest keeps its defaults."""
    from optwright.solvers.model.outcome import SolveOptions

    default = SolveOptions()
    return SolveOptions(
        time_limit_s=time_limit_s,
        mip_gap=default.mip_gap if gap is None else gap,
        threads=threads or default.threads,
        seed=default.seed if seed is None else seed,
        engine=engine_options(engine),
    )


start_option = click.option(
    "--start",
    metavar="FILE|RUN",
    help="A plan to begin with: what --json printed, values by decision, or a run's answer. For a "
    "file with a model.",
)


def start_named(given: str | None, run_dir: Path | None) -> dict[str, float]:
    """The plan in a file, or the answer of a run; empty where none was asked for."""
    if given is None:
        return {}
    from optwright.agents.starts import start_of
    from optwright.errors import InputError

    if Path(given).is_file():
        return start_of(given)
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory

    runs = Runs(run_dir or default_directory())
    summary = runs.summary(runs.find(given))
    if summary.solution is None or not summary.solution.variables:
        raise InputError(f"run {summary.name!r} has no plan to begin with")
    return start_of(summary.solution)


tune_option = click.option(
    "--tune",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Learn options of HiGHS over many solves, kept in FILE. For a file with a model, and "
    "--like.",
)
