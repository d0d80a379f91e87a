"""Completions that an endpoint streams: read like those in one piece, or not at all."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from optwright.errors import EndpointError, ModelError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, user
from optwright.serving.events import CallProgressed, Event, listening, watching
from optwright.serving.ledger import Ledger
from optwright.serving.models import open_model
from optwright.serving.openai_client import OpenAIModel
from tests.faulty_endpoint import (
    Behaviour,
    Exchange,
    answers,
    completion,
    endpoint,
    head,
    refuses,
)

REQUEST = ChatRequest((user("Say fine."),), role="critic")
TEXT = "all is fine\u2028and counted, 木材"
USAGE = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 2}}
DONE = "[DONE]"
EVENTS = "text/event-stream; charset=utf-8"


def chunk(content: object = None, finish: str | None = None, **delta: object) -> dict[str, Any]:
    said = {"content": content, **delta} if content is not None or delta else {}
    return {"choices": [{"index": 0, "delta": said, "finish_reason": finish}], "usage": None}


PIECES = (chunk("", role="assistant"), *(chunk(letter) for letter in TEXT))
WHOLE = (*PIECES, chunk(finish="stop"), USAGE, DONE)


def streams(*parts: object, pause_s: float = 0.0, is_promised: bool = False) -> Behaviour:
    """Stream these parts; `is_promised` says there is more to come and closes."""

    async def behave(exchange: Exchange) -> None:
        start = head(kind=EVENTS, content_length="1000000") if is_promised else head(kind=EVENTS)
        await exchange.send(start + b": hello\n\n")
        for part in parts:
            data = part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
            await exchange.send(f"data: {data}\r\n\r\n".encode())
            await asyncio.sleep(pause_s)

    return behave


async def watched_asks(
    *behaviours: Behaviour, times: int = 1, **options: Any
) -> tuple[list[ChatReply], list[dict[str, Any]], list[Event]]:
    """Replies, what was asked for, and what was heard meanwhile."""
    heard: list[Event] = []
    async with endpoint(*behaviours) as server:
        model = OpenAIModel("m", base_url=server.url, **options)
        try:
            with listening(heard.append), watching():
                replies = [await model.complete(REQUEST) for _ in range(times)]
        finally:
            await model.aclose()
        return replies, [request.body for request in server.requests], heard


async def test_a_streamed_reply_is_the_one_in_one_piece() -> None:
    (streamed,), (asked,), _ = await watched_asks(streams(*WHOLE))
    (whole,), _, _ = await watched_asks(answers(completion(TEXT)))
    assert streamed.text == whole.text == TEXT
    assert replace(streamed, usage=whole.usage, model=whole.model) == whole
    assert streamed.usage.tokens == whole.usage.tokens == 7
    assert asked["stream_options"] == {"include_usage": True}


async def test_words_are_told_while_they_come() -> None:
    _, _, heard = await watched_asks(streams(*WHOLE, pause_s=0.02))
    tails = [event.tail for event in heard if isinstance(event, CallProgressed)]
    assert 2 <= len(tails) < len(TEXT)
    assert "all is" in tails


async def test_who_does_not_watch_sends_the_request_of_always() -> None:
    async with endpoint(answers(completion())) as server:
        model = OpenAIModel("m", base_url=server.url)
        with listening(lambda event: None):
            await model.complete(REQUEST)
        await model.aclose()
        assert not {"stream", "stream_options"} & set(server.requests[0].body)


@pytest.mark.parametrize("named", ["stream_options", "stream"])
async def test_an_endpoint_that_refuses_to_stream_is_asked_in_one_piece_from_then_on(
    named: str,
) -> None:
    refusing = refuses(400, f"unknown parameter: {named!r}")
    replies, asked, _ = await watched_asks(refusing, answers(completion()), times=2)
    assert [reply.text for reply in replies] == ["fine", "fine"]
    assert ["stream" in body for body in asked] == [True, False, False]
    assert not any("stream_options" in body for body in asked[1:])


async def test_an_endpoint_that_does_not_count_what_it_streams_is_streamed_once() -> None:
    uncounted = streams(*PIECES, chunk(finish="stop"), DONE)
    replies, asked, _ = await watched_asks(uncounted, answers(completion()), times=2)
    assert replies[0].usage.tokens > 7  # the most it can have been
    assert ["stream" in body for body in asked] == [True, False]


async def test_an_endpoint_that_does_not_stream_answers_as_always() -> None:
    (reply,), _, _ = await watched_asks(answers(completion()))
    assert reply.text == "fine"


async def test_refusals_and_limits_are_read_from_streams_too() -> None:
    refused = streams(chunk(refusal="I "), chunk(refusal="will not"), chunk(finish="stop"), USAGE)
    (reply,), _, _ = await watched_asks(refused)
    assert (reply.text, reply.finish) == ("I will not", Finish.REFUSAL)
    (reply,), _, _ = await watched_asks(streams(chunk("half"), chunk(finish="length"), USAGE))
    assert (reply.text, reply.finish) == ("half", Finish.LENGTH)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (PIECES, "for the reason None, so it is not whole"),
        ((*PIECES, DONE), "for the reason None, so it is not whole"),
        ((), "for the reason None"),
        ((*PIECES, "{"), "sent broken JSON of 1 bytes"),
        ((*PIECES, [1]), "sent a JSON list instead of an object"),
        ((chunk([7]),), "sent list content instead of text"),
        ((chunk(finish="stop"), USAGE), "sent NoneType content instead of text"),
        ((*PIECES, {"error": {"message": "out of memory"}}), "sent an error: .*out of memory"),
    ],
)
async def test_half_a_stream_is_an_error_to_be_tried_again(
    parts: Sequence[object], said: str
) -> None:
    with pytest.raises(EndpointError, match=said) as failed:
        await watched_asks(streams(*parts))
    assert failed.value.retryable


async def test_a_broken_connection_is_an_error_to_be_tried_again() -> None:
    with pytest.raises(EndpointError, match=r"the connection to .* broke") as failed:
        await watched_asks(streams(*PIECES, is_promised=True))
    assert failed.value.retryable


async def test_a_stream_is_bound_in_size_and_time() -> None:
    with pytest.raises(EndpointError, match="sent more than 1000 bytes"):
        await watched_asks(streams(*WHOLE), most_bytes=1000)
    with pytest.raises(ModelError, match=r"did not reply within 0.2 s"):
        await watched_asks(streams(*WHOLE, pause_s=0.05), timeout_s=0.2)


async def test_a_page_instead_of_a_stream_is_said() -> None:
    with pytest.raises(EndpointError, match="sent text/html instead of JSON"):
        await watched_asks(answers(b"<html>", kind="text/html"))


async def test_only_the_whole_reply_gets_into_the_ledger(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        async with endpoint(streams(*PIECES), streams(*WHOLE)) as server:
            model = open_model("m", base_url=server.url, ledger=ledger)
            with listening(lambda event: None), watching():
                assert (await model.complete(REQUEST)).text == TEXT
                assert (await model.complete(REQUEST)).replayed
            await model.aclose()
            assert len(server.requests) == 2
