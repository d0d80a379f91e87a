"""The agents as a program of the loop: `optimize` runs them on problems with known answers.

A profile's prompts, worked examples and steps are the parameters, `solve` is the program, and the
feedback is whether the answer is right, what the checks found and what the solver said. A change
is accepted on rows that chose nothing, and what was found is written as a profile that names its
parent, its run and its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optwright.agents.cast import name_of
from optwright.agents.experience.library import Library
from optwright.agents.experience.retrieve import Hints
from optwright.agents.profiles.profile import Origin, Profile, profile_for
from optwright.agents.profiles.writing import write_profile
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.agents.steps import Steps, Took
from optwright.agents.text.nearness import distinct
from optwright.agents.tunables import DEFAULT, Tunables
from optwright.errors import BudgetExceeded, InputError
from optwright.optim.api import DEFAULT_BUDGET, optimize
from optwright.optim.results import Optimum
from optwright.optim.study.progress import Watch
from optwright.optim.study.provenance import RunView, show
from optwright.optim.study.setup import Models, new_run_directory
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatModel
from optwright.serving.ledger import Ledger
from optwright.serving.models import Model, open_model

GOAL = (
    "Language models turn a problem told in words into a mathematical program, which a solver "
    "solves as it is written. The score of a problem is 1 where the optimum is the right one, "
    "otherwise 0. Parameters named formulator, planner, coder and critic are what these models "
    "are told; those named steps say which steps there are and in which order."
)
CLOSE = 1e-6


@dataclass(frozen=True)
class AnsweredRow:
    """A problem whose answer is known: the optimum, `infeasible` or `unbounded`. `files` are CSV
    files that belong to it."""

    question: str
    answer: float | str
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> AnsweredRow:
        """From a mapping with `question`, `answer` and perhaps `files`. Raises `InputError`."""
        question, answer = given.get("question"), given.get("answer")
        if not isinstance(question, str) or not isinstance(answer, int | float | str):
            raise InputError(
                f"a row has no question or no answer: {str(dict(given))[:80]}",
                hint="question is a text, answer a number, 'infeasible' or 'unbounded'",
            )
        text = answer.strip().lower() if isinstance(answer, str) else answer
        return cls(question, _number(text), tuple(map(str, given.get("files", ()))))

    def as_example(self) -> dict[str, Any]:
        """The row as an example of a study."""
        return {"question": self.question, "files": list(self.files), "answer": self.answer}


Right = Callable[[AnsweredRow, float], bool]
"""Whether an optimum is the row's answer, where that is a number."""


def is_close(row: AnsweredRow, value: float) -> bool:
    """Up to one millionth of the answer, or of 1."""
    assert not isinstance(row.answer, str)  # the caller looked
    return abs(value - row.answer) <= CLOSE * max(1.0, abs(row.answer))


@dataclass(frozen=True)
class Tuned:
    """What tuning came to. `profile` is the one to use: the first one, where nothing was proven
    better, and then `file` is None."""

    optimum: Optimum
    profile: Profile
    file: Path | None
    repeated: int
    """How many rows were left out, for they repeat others or what the library was learnt from."""


def tune_agents(
    rows: Iterable[AnsweredRow | Mapping[str, Any]],
    model: str | ChatModel = "local",
    *,
    tune: Sequence[str] = DEFAULT,
    optimizer_model: Models = None,
    optimizer: str = "portfolio",
    profile: Profile | str | Path | None = None,
    write: str | Path | None = None,
    budget: Budget | str = DEFAULT_BUDGET,
    solver: str = "auto",
    right: Right = is_close,
    claim: str | None = None,
    library: Library | None = None,
    seed: int = 0,
    workers: int = 1,
    run_dir: str | Path | None = None,
    watch: Watch | None = None,
) -> Tuned:
    """Find a better profile for a model on problems whose answers are known.

    `tune` names what may change (`formulator.*` by default; see `Tunables`), beginning with
    `profile` or the one that the model's name asks for. `optimizer_model` proposes; by default it
    is `model` itself. The formulator is told what fits of `library`, of which `library.*` may be
    tuned as well. `right` judges optima. Rows that repeat others, or what the library was learnt
    from, are left out, so that none that is learnt from is among those that decide. The budget is
    for the agents' calls and the optimizer's together. With `write` a profile that was accepted is
    written there; the run is kept in `run_dir`, and the same call with it goes on. Raises
    `InputError` for rows, names and profiles that cannot be used, and what models raise.
    """
    given = [row if isinstance(row, AnsweredRow) else AnsweredRow.of(row) for row in rows]
    unlearnt = [row for row in given if library is None or not library.knows(row.question)]
    told = [unlearnt[at] for at in distinct([row.question for row in unlearnt])]
    examples = [row.as_example() for row in told]
    first = profile if isinstance(profile, Profile) else profile_for(name_of(model), profile)
    tunables = Tunables.of(first, tune)
    directory = new_run_directory() if run_dir is None else Path(run_dir)
    with ExitStack() as opened:
        agents = Agents(
            opened.enter_context(closing(_opened(model, directory, opened))),
            tunables,
            solver,
            None if library is None else library.retriever(),
        )
        found = optimize(
            agents.answer,
            examples,
            judge(right),
            tunables.parameters,
            optimizer=optimizer,
            model=model if optimizer_model is None else optimizer_model,
            budget=budget,
            seed=seed,
            goal=GOAL,
            claim=claim,
            constraints=[tunables.fit],
            workers=workers,
            run_dir=directory,
            watch=watch,
        )
    better = profile_in_use(tunables, show(directory)) if found.accepted else first
    file = None if write is None or not found.accepted else Path(write)
    if file is not None:
        write_profile(better, file)
    return Tuned(found, better, file, len(given) - len(told))


