"""The model that is to be solved again: that of a finished run, or of a solution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from optwright.agents.runs.directory import Runs, Summary
from optwright.agents.runs.task import State, Task
from optwright.agents.solution import Solution
from optwright.errors import InputError
from optwright.solvers.data.table import Data, Table
from optwright.solvers.data.tables import load
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status


@dataclass(frozen=True)
class Earlier:
    """A model with the tables it was last solved with, and the last answer of it."""

    solution: Solution
    """The answer whose model is taken over."""
    tables: Mapping[str, Table]
    """Those of the last answer."""
    last: Solution
    task: Task | None = field(default=None)
    """What the run of the model was asked; None for a solution that was handed over."""
    name: str = ""
    last_name: str = ""

    @property
    def formulation(self) -> Formulation:
        assert self.solution.formulation is not None  # `_demand_model`
        return self.solution.formulation

    @property
    def called(self) -> str:
        return f"the model of run {self.name}" if self.name else "the model"


def earlier_of(like: str | Path | Solution, before: Data = (), runs: Runs | None = None) -> Earlier:
    """The model of a run, by its name, a part of it that no other has, or its directory; or of a
    solution, whose tables are `before`. A run that repeats another stands for that one.

    Raises `InputError` for a run that there is not or that has no model.
    """
    if isinstance(like, Solution):
        _demand_model(like, "the solution")
        return Earlier(like, load(before), like)
    runs, name = _located(like, runs or Runs())
    summary = _finished(runs, name)
    assert summary.task is not None
    if summary.task.like:
        runs, name = _located(summary.task.like, runs)
        summary = _finished(runs, name)
    assert summary.task is not None
    assert summary.solution is not None
    _demand_model(summary.solution, f"run {name!r}")
    latest = _latest(runs, summary)
    assert latest.solution is not None
    tables = runs.problem(latest).tables
    return Earlier(summary.solution, tables, latest.solution, summary.task, name, latest.name)


def _located(like: str | Path, runs: Runs) -> tuple[Runs, str]:
    if (Path(like) / "run.sqlite").is_file():
        directory = Path(like).absolute()
        return Runs(directory.parent), directory.name
    return runs, runs.find(str(like))


def _finished(runs: Runs, name: str) -> Summary:
    """The run with its answer. Raises `InputError` where it has none."""
    summary = runs.summary(name)
    if summary.damaged:
        raise InputError(f"run {name!r} cannot be repeated: {summary.damaged}")
    if summary.solution is None or summary.task is None:
        state = summary.state or State.KILLED
        raise InputError(
            f"run {name!r} has no answer yet, so there is no model to solve again: it is {state}",
            hint=f"optwright runs resume {name}",
        )
    return summary


def _latest(runs: Runs, summary: Summary) -> Summary:
    """The last run that repeats a run and has an answer; itself where none does."""
    found = [
        later
        for later in runs.summaries()
        if later.task is not None
        and later.task.like == summary.name
        and later.solution is not None
        and later.state is State.FINISHED
    ]
    return max(found, key=lambda one: (one.began, one.name), default=summary)


def _demand_model(solution: Solution, which: str) -> None:
    """Refuse an answer that leaves no model to solve again."""
    if solution.status is Status.ASKED:
        raise InputError(
            f"{which} ended in a question, so there is no model to solve again: "
            f"{solution.questions[0] if solution.questions else solution.reason}",
            hint="answer it and solve the problem first",
        )
    if solution.formulation is None and (solution.code or solution.lp_text):
        raise InputError(
            f"the answer of {which} came from generated code, which holds its data; only a "
            "formulation can be solved with other tables",
            hint="solve the problem without --code",
        )
    if solution.formulation is None:
        raise InputError(
            f"{which} came to no model ({solution.reason or solution.status.value})",
            hint="solve the problem first",
        )
