"""From names to a measurement: reads the data set, opens system and model, holds the folder, runs.

This is what `optwright bench` calls.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from math import inf
from pathlib import Path
from typing import Any

from optwright.benchmarks import datasets
from optwright.benchmarks.datasets.dataset import Loaded
from optwright.benchmarks.datasets.row import Row, safe_name
from optwright.benchmarks.opening import open_system
from optwright.benchmarks.runner import Executor, Funds, Here, Measurement, ProgressListener, Silent
from optwright.benchmarks.store import Setup, Store, StoredRun
from optwright.benchmarks.system import System
from optwright.benchmarks.task import Task
from optwright.errors import InputError, OptwrightError
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatModel
from optwright.serving.events import Announced
from optwright.serving.ledger import Ledger
from optwright.serving.models import open_model
from optwright.serving.recorded import Mode

_OWN = ("local", "replay:", "scripted:")


@dataclass(frozen=True)
class Order:
    """What somebody wants measured, and how. `budget` is for each problem (calls, tokens, seconds
    of paid replies), `total` for all. Of the problems in order the first `skip` are left out,
    `limit` of the rest are taken, and of these `shard` (i, n) takes each n-th from the i-th on."""

    dataset: str
    system: str = "optwright"
    model: str = "local"
    data: Path | None = None
    out: Path | None = None
    skip: int = 0
    limit: int | None = None
    shard: tuple[int, int] = (1, 1)
    samples: int = 1
    seed: int = 0
    jobs: int | None = None
    """How many attempts at a time; 1 for the embedded model and recordings, 8 for endpoints."""
    budget: str = ""
    total: str = ""
    timeout_s: float = 1800.0
    replies: Path | None = None
    """The ledger; `ledger.sqlite` in the folder of the measurement by default."""
    mode: Mode = Mode.RECORD
    options: dict[str, str] = field(default_factory=dict)
    executor: str = "local"
    skip_broken: bool = False

    def __post_init__(self) -> None:
        for name in ("limit", "samples", "jobs"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise InputError(f"{name} is {value}; it is at least 1")
        if self.skip < 0:
            raise InputError(f"skip is {self.skip}; it is at least 0")
        if not 0 < self.timeout_s < inf:
            raise InputError(f"timeout is {self.timeout_s:g} s; it is a number above 0")
        if not 1 <= self.shard[0] <= self.shard[1]:
            raise InputError(f"there is no shard {self.shard[0]} of {self.shard[1]}")
        if Budget.parse(self.budget).usd is not None:
            raise InputError(
                "usd is a limit for the whole measurement, not for each problem",
                hint="give it with --total-budget",
            )
        Budget.parse(self.total)

    @property
    def concurrency(self) -> int:
        return self.jobs or (1 if self.model.startswith(_OWN) else 8)

    @property
    def directory(self) -> Path:
        """Where the measurement is kept: the same for the same names, so that it goes on."""
        if self.out is not None:
            return self.out
        from optwright.agents.runs.place import default_directory

        names = [Path(self.dataset).stem, self.system, self.model]
        if self.skip:
            names.append(f"after-{self.skip}")
        return default_directory().parent / "bench" / "-".join(map(safe_name, names))


@dataclass(frozen=True)
class Measured:
    """What was measured of an order when its start ends; `stopped` says why it ended early."""

    run: StoredRun
    others: int
    """Attempts in the folder at problems or samples that were not ordered."""
    directory: Path
    planned: int
    stopped: OptwrightError | None


def read_data(order: Order) -> Loaded:
    """The data set of an order; rows that cannot be read are an `InputError` unless they are to be
    skipped."""
    loaded = datasets.load(order.dataset, order.data)
    if loaded.broken and not order.skip_broken:
        where, why = loaded.broken[0]
        more = f", and {len(loaded.broken) - 1} more" if len(loaded.broken) > 1 else ""
        raise InputError(f"{where}: {why}{more}", hint="--skip-broken leaves such rows out")
    if order.skip >= len(loaded.rows) > 0:
        count = len(loaded.rows)
        raise InputError(f"skip is {order.skip}, and {loaded.dataset.name!r} has {count} problems")
    return loaded


async def measure(order: Order, loaded: Loaded, told: ProgressListener | None = None) -> Measured:
    """Measure what is not measured yet. Raises what cannot begin; what stops it later is in the
    result, with everything that was measured until then."""
    system = open_system(order.system)
    setup = Setup(
        dataset=loaded.dataset.name,
        data_sha256=loaded.sha256,
        skip=order.skip,
        rule=loaded.dataset.rule,
        system=order.system,
        model=order.model,
        seed=order.seed,
        budget=order.budget,
        timeout_s=order.timeout_s,
        options=order.options,
    )
    # Git is asked while files are made: each takes 20 ms or more of waiting.
    noted = asyncio.get_running_loop().run_in_executor(None, facts)
    with Store(order.directory) as store:
        store.begin(setup, await noted)
        tasks = _tasks(order, loaded, order.directory / "data")
        replies = order.replies or order.directory / "ledger.sqlite"
        with Ledger(replies, read_only=order.mode is Mode.REPLAY) as ledger:
            account = Account(Budget.parse(order.total), spent=store.spent())
            model = _open(order, ledger, account)
            executor = await _executor(order, system, setup, model, Funds(account, store))
            measurement = Measurement(
                store,
                order.system,
                tasks,
                order.samples,
                executor,
                order.concurrency,
                told or Silent(),
            )
            try:
                tally = await measurement.run()
            finally:
                await executor.aclose()
                await model.aclose()
        kept = store.read()
        ordered = kept.only({task.id for task in tasks}, order.samples)
        others = len(kept.records) - len(ordered.records)
        return Measured(ordered, others, order.directory, tally.planned, measurement.stopped)


def chosen(
    rows: Sequence[Row], limit: int | None = None, shard: tuple[int, int] = (1, 1), skip: int = 0
) -> list[tuple[int, Row]]:
    """The rows to measure with their places: `limit` of those after `skip`, of these each n-th."""
    first, step = shard
    return list(enumerate(rows))[skip:][:limit][first - 1 :: step]


def _tasks(order: Order, loaded: Loaded, folder: Path) -> list[Task]:
    rows = chosen(loaded.rows, order.limit, order.shard, order.skip)
    return [row.task(loaded.dataset.name, folder, place) for place, row in rows]


def _open(order: Order, ledger: Ledger, account: Account) -> ChatModel:
    model = open_model(
        order.model,
        ledger=None if order.mode is Mode.OFF else ledger,
        mode=order.mode,
        account=account,
        concurrency=order.concurrency,
    )
    # Each attempt announces its own calls.
    return model.model if isinstance(model, Announced) else model


async def _executor(
    order: Order, system: System, setup: Setup, model: ChatModel, purse: Funds
) -> Executor:
    if order.executor == "ray":
        from optwright.benchmarks.ray_executor import open_ray

        return await open_ray(setup, model, purse, order.concurrency)
    if order.executor != "local":
        raise InputError(f"there is no executor {order.executor!r}; there are local and ray")
    return Here(system, setup, model, purse)


def facts() -> dict[str, Any]:
    """What a reader needs to measure the same again; the same as long as nothing is changed."""
    return {
        "commit": _commit(),
        "prompts_sha256": _prompts(),
        "python": sys.version.split()[0],
        **dict(_versions(("optwright", "highspy", "pyomo", "pydantic", "langgraph"))),
    }


def _versions(packages: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in packages:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, ""


def _commit() -> str:
    """The commit of the checkout this runs from, with `+` where files differ; empty elsewhere."""
    here = Path(__file__).resolve().parent
    asked = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        said = subprocess.run(asked, cwd=here, capture_output=True, text=True, check=False)
    except OSError:  # there is no git
        return ""
    return said.stdout.strip()


def _prompts() -> str:
    """A hash over all prompts: with other prompts it is another measurement."""
    found = sorted(f.name for f in files("optwright.prompts").iterdir() if f.name.endswith(".md"))
    texts = (files("optwright.prompts").joinpath(name).read_bytes() for name in found)
    return sha256(b"\0".join(texts)).hexdigest()[:16]
