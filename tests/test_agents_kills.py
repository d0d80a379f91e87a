"""A whole run, killed, crowded and starved: nothing kept is lost, and nothing kept is paid again.

The model is an endpoint in this process, so what is paid is counted where it is sold.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from optwright.agents.effort import Effort
from optwright.agents.profiles.profile import shipped
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import State, Task
from optwright.serving.chat import ChatRequest
from optwright.serving.ledger import Ledger
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, reworded
from tests.faulty_endpoint import Exchange, answers, completion, endpoint

SCRIPT = Path(__file__).with_name("killable_runs.py")
REPLY_S = 0.005

AMOUNTS = [{"name": "profit", "expression": "6*regular + 9*gift"}]
DRAFT_OF_SCHEMA = json.dumps(json.loads(CANDY_DRAFT) | {"amounts": AMOUNTS})

Key = tuple[str, int]
"""The last message of a request and its seed: what tells the requests of a run apart."""


def otherwise(draft: str, seed: int) -> str:
    """The draft with a row that changes no answer, so that it says something else for each seed."""
    read = json.loads(reworded(draft, f"({seed})"))
    read["limits"].append({"text": CHOCOLATE[0], "expression": f"regular <= {60 + seed}"})
    return json.dumps(read)


@dataclass
class Shop:
    """Sells replies and remembers who asked for each."""

    url: str = ""
    sold: list[Key] = field(default_factory=list)
    pid: int = 0
    kill_at: tuple[int, float] | None = None
    """Kill `pid` so long after so many more requests have begun."""
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether requests are answered; they wait until then."""

    async def sell(self, exchange: Exchange) -> None:
        body = exchange.body
        self.sold.append((body["messages"][-1]["content"], body["seed"]))
        if self.kill_at is not None:
            more, delay_s = self.kill_at
            self.kill_at = (more - 1, delay_s)
            if more == 1:
                asyncio.get_running_loop().call_later(delay_s, self.kill)
        await asyncio.sleep(REPLY_S)
        await self.is_open.wait()
        # No two alike, as of a model, and each one of the schema, so that none is asked for again.
        drafted = otherwise(DRAFT_OF_SCHEMA, body["seed"])
        await answers(completion(drafted))(exchange)

    def kill(self) -> None:
        if alive(self.pid):
            os.kill(self.pid, signal.SIGKILL)


@dataclass
class Workshop:
    """Starts runs in processes of their own, all of them against one shop."""

    shop: Shop
    directory: Path
    forks: Forks
    drafts: int

    @property
    def runs(self) -> Runs:
        return Runs(self.directory)

    @property
    def ledger(self) -> set[Key]:
        """The requests whose replies are kept."""
        if not self.runs.ledger.exists():
            return set()
        with Ledger(self.runs.ledger) as ledger:
            assert (ledger.damaged, ledger.rebuilt) == (0, 0)
            return {key(record.request) for record in ledger.records()}

    @property
    def run(self) -> str:
        """The name of the run that can be resumed, or nothing where there is none yet."""
        sound = [summary.name for summary in self.runs.summaries() if not summary.damaged]
        return sound[-1] if sound else ""

    async def start(self, file_bytes: int = 0) -> int:
        """Start or resume the run and return its pid."""
        task = Task(
            problem=CANDY,
            model=f"m@{self.shop.url}",
            profile=shipped("small"),
            effort=Effort(drafts=self.drafts, agreement=self.drafts),
        )
        job = {
            "runs": str(self.directory),
            "run": self.run,
            "task": task.model_dump(mode="json"),
            "file_bytes": file_bytes,
        }
        self.shop.pid = await self.forks.start(job)
        return self.shop.pid

    async def ended(self, pid: int) -> dict[str, Any] | None:
        """Wait for a process and return what it left; None when it was killed."""
        async with asyncio.timeout(120):
            while alive(pid):
                await asyncio.sleep(0.005)
        left = self.directory / f"{pid}.json"
        if not left.exists():
            return None
        ended: dict[str, Any] = json.loads(left.read_text(encoding="utf-8"))
        return ended


