"""`optwright models`, `models test` and `doctor --model`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from optwright.benchmarks.ten_problems import PROBLEMS
from optwright.serving.local import running
from tests.commands import Cli
from tests.drafts import scripted
from tests.endpoint_behaviours import Body, behaving, done
from tests.faulty_endpoint import answers, endpoint


@pytest.fixture(autouse=True)
def nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PORTS", {"Ollama": 9})
    monkeypatch.setenv("OPTWRIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    for name in ("OPTWRIGHT_MODEL", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)


def test_models_lists_what_is_here_and_what_is_advised(cli: Cli) -> None:
    ended = cli("models")
    assert ended.status == 0, ended.err
    assert "qwen2.5-coder-1.5b-instruct-q4_k_m, 1.1 GB, downloaded at its first use" in ended.out
    assert "none: no Ollama, LM Studio, llama.cpp or vLLM answers" in ended.out
    assert "optwright models test NAME" in ended.out
    found = json.loads(cli("models", "--json").out)
    assert found["advised"][0]["name"] == "local"


async def test_models_lists_what_a_server_here_serves(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = {"data": [{"id": "qwen3:8b", "owned_by": "library"}]}
    async with endpoint(answers(listed)) as server:
        monkeypatch.setattr(running, "PORTS", {"Ollama": int(server.url[:-3].rpartition(":")[2])})
        ended = await asyncio.to_thread(cli, "models")
    assert f"qwen3:8b@{server.url}  (Ollama)" in ended.out


def test_a_model_is_measured_on_ten_problems(cli: Cli, tmp_path: Path) -> None:
    ended = cli("models", "test", scripted(tmp_path, ["nonsense"] * 100), "--json")
    assert ended.status == 1
    said = json.loads(ended.out)
    assert (said["right"], len(said["problems"])) == (0, len(PROBLEMS))


def test_a_model_that_writes_nonsense_does_not_pass_the_gate_of_readers(
    cli: Cli, tmp_path: Path, runs: Path
) -> None:
    name = scripted(tmp_path, ["nonsense"] * 100)
    ended = cli("models", "test", "--reader", name)
    assert ended.status == 1, ended.err
    assert "not passed" in ended.out
    said = json.loads(cli("models", "test", name, "--reader", "--json").out)
    assert said["passed"] is False
    kept = json.loads((runs / "readers.json").read_text())
    assert kept[said["reader"]]["passed"] is False


async def test_doctor_says_what_was_learnt_of_a_model(cli: Cli) -> None:
    def careless(body: Body) -> object:
        return done('{"colour": "red"}' if "response_format" in body else "hello")

    async with endpoint(behaving(careless)) as server:
        ended = await asyncio.to_thread(cli, "doctor", "--model", f"m@{server.url}")
    assert ended.status == 0, ended.err
    assert "answers: 'hello'" in ended.out
    assert "does NOT keep to the JSON schema it is sent" in ended.out
