"""Retries: what is repeated, when, with what, and when it is given up."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import openai  # noqa: F401 -- loaded before anything is timed
import pytest

from optwright.errors import DeadlineExceeded, EndpointError, ModelUnavailable
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage, user
from optwright.serving.events import CallRetried, Event, listening
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.retry import Retrying
from optwright.serving.throttle import Throttled
from optwright.testing import ScriptedModel
from tests.faulty_endpoint import (
    Behaviour,
    Exchange,
    answers,
    completion,
    cut_after,
    drips,
    endpoint,
    hangs,
    leaves,
    refuses,
    resets,
    talks_nonsense,
)

REQUEST = ChatRequest(
    (user("hello"),), {"type": "object"}, 0.7, seed=5, max_tokens=9, sample=2, role="planner"
)


class Clock:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now = 0.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


def retrying(
    model: ScriptedModel, clock: Clock, *, retries: int = 3, timeout_s: float | None = 120
) -> Retrying:
    return Retrying(
        model,
        retries=retries,
        timeout_s=timeout_s,
        clock=clock,
        sleep=clock.sleep,
        jitter=lambda: 1.0,
    )


def passing(message: str = "reset") -> EndpointError:
    return EndpointError(message, retryable=True)


def busy(retry_after_s: float | None = None) -> EndpointError:
    return EndpointError("busy", status=429, retryable=True, retry_after_s=retry_after_s)


async def test_a_passing_fault_is_repeated_with_every_argument() -> None:
    model, clock = ScriptedModel(passing(), passing(), "fine"), Clock()
    assert (await retrying(model, clock).complete(REQUEST)).text == "fine"
    assert model.requests == [REQUEST] * 3
    assert {request.role for request in model.requests} == {"planner"}
    assert clock.naps == [0.5, 1.0]


async def test_faults_are_repeated_so_often_and_no_more() -> None:
    model, clock = ScriptedModel(*[passing(str(n)) for n in range(9)]), Clock()
    with pytest.raises(EndpointError, match=r"^2$"):
        await retrying(model, clock, retries=2).complete(REQUEST)
    assert len(model.requests) == 3


@pytest.mark.parametrize("error", [EndpointError("bad key", status=401), ModelUnavailable("none")])
async def test_a_lasting_fault_is_not_repeated(error: Exception) -> None:
    model = ScriptedModel(error)
    with pytest.raises(type(error)):
        await retrying(model, Clock()).complete(REQUEST)
    assert len(model.requests) == 1


async def test_being_busy_is_no_fault_and_is_waited_for() -> None:
    model, clock = ScriptedModel(*[busy(3)] * 20, "fine"), Clock()
    assert (await retrying(model, clock, retries=0).complete(REQUEST)).text == "fine"
    assert clock.now >= 60
    assert min(clock.naps) >= 3


async def test_a_wait_longer_than_the_deadline_is_not_begun() -> None:
    model, clock = ScriptedModel(busy(3600)), Clock()
    patient = retrying(model, clock)
    for _ in range(2):  # the second is not sent: what the first was told holds for all
        with pytest.raises(DeadlineExceeded, match="again in 3600 s"):
            await patient.complete(REQUEST)
    assert (clock.now, len(model.requests)) == (0, 1)


async def test_without_a_deadline_any_wait_is_kept() -> None:
    model, clock = ScriptedModel(busy(3600), "fine"), Clock()
    assert (await retrying(model, clock, timeout_s=None).complete(REQUEST)).text == "fine"


async def test_what_one_call_is_told_holds_for_all() -> None:
    model, clock = ScriptedModel(busy(10), "one", "two"), Clock()
    shared = retrying(model, clock)
    await shared.complete(REQUEST)
    first = clock.now
    await shared.complete(REQUEST)
    assert first >= 10
    assert clock.now == first
    clock.now = 5
    model = ScriptedModel("late")
    shared.model = model
    await shared.complete(REQUEST)
    assert clock.now >= 10


async def test_retries_are_told_to_whoever_listens() -> None:
    heard: list[Event] = []
    with listening(heard.append):
        await retrying(ScriptedModel(passing("reset"), "fine"), Clock()).complete(REQUEST)
    assert heard == [CallRetried("planner", "scripted", 1, 0.5, "reset")]


FAULTS: dict[str, Behaviour] = {
    "reset": resets,
    "closed": leaves,
    "no HTTP": talks_nonsense,
    "cut": cut_after(30),
    "bad JSON": answers(b"{"),
    "no choices": answers({}),
    "no finish": answers(completion("half", None)),
    "500": refuses(500),
    "503 with a date": refuses(503, retry_after="Thu, 01 Jan 1970 00:00:00 GMT"),
    "429 with nonsense": refuses(429, retry_after="soon"),
    "slow drip": drips(0.05),
    "hang": hangs,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_whatever_an_endpoint_does_the_call_ends_in_time(fault: Behaviour) -> None:
    async with endpoint(fault) as server:
        model = Retrying(OpenAIModel("m", base_url=server.url), retries=1, timeout_s=1.5)
        started = time.monotonic()
        with pytest.raises((EndpointError, DeadlineExceeded)):
            await model.complete(replace(REQUEST, schema=None))
        assert time.monotonic() - started < 2.5
        assert 1 <= len(server.requests) <= 4 if "429" in fault.__qualname__ else 2
        await model.aclose()


@pytest.mark.parametrize("fault", [resets, leaves, cut_after(30), refuses(500)])
async def test_a_call_survives_a_passing_fault(fault: Behaviour) -> None:
    async with endpoint(fault, answers(completion())) as server:
        model = Retrying(OpenAIModel("m", base_url=server.url), timeout_s=10)
        assert (await model.complete(REQUEST)).text == "fine"
        sent = [(request.body["seed"], request.body["max_tokens"]) for request in server.requests]
        # How a schema is asked for may be learnt in between; "fine" holds nothing of it, which is
        # asked about once.
        assert set(sent) == {sent[0]}
        assert 2 <= len(sent) <= 3
        await model.aclose()


class Storm:
    """An endpoint that closes for a while now and then, and counts who came too early."""

    PAUSE_S = 0.2

    def __init__(self) -> None:
        self.closed_until = 0.0
        self.served = self.refused = self.early = 0

    async def __call__(self, exchange: Exchange) -> None:
        if exchange.at < self.closed_until:
            self.early += 1
            await refuses(429, retry_after=str(self.PAUSE_S))(exchange)
            return
        # Closes again after every 16 answers, as a limit per interval does.
        if self.served % 16 == 15 and self.refused <= self.served // 16:
            self.refused += 1
            self.closed_until = exchange.at + self.PAUSE_S
            await refuses(429, retry_after=str(self.PAUSE_S))(exchange)
            return
        self.served += 1
        await answers(completion())(exchange)


async def storm_of(calls: int) -> tuple[Storm, int]:
    """Make calls with 8 workers; return the endpoint and how many requests it got."""
    storm = Storm()
    async with endpoint(storm) as server:
        model = Throttled(Retrying(OpenAIModel("m", base_url=server.url), timeout_s=60), 8)
        requests = [replace(REQUEST, schema=None, sample=n) for n in range(calls)]
        replies = await asyncio.gather(*(model.complete(request) for request in requests))
        await model.aclose()
        assert [reply.text for reply in replies] == ["fine"] * calls
        return storm, len(server.requests)


async def test_in_a_storm_of_refusals_no_call_is_lost_and_few_are_repeated() -> None:
    storm, requests = await storm_of(100)
    assert storm.served == 100
    assert requests <= 150
    # Only those already on their way when the first was turned away.
    assert storm.early <= 7 * storm.refused


@pytest.mark.slow
async def test_a_long_storm_loses_nothing() -> None:
    storm, requests = await storm_of(1_000)
    assert storm.served == 1_000
    assert requests <= 1_500


class Gauge:
    """A model that knows how many calls it works on at once."""

    name = "gauge"

    def __init__(self) -> None:
        self.now = self.most = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.002)
        self.now -= 1
        if request.sample % 5 == 0:
            raise EndpointError("one of five")
        return ChatReply("x", Finish.STOP, Usage(), self.name)

    async def aclose(self) -> None:
        """Nothing to close."""


async def test_so_many_calls_run_at_once_and_no_more_over_all_loops() -> None:
    gauge = Gauge()
    throttled = Throttled(gauge, 3)

    async def many() -> int:
        calls = (throttled.complete(replace(REQUEST, sample=n)) for n in range(30))
        return sum(
            isinstance(r, ChatReply) for r in await asyncio.gather(*calls, return_exceptions=True)
        )

    done = await asyncio.gather(many(), asyncio.to_thread(lambda: asyncio.run(many())))
    assert list(done) == [24, 24]
    assert gauge.most == 3
    assert gauge.now == 0


async def test_a_call_that_gives_up_waiting_leaves_the_queue() -> None:
    gauge = Gauge()
    throttled = Throttled(gauge, 1)
    calls = [asyncio.create_task(throttled.complete(replace(REQUEST, sample=n))) for n in (1, 2, 3)]
    await asyncio.sleep(0)
    calls[1].cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert calls[1].cancelled()
    assert (await throttled.complete(replace(REQUEST, sample=4))).text == "x"
