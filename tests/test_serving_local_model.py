"""The embedded model: its queue, its kept prompt states, its process; itself with `-m embedded`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import EndpointError, ExtraMissing, ModelError, ModelUnavailable
from optwright.serving.chat import ChatModel, ChatRequest, Finish, assistant, system, user
from optwright.serving.events import CallProgressed, Event, listening, watching
from optwright.serving.local.model import LocalModel, LocalReply
from optwright.serving.local.prefixes import PrefixStates
from optwright.serving.local.process import ChildSettings, LocalProcess
from optwright.serving.local.store import installed_model
from optwright.serving.places import Places, beside
from optwright.serving.tokens import prompt_tokens

# Places


async def test_no_more_than_its_places_are_held_and_all_get_one() -> None:
    places, held, most = Places(2), set[int](), 0

    async def hold() -> None:
        nonlocal most
        async with places.one() as place:
            assert place not in held
            held.add(place)
            most = max(most, len(held))
            await asyncio.sleep(0)
            held.remove(place)

    await asyncio.gather(*(hold() for _ in range(20)))
    assert most == 2


@pytest.mark.parametrize("turns", [0, 1, 2])
async def test_a_place_is_not_lost_with_whoever_stopped_waiting_for_it(turns: int) -> None:
    places = Places(1)

    async def hold() -> None:
        async with places.one():
            pass

    async with places.one():
        waiting = asyncio.ensure_future(hold())
        await asyncio.sleep(0)
    for _ in range(turns):  # cancelled before, while and after the place is handed over
        await asyncio.sleep(0)
    waiting.cancel()
    async with asyncio.timeout(5), places.one() as place:
        assert place == 0


def test_places_outlive_an_event_loop() -> None:
    places = Places(1)

    async def use() -> int:
        async with places.one() as place:
            return place

    assert [asyncio.run(use()) for _ in range(3)] == [0, 0, 0]


async def test_work_beside_hands_back_its_value_or_its_error() -> None:
    assert await beside(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        await beside(lambda: 1 // 0)


# Prompt states


class Runtime:
    """Stands where the child's runtime stands: keeps which tokens each place has read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places: dict[int, list[int]] = {}
        self.read: list[tuple[int, int]] = []
        self.disk_full = False

    async def ask(self, path: str, **asked: Any) -> dict[str, Any]:
        if path == "/completion":
            place, prompt = asked["id_slot"], asked["prompt"]
            had = self.places.get(place, []) if asked["cache_prompt"] else []
            same = takewhile(lambda pair: pair[0] == pair[1], zip(had, prompt, strict=False))
            self.read.append((len(list(same)), len(prompt)))
            self.places[place] = list(prompt)
            return {}
        place = int(path.removeprefix("/slots/").partition("?")[0])
        file = self.folder / asked["filename"]
        if path.endswith("restore"):
            if not file.exists():
                raise EndpointError("no such state")
            self.places[place] = json.loads(file.read_bytes())
        elif self.disk_full:
            file.write_bytes(b"[1, 2")
            raise EndpointError("disk full")
        else:
            file.write_text(json.dumps(self.places[place]))
        return {}


def bring(
    runtime: Runtime,
    states: PrefixStates,
    prompt: list[int],
    cuts: list[int],
    *,
    place: int = 0,
    keep_all: bool = False,
) -> int:
    return asyncio.run(states.bring(runtime, place, prompt, cuts, keep_all=keep_all))


def test_a_shared_prefix_is_read_once(tmp_path: Path) -> None:
    runtime, states = Runtime(tmp_path), PrefixStates(tmp_path, "v1")
    assert bring(runtime, states, [1, 2, 3, 4, 5, 6], [4, 6]) == 0
    assert bring(runtime, states, [1, 2, 3, 4, 7, 8, 9], [4, 7], place=1) == 4
    assert runtime.read == [(0, 4), (4, 6), (4, 7)]


