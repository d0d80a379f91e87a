"""The conversations of the tutorial and of the README come out as they are printed."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from optwright.cli import run

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT / "tests" / "recordings"


def conversation(page: str) -> list[str]:
    """The lines of a page's conversation; those with three dots alone stand for others."""
    text = (ROOT / page).read_text("utf-8")
    lines = "".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL)).splitlines()
    return [line for line in lines if line != "..." and not line.startswith("$ ")]


@pytest.mark.parametrize(
    ("page", "replies", "problem", "written"),
    [
        ("docs/tutorial.md", f"replay:{RECORDINGS / 'chat.jsonl'}", [], ["farm.html", "farm.py"]),
        (
            "README.md",
            f"scripted:{RECORDINGS / 'candy.json'}",
            [str(ROOT / "examples" / "candy.txt")],
            [],
        ),
    ],
)
def test_a_conversation_comes_out_as_it_is_printed(
    page: str,
    replies: str,
    problem: list[str],
    written: list[str],
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    shown = conversation(page)
    turns = [line[2:] for line in shown if line.startswith("> ")]
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{turn}\n" for turn in turns)))
    monkeypatch.chdir(tmp_path)
    assert run(["chat", *problem, "--plain", "--ledger", "off", "--model", replies]) == 0
    printed = [line.rstrip() for line in capfd.readouterr().out.splitlines()]
    for line in shown:
        assert any(p.startswith(line.rstrip().removesuffix("...")) for p in printed), line
    assert all((tmp_path / name).exists() for name in written)
