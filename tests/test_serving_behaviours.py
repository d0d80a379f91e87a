"""The table of endpoint behaviours: each is solved, or ends in one sentence a user can act on."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack, nullcontext
from dataclasses import replace

import openai  # noqa: F401 -- loaded before anything is timed
import pytest

from optwright.errors import EndpointError, OptwrightError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, system, user
from optwright.serving.completion import read_completion
from optwright.serving.events import listening, watching
from optwright.serving.models import open_model
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.replies import extract_json, whole_text
from tests.endpoint_behaviours import (
    ROWS,
    Answer,
    Body,
    Refusal,
    Row,
    above,
    behaving,
    done,
    has,
    is_format,
    refusing,
    role,
)
from tests.faulty_endpoint import Exchange, endpoint, head
from tests.more_behaviours import MORE, NOT_WANTED
from tests.odd_behaviours import ODD, ajv, serde
from tests.unheard_behaviours import UNHEARD

SCHEMA = {
    "type": "object",
    "properties": {"x": {"type": "integer"}, "y": {"type": "null"}},
    "required": ["x"],
}
REQUEST = ChatRequest(
    (system("be brief"), user("x is two")), schema=SCHEMA, max_tokens=20_000, effort="minimal"
)
MOST_REFUSALS = 12
ALL = [*ROWS, *MORE, *ODD, *UNHEARD]
CASES = [(row, watched) for row in ALL for watched in (False, True) if row.streamed or not watched]


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_there_are_two_hundred_behaviours() -> None:
    assert len(ALL) >= 200
    assert len({row.name for row in ALL}) == len(ALL)


@pytest.mark.parametrize(
    ("row", "watched"), CASES, ids=[f"{r.name}{', streamed' * w}" for r, w in CASES]
)
async def test_a_behaviour_is_solved_or_told_in_one_sentence(row: Row, watched: bool) -> None:
    async with endpoint(behaving(row.answer)) as server:
        model = OpenAIModel("m", base_url=server.url, timeout_s=20)
        with ExitStack() as stack:
            if watched:
                stack.enter_context(listening(lambda event: None))
                stack.enter_context(watching())
            try:
                said: ChatReply | OptwrightError = await model.complete(REQUEST)
                first = len(server.requests)
                if not row.says:
                    await model.complete(REQUEST)
            except OptwrightError as error:
                said, first = error, len(server.requests)
            finally:
                await model.aclose()
    assert first <= MOST_REFUSALS
    if row.says:
        assert isinstance(said, OptwrightError)
        told = f"{said} {said.hint}"
        assert row.says in told
        assert "\n" not in str(said)
        assert said.retryable is row.retried
        return
    assert isinstance(said, ChatReply), said
    assert extract_json(whole_text(said))["x"] == 2
    assert 0 < said.usage.tokens < 20_000
    assert len(server.requests) == first + 1, "what was learnt is not kept"


@pytest.mark.parametrize("says_so", [True, False])
async def test_a_server_that_dies_of_a_schema_is_asked_without_one_and_its_reply_is_read(
    says_so: bool,
) -> None:
    """vLLM's engine for processors does (vllm #51283)."""
    died = {"object": "error", "message": "EngineCore encountered an issue.", "code": 500}

    async def behave(exchange: Exchange) -> None:
        if "response_format" not in exchange.body:
            await behaving(lambda body: done())(exchange)
        elif says_so:
            await exchange.send(head(500) + json.dumps({"error": died}).encode())
        else:
            exchange.reset()

    async with endpoint(behave) as server:
        model = open_model(f"m@{server.url}")
        first = await model.complete(REQUEST)
        second = await model.complete(REQUEST)
        await model.aclose()
    assert extract_json(first.text) == extract_json(second.text) == {"x": 2}
    formats = ["response_format" in sent.body for sent in server.requests]
    assert formats == [True, False, False]
    assert "JSON schema" in server.requests[1].body["messages"][-1]["content"]


async def test_a_reply_about_something_else_is_asked_for_anew_with_the_schema_in_the_prompt() -> (
    None
):
    """Whatever the server promised; both calls are in what the reply cost."""

    def answer(body: Body) -> object:
        return done() if "JSON schema" in body["messages"][-1]["content"] else done(NOT_WANTED)

    async with endpoint(behaving(answer)) as server:
        model = open_model(f"m@{server.url}")
        first, second = await model.complete(REQUEST), await model.complete(REQUEST)
        await model.aclose()
    assert extract_json(first.text) == extract_json(second.text) == {"x": 2}
    assert (first.usage.calls, second.usage.calls) == (2, 1)


async def test_a_reply_that_only_slips_is_left_to_whoever_reads_it() -> None:
    async with endpoint(behaving(lambda _: done('{"x": "2"}'))) as server:
        model = open_model(f"m@{server.url}")
        reply = await model.complete(REQUEST)
        await model.aclose()
    assert (extract_json(reply.text), reply.usage.calls) == ({"x": "2"}, 1)


