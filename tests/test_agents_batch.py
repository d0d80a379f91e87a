"""Many problems at once: in order, side by side, inside one budget; and one in an event loop."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

import optwright as ow
from optwright.agents.solution import Solution
from optwright.errors import InputError, SolverMissing
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.solvers.backends.registry import demand_solver
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM


class Slow(ScriptedModel):
    """A model that takes a while, and counts how many it works for at once."""

    def __init__(self) -> None:
        super().__init__(lambda request: CANDY_DRAFT)
        self.at_once = self.most = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0.3)
        self.at_once -= 1
        return ChatReply(CANDY_DRAFT, Finish.STOP, Usage(10, 10), self.name)


def solved(found: object) -> Solution:
    assert isinstance(found, Solution), found
    return found


def test_results_come_in_the_order_of_the_problems_and_an_error_is_one_of_them() -> None:
    model = ScriptedModel(lambda request: CANDY_DRAFT)
    first, second, third = ow.solve_many([CANDY, "", CANDY], model, jobs=2)
    assert solved(first).objective == solved(third).objective == pytest.approx(CANDY_OPTIMUM)
    assert isinstance(second, InputError)


def test_nobody_reads_plans_who_was_not_named_for_it() -> None:
    model = ScriptedModel(lambda request: CANDY_DRAFT)
    ow.solve_many([CANDY], model, profile="large")
    assert {request.role for request in model.requests} == {"formulator"}


@pytest.mark.parametrize("bad", [None, 3, b"bytes"])
def test_what_is_no_text_is_the_error_of_one_problem(bad: Any) -> None:
    model = ScriptedModel(lambda request: CANDY_DRAFT)
    first, second = ow.solve_many([CANDY, bad], model)
    assert solved(first).objective == pytest.approx(CANDY_OPTIMUM)
    assert isinstance(second, InputError)


def test_an_engine_is_looked_for_by_one_thread_at_a_time() -> None:
    """Pyomo redirects the output of the process meanwhile; two at once lost it for good."""
    before = sys.stdout, sys.stderr

    def look() -> str:
        with pytest.raises(SolverMissing):
            demand_solver("abacus")
        return "missed"

    with ThreadPoolExecutor(4) as pool:
        assert [f.result() for f in [pool.submit(look) for _ in range(4)]] == ["missed"] * 4
    assert (sys.stdout, sys.stderr) == before


def test_problems_are_solved_side_by_side() -> None:
    model = Slow()
    ow.solve_many([CANDY] * 4, model, jobs=4)
    assert model.most >= 2


def test_all_problems_share_one_budget() -> None:
    account = Account(Budget(calls=5))
    model = ScriptedModel(lambda request: CANDY_DRAFT)
    found = [solved(one) for one in ow.solve_many([CANDY] * 4, model, jobs=4, budget=account)]
    assert account.spent.calls == len(model.requests) == 5
    assert sum(one.usage.calls for one in found) == 5
    assert any(any("stopped early" in w for w in one.warnings) for one in found)


async def test_an_event_loop_goes_on_while_a_problem_is_solved() -> None:
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            await asyncio.sleep(0.02)

    ticking = asyncio.ensure_future(tick())
    one, two = await asyncio.gather(
        ow.solve_async(CANDY, model=Slow()), ow.solve_async(CANDY, model=Slow())
    )
    ticking.cancel()
    assert one.objective == two.objective == pytest.approx(CANDY_OPTIMUM)
    assert len(ticks) > 5


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"jobs": 0}, InputError),
        ({"data": []}, InputError),
        ({"share": "columns"}, InputError),
        ({"effort": "huge"}, InputError),
        ({"profile": "medium"}, InputError),
        ({"solver": "abacus"}, SolverMissing),
        ({"colour": "red"}, TypeError),
    ],
)
def test_settings_that_cannot_be_are_refused(
    settings: dict[str, Any], error: type[Exception]
) -> None:
    """Before anything is begun, and not once for each problem."""
    model = ScriptedModel(CANDY_DRAFT)
    with pytest.raises(error):
        ow.solve_many([CANDY], model, **settings)
    assert not model.requests
    assert not [t for t in threading.enumerate() if t.name.startswith("optwright-solve")]


INTERRUPTED = """
import os, signal, sys, threading, time
sys.path.insert(0, "")
import optwright as ow
from tests.drafts import CANDY, CANDY_DRAFT
from tests.test_agents_batch import Slow

model = Slow()
threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
signal.signal(signal.SIGINT, signal.default_int_handler)
started = time.monotonic()
try:
    ow.solve_many([CANDY] * 500, model, jobs=2)
except KeyboardInterrupt:
    print("stopped", time.monotonic() - started < 20)
"""


def test_ctrl_c_leaves_and_nothing_else_is_begun() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "stopped True\n", done.stderr
