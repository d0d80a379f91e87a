"""`optwright solve`: from a problem in words to a result on the terminal."""

from __future__ import annotations

import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from optwright.cli import completing
from optwright.cli.like import (
    check_options,
    given_options,
    least_change_option,
    like_option,
    solve_like,
)
from optwright.cli.session import (
    Session,
    data_option,
    emit,
    json_option,
    key_option,
    ledger_option,
    named,
    profile_named,
    profile_option,
    run_dir_option,
    settings_options,
    share_options,
    solver_option,
    tell,
    timeout_option,
    title,
    verbose_option,
)
from optwright.cli.solving import options_of, solver_options, start_named, start_option, tune_option

if TYPE_CHECKING:
    from optwright.agents.effort import Effort
    from optwright.agents.runs.run import Run
    from optwright.agents.runs.task import Task
    from optwright.agents.solution import Solution


@click.command()
@click.argument("problem", required=False)
@data_option
@like_option
@least_change_option
@click.option(
    "--model",
    default="local",
    show_default=True,
    shell_complete=completing.models,
    help="The language model.",
)
@click.option(
    "--role",
    "roles",
    multiple=True,
    metavar="ROLE=MODEL",
    help="Another model for planner, formulator, coder, critic or reader. Repeatable.",
)
@click.option(
    "--reader",
    metavar="NAME",
    help="Who judges plans of the answer by the words alone: a model, 'me', or file:PATH.",
)
@click.option(
    "--models",
    "roles_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Models for roles, with addresses, keys and prices, in TOML.",
)
@key_option
@settings_options
@timeout_option
@click.option("--base-url", metavar="URL", help="Address of an OpenAI-compatible endpoint.")
@share_options[0]
@share_options[1]
@solver_option
@click.option(
    "--budget",
    default="",
    metavar="LIMITS",
    help="Such as calls=50,tokens=20000,usd=1,seconds=300; any of them.",
)
@profile_option
@click.option(
    "--library",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Insights that the formulator is told ('optwright library'); default: none.",
)
@click.option("--drafts", type=int, help="Most formulations drawn; default: the profile's.")
@click.option(
    "--agreement",
    type=int,
    help="Drafts that must come to the same result; default: the profile's.",
)
@click.option(
    "--repairs",
    type=int,
    help="How often a draft goes back to its model with what was found; default: the profile's.",
)
@click.option(
    "--effort",
    type=click.Choice(["normal", "full"]),
    default="normal",
    show_default=True,
    help="With full: three plans, a program as second form, a model's opinion, findings handed on.",
)
@click.option("--plans", type=int, help="Ways of modelling to propose; default: 1, with full 3.")
@click.option("--opinion", is_flag=True, help="Let a model criticise too.")
@click.option("--code", is_flag=True, help="Let a model write Pyomo, run in the sandbox.")
@click.option("--feedback", is_flag=True, help="Tell the next draft what was wrong with the last.")
@click.option(
    "--proposals",
    type=click.Choice(["show", "ask"]),
    default="show",
    show_default=True,
    help="Show what the words suggest instead, or ask the critic's model about it as well.",
)
@click.option(
    "--sandbox",
    type=click.Choice(["auto", "process", "strict", "isolated"]),
    default="auto",
    show_default=True,
    help="Protection that code must run in.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="S",
    help="Seconds for each solve.",
)
@solver_options
@start_option
@tune_option
@click.option(
    "--pareto",
    type=click.IntRange(min=2),
    metavar="N",
    help="Show the trade-off between the model's objectives at N points.",
)
@click.option(
    "--export",
    multiple=True,
    metavar="FMT=PATH",
    help="Write the model (pyomo, lp, mps, latex, markdown, json) or the answer (xlsx, csv).",
)
@click.option(
    "--report",
    multiple=True,
    metavar="PATH",
    help="Write a report: .html, .md or .pdf. Repeatable.",
)
@ledger_option
@json_option
@run_dir_option
@verbose_option
@click.pass_obj
def solve(
    session: Session,
    *,
    problem: str | None,
    data: tuple[str, ...],
    like: str | None,
    least_change: float | None,
    model: str,
    roles: tuple[str, ...],
    reader: str | None,
    roles_file: Path | None,
    key_env: str | None,
    max_tokens: int | None,
    reasoning_effort: str | None,
    timeout: float | None,
    base_url: str | None,
    share: str | None,
    pseudonyms: bool | None,
    solver: str,
    budget: str,
    profile: str | None,
    library: Path | None,
    drafts: int | None,
    agreement: int | None,
    repairs: int | None,
    effort: str,
    plans: int | None,
    opinion: bool,
    code: bool,
    feedback: bool,
    proposals: Literal["show", "ask"],
    sandbox: str,
    time_limit: float,
    gap: float | None,
    threads: int | None,
    seed: int | None,
    engine: tuple[str, ...],
    start: str | None,
    tune: Path | None,
    pareto: int | None,
    export: tuple[str, ...],
    report: tuple[str, ...],
    ledger: str,
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Solve PROBLEM: a text, a file that holds it, or - for standard input. A file that holds a
    model (.lp, .mps, a formulation in .json) is solved as it is, and no language model is asked;
    nor with --like RUN, which solves the model of an earlier run with new tables.

    Exit status: 0 solved and verified, 10 solved and not verified, 11 feasible at a limit, 12 a
    question has to be answered first, 3 infeasible or unbounded, 2 bad input or no problem, 1
    nothing came of it within the budget, 4 a model, solver or sandbox is not available.
    """
    from optwright.agents.checks.readers.named import absolute, is_model
    from optwright.cli.exports import parse as parse_exports
    from optwright.cli.given import holds_model, solve_file

    options = options_of(time_limit, gap, threads, seed, engine)
    if like is not None:
        context = click.get_current_context()
        check_options(context)
        said = given_options(context)
        return solve_like(
            like,
            data,
            least_change=least_change,
            tune=tune,
            solver=solver if "solver" in said else None,
            options=options,
            said=said,
            exports=parse_exports(export, report),
            as_json=as_json,
            run_dir=run_dir,
        )
    if problem is None:
        raise click.UsageError("Missing argument 'PROBLEM'.")
    if least_change is not None:
        raise click.UsageError("--least-change is for --like RUN: it needs a plan to stay near")
    if holds_model(problem):
        return solve_file(
            problem,
            data,
            solver=solver,
            options=options,
            start=start_named(start, run_dir),
            tune=tune,
            exports=parse_exports(export, report),
            as_json=as_json,
        )
    if tune is not None:
        raise click.BadParameter(
            "options are learnt over solves of one model; --tune is for a file with a model, and "
            "for --like",
            param_hint="--tune",
        )
    if start is not None:
        raise click.BadParameter(
            "a problem in words has no decisions yet; --start is for a file with a model",
            param_hint="--start",
        )
    from optwright.agents.cast import check_roles
    from optwright.agents.effort import Effort
    from optwright.agents.problem import read_text
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory
    from optwright.agents.runs.task import Task
    from optwright.agents.sharing import Share, read_share
    from optwright.errors import OptwrightError
    from optwright.serving.budget import Budget
    from optwright.serving.recorded import Mode
    from optwright.serving.roles import DEFAULT, read_roles

    Budget.parse(budget)
    settings = (max_tokens, reasoning_effort, timeout)
    cast = {role: named(_at(name, base_url), *settings) for role, name in map(_role, roles)}
    if reader is not None and is_model(reader):
        cast["reader"] = named(_at(reader, base_url), *settings)
    specs = read_roles(roles_file) if roles_file else {}
    specs = {role: spec.called(*settings) for role, spec in specs.items()}
    check_roles({*cast, *specs} - {DEFAULT})
    task = Task(
        problem=read_text(_source(problem), has_tables=bool(data)),
        model=named(_at(model, base_url), *settings, key_env),
        roles=cast,
        specs=specs,
        reader="" if reader is None or is_model(reader) else absolute(reader),
        solver=solver,
        budget=budget,
        effort=_effort(
            Effort.of(effort),
            drafts=drafts,
            agreement=agreement,
            plans=plans,
            opinion=opinion or None,
            code=code or None,
            feedback=feedback or None,
            proposals=proposals,
            repairs=repairs,
        ),
        profile=profile_named(profile),
        library="" if library is None else str(library.absolute()),
        sandbox=sandbox,
        share=read_share(share or Share.ROWS),
        pseudonyms=bool(pseudonyms),
        **Task.fields_of(options),
        pareto=pareto or 0,
        ledger=Mode(ledger),
        exports=parse_exports(export, report),
    )
    with Runs(run_dir or default_directory()).begin(task, data) as run:
        try:
            return work(run, session, as_json=as_json)
        except OptwrightError:
            if not run.has_spent:  # then doing it again is as good as resuming
                session.run = ""
                run.discard()
            raise


def _effort(named: Effort, **said: Any) -> Effort:
    """An effort by its name, with what else was said."""
    return replace(named, **{name: value for name, value in said.items() if value is not None})


def work(run: Run, session: Session, *, as_json: bool) -> int:
    """Do a run's task with progress, print what it came to, and return the exit status."""
    from optwright.agents.checks.readers.named import ME
    from optwright.cli import exports
    from optwright.cli.asking import ask_here
    from optwright.cli.progress import showing

    session.run = run.name
    _tell_what_leaves(run)
    if not as_json:
        _fetch_model(run.task)
    asks_me = run.task.reader == ME
    with showing(quiet=as_json or asks_me) as shown:
        solution = run.work(shown.on_step, shown.on_event, ask=ask_here if asks_me else None)
    session.run = ""
    show(solution, as_json=as_json)
    exports.write(solution, run.problem, run.task.exports)
    return solution.exit_status


def _tell_what_leaves(run: Run) -> None:
    """Show once, before it does, what of the tables goes to a model elsewhere."""
    from optwright.agents.sharing import is_news, notice

    task = run.task
    problem = replace(run.problem, share=task.share)
    for host in sorted(task.destinations):
        lines = notice(host, problem, pseudonyms=task.pseudonyms)
        if lines and is_news(host, problem, pseudonyms=task.pseudonyms):
            tell("\n".join(lines))


def _fetch_model(task: Task) -> None:
    """Have the embedded model here before a live line stands where its download is shown."""
    from optwright.serving.recorded import Mode
    from optwright.serving.settings import split

    if task.ledger is Mode.REPLAY or find_spec("xllamacpp") is None:
        return
    from optwright.serving.local.store import find_model

    for model in task.models:
        kind, _, path = split(model)[0].partition(":")
        if kind == "local":
            find_model(path or None)


def show(solution: Solution, *, as_json: bool) -> None:
    """Print a solution for a person or for a program."""
    if as_json:
        emit(solution.to_json())
        return
    from optwright.agents.render import render

    emit(render(solution, title=title))


def _source(problem: str) -> str:
    """The text of standard input for `-`; anything else is left to `read_text`."""
    if problem != "-":
        return problem
    from optwright.errors import InputError

    try:
        # A text that happens to be the name of a file is still the text.
        return sys.stdin.buffer.read().decode("utf-8-sig") + "\n"
    except UnicodeDecodeError as error:
        raise InputError(f"standard input is not text in UTF-8 (byte {error.start})") from error


def _role(given: str) -> tuple[str, str]:
    role, equals, model = given.partition("=")
    if not (role and equals and model):
        raise click.BadParameter(f"{given!r} is not ROLE=MODEL", param_hint="--role")
    return role, model


def _at(model: str, base_url: str | None) -> str:
    """A model's name with the address it is served at."""
    if base_url is None or "@http" in model:
        return model
    if model == "local" or model.startswith(("local:", "replay:", "scripted:")):
        raise click.BadParameter(
            f"model {model!r} is not at an address; name the one that is with --model",
            param_hint="--base-url",
        )
    return f"{model}@{base_url}"
