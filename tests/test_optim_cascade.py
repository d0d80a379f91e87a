"""Fewer examples for proposals that begin badly."""

from __future__ import annotations

from pathlib import Path

import pytest

import optwright as ow
from optwright.errors import InputError
from optwright.optim.results import Optimum


def tuned(directory: Path, cascade: tuple[int, ...]) -> Optimum:
    number = ow.Integer("number", 500, low=0, high=1000)
    return ow.optimize(
        lambda example: number.value,
        range(40),
        lambda example, output: output / 1000,
        [number],
        optimizer="random",
        cascade=cascade,
        budget=ow.Budget(evaluations=250),
        run_dir=directory,
    )


def test_a_cascade_gives_bad_proposals_up_early_and_makes_room_for_more(tmp_path: Path) -> None:
    whole, cut = tuned(tmp_path / "whole", ()), tuned(tmp_path / "cut", (2, 4))
    assert len(cut.trials) > 1.5 * len(whole.trials)
    assert {len(trial.evaluations) for trial in whole.trials} == {8}
    assert {len(trial.evaluations) for trial in cut.trials if trial.score < 0.5} == {2}
    assert "stopped after 2 of 8 examples" in min(cut.trials, key=lambda trial: trial.score).text
    assert cut.evaluations <= 250
    assert cut.accepted


def test_a_run_with_a_cascade_goes_on_as_it_was(tmp_path: Path) -> None:
    first = tuned(tmp_path, (2,))
    again = tuned(tmp_path, (2,))
    assert (again.values, again.score, again.spent) == (first.values, first.score, first.spent)
    with pytest.raises(InputError, match="another cascade"):
        tuned(tmp_path, (3,))


@pytest.mark.parametrize("cascade", [(0,), (8,), (4, 2), (3, 3)])
def test_a_cascade_that_does_not_rise_within_the_minibatch_is_refused(
    tmp_path: Path, cascade: tuple[int, ...]
) -> None:
    with pytest.raises(InputError, match="does not rise"):
        tuned(tmp_path, cascade)
