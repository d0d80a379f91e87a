"""Model names, and what `open_model` puts around a model."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from optwright.errors import (
    BudgetExceeded,
    ExtraMissing,
    InputError,
    ModelUnavailable,
    ReplayMiss,
)
from optwright.optim.parameters import Text
from optwright.serving.budget import Account, Amount, Budget
from optwright.serving.chat import ChatModel, ChatReply, ChatRequest, Finish, Usage, user
from optwright.serving.events import CallEnded, CallStarted, Event, listening
from optwright.serving.ledger import Ledger
from optwright.serving.models import open_model
from optwright.serving.recording import write_recording
from optwright.serving.sync import ask, close, run
from optwright.testing import ScriptedModel
from tests.faulty_endpoint import answers, completion, endpoint, refuses

REQUEST = ChatRequest((user("hello"),), max_tokens=50, role="critic")


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("openai/gpt-x", "openai/gpt-x"),
        ("vllm/Qwen/Qwen3-8B", "openai/Qwen/Qwen3-8B@http://127.0.0.1:8000/v1"),
        ("vllm/q@http://127.0.0.1:9/v1", "openai/q@http://127.0.0.1:9/v1"),
        ("openai/q@http://localhost:9/v1/", "openai/q@http://localhost:9/v1"),
        ("org/q@https://example.com/v1", "openai/org/q@https://example.com/v1"),
    ],
)
def test_a_name_says_which_endpoint(name: str, known_as: str) -> None:
    assert open_model(name).name == known_as


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("locl", ModelUnavailable, "there is no model 'locl'"),
        ("", ModelUnavailable, "''"),
        ("openai/", ModelUnavailable, "'openai/'"),
        ("replay", InputError, "replay:PATH"),
        ("replay:/no/such/file.jsonl", InputError, "no recorded replies"),
        ("models/qwen.gguf", InputError, "local:models/qwen.gguf"),
        ("/srv/qwen", InputError, "local:/srv/qwen"),
        ("scripted", InputError, "scripted:PATH"),
        ("scripted:/no/such/file.json", InputError, "cannot be read"),
    ],
)
def test_a_name_nobody_knows_is_told_with_what_is_possible(
    name: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error) as caught:
        open_model(name)
    assert says in str(caught.value) + getattr(caught.value, "hint", "")


def test_a_ledger_mode_nobody_knows_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'replya'; there are"):
        open_model("openai/gpt-x", mode="replya")


def test_two_addresses_contradict_each_other() -> None:
    with pytest.raises(InputError, match="another"):
        open_model("m@http://127.0.0.1:1/v1", base_url="http://127.0.0.1:2/v1")


def test_a_replayed_model_needs_neither_key_nor_provider(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        reply = ChatReply("kept", Finish.STOP, Usage(1, 1), "somebody/model")
        ledger.keep("somebody/model", REQUEST, reply)
        model = open_model("somebody/model", ledger=ledger, mode="replay")
        assert ask(model, REQUEST).text == "kept"


def test_replies_come_back_from_a_ledger_and_from_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "a@b.sqlite"
    with Ledger(path) as ledger:
        for number, name in enumerate(["one", "two"]):
            reply = ChatReply(name, Finish.STOP, Usage(1, number), name)
            ledger.keep(name, REQUEST, reply)
        write_recording(ledger.records("two"), tmp_path / "two.jsonl")
    assert ask(open_model(f"replay:{tmp_path}/two.jsonl"), REQUEST).text == "two"
    model = open_model(f"replay:{path}@one")
    assert ask(model, REQUEST).text == "one"
    with pytest.raises(ReplayMiss):
        ask(model, replace(REQUEST, sample=1))
    close(model)


def test_a_script_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "script.json"
    path.write_text(json.dumps(["one", "two"]))
    model = open_model(f"scripted:{path}")
    assert [ask(model, REQUEST).text for _ in range(2)] == ["one", "two"]
    path.write_text('{"not": "a list"}')
    with pytest.raises(InputError, match="list of texts"):
        open_model(f"scripted:{path}")


def test_a_ledger_knows_a_script_by_its_lines_and_not_by_its_file(tmp_path: Path) -> None:
    said = []
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        for folder, line in (("a", "one"), ("b", "two"), ("c", "one")):
            (tmp_path / folder).mkdir()
            path = tmp_path / folder / "script.json"
            path.write_text(json.dumps([line]))
            reply = ask(open_model(f"scripted:{path}", ledger=ledger), REQUEST)
            said.append((reply.text, reply.replayed))
    assert said == [("one", False), ("two", False), ("one", True)]


async def test_everything_around_a_model_works_together(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        account = Account(Budget(calls=3, tokens=1_000))
        heard: list[Event] = []
        async with endpoint(refuses(503, retry_after="0.1"), answers(completion())) as server:
            model = open_model("m", base_url=server.url, ledger=ledger, account=account)
            with listening(heard.append):
                replies = await asyncio.gather(*(model.complete(REQUEST) for _ in range(3)))
            await model.aclose()
        assert len(server.requests) == 2
        assert account.spent == Amount(calls=1, tokens=7)
        assert sorted(reply.replayed for reply in replies) == [False, True, True]
        ended = [event for event in heard if isinstance(event, CallEnded)]
        assert [(e.role, e.tokens, e.error) for e in ended] == [("critic", 7, "")] * 3
        assert sum(isinstance(event, CallStarted) for event in heard) == 3

        again = open_model("m", base_url=server.url, ledger=ledger, account=account)
        assert (await again.complete(REQUEST)).replayed  # the endpoint is gone by now


async def test_a_replay_may_be_made_to_cost_what_the_recording_did(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        async with endpoint(answers(completion())) as server:
            model = open_model("m", base_url=server.url, ledger=ledger)
            for sample in range(3):
                await model.complete(replace(REQUEST, sample=sample))
            await model.aclose()
        account = Account(Budget(calls=2))
        options = {"ledger": ledger, "mode": "replay", "account": account}
        model = open_model("m", base_url=server.url, charge_replays=True, **options)  # type: ignore[arg-type]  # one value of each type
        for sample in range(2):
            await model.complete(replace(REQUEST, sample=sample))
        with pytest.raises(BudgetExceeded):
            await model.complete(replace(REQUEST, sample=2))


def test_a_failed_call_is_told_with_its_error() -> None:
    heard: list[Event] = []
    with listening(heard.append), pytest.raises(ModelUnavailable):
        ask(open_model("openai/gpt-x"), REQUEST)
    assert isinstance(heard[-1], CallEnded)
    assert "no API key" in heard[-1].error


def test_listening_ends_with_its_block_and_hears_only_its_own_context() -> None:
    heard: list[Event] = []
    model = open_model_of("one", "two", "three")
    with listening(heard.append):
        ask(model, REQUEST)
        other = threading.Thread(target=ask, args=(model, REQUEST))
        other.start()
        other.join()
    ask(model, REQUEST)
    assert len(heard) == 2


def open_model_of(*script: str) -> ChatModel:
    from optwright.serving.events import Announced

    return Announced(ScriptedModel(*script))


async def test_ask_works_inside_a_running_loop() -> None:
    assert ask(ScriptedModel("fine"), REQUEST).text == "fine"


def test_a_model_cannot_wait_for_another_call_of_its_own() -> None:
    inner = ScriptedModel("never")
    outer = ScriptedModel(lambda request: ask(inner, request).text)
    with pytest.raises(InputError, match="await it"):
        ask(outer, REQUEST)


def test_an_interrupt_while_waiting_cancels_the_call() -> None:
    cancelled = threading.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(20)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        run(work())
    assert cancelled.wait(5)


def test_a_script_that_runs_out_says_what_it_was_asked() -> None:
    model = ScriptedModel("one")
    ask(model, REQUEST)
    with pytest.raises(ModelUnavailable, match=r"1 lines.*'hello'"):
        ask(model, REQUEST)
    assert model.asked == ["hello"]


def test_a_scripted_model_counts_words_and_takes_every_kind_of_line() -> None:
    whole = ChatReply("whole", Finish.LENGTH, Usage(9, 9), "m")
    model = ScriptedModel(
        "two words", whole, lambda request: request.role, ModelUnavailable("gone")
    )
    assert ask(model, REQUEST).usage.tokens == 3
    assert ask(model, REQUEST) is whole
    assert ask(model, REQUEST).text == "critic"
    assert model.left == 1
    with pytest.raises(ModelUnavailable, match="gone"):
        ask(model, REQUEST)


WITHOUT_EXTRA = """
import sys
sys.modules["litellm"] = None
sys.path.insert(0, sys.argv[1])
import importlib.util
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "litellm" else found(name, *rest)
from optwright.errors import ExtraMissing
from optwright.serving.models import open_model
try:
    open_model("anthropic/claude")
