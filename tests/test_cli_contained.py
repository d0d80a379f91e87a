"""A mistake of ours in one turn ends that turn: its trace is written, the session goes on."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from optwright.agents.chat.reply import Reply
from optwright.cli.chat.contained import contained
from optwright.cli.session import ReaderLeft
from optwright.errors import Bug, InputError
from optwright.web.desk import Desk
from tests.chats import candy_session


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path))
    return tmp_path


def test_what_nobody_expected_is_an_error_of_ours_with_its_trace_in_a_file(runs: Path) -> None:
    with pytest.raises(Bug, match="a bug in optwright: ZeroDivisionError: ") as raised, contained():
        _surprise()
    (file,) = re.findall(r"'(.+)'", raised.value.hint)
    assert Path(file).parent == runs
    assert "in _surprise" in Path(file).read_text()


@pytest.mark.parametrize("error", [InputError("no"), ReaderLeft(), OSError("full")])
def test_what_has_an_ending_of_its_own_passes(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, contained():
        raise error
    assert raised.value is error


def test_where_the_trace_cannot_be_written_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTWRIGHT_RUNS", os.devnull)
    with pytest.raises(Bug) as raised, contained():
        _surprise()
    assert "Traceback" in raised.value.hint


def test_the_browser_is_told_and_the_next_turn_works() -> None:
    with candy_session() as session:
        desk = Desk(session, "plan")
        desk._take("surprise", lambda told: _surprise())
        desk.leave()
        desk.run()
        assert desk.note is not None
        assert "ZeroDivisionError" in desk.note.text
        assert desk.note.said == "surprise"
        desk.say("at most 30 gift boxes")
        desk.leave()
        desk.run()
        assert desk.view.turns[-1].said == "at most 30 gift boxes"


def _surprise() -> Reply:
    raise ZeroDivisionError("in a turn")
