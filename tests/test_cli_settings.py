"""`--max-tokens`, `--reasoning-effort` and `--timeout` of every command that opens a model."""

from __future__ import annotations

import gc
import json
import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.bench_problems import write_problems
from tests.commands import Cli
from tests.drafts import CANDY, CANDY_DRAFT, reworded, scripted
from tests.endpoint_behaviours import Body, done
from tests.model_server import served

STUDIES = ("tune", "evolve")
SETTINGS = ("--max-tokens", "777", "--reasoning-effort", "low", "--timeout", "99")


def requests(runs: Path) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(next(runs.glob("*.sqlite")))) as ledger:
        return [json.loads(text) for (text,) in ledger.execute("SELECT request FROM replies")]


def test_settings_of_solve_reach_every_request_and_are_kept_with_the_run(
    cli: Cli, runs: Path, tmp_path: Path
) -> None:
    model = scripted(tmp_path, [CANDY_DRAFT, reworded(CANDY_DRAFT)])
    ended = cli("solve", CANDY, "--model", model, "--json", *SETTINGS)
    assert ended.status == 0, ended.err
    asked = requests(runs)
    assert {(r["max_tokens"], r["effort"]) for r in asked} == {(777, "low")}
    shown = cli("runs", "show", json.loads(ended.out)["run"], "--json").out
    assert "?max_tokens=777&effort=low&timeout=99" in shown


def test_settings_of_solve_go_before_those_of_a_file(cli: Cli, runs: Path, tmp_path: Path) -> None:
    model = scripted(tmp_path, [CANDY_DRAFT, reworded(CANDY_DRAFT)])
    roles = tmp_path / "roles.toml"
    roles.write_text(f'[default]\nmodel = "{model}"\nmax_tokens = 5000\n', encoding="utf-8")
    arguments = ("solve", CANDY, "--models", roles, "--json", "--max-tokens", "888")
    assert cli(*arguments).status == 0
    assert {r["max_tokens"] for r in requests(runs)} == {888}


@pytest.mark.parametrize(
    "command",
    ["solve", "chat", "ui", "tune", "evolve", "bench run", "models test", "doctor"],
)
def test_commands_that_open_models_have_the_settings(cli: Cli, command: str) -> None:
    said = cli(*command.split(), "--help").out
    assert all(option in said for option in SETTINGS[:4:2])
    assert "--timeout S " in " ".join(said.split())
    assert "Seconds for one call of a model" in " ".join(said.split())


PROGRAM = """
import optwright as ow

instruction = ow.Text("instruction", "Speak.")


@ow.traced
def shout(word):
    return word.upper() if "upper" in instruction.value else word


def metric(example, output):
    return float(output.isupper()), "louder"
"""
LINE = """
# EVOLVE-BLOCK-START
def line(x):
    return x
# EVOLVE-BLOCK-END
"""
HARNESS = """
GOAL = "Be large."
FUNCTIONS = ("line",)
TRAIN = [0.0, 1.0, 2.0]


def evaluate(program, x):
    return program.line(x)
"""


def command_line(command: str, url: str, folder: Path) -> list[object]:
    """A command that asks the model at an address."""
    (folder / "program.py").write_text(PROGRAM)
    (folder / "words.csv").write_text("word\n" + "".join(f"word{i}\n" for i in range(60)))
    (folder / "line.py").write_text(LINE)
    (folder / "harness.py").write_text(HARNESS)
    model = f"m@{url}"
    match command:
        case "chat":
            return ["chat", CANDY, "--model", model, "--budget", "calls=2", "--plain"]
        case "tune":
            train = ("--train", folder / "words.csv", "--parameters", "instruction")
            how = ("--optimizer", "opro", "--budget", "evaluations=200,calls=2")
            return ["tune", f"{folder}/program.py:shout", *train, *how, "--model", model]
        case "evolve":
            how = ("--optimizer", "rewriting", "--budget", "evaluations=40,calls=2")
            files = (folder / "line.py", "--harness", folder / "harness.py")
            return ["evolve", *files, *how, "--model", model]
        case "bench":
            data = write_problems(folder, 1)
            system = ("--system", "optwright", "--budget", "calls=2", "--out", folder / "out")
            return ["bench", data, *system, "--model", model]
        case "models test":
            return ["models", "test", model, "--limit", "1"]
        case "doctor":
            return ["doctor", "--model", model]
    return ["solve", CANDY, "--model", model, "--budget", "calls=2"]


@pytest.mark.parametrize(
    "command", ["solve", "chat", "tune", "evolve", "bench", "models test", "doctor"]
)
def test_settings_of_a_command_reach_the_endpoint(
    cli: Cli, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    bodies: list[Body] = []

    def answer(body: Body) -> object:
        bodies.append(body)
        return done(CANDY_DRAFT)

    with served(answer) as url:
        cli(*command_line(command, url, tmp_path), *SETTINGS[:4])
    assert bodies
    assert {(b["max_tokens"], b["reasoning_effort"]) for b in bodies} == {(777, "low")}


# The endpoint here sleeps while its client leaves, so that its own connection may stay open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("command", ["solve", "chat", "tune", "evolve", "models test", "doctor"])
def test_the_timeout_of_a_command_ends_a_call(
    cli: Cli, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))

    def answer(body: Body) -> object:
        time.sleep(1.5)  # of the endpoint's own thread
        return done(CANDY_DRAFT)

    with served(answer) as url:
        ended = cli(*command_line(command, url, tmp_path), "--timeout", "0.4")
    gc.collect()  # here, and not in a test that knows nothing of it
    # A study goes on without a proposal that did not come.
    said = r" 0 of \d replies of the model were usable" if command in STUDIES else r"0\.4 s"
    assert re.search(said, ended.out + ended.err)


def test_an_effort_that_nobody_knows_is_bad_input(cli: Cli) -> None:
    ended = cli("solve", CANDY, "--reasoning-effort", "huge")
    assert ended.status == 2
    assert "there is no effort 'huge'; there are none, minimal" in ended.err