def test_further_draws_of_a_request_read_nothing(tmp_path: Path) -> None:
    runtime, states = Runtime(tmp_path), PrefixStates(tmp_path, "v1")
    bring(runtime, states, [1, 2, 3, 4], [2, 4], keep_all=True)
    assert bring(runtime, states, [1, 2, 3, 4], [2, 4], keep_all=True) == 4
    assert len(runtime.read) == 2


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_pieces_are_read_the_same_whatever_was_read_before(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("states")
    runtime, states = Runtime(folder), PrefixStates(folder, "v1")
    prompts = st.lists(st.integers(0, 1), min_size=1, max_size=6)
    for prompt in data.draw(st.lists(prompts, max_size=4)):
        bring(runtime, states, prompt, [*range(2, len(prompt), 2), len(prompt)], keep_all=True)
    last = data.draw(prompts)
    cuts = [*range(2, len(last), 2), len(last)]
    runtime.read.clear()
    bring(runtime, states, last, cuts)
    assert runtime.places[0] == last
    assert set(runtime.read) <= set(pairwise([0, *cuts]))


def test_another_runtime_reads_for_itself(tmp_path: Path) -> None:
    runtime = Runtime(tmp_path)
    bring(runtime, PrefixStates(tmp_path, "v1"), [1, 2, 3], [2, 3])
    assert bring(runtime, PrefixStates(tmp_path, "v2"), [1, 2, 3], [2, 3]) == 0


def test_a_damaged_state_is_deleted_and_read_again(tmp_path: Path) -> None:
    runtime, states = Runtime(tmp_path), PrefixStates(tmp_path, "v1")
    bring(runtime, states, [1, 2, 3], [2, 3])
    (file,) = tmp_path.glob("*.state")
    file.write_text("[1, 9]")
    assert bring(runtime, states, [1, 2, 3], [2, 3]) == 0
    assert json.loads(next(tmp_path.glob("*.state")).read_text()) == [1, 2]


def test_a_full_disk_only_costs_the_state(tmp_path: Path) -> None:
    runtime, states = Runtime(tmp_path), PrefixStates(tmp_path, "v1")
    runtime.disk_full = True
    assert bring(runtime, states, [1, 2, 3], [2, 3]) == 0
    assert runtime.places[0] == [1, 2, 3]
    assert list(tmp_path.iterdir()) == []


def test_the_states_used_longest_ago_make_room(tmp_path: Path) -> None:
    runtime, states = Runtime(tmp_path), PrefixStates(tmp_path, "v1", keep_bytes=2 * len("[1, 0]"))
    for first in (1, 2):
        bring(runtime, states, [first, 0, 0], [2, 3])
    for file in tmp_path.glob("*.state"):
        os.utime(file, (0, int(file.read_text() == "[2, 0]")))
    assert bring(runtime, states, [1, 0, 5], [2, 3]) == 2  # used again: now the younger one
    bring(runtime, states, [3, 0, 0], [2, 3])
    kept = sorted(file.read_text() for file in tmp_path.glob("*.state"))
    assert kept == ["[1, 0]", "[3, 0]"]


# The process


async def test_a_missing_runtime_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ExtraMissing, match="xllamacpp") as missing:
        await LocalModel().complete(ChatRequest((user("hello"),)))
    assert "optwright[local]" in missing.value.hint


def test_a_file_that_is_no_model_is_unavailable(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(100))
    settings = ChildSettings(tmp_path / "model.gguf", tmp_path, parallel=1, context=512, threads=1)
    with pytest.raises(ModelUnavailable, match="does not load"):
        LocalProcess(settings)


def test_the_name_tells_the_model_and_not_the_runtime() -> None:
    model = LocalModel(parallel=3, threads=1)
    assert isinstance(model, ChatModel)
    assert model.name == "local:qwen2.5-coder-1.5b-instruct-q4_k_m:cc324af0"


# The model itself

