"""OpenAI-compatible endpoints: what is sent, and that every fault ends as a typed error in time."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import time
from typing import Any

import openai  # noqa: F401 -- loaded before anything is timed
import pytest

from optwright.errors import DeadlineExceeded, EndpointError, InputError, ModelUnavailable
from optwright.serving.chat import ChatRequest, Finish, system, user
from optwright.serving.openai_client import OpenAIModel
from optwright.serving.sync import ask, close
from tests.faulty_endpoint import (
    Behaviour,
    Exchange,
    answers,
    completion,
    cut_after,
    drips,
    endpoint,
    floods,
    hangs,
    leaves,
    no_tls,
    refuses,
    resets,
    talks_nonsense,
)

KEY = "sk-test-0123456789abcdefghij"
REQUEST = ChatRequest((system("be brief"), user("hello")), max_tokens=50)
OPEN_SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
CLOSED_SCHEMA = OPEN_SCHEMA | {"required": ["a"], "additionalProperties": False}


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)


async def asked_once(
    behaviour: Behaviour,
    request: ChatRequest = REQUEST,
    *,
    api_key: str | None = None,
    timeout_s: float = 5.0,
) -> tuple[Any, list[Exchange]]:
    """Ask an endpoint that behaves so; return (reply or error, requests it got)."""
    async with endpoint(behaviour) as server:
        model = OpenAIModel("m", base_url=server.url, api_key=api_key, timeout_s=timeout_s)
        try:
            return await model.complete(request), server.requests
        except (EndpointError, DeadlineExceeded, ModelUnavailable) as error:
            return error, server.requests
        finally:
            await model.aclose()


async def test_a_good_answer_becomes_a_reply() -> None:
    reply, requests = await asked_once(answers(completion("fine")), api_key=KEY)
    assert (reply.text, reply.finish) == ("fine", Finish.STOP)
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (5, 2)
    assert reply.usage.seconds > 0
    assert requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert requests[0].body == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "hello"},
        ],
        "temperature": 0.0,
        "seed": 0,
        "max_tokens": 50,
    }


async def test_samples_of_one_request_have_seeds_of_their_own() -> None:
    _, first = await asked_once(answers(completion()), ChatRequest((user("x"),), sample=0))
    _, second = await asked_once(answers(completion()), ChatRequest((user("x"),), sample=1))
    assert first[0].body["seed"] != second[0].body["seed"]


@pytest.mark.parametrize(("schema", "strict"), [(OPEN_SCHEMA, False), (CLOSED_SCHEMA, True)])
async def test_a_schema_is_strict_only_when_it_is_closed(
    schema: dict[str, Any], strict: bool
) -> None:
    _, requests = await asked_once(answers(completion("{}")), ChatRequest((user("x"),), schema))
    sent = requests[0].body["response_format"]["json_schema"]
    assert sent == {"name": "reply", "schema": schema, "strict": strict}


async def test_an_endpoint_without_schemas_reads_them_in_the_prompt_from_then_on() -> None:
    refusals = (
        refuses(400, "response_format.type: 'json_schema' is not supported"),
        refuses(422, "response_format is an unknown field"),
    )
    request = ChatRequest((user("x"),), OPEN_SCHEMA)
    async with endpoint(*refusals, answers(completion("{}"))) as server:
        model = OpenAIModel("m", base_url=server.url)
        await model.complete(request)
        await model.complete(request)
        await model.aclose()
    formats = [sent.body.get("response_format", {}).get("type") for sent in server.requests]
    assert formats == ["json_schema", "json_object", None, None]
    assert json.dumps(OPEN_SCHEMA) in server.requests[-1].body["messages"][-1]["content"]
    assert request.messages[-1].content == "x"


@pytest.mark.parametrize(
    ("message", "missing", "present"),
    [
        ("Unsupported parameter: 'seed'", "seed", "temperature"),
        ("'temperature' does not support 0.0 with this model", "temperature", "seed"),
        ("'max_tokens' is not supported, use 'max_completion_tokens'", "max_tokens", "seed"),
    ],
)
async def test_a_parameter_an_endpoint_refuses_is_not_sent_again(
    message: str, missing: str, present: str
) -> None:
    async with endpoint(refuses(400, message), answers(completion())) as server:
        model = OpenAIModel("m", base_url=server.url)
        await model.complete(REQUEST)
        await model.aclose()
    assert missing not in server.requests[-1].body
    assert present in server.requests[-1].body
    assert len(server.requests) == 2


async def test_a_refusal_that_stays_is_an_error_and_no_endless_conversation() -> None:
    error, requests = await asked_once(refuses(400, "seed and temperature and response_format"))
    assert isinstance(error, EndpointError)
    assert 3 <= len(requests) <= 9, "each lesson once, and each plainer form once"


UNUSABLE: dict[str, Behaviour] = {
    "bad JSON": answers(b'{"choices": [}'),
    "empty body": answers(b""),
    "deep JSON": answers(b"[" * 200_000),
    "huge number": answers(b'{"choices": ' + b"9" * 10_000 + b"}"),
    "not UTF-8": answers(b'{"choices": "\xff\xfe"}'),
    "a list": answers([1]),
    "no choices": answers(completion(choices=[])),
    "choices null": answers(completion(choices=None)),
    "choices absent": answers({}),
    "choice is text": answers(completion(choices=["x"])),
    "no message": answers(completion(choices=[{"finish_reason": "stop"}])),
    "content null": answers(completion(None)),
    "content a list of numbers": answers(completion([1, 2])),
    "empty stream": answers(b"data: {}\n\n", kind="text/event-stream"),
    "finish null": answers(completion("half", None)),
    "finish unknown": answers(completion("half", "tool_calls")),
    "finish a number": answers(completion("half", 1)),
    "error with 200": answers({"error": {"message": "overloaded"}}),
    "cut in the middle": cut_after(40),
    "cut before the body": cut_after(0),
    "reset": resets,
    "closed without a word": leaves,
    "no HTTP": talks_nonsense,
    "500": refuses(500),
    "503": refuses(503),
    "429": refuses(429, retry_after="1"),
    "error 529 inside 200": answers({"error": {"message": "later", "code": 529}}),
}


@pytest.mark.parametrize("behaviour", UNUSABLE.values(), ids=UNUSABLE.keys())
async def test_an_unusable_answer_is_an_error_worth_a_retry(behaviour: Behaviour) -> None:
    error, requests = await asked_once(behaviour, timeout_s=5)
    assert isinstance(error, EndpointError)
    assert error.retryable
    assert len(requests) == 1


FINAL: dict[str, tuple[Behaviour, str]] = {
    "web page": (answers(b"<html><h1>Welcome</h1>", kind="text/html"), "Welcome"),
    "50 MB": (floods(b" " * 1_000_000, 50), "more than"),
    "gzip bomb": (
        answers(gzip.compress(b" " * 30_000_000), content_encoding="gzip"),
        "more than",
    ),
    "bad key": (refuses(401, f"Incorrect API key provided: {KEY}"), "401"),
    "forbidden": (refuses(403), "403"),
    "bad request": (refuses(400, "what?"), "what?"),
    "redirect": (answers({}, 307, location="http://127.0.0.1:1/"), "307"),
    "quota": (refuses(429, "insufficient_quota", retry_after="1"), "insufficient_quota"),
    "endless error": (floods(b"no " * 100_000, 200, status=400), "400"),
    "deep error": (answers(b'{"error":' * 50_000, 400), "400"),
}


@pytest.mark.parametrize(("behaviour", "says"), FINAL.values(), ids=FINAL.keys())
async def test_an_answer_that_will_not_get_better_is_not_retryable(
    behaviour: Behaviour, says: str
) -> None:
    error, _ = await asked_once(behaviour, api_key=KEY, timeout_s=5)
    assert isinstance(error, EndpointError)
    assert says in str(error)
    assert not error.retryable
    assert error.retry_after_s is None
    assert KEY not in str(error)
    assert len(str(error)) < 600


async def test_an_unknown_model_is_unavailable() -> None:
    error, _ = await asked_once(refuses(404, "The model `m` does not exist"))
    assert isinstance(error, ModelUnavailable)
    assert "does not exist" in str(error)


@pytest.mark.parametrize("behaviour", [drips(0.05), hangs, drips(0.05, completion("x" * 10_000))])
async def test_the_deadline_is_for_the_whole_call(behaviour: Behaviour) -> None:
    started = time.monotonic()
    error, requests = await asked_once(behaviour, timeout_s=0.5)
    assert isinstance(error, DeadlineExceeded)
    assert time.monotonic() - started < 1.5
    assert len(requests) <= 1


@pytest.mark.parametrize(
    ("finish", "expected"), [("length", Finish.LENGTH), ("content_filter", Finish.REFUSAL)]
)
async def test_a_reply_that_did_not_stop_by_itself_says_so(finish: str, expected: Finish) -> None:
    reply, _ = await asked_once(answers(completion("half", finish)))
    assert (reply.text, reply.finish) == ("half", expected)


async def test_a_refusal_is_a_reply_with_its_words() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not"}
    choices = [{"message": message, "finish_reason": "stop"}]
    reply, _ = await asked_once(answers(completion(choices=choices)))
    assert (reply.text, reply.finish) == ("I will not", Finish.REFUSAL)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": -1}, {"prompt_tokens": "5"}, [1]])
async def test_usage_nobody_counted_is_estimated_high(usage: object) -> None:
    reply, _ = await asked_once(answers(completion("one two three", usage=usage)))
    assert reply.usage.prompt_tokens >= 5
    assert 3 <= reply.usage.completion_tokens <= REQUEST.max_tokens


async def test_text_that_no_encoder_accepts_is_mended_both_ways() -> None:
    request = ChatRequest((user("broken \ud800 text"),))
    reply, requests = await asked_once(answers(completion("also \udfff broken")), request)
    assert reply.text == "also \ufffd broken"
    assert requests[0].body["messages"][0]["content"] == "broken \ufffd text"


async def test_nobody_at_the_address_is_unavailable_and_may_come_back() -> None:
    async with endpoint(hangs) as server:
        url = server.url
    model = OpenAIModel("m", base_url=url)
    with pytest.raises(ModelUnavailable, match="nothing answers") as caught:
        await model.complete(REQUEST)
    assert caught.value.retryable
    await model.aclose()


@pytest.mark.parametrize(
    ("code", "passing"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)]
)
async def test_a_host_that_cannot_be_found_is_unavailable(
    code: int, passing: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise socket.gaierror(code, "not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    model = OpenAIModel("m", base_url="https://no-such-host.invalid/v1", api_key=KEY)
    with pytest.raises(ModelUnavailable, match=r"no-such-host\.invalid") as caught:
        await model.complete(REQUEST)
    assert caught.value.retryable is passing
    await model.aclose()


async def test_plain_http_where_tls_is_expected_is_unavailable() -> None:
    async with no_tls() as url:
        model = OpenAIModel("m", base_url=url, timeout_s=5)
        with pytest.raises(ModelUnavailable, match="TLS"):
            await model.complete(REQUEST)
        await model.aclose()


def test_a_key_never_goes_over_plain_http_to_another_machine() -> None:
    with pytest.raises(InputError, match="readable"):
        OpenAIModel("m", base_url="http://192.0.2.7:8000/v1", api_key=KEY)
    with pytest.raises(InputError, match="readable"):
        OpenAIModel("m", base_url="http://localhost.example.com/v1", api_key=KEY)
    assert OpenAIModel("m", base_url="http://127.0.0.1:1/v1").name.endswith("127.0.0.1:1/v1")
    assert OpenAIModel("m", base_url="http://[::1]:1/v1", known_as="mine").name == "mine"


@pytest.mark.parametrize(
    "url", ["ftp://x/v1", "127.0.0.1:8000", "http://", "http://[", "http://a:b", "https://u:p@x/v1"]
)
def test_an_address_that_is_none_is_bad_input(url: str) -> None:
    with pytest.raises(InputError):
        OpenAIModel("m", base_url=url)


async def test_a_missing_key_is_named_before_anything_is_sent() -> None:
    model = OpenAIModel("m", base_url="https://api.openai.com/v1/")
    with pytest.raises(ModelUnavailable, match="no API key"):
        await model.complete(REQUEST)


async def test_the_address_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    async with endpoint(answers(completion())) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        model = OpenAIModel("m")
        assert (await model.complete(REQUEST)).text == "fine"
        assert model.name == f"openai/m@{server.url}"
        await model.aclose()


async def test_one_model_serves_several_event_loops() -> None:
    async with endpoint(answers(completion())) as server:
        model = OpenAIModel("m", base_url=server.url)
        here = await model.complete(REQUEST)
        there = await asyncio.to_thread(ask, model, REQUEST)
        await model.aclose()
        again = await asyncio.to_thread(ask, model, REQUEST)
        await asyncio.to_thread(close, model)
    assert here.text == there.text == again.text
