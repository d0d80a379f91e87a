"""Where runs are kept: a directory each, held by one process at a time, and one ledger for all.

RUNS/ledger.sqlite          every reply that was paid for, whichever run asked: a problem that
                            is solved again costs nothing
RUNS/ID/run.sqlite          the task, how far it is, what it has spent, and the solution
RUNS/ID/checkpoints.sqlite  where the workflow goes on after a kill
RUNS/ID/data/               copies of the tables, so that a run resumes what it began
RUNS/ID/lock                held for life; the kernel lets go of it however a process ends
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from optwright.agents.problem import Problem
from optwright.agents.solution import Solution, Spent
from optwright.agents.solving import ROLES, Effort, solve
from optwright.agents.workflow import Step
from optwright.closing import Closing
from optwright.errors import DataError, InputError, OptwrightError, StorageError
from optwright.held import hold, is_held
from optwright.serving.budget import Account, Amount, Budget
from optwright.serving.events import CallEnded, Event, Listener
from optwright.serving.ledger import Ledger
from optwright.serving.recorded import Mode
from optwright.serving.redact import redact
from optwright.serving.roles import DEFAULT, ModelSpec
from optwright.solvers.databases import is_database
from optwright.solvers.outcome import SolveOptions
from optwright.solvers.tables import check_file, load, read, sheet_of
from optwright.sqlite import transaction

if TYPE_CHECKING:
    from filelock import BaseFileLock

T = TypeVar("T", bound=BaseModel)

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    at REAL NOT NULL, replayed INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, seconds REAL NOT NULL, usd REAL
);
"""
_BUSY_S = 30.0


class Task(BaseModel):
    """What a run was asked to do; enough to do it again. `base_url` is where the models are."""

    model_config = ConfigDict(frozen=True)

    problem: str
    data: tuple[str, ...] = ()
    """Names of the files in the run's `data` folder."""
    model: str = "local"
    roles: dict[str, str] = {}
    specs: dict[str, ModelSpec] = {}
    """What a file of roles says; `default` is for roles it does not name, `roles` go before it."""
    solver: str = "auto"
    budget: str = ""
    effort: Effort = Effort()
    sandbox: str = "auto"
    time_limit_s: float = SolveOptions().time_limit_s
    ledger: Mode = Mode.RECORD
    exports: tuple[tuple[str, str], ...] = ()
    """Pairs of format and absolute path."""

    @property
    def models(self) -> set[str]:
        """The names of all models that play a role."""
        cast = {role: spec.asked_for for role, spec in self.specs.items()} | self.roles
        return {cast.get(role, cast.get(DEFAULT, self.model)) for role in ROLES}


