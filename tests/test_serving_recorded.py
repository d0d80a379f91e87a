"""Recorded and replayed models: what is asked, what is not, and what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from optwright.errors import EndpointError, InputError, ReplayMiss, StorageError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage, user
from optwright.serving.ledger import Ledger
from optwright.serving.recorded import Recorded, Replayed
from optwright.serving.recording import (
    Recording,
    open_replies,
    read_into,
    replaying,
    write_recording,
)
from optwright.serving.sync import ask
from optwright.serving.throttle import Throttled
from optwright.testing import ScriptedModel


def request(text: str = "question") -> ChatRequest:
    return ChatRequest((user(text),))


def ended(finish: Finish, *, cut_by_budget: bool = False) -> ChatReply:
    return ChatReply("so far", finish, Usage(1, 2), "scripted", cut_by_budget=cut_by_budget)


class Slow:
    """A model that waits for a signal before each reply, and counts how often it was asked."""

    name = "slow"

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self.error = error
        self.go = asyncio.Event()

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.asked += 1
        await self.go.wait()
        if self.error is not None:
            raise self.error
        return ChatReply("done", Finish.STOP, Usage(1, 1), self.name)

    async def aclose(self) -> None:
        """Nothing to close."""


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger(tmp_path / "ledger.sqlite") as opened:
        yield opened


def test_a_recorded_reply_is_not_asked_for_again(ledger: Ledger) -> None:
    model = ScriptedModel("first")
    recorded = Recorded(model, ledger)
    fresh, again = ask(recorded, request()), ask(recorded, request())
    assert (fresh.replayed, again.replayed) == (False, True)
    assert replace(again, replayed=False) == fresh
    assert model.asked == ["question"]


def test_replay_never_asks_anyone(ledger: Ledger) -> None:
    ask(Recorded(ScriptedModel("first"), ledger), request())
    silent = ScriptedModel()
    replay = Recorded(silent, ledger, "replay")
    assert ask(replay, request()).text == "first"
    with pytest.raises(ReplayMiss, match="'another question'"):
        ask(replay, request("another question"))
    assert silent.requests == []


def test_off_looks_nowhere_and_keeps_nothing(ledger: Ledger) -> None:
    off = Recorded(ScriptedModel("one", "two"), ledger, "off")
    assert [ask(off, request()).text, ask(off, request()).text] == ["one", "two"]
    assert len(ledger) == 0


@pytest.mark.parametrize("mode", ["record", "off"])
def test_whoever_asks_first_is_told_no_secret_either(
    ledger: Ledger, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "correct-horse-battery")
    model = Recorded(ScriptedModel("your key is correct-horse-battery"), ledger, mode)
    assert ask(model, request()).text == "your key is [redacted]"


@pytest.mark.parametrize(
    ("reply", "kept"),
    [
        (ended(Finish.STOP), 1),
        (ended(Finish.LENGTH), 1),
        (ended(Finish.REFUSAL), 0),
        (ended(Finish.LENGTH, cut_by_budget=True), 0),
    ],
)
def test_only_a_models_last_word_is_kept(ledger: Ledger, reply: ChatReply, kept: int) -> None:
    ask(Recorded(ScriptedModel(reply), ledger), request())
    assert len(ledger) == kept


def test_an_error_is_not_kept(ledger: Ledger) -> None:
    recorded = Recorded(ScriptedModel(EndpointError("busy"), "fine"), ledger)
    with pytest.raises(EndpointError):
        ask(recorded, request())
    assert ask(recorded, request()).text == "fine"


async def test_equal_requests_under_way_cost_one_call(ledger: Ledger) -> None:
    model = Slow()
    # Two wrappers of one model on one ledger, as two agents with the same model have them.
    wrappers = [Recorded(model, ledger), Recorded(model, ledger)]
    calls = [asyncio.create_task(wrappers[n % 2].complete(request())) for n in range(10)]
    await asyncio.sleep(0.01)
    model.go.set()
    replies = await asyncio.gather(*calls)
    assert model.asked == 1
    assert sorted(reply.replayed for reply in replies) == [False] + [True] * 9


async def test_threads_join_one_call(ledger: Ledger) -> None:
    model = Slow()
    recorded = Recorded(model, ledger)
    first = asyncio.create_task(recorded.complete(request()))
    await asyncio.sleep(0.01)
    second = asyncio.create_task(asyncio.to_thread(ask, recorded, request()))
    await asyncio.sleep(0.05)
    model.go.set()
    assert (await first).text == (await second).text == "done"
    assert model.asked == 1


async def test_when_the_caller_at_work_is_cancelled_another_takes_over(ledger: Ledger) -> None:
    model = Slow()
    recorded = Recorded(model, ledger)
    leader, follower, quitter = (
        asyncio.create_task(recorded.complete(request())) for _ in range(3)
    )
    await asyncio.sleep(0.01)
    quitter.cancel()
    leader.cancel()
    await asyncio.sleep(0.01)
    model.go.set()
    assert (await follower).text == "done"
    assert model.asked == 2
    assert leader.cancelled()
    assert quitter.cancelled()


async def test_the_error_of_a_joined_call_is_everyones(ledger: Ledger) -> None:
    model = Slow(EndpointError("down"))
    recorded = Recorded(model, ledger)
    calls = [asyncio.create_task(recorded.complete(request())) for _ in range(3)]
    await asyncio.sleep(0.01)
    model.go.set()
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert [str(error) for error in errors] == ["down"] * 3
    assert model.asked == 1


async def test_a_replay_is_the_same_each_time_whatever_runs_side_by_side(ledger: Ledger) -> None:
    draws = iter(range(100))
    model = ScriptedModel(lambda request: f"{request.sample}: draw {next(draws)}")
    requests = [replace(request(), temperature=1.0, sample=n) for n in range(20)]

    async def replies(recorded: Recorded, at_once: int) -> list[str]:
        throttled = Throttled(recorded, at_once)
        calls = (throttled.complete(each) for each in requests)
        return [reply.text for reply in await asyncio.gather(*calls)]

    first = await replies(Recorded(model, ledger), 4)
    for at_once in (1, 4, 20):
        assert await replies(Recorded(model, ledger, "replay"), at_once) == first
    assert len(model.requests) == 20


class SlowLedger(Ledger):
    """A ledger whose disk waits for a signal."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go = Event()

    def keep(self, model: str, request: ChatRequest, reply: ChatReply) -> ChatReply:
        self.go.wait()
        return super().keep(model, request, reply)


