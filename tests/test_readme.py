"""The code of the README and of the pages it was taken from runs, and its shell commands name
options that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import optwright as ow
from optwright.agents.solution import Solution
from optwright.cli import optwright
from optwright.cli.tune_agents import tune_agents
from optwright.testing import ScriptedModel
from tests.drafts import reworded

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "docs/python.md", "docs/models.md")
README = "\n".join((ROOT / page).read_text("utf-8") for page in PAGES)
FARM = json.dumps(
    {
        "decisions": [
            {"name": "corn", "meaning": "acres of corn", "whole": False},
            {"name": "wheat", "meaning": "acres of wheat", "whole": False},
        ],
        "amounts": [
            {"name": "land", "expression": "corn + wheat"},
            {"name": "earnings", "expression": "300*corn + 200*wheat"},
            {"name": "work", "expression": "3*corn + 1*wheat"},
        ],
        "objective": {"text": "the earnings", "sense": "maximize", "expression": "earnings"},
        "limits": [
            {"text": "40 acres for corn and wheat", "expression": "land <= 40"},
            {"text": "80 days of work", "expression": "work <= 80"},
        ],
    }
)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("code", [b for b in blocks("python") if "ow.solve(" in b])
def test_the_solving_example_runs(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    scripted = code.replace('model="local"', "model=model")
    exec(scripted, {"model": ScriptedModel(FARM, reworded(FARM))})
    printed = capsys.readouterr().out
    assert "optimal 10000.0 {'corn': 20.0, 'wheat': 20.0} True" in printed
    assert "+ 2 of 2 independent drafts" in printed


def test_the_example_of_a_model_that_is_given_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = (b for b in blocks("python") if "ow.solve_model" in b)
    (tmp_path / "model.lp").write_text(
        "max\no: 2 ship(a) + ship(b)\nst\nr: ship(a) + ship(b) <= 4\nend\n"
    )
    monkeypatch.chdir(tmp_path)
    solving, _, _ = code.partition("solution.frame")  # which needs pandas
    names: dict[str, Any] = {"ow": ow}
    exec(solving, names)
    assert names["solution"].values("ship") == {"a": 4, "b": 0}


def test_the_minimizing_example_runs() -> None:
    (code,) = (b for b in blocks("python") if "ow.minimize" in b)
    exec(code, {})


def options(command: click.Command) -> set[str]:
    """The options of a command and of those below it."""
    context = click.Context(command)
    own = {option for parameter in command.params for option in parameter.opts}
    if not isinstance(command, click.Group):
        return own
    below = (command.get_command(context, name) for name in command.list_commands(context))
    return own.union(*(options(sub) for sub in below if sub is not None))


def test_every_option_the_readme_names_exists() -> None:
    context = click.Context(optwright)
    shell = "\n".join(blocks("bash"))
    for name, rest in re.findall(r"optwright ([a-z]+)\b([^\n#]*)", shell):
        command = optwright.get_command(context, name)
        assert command is not None, name
        if (name, rest.split()[:1]) == ("tune", ["agents"]):
            command = tune_agents
        assert set(re.findall(r"--[a-z-]+", rest)) <= options(command)


def test_the_readme_shows_what_its_first_command_prints(tmp_path: Path) -> None:
    recorded = ROOT / "tests" / "recordings" / "candy.json"
    example = ROOT / "examples" / "candy.txt"
    ran = CliRunner().invoke(
        optwright,
        ["solve", str(example), "--model", f"scripted:{recorded}", "--ledger", "off"],
        env={"COLUMNS": "80", "OPTWRIGHT_RUNS": str(tmp_path)},
    )
    (shown,) = blocks("text")[:1]
    model, _, _ = shown.partition("COST")
    assert any_version(model.strip()) in any_version(ran.output)


def any_version(text: str) -> str:
    """The text without the version of the solver, which is that of the day it was written."""
    return re.sub(r"highs \d+(\.\d+)+", "highs VERSION", text)


def test_the_page_on_the_command_line_names_what_there_is() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    assert all(f"`{field}`" in page for field in Solution.model_fields)
    rooms = ("agents", "serving", "src/optwright/cli")
    files = [path for room in rooms for path in ROOT.glob(f"{room}/**/*.py")]
    code = "\n".join(path.read_text("utf-8") for path in files)
    for variable in re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE):
        assert f'"{variable}"' in code
