"""What a run is opened with: its parameters, its account, its optimizer and its language model."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from optwright import platforms
from optwright.errors import InputError
from optwright.optim.beliefs import NO_BELIEFS, Beliefs
from optwright.optim.optimizer import Optimizer, Setting, about_tokens, open_optimizer
from optwright.optim.parameters import ParameterSpace
from optwright.optim.pareto import Desirability, desirability
from optwright.optim.study.process_pool import Processes
from optwright.optim.study.runs import RunStore, begin, claim, spent_before
from optwright.optim.study.task import Example, Rank, Task
from optwright.optim.study.workers import Threads, Workers
from optwright.optim.trial import JSON, Evaluation, Values
from optwright.prompts import Prompt, parse
from optwright.serving.budget import Account, Amount, Budget
from optwright.serving.chat import ChatModel, ChatRequest, user
from optwright.serving.sync import run as run_now
from optwright.serving.tokens import CountsTokens

PROMPT_TOKENS = 6_000
Models = str | ChatModel | Sequence[str | ChatModel] | None
"""The optimizer's language model, or several that take turns."""
Prompts = str | Path | Prompt | Mapping[str, str | Path | Prompt] | None


class Charged(Workers, Protocol):
    """Workers in other processes, whose model calls an account here pays for."""

    account: Account


Opener = str | Callable[[Setting], Optimizer]
"""An optimizer by name, or something that opens one."""


def _nothing_known(values: Values) -> Sequence[Evaluation]:
    return ()


def describe(space: ParameterSpace, optimizer: Opener, seed: int, **more: JSON) -> dict[str, JSON]:
    """What makes two runs the same run: a run is only continued as what it was begun."""
    name = optimizer if isinstance(optimizer, str) else getattr(optimizer, "__qualname__", "own")
    return {"parameters": space.to_json(), "optimizer": name, "seed": seed, **more}


@dataclass(frozen=True, slots=True)
class ProposerSettings:
    """What an optimizer may use besides the parameters.

    `model` is one language model or several, which take turns. `prompt` replaces the text that asks
    for values, for all optimizers or by name: a file, a text with the blanks of the prompt it
    replaces, or a `Prompt`.
    """

    model: Models = None
    goal: str = ""
    prompt: Prompts = None
    prompt_tokens: int = PROMPT_TOKENS
    known: Callable[[Values], Sequence[Evaluation]] = _nothing_known
    beliefs: Beliefs = NO_BELIEFS


def open_proposer(
    optimizer: Opener,
    means: ProposerSettings,
    space: ParameterSpace,
    account: Account,
    store: RunStore,
    *,
    seed: int,
) -> Optimizer:
    """Open an optimizer with its models, all paid by the account."""
    several = means.model if isinstance(means.model, Sequence) else [means.model]
    given = [means.model] if isinstance(means.model, str) else list(several)
    models = [m for model in given if (m := open_means(model, account, store)) is not None]
    setting = Setting(
        space,
        seed,
        " ".join(filter(None, (means.goal, str(means.beliefs)))),
        models[0] if models else None,
        share(account),
        models=tuple(models[1:]),
        known=means.known,
        prompts=own_prompts(means.prompt),
        prompt_tokens=means.prompt_tokens,
        count=counter(models[0]) if models else about_tokens,
        beliefs=means.beliefs,
    )
    return open_optimizer(optimizer, setting) if isinstance(optimizer, str) else optimizer(setting)


def own_prompts(prompt: Prompts) -> dict[str, Prompt]:
    """The user's prompts by the optimizer that asks with them; "" is for all."""
    if prompt is None:
        return {}
    if isinstance(prompt, Mapping):
        return {name: _prompt(given) for name, given in prompt.items()}
    return {"": _prompt(prompt)}


def _prompt(given: str | Path | Prompt) -> Prompt:
    if isinstance(given, Prompt):
        return given
    if isinstance(given, Path):
        try:
            given = given.read_text(encoding="utf-8")
        except OSError as error:
            raise InputError(f"prompt {str(given)!r} cannot be read: {error.strerror}") from error
    if given.startswith("---\n"):
        return parse(given)
    blanks = ", ".join(dict.fromkeys(re.findall(r"\{([a-z_]+)\}", given)))
    return parse(f"---\nname: own\nblanks: {blanks}\nparent:\n---\n## user\n{given}\n")


def counter(model: ChatModel) -> Callable[[str], int]:
    """How many tokens a text has: by the model's own count where it has one."""
    inner: Any = model
    while not isinstance(inner, CountsTokens):
        inner = getattr(inner, "model", None)
        if inner is None:
            return about_tokens
    known: dict[str, int] = {}

    def count(text: str) -> int:
        if text not in known:
            known[text] = run_now(inner.count_tokens(ChatRequest((user(text),))))
        return known[text]

    return count


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


def rank_by(wishes: Desirability | None) -> Rank | None:
    return None if wishes is None else partial(desirability, wishes=dict(wishes))


EXECUTORS = ("threads", "processes", "ray")


def open_workers(
    task: Task,
    examples: Sequence[Example],
    count: int,
    timeout_s: float | None,
    *,
    processes: bool = False,
    executor: str | None = None,
) -> Threads | Charged:
    """The workers of a run: threads, processes that can be killed, or those of a Ray cluster."""
    executor = executor or ("processes" if processes else "threads")
    if executor == "threads":
        return Threads(task, count, timeout_s)
    if executor == "processes":
        if not platforms.can_fork():
            raise InputError(
                f"executor 'processes' forks, which {platforms.name()} does not",
                hint="use executor='threads' or 'ray'",
            )
        return Processes(task, examples, count, timeout_s)
    if executor == "ray":
        from optwright.optim.study.on_ray import RayWorkers

        return RayWorkers(task, examples, count, timeout_s)
    raise InputError(f"executor {executor!r} is none of {', '.join(EXECUTORS)}")


def paid_by(workers: Threads | Charged, account: Account) -> None:
    """Have the account pay for what programs spend in other processes."""
    if not isinstance(workers, Threads):
        workers.account = account


def new_run_directory(runs: Path | None = None) -> Path:
    """A directory of its own for a run nobody named: in `runs`, `OPTWRIGHT_RUNS`, or the user's
    data directory."""
    from platformdirs import user_data_path

    given = runs or os.environ.get("OPTWRIGHT_RUNS")
    parent = Path(given) if given else user_data_path("optwright") / "runs"
    moment = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    return parent / f"tune-{moment}-{secrets.token_hex(2)}"
