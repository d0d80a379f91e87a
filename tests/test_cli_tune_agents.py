"""`optwright tune agents`, as the README has it: found, accepted, written, used, taken back."""

from __future__ import annotations

import json
from pathlib import Path

from optwright.agents.profiles.profile import read_profile, shipped
from tests.commands import Cli

EXAMPLE = Path(__file__).parents[1] / "examples" / "agents"
MODELLER = f"scripted:{EXAMPLE / 'modeller.json'}"


def test_a_better_prompt_is_found_written_used_and_taken_back(
    cli: Cli, tmp_path: Path, runs: Path
) -> None:
    profile = tmp_path / "tuned.toml"
    ended = cli(
        *("tune", "agents", "--dataset", str(EXAMPLE / "rows.jsonl"), "--model", MODELLER),
        *("--optimizer-model", f"scripted:{EXAMPLE / 'writer.json'}", "--optimizer", "opro"),
        *("--tune", "formulator.system", "--profile", "large", "--write", str(profile)),
        "--json",
    )
    assert ended.status == 0
    found = json.loads(ended.out)
    written = read_profile(profile.read_text())
    assert written.origin is not None
    assert (written.origin.parent, written.origin.run) == ("large", found["run"])
    assert "22 examples" in written.origin.evidence

    row = json.loads((EXAMPLE / "rows.jsonl").read_text().splitlines()[0])
    used = ("solve", row["question"], "--model", MODELLER, "--json", "--profile")
    assert json.loads(cli(*used, str(profile)).out)["objective"] == row["answer"]
    assert json.loads(cli(*used, "large").out)["objective"] != row["answer"]

    back = cli("runs", "revert", found["run"], "0")
    assert back.status == 0
    assert f"written: {profile}" in back.out
    assert read_profile(profile.read_text()) == shipped("large")


def test_agents_that_get_no_better_leave_no_profile(cli: Cli, tmp_path: Path, runs: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text("".join((EXAMPLE / "rows.jsonl").read_text().splitlines(keepends=True)[:6]))
    rule = {"when": [], "reply": json.dumps({"reason": "", "values": {}})}
    (tmp_path / "idle.json").write_text(json.dumps({"rules": [rule]}))
    idle = f"scripted:{tmp_path / 'idle.json'}"
    ended = cli(
        *("tune", "agents", "--dataset", str(rows), "--model", MODELLER, "--profile", "large"),
        *("--optimizer-model", idle, "--optimizer", "opro", "--budget", "evaluations=12,calls=60"),
        *("--tune", "formulator.system", "--write", str(tmp_path / "tuned.toml")),
    )
    assert ended.status == 1
    assert not (tmp_path / "tuned.toml").exists()


def test_what_cannot_be_tuned_is_bad_input(cli: Cli, tmp_path: Path) -> None:
    ended = cli("tune", "agents", "--dataset", str(EXAMPLE / "rows.jsonl"), "--tune", "nothing.*")
    assert ended.status == 2
    assert "formulator.system" in ended.err


def test_the_help_of_tune_names_the_agents(cli: Cli) -> None:
    assert "tune agents" in cli("tune", "--help").out
    assert "--dataset" in cli("tune", "agents", "--help").out
