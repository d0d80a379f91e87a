"""Secrets of this process and keys in text, in everything that a run leaves or says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import Task
from optwright.cli import run
from optwright.errors import InputError
from optwright.solvers.sandbox.probes import available_layers
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, GIFTS, draft, reworded, scripted
from tests.faulty_endpoint import answers, completion, endpoint, refuses
from tests.test_serving_redact import SHAPES

VALUES = {
    "SOME_API_KEY": "correct-horse-battery",
    "DB_PASSWORD": 'with "quotes" and \\',
    "APP_TOKEN": "ümlaut/ slash+plus=",
}
SECRETS = (*SHAPES.values(), *VALUES.values())
TOLD = " ".join(f"Note {number}: {secret} ." for number, secret in enumerate(SECRETS))
LEAKING = draft(
    CHOCOLATE,
    GIFTS,
    decisions={"regular": f"number of regular boxes {TOLD}", "gift": "number of gift boxes"},
)
CODE = f"""```python
import sys
said = {TOLD!r}
print(said)
print(said, file=sys.stderr)
raise ValueError(said)
```"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VALUES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def leaks(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, list[str]]]:
    """Runs a command; returns its exit status and the secrets in what it said and left."""

    def leaked(*arguments: str) -> tuple[int, list[str]]:
        status = run([*arguments, "--run-dir", str(tmp_path / "runs")])
        said = capfd.readouterr()
        left = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
        assert sum(map(len, left)) > 0
        everything = b"\n".join([*left, said.out.encode(), said.err.encode()])
        return status, [secret for secret in SECRETS if written(secret, everything)]

    return leaked


def written(secret: str, everything: bytes) -> bool:
    ways = (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    return any(way.encode() in everything for way in ways)


Leaks = Callable[..., tuple[int, list[str]]]


@pytest.mark.parametrize("shape", [(), ("--json",)], ids=["words", "json"])
async def test_what_a_model_repeats_is_redacted_everywhere(
    leaks: Leaks, tmp_path: Path, shape: tuple[str, ...]
) -> None:
    async with endpoint(answers(completion(LEAKING))) as server:
        exports = [f"--export={fmt}={tmp_path / fmt}" for fmt in ("pyomo", "lp", "json", "latex")]
        arguments = ("solve", f"{CANDY}\n{TOLD}", f"--model=m@{server.url}", *exports, *shape)
        status, found = await asyncio.to_thread(leaks, *arguments)
        assert found == []
        assert status in (0, 1, 10)
        asked = json.dumps([exchange.body for exchange in server.requests])
        assert not any(written(secret, asked.encode()) for secret in SECRETS)
    assert leaks("runs", "show", Runs(tmp_path / "runs").summaries()[0].name, *shape)[1] == []


@pytest.mark.parametrize("verbose", [(), ("--verbose",)], ids=["plain", "verbose"])
async def test_what_an_endpoint_repeats_is_redacted_everywhere(
    leaks: Leaks, tmp_path: Path, verbose: tuple[str, ...]
) -> None:
    async with endpoint(answers(completion(LEAKING)), refuses(400, TOLD)) as server:
        arguments = ("solve", CANDY, f"--model=m@{server.url}", "--profile=small", *verbose)
        status, found = await asyncio.to_thread(leaks, *arguments)
        assert (status, found) == (4, [])
    (failed,) = Runs(tmp_path / "runs").summaries()
    assert "[redacted]" in failed.error
    assert leaks("runs", "show", failed.name)[1] == []


@pytest.mark.skipif(
    any(available_layers()[layer] for layer in ("landlock", "seccomp")),
    reason="this machine has no Landlock or no seccomp",
)
async def test_what_generated_code_prints_is_redacted_everywhere(
    leaks: Leaks, tmp_path: Path
) -> None:
    plans = json.dumps({"plans": [{"name": "in Pyomo", "route": "code", "advice": TOLD}]})
    replies = [answers(completion(text)) for text in (plans, LEAKING, CODE, LEAKING, CODE)]
    async with endpoint(*replies) as server:
        arguments = ("--plans=2", "--code", "--drafts=4", "--feedback")
        solving = ("solve", CANDY, f"--model=m@{server.url}", *arguments)
        status, found = await asyncio.to_thread(leaks, *solving)
        assert any("You write Pyomo" in str(exchange.body) for exchange in server.requests)
    assert found == []
    assert status in (0, 1, 10)


def test_the_trace_of_a_bug_is_redacted(
    leaks: Leaks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError(TOLD)

    monkeypatch.setattr("optwright.agents.render.render", broken)  # nothing breaks by itself
    model = scripted(
        tmp_path / "..", [CANDY_DRAFT, reworded(CANDY_DRAFT)], name=f"{tmp_path.name}.json"
    )
    for verbose in ((), ("--verbose",)):
        assert leaks("solve", CANDY, f"--model={model}", *verbose) == (70, [])
    assert list((tmp_path / "runs").glob("bug-*.txt"))


def test_a_key_in_a_models_address_is_refused_before_it_is_written(tmp_path: Path) -> None:
    url = "http://127.0.0.1:9/v1?key=0123456789abcdef"
    for task in (
        Task(problem=CANDY, model=f"m@{url}"),
        Task(problem=CANDY, roles={"critic": f"m@{url}"}),
    ):
        with pytest.raises(InputError, match=r"holds a key.*\[redacted\]"):
            Runs(tmp_path / "runs").begin(task)
    assert not any(f.is_file() for f in (tmp_path / "runs").rglob("*"))
