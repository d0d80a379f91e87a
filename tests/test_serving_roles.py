"""Models for roles from one TOML file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from optwright.agents.effort import Effort
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import Task
from optwright.agents.solving import solve
from optwright.cli import run as command
from optwright.errors import InputError
from optwright.serving.models import open_model
from optwright.serving.roles import ModelSpec, read_roles
from tests.faulty_endpoint import answers, completion, endpoint
from tests.test_readme import FARM

TEXT = (
    "A farm has 40 acres for corn and wheat. An acre of corn earns $300 and needs 3 days of work, "
    "an acre of wheat earns $200 and needs 1 day. There are 80 days of work. Maximize the earnings."
)
OPINION = json.dumps({"parts": [], "missing": []})


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "VLLM_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "roles.toml"
    path.write_text(text)
    return path


def test_a_table_is_a_role_and_says_how_to_open_its_model(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [default]
        model = "local"
        [critic]
        model = "vllm/base@http://127.0.0.1:9/v1"
        lora = "critic"
        price = { prompt = 2.5, completion = 10 }
        concurrency = 3
        """,
    )
    roles = read_roles(path)
    assert roles["default"] == ModelSpec(model="local")
    assert roles["critic"].asked_for == "vllm/critic@http://127.0.0.1:9/v1"
    assert roles["critic"].price is not None
    assert roles["critic"].price.completion == 10


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[critic]\nmodle = 'x'", "critic.m"),
        ("[critic]\nmodel = 3", "critic.model: input should be a valid string"),
        ("[critic]\nmodel = 'x'\nconcurrency = 0", "critic.concurrency"),
        ("[critic]\nmodel = 'x'\nprice = { prompt = -1, completion = 1 }", "critic.price.prompt"),
        ("[critic]\nmodel = 'x'\napi_key = 'sk-1'", "critic.api_key: extra inputs"),
        ("critic = 'x'", "critic: input should be"),
        ("[critic", "cannot be read"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_roles(written(tmp_path, text))
    assert says in str(caught.value)


def test_an_adapter_needs_a_server_that_has_it() -> None:
    with pytest.raises(InputError, match="'or' needs a model of vLLM"):
        ModelSpec(model="openai/gpt-x", lora="or").open()


def test_a_key_that_is_not_set_is_missed_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CRITIC_KEY", raising=False)
    with pytest.raises(InputError, match="'CRITIC_KEY', which is not set") as caught:
        ModelSpec(model="openai/gpt-x", key_env="CRITIC_KEY").open()
    assert "export CRITIC_KEY" in caught.value.hint


def test_a_spec_opens_what_its_name_opens() -> None:
    spec = ModelSpec(model="q", base_url="http://127.0.0.1:9/v1")
    assert spec.open().name == open_model("q", base_url="http://127.0.0.1:9/v1").name


async def test_formulator_and_critic_answer_from_endpoints_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRITIC_KEY", "key-of-the-critic-0123")
    async with (
        endpoint(answers(completion(FARM))) as one,
        endpoint(answers(completion(OPINION))) as two,
    ):
        roles = read_roles(
            written(
                tmp_path,
                f'[formulator]\nmodel = "f"\nbase_url = "{one.url}"\n'
                f'[critic]\nmodel = "c"\nbase_url = "{two.url}"\nkey_env = "CRITIC_KEY"\n',
            )
        )
        effort = Effort(opinion=True)
        solution = await asyncio.to_thread(solve, TEXT, models=roles, effort=effort)
    assert solution.objective == 10000
    assert {request.body["model"] for request in one.requests} == {"f"}
    assert {request.body["model"] for request in two.requests} == {"c"}
    assert {request.headers["authorization"] for request in two.requests} == {
        "Bearer key-of-the-critic-0123"
    }
    assert "key-of" not in str([request.headers for request in one.requests])


async def test_the_command_line_reads_the_file_and_a_role_on_it_goes_before(
    tmp_path: Path,
) -> None:
    async with endpoint(answers(completion(FARM))) as one:
        path = written(
            tmp_path,
            f'[default]\nmodel = "d@{one.url}"\n[critic]\nmodel = "no-such-model"\n',
        )
        arguments = ["solve", TEXT, "--models", str(path), "--role", f"critic=c@{one.url}"]
        arguments += ["--run-dir", str(tmp_path / "runs"), "--json"]
        assert await asyncio.to_thread(command, arguments) == 10  # one text, drawn again
    assert {request.body["model"] for request in one.requests} == {"d"}
    (summary,) = Runs(tmp_path / "runs").summaries()
    assert summary.task is not None
    assert summary.task.specs["critic"].model == "no-such-model"


def test_a_role_nobody_plays_is_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "[critik]\nmodel = 'local'")
    assert command(["solve", TEXT, "--models", str(path)]) == 2
    assert "no role 'critik'" in capsys.readouterr().err


def test_a_task_knows_the_models_that_play() -> None:
    specs = {"default": ModelSpec(model="a"), "critic": ModelSpec(model="b")}
    assert Task(problem="p", specs=specs).models == {"a", "b"}
    assert Task(problem="p", specs=specs, roles={"critic": "c"}).models == {"a", "c"}
    assert Task(problem="p").models == {"local"}


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5_000 + "]" * 5_000, "a = " + "{b = " * 5_000, ".".join("a" * 5_000)]
)
def test_deeply_nested_roles_are_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "roles.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        read_roles(path)