def profile_in_use(tunables: Tunables, run: RunView) -> Profile:
    """The profile that a run stands for, with its origin; after `runs revert` that of the version
    that is in use again."""
    parent = tunables.profile
    if run.current is None or run.chosen == run.first:
        return parent
    origin = Origin(parent=parent.name, run=run.name, evidence=_evidence(run))
    return tunables.profile_of(run.chosen, origin).model_copy(
        update={"name": f"tuned-{run.name.removeprefix('tune-')}"}
    )


def _evidence(run: RunView) -> str:
    from optwright.optim.phrasing import said_interval, said_looks

    told = []
    if (score := run.estimate("score")) is not None:
        told.append(f"score {said_interval(score)} {said_looks(run.looks)}")
    if (gain := run.estimate("gain")) is not None:
        told.append(f"gain over the parent: {said_interval(gain)}")
    accepted = sum(1 for change in run.changes if change.accepted and change.is_proposal)
    told.append(f"version {run.current.number if run.current else 0}, {accepted} accepted of "
                f"{sum(1 for change in run.changes if change.is_proposal)} tested")  # fmt: skip
    return "; ".join(told)


@dataclass(frozen=True)
class Answered:
    """What the agents answered: how it ended, the optimum, and why that may be trusted or not."""

    status: str
    objective: float | None
    verified: bool
    words: str
    steps: str = field(default="", repr=False)

    def __repr__(self) -> str:
        value = "" if self.objective is None else f" {self.objective:.10g}"
        return f"{self.status}{value}, {'verified' if self.verified else 'not verified'}"


@dataclass(frozen=True)
class Agents:
    """The agents as a program: values of their tunables decide how they work."""

    model: ChatModel
    tunables: Tunables
    solver: str = "auto"
    hints: Hints | None = None

    def answer(self, question: str, files: Sequence[str] = ()) -> Any:
        """Solve a problem with the values in use; the answer is a node that hangs on them. Raises
        `BudgetExceeded` where the budget ended the work, and as `solve` does."""
        values = {p.name: p.value for p in self.tunables.parameters}
        steps = Steps(self.tunables.parameters)
        solution = solve(
            question if "\n" in question else f"{question}\n",  # a text, whatever it looks like
            files,
            self.model,
            profile=self.tunables.profile_of(values),
            solver=self.solver,
            hints=self.hints,
            steps=steps,
        )
        if steps.stopped:
            raise BudgetExceeded(steps.stopped)
        answered = Answered(
            solution.status.value,
            solution.objective,
            solution.verified,
            _said(solution),
            steps.as_text(),
        )
        steps.take("steps", lambda: answered, repr)
        return steps.last


def judge(right: Right = is_close) -> Callable[[Mapping[str, Any], Took], tuple[float, str]]:
    """The metric of a study: whether an answer is right, and what is to be said about it."""

    def metric(example: Mapping[str, Any], output: Took) -> tuple[float, str]:
        row, answered = AnsweredRow.of(example), output.result
        if is_right(row, answered, right):
            return 1.0, f"right: {answered!r}"
        wanted = f"{row.answer:.10g}" if isinstance(row.answer, float) else row.answer
        return 0.0, f"wrong: {answered!r}; right is {wanted}. {answered.words}".strip()

    return metric


def is_right(row: AnsweredRow, answered: Answered, right: Right = is_close) -> bool:
    """Whether an answer is the row's."""
    if isinstance(row.answer, str):
        return answered.status == row.answer
    objective = answered.objective
    return answered.status == "optimal" and objective is not None and right(row, objective)


def _said(solution: Solution) -> str:
    """What speaks against an answer, and what the text leaves open."""
    against = [e.text for e in solution.evidence if not e.supports]
    return " ".join([*solution.questions, *against, *solution.diagnosis])[:2000]


def _opened(model: str | ChatModel, directory: Path, opened: ExitStack) -> Model:
    """The agents' model, paid by the study that runs them. Its replies are kept with the run."""
    directory.mkdir(parents=True, exist_ok=True)
    ledger = opened.enter_context(Ledger(directory / "agents.sqlite"))
    return open_model(model, ledger=ledger)


def _number(answer: float | str) -> float | str:
    if not isinstance(answer, str):
        return float(answer)
    if answer in ("infeasible", "unbounded"):
        return answer
    try:
        return float(answer.replace(",", ""))
    except ValueError:
        why = f"the answer {answer!r} is no number, 'infeasible' or 'unbounded'"
        raise InputError(why) from None
