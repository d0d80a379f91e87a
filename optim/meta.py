"""Optimizers that improve optimizers: the prompt by which one asks, and of what it is made.

After metaTextGrad (2025). An inner run is an ordinary `optimize` on a task from its first values,
with a fixed number of runs of the program, and what it finds is scored on examples that the inner
run never saw. The outer loop proposes another prompt, or another composition, for the optimizer,
and keeps it if that score rises. The program of the task is never what is changed between two inner
runs: each begins where the first did.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from statistics import mean
from typing import Any

from optwright.errors import InputError
from optwright.optim.api import minimize, optimize
from optwright.optim.feedback import Feedback
from optwright.optim.optimizer import Optimizer, Setting
from optwright.optim.optimizers.staged import Staged, Way
from optwright.optim.parameters import Choice, Integer, ParameterSpace, Permutation, Text, Tunable
from optwright.optim.study.setup import Models
from optwright.optim.study.task import Example, ProgramTask
from optwright.optim.subsets import Subset
from optwright.prompts import load
from optwright.serving.budget import Budget

MEMBERS = ("opro", "optoprime", "textgrad", "reflective", "best_of_n")
"""Optimizers with a prompt of their own, of which a composition is made."""

META_GOAL = (
    "An optimizer asks a language model for better parameters of programs. Its prompt is the "
    "parameter here: blanks in braces are filled with the goal, the limits of the parameters, what "
    "was tried and examples. The score is what the programs reach after a fixed number of runs, on "
    "examples that the optimizer never saw. Write a prompt that makes the optimizer better on such "
    "tasks, and that names no single one of them."
)
STRUCTURE_GOAL = (
    "A program is improved by several optimizers that are asked one after the other or in turn. "
    "Which of them, in which order, in which way, and on how many examples each proposal is tried "
    "first, are the parameters here. The score is what programs reach after a fixed number of "
    "runs, on examples that the optimizers never saw."
)


@dataclass(frozen=True)
class MetaTask:
    """A program to be improved: `parameters` makes them anew, `train` is learnt from by the inner
    run, `valid` is what the outer loop goes by, and `test` is looked at by nobody but the report.
    The metric is called as `optimize` calls it."""

    program: Callable[[ParameterSpace], Callable[..., Any]]
    parameters: Callable[[], Sequence[Tunable[Any]]]
    metric: Callable[[Any, Any], Any]
    train: Sequence[Any]
    valid: Sequence[Any]
    test: Sequence[Any]
    goal: str = ""


@dataclass(frozen=True)
class Design:
    """An optimizer: its members, how they are asked, on how many examples a proposal is tried
    first, and the prompt in the place of their own."""

    members: tuple[str, ...] = ("opro",)
    way: Way = "in_turn"
    minibatch: int = 8
    prompt: str | None = None

    def open(self, setting: Setting) -> Optimizer:
        """Open it."""
        return Staged(setting, self.members, self.way)


@dataclass(frozen=True)
class Inner:
    """What an inner run came to: the values, their mean score on `valid` and on `test`, and how
    often the program was run for it, validation included."""

    values: Mapping[str, Any]
    valid: float
    test: float
    runs: int
    words: str = ""


@dataclass
class Meta:
    """What an outer loop came to: the design in use, its score and that of the first one, on the
    outer loop's validation, every design that was tried, and all runs of programs."""

    design: Design
    score: float
    first_score: float
    tried: list[tuple[Design, float]] = field(default_factory=list)
    runs: int = 0

    @property
    def improved(self) -> bool:
        return self.score > self.first_score


def inner_run(task: MetaTask, design: Design, model: Models, runs: int, *, seed: int = 0) -> Inner:
    """Improve a task's program from its first values, with so many `runs` of it."""
    space = ParameterSpace(list(task.parameters()))
    program = task.program(space)
    with tempfile.TemporaryDirectory() as folder:
        found = optimize(
            program,
            task.train,
            task.metric,
            space,
            optimizer=design.open,
            model=model,
            prompt=design.prompt,
            budget=Budget(evaluations=runs),
            claim="these",
            minibatch=design.minibatch,
            goal=task.goal,
            seed=seed,
            run_dir=Path(folder) / "inner",
            patience=runs,
        )
    judged = ProgramTask(program, task.metric, space)
    valid, words = _scored(judged, found.values, task.valid)
    test, _ = _scored(judged, found.values, task.test)
    spent = found.evaluations + len(task.valid)
    return Inner(found.values, valid, test, spent, words)


