"""What vLLM 0.33 takes and sends: field names read from its wheel (`vllm/entrypoints`), replies in
all their fields, held against what our client says and reads."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from optwright.errors import EndpointError, ModelUnavailable
from optwright.serving.chat import ChatReply, ChatRequest, Finish, system, user
from optwright.serving.dialect import spaced
from optwright.serving.events import listening, watching
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.replies import cut_off
from tests.faulty_endpoint import Behaviour, Exchange, answers, completion, endpoint, head

SHAPES = json.loads((Path(__file__).parent / "recordings" / "vllm-0.33.json").read_text())
SCHEMA = {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]}
REQUEST = ChatRequest(
    (system("be brief"), user("x is two")), spaced(SCHEMA), max_tokens=1200, effort="low"
)


async def asked(*behaviours: Behaviour, watched: bool = False) -> tuple[ChatReply, list[Exchange]]:
    async with endpoint(*behaviours) as server:
        model = OpenAIModel("m", base_url=server.url, timeout_s=20)
        with ExitStack() as stack:
            if watched:
                stack.enter_context(listening(lambda event: None))
                stack.enter_context(watching())
            try:
                return await model.complete(REQUEST), server.requests
            finally:
                await model.aclose()


def names(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping) and path != "schema":
        for name, inner in value.items():
            yield f"{path}.{name}" if path else name
            yield from names(inner, name)


@pytest.mark.parametrize("watched", [False, True])
async def test_nothing_is_said_that_vllm_would_ignore(watched: bool) -> None:
    _, (sent,) = await asked(answers(completion('{"x": 2}')), watched=watched)
    assert set(sent.body) <= set(SHAPES["request_fields"])
    assert not set(sent.body) & set(SHAPES["removed_fields"])
    for part, known in SHAPES["format_fields"].items():
        said = {n.partition(".")[2] for n in names(sent.body) if n.startswith(f"{part}.")}
        assert said <= set(known)


@pytest.mark.parametrize("name", ["schema", "reasoning", "reasoning_only", "stop_token"])
async def test_a_reply_in_all_its_fields_is_read(name: str) -> None:
    reply, _ = await asked(answers(SHAPES["replies"][name]))
    assert (json.loads(reply.text), reply.finish) == ({"x": 2}, Finish.STOP)
    assert reply.usage.thought_tokens == (100 if "reasoning" in name else 0)


async def test_a_streamed_reply_in_all_its_fields_is_read() -> None:
    async def behave(exchange: Exchange) -> None:
        chunks = [b"data: " + json.dumps(chunk).encode() for chunk in SHAPES["stream"]]
        body = b"\n\n".join([*chunks, b"data: [DONE]\n\n"])
        await exchange.send(head(kind="text/event-stream; charset=utf-8") + body)

    reply, _ = await asked(behave, watched=True)
    assert json.loads(reply.text) == {"x": 2}
    assert (reply.usage.completion_tokens, reply.usage.thought_tokens) == (120, 100)


async def test_a_reply_that_thoughts_cut_off_says_so() -> None:
    reply, _ = await asked(answers(SHAPES["replies"]["cut_while_thinking"]))
    assert "spent its 1,200 tokens thinking" in cut_off(reply)


async def test_a_reply_that_was_aborted_is_no_reply() -> None:
    with pytest.raises(EndpointError, match="'abort', so it is not whole"):
        await asked(answers(SHAPES["replies"]["aborted"]))


async def test_its_refusals_are_understood() -> None:
    status, body = SHAPES["errors"]["too_long"]
    too_long = json.loads(json.dumps(body).replace("20000", "1200").replace("8192", "900"))
    reply, requests = await asked(answers(too_long, status), answers(completion('{"x": 2}')))
    assert (requests[1].body["max_tokens"], reply.capped) == (600, True)
    status, body = SHAPES["errors"]["unknown_model"]
    with pytest.raises(ModelUnavailable, match="does not exist"):
        await asked(answers(body, status))
    status, body = SHAPES["errors"]["dead_engine"]
    with pytest.raises(EndpointError, match="EngineCore") as dead:
        await asked(answers(body, status))
    assert dead.value.retryable
