"""The convergence picture: where dots, failures, versions and numbers stand."""

from __future__ import annotations

import re
from dataclasses import replace
from math import inf, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.optim.study.best_score import change
from optwright.optim.study.runs import Change
from optwright.optim.trial import Suggestion, Trial
from optwright.reporting.charts.axes import Axis
from optwright.reporting.charts.convergence import HEIGHT, TOP, convergence


def trials(*scores: float) -> list[Trial]:
    return [Trial(number, Suggestion({}), score) for number, score in enumerate(scores)]


def accepted(number: int, trial: Trial) -> Change:
    return replace(change(None, trial, accepted=True, reason="better"), number=number)


@given(st.lists(st.floats(-1e12, 1e12) | st.just(-inf), min_size=1, max_size=30))
def test_everything_is_drawn_inside_the_picture(scores: list[float]) -> None:
    known = trials(*scores)
    changes = [accepted(0, known[0])] if scores[0] > -inf else []
    picture = convergence(known, changes)
    failed = sum(score == -inf for score in scores)
    assert picture.count('class="failed"') == (0 if failed == len(scores) else failed)
    for x, y in re.findall(r'cx="([^"]*)%" cy="([^"]*)"', picture):
        assert 0 <= float(x) <= 100
        assert 0 <= float(y) <= TOP + HEIGHT


@pytest.mark.parametrize(
    ("low", "high", "log", "ticks"),
    [
        (0.0, 1.0, False, [0.0, 0.5, 1.0]),
        (-3.0, 17.0, False, [0.0, 5.0, 10.0, 15.0]),
        (0.01, 2000.0, True, [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]),
    ],
)
def test_the_numbers_at_an_axis_are_round(
    low: float, high: float, log: bool, ticks: list[float]
) -> None:
    found = Axis(low, high, 0.0, 100.0, log).ticks
    assert all(isclose(a, b, abs_tol=1e-12) for a, b in zip(found, ticks, strict=True))


def test_a_minimized_score_falls_on_the_picture() -> None:
    known = trials(-5.0, -1.0)
    picture = convergence(known, [accepted(0, known[0]), accepted(1, known[1])], sign=-1)
    first, last = re.findall(r'class="version" cx="[^"]*%" cy="([^"]*)"', picture)
    assert float(first) < float(last), "lower on the page"
    assert "trial 0: 5" in picture


def test_scores_over_many_sizes_have_a_log_scale() -> None:
    assert "log scale" in convergence(trials(1.0, 1e5), [])
    assert "log scale" not in convergence(trials(-1.0, 1e5), [])


def test_a_version_made_current_again_begins_after_the_trials_before_it() -> None:
    known = trials(0.0, 0.5, 1.0)
    changes = [accepted(0, known[0]), accepted(1, known[2])]
    again = replace(accepted(2, known[0]), restores=0)
    picture = convergence(known, [*changes, again])
    xs = [float(x) for x in re.findall(r'class="version" cx="([^"]*)%"', picture)]
    assert xs[0] < xs[1] == xs[2]
