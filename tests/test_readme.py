"""The README's code runs, and its shell commands name options that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from optwright.agents.solution import Solution
from optwright.cli import optwright
from optwright.testing import ScriptedModel

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
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


def test_the_solving_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = (b for b in blocks("python") if "ow.solve" in b)
    scripted = code.replace('model="local"', "model=model")
    exec(scripted, {"model": ScriptedModel(FARM, FARM)})
    printed = capsys.readouterr().out
    assert "optimal 10000.0 {'corn': 20.0, 'wheat': 20.0} True" in printed
    assert "+ 2 of 2 independent drafts" in printed


def test_the_minimizing_example_runs() -> None:
    (code,) = (b for b in blocks("python") if "ow.minimize" in b)
    exec(code, {})


def test_every_option_the_readme_names_exists() -> None:
    shell = "\n".join(blocks("bash"))
    for command, options in re.findall(r"optwright (solve|chat|tune|bench|serve|runs|doctor)\b([^\n#]*)", shell):
        known = CliRunner().invoke(optwright, [command, "--help"]).output
        for option in re.findall(r"--[a-z-]+", options):
            assert option in known, (command, option)


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
    assert model.strip() in ran.output


def test_the_page_on_the_command_line_names_what_there_is() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    assert all(f"`{field}`" in page for field in Solution.model_fields)
    rooms = ("agents", "serving", "src/optwright/cli")
    files = [path for room in rooms for path in ROOT.glob(f"{room}/*.py")]
    code = "\n".join(path.read_text("utf-8") for path in files)
    for variable in re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE):
        assert f'"{variable}"' in code
