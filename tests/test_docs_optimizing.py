"""The page on optimizing runs from top to bottom, and its shell commands do what it says."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from optwright.cli import run
from optwright.optim.optimizer import optimizer_names
from optwright.serving.chat import ChatRequest
from optwright.testing import ScriptedModel

PAGE = (Path(__file__).parents[1] / "docs" / "optimizing.md").read_text("utf-8")
FILE = "# filter.py\n"
Shell = pytest.CaptureFixture[str]


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def said(request: ChatRequest) -> str:
    """What a model would: sums in whole sentences, unless it is told not to."""
    prompt = request.messages[-1].content
    if request.role == "opro":
        return json.dumps({"values": {"instruction": "Write the number only."}})
    a, b = map(int, re.findall(r"(\d+) \+ (\d+)\?", prompt)[0])
    return str(a + b) if "number only" in prompt else f"The sum is {a + b}."


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The names that the page's Python leaves behind, and where it ran."""
    folder = tmp_path_factory.mktemp("session")
    names: dict[str, Any] = {"__name__": "page", "scripted": ScriptedModel(said), "folder": folder}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("OPTWRIGHT_RUNS", str(folder / "kept"))
        for number, block in enumerate(b for b in blocks("python") if not b.startswith(FILE)):
            code = block.replace('open_model("local")', "open_model(scripted)")
            exec(compile(code, f"block {number} of optimizing.md", "exec"), names)
    return names


def test_the_python_of_the_page_runs_and_finds_what_it_should(session: dict[str, Any]) -> None:
    result = session["result"]
    assert result.values == {"instruction": "Write the number only."}
    assert result.score == 1.0
    assert result.gain.low > 0
    assert (session["folder"] / "trace.svg").read_text().startswith("<svg")
    assert "Write the number only." in (session["folder"] / "sums.html").read_text()


def test_the_commands_on_runs_do_what_the_page_says(
    session: dict[str, Any], capfd: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(session["folder"])
    (commands,) = (block for block in blocks("bash") if "runs list" in block)
    for command in commands.splitlines():
        assert run(command.split()[1:]) == 0, command
    printed = capfd.readouterr().out
    assert "+Write the number only." in printed
    assert "version 2 has the values of version 0" in printed


def test_the_program_file_of_the_page_gets_better(
    tmp_path: Path, capfd: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    (program,) = (block for block in blocks("python") if block.startswith(FILE))
    (tmp_path / "filter.py").write_text(program)
    write_mails(tmp_path / "mails.csv")
    (command,) = (block for block in blocks("bash") if "tune" in block)
    assert run(command.split()[1:]) == 0
    assert "filter.py" not in capfd.readouterr().err
    assert (tmp_path / "filter.html").is_file()


def write_mails(file: Path) -> None:
    roll = Random(1)
    mails = [(roll.randint(0, 8), roll.randint(0, 8)) for _ in range(300)]
    rows = [f"{links},{marks},{int(links + marks > 9)}" for links, marks in mails]
    file.write_text("links,exclamations,spam\n" + "\n".join(rows) + "\n")


def test_every_optimizer_on_the_page_exists() -> None:
    table = PAGE.partition("## Which optimizer")[2].partition("##")[0]
    named = set(re.findall(r"`([a-z]+)`", "\n".join(re.findall(r"^\|([^|]*)\|", table, re.M))))
    assert len(named) > 10
    assert named <= set(optimizer_names())