@dataclass(frozen=True)
class Forks:
    """A process that forks one for each job."""

    process: asyncio.subprocess.Process

    async def start(self, job: dict[str, Any]) -> int:
        """Fork a process for a job and return its pid."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job).encode() + b"\n")
        return int(await self.process.stdout.readline())


@pytest.fixture
async def forks() -> AsyncIterator[Forks]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(SCRIPT), stdin=pipe, stdout=pipe
    )
    yield Forks(process)
    process.kill()
    await process.communicate()


@asynccontextmanager
async def workshop(forks: Forks, directory: Path, drafts: int) -> AsyncIterator[Workshop]:
    directory.mkdir()
    shop = Shop()
    shop.is_open.set()
    async with endpoint(shop.sell) as server:
        shop.url = server.url
        yield Workshop(shop, directory, forks, drafts)


def alive(pid: int) -> bool:
    return os.path.exists(f"/proc/{pid}")


def key(request: ChatRequest) -> Key:
    assert request.draw_seed is not None
    return request.messages[-1].content, request.draw_seed


def answer(ended: dict[str, Any] | None) -> str:
    """The final report as bytes would have it, without its name and what each try cost."""
    assert ended is not None
    assert "solution" in ended, ended
    solution = {k: v for k, v in ended["solution"].items() if k not in ("usage", "run")}
    return json.dumps(solution)


@dataclass
class Tally:
    """What kills did: how many there were, replies lost, paid for twice, and in flight."""

    kills: int = 0
    lost: int = 0
    paid_twice: int = 0
    in_flight: int = 0


async def kill_often(shop: Workshop, random: Random, tally: Tally) -> dict[str, Any]:
    """Kill one run at random points until it ends by itself, and return what it ended with."""
    while True:
        kept, sold = shop.ledger, len(shop.shop.sold)
        if random.random() < 0.2:  # anywhere, from the first file on
            shop.shop.kill_at = None
            pid = await shop.start()
            asyncio.get_running_loop().call_later(random.uniform(0, 0.3), shop.shop.kill)
        else:  # around a reply, what is written of it, and what comes of it
            shop.shop.kill_at = (random.randint(1, 3), random.uniform(0, 0.12))
            pid = await shop.start()
        ended = await shop.ended(pid)
        asked, now = shop.shop.sold[sold:], shop.ledger
        tally.lost += len(kept - now)
        tally.paid_twice += len(kept.intersection(asked))
        tally.in_flight += len(set(asked) - now)
        assert len(asked) - len(now - kept) <= 1, "one call is in flight at a time"
        if ended is not None:
            return ended
        tally.kills += 1


async def run_and_kill(forks: Forks, folder: Path, drafts: int, kills: int) -> Tally:
    """Kill runs at so many points in all; each of them comes to the unbroken run's end."""
    async with workshop(forks, folder / "unbroken", drafts) as unbroken:
        expected = answer(await unbroken.ended(await unbroken.start()))
        assert len(unbroken.shop.sold) == drafts
    tally, random, number = Tally(), Random(kills), 0
    while tally.kills < kills:
        number += 1
        async with workshop(forks, folder / f"broken-{number}", drafts) as broken:
            assert answer(await kill_often(broken, random, tally)) == expected
            assert len(broken.ledger) == drafts
            assert broken.runs.summary(broken.run).state is State.FINISHED
    return tally


async def test_a_run_killed_at_twenty_points_loses_nothing_and_pays_nothing_twice(
    forks: Forks, tmp_path: Path
) -> None:
    tally = await run_and_kill(forks, tmp_path, drafts=6, kills=20)
    assert (tally.lost, tally.paid_twice) == (0, 0)
    assert tally.in_flight <= tally.kills


@pytest.mark.slow
async def test_a_run_killed_at_two_hundred_points_loses_nothing_and_pays_nothing_twice(
    forks: Forks, tmp_path: Path
) -> None:
    tally = await run_and_kill(forks, tmp_path, drafts=20, kills=200)
    assert (tally.lost, tally.paid_twice) == (0, 0)
    assert 0 < tally.in_flight <= tally.kills  # kills did hit calls


async def test_of_fifty_starts_on_one_run_one_works_and_the_others_name_it(
    forks: Forks, tmp_path: Path
) -> None:
    async with workshop(forks, tmp_path / "runs", drafts=6) as crowd:
        crowd.shop.kill_at = (2, 0.0)
        assert await crowd.ended(await crowd.start()) is None
        kept, sold = len(crowd.ledger), len(crowd.shop.sold)
        crowd.shop.is_open.clear()  # whoever works is at work until all have tried
        pids = [await crowd.start() for _ in range(50)]
        while len(working := [pid for pid in pids if alive(pid)]) > 1:
            await asyncio.sleep(0.01)
        crowd.shop.is_open.set()
        ends = {pid: await crowd.ended(pid) for pid in pids}
        assert "verified" in answer(ends.pop(working[0]))
        assert all(end and end["error"] == "RunBusy" for end in ends.values())
        assert all(end and f"process {working[0]}" in end["message"] for end in ends.values())
        assert max(end["seconds"] for end in ends.values() if end) < 15  # a busy machine
        assert len(crowd.shop.sold) - sold == 6 - kept


async def fill_the_disk(forks: Forks, folder: Path, levels: range) -> list[str]:
    """Let each run meet a disk that is full at another level, and let it go on when there is room
    again; return how those that met it ended."""
    met = []
    async with workshop(forks, folder / "unbroken", drafts=4) as unbroken:
        expected = answer(await unbroken.ended(await unbroken.start()))
    for level in levels:
        async with workshop(forks, folder / str(level), drafts=4) as starved:
            first = await starved.ended(await starved.start(file_bytes=level))
            assert first is not None
            kept, sold = starved.ledger, len(starved.shop.sold)
            assert sold - len(kept) <= 1, "a call was made after the one that could not be kept"
            if "solution" not in first:
                met.append(f"{first['error']}: {first['message']}")
                first = await starved.ended(await starved.start())
            assert answer(first) == expected
            assert not kept.intersection(starved.shop.sold[sold:])
    return met


async def test_a_run_that_met_a_full_disk_goes_on_when_there_is_room(
    forks: Forks, tmp_path: Path
) -> None:
    met = await fill_the_disk(forks, tmp_path, range(8_000, 110_000, 50_000))
    assert len(met) >= 2
    assert {end.partition(":")[0] for end in met} == {"StorageError"}


@pytest.mark.slow
async def test_a_run_may_meet_a_full_disk_at_fifty_levels(forks: Forks, tmp_path: Path) -> None:
    met = await fill_the_disk(forks, tmp_path, range(2_000, 202_000, 4_000))
    assert {end.partition(":")[0] for end in met} == {"StorageError"}