def meta_prompt(
    tasks: Sequence[MetaTask],
    model: Models,
    meta_model: Models,
    *,
    design: Design | None = None,
    steps: int = 6,
    runs: int = 60,
    seed: int = 0,
) -> Meta:
    """A better prompt for an optimizer, by what it reaches on `tasks`. `model` is the optimizer's,
    `meta_model` the one that writes prompts; `steps` are prompts tried, `runs` those of the program
    in one inner run. `InputError` where the design has several members, for each asks in its own
    way."""
    first = design or Design()
    if len(first.members) != 1:
        raise InputError(f"a prompt is of one optimizer, not of {', '.join(first.members)}")
    shipped = load(f"optim_{first.members[0]}")
    if first.prompt is None:
        first = Design(first.members, first.way, first.minibatch, shipped.request)
    assert first.prompt is not None

    def of(values: Mapping[str, Any]) -> Design:
        return Design(first.members, first.way, first.minibatch, values["prompt"])

    def keeps_blanks(values: Mapping[str, Any]) -> str | None:
        lost = sorted(b for b in shipped.blanks if f"{{{b}}}" not in values["prompt"])
        return f"the prompt lost the blanks {', '.join(lost)}" if lost else None

    parameters = [Text("prompt", first.prompt)]
    return _outer(
        tasks, of, parameters, keeps_blanks, (model, meta_model), META_GOAL, steps, runs, seed
    )


def meta_structure(
    tasks: Sequence[MetaTask],
    model: Models,
    meta_model: Models,
    *,
    members: Sequence[str] = MEMBERS,
    design: Design | None = None,
    steps: int = 6,
    runs: int = 60,
    seed: int = 0,
) -> Meta:
    """A better composition of optimizers, by what it reaches on `tasks`; as `meta_prompt`."""
    first = design or Design()
    order = [*first.members, *(m for m in members if m not in first.members)]

    def of(values: Mapping[str, Any]) -> Design:
        chosen = tuple(m for m in values["order"] if m in values["members"])
        return Design(chosen, values["way"], values["minibatch"])

    parameters: list[Tunable[Any]] = [
        Subset("members", list(first.members), order, least=1),
        Permutation("order", order),
        Choice("way", first.way, ["in_turn", "in_stages"]),
        Integer("minibatch", first.minibatch, 1, 32),
    ]
    return _outer(
        tasks,
        of,
        parameters,
        lambda _: None,
        (model, meta_model),
        STRUCTURE_GOAL,
        steps,
        runs,
        seed,
    )


def _outer(  # noqa: PLR0917  (both loops hand on what they were given)
    tasks: Sequence[MetaTask],
    of: Callable[[Mapping[str, Any]], Design],
    parameters: Sequence[Tunable[Any]],
    fit: Callable[[Mapping[str, Any]], str | None],
    models: tuple[Models, Models],
    goal: str,
    steps: int,
    runs: int,
    seed: int,
) -> Meta:
    """Propose, run the inner loop on every task, keep what scores higher."""
    model, meta_model = models
    tried: list[tuple[Design, float]] = []
    spent = 0

    def loss(**values: Any) -> Feedback:
        nonlocal spent
        design = of(values)
        found = [inner_run(task, design, model, runs, seed=seed) for task in tasks]
        spent += sum(one.runs for one in found)
        score = mean(one.valid for one in found)
        tried.append((design, score))
        words = "\n".join(one.words for one in found)
        return Feedback(-score, f"reached {score:.3f} on examples that it never saw\n{words}")

    best = minimize(
        loss,
        parameters,
        optimizer="opro",
        model=meta_model,
        budget=Budget(evaluations=steps + 1),
        goal=goal,
        constraints=[fit],
        seed=seed,
        timeout_s=None,
        patience=steps + 1,
    )
    return Meta(of(best.values), -best.score, tried[0][1], tried, spent)


def _fits(_: Mapping[str, Any]) -> str | None:
    return None


def _scored(
    task: ProgramTask, values: Mapping[str, Any], examples: Sequence[Any]
) -> tuple[float, str]:
    """The mean score on examples, failures counting 0, and what was said about the worst one."""
    if not examples:
        return 0.0, ""
    found = [task.run(values, Example(str(at), one)) for at, one in enumerate(examples)]
    scores = [run.score if isfinite(run.score) else 0.0 for run in found]
    worst = found[min(range(len(found)), key=scores.__getitem__)]
    return mean(scores), f"an example: {worst.shown[:500]}\n{worst.text[:300]}"
