"""Replies of the embedded model while they come; a stand-in streams for llama.cpp."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from optwright.errors import EndpointError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, user
from optwright.serving.events import CallProgressed, Event, listening, watching
from optwright.serving.local import model as local_model
from optwright.serving.local.model import LocalModel
from optwright.serving.models import open_model

STAND_IN = Path(__file__).parent / "stand_in"


@pytest_asyncio.fixture
async def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalModel]:
    """Its child finds the stand-in, and the file that it never reads."""
    monkeypatch.syspath_prepend(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", f"{STAND_IN}:{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.setenv("OPTWRIGHT_CACHE", str(tmp_path))
    monkeypatch.setattr(local_model, "find_model", lambda given, cancelled: tmp_path / "model")
    model = LocalModel()
    yield model
    await model.aclose()


def asking(words: str) -> ChatRequest:
    return ChatRequest((user(words),), role="critic")


async def streamed(model: LocalModel, words: str) -> tuple[ChatReply, list[Event]]:
    heard: list[Event] = []
    with listening(heard.append), watching():
        reply = await model.complete(asking(words))
    return reply, heard


async def test_a_streamed_reply_is_the_one_in_one_piece(model: LocalModel) -> None:
    whole = await model.complete(asking("hello"))
    reply, _ = await streamed(model, "hello")
    assert (reply.text, reply.finish, reply.model) == (whole.text, whole.finish, whole.model)
    assert reply.usage.tokens == whole.usage.tokens


async def test_words_are_told_as_soon_as_they_come_and_not_at_each_piece(
    model: LocalModel,
) -> None:
    reply, heard = await streamed(model, "slowly")
    told = [event for event in heard if isinstance(event, CallProgressed)]
    assert {(event.role, event.model) for event in told} == {("critic", model.name)}
    assert 2 < len(told) < len(reply.text) / 2
    assert told[-1].tail in reply.text
    assert told[-1].tail.startswith('{"process": ')


async def test_where_nobody_watches_it_is_asked_for_in_one_piece(model: LocalModel) -> None:
    heard: list[Event] = []
    with listening(heard.append):
        reply = await model.complete(asking("garbage"))  # only a stream would hold it
    assert reply.finish is Finish.STOP
    assert heard == []


async def test_a_character_that_the_limit_cut_is_marked_as_in_one_piece(model: LocalModel) -> None:
    reply, _ = await streamed(model, "cut")
    assert reply.finish is Finish.LENGTH
    assert reply.text.endswith("}\ufffd")


@pytest.mark.parametrize(
    ("told", "said", "is_retryable"),
    [
        ("garbage", r"runtime answered '\[1, 2'", False),
        ("refuse", "runtime refused: out of memory", False),
        ("nothing", "runtime answered {'stop': True}", False),
        ("break off", "broke off its answer", True),
        ("crash", "crashed with SIGSEGV", True),
    ],
)
async def test_half_a_stream_is_an_error_and_never_a_reply(
    model: LocalModel, told: str, said: str, is_retryable: bool
) -> None:
    with pytest.raises(EndpointError, match=said) as failed:
        await streamed(model, told)
    assert failed.value.retryable is is_retryable
    reply, _ = await streamed(model, "hello")
    assert reply.finish is Finish.STOP


async def test_a_cancelled_stream_gives_its_place_to_the_next(model: LocalModel) -> None:
    await streamed(model, "hello")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(streamed(model, "slowly"), 0.1)
    async with asyncio.timeout(10):
        reply, _ = await streamed(model, "hello")
    assert reply.finish is Finish.STOP


async def test_words_reach_who_watches_through_everything_around_a_model(model: LocalModel) -> None:
    heard: list[Event] = []
    around = open_model(model)
    with listening(heard.append), watching():
        await around.complete(asking("hello"))
    kinds = [type(event).__name__ for event in heard]
    assert kinds[:2] == ["CallStarted", "CallProgressed"]
    assert kinds[-1] == "CallEnded"
