"""`optwright solve --like RUN`: the model of an earlier run with new tables, without a language
model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from optwright.agents.option_tuning import OptionTuner
    from optwright.agents.repeats.earlier import Earlier
    from optwright.agents.repeats.solving import Repeated
    from optwright.agents.runs.directory import Runs
    from optwright.agents.solution import Solution
    from optwright.cli.exports import Export
    from optwright.solvers.model.outcome import SolveOptions

_TAKEN = frozenset(
    "problem like least_change tune data solver time_limit gap threads seed engine export report "
    "as_json run_dir verbose".split()
)

like_option = click.option(
    "--like",
    metavar="RUN",
    help="Solve the model of RUN with the tables of --data; no language model is asked.",
)
least_change_option = click.option(
    "--least-change",
    type=click.FloatRange(min=0),
    is_flag=False,
    flag_value=0.0,
    metavar="[SHARE]",
    help="With --like: the plan nearest to the last one; with 0.02 the nearest of those that give "
    "up at most 2 % of the best objective.",
)


def check_options(context: click.Context) -> None:
    """Refuse what is about language models, and a problem: the words are those of the run."""
    if context.params["problem"] is not None:
        raise click.UsageError("--like takes the model of a run; leave PROBLEM out")
    for parameter in context.command.params:
        name = parameter.name or ""
        said = context.get_parameter_source(name)
        if name not in _TAKEN and said is ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"{parameter.opts[0]} is not for --like: the model of a run is solved as it is, "
                "and no language model is asked"
            )


def given_options(context: click.Context) -> frozenset[str]:
    """The names of the options that were given."""
    given = ParameterSource.COMMANDLINE
    return frozenset(n for n in context.params if context.get_parameter_source(n) is given)


def solve_like(
    like: str,
    data: tuple[str, ...],
    *,
    least_change: float | None,
    tune: Path | None,
    solver: str | None,
    options: SolveOptions,
    said: frozenset[str],
    exports: tuple[Export, ...],
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Solve, keep the answer as a run, print it, and return the exit status. `said` names the
    options that were given; the others are those of the run."""
    from optwright.agents.option_tuning import OptionTuner
    from optwright.agents.render import render
    from optwright.agents.repeats.earlier import earlier_of
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory
    from optwright.cli.exports import write
    from optwright.cli.session import emit, title

    runs = Runs(run_dir or default_directory())
    earlier = earlier_of(like, runs=runs)
    options = _options(earlier, options, said)
    how = _How(least_change, solver, options, None if tune is None else OptionTuner(tune))
    found = _solved(earlier, data, how, quiet=as_json)
    solution = _kept(runs, found, solver, options)
    emit(solution.to_json() if as_json else render(solution, title=title))
    if exports and solution.formulation is not None:
        from optwright.agents.problem import Problem

        assert earlier.task is not None
        write(solution, Problem(earlier.task.problem, found.tables), exports)
    return solution.exit_status


def _options(earlier: Earlier, given: SolveOptions, said: frozenset[str]) -> SolveOptions:
    """What was given, and the rest as the run had it."""
    assert earlier.task is not None  # of a run
    fields = {
        "time_limit": "time_limit_s",
        "gap": "mip_gap",
        "threads": "threads",
        "seed": "seed",
        "engine": "engine",
    }
    changed = {f: getattr(given, f) for option, f in fields.items() if option in said}
    return replace(earlier.task.options, **changed)


@dataclass(frozen=True)
class _How:
    least_change: float | None
    solver: str | None
    options: SolveOptions
    tuner: OptionTuner | None


def _solved(earlier: Earlier, data: tuple[str, ...], how: _How, *, quiet: bool) -> Repeated:
    """The answer, with how far it is on the terminal while it comes."""
    from optwright.agents.repeats.solving import repeated
    from optwright.agents.solver_progress import solver_steps
    from optwright.cli.progress import Live, showing

    with showing(quiet=quiet) as shown:
        if isinstance(shown, Live):
            shown.on_step("solver", "works")
        heard = solver_steps(shown.on_step)
        return repeated(earlier, data, how.least_change, how.solver, how.options, heard, how.tuner)


def _kept(runs: Runs, found: Repeated, solver: str | None, options: SolveOptions) -> Solution:
    """The solution, kept as a run of its own: the next one is compared with it. An open question
    about the tables is no answer, and is not kept."""
    solution, task = found.solution, found.earlier.task
    if solution.formulation is None or task is None:
        return solution
    repeats = task.model_copy(
        update={
            "like": found.earlier.name,
            "solver": solver or task.solver,
            "exports": (),
            **task.fields_of(options),
        }
    )
    tables = found.tables.values()
    with runs.begin(repeats, tables, lambda name: _named(solution, name)) as run:
        kept = run.solution
    assert kept is not None
    return kept


def _named(solution: Solution, name: str) -> Solution:
    return solution.model_copy(update={"run": name})
