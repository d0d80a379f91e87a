"""Several scores at once."""

from __future__ import annotations

from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.errors import InputError
from optwright.optim.api import minimize, optimize
from optwright.optim.parameters import Integer, Real
from optwright.optim.pareto import (
    Target,
    Wish,
    desirability,
    dominates,
    mean_scores,
    pareto_front,
)
from optwright.optim.trial import Evaluation, Suggestion, Trial
from optwright.serving.budget import Budget

SCORES = st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), min_size=2, max_size=2)


def trial(number: int, scores: dict[str, float]) -> Trial:
    evaluation = Evaluation(sum(scores.values()), scores=scores)
    return Trial(number, Suggestion({}), evaluation.score, (evaluation,))


@given(st.lists(SCORES, min_size=1, max_size=8))
def test_the_front_has_what_nothing_dominates_and_dominates_the_rest(
    vectors: list[dict[str, float]],
) -> None:
    trials = [trial(i, scores) for i, scores in enumerate(vectors)]
    front = pareto_front(trials)
    assert front
    for one in trials:
        beaten = any(dominates(mean_scores(other), mean_scores(one)) for other in front)
        assert beaten == (one not in front)


def test_failed_trials_and_single_scores_are_not_on_the_front() -> None:
    failed = Trial(0, Suggestion({}), float("-inf"), (Evaluation(float("-inf"), scores={"a": 9}),))
    single = Trial(1, Suggestion({}), 5.0, (Evaluation(5.0),))
    assert pareto_front([failed, single]) == []


@given(st.floats(-10, 20), st.floats(-10, 20))
def test_a_wish_rises_from_worst_to_best(a: float, b: float) -> None:
    wish = Wish(worst=10.0, best=2.0, shape=2.0)
    assert 0.0 <= wish(a) <= 1.0
    assert wish(min(a, b)) >= wish(max(a, b))


def test_one_useless_or_missing_score_spoils_the_whole() -> None:
    wishes: dict[str, Wish | Target] = {"good": Wish(0, 1), "near": Target(5, tolerance=1)}
    assert desirability({"good": 1.0, "near": 7.0}, wishes) == 0.0
    assert desirability({"good": 1.0}, wishes) == 0.0


def test_desirability_is_the_weighted_geometric_mean() -> None:
    wishes = {"a": Wish(0, 1, weight=3), "b": Wish(0, 1)}
    expected = prod([0.5] * 3 + [0.8]) ** 0.25
    assert desirability({"a": 0.5, "b": 0.8}, wishes) == pytest.approx(expected)


def test_a_wish_that_cannot_be_met_is_refused() -> None:
    with pytest.raises(InputError):
        Wish(1.0, 1.0)
    with pytest.raises(InputError):
        Target(1.0, tolerance=0.0)


def test_wishes_lead_a_search_between_two_goals() -> None:
    def two(x: float) -> dict[str, float]:
        return {"cost": x, "error": (1 - x) ** 2}

    wishes = {"cost": Wish(worst=1.0, best=0.0), "error": Wish(worst=0.25, best=0.0)}
    space = [Real("x", 0.1, low=0, high=1)]
    found = minimize(two, space, wishes=wishes, budget=Budget(evaluations=25))
    grid = [desirability(two(i / 1000), wishes) for i in range(1001)]
    assert found.score == pytest.approx(1 - max(grid), abs=0.01)
    assert len(pareto_front(found.trials)) == len(found.trials)


def test_scores_wished_the_other_way_are_turned_for_the_front() -> None:
    right, slow, dear = (
        trial(i, {"right": r, "seconds": s}) for i, (r, s) in enumerate([(2, 1), (3, 5), (2, 2)])
    )
    assert pareto_front([right, slow, dear]) == [slow]
    assert pareto_front([right, slow, dear], opposed=["seconds"]) == [right, slow]


def test_wishes_find_the_compromise_of_a_program_between_right_and_quick(tmp_path: Path) -> None:
    """More steps are right more often and take longer: all right at 6, all quick at 0."""
    steps = Integer("steps", 0, low=0, high=12)

    def metric(wanted: int, got: int) -> dict[str, float]:
        return {"right": float(got >= wanted), "seconds": float(got)}

    wishes = {"right": Wish(worst=0.0, best=1.0), "seconds": Wish(worst=12.0, best=0.0)}
    found = optimize(
        lambda wanted: int(steps.value),
        train=[n % 7 for n in range(42)],
        metric=metric,
        parameters=[steps],
        wishes=wishes,
        claim="these",  # the 42 are the whole task
        budget=Budget(evaluations=300),
        run_dir=tmp_path,
    )

    def desired(n: int) -> float:
        return float(np.mean([desirability(metric(w % 7, n), wishes) for w in range(42)]))

    assert found.values["steps"] == max(range(13), key=desired)
    assert [change.accepted for change in found.accepted]
    front = pareto_front(found.trials, opposed=["seconds"])
    tried = {t.values["steps"] for t in found.trials}
    # Beyond 6 nothing gets more right, so no longer run is on the front.
    assert {t.values["steps"] for t in front} <= {n for n in tried if n <= 6}
    assert len(front) > 1
