"""What a run is opened with: its parameters, its account, its optimizer and its language model."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from optwright.optim.optimizer import Optimizer, Setting, open_optimizer
from optwright.optim.parameters import ParameterSpace
from optwright.optim.pareto import Wishes, desirability
from optwright.optim.study.process_pool import Processes
from optwright.optim.study.runs import RunStore, begin, claim, spent_before
from optwright.optim.study.task import Example, Rank, Task
from optwright.optim.study.workers import Threads
from optwright.optim.trial import JSON
from optwright.serving.budget import Account, Amount, Budget
from optwright.serving.chat import ChatModel

Opener = str | Callable[[Setting], Optimizer]
"""An optimizer by name, or something that opens one."""


def describe(space: ParameterSpace, optimizer: Opener, seed: int, **more: JSON) -> dict[str, JSON]:
    """What makes two runs the same run: a run is only continued as what it was begun."""
    name = optimizer if isinstance(optimizer, str) else getattr(optimizer, "__qualname__", "own")
    return {"parameters": space.to_json(), "optimizer": name, "seed": seed, **more}


def hire(
    optimizer: Opener,
    model: str | ChatModel | None,
    space: ParameterSpace,
    account: Account,
    store: RunStore,
    *,
    seed: int,
    goal: str,
) -> Optimizer:
    """Open an optimizer with its model, both paid by the account."""
    setting = Setting(space, seed, goal, open_means(model, account, store), share(account))
    return open_optimizer(optimizer, setting) if isinstance(optimizer, str) else optimizer(setting)


def open_run(store: RunStore, name: str, description: dict[str, JSON], budget: Budget) -> Account:
    """Begin the run, or make sure that the one found there is the same; return its account, with
    what it had spent before it was interrupted."""
    claim(store, description)
    begin(store, name)
    spent, elapsed_s = spent_before(store)
    return Account(budget, spent=spent, elapsed_s=elapsed_s)


def share(account: Account) -> Callable[[], float]:
    """A function that says which share of the budget is spent; time aside, which differs from
    one run to the next."""
    limits = {f.name: getattr(account.budget, f.name) for f in fields(Amount)}
    counted = {name: float(limit) for name, limit in limits.items() if limit}

    def spent() -> float:
        now = account.spent
        return max((getattr(now, name) / limit for name, limit in counted.items()), default=0.0)

    return spent


def open_means(
    model: str | ChatModel | None, account: Account, store: RunStore
) -> ChatModel | None:
    """The optimizer's model, paid by the account, its replies kept with the run.

    A reply found there was paid for by this run before it was interrupted, so it is charged
    again: the account starts from the last checkpoint.
    """
    if model is None:
        return None
    from optwright.serving.ledger import Ledger
    from optwright.serving.models import open_model

    ledger = None if store.directory is None else Ledger(store.directory / "replies.sqlite")
    if isinstance(model, str):
        return open_model(model, ledger=ledger, account=account, charge_replays=True)
    return _around(model, ledger, account)


def _around(model: ChatModel, ledger: Any, account: Account) -> ChatModel:
    from optwright.serving.metered import Charged, Metered, TimeBoxed
    from optwright.serving.recorded import Recorded

    paid: ChatModel = TimeBoxed(Metered(model, account), account)
    return paid if ledger is None else Charged(Recorded(paid, ledger), account)


def rank_by(wishes: Wishes | None) -> Rank | None:
    return None if wishes is None else partial(desirability, wishes=dict(wishes))


def open_workers(
    task: Task,
    examples: Sequence[Example],
    count: int,
    timeout_s: float | None,
    *,
    processes: bool,
) -> Threads | Processes:
    if processes:
        return Processes(task, examples, count, timeout_s)
    return Threads(task, count, timeout_s)


def new_run_directory(runs: Path | None = None) -> Path:
    """A directory of its own for a run nobody named: in `runs`, `OPTWRIGHT_RUNS`, or the user's
    data directory."""
    from platformdirs import user_data_path

    given = runs or os.environ.get("OPTWRIGHT_RUNS")
    parent = Path(given) if given else user_data_path("optwright") / "runs"
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return parent / f"tune-{moment}-{secrets.token_hex(2)}"
