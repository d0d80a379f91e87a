"""`optwright evolve` and its runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optwright.cli import run

PROGRAM = """
# EVOLVE-BLOCK-START
def line(x):
    return 1.0 * x
# EVOLVE-BLOCK-END
"""
HARNESS = """
GOAL = "Be near 3 x + 2."
FUNCTIONS = ("line",)
TRAIN = [0.0, 1.0, 2.0]


def evaluate(program, x):
    print("this is not the result")
    return -abs(program.line(x) - (3.0 * x + 2.0))
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    (tmp_path / "line.py").write_text(PROGRAM)
    (tmp_path / "harness.py").write_text(HARNESS)
    return str(tmp_path / "line.py"), str(tmp_path / "harness.py"), str(tmp_path / "runs")


def script(tmp_path: Path, *texts: str) -> str:
    file = tmp_path / "replies.json"
    file.write_text(json.dumps([f"```python\ndef line(x):\n    {text}\n```" for text in texts]))
    return f"scripted:{file}"


def test_a_search_is_shown_kept_and_resumed(
    files: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program, harness, runs = files
    model = script(tmp_path, "return 3.0 * x", "return 3.0 * x + 2.0", "return x")
    status = run(
        ["evolve", program, "--harness", harness, "--model", model, "--optimizer", "rewriting",
         "--budget", "evaluations=6", "--run-dir", runs, "--json",
         "--report", str(tmp_path / "page.html")]
    )  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert status == 0
    assert "return 3.0 * x\n" in told["values"]["program"]
    assert told["score"] == -2.0
    directory = Path(told["directory"])
    assert (directory / "program.py").read_text() == told["values"]["program"]
    assert "3.0 * x" in (tmp_path / "page.html").read_text()
    assert run(["runs", "resume", str(directory), "--budget", "evaluations=9", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["run"] == told["run"]
    assert again["score"] == 0.0
    assert again["spent"]["evaluations"] == 9


def test_nothing_better_is_exit_status_1(files: tuple[str, str, str], tmp_path: Path) -> None:
    program, harness, runs = files
    model = script(tmp_path, "return -x", "return -2 * x")
    more = ["--model", model, "--optimizer", "best-of-n", "--run-dir", runs, "--json"]
    assert run(["evolve", program, "--harness", harness, "--budget", "evaluations=6", *more]) == 1


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--harness", "nowhere.py"], "there is no Python file"),
        (["--harness", "HARNESS:nothing"], "has no function 'nothing'"),
        (["--harness", "HARNESS", "--optimizer", "tpe"], "no optimizer 'tpe' for programs"),
        (["--harness", "HARNESS", "--optimizer", "rewriting"], "needs a model"),
    ],
)
def test_slips_are_sentences(
    files: tuple[str, str, str],
    arguments: list[str],
    why: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program, harness, runs = files
    given = [argument.replace("HARNESS", harness) for argument in arguments]
    assert run(["evolve", program, *given, "--run-dir", runs]) in (2, 4)
    assert why in capsys.readouterr().err
    assert not list(Path(runs).glob("*/run.sqlite"))
