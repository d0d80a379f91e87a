"""What a terminal helps with: help without a command, names near a wrong one, completion."""

from __future__ import annotations

from pathlib import Path

import pytest

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.chat.store import Sessions
from optwright.cli import run


def completed(
    words: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> list[str]:
    """What bash is offered at the end of some words."""
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
    monkeypatch.setenv("_OPTWRIGHT_COMPLETE", "bash_complete")
    assert run([]) == 0
    return [line.partition(",")[2] for line in capfd.readouterr().out.splitlines() if line]


def test_optwright_alone_prints_help(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "Commands:" in capfd.readouterr().out


def test_a_command_that_there_is_not_is_answered_by_those_near_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run(["slove"]) == 2
    assert "Did you mean 'solve'" in capfd.readouterr().err


def test_commands_models_and_sessions_are_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OPTWRIGHT_SESSIONS", str(tmp_path))
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))
    ChatSession(Sessions().path("spring"), Settings(model=None)).close()
    assert completed("optwright ru", monkeypatch, capfd) == ["runs"]
    assert completed("optwright solve --model openai", monkeypatch, capfd) == ["openai/"]
    assert completed("optwright chat --session sp", monkeypatch, capfd) == ["spring"]
    assert completed("optwright runs show 2", monkeypatch, capfd) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_what_it_reads(shell: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_OPTWRIGHT_COMPLETE" in capfd.readouterr().out