class State(StrEnum):
    """How far a run is. A run that says `RUNNING` and that nobody holds was killed."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"
    KILLED = "killed"


class Progress(BaseModel):
    """State of a run with its times (Unix seconds) and, when it failed, the reason.

    `worked_s` is how many seconds of its budget the run has used, as of its last call: those that
    nobody worked on it do not count.
    """

    model_config = ConfigDict(frozen=True)

    state: State
    began: float
    ended: float | None = None
    error: str = ""
    worked_s: float = 0.0


def _named(specs: Mapping[str, ModelSpec]) -> dict[str, ModelSpec]:
    return {role: spec for role, spec in specs.items() if role != DEFAULT}


@dataclass(frozen=True, slots=True)
class Summary:
    """What is known of a run; `damaged` says why the rest is not, `error` what ended the run."""

    name: str
    state: State | None = None
    began: float = 0.0
    error: str = ""
    task: Task | None = None
    solution: Solution | None = None
    damaged: str = ""


def default_directory() -> Path:
    """`OPTWRIGHT_RUNS`, or `runs` in the user's data directory; makes nothing."""
    import platformdirs

    given = os.environ.get("OPTWRIGHT_RUNS")
    return Path(given) if given else platformdirs.user_data_path("optwright") / "runs"


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs in one directory. It is made when the first run begins."""

    directory: Path = field(default_factory=default_directory)

    @property
    def ledger(self) -> Path:
        return self.directory / "ledger.sqlite"

    def begin(self, task: Task, data: Iterable[str | Path] = ()) -> Run:
        """Begin a run and hold it; `data` are files that are copied into it, and databases of which
        what they give now is.

        Raises `InputError` for a problem or data that cannot be used and `StorageError` where the
        run cannot be written; then nothing of it stays.
        """
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        directory = self.directory / name
        try:
            with _storage_errors(self.directory):
                directory.mkdir(parents=True)
            return _begun(self, name, task, list(data))
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise

    def resume(self, name: str) -> Run:
        """Hold a run that exists. Raises `RunBusy` while another process holds it."""
        return Run(self, self.find(name))

    def find(self, name: str) -> str:
        """The whole name of the run that `name` is, or is the only one to begin or end with."""
        names = self._names()
        if name in names:
            return name
        like = [n for n in names if name and (n.startswith(name) or n.endswith(name))]
        if len(like) == 1:
            return like[0]
        which = f"there is no run {name!r}"
        if like:
            which = f"{name!r} could be {' or '.join(like[:3])}"
        raise InputError(f"{which} in {str(self.directory)!r}", hint="optwright runs list")

    def summary(self, name: str) -> Summary:
        """What is known of a run, also while another process works on it."""
        directory = self.directory / name
        try:
            with closing(_Facts(directory, create=False)) as facts:
                progress = _read(Progress, facts.get("progress"), directory)
                task = _read(Task, facts.get("task"), directory)
                solution = facts.get("solution")
        except StorageError as error:
            return Summary(name, damaged=str(error))
        known = None if solution is None else _read(Solution, solution, directory)
        state = progress.state
        if state is State.RUNNING and not is_held(directory):
            state = State.KILLED
        return Summary(name, state, progress.began, progress.error, task, known)

    def problem(self, summary: Summary) -> Problem:
        """The problem of a run with its tables."""
        if summary.task is None:
            raise InputError(f"run {summary.name!r} has no task that can be read")
        return _problem(self.directory / summary.name, summary.task)

    def summaries(self) -> list[Summary]:
        """All runs, the oldest first."""
        return [self.summary(name) for name in self._names()]

    def _names(self) -> list[str]:
        with _storage_errors(self.directory):
            if not self.directory.is_dir():
                return []
            return sorted(p.parent.name for p in self.directory.glob("*/run.sqlite"))


class Run(Closing):
    """A run that this process holds until `close`."""

    def __init__(self, runs: Runs, name: str) -> None:
        self.runs = runs
        self.name = name
        self.directory = runs.directory / name
        self._lock = _hold(self.directory)
        try:
            self._facts = _Facts(self.directory)
        except BaseException:
            self._lock.release()
            raise

    @property
    def task(self) -> Task:
        return _read(Task, self._facts.get("task"), self.directory)

    @property
    def solution(self) -> Solution | None:
        """The solution, once the run is finished."""
        found = self._facts.get("solution")
        return None if found is None else _read(Solution, found, self.directory)

    @cached_property
    def problem(self) -> Problem:
        """The problem with its tables, read from the run's own copies."""
        return _problem(self.directory, self.task)

    def write_task(self, task: Task) -> None:
        """Write what is to be done. Keys and passwords in the problem's text are redacted here, so
        that no model is ever told them and nothing of the run holds them."""
        for model in (task.model, *task.roles.values()):
            if (shown := redact(model)) != model:
                hint = "give the key in OPENAI_API_KEY, or in the variable that its provider reads"
                raise InputError(f"the name of a model holds a key: {shown!r}", hint=hint)
        task = task.model_copy(update={"problem": redact(task.problem)})
        progress = Progress(state=State.RUNNING, began=time.time())
        self._facts.put(task=task, progress=progress)

    def work(self, told: Step | None = None, listener: Listener | None = None) -> Solution:
        """Do what is left of the task and keep the solution; a finished run gives it at once.

        Raises as `solve` does. Whatever ends it, the run says so and can be resumed.
        """
        if (solution := self.solution) is not None:
            return solution
        earlier, account = self._facts.spent(), self.account()
        self._facts.put(progress=self._progress(State.RUNNING, account))
        try:
            solution = self._solve(account, told, listener)
        except KeyboardInterrupt:
            self._facts.put(progress=self._progress(State.STOPPED, account))
            raise
        except OptwrightError as error:
            self._put_failure(error, account)
            raise
        solution = solution.model_copy(update={"usage": earlier + solution.usage})
        self._facts.put(solution=solution, progress=self._progress(State.FINISHED, account))
        return solution

    def account(self) -> Account:
        """The task's budget and what the run has used of it so far."""
        return Account(
            Budget.parse(self.task.budget),
            spent=self._facts.paid(),
            elapsed_s=self._known_progress.worked_s,
        )

    def _solve(self, account: Account, told: Step | None, listener: Listener | None) -> Solution:
        task = self.task
        with self._open_ledger(task.ledger) as ledger:
            return solve(
                self.problem,
                model=task.specs.get(DEFAULT, task.model),
                models={**_named(task.specs), **task.roles},
                solver=task.solver,
                budget=account,
                effort=task.effort,
                options=SolveOptions(time_limit_s=task.time_limit_s),
                sandbox=task.sandbox,
                ledger=ledger,
                mode=task.ledger,
                checkpoints=self.directory / "checkpoints.sqlite",
                run_id=self.name,
                told=told,
                listener=_Noting(self, account, listener),
            )

    @contextmanager
    def _open_ledger(self, mode: Mode) -> Iterator[Ledger | None]:
        if mode is Mode.OFF:
            yield None
            return
        with Ledger(self.runs.ledger) as ledger:
            yield ledger

    def note(self, call: CallEnded, account: Account) -> None:
        """Write down what a call cost and how long the run has worked."""
        self._facts.put(call, progress=self._progress(State.RUNNING, account))

    @property
    def _known_progress(self) -> Progress:
        return _read(Progress, self._facts.get("progress"), self.directory)

    def _progress(self, state: State, account: Account, error: str = "") -> Progress:
        return Progress(
            state=state,
            began=self._known_progress.began,
            ended=None if state is State.RUNNING else time.time(),
            error=redact(error),
            worked_s=round(account.elapsed_s, 3),
        )

    def _put_failure(self, error: OptwrightError, account: Account) -> None:
        # The disk that failed a run cannot take the news either; the first error matters.
        with suppress(StorageError):
            self._facts.put(progress=self._progress(State.FAILED, account, str(error)))

    @property
    def has_spent(self) -> bool:
        """Whether any call of this run was paid for."""
        return self._facts.paid().calls > 0

    def discard(self) -> None:
        """Remove the run; what is paid for stays in the ledger."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def close(self) -> None:
        self._facts.close()
        self._lock.release()


@dataclass(frozen=True, slots=True)
class _Noting:
    """Writes down what each call cost, so that a resumed run goes on inside its budget."""

    run: Run
    account: Account
    listener: Listener | None

    def __call__(self, event: Event) -> None:
        if isinstance(event, CallEnded) and not event.error:
            # A full disk ends the run before the next call, in the ledger's words.
            with suppress(StorageError):
                self.run.note(event, self.account)
        if self.listener is not None:
            self.listener(event)


class _Facts:
    """The SQLite file of a run."""

    def __init__(self, directory: Path, *, create: bool = True) -> None:
        self._path = directory / "run.sqlite"
        # A reader may write too: it rolls back what a killed process left half done.
        uri = f"{self._path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
        with self._errors():
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(create)
            except sqlite3.Error:
                self._connection.close()
                raise

    def _prepare(self, create: bool) -> None:
        self._connection.execute("PRAGMA synchronous=FULL")
        if create:
            self._connection.executescript(_TABLES)
        self._connection.execute("SELECT name, body FROM facts LIMIT 1").fetchall()

    def get(self, name: str) -> object:
        """The JSON that was written under this name; None when nothing was."""
        query = "SELECT body FROM facts WHERE name = ?"
        rows = self._execute(query, name)
        try:
            return json.loads(rows[0][0]) if rows else None
        except (TypeError, ValueError) as error:
            raise _damaged(self._path, f"its {name} is not JSON") from error

    def put(self, call: CallEnded | None = None, **facts: BaseModel) -> None:
        """Write all of these, and what a call cost, or none."""
        rows = ((name, fact.model_dump_json()) for name, fact in facts.items())
        with self._errors(), transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)
            if call is not None:
                self._connection.execute("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?)", _row(call))

    def paid(self) -> Amount:
        """What the run's calls took from its budget so far."""
        ((calls, tokens, usd),) = self._execute(
            "SELECT count(*), total(prompt_tokens + completion_tokens), total(usd) FROM calls "
            "WHERE NOT replayed"
        )
        return Amount(calls=calls, tokens=int(tokens), usd=usd)

    def spent(self) -> Spent:
        """All calls of the run so far; its seconds are those spent waiting for them."""
        ((calls, replayed, prompt, completion, seconds, usd),) = self._execute(
            "SELECT count(*), total(replayed), total(prompt_tokens), total(completion_tokens), "
            "total(seconds), sum(iif(replayed, NULL, usd)) FROM calls"
        )
        return Spent(
            calls=calls,
            replayed=int(replayed),
            prompt_tokens=int(prompt),
            completion_tokens=int(completion),
            seconds=seconds,
            cost_usd=usd,
        )

    def close(self) -> None:
        self._connection.close()

    def _execute(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._errors():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
                raise _damaged(self._path, str(error)) from error
            raise StorageError(
                f"run file {str(self._path)!r} cannot be read or written: {error}",
                hint="see whether its disk is full or read-only; replies paid for are kept",
            ) from error


def _row(call: CallEnded) -> tuple[object, ...]:
    used = call.usage
    tokens = (used.prompt_tokens, used.completion_tokens)
    return (time.time(), call.replayed, *tokens, call.seconds, used.cost_usd)


def _begun(runs: Runs, name: str, task: Task, data: list[str | Path]) -> Run:
    """A run with its task written and its tables copied, read and found good."""
    names = tuple(_keep(source, runs.directory / name / "data") for source in data)
    run = Run(runs, name)
    try:
        run.write_task(task.model_copy(update={"data": names}))
        run.problem  # noqa: B018  (reads and checks it, once)
    except BaseException:
        run.close()
        raise
    return run


def _problem(directory: Path, task: Task) -> Problem:
    files = [directory / "data" / name for name in task.data]
    return Problem(task.problem, load(files) if files else {})


def _keep(source: str | Path, folder: Path) -> str:
    """Copy a source of data and return the name to load it by, in `folder`. Of a database only
    what it gave is kept, so that no password is."""
    if not is_database(source):
        file, sheet = sheet_of(source)
        check_file(file)
        _copy(file, folder)
        return f"{file.name}#{sheet}" if sheet else file.name
    (table,) = read(source)
    name = re.sub(r"[^\w.-]", "_", table.name) + ".json"
    columns = {column.name: list(column.cells) for column in table.columns}
    with _storage_errors(folder):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(columns), encoding="utf-8")
    return name


def _copy(file: Path, folder: Path) -> None:
    try:
        source = file.open("rb")
    except OSError as error:
        raise DataError(f"cannot read {str(file)!r}: {error.strerror}") from error
    with source, _storage_errors(folder):
        folder.mkdir(exist_ok=True)
        with (folder / file.name).open("wb") as copy:
            shutil.copyfileobj(source, copy)


def _read(kind: type[T], data: object, directory: Path) -> T:
    """Read what `model_dump` wrote."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        what = kind.__name__.lower()
        raise _damaged(directory / "run.sqlite", f"its {what} cannot be read") from error


def _damaged(path: Path, what: str) -> StorageError:
    return StorageError(
        f"run file {str(path)!r} is damaged: {what}",
        hint="solve the problem again: replies already paid for are in the ledger beside it",
    )


def _hold(directory: Path) -> BaseFileLock:
    with _storage_errors(directory):
        return hold(
            directory,
            f"run {directory.name!r}",
            hint="wait until it ends; 'optwright runs show' shows how far it is",
        )


@contextmanager
def _storage_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{str(directory)!r} cannot be used for runs: {error.strerror}",
            hint="make room there, or name another place with --run-dir",
        ) from error
