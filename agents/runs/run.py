"""One run: held by this process, worked on until it is finished, and resumed where it stopped."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from optwright.agents.answering import taken_over, with_trade_off
from optwright.agents.checks.plans.question import Reader
from optwright.agents.checks.readers.named import open_reader
from optwright.agents.checks.readers.person import AskPerson
from optwright.agents.experience.library import Library
from optwright.agents.experience.retrieve import Hints
from optwright.agents.problem import Problem
from optwright.agents.runs.data import keep, problem_of
from optwright.agents.runs.file import RunFile, read_as
from optwright.agents.runs.storage import storage_errors
from optwright.agents.runs.task import RunProgress, State, Task
from optwright.agents.second_reading import read_again
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.agents.workflow import Step
from optwright.closing import Closing
from optwright.errors import InputError, OptwrightError, StorageError
from optwright.serving.budget import Account, Budget
from optwright.serving.events import CallEnded, Event, Listener
from optwright.serving.ledger import Ledger
from optwright.serving.recorded import Mode
from optwright.serving.redact import redact
from optwright.serving.roles import DEFAULT, ModelSpec
from optwright.solvers.data.table import Table
from optwright.storage.held import hold

if TYPE_CHECKING:
    from filelock import BaseFileLock


class Run(Closing):
    """A run that this process holds until `close`. With `task` it begins: that is written, with
    `data` copied into the run, and whoever is killed before both are there leaves no run. With a
    `solution` it is finished from the beginning."""

    def __init__(
        self,
        directory: Path,
        ledger: Path,
        task: Task | None = None,
        data: Iterable[str | Path | Table] = (),
        solution: Solution | None = None,
    ) -> None:
        self.directory = directory
        self._ledger = ledger
        self._lock = _hold(self.directory)
        try:
            if task is not None:
                names = tuple(keep(source, directory / "data") for source in data)
                _begin(directory, task.model_copy(update={"data": names}), solution)
            self._file = RunFile(self.directory)
        except BaseException:
            self._lock.release()
            raise

    @property
    def name(self) -> str:
        return self.directory.name

    @property
    def task(self) -> Task:
        return read_as(Task, self._file.get("task"), self.directory)

    @property
    def solution(self) -> Solution | None:
        """The solution, once the run is finished."""
        found = self._file.get("solution")
        return None if found is None else read_as(Solution, found, self.directory)

    @cached_property
    def problem(self) -> Problem:
        """The problem with its tables, read once."""
        return problem_of(self.directory, self.task)

    def work(
        self,
        on_step: Step | None = None,
        listener: Listener | None = None,
        reader: Reader | None = None,
        ask: AskPerson | None = None,
    ) -> Solution:
        """Do what is left of the task and keep the solution; a finished run gives it at once.
        `reader` judges plans in the place of the task's; where that is `me`, plans are put to
        `ask`, and what was answered is kept with the run.

        Raises as `solve` does. Whatever ends it, the run says so and can be resumed.
        """
        if (solution := self.solution) is not None:
            return solution
        if reader is None:
            reader = open_reader(self.task.reader, ask, self.directory / "answers.jsonl")
        earlier, account = self._file.spent(), self.account()
        self._file.put(progress=self._progress(State.RUNNING, account))
        try:
            solution = self._solve(account, on_step, listener, reader)
        except KeyboardInterrupt:
            self._file.put(progress=self._progress(State.STOPPED, account))
            raise
        except OptwrightError as error:
            self._put_failure(error, account)
            raise
        solution = solution.model_copy(update={"usage": earlier + solution.usage})
        task = self.task
        options = task.options
        solution = with_trade_off(self.problem, solution, task.pareto, task.solver, options)
        self._file.put(solution=solution, progress=self._progress(State.FINISHED, account))
        return solution

    def accept(self, number: int) -> Solution:
        """Take over proposal `number` of the finished run's answer, or with 0 go back to the model
        as it was written. Raises `InputError` where there is no such proposal or no answer yet."""
        solution = self.solution
        if solution is None:
            raise InputError(f"run {self.name!r} has no answer yet", hint="resume it first")
        kept = self._file.get("written")
        written = solution if kept is None else read_as(Solution, kept, self.directory)
        task = self.task
        options = task.options
        accepted = (
            written
            if number == 0
            else taken_over(self.problem, solution, number, task.solver, options)
        )
        self._file.put(solution=accepted, written=written)
        return accepted

    def read_again(self, reader: Reader | str, ask: AskPerson | None = None) -> Solution:
        """Have plans of the finished run's answer judged by a reader, or by `me` or `file:PATH`,
        and keep what comes of it. Raises `InputError` where there is no answer yet or no model,
        and what reading raises."""
        solution = self.solution
        if solution is None:
            raise InputError(f"run {self.name!r} has no answer yet", hint="resume it first")
        opened = (
            open_reader(reader, ask, self.directory / "answers.jsonl")
            if isinstance(reader, str)
            else reader
        )
        if opened is None:
            raise InputError(
                f"{reader!r} is neither 'me' nor 'file:PATH'",
                hint="a model reads plans where 'optwright solve --reader NAME' names it",
            )
        again = read_again(self.problem, solution, opened)
        self._file.put(solution=again)
        return again

    def account(self) -> Account:
        """The task's budget and what the run has used of it so far."""
        return Account(
            Budget.parse(self.task.budget),
            spent=self._file.paid(),
            elapsed_s=self._known_progress.worked_s,
        )

    def _solve(
        self,
        account: Account,
        on_step: Step | None,
        listener: Listener | None,
        reader: Reader | None,
    ) -> Solution:
        task = self.task
        with self._open_ledger(task.ledger) as ledger, _hints(task) as hints:
            return solve(
                self.problem,
                model=task.specs.get(DEFAULT, task.model),
                models={**_named(task.specs), **task.roles},
                reader=reader,
                solver=task.solver,
                budget=account,
                effort=task.effort,
                profile=task.profile,
                hints=hints,
                options=task.options,
                sandbox=task.sandbox,
                share=task.share,
                pseudonyms=task.pseudonyms,
                ledger=ledger,
                mode=task.ledger,
                checkpoints=self.directory / "checkpoints.sqlite",
                run_id=self.name,
                on_step=on_step,
                listener=_Noting(self, account, listener),
            )

    @contextmanager
    def _open_ledger(self, mode: Mode) -> Iterator[Ledger | None]:
        if mode is Mode.OFF:
            yield None
            return
        with Ledger(self._ledger, read_only=mode is Mode.REPLAY) as ledger:
            yield ledger

    def note(self, call: CallEnded, account: Account) -> None:
        """Write down what a call cost and how long the run has worked."""
        self._file.put(call, progress=self._progress(State.RUNNING, account))

    @property
    def _known_progress(self) -> RunProgress:
        return read_as(RunProgress, self._file.get("progress"), self.directory)

    def _progress(self, state: State, account: Account, error: str = "") -> RunProgress:
        return RunProgress(
            state=state,
            began=self._known_progress.began,
            ended=None if state is State.RUNNING else time.time(),
            error=redact(error),
            worked_s=round(account.elapsed_s, 3),
        )

    def _put_failure(self, error: OptwrightError, account: Account) -> None:
        # The disk that failed a run cannot take the news either; the first error matters.
        with suppress(StorageError):
            self._file.put(progress=self._progress(State.FAILED, account, str(error)))

    @property
    def has_spent(self) -> bool:
        """Whether any call of this run was paid for."""
        return self._file.paid().calls > 0

    def discard(self) -> None:
        """Remove the run; what is paid for stays in the ledger."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def close(self) -> None:
        self._file.close()
        self._lock.release()


@dataclass(frozen=True, slots=True)
class _Noting:
    """Writes down what each call cost, so that a resumed run goes on inside its budget."""

    run: Run
    account: Account
    listener: Listener | None

    def __call__(self, event: Event) -> None:
        if isinstance(event, CallEnded) and (event.usage.calls or not event.error):
            # A full disk ends the run before the next call, in the ledger's words.
            with suppress(StorageError):
                self.run.note(event, self.account)
        if self.listener is not None:
            self.listener(event)


def _begin(directory: Path, task: Task, solution: Solution | None = None) -> None:
    """Write what is to be done. Keys and passwords in the problem's text are redacted here, so that
    no model is ever told them and nothing of the run holds them."""
    for model in (task.model, *task.roles.values()):
        if (shown := redact(model)) != model:
            hint = "give the key in OPENAI_API_KEY, or in the variable that its provider reads"
            raise InputError(f"the name of a model holds a key: {shown!r}", hint=hint)
    task = task.model_copy(update={"problem": redact(task.problem)})
    now = time.time()
    if solution is None:
        RunFile.begin(directory, task=task, progress=RunProgress(state=State.RUNNING, began=now))
        return
    ended = RunProgress(state=State.FINISHED, began=now, ended=now, worked_s=solution.usage.seconds)
    RunFile.begin(directory, task=task, progress=ended, solution=solution)


@contextmanager
def _hints(task: Task) -> Iterator[Hints | None]:
    """What tells the formulator of insights, where the task names a library."""
    if not task.library:
        yield None
        return
    with Library(Path(task.library)) as library:
        yield library.retriever()


def _named(specs: Mapping[str, ModelSpec]) -> dict[str, ModelSpec]:
    return {role: spec for role, spec in specs.items() if role != DEFAULT}


def _hold(directory: Path) -> BaseFileLock:
    with storage_errors(directory):
        return hold(
            directory,
            f"run {directory.name!r}",
            hint="wait until it ends; 'optwright runs show' shows how far it is",
        )
