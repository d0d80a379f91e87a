"""The command `optwright chat`: which session, which model, and how it is shown."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optwright.cli.session import (
    Session,
    data_option,
    emit,
    ledger_option,
    run_dir_option,
    solver_option,
    verbose_option,
)

if TYPE_CHECKING:
    from optwright.agents.chat.session import ChatSession
    from optwright.agents.chat.store import Sessions
    from optwright.agents.problem import Problem
    from optwright.agents.solution import Solution
    from optwright.cli.chat.conversation import Conversation
    from optwright.cli.chat.typed import Typed
    from optwright.serving.ledger import Ledger
    from optwright.serving.recorded import Mode


@click.command()
@click.argument("problem", required=False)
@data_option
@click.option("--model", default="local", show_default=True, help="The language model.")
@click.option("--session", "name", metavar="NAME", help="Go on with a session, or begin it.")
@click.option("--last", is_flag=True, help="Go on with the session that was used last.")
@click.option("--from", "run", metavar="RUN", help="Begin with what a run of 'solve' came to.")
@click.option("--list", "listing", is_flag=True, help="List the sessions and leave.")
@click.option("--plain", is_flag=True, help="Sentences only: no colour, boxes or bars.")
@solver_option
@click.option("--budget", default="", metavar="LIMITS", help="For this sitting, as of 'solve'.")
@ledger_option
@click.option(
    "--session-dir",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where sessions are kept; default: OPTWRIGHT_SESSIONS, or the user's data.",
)
@run_dir_option
@verbose_option
@click.pass_obj
def chat(
    settings: Session,
    *,
    problem: str | None,
    data: tuple[str, ...],
    model: str,
    name: str | None,
    last: bool,
    run: str | None,
    listing: bool,
    plain: bool,
    solver: str,
    budget: str,
    ledger: str,
    session_dir: Path | None,
    run_dir: Path | None,
) -> int:
    """Talk about a decision until its model is right: PROBLEM is a text or a file that holds it.

    Every turn is kept. Leave with Ctrl-D, come back with --last. Turns can be piped in; the exit
    status is then that of the last turn: 0, or what 'optwright solve' ends with.
    """
    from optwright.agents.chat.session import ChatSession, Settings
    from optwright.agents.chat.store import Sessions
    from optwright.agents.problem import Problem
    from optwright.serving.budget import Budget
    from optwright.serving.recorded import Mode
    from optwright.solvers.solver import demand_solver

    sessions = Sessions(session_dir) if session_dir else Sessions()
    if listing:
        return _list(sessions)
    if run and (problem or data):
        raise click.UsageError("--from brings its own problem and tables")
    Budget.parse(budget)
    demand_solver(solver)
    told = Problem.read(problem).text if problem else ""
    name = _name(sessions, name, last=last)
    with _ledger(Mode(ledger), run_dir) as kept:
        wanted = Settings(model, budget, solver=solver, ledger=kept, mode=Mode(ledger))
        with ChatSession(sessions.path(name), wanted) as session:
            talk = _conversation(session, sessions, name, plain=plain)
            talk.begin(told, data, _solved(run, run_dir) if run else None)
            talk.run()
            again = f"optwright chat --session {shlex.quote(name)}"
            talk.farewell(again + (f" --session-dir {session_dir}" if session_dir else ""))
    return 0 if sys.stdin.isatty() else talk.status


def _conversation(
    session: ChatSession, sessions: Sessions, name: str, *, plain: bool
) -> Conversation:
    from optwright.cli.chat import slash
    from optwright.cli.chat.conversation import Conversation
    from optwright.cli.chat.shown import Screen
    from optwright.cli.chat.typed import Piped

    typed: Typed = Piped()
    if sys.stdin.isatty() and sys.stdout.isatty():
        from optwright.cli.chat.prompt import Terminal

        typed = Terminal(slash.NAMES, lambda: session.words, sessions.directory / "history")
    else:
        plain = True
    small = session.settings.model == "local"
    return Conversation(session, typed, Screen(plain), name, small)


def _name(sessions: Sessions, name: str | None, *, last: bool) -> str:
    """The session that is meant: by name, the one used last, or a new one."""
    from optwright.errors import InputError

    if name and last:
        raise click.UsageError("--session and --last name two sessions")
    if not last:
        return name or sessions.new_name()
    names = sessions.names()
    if not names:
        raise InputError(f"there is no session in {str(sessions.directory)!r} to go on with")
    return names[-1]


def _solved(run: str, run_dir: Path | None) -> tuple[Problem, Solution]:
    """The problem and the solution of a run of `optwright solve`."""
    from optwright.agents.runs import Runs, default_directory
    from optwright.errors import InputError

    runs = Runs(run_dir or default_directory())
    summary = runs.summary(runs.find(run))
    if summary.solution is None:
        raise InputError(f"run {summary.name!r} has no solution to begin with")
    return runs.problem(summary), summary.solution


def _list(sessions: Sessions) -> int:
    """A line for each session, the one used last at the end."""
    names = sessions.names()
    emit("\n".join(names) or f"there are no sessions in {str(sessions.directory)!r}")
    return 0


@contextmanager
def _ledger(mode: Mode, run_dir: Path | None) -> Iterator[Ledger | None]:
    """The ledger that runs use too: a problem that was solved before costs nothing here."""
    from optwright.agents.runs import Runs, default_directory
    from optwright.errors import StorageError
    from optwright.serving.ledger import Ledger
    from optwright.serving.recorded import Mode

    if mode is Mode.OFF:
        yield None
        return
    runs = Runs(run_dir or default_directory())
    try:
        runs.directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{str(runs.directory)!r} cannot be made: {error.strerror}") from error
    with Ledger(runs.ledger) as ledger:
        yield ledger
