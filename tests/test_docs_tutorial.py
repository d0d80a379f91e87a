"""The tutorial's conversation comes out as it is printed."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from optwright.cli import run

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "tutorial.md").read_text("utf-8")


def test_the_conversation_comes_out_as_it_is_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shown = "".join(re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)).splitlines()
    turns = [line[2:] for line in shown if line.startswith("> ")]
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{turn}\n" for turn in turns)))
    monkeypatch.chdir(tmp_path)
    replies = ROOT / "tests" / "recordings" / "chat.jsonl"
    options = ["--plain", "--session", "farm", "--ledger", "off", "--model", f"replay:{replies}"]
    assert run(["chat", *options]) == 0
    printed = [line.rstrip() for line in capfd.readouterr().out.splitlines()]
    for line in shown:
        assert any(p.startswith(line.rstrip().removesuffix("...")) for p in printed), line
    assert (tmp_path / "farm.html").exists()
    assert (tmp_path / "farm.py").exists()
