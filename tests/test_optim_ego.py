"""The Gaussian process, what is expected of it, and batches around a point."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, pi, sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import optwright as ow
from optwright.optim.optimizer import Setting, open_optimizer
from optwright.optim.optimizers.numeric import gaussian
from optwright.optim.optimizers.numeric.ego import Ego, flattened, log_improvement
from optwright.optim.optimizers.numeric.mixed_cube import MixedCube
from optwright.optim.parameters import Choice, Integer, ParameterSpace, Real
from optwright.optim.trial import Suggestion, Trial

SPACE = ParameterSpace(
    [
        Real("x", 5.0, low=0.0, high=10.0),
        Choice("way", "a", options=["a", "b", "c"]),
        Integer("n", 3, low=1, high=8),
    ]
)


def test_the_slope_of_a_fit_is_that_of_what_is_climbed() -> None:
    roll = np.random.default_rng(3)
    points, values = roll.random((9, 3)), roll.normal(size=9)
    groups, seen = [0, 1, 1], {}

    theta = np.array([-1.0, 0.3, 0.2, -3.0])
    squares = np.zeros((2, 9, 9))
    for column, group in enumerate(groups):
        squares[group] += (points[:, None, column] - points[None, :, column]) ** 2
    prior = gaussian.expected(groups)
    value, slope = gaussian._unlikelihood(theta, values, squares, prior)
    for place in range(len(theta)):
        moved = theta.copy()
        moved[place] += 1e-6
        seen[place] = (gaussian._unlikelihood(moved, values, squares, prior)[0] - value) / 1e-6
    assert list(seen.values()) == pytest.approx(slope.tolist(), rel=1e-3, abs=1e-4)


def test_a_process_knows_what_it_was_told_and_its_slopes_are_those_of_its_mean() -> None:
    points = np.linspace(0, 1, 8)[:, None]
    values = np.sin(5 * points[:, 0])
    theta = gaussian.fitted(points, values, [0], gaussian.expected([0]))
    process = gaussian.conditioned(points, values, [0], theta)
    mean, deviation = process.predict(points)
    assert mean == pytest.approx(values, abs=0.02)
    far = process.predict(np.array([[0.5 / 7], [3.0]]))[1]
    assert deviation.max() < far[0] < far[1]
    at = np.array([[0.33]])
    rise = (process.predict(at + 1e-5)[0] - process.predict(at - 1e-5)[0]) / 2e-5
    assert process.slopes(at)[0] == pytest.approx(rise, rel=1e-3)


@given(some.floats(-8, 8), some.floats(0.01, 5))
@settings(max_examples=30)
def test_the_expected_improvement_is_the_mean_of_what_is_gained(mean: float, wide: float) -> None:
    found = exp(float(log_improvement(0.0, np.array([mean]), np.array([wide]))[0]))
    at = np.linspace(mean - 12 * wide, 0.0, 200_001)
    density = np.exp(-0.5 * ((at - mean) / wide) ** 2) / (wide * sqrt(2 * pi))
    gained = float(np.trapezoid(np.where(at < 0, -at, 0) * density, at)) if at[0] < 0 else 0.0
    assert found == pytest.approx(gained, rel=0.12, abs=1e-6)


@given(some.lists(some.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_flattening_keeps_the_order(losses: Sequence[float]) -> None:
    given_losses = np.array(losses)
    flat = flattened(given_losses)
    order = np.argsort(given_losses, kind="stable")
    assert (np.diff(flat[order]) >= 0).all()


@given(some.integers(0, 10**6))
@settings(max_examples=20)
def test_rows_of_a_mixed_space_are_values_and_back(seed: int) -> None:
    cube = MixedCube(SPACE)
    drawn = cube.anywhere(4, Random(seed))
    for row in [*drawn, *cube.near(drawn[0], 4, Random(seed))]:
        values = SPACE.check(cube.values(row, SPACE.initial))
        assert cube.row(values) == pytest.approx(row)
        columns = cube.columns(row[None])
        assert columns["way"][0] == values["way"]
        assert columns["n"][0] == pytest.approx(values["n"])


def told(count: int, batch: int = 1, name: str = "ego") -> list[dict[str, object]]:
    """Proposals on a function that fails where x is above 6."""
    optimizer = open_optimizer(name, Setting(SPACE, seed=4))
    trials: list[Trial] = []
    while len(trials) < count:
        for candidate in optimizer.ask(batch):
            v = candidate.values
            loss = (v["x"] - 5.5) ** 2 + (v["way"] != "b") + 0.1 * (v["n"] - 4) ** 2
            score = -float("inf") if v["x"] > 6 else -loss
            trial = Trial(len(trials), candidate, score)
            trials.append(trial)
            optimizer.tell([trial])
    return [{**trial.values, "loss": -trial.score} for trial in trials]


def test_it_learns_where_the_program_fails() -> None:
    ego = open_optimizer("ego", Setting(SPACE, seed=4))
    assert isinstance(ego, Ego)
    rows = ego.cube.anywhere(20, Random(1))
    failed = rows[:, 0] > 0.6
    models = ego.models(rows, np.where(failed, np.inf, rows[:, 0]), failed)
    others = ego.cube.anywhere(60, Random(2))
    chance = np.exp(models.log_sound(others))
    assert chance[others[:, 0] < 0.4].min() > 0.7
    assert chance[others[:, 0] > 0.8].max() < 0.4


def test_it_finds_what_is_best_beside_a_cliff() -> None:
    assert min(float(str(one["loss"])) for one in told(30)) < 0.15


def test_a_shot_is_a_batch_of_different_points_around_one() -> None:
    optimizer = open_optimizer("shotgun", Setting(SPACE, seed=1))
    roll = np.random.default_rng(1)
    cube = MixedCube(SPACE)
    for i in range(12):
        x, n = float(roll.uniform(0, 10)), int(roll.integers(1, 9))
        loss = (x - 5.5) ** 2 + 0.1 * (n - 4) ** 2
        optimizer.tell([Trial(i, Suggestion({"x": x, "way": "a", "n": n}), -loss)])
    shot = optimizer.ask(4)
    assert len({SPACE.key(one.values) for one in shot}) == 4
    rows = np.array([cube.row(one.values) for one in shot])
    assert np.abs(rows[1:, 0] - rows[0, 0]).max() < 0.6


def test_a_batch_of_ego_spreads_by_what_it_expects() -> None:
    tried = told(16, batch=4)
    assert len({tuple(map(str, one.values())) for one in tried}) == 16


def test_an_order_or_words_alone_are_refused() -> None:
    order = ParameterSpace([ow.Permutation("order", [1, 2, 3])])
    with pytest.raises(ow.errors.InputError, match="number or a choice"):
        open_optimizer("ego", Setting(order))
