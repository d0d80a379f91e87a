"""Providers behind LiteLLM: what is sent to a loopback endpoint, and how it fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from optwright.errors import DeadlineExceeded, EndpointError, ModelUnavailable
from optwright.serving.chat import ChatRequest, Finish, user
from optwright.serving.events import CallProgressed, Event, listening, watching
from optwright.serving.litellm_client import LiteLLMModel, listed_price
from tests.endpoint_behaviours import always, behaving, done
from tests.faulty_endpoint import Behaviour, answers, completion, endpoint, hangs, leaves, refuses

pytest.importorskip("litellm", reason="the extra optwright[litellm] is not installed")

KEY = "sk-test-0123456789abcdefghij"
REQUEST = ChatRequest((user("hello"),), {"type": "object"}, max_tokens=50, sample=1)

# LiteLLM warns about itself and leaves connections to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore")


def at(url: str, timeout_s: float = 20.0) -> LiteLLMModel:
    return LiteLLMModel("hosted_vllm/m", base_url=url, api_key=KEY, timeout_s=timeout_s)


async def test_a_request_arrives_whole_and_comes_back_as_a_reply() -> None:
    async with endpoint(answers(completion('{"a": 1}'))) as server:
        reply = await at(server.url).complete(REQUEST)
    assert (reply.text, reply.finish, reply.usage.tokens) == ('{"a": 1}', Finish.STOP, 7)
    sent = server.requests[0].body
    assert sent["messages"][-1]["role"] == "user"
    assert sent["messages"][-1]["content"].startswith("hello")
    assert sent["max_tokens"] == 50
    assert sent["seed"] == REQUEST.draw_seed
    assert json.dumps(REQUEST.schema) in sent["messages"][-1]["content"]


@pytest.mark.parametrize(
    ("behaviour", "error", "retryable"),
    [
        (refuses(429, retry_after="7"), EndpointError, True),
        (refuses(503), EndpointError, True),
        (refuses(401, f"bad key {KEY}"), EndpointError, False),
        (refuses(404, "no such model"), ModelUnavailable, False),
        (answers(completion(choices=[])), EndpointError, True),
        (answers(b"{"), EndpointError, True),
        (answers(b"<html>", kind="text/html"), EndpointError, True),
        (leaves, EndpointError, True),
    ],
)
async def test_a_fault_is_a_typed_error_without_the_key(
    behaviour: Behaviour, error: type[Exception], retryable: bool
) -> None:
    async with endpoint(behaviour) as server:
        with pytest.raises(error) as caught:
            await at(server.url).complete(REQUEST)
    assert getattr(caught.value, "retryable", None) is retryable
    assert KEY not in str(caught.value)
    assert len(server.requests) == 1


async def test_an_endpoint_may_say_when_to_come_back() -> None:
    async with endpoint(refuses(429, retry_after="7")) as server:
        with pytest.raises(EndpointError) as caught:
            await at(server.url).complete(REQUEST)
    assert (caught.value.status, caught.value.retry_after_s) == (429, 7.0)


async def test_the_deadline_is_for_the_whole_call() -> None:
    async with endpoint(hangs) as server:
        started = time.monotonic()
        with pytest.raises(DeadlineExceeded):
            await at(server.url, timeout_s=0.5).complete(REQUEST)
    assert time.monotonic() - started < 3


async def test_nobody_at_the_address_is_unavailable() -> None:
    async with endpoint(hangs) as server:
        url = server.url
    with pytest.raises(ModelUnavailable):
        await at(url).complete(REQUEST)


def test_a_provider_nobody_knows_is_unavailable_at_once() -> None:
    with pytest.raises(ModelUnavailable, match="no provider 'antropic'") as caught:
        LiteLLMModel("antropic/claude")
    assert "such as anthropic" in str(caught.value.hint)


def test_prices_are_per_million_tokens_and_known_offline() -> None:
    price = listed_price("openai/gpt-4o-mini")
    assert price is not None
    assert 0 < price.prompt < price.completion < 100
    assert listed_price("nobody/nothing") is None


async def test_a_reply_streams_where_somebody_watches() -> None:
    heard: list[Event] = []
    async with endpoint(behaving(always(done("a long reply")))) as server:
        with listening(heard.append), watching():
            reply = await at(server.url).complete(REQUEST)
    assert server.requests[0].body["stream"] is True
    assert (reply.text, reply.finish, reply.usage.tokens) == ("a long reply", Finish.STOP, 16)
    assert any(isinstance(event, CallProgressed) for event in heard)


@pytest.mark.parametrize("release", ["1.82.7", "1.82.8"])
def test_a_stolen_release_is_not_loaded(release: str) -> None:
    code = (
        "import importlib.metadata as m, sys\n"
        f"m.version = lambda name: {release!r}\n"
        "from optwright.errors import ModelUnavailable\n"
        "from optwright.serving.litellm_client import listed_price, _litellm\n"
        "try: _litellm()\n"
        "except ModelUnavailable as error: print(error, 'litellm' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip().endswith("is not loaded False"), done.stderr


OFFLINE = """
import socket
def refuse(*_): raise SystemExit("the network was touched")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from optwright.serving.litellm_client import listed_price
print(listed_price("openai/gpt-4o-mini") is not None)
from litellm import anthropic_beta_headers_manager as headers
headers.reload_beta_headers_config()
"""


def test_loading_litellm_touches_no_network() -> None:
    free = {name: value for name, value in os.environ.items() if not name.startswith("LITELLM")}
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE], capture_output=True, text=True, check=False, env=free
    )
    assert done.stdout.strip() == "True", done.stderr
