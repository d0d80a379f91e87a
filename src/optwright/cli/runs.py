"""`optwright runs`: what was run, what it came to, and going on with what was cut off."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.session import Session, emit, json_option, run_dir_option, verbose_option

if TYPE_CHECKING:
    from optwright.agents.runs import Runs, Summary

_WIDTH = 80


@click.group()
def runs() -> None:
    """List, show and resume runs."""


@runs.command("list")
@json_option
@run_dir_option
@verbose_option
def list_runs(*, as_json: bool, run_dir: Path | None) -> int:
    """List all runs, the oldest first."""
    found = _runs(run_dir)
    summaries = found.summaries()
    if as_json:
        emit(json.dumps([_as_json(summary) for summary in summaries], indent=2))
    elif not summaries:
        emit(f"there are no runs in {found.directory}")
    else:
        emit("\n".join(map(_line, summaries)))
    return 0


@runs.command("show")
@click.argument("run")
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
    """Show what RUN was asked and what it came to. A part of its name that no other has will do."""
    from optwright.cli import exports
    from optwright.cli.solve import show

    wanted = exports.parse(export, report)
    found = _runs(run_dir)
    summary = found.summary(found.find(run))
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


@runs.command("resume")
@click.argument("run")
@json_option
@run_dir_option
@verbose_option
@click.pass_obj
def resume_run(session: Session, *, run: str, as_json: bool, run_dir: Path | None) -> int:
    """Go on with RUN where it was cut off; no reply is paid for twice.

    Exit status as of 'optwright solve'.
    """
    from optwright.cli.solve import work

    with _runs(run_dir).resume(run) as held:
        return work(held, session, as_json=as_json)


def _runs(run_dir: Path | None) -> Runs:
    from optwright.agents.runs import Runs, default_directory

    return Runs(run_dir or default_directory())


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
        return {"run": summary.name, "state": "damaged", "error": summary.damaged}
    return {
        "run": summary.name,
        "state": summary.state,
        "began": summary.began,
        "error": summary.error,
        "task": summary.task and summary.task.model_dump(mode="json"),
        "solution": summary.solution and summary.solution.model_dump(mode="json"),
    }
