"""The runs in one directory: begin one, find one, and what is known of each."""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from optwright.agents.problem import Problem
from optwright.agents.runs.data import problem_of
from optwright.agents.runs.file import RunFile, read_as
from optwright.agents.runs.place import default_directory
from optwright.agents.runs.run import Run
from optwright.agents.runs.storage import storage_errors
from optwright.agents.runs.task import RunProgress, State, Task
from optwright.agents.solution import Solution
from optwright.errors import InputError, StorageError
from optwright.solvers.data.table import Table
from optwright.storage.held import is_held

_BEGINNING_S = 600.0  # copying tables may take a while


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


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs in one directory. It is made when the first run begins."""

    directory: Path = field(default_factory=default_directory)

    @property
    def ledger(self) -> Path:
        return self.directory / "ledger.sqlite"

    def begin(
        self,
        task: Task,
        data: Iterable[str | Path | Table] = (),
        solution: Callable[[str], Solution] | None = None,
    ) -> Run:
        """Begin a run and hold it; `data` are files that are copied into it, databases of which
        what they give now is, and tables. With `solution`, which is told the run's name, it is
        finished.

        Raises `InputError` for a problem or data that cannot be used and `StorageError` where the
        run cannot be written; then nothing of it stays.
        """
        self._sweep()
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"
        directory = self.directory / name
        try:
            with storage_errors(self.directory):
                directory.mkdir(parents=True)
            found = None if solution is None else solution(name)
            return _begun(Run(directory, self.ledger, task, data, found))
        except BaseException:
            shutil.rmtree(directory, ignore_errors=True)
            raise

    def resume(self, name: str) -> Run:
        """Hold a run that exists. Raises `RunBusy` while another process holds it."""
        return Run(self.directory / self.find(name), self.ledger)

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
            with closing(RunFile(directory, create=False)) as facts:
                progress = read_as(RunProgress, facts.get("progress"), directory)
                task = read_as(Task, facts.get("task"), directory)
                found = facts.get("solution")
                solution = None if found is None else read_as(Solution, found, directory)
        except (StorageError, InputError) as error:
            return Summary(name, damaged=str(error))
        state = progress.state
        if state is State.RUNNING and not is_held(directory):
            state = State.KILLED
        return Summary(name, state, progress.began, progress.error, task, solution)

    def problem(self, summary: Summary) -> Problem:
        """The problem of a run with its tables."""
        if summary.task is None:
            raise InputError(f"run {summary.name!r} has no task that can be read")
        return problem_of(self.directory / summary.name, summary.task)

    def summaries(self) -> list[Summary]:
        """All runs, the oldest first."""
        return [self.summary(name) for name in self._names()]

    def _sweep(self) -> None:
        """Remove what processes left that were killed while they began a run."""
        with suppress(OSError):
            for lock in self.directory.glob("*/lock"):
                if _never_began(lock.parent) and not is_held(lock.parent):
                    shutil.rmtree(lock.parent, ignore_errors=True)

    def _names(self) -> list[str]:
        with storage_errors(self.directory):
            if not self.directory.is_dir():
                return []
            return sorted(p.parent.name for p in self.directory.glob("*/run.sqlite"))


def _never_began(directory: Path) -> bool:
    """Whether a directory holds only what a run has before it begins, and for longer than that
    takes."""
    found = {entry.name for entry in directory.iterdir()}
    age_s = time.time() - (directory / "lock").stat().st_mtime
    return found <= {"lock", "holder", "data", "draft"} and age_s > _BEGINNING_S


def _begun(run: Run) -> Run:
    """The run, its problem and tables read and found good."""
    try:
        run.problem  # noqa: B018  (reads and checks it, once)
    except BaseException:
        run.close()
        raise
    return run