EXAMPLES = (
    system("You write linear programs. Reply with JSON: variables and objective."),
    user("Chairs earn 2 and tables 5."),
    assistant('{"variables": ["chairs", "tables"], "objective": "2*chairs + 5*tables"}'),
)
SCHEMA = {
    "type": "object",
    "properties": {
        "variables": {"type": "array", "items": {"type": "string"}},
        "objective": {"type": "string"},
    },
    "required": ["variables", "objective"],
    "additionalProperties": False,
}
WHEAT = ChatRequest((*EXAMPLES, user("An acre of wheat earns 3, one of corn 4.")), SCHEMA)
RYE = ChatRequest((*EXAMPLES, user("An acre of wheat earns 3, one of rye 7.")), SCHEMA)
DRAW = replace(WHEAT, schema=None, temperature=0.9, max_tokens=12)


@pytest.fixture(scope="module")
def file() -> Path:
    found = installed_model()
    if found is None:
        pytest.skip("the embedded model is not on this machine: run optwright once")
    return found


@pytest_asyncio.fixture
async def model(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[LocalModel]:
    monkeypatch.setenv("OPTWRIGHT_CACHE", str(tmp_path))
    model = LocalModel(file, context=2048)
    yield model
    await model.aclose()


async def ask(model: LocalModel, request: ChatRequest) -> LocalReply:
    reply = await model.complete(request)
    assert isinstance(reply, LocalReply)
    return reply


@pytest.mark.embedded
async def test_a_reply_follows_its_schema_in_compact_json(model: LocalModel) -> None:
    reply = await ask(model, WHEAT)
    assert reply.finish is Finish.STOP
    value = json.loads(reply.text)
    assert reply.text == json.dumps(value)
    assert set(value) == {"variables", "objective"}
    assert reply.usage.completion_tokens > 0
    assert reply.model == model.name


@pytest.mark.embedded
async def test_the_count_of_tokens_is_what_is_charged(model: LocalModel) -> None:
    for request in (WHEAT, ChatRequest((user("ünïcode <|im_end|> 3.14"),), max_tokens=1)):
        counted = await model.count_tokens(request)
        assert counted == (await ask(model, request)).usage.prompt_tokens
        assert counted < prompt_tokens(request)


@pytest.mark.embedded
async def test_a_request_has_one_reply_whatever_was_asked_before(
    model: LocalModel, file: Path, tmp_path: Path
) -> None:
    first, drawn = await ask(model, WHEAT), await ask(model, DRAW)
    await ask(model, RYE)
    await ask(model, ChatRequest((user("An acre"),), max_tokens=3))
    again = await ask(model, WHEAT)
    assert (first.cached_tokens, again.text) == (0, first.text)
    assert again.cached_tokens > 0
    assert (await ask(model, DRAW)).text == drawn.text
    await model.aclose()  # a new process, with states from the old one and without
    assert (await ask(model, WHEAT)).text == first.text
    for state in tmp_path.rglob("*.state"):
        state.unlink()
    assert (await ask(model, WHEAT)).text == first.text


@pytest.mark.embedded
async def test_samples_of_one_request_differ(model: LocalModel) -> None:
    texts = {(await ask(model, replace(DRAW, sample=sample))).text for sample in range(4)}
    assert len(texts) > 1


@pytest.mark.embedded
async def test_a_reply_cut_short_says_so(model: LocalModel) -> None:
    reply = await ask(model, replace(WHEAT, max_tokens=3))
    assert (reply.finish, reply.usage.completion_tokens) == (Finish.LENGTH, 3)


@pytest.mark.embedded
async def test_a_reply_that_is_watched_is_the_one_in_one_piece(model: LocalModel) -> None:
    # Three tokens end inside the second of these characters.
    drawn = ChatRequest((user("Repeat exactly: 🧿🦤🪆"),), max_tokens=3)
    for request in (replace(WHEAT, max_tokens=40), drawn):
        whole, heard = await ask(model, request), list[Event]()
        with listening(heard.append), watching():
            streamed = await ask(model, request)
        assert (streamed.text, streamed.finish) == (whole.text, whole.finish)
        assert streamed.usage.tokens == whole.usage.tokens
        assert any(isinstance(event, CallProgressed) for event in heard)


@pytest.mark.embedded
async def test_a_prompt_beyond_the_context_is_refused_with_counts(model: LocalModel) -> None:
    with pytest.raises(ModelError, match=r"has \d+ tokens .* holds 2048"):
        await ask(model, ChatRequest((user("acre " * 2100),)))


@pytest.mark.embedded
async def test_text_that_spells_a_special_token_stays_text(model: LocalModel) -> None:
    plain = await ask(model, ChatRequest((user("a b"),), max_tokens=1))
    spelt = await ask(model, ChatRequest((user("a<|im_end|>b"),), max_tokens=1))
    assert spelt.usage.prompt_tokens > plain.usage.prompt_tokens + 2


@pytest.mark.embedded
async def test_a_schema_the_runtime_does_not_know_is_an_error(model: LocalModel) -> None:
    with pytest.raises(ModelError, match="not JSON"):
        await ask(model, ChatRequest((user("Say hello."),), {"type": "nonsense"}))


@pytest.mark.embedded
async def test_a_cancelled_request_stops_decoding(model: LocalModel) -> None:
    # A schema, because asked in words alone the model may be done before it is cancelled.
    numbers = {"type": "array", "minItems": 600, "items": {"type": "integer"}}
    schema = {"type": "object", "properties": {"numbers": numbers}, "required": ["numbers"]}
    long = ChatRequest((user("Count from 1 to 600."),), schema, max_tokens=1900)
    short = ChatRequest((user("Say hello."),), max_tokens=1)
    await ask(model, short)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.complete(long), 2)
    async with asyncio.timeout(60):  # the reply itself takes minutes, and there is one place
        await ask(model, short)


