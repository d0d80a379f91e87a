"""`optwright runs`: what was run, what it came to, and going on with what was cut off.

Two kinds of runs lie side by side: solved problems, and parameters that were optimized.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli import completing
from optwright.cli.session import Session, emit, json_option, run_dir_option, verbose_option

if TYPE_CHECKING:
    from optwright.agents.runs.directory import Runs, Summary
    from optwright.optim.study.provenance import RunView

_WIDTH = 80


@click.group()
def runs() -> None:
    """List, show, compare, revert and resume runs."""


@runs.command("list")
@json_option
@run_dir_option
@verbose_option
def list_runs(*, as_json: bool, run_dir: Path | None) -> int:
    """List all runs, the oldest first."""
    found = _runs(run_dir)
    summaries = found.summaries()
    if as_json:
        emit(json.dumps([_any_json(found, summary) for summary in summaries], indent=2))
    elif not summaries:
        emit(f"there are no runs in {found.directory}")
    else:
        emit("\n".join(_any_line(found, summary) for summary in summaries))
    return 0


@runs.command("show")
@click.argument("run", shell_complete=completing.runs)
@click.option(
    "--export", multiple=True, metavar="FMT=PATH", help="Write the model to a file. Repeatable."
)
@click.option(
    "--report",
    multiple=True,
    metavar="PATH",
    help="Write a report: .html, .md or .pdf. Repeatable.",
)
@json_option
@run_dir_option
@verbose_option
def show_run(
    *,
    run: str,
    export: tuple[str, ...],
    report: tuple[str, ...],
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Show what RUN was asked and what it came to.

    RUN is its directory, or its name; a part of the name that no other has will do.
    """
    directory = _directory(run, run_dir)
    if not _is_study(directory):
        return _show_solved(directory, export, report, as_json=as_json)
    _demand_none(export, "--export", f"run {directory.name!r} optimized parameters")
    return _show_study(directory, report, as_json=as_json)


def _show_study(directory: Path, report: tuple[str, ...], *, as_json: bool) -> int:
    from optwright.cli.studies import show_study
    from optwright.reporting.studies import write_report

    show_study(directory, as_json=as_json)
    for path in report:
        write_report(directory, Path(path))
    return 0


def _show_solved(
    directory: Path, export: tuple[str, ...], report: tuple[str, ...], *, as_json: bool
) -> int:
    from optwright.cli import exports
    from optwright.cli.solve import show

    wanted = exports.parse(export, report)
    found = _runs(directory.parent)
    summary = found.summary(directory.name)
    if as_json:
        emit(json.dumps(_as_json(summary), indent=2))
    else:
        emit(_told(summary))
    if summary.solution is not None:
        if not as_json:
            emit("")
            show(summary.solution, as_json=False)
        if wanted:
            exports.write(summary.solution, found.problem(summary), wanted)
    return 0


@runs.command("diff")
@click.argument("run", shell_complete=completing.runs)
@click.argument("old", type=int, required=False)
@click.argument("new", type=int, required=False)
@json_option
@run_dir_option
@verbose_option
def diff_run(
    *, run: str, old: int | None, new: int | None, as_json: bool, run_dir: Path | None
) -> int:
    """Show what differs between two versions of the parameters that RUN optimized.

    OLD is the first version and NEW the one in use where they are not given; 'runs show' has the
    numbers.
    """
    from optwright.optim.study.provenance import differences, show

    study = show(_directory(run, run_dir))
    before = study.first if old is None else study.version(old)
    after = study.chosen if new is None else study.version(new)
    found = list(differences(before, after))
    if as_json:
        emit(json.dumps([{**asdict(one), "diff": one.text()} for one in found], indent=2))
    else:
        names = ("first" if old is None else f"version {old}", _version(study, new))
        emit("\n".join(one.text(*names) for one in found) or "no difference")
    return 0


@runs.command("revert")
@click.argument("run", shell_complete=completing.runs)
@click.argument("change", type=int)
@json_option
@run_dir_option
@verbose_option
def revert_run(*, run: str, change: int, as_json: bool, run_dir: Path | None) -> int:
    """Make the version that CHANGE made current again in RUN.

    It is written down as one more change. Nothing is deleted, and the run goes on from there. Of
    a run of 'optwright tune agents' the profile is written anew.
    """
    from optwright.cli.tune_agents import follow
    from optwright.optim.study.provenance import revert

    directory = _directory(run, run_dir)
    event = revert(directory, change)
    profile = follow(directory)
    if as_json:
        emit(json.dumps(event.to_json(), indent=2))
    else:
        emit(f"run {directory.name}: version {event.number} has the values of version {change}")
        if profile is not None:
            emit(f"written: {profile}")
    return 0


@runs.command("accept")
@click.argument("run", shell_complete=completing.runs)
@click.argument("number", type=click.IntRange(min=0))
@json_option
@run_dir_option
@verbose_option
def accept_proposal(*, run: str, number: int, as_json: bool, run_dir: Path | None) -> int:
    """Take over the other reading NUMBER of RUN's answer; 0 goes back to the model as written.

    Exit status as of 'optwright solve'.
    """
    from optwright.cli.solve import show

    directory = _directory(run, run_dir)
    if _is_study(directory):
        raise click.UsageError(f"run {directory.name!r} optimized parameters; it has no proposals")
    with _runs(directory.parent).resume(directory.name) as held:
        solution = held.accept(number)
    show(solution, as_json=as_json)
    return solution.exit_status


