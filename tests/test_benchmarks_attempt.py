"""One attempt: its limits, its trace, and who is to blame for what."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from contextlib import suppress

import pytest

from optwright.benchmarks.attempt import (
    AttemptResult,
    is_infrastructure_error,
    is_lasting,
    make_attempt,
)
from optwright.benchmarks.functions import FunctionSystem
from optwright.benchmarks.record import Record
from optwright.benchmarks.store import Setup
from optwright.benchmarks.system import Attempt, Claim, Kit, Stage, System
from optwright.benchmarks.task import Assignment
from optwright.errors import (
    BudgetExceeded,
    DeadlineExceeded,
    EndpointError,
    FormulationError,
    ModelUnavailable,
    OptwrightError,
    ReplayMiss,
    ReplyError,
    StorageError,
)
from optwright.serving.chat import ChatModel, ChatRequest, user
from optwright.serving.completion import read_body
from optwright.serving.sync import ask
from tests.bench_problems import answering, ask_once, ask_twice, failing

PROBLEM = Assignment("p", "d", "Maximize the profit of shop 1.")


def tried(
    system: System, model: ChatModel | None = None, *, budget: str = "", timeout_s: float = 5.0
) -> AttemptResult:
    setup = Setup(dataset="d", system="s", model="m", seed=3, budget=budget, timeout_s=timeout_s)
    return asyncio.run(make_attempt(system, PROBLEM, 1, setup, model or answering()))


def system(function: object) -> FunctionSystem:
    return FunctionSystem("test", function)  # type: ignore[arg-type]  # any callable


def test_calls_are_traced_and_counted_whatever_the_system_says() -> None:
    done = tried(system(ask_twice))
    assert [(c.role, c.asked[:5]) for c in done.calls] == [("planner", "Plan:"), ("r", "Maxim")]
    assert done.calls[1].replied == f"{done.attempt.objective:g}"
    assert (done.cost.calls, done.cost.tokens, done.cost.seconds) == (2, 24, 0.5)


def test_seed_and_sample_reach_the_requests_of_a_system() -> None:
    model = answering()
    tried(system(ask_once), model)
    assert [(r.seed, r.sample) for r in model.requests] == [(3, 1)]


@pytest.mark.parametrize("budget", ["calls=1", "seconds=0.2"])
def test_a_problems_budget_ends_the_attempt_and_not_the_measurement(budget: str) -> None:
    done = tried(system(ask_twice), budget=budget)
    assert done.attempt.failed_at is Stage.BUDGET
    assert done.cost.calls == 1
    assert done.infrastructure_error is None


def test_an_ordinary_function_may_block_and_ask_the_model() -> None:
    def solve(assignment: Assignment, kit: Kit) -> dict[str, float]:
        reply = ask(kit.model, ChatRequest((user(assignment.question),)))
        return {"objective": float(reply.text)}

    done = tried(system(solve))
    assert done.attempt.status is Claim.OPTIMAL
    assert done.cost.calls == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "it answered no JSON object: None"),
        ({"objective": "many"}, "its objective cannot be read"),
        ({"status": "solved"}, "its status cannot be read"),
        ({"status": "optimal"}, "its answer cannot be read"),
        ({"status": "optimal", "objective": float("nan")}, "its objective cannot be read"),
        ({"objective": 1, "secret": 2}, "its secret cannot be read"),
        ({"objective": True}, "its objective cannot be read: True is no number"),
    ],
)
def test_an_answer_that_is_none_is_said_to_be_so(answer: object, why: str) -> None:
    done = tried(system(lambda assignment, kit: answer))
    assert done.attempt.failed_at is Stage.CODE
    assert done.attempt.why.startswith(why)


def nested(depth: int) -> list[object]:
    lists: list[object] = []
    for _ in range(depth):
        lists = [lists]
    return lists


@pytest.mark.parametrize(
    "answer",
    [
        {"objective": 1, "trace": [{"a": "\ud800"}]},
        {"objective": 1, "evidence": ["\ud83d"]},
        {"status": "none", "why": "\ud800"},
        {"objective": 1, "trace": [{"a": object()}]},
        {"objective": 1, "formulation": {"a": nested(400)}},
        {"objective": 1, "formulation": {"a": nested(220)}},  # written, and not read again
        {"objective": 1, "trace": [{"a": 10**5000}]},
    ],
)
def test_an_answer_that_no_record_can_hold_is_a_failed_attempt(answer: object) -> None:
    attempt = tried(system(lambda assignment, kit: answer)).attempt
    assert (attempt.status, attempt.failed_at) == (Claim.NONE, Stage.CODE)
    assert attempt.why.startswith("its answer cannot be written as JSON: ")
    Record(task="p", sample=0, system="s", attempt=attempt).model_dump_json()


def test_an_attempt_is_what_is_read_back_of_it() -> None:
    steps = (n for n in range(2))  # could be written once
    attempt = tried(system(lambda *_: {"objective": 1, "trace": [{"steps": steps}]})).attempt
    assert attempt.trace == ({"steps": [0, 1]},)


def test_half_a_character_in_an_error_or_a_request_is_kept_as_its_number() -> None:
    def stumble(assignment: Assignment, kit: Kit) -> None:
        with suppress(UnicodeError):
            ask(kit.model, ChatRequest((user("half \ud83d"),)))
        raise ValueError("boom \ud800")

    done = tried(system(stumble))
    assert done.attempt.why == "the system crashed: ValueError: boom \\ud800"
    assert done.calls[0].asked == "half \\ud83d"
    Record(task="p", sample=0, system="s", attempt=done.attempt, calls=done.calls).model_dump_json()


def exits(assignment: Assignment, kit: Kit) -> None:
    sys.exit(3)


async def exits_in_the_loop(assignment: Assignment, kit: Kit) -> None:
    sys.exit(3)


def runs_out(assignment: Assignment, kit: Kit) -> None:
    next(iter(()))


async def waits_for_a_cancelled_task(assignment: Assignment, kit: Kit) -> None:
    waiting = asyncio.create_task(asyncio.sleep(60))
    waiting.cancel()
    await waiting


@pytest.mark.parametrize(
    ("solve", "why"),
    [
        (exits, "SystemExit: 3"),
        (exits_in_the_loop, "SystemExit: 3"),
        (runs_out, "RuntimeError: StopIteration"),
        (waits_for_a_cancelled_task, "asyncio.exceptions.CancelledError"),
    ],
)
def test_a_system_that_exits_ends_its_attempt_and_nothing_else(solve: object, why: str) -> None:
    attempt = tried(system(solve)).attempt
    assert (attempt.failed_at, attempt.why) == (Stage.CODE, f"the system crashed: {why}")


def test_an_interrupt_is_no_answer_of_a_system() -> None:
    def interrupt(assignment: Assignment, kit: Kit) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tried(system(interrupt))


def test_an_attempt_that_is_cancelled_ends() -> None:
    async def hang(assignment: Assignment, kit: Kit) -> None:
        await asyncio.sleep(60)

    async def cancelled() -> None:
        setup = Setup(dataset="d", system="s", model="m")
        attempt = asyncio.create_task(make_attempt(system(hang), PROBLEM, 0, setup, answering()))
        await asyncio.sleep(0.01)
        attempt.cancel()
        await attempt

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())


def test_a_crash_is_an_attempt_with_its_traceback() -> None:
    done = tried(system(lambda assignment, kit: 1 / 0))
    assert done.attempt.why == "the system crashed: ZeroDivisionError: division by zero"
    assert "lambda" in done.attempt.trace[0]["traceback"]
    assert done.infrastructure_error is None


def test_a_system_that_hangs_is_given_up() -> None:
    async def hang(assignment: Assignment, kit: Kit) -> Attempt:
        await asyncio.sleep(60)
        return Attempt()

    started = time.monotonic()
    done = tried(system(hang), timeout_s=0.1)
    assert done.attempt.why == "it gave no answer in 0.1 s"
    assert time.monotonic() - started < 5


def test_a_time_out_of_the_systems_own_is_a_crash_and_not_ours() -> None:
    def wait(assignment: Assignment, kit: Kit) -> None:
        raise TimeoutError("its own")

    assert tried(system(wait)).attempt.why == "the system crashed: TimeoutError: its own"


def test_what_a_given_up_system_left_running_spends_nothing_more() -> None:
    model, over, refused = answering(), threading.Event(), list[str]()

    def linger(assignment: Assignment, kit: Kit) -> None:
        over.wait(5)
        try:
            ask(kit.model, ChatRequest((user("more"),)))
        except ModelUnavailable as error:
            refused.append(str(error))

    async def given_up() -> AttemptResult:
        setup = Setup(dataset="d", system="s", model="m", timeout_s=0.1)
        done = await make_attempt(system(linger), PROBLEM, 0, setup, model)
        over.set()
        while not refused:
            await asyncio.sleep(0.01)
        return done

    assert asyncio.run(asyncio.wait_for(given_up(), 10)).attempt.failed_at is Stage.BUDGET
    assert refused == ["the attempt that asks is over"]
    assert model.requests == []


def test_a_call_under_way_is_cancelled_with_its_attempt() -> None:
    cancelled = threading.Event()

    class Slow:
        name = "slow"

        async def complete(self, request: ChatRequest) -> None:
            try:
                await asyncio.sleep(60)
            finally:
                cancelled.set()

        async def aclose(self) -> None: ...

    def wait(assignment: Assignment, kit: Kit) -> None:
        ask(kit.model, ChatRequest((user("more"),)))

    tried(system(wait), Slow(), timeout_s=0.2)  # type: ignore[arg-type]  # it never replies
    assert cancelled.wait(5)


@pytest.mark.parametrize(
    ("error", "trouble", "lasting"),
    [
        (ModelUnavailable("gone"), True, True),
        (EndpointError("bad gateway", status=502), True, False),
        (EndpointError("reset", status=None), True, False),
        (EndpointError("too many", status=429), True, False),
        (EndpointError("no such key", status=401), True, True),
        (EndpointError("the prompt is too long", status=400), False, False),
        (DeadlineExceeded("slow"), True, False),
        (ReplayMiss("not recorded"), True, True),
        (StorageError("full"), True, True),
        (BudgetExceeded("all spent"), True, True),
        (ReplyError("no JSON"), False, False),
    ],
)
def test_trouble_is_what_no_system_can_help(
    error: OptwrightError, trouble: bool, lasting: bool
) -> None:
    done = tried(system(ask_once), failing(error))
    assert (done.infrastructure_error is error) == trouble == is_infrastructure_error(error)
    assert not trouble or is_lasting(error) == lasting
    assert done.calls[0].error == f"{type(error).__name__}: {error}"


def test_trouble_that_a_system_hides_is_found() -> None:
    async def hide(assignment: Assignment, kit: Kit) -> Attempt:
        try:
            return await ask_once(assignment, kit)
        except ModelUnavailable:
            return Attempt(status=Claim.OPTIMAL, objective=1.0)

    assert tried(system(hide), failing(ModelUnavailable("gone"))).infrastructure_error is not None


def test_an_error_of_ours_says_where_it_failed() -> None:
    def refuse(assignment: Assignment, kit: Kit) -> None:
        raise FormulationError("no such variable 'x'")

    attempt = tried(system(refuse)).attempt
    assert (attempt.failed_at, attempt.why) == (Stage.FORMULATION, "no such variable 'x'")


def test_an_attempts_folder_is_its_own_and_gone_after_it() -> None:
    def write(assignment: Assignment, kit: Kit) -> dict[str, object]:
        kit.directory.mkdir()
        (kit.directory / "model.lp").write_text("x")
        return {"objective": 1.0, "why": str(kit.directory)}

    from pathlib import Path

    folders = {tried(system(write)).attempt.why for _ in range(2)}
    assert len(folders) == 2
    assert not any(Path(folder).exists() for folder in folders)


def test_a_page_instead_of_a_reply_is_nobodys_fault() -> None:
    with pytest.raises(EndpointError, match="sent text/html instead of JSON") as page:
        read_body(b"<html>Sign in</html>", "text/html", ChatRequest((user("?"),)), "m", 0.1)
    assert is_infrastructure_error(page.value)