@pytest.mark.embedded
async def test_parallel_requests_read_their_shared_prefix_once(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_CACHE", str(tmp_path))
    model = LocalModel(file, parallel=3, context=1024)
    try:
        requests: Sequence[ChatRequest] = (WHEAT, RYE, WHEAT)
        replies = await asyncio.gather(*(ask(model, request) for request in requests))
    finally:
        await model.aclose()
    assert sorted(reply.cached_tokens > 0 for reply in replies) == [False, True, True]
    assert all(json.loads(reply.text)["variables"] for reply in replies)


@pytest.mark.embedded
async def test_a_crashed_process_is_a_retryable_error_and_the_next_request_starts_another(
    model: LocalModel,
) -> None:
    first = await ask(model, WHEAT)
    asking = asyncio.ensure_future(model.complete(replace(DRAW, max_tokens=500)))
    await asyncio.sleep(1)
    for child in children():
        os.kill(child, signal.SIGSEGV)
    with pytest.raises(EndpointError, match="crashed with SIGSEGV") as crash:
        await asking
    assert crash.value.retryable
    assert (await ask(model, WHEAT)).text == first.text


@pytest.mark.embedded
async def test_closing_ends_a_request_in_flight_and_says_why(model: LocalModel) -> None:
    await ask(model, replace(DRAW, max_tokens=1))
    asking = asyncio.ensure_future(model.complete(replace(DRAW, max_tokens=1500)))
    await asyncio.sleep(1)
    await model.aclose()
    with pytest.raises(EndpointError, match="was stopped") as stopped:
        await asking
    assert not stopped.value.retryable


def children() -> list[int]:
    """Processes that any thread of this one started."""
    tasks = Path("/proc/self/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


ORPHAN = """
import asyncio, os, sys
from optwright.serving.chat import ChatRequest, user
from optwright.serving.local.model import LocalModel

model = LocalModel(sys.argv[1], context=512)
asyncio.run(model.complete(ChatRequest((user("a"),), max_tokens=1)))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.embedded
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT])
def test_the_process_ends_with_its_parent(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: signal.Signals
) -> None:
    monkeypatch.setenv("OPTWRIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    command = [sys.executable, "-c", ORPHAN, str(file)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        assert list(tmp_path.glob("optwright-*/model.sock"))
        parent.send_signal(ending)
    limit = time.monotonic() + 20
    while list(tmp_path.glob("optwright-*")) and time.monotonic() < limit:
        time.sleep(0.1)
    assert list(tmp_path.glob("optwright-*")) == []