@runs.command("read")
@click.argument("run", shell_complete=completing.runs)
@click.option(
    "--reader",
    default="me",
    show_default=True,
    metavar="NAME",
    help="Who judges: 'me' or file:PATH.",
)
@json_option
@run_dir_option
@verbose_option
def read_plans(*, run: str, reader: str, as_json: bool, run_dir: Path | None) -> int:
    """Have plans of RUN's answer judged by the words of its problem alone.

    You are asked about three plans. With file:PATH the questions are written there, and answers
    that are there count; the same command again takes up what was answered since.

    Exit status as of 'optwright solve'.
    """
    from optwright.agents.checks.readers.named import absolute
    from optwright.cli.asking import ask_here
    from optwright.cli.solve import show

    directory = _directory(run, run_dir)
    if _is_study(directory):
        raise click.UsageError(f"run {directory.name!r} optimized parameters; it has no plans")
    with _runs(directory.parent).resume(directory.name) as held:
        solution = held.read_again(absolute(reader), ask_here)
    show(solution, as_json=as_json)
    return solution.exit_status


@runs.command("resume")
@click.argument("run", shell_complete=completing.runs)
@click.option("--budget", metavar="LIMITS", help="Another budget, for a run of 'optwright tune'.")
@json_option
@run_dir_option
@verbose_option
@click.pass_obj
def resume_run(
    session: Session, *, run: str, budget: str | None, as_json: bool, run_dir: Path | None
) -> int:
    """Go on with RUN where it was cut off; no reply is paid for twice.

    Exit status as of 'optwright solve', or 'optwright tune'.
    """
    from optwright.cli.solve import work

    directory = _directory(run, run_dir)
    if _is_study(directory):
        return _resume_study(directory, session, budget, as_json=as_json)
    _demand_none(budget, "--budget", f"run {directory.name!r} solves a problem")
    with _runs(directory.parent).resume(directory.name) as held:
        return work(held, session, as_json=as_json)


def _resume_study(directory: Path, session: Session, budget: str | None, *, as_json: bool) -> int:
    from optwright.cli import evolve, tune_agents
    from optwright.cli.tune import work
    from optwright.cli.tune_order import read_order

    if (search := evolve.read_order(directory)) is not None:
        search = search if budget is None else replace(search, budget=budget)
        return evolve.work(search, directory, session, report=None, as_json=as_json)
    if (status := tune_agents.resumed(directory, session, budget, as_json=as_json)) is not None:
        return status
    order = read_order(directory)
    if budget is not None:
        order = replace(order, budget=budget)
    return work(order, directory, session, report=None, as_json=as_json)


def _directory(run: str, run_dir: Path | None) -> Path:
    """Where a run is that was named by its directory, its name or a part of that."""
    if (Path(run) / "run.sqlite").is_file():
        return Path(run).absolute()
    found = _runs(run_dir)
    return found.directory / found.find(run)


def _is_study(directory: Path) -> bool:
    from optwright.optim.study.runs import is_study

    return is_study(directory)


def _demand_none(given: object, option: str, because: str) -> None:
    if given:
        raise click.UsageError(f"{because}; {option} is not for it")


def _version(study: RunView, number: int | None) -> str:
    if number is None:
        number = None if study.current is None else study.current.number
    return "in use" if number is None else f"version {number}"


def _runs(run_dir: Path | None) -> Runs:
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory

    return Runs(run_dir or default_directory())


def _any_line(found: Runs, summary: Summary) -> str:
    """One line, whichever kind of run it is."""
    from optwright.cli.studies import study_line

    directory = found.directory / summary.name
    return study_line(directory) if _is_study(directory) else _line(summary)


def _any_json(found: Runs, summary: Summary) -> dict[str, Any]:
    from optwright.cli.studies import study_json
    from optwright.errors import StorageError
    from optwright.optim.study.provenance import show

    directory = found.directory / summary.name
    if not _is_study(directory):
        return _as_json(summary)
    try:
        return study_json(show(directory))
    except StorageError as error:
        return _damaged(summary.name, str(error))


def _line(summary: Summary) -> str:
    """Name, state, objective and the beginning of the problem."""
    if summary.damaged:
        return f"{summary.name}  damaged"
    objective = ""
    if summary.solution is not None and summary.solution.objective is not None:
        objective = f"{summary.solution.objective:.6g}"
    head = f"{summary.name}  {summary.state or '':<9} {objective:>12}  "
    return head + _clipped(summary, _WIDTH - len(head))


def _clipped(summary: Summary, width: int) -> str:
    text = " ".join(summary.task.problem.split()) if summary.task else ""
    return text if len(text) <= width else f"{text[: width - 3]}..."


def _told(summary: Summary) -> str:
    """The run and its task, before the solution."""
    if summary.damaged or summary.task is None:
        return summary.damaged
    began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(summary.began))
    lines = [f"run {summary.name}: {summary.state}, began {began}, model {summary.task.model}"]
    if summary.error:
        lines.append(f"it ended with: {summary.error}")
    return "\n".join([*lines, "", summary.task.problem.strip()])


def _as_json(summary: Summary) -> dict[str, Any]:
    if summary.damaged:
        return _damaged(summary.name, summary.damaged)
    return {
        "run": summary.name,
        "kind": "solve",
        "state": summary.state,
        "began": summary.began,
        "error": summary.error,
        "task": summary.task and summary.task.model_dump(mode="json"),
        "solution": summary.solution and summary.solution.model_dump(mode="json"),
    }


def _damaged(name: str, why: str) -> dict[str, Any]:
    return {"run": name, "state": "damaged", "error": why}
