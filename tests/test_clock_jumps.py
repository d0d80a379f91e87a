"""A clock that jumps, forwards or back, loses nothing, repeats nothing, and moves no limit."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import optwright as ow
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.effort import Effort
from optwright.agents.problem import Problem
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import State, Task
from optwright.errors import ModelUnavailable
from optwright.serving.ledger import Ledger
from tests.chats import CANDY as CANDY_MODEL
from tests.chats import CANDY_TEXT, solved
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM, CHOCOLATE, reworded, scripted

DAY_S = 24 * 3600.0


class Clock:
    """The clock on the wall, some seconds off."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.off_s = 0.0
        self._patch = monkeypatch
        wall, wall_ns = time.time, time.time_ns
        monkeypatch.setattr(time, "time", lambda: wall() + self.off_s)
        monkeypatch.setattr(time, "time_ns", lambda: wall_ns() + int(self.off_s * 1e9))

    def put(self, off_s: float) -> None:
        """Put it on or back, and forget what a process remembers of it: another one begins."""
        self.off_s = off_s
        self._patch.setattr("langgraph.checkpoint.base.id._last_v6_timestamp", None)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_conversation_goes_on_where_it_was_on_the_day_before(
    tmp_path: Path, clock: Clock
) -> None:
    """The state of the highest id was taken: turns of the day before never counted."""
    with ChatSession(tmp_path / "plan", Settings(model=None)) as session:
        session.adopt(Problem(CANDY_TEXT), solved(CANDY_MODEL))
    limits = (11000, 9000)
    for days, limit in enumerate(limits, start=1):
        clock.put(-days * DAY_S)
        with ChatSession(tmp_path / "plan", Settings(model=None)) as session:
            session.turn(f"the chocolate limit is {limit}")
    clock.put(DAY_S)
    with ChatSession(tmp_path / "plan", Settings(model=None)) as session:
        said = [turn.said for turn in session.turns]
        assert said[1:] == [f"the chocolate limit is {limit}" for limit in limits]
        assert len(session.history.versions) == 3
        assert "9000" in str(session.program_of(3).formulation)
        session.turn("undo")
        assert session.history.current == 2


def test_a_run_goes_on_from_its_last_step_and_pays_nothing_twice(
    tmp_path: Path, clock: Clock
) -> None:
    wrong = json.loads(CANDY_DRAFT)
    wrong["limits"].append({"text": CHOCOLATE[0], "expression": "regular <= 25"})
    replies = [CANDY_DRAFT, json.dumps(wrong), reworded(CANDY_DRAFT)]
    task = Task(problem=CANDY, model=scripted(tmp_path, replies[:1]), effort=Effort(drafts=3))
    runs = Runs(tmp_path / "runs")
    with runs.begin(task) as run, pytest.raises(ModelUnavailable):
        run.work()
    clock.put(-DAY_S)
    scripted(tmp_path, replies[1:2])
    with runs.resume(run.name) as again, pytest.raises(ModelUnavailable):
        again.work()
    clock.put(-2 * DAY_S)
    scripted(tmp_path, replies[2:])
    begun: list[str] = []
    with runs.resume(run.name) as again:
        assert again.work(on_step=lambda _, what: begun.append(what)).objective == CANDY_OPTIMUM
    assert "draft 3 of at most 3" in begun
    assert "draft 2 of at most 3" not in begun
    assert runs.summary(run.name).state is State.FINISHED
    with Ledger(runs.ledger) as ledger:
        assert len(ledger) == 3


@pytest.mark.parametrize("jump_s", [DAY_S, -DAY_S])
def test_a_limit_of_time_is_no_time_of_the_day(clock: Clock, jump_s: float) -> None:
    tries: list[float] = []

    def far(x: float) -> float:
        clock.off_s += jump_s
        time.sleep(0.002)
        tries.append(x)
        return (x - 3) ** 2

    began = time.monotonic()
    budget = ow.Budget(seconds=0.5, evaluations=100_000)
    found = ow.minimize(far, [ow.Real("x", 0.0, low=-9.0, high=9.0)], budget=budget, seed=0)
    assert found.evaluations > 3
    assert 0.3 < time.monotonic() - began < 30