async def test_a_reply_that_arrived_is_kept_though_nobody_waits(tmp_path: Path) -> None:
    with SlowLedger(tmp_path / "ledger.sqlite") as ledger:
        recorded = Recorded(ScriptedModel("arrived"), ledger)
        task = asyncio.create_task(recorded.complete(request()))
        await asyncio.sleep(0.05)
        task.cancel()
        ledger.go.set()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert (await recorded.complete(request())).text == "arrived"


@pytest.fixture
def recording(ledger: Ledger, tmp_path: Path) -> Path:
    """Two replies of one model, exported."""
    recorded = Recorded(ScriptedModel("one \ud800", "two"), ledger)
    ask(recorded, request("first"))
    ask(recorded, request("second"))
    path = tmp_path / "replies.jsonl"
    assert write_recording(ledger.records(), path) == 2
    return path


def test_a_recording_replays_by_itself(recording: Path) -> None:
    with replaying(recording) as model:
        assert model.name == "scripted"
        assert ask(model, request("second")).text == "two"
        assert ask(model, request("first")).text == "one \ud800"


def test_a_reply_nobody_asks_for_fails_the_test(recording: Path) -> None:
    with (
        pytest.raises(AssertionError, match=r"1 replies were not asked for: \['second'\]"),
        replaying(recording) as model,
    ):
        ask(model, request("first"))


def test_a_question_that_is_not_in_the_recording_fails_the_test(recording: Path) -> None:
    with pytest.raises(ReplayMiss, match="third"), replaying(recording) as model:
        ask(model, request("third"))


def test_a_torn_last_line_is_counted_and_the_rest_is_read(recording: Path) -> None:
    recording.write_text(recording.read_text() + '{"model": "scripted", "requ')
    torn = Recording(recording)
    assert (torn.damaged, len(torn.unused())) == (1, 2)
    with pytest.raises(ReplayMiss, match="1 damaged records"):
        ask(Replayed(torn), request("third"))


@pytest.mark.parametrize("line", ["[]", "{}", '{"model": 1, "request": 2, "reply": 3}', "\x00"])
def test_a_line_that_is_no_record_is_damage(tmp_path: Path, line: str) -> None:
    path = tmp_path / "replies.jsonl"
    path.write_text(line + "\n")
    assert Recording(path).damaged == 1


def test_a_recording_fills_a_ledger(recording: Path, tmp_path: Path) -> None:
    with Ledger(tmp_path / "other.sqlite") as other:
        assert read_into(other, recording) == 2
        replay = Replayed(other)
        assert ask(replay, request("second")).replayed


def test_several_models_in_one_recording_are_told_apart_by_name(
    recording: Path, ledger: Ledger
) -> None:
    ledger.keep("other", request("first"), ended(Finish.STOP))
    write_recording(ledger.records(), recording)
    replies = open_replies(recording)
    assert ask(Replayed(replies, "other"), request("first")).text == "so far"
    assert ask(Replayed(replies), request("second")).text == "two"
    with pytest.raises(InputError, match="@MODEL"):
        ask(Replayed(replies), request("first"))


def test_a_recording_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no recorded replies"):
        open_replies(tmp_path / "none.jsonl")
    with pytest.raises(StorageError):
        Recording(tmp_path)


def test_writing_a_recording_fails_whole(recording: Path, ledger: Ledger) -> None:
    before = recording.read_bytes()
    with pytest.raises(StorageError):
        write_recording(ledger.records(), recording.parent / "missing" / "replies.jsonl")
    assert recording.read_bytes() == before
    assert not list(recording.parent.glob("*.tmp"))
