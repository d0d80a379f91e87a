"""What is learnt of an endpoint is kept, and what it does with a schema is tried."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from optwright.errors import ModelError
from optwright.serving import endpoints
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage, user
from optwright.serving.models import open_model
from optwright.serving.probe import PROBE
from optwright.serving.refusals import Heeding
from optwright.testing import ScriptedModel
from tests.endpoint_behaviours import behaving, done, has, refusing
from tests.faulty_endpoint import endpoint

SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
REQUEST = ChatRequest((user("x is two"),), schema=SCHEMA, max_tokens=99)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPTWRIGHT_ENDPOINTS", str(tmp_path / "endpoints"))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    return tmp_path / "endpoints"


def obedient(body: Mapping[str, Any]) -> object:
    """A server that keeps to a schema."""
    schema = body.get("response_format", {}).get("json_schema", {}).get("schema", {})
    return done('{"paint": "ultramarine"}' if "paint" in str(schema) else '{"x": 2}')


def careless(body: Mapping[str, Any]) -> object:
    """A server that takes a schema and drops it."""
    return done('{"colour": "red"}' if "colour" in body["messages"][-1]["content"] else '{"x": 2}')


@pytest.mark.parametrize(("server", "keeps"), [(obedient, True), (careless, False)])
async def test_a_server_here_is_tried_once_and_shown_the_schema_if_it_drops_it(
    kept: Path, server: Any, keeps: bool
) -> None:
    async with endpoint(behaving(server)) as running:
        for _ in range(2):  # the second program knows
            model = open_model(f"m@{running.url}")
            reply = await model.complete(REQUEST)
            await model.complete(REQUEST)
            await model.aclose()
    asked = [sent.body["messages"][-1]["content"] for sent in running.requests]
    assert [PROBE.messages[-1].content in text for text in asked] == [True, *[False] * 4]
    assert all(("JSON schema" in text) is not keeps for text in asked[1:])
    assert reply.usage.calls == 1


async def test_a_model_that_thinks_through_the_probe_is_not_tried_again(kept: Path) -> None:
    """It would be paid for once for each call, and tell nothing each time."""

    def thinking(body: Mapping[str, Any]) -> object:
        return done("", "length") if body["max_tokens"] <= PROBE.max_tokens else done('{"x": 2}')

    async with endpoint(behaving(thinking)) as running:
        for _ in range(2):
            model = open_model(f"m@{running.url}")
            await model.complete(REQUEST)
            await model.complete(REQUEST)
            await model.aclose()
    assert [sent.body["max_tokens"] == PROBE.max_tokens for sent in running.requests] == [
        True,
        *[False] * 4,
    ]


async def test_a_probe_is_counted_and_not_made_where_calls_are_counted_out(kept: Path) -> None:
    async with endpoint(behaving(obedient)) as running:
        free = await open_model(f"m@{running.url}").complete(REQUEST)
        endpoints.forget(f"openai/m@{running.url}")
        account = Account(Budget(calls=1))
        counted = await open_model(f"m@{running.url}", account=account).complete(REQUEST)
    assert (free.usage.calls, counted.usage.calls) == (2, 1)


async def test_a_dialect_is_not_learnt_twice(kept: Path) -> None:
    server = behaving(refusing(has("seed"), "seed: unknown parameter"))
    async with endpoint(server) as running:
        for _ in range(2):
            model = open_model(f"m@{running.url}", account=Account(Budget(calls=9)))
            await model.complete(ChatRequest((user("x is two"),)))
            await model.aclose()
        assert ["seed" in sent.body for sent in running.requests] == [True, False, False]


async def test_a_reply_that_breaks_its_schema_has_the_schema_shown_from_then_on() -> None:
    async with endpoint(behaving(lambda body: done('{"x": "two"}'))) as running:
        model = open_model(f"m@{running.url}")
        await model.complete(REQUEST)
        await model.complete(REQUEST)
        await model.aclose()
    shown = ["JSON schema" in sent.body["messages"][-1]["content"] for sent in running.requests]
    assert shown == [False, True]


async def test_room_for_thoughts_is_kept(kept: Path) -> None:
    def thinks(request: ChatRequest) -> ChatReply:
        return ChatReply("ok", Finish.STOP, Usage(9, 900, thought_tokens=880), "thinker")

    asked: list[int] = []
    for _ in range(2):
        model = ScriptedModel(thinks, name="thinker")
        await open_model(model).complete(ChatRequest((user("hm"),), max_tokens=1200))
        asked += [request.max_tokens for request in model.requests]
    assert asked == [1200, 1200 + 2048]


def test_what_is_kept_grows_old_and_what_is_damaged_is_not_believed(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoints.remember("m", longest=7)
    assert endpoints.recall("m")["longest"] == 7
    (file,) = kept.iterdir()
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert endpoints.recall("m") == {}
    file.write_text("{")
    assert endpoints.recall("m") == {}


async def test_a_model_that_refuses_is_asked_twice_and_no_third_time() -> None:
    no = ChatReply("I will not", Finish.REFUSAL, Usage(1, 1), "scripted")
    model = ScriptedModel(no, no)
    heeding = Heeding(model)
    for _ in range(2):
        await heeding.complete(REQUEST)
    with pytest.raises(ModelError, match="refuses to answer this: 'I will not'"):
        await heeding.complete(REQUEST)
    assert model.left == 0
