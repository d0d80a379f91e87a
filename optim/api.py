"""The small API: `minimize` for functions, `optimize` for programs with examples."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

from optwright.optim.bench import Bench
from optwright.optim.judges import BestScore
from optwright.optim.means import as_space, choose, describe, open_account, open_means, share
from optwright.optim.optimizer import Optimizer, Setting
from optwright.optim.parameters import Parameter, ParameterSpace
from optwright.optim.replies import Replies, replies_of
from optwright.optim.runs import Change, RunStore
from optwright.optim.study import Plan, Progress, Study, claim
from optwright.optim.task import FunctionTask
from optwright.optim.trial import Trial, as_json, best
from optwright.optim.workers import Threads
from optwright.serving.budget import Amount, Budget
from optwright.serving.chat import ChatModel

DEFAULT_BUDGET = Budget(evaluations=100)
TIMEOUT_S = 600.0
"""How long one call of the program may take unless told otherwise."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """What `minimize` found. `score` is the lowest value of the function, `inf` if every call
    failed; `evaluations` counts the calls. `trials` are all points in the order they were tried,
    with their scores negated: higher is better in there."""

    values: Mapping[str, Any]
    score: float
    evaluations: int
    trials: tuple[Trial, ...]
    changes: tuple[Change, ...]
    spent: Amount
    seconds: float
    stopped: str
    """Why it ended: budget, good enough, no progress, or nothing left to propose."""
    run: str | None
    replies: Replies | None
    """Of the optimizer's model; None where none was asked."""


def minimize(
    function: Callable[..., Any],
    parameters: Iterable[Parameter[Any]] | ParameterSpace,
    *,
    budget: Budget = DEFAULT_BUDGET,
    optimizer: str | Callable[[Setting], Optimizer] = "portfolio",
    model: str | ChatModel | None = None,
    seed: int = 0,
    starts: Sequence[Mapping[str, Any]] = (),
    goal: str = "",
    workers: int = 1,
    timeout_s: float | None = TIMEOUT_S,
    patience: int | None = None,
    stop_at: float | None = None,
    run_dir: str | Path | None = None,
    watch: Callable[[Progress], None] | None = None,
) -> Minimum:
    """Find values of `parameters` for which `function(**values)` is low.

    The function returns a number, or a number and feedback: words, a mapping of directions (per
    parameter positive where it should rise), or a `Feedback`. An exception, NaN or a run longer
    than `timeout_s` is a failed trial. The current values are tried first, then `starts`.
    It ends when the budget is spent, at a score of `stop_at`, or after `patience` steps without
    an improvement. With `run_dir` the run is kept there and continues when called again.
    `goal` says in words what the function is for, to optimizers that read.
    """
    space = as_space(parameters)
    with RunStore(None if run_dir is None else Path(run_dir)) as store:
        claim(store, describe(space, optimizer, seed, starts=[as_json(s) for s in starts]))
        account = open_account(budget, store)
        setting = Setting(space, seed, goal, open_means(model, account, store), share(account))
        threads = Threads(FunctionTask(function, space), workers, timeout_s)
        bench = Bench(space, threads, account, store)
        study = Study(
            plan=Plan(
                starts=(space.initial, *starts),
                batch=workers,
                patience=patience,
                stop_at=None if stop_at is None else -stop_at,
            ),
            space=space,
            optimizer=choose(optimizer, setting),
            judge=BestScore(bench, account),
            bench=bench,
            store=store,
            account=account,
            watch=watch,
        )
        stopped = study.run()
        return _minimum(study, stopped)


def _minimum(study: Study, stopped: str) -> Minimum:
    found = best(study.trials)
    return Minimum(
        values=study.space.check(study.space.initial if found is None else found.values),
        score=inf if found is None else -found.score,
        evaluations=study.account.spent.evaluations,
        trials=tuple(study.trials),
        changes=tuple(study.changes),
        spent=study.account.spent,
        seconds=study.account.elapsed_s,
        stopped=stopped,
        run=study.store.name,
        replies=replies_of(study.optimizer),
    )
