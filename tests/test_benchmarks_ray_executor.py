"""A real Ray cluster on this machine: what workers ask is paid here, and one may be killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import pytest

from optwright.benchmarks.datasets.dataset import from_file
from optwright.benchmarks.ray_executor import OnRay, open_ray
from optwright.benchmarks.record import Record
from optwright.benchmarks.runner import Funds, Measurement, Silent, Tally
from optwright.benchmarks.simulated import endpoint
from optwright.benchmarks.store import Setup, Store, read_run
from optwright.serving.budget import Account, Budget
from optwright.serving.ledger import Ledger
from optwright.serving.models import open_model
from tests.bench_problems import write_problems

pytestmark = [
    pytest.mark.ray,
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
    # Ray leaves files of its log open when it shuts down.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
pytest.importorskip("ray")


class Killer(Silent):
    """Kills the first worker when a few attempts are kept."""

    def __init__(self) -> None:
        self.victim = 0

    def ended(self, tally: Tally, record: Record, wall_s: float) -> None:
        if tally.done == 5:
            os.kill(self.victim, signal.SIGKILL)


async def measure(out: Path, data: Path, url: str, killer: Killer) -> OnRay:
    setup = Setup(
        dataset="shops",
        system="optwright.benchmarks.harness_overhead:one_call",
        model="simulated",
        budget="calls=3",
    )
    rows = from_file(data).rows
    tasks = [row.task("shops", out / "data", place) for place, row in enumerate(rows)]
    with Store(out) as store, Ledger(out / "ledger.sqlite") as ledger:
        store.begin(setup, {})
        account = Account(Budget())
        model = open_model(f"simulated@{url}", ledger=ledger, account=account, concurrency=6)
        executor = await open_ray(setup, model, Funds(account, store), 6)
        killer.victim = await executor.places[0].worker.process.remote()
        try:
            await Measurement(store, "one", tasks, 1, executor, 6, killer).run()
        finally:
            await executor.aclose()
            await model.aclose()
        assert store.spent() == account.spent
    return executor


def test_a_worker_killed_in_the_middle_loses_nothing_and_pays_nothing_twice(
    tmp_path: Path,
) -> None:
    data, log = write_problems(tmp_path, 24), tmp_path / "log"
    with endpoint(0.3, log) as url:
        executor = asyncio.run(measure(tmp_path / "out", data, url, Killer()))
    records = read_run(tmp_path / "out").records
    assert executor.deaths >= 1
    assert [r.scores["strict"] for r in records] == [True] * 24
    assert {r.cost.calls for r in records} == {1}
    lines = map(json.loads, log.read_text().splitlines())
    asked = [line["question"] for line in lines if line["what"] == "asked"]
    assert len(asked) == len(set(asked)) == 24
