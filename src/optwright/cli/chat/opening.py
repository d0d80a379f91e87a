"""Opening a session from the options of a command: what `chat` and `ui` share."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from optwright.cli import completing
from optwright.cli.session import (
    SETTINGS,
    data_option,
    ledger_option,
    named,
    profile_named,
    profile_option,
    run_dir_option,
    share_options,
    solver_option,
    timeout_option,
)

if TYPE_CHECKING:
    from optwright.agents.chat.session import ChatSession
    from optwright.agents.chat.store import Sessions
    from optwright.agents.problem import Problem
    from optwright.agents.sharing import Share, Sharing
    from optwright.agents.solution import Solution
    from optwright.serving.ledger import Ledger
    from optwright.serving.recorded import Mode

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("problem", required=False),
    data_option,
    click.option(
        "--model",
        default="local",
        show_default=True,
        shell_complete=completing.models,
        help="The language model.",
    ),
    *SETTINGS,
    timeout_option,
    *share_options,
    profile_option,
    click.option(
        "--drafts",
        type=int,
        help="Most formulations drawn of the problem; default: the profile's.",
    ),
    click.option(
        "--agreement",
        type=int,
        help="Drafts that must come to the same result; default: the profile's.",
    ),
    click.option(
        "--session",
        "name",
        metavar="NAME",
        shell_complete=completing.sessions,
        help="Go on with a session, or begin it.",
    ),
    click.option("--last", is_flag=True, help="Go on with the session that was used last."),
    click.option("--from", "run", metavar="RUN", help="Begin with what a run of 'solve' came to."),
    solver_option,
    click.option("--budget", default="", metavar="LIMITS", help="For this sitting, as of 'solve'."),
    ledger_option,
    click.option(
        "--session-dir",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="Where sessions are kept; default: OPTWRIGHT_SESSIONS, or the user's data.",
    ),
    run_dir_option,
)


def session_options(command: Command) -> Command:
    """Give a command the options that `Wanted` holds, in the order its help lists them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The session that the options of a command mean, and what it begins with."""

    problem: str | None
    data: tuple[str, ...]
    model: str
    max_tokens: int | None
    reasoning_effort: str | None
    timeout: float | None
    share: str | None
    pseudonyms: bool | None
    profile: str | None
    drafts: int | None
    agreement: int | None
    name: str | None
    last: bool
    run: str | None
    solver: str
    budget: str
    ledger: str
    session_dir: Path | None
    run_dir: Path | None

    @property
    def sessions(self) -> Sessions:
        from optwright.agents.chat.store import Sessions

        return Sessions(self.session_dir) if self.session_dir else Sessions()

    def sharing(self, of_run: Sharing | None) -> tuple[Share | None, bool | None]:
        """What of tables models read: as it is said, else as the run had it; None leaves it to what
        is kept with the session."""
        from optwright.agents.sharing import Share

        share, pseudonyms = Share(self.share) if self.share else None, self.pseudonyms
        if of_run is not None:
            share = share or of_run.share
            pseudonyms = of_run.pseudonyms if pseudonyms is None else pseudonyms
        return share, pseudonyms


@dataclass(frozen=True)
class Opened:
    """A session that is open, with the problem it was told, or what a run had come to."""

    chat: ChatSession
    name: str
    problem: str
    data: tuple[str, ...]
    solved: tuple[Problem, Solution] | None
    session_dir: Path | None

    @property
    def is_small(self) -> bool:
        """Whether the model is the embedded one, which a larger one can help out."""
        from optwright.serving.settings import split

        model = self.chat.settings.model
        return isinstance(model, str) and split(model)[0] == "local"

    def again(self, command: str) -> str:
        """The command line that goes on with the session."""
        where = f" --session-dir {self.session_dir}" if self.session_dir else ""
        return f"optwright {command} --session {shlex.quote(self.name)}{where}"


@contextmanager
def opened(wanted: Wanted) -> Iterator[Opened]:
    """Open the session; what cannot be used is refused before anything is made."""
    from optwright.agents.chat.session import ChatSession, Settings
    from optwright.agents.effort import Effort
    from optwright.agents.problem import read_text
    from optwright.serving.budget import Budget
    from optwright.serving.recorded import Mode
    from optwright.solvers.backends.registry import demand_solver

    if wanted.run and (wanted.problem or wanted.data):
        raise click.UsageError("--from brings its own problem and tables")
    Budget.parse(wanted.budget)
    demand_solver(wanted.solver)
    told = read_text(wanted.problem, has_tables=bool(wanted.data)) if wanted.problem else ""
    sessions, mode = wanted.sessions, Mode(wanted.ledger)
    name = _name(sessions, wanted.name, last=wanted.last)
    with _ledger(mode, wanted.run_dir) as kept:
        run = _solved(wanted.run, wanted.run_dir) if wanted.run else None
        model = named(wanted.model, wanted.max_tokens, wanted.reasoning_effort, wanted.timeout)
        share, pseudonyms = wanted.sharing(run.sharing if run else None)
        settings = Settings(
            model,
            wanted.budget,
            Effort(wanted.drafts, wanted.agreement),
            profile=profile_named(wanted.profile),
            solver=wanted.solver,
            ledger=kept,
            mode=mode,
            share=share,
            pseudonyms=pseudonyms,
        )
        with ChatSession(sessions.path(name), settings) as session:
            solved = (run.problem, run.solution) if run else None
            yield Opened(session, name, told, wanted.data, solved, wanted.session_dir)


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


@dataclass(frozen=True)
class _Solved:
    """What a run of `optwright solve` came to, and what models were shown in it."""

    problem: Problem
    solution: Solution
    sharing: Sharing


def _solved(run: str, run_dir: Path | None) -> _Solved:
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory
    from optwright.errors import InputError

    runs = Runs(run_dir or default_directory())
    summary = runs.summary(runs.find(run))
    if summary.solution is None or summary.task is None:
        raise InputError(f"run {summary.name!r} has no solution to begin with")
    return _Solved(runs.problem(summary), summary.solution, summary.task.sharing)


@contextmanager
def _ledger(mode: Mode, run_dir: Path | None) -> Iterator[Ledger | None]:
    """The ledger that runs use too: a problem that was solved before costs nothing here."""
    from optwright.agents.runs.directory import Runs
    from optwright.agents.runs.place import default_directory
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
    with Ledger(runs.ledger, read_only=mode is Mode.REPLAY) as ledger:
        yield ledger
