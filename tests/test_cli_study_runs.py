"""A study that a command begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from optwright.cli.session import Session
from optwright.cli.study_runs import study_run
from optwright.optim.study.runs import RunStore, is_study


def test_a_study_that_is_cut_off_as_it_begins_leaves_no_run_and_begins_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "study"
    with monkeypatch.context() as cut:

        def cut_off(*_: object) -> None:
            raise KeyboardInterrupt

        cut.setattr(RunStore, "write_fact", cut_off)
        with pytest.raises(KeyboardInterrupt), study_run(directory, {"seed": 1}, Session()):
            pass
    assert not (directory / "run.sqlite").exists()
    with study_run(directory, {"seed": 1}, Session()):
        assert is_study(directory)
    with RunStore(directory) as store:
        assert store.fact("order") == {"seed": 1}
    assert not (directory / "draft").exists()