except ExtraMissing as error:
    print(error, *error.__notes__)
"""


def test_a_missing_extra_is_named() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA, str(Path(__file__).parents[1])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "optwright[litellm]" in done.stdout
    assert issubclass(ExtraMissing, Exception)


def test_opening_a_model_loads_no_heavy_library() -> None:
    code = (
        "import sys; from optwright.serving.models import open_model; open_model('openai/x');"
        "print(sorted({'openai', 'litellm', 'httpx', 'numpy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_model_is_asked_in_words(tmp_path: Path) -> None:
    (tmp_path / "script.json").write_text('["forty-two"]')
    model = open_model(f"scripted:{tmp_path}/script.json")
    assert model.ask("what?") == "forty-two"
    model.close()


def test_what_is_asked_is_plain_text_also_when_it_was_made_from_parameters() -> None:
    script = ScriptedModel("1", "2")
    model = open_model(script)
    prompt = Text("prompt", "Count.")
    answers = [model.ask(prompt + "!"), model.ask(prompt)]  # type: ignore[arg-type]  # a Text
    assert answers == ["1", "2"]
    assert script.asked == ["Count.!", "Count."]
    assert {type(asked) for asked in script.asked} == {str}


def test_a_client_of_ones_own_gets_ledger_and_budget_like_any_other(tmp_path: Path) -> None:
    script = ScriptedModel("one", "two")
    account = Account(Budget(calls=2))
    with Ledger(tmp_path / "replies.sqlite") as ledger:
        model = open_model(script, ledger=ledger, account=account)
        assert [model.ask("a"), model.ask("a"), model.ask("b")] == ["one", "one", "two"]
        with pytest.raises(BudgetExceeded):
            model.ask("c")
    assert account.spent.calls == 2
