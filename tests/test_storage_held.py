"""A directory is held by one process at a time, and whoever comes second is told whose it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from optwright.errors import RunBusy
from optwright.storage.held import hold, is_held


def test_a_held_directory_is_refused_and_its_holder_named(tmp_path: Path) -> None:
    lock = hold(tmp_path, "the plan", hint="wait")
    assert is_held(tmp_path)
    with pytest.raises(RunBusy, match=f"the plan is held by process {os.getpid()}") as caught:
        hold(tmp_path, "the plan", hint="wait")
    assert caught.value.hint == "wait"
    lock.release()
    assert not is_held(tmp_path)
    hold(tmp_path, "the plan", hint="wait").release()


def test_a_holder_that_has_not_said_its_name_is_another_process(tmp_path: Path) -> None:
    lock = hold(tmp_path, "the plan", hint="wait")
    (tmp_path / "holder").unlink()
    with pytest.raises(RunBusy, match="held by another process"):
        hold(tmp_path, "the plan", hint="wait")
    lock.release()


def test_what_is_no_directory_cannot_be_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        hold(tmp_path / "file", "the plan", hint="wait")
