"""Values for one instance of a sequence after the other, and the experiment they are known from."""

from __future__ import annotations

from functools import lru_cache
from random import Random

import numpy as np
import pytest

import optwright as ow
from optwright.benchmarks.relaxation import OMEGAS, learn, shifts, sweeps
from optwright.errors import InputError
from optwright.optim.sequence.api import arms_of
from optwright.optim.sequence.contextual import Contextual
from optwright.optim.sequence.tsallis import TsallisInf, probabilities
from optwright.solvers.model.linear_model import Floats

PUBLISHED = {
    "high": {1.0: 627, 1.2: 416, 1.4: 264, 1.6: 154, 1.8: 104},
    "low": {1.0: 283, 1.2: 187, 1.4: 116, 1.6: 66, 1.8: 86},
}
"""Sweeps on average for omega, of a re-run of the published experiment on the grid itself."""

BANDIT = {"high": 187, "low": 89}


@lru_cache
def _systems(variance: str) -> tuple[Floats, Floats]:
    """The c of 500 systems, and what each omega costs them."""
    c = shifts(variance, 500, 1)
    return c, sweeps(c, OMEGAS)


@pytest.mark.parametrize("variance", PUBLISHED)
def test_the_published_experiment_comes_out_again(variance: str) -> None:
    _, table = _systems(variance)
    known = PUBLISHED[variance]
    means = {omega: float(table[:, np.argmin(np.abs(OMEGAS - omega))].mean()) for omega in known}
    assert means == {omega: pytest.approx(value, rel=0.1) for omega, value in known.items()}
    order = sorted(known, key=known.__getitem__)
    assert sorted(means, key=means.__getitem__) == order
    learnt = np.mean([learn(table, seed=seed).mean for seed in range(5)])
    assert learnt == pytest.approx(BANDIT[variance], rel=0.1)


def test_what_is_known_of_a_system_helps() -> None:
    c, table = _systems("high")
    plain = np.mean([learn(table, seed=seed).late for seed in range(3)])
    informed = np.mean([learn(table, c, 4, seed).late for seed in range(3)])
    assert informed < plain


def test_probabilities_add_up_to_one_and_fall_with_the_loss() -> None:
    draw = np.random.default_rng(0)
    for rate in (2.0, 0.5, 0.02):
        for size in (1.0, 1e3, 1e6):
            losses = size * draw.random(12)
            shares = probabilities(losses, rate)
            assert shares.sum() == pytest.approx(1.0)
            assert (shares > 0).all()
            assert (np.diff(shares[np.argsort(losses)]) <= 0).all()


def test_the_arm_that_costs_least_is_chosen_most_and_again_after_it_changed() -> None:
    bandit, draw = TsallisInf(4, seed=3), Random(1)
    costs = [5.0, 1.0, 5.0, 5.0]
    for t in range(600):
        arm = bandit.choose()
        bandit.learn(costs[arm] * draw.uniform(0.5, 1.5))
        if t == 299:
            assert bandit.best == 1
            assert bandit.counts[1] > 150
    assert bandit.mean < 2.5


def test_a_bandit_goes_on_where_its_state_was_written() -> None:
    one = Contextual(3, seed=5)
    for t in range(20):
        one.learn(1.0 + one.choose("a" if t % 2 else "b"))
    other = Contextual.from_state(one.state())
    for t in range(20):
        kind = "a" if t % 2 else "c"
        arm = one.choose(kind)
        assert other.choose(kind) == arm
        one.learn(arm)
        other.learn(arm)
    assert one.state() == other.state()


@pytest.mark.parametrize(
    "state",
    [{}, {"arms": 2}, {"arms": 2, "seed": 0, "bandits": {"": {"arms": 3}}}, {"arms": "x"},
     {"arms": 2, "seed": 0, "bandits": {"": {"arms": 2, "seed": 0, "rounds": 1,
      "estimates": [1.0], "paid": [0.0, 0.0], "counts": [0, 0]}}}],
)  # fmt: skip
def test_a_state_that_is_none_is_refused(state: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Contextual.from_state(state)


@pytest.mark.parametrize("loss", [-1.0, float("nan"), float("inf")])
def test_a_loss_that_is_none_is_refused(loss: float) -> None:
    bandit = TsallisInf(2)
    bandit.choose()
    with pytest.raises(InputError, match="a loss is a number"):
        bandit.learn(loss)


def test_a_loss_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing was chosen"):
        TsallisInf(2).learn(1.0)


# `minimize` along instances


def test_minimize_learns_along_instances() -> None:
    def steps(instance: float, omega: float, kind: str) -> float:
        return 10 + 40 * abs(omega - instance) + (30 if kind == "slow" else 0)

    draw = Random(4)
    found = ow.minimize(
        steps,
        [ow.Real("omega", 1.0, 1.0, 1.9), ow.Choice("kind", "slow", ["slow", "quick"])],
        instances=[1.5 + 0.02 * draw.random() for _ in range(600)],
        seed=1,
    )
    assert found.values["kind"] == "quick"
    assert found.values["omega"] == pytest.approx(1.5, abs=0.2)
    assert found.evaluations == len(found.trials) == 600
    early = np.mean([-t.score for t in found.trials[:100]])
    late = np.mean([-t.score for t in found.trials[-100:]])
    assert late < early


def test_a_context_gives_each_kind_of_instance_its_own_values() -> None:
    found = ow.minimize(
        lambda instance, x: 1.0 if x == instance % 2 else 9.0,
        [ow.Choice("x", 0, [0, 1])],
        instances=range(200),
        context=lambda instance: instance % 2,
    )
    assert np.mean([-t.score for t in found.trials[-50:]]) < 3


def test_a_run_that_fails_costs_and_is_told() -> None:
    def run(instance: int, x: int) -> float:
        if x == 1:
            raise ValueError("no")
        return 1.0

    found = ow.minimize(run, [ow.Choice("x", 0, [0, 1])], instances=range(60))
    failed = [t for t in found.trials if t.failed]
    assert failed
    assert "ValueError: no" in failed[0].evaluations[0].fault
    assert found.values == {"x": 0}
    assert found.score == 1.0


def test_a_budget_ends_a_sequence() -> None:
    found = ow.minimize(
        lambda i, x: 1.0, [ow.Integer("x", 0, 0, 3)], instances=range(99), budget="evaluations=7"
    )
    assert found.evaluations == 7


def test_a_context_without_instances_is_refused() -> None:
    with pytest.raises(InputError, match="give instances as well"):
        ow.minimize(lambda x: 1.0, [ow.Integer("x", 0, 0, 3)], context=str)


def test_what_cannot_be_told_apart_along_a_sequence_is_refused() -> None:
    many = [ow.Real(name, 0.5, 0.0, 1.0) for name in "abc"]
    with pytest.raises(InputError, match="8,000 combinations"):
        ow.minimize(lambda i, **v: 1.0, many, instances=[1])
    with pytest.raises(InputError, match="'t' is a Text"):
        ow.minimize(lambda i, t: 1.0, [ow.Text("t", "a")], instances=[1])


def test_values_of_a_number_are_spread_by_ratio_where_it_says_so() -> None:
    from optwright.optim.parameters import ParameterSpace

    arms = arms_of(ParameterSpace([ow.Real("x", 1.0, 0.01, 100.0, log=True)]))
    values = [arm["x"] for arm in arms]
    assert (values[0], values[-1], len(values)) == (pytest.approx(0.01), pytest.approx(100.0), 20)
    assert arms_of(ParameterSpace([ow.Integer("n", 2, 1, 4)])) == [{"n": n} for n in (1, 2, 3, 4)]
