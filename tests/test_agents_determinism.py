"""A recorded run replays alike, without a call: three times over, with one worker and with four."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from optwright.agents.effort import Effort
from optwright.agents.profiles.profile import shipped
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import Task
from optwright.errors import ReplayMiss
from optwright.serving.ledger import Ledger
from optwright.serving.recorded import Mode
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, GIFTS, draft
from tests.faulty_endpoint import answers, completion, endpoint

WRONG = draft(CHOCOLATE, GIFTS, objective="6*regular + 8*gift")
SMALL = shipped("small")
EFFORT = Effort(drafts=4, agreement=2)


def replayed(folder: Path, task: Task) -> str:
    """What a replay of the task comes to, without its name and its seconds."""
    with Runs(folder).begin(task.model_copy(update={"ledger": Mode.REPLAY})) as run:
        solution = run.work()
    assert solution.usage.calls == solution.usage.replayed > 0
    return json.dumps(solution.model_dump(mode="json", exclude={"run", "usage"}))


async def test_a_run_replays_alike_three_times_alone_and_beside_others(tmp_path: Path) -> None:
    async with endpoint(*(answers(completion(t)) for t in (WRONG, CANDY_DRAFT))) as server:
        task = Task(problem=CANDY, model=f"m@{server.url}", profile=SMALL, effort=EFFORT)
        with Runs(tmp_path).begin(task) as run:
            solution = await asyncio.to_thread(run.work)
        asked = len(server.requests)
        assert asked == solution.usage.calls >= 2
        alone = [await asyncio.to_thread(replayed, tmp_path, task) for _ in range(3)]
        four = [asyncio.to_thread(replayed, tmp_path, task) for _ in range(4)]
        beside = await asyncio.gather(*four)
        assert len(server.requests) == asked, "a replay has asked somebody"
    recorded = json.dumps(solution.model_dump(mode="json", exclude={"run", "usage"}))
    assert {*alone, *beside} == {recorded}


async def test_a_replay_of_another_problem_asks_nobody(tmp_path: Path) -> None:
    async with endpoint(answers(completion(CANDY_DRAFT))) as server:
        task = Task(problem=CANDY, model=f"m@{server.url}", profile=SMALL, ledger=Mode.REPLAY)
        Ledger(Runs(tmp_path).ledger).close()
        with Runs(tmp_path).begin(task) as run, pytest.raises(ReplayMiss):
            await asyncio.to_thread(run.work)
        assert server.requests == []
