"""`optwright doctor`: what it names, what it says about the sandbox, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from optwright.cli import run
from optwright.doctor import Check, Findings, _attacks, _layers
from optwright.solvers.sandbox import Level
from optwright.solvers.sandbox.probes import Examination, ProbeResult, attacks, available_layers

pytestmark = pytest.mark.usefixtures("runs")

NO_KERNEL_LAYER = any(available_layers()[layer] for layer in ("landlock", "seccomp"))


def doctor(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = run(["doctor", *arguments])
    return status, capfd.readouterr().out


def test_it_names_what_there_is(capfd: pytest.CaptureFixture[str]) -> None:
    status, out = doctor(capfd, "--quick")
    assert status == 0
    for name in ("solver highs: highspy", "sandbox landlock", "sandbox level", "embedded model"):
        assert name in out


def test_it_says_what_to_do_about_what_is_missing(
    capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPTWRIGHT_MODEL", str(tmp_path / "no.gguf"))
    _, out = doctor(capfd, "--quick", "--json")
    checks = {c["name"]: c for c in json.loads(out)["checks"]}
    assert not checks["embedded model"]["ok"]
    assert "OPTWRIGHT_MODEL" in checks["embedded model"]["todo"]


def test_quick_says_the_level_and_runs_no_attack(capfd: pytest.CaptureFixture[str]) -> None:
    _, out = doctor(capfd, "--quick", "--json")
    sandbox = json.loads(out)["sandbox"]
    assert sandbox["probes"] == {"ran": 0, "blocked": [], "open": []}
    assert set(sandbox["layers"]) | set(sandbox["missing"]) == set(available_layers())
    assert sandbox["level"] in (None, "strict", "isolated")


@pytest.mark.skipif(NO_KERNEL_LAYER, reason="this machine has no Landlock or no seccomp")
def test_every_attack_is_run_and_reported(capfd: pytest.CaptureFixture[str]) -> None:
    status, out = doctor(capfd, "--json")
    sandbox = json.loads(out)["sandbox"]
    assert status == 0
    assert sandbox["level"] in ("strict", "isolated")
    assert sandbox["probes"]["ran"] == len(attacks())
    assert set(sandbox["probes"]["blocked"]) == {attack.name for attack in attacks()}
    assert sandbox["probes"]["open"] == []


def test_an_attack_that_got_through_is_named_and_makes_the_machine_unusable() -> None:
    held = ProbeResult("read_passwd", "read /etc/passwd", (), 0.1)
    through = ProbeResult("connect_tcp", "connect over TCP", ("reached us over TCP",), 0.1)
    sandbox = Examination(Level.STRICT, {"landlock": ""}, (held, through))
    told = tuple(_attacks(sandbox))
    assert [(c.name, c.ok) for c in told] == [
        ("attack connect_tcp", False),
        ("sandbox attacks", False),
    ]
    assert "reached us over TCP" in told[0].found
    assert "SECURITY.md" in told[0].todo
    assert not Findings(told, sandbox).is_usable


def test_without_what_everything_needs_the_machine_is_not_usable() -> None:
    sandbox = Examination(None, {"landlock": "needs Linux"})
    lacking = Check("solver highs", False, "highspy is not installed", needed=True)
    wanting = Check("solver scip", False, "pyscipopt is not installed")
    assert not Findings((lacking,), sandbox).is_usable
    assert Findings((wanting,), sandbox).is_usable


REFUSED = """
import sys
sys.path.insert(0, sys.argv[1])
from tests.sandbox_probes.suite import refuse
refuse(["landlock_create_ruleset"])
from optwright.cli import main
main(["doctor", "--json"])
"""


def test_where_auto_refuses_no_attack_is_run_and_nothing_needed_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(Path(__file__).parents[1])],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    assert done.returncode == 0, done.stderr
    sandbox = json.loads(done.stdout)["sandbox"]
    assert sandbox["level"] is None
    assert "landlock" in sandbox["missing"]
    assert sandbox["probes"]["ran"] == 0


def test_a_level_or_none_is_said_in_words() -> None:
    said = {c.name: c for c in _layers(Examination(None, {"seccomp": "no"}))}
    assert "refuses" in said["sandbox level"].found
    assert "--sandbox process" in said["sandbox level"].todo
