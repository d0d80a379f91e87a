"""`--max-tokens`, `--reasoning-effort` and `--timeout` of every command that opens a model."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.commands import Cli
from tests.drafts import CANDY, CANDY_DRAFT, reworded, scripted

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


@pytest.mark.parametrize("command", ["solve", "chat", "ui", "tune"])
def test_commands_that_open_models_have_the_settings(cli: Cli, command: str) -> None:
    said = cli(command, "--help").out
    assert all(option in said for option in SETTINGS[::2])


def test_an_effort_that_nobody_knows_is_bad_input(cli: Cli) -> None:
    ended = cli("solve", CANDY, "--reasoning-effort", "huge")
    assert ended.status == 2
    assert "there is no effort 'huge'; there are none, minimal" in ended.err