@pytest.mark.parametrize(("answer", "dropped"), [(serde, "reasoning_effort"), (ajv, "seed")])
async def test_only_the_field_that_is_not_known_is_left_out(answer: Answer, dropped: str) -> None:
    """A server may list after it all that it does know."""
    async with endpoint(behaving(answer)) as server:
        model = OpenAIModel("m", base_url=server.url, timeout_s=20)
        await model.complete(REQUEST)
        await model.aclose()
    first, *_, last = (sent.body for sent in server.requests)
    assert first.keys() - last.keys() == {dropped}
    assert last["response_format"] == first["response_format"]


FAILS = [
    refusing(is_format("json_schema"), "FSM compilation failed for this constraint", 500),
    refusing(role("system"), "Conversations must start with a user prompt", 500),
    refusing(has("response_format"), "Internal Server Error", 500),
]


@pytest.mark.parametrize("answer", FAILS)
async def test_a_failure_that_comes_again_is_asked_for_more_plainly(answer: Answer) -> None:
    """Templates and grammars that fail are told as failures of the server."""
    async with endpoint(behaving(answer)) as server:
        model = OpenAIModel("m", base_url=server.url, timeout_s=20)
        with pytest.raises(EndpointError) as first:
            await model.complete(REQUEST)
        reply = await model.complete(REQUEST)
        await model.aclose()
    assert first.value.retryable
    assert extract_json(reply.text)["x"] == 2


async def test_what_was_taken_before_is_not_said_otherwise_over_a_text_that_is_refused() -> None:
    """Nor is a form twice tried to be plainer where that did not help."""

    def answer(body: Body) -> object:
        is_odd = "odd" in body["messages"][-1]["content"]
        return Refusal(400, {"error": {"message": "mind your words"}}) if is_odd else done()

    odd = replace(REQUEST, messages=(system("be brief"), user("odd")))
    async with endpoint(behaving(answer)) as server:
        model = OpenAIModel("m", base_url=server.url, timeout_s=20)
        counts = []
        for request, is_taken in ((odd, False), (odd, False), (REQUEST, True), (odd, False)):
            before = len(server.requests)
            with nullcontext() if is_taken else pytest.raises(EndpointError, match="your words"):
                await model.complete(request)
            counts.append(len(server.requests) - before)
        await model.aclose()
    assert counts[0] > 1
    assert counts[1:] == [1, 1, 1]
    last = server.requests[-1].body
    assert {"seed", "temperature", "response_format"} <= last.keys(), "nothing was left out for it"


async def test_what_was_left_out_in_vain_is_said_again() -> None:
    """An endpoint that blames a parameter and refuses all the same has told nothing of it."""

    def answer(body: Body) -> object:
        if "odd" not in body["messages"][-1]["content"]:
            return done()
        said = "seed not supported" if "seed" in body else "mind your words"
        return Refusal(400, {"error": {"message": said}})

    odd = replace(REQUEST, messages=(system("be brief"), user("odd")))
    async with endpoint(behaving(answer)) as server:
        model = OpenAIModel("m", base_url=server.url, timeout_s=20)
        with pytest.raises(EndpointError, match="your words"):
            await model.complete(odd)
        await model.complete(REQUEST)
        await model.aclose()
    assert "seed" not in server.requests[1].body
    assert "seed" in server.requests[-1].body


@pytest.mark.parametrize(
    ("status", "said", "most"),
    [
        (402, "You requested up to 20000 tokens, but can only afford 4096.", 4096),
        (413, "max_tokens 20000 too large; at most 4096", 4096),
        (413, "on tokens per minute (TPM): Limit 12000, Requested 22000, reduce your size", 10_000),
    ],
)
async def test_what_the_minute_or_the_money_allows_is_asked_for_and_not_kept(
    status: int, said: str, most: int
) -> None:
    async with endpoint(behaving(refusing(above(most), said, status))) as server:
        model = OpenAIModel("m", base_url=server.url, timeout_s=20)
        reply = await model.complete(REQUEST)
        await model.aclose()
    assert reply.capped
    assert [sent.body["max_tokens"] for sent in server.requests] == [20_000, most]
    assert model.dialect.known.most is None


async def test_requests_that_are_refused_at_once_do_not_spoil_each_others_search() -> None:
    async with endpoint(behaving(refusing(role("system"), "no"))) as server:
        model = OpenAIModel("m", base_url=server.url, timeout_s=20)
        await asyncio.gather(*(model.complete(REQUEST) for _ in range(5)))
        await model.aclose()
    known = model.dialect.known
    assert (known.system, known.format, known.dropped) == ("user", "json_schema", [])


@pytest.mark.parametrize(
    ("finish", "meant"),
    [
        ("max_tokens_reached", Finish.LENGTH),
        ("context_window_exceeded", Finish.LENGTH),
        ("INCOMPLETE", Finish.LENGTH),
        ("token_limit", Finish.LENGTH),
        ("ERROR_TOXIC", Finish.REFUSAL),
        ("content_policy_violation", Finish.REFUSAL),
    ],
)
def test_a_reason_nobody_listed_is_read_by_the_parts_of_its_name(
    finish: str, meant: Finish
) -> None:
    assert read_completion(done('{"x": ', finish), REQUEST, "m", 0.1).finish is meant
