"""What is claimed of an accepted change, what can be proven, and what is not."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest

from optwright.benchmarks.optim.acceptance_proof import constant, hashed, run
from optwright.errors import InputError
from optwright.optim.acceptance.betting import capital
from optwright.optim.acceptance.fixed import TheseExamples
from optwright.optim.acceptance.open import open_rule
from optwright.optim.acceptance.paired import PairedTest
from optwright.optim.acceptance.prospect import examples_needed, prospect
from optwright.optim.parameters import Integer
from optwright.optim.study.examples import split
from optwright.optim.study.provenance import show

arm = Integer("arm", 0, low=0, high=9)


def test_the_capital_of_a_fair_game_rarely_gets_large_however_often_one_looks() -> None:
    dice, crossed = Random(1), 0
    for _ in range(400):
        learnt = [float(dice.random() < 0.5) - float(dice.random() < 0.5) for _ in range(8)]
        seen: list[float] = []
        for _ in range(30):
            seen.append(float(dice.random() < 0.5) - float(dice.random() < 0.5))
            if capital(seen, learnt, 0.1) >= 20:
                crossed += 1
                break
    assert crossed <= 0.05 * 400


def test_what_training_showed_makes_the_first_stakes_larger() -> None:
    assert capital([0.3] * 10, [0.3] * 10) > capital([0.3] * 10)


@pytest.mark.parametrize("count", [12, 20, 50])
def test_a_gain_on_every_example_is_proven_with_a_dozen(count: int) -> None:
    found = constant(count)
    assert found.values == {"step": 5}
    assert [change.evidence["test"]["claim"] for change in found.accepted] == ["most"]
    assert found.best_unproven is None
    assert found.gain is not None
    assert found.gain.low <= 0.4 <= found.gain.high


def test_with_nine_the_best_is_named_as_unproven_with_what_would_prove_it() -> None:
    found = constant(9)
    assert found.values == {"step": 0}
    assert str(found.prospect).startswith("5 examples that no proposer sees: no single gain")
    assert found.best_unproven is not None
    assert found.best_unproven.values == {"step": 5}
    assert found.best_unproven.gain == pytest.approx(0.4)
    assert found.best_unproven.examples_needed in range(6, 9)
    assert "would prove it" in str(found.best_unproven)


def test_scores_fixed_by_a_hash_are_not_taken_for_gains() -> None:
    found = [hashed(seed) for seed in range(10)]
    assert sum(accepted for accepted, _ in found) <= 1
    assert sum(held for _, held in found) >= 9


def test_a_mean_gain_is_not_claimed_where_most_examples_gain_and_few_lose_much() -> None:
    def program(example: int) -> float:
        return 0.5 if arm.value == 0 else 0.52 if example % 5 else 0.0

    found = run(program, range(100), arm, [1])
    assert found.accepted == ()


def test_a_rare_large_gain_is_claimed_as_one_of_the_mean() -> None:
    def program(example: int) -> float:
        return 0.1 if arm.value == 0 else 1.0 if example % 2 else 0.09

    found = run(program, range(200), arm, [1])
    assert [change.evidence["test"]["claim"] for change in found.accepted] == ["mean"]


def test_losses_are_told_beside_a_gain_on_most() -> None:
    def program(example: int) -> float:
        return 0.5 if arm.value == 0 else 0.4 if example % 10 == 0 else 0.7

    found = run(program, range(60), arm, [1], claim="most")
    (change,) = found.accepted
    test = change.evidence["test"]
    assert test["claim"] == "most"
    assert test["lost"] > 0
    assert test["worst"] == pytest.approx(0.1)


def test_examples_that_are_the_whole_task_all_teach_and_decide(tmp_path: Path) -> None:
    splits = split(range(6), None, None, seed=0, whole=True)
    assert splits.train == splits.valid
    assert splits.test == ()
    found = run(lambda example: 0.5 + 0.01 * arm.value, range(6), arm, [1, 2], claim="these")
    assert found.values == {"arm": 2}
    assert found.interval is None
    assert "nothing is claimed of others" in str(found.prospect)
    assert {c.evidence["test"]["claim"] for c in found.accepted} == {"these"}


def test_a_random_program_has_to_beat_its_randomness_on_these_examples() -> None:
    accepted = 0
    for seed in range(20):
        dice = Random(seed)
        program = lambda example, dice=dice: float(dice.random() < 0.5)  # noqa: E731
        accepted += bool(run(program, range(10), arm, range(1, 6), claim="these").accepted)
    assert accepted <= 2


def test_greedy_is_named_and_takes_luck() -> None:
    dice = Random(3)
    found = run(
        lambda example: float(dice.random() < 0.5), range(40), arm, range(1, 9), accept="greedy"
    )
    assert found.accepted
    assert "greedy" in str(found.prospect)


def test_what_could_be_proven_is_kept_with_the_run(tmp_path: Path) -> None:
    from optwright.optim.api import optimize
    from optwright.serving.budget import Budget

    optimize(
        lambda example: 0.5,
        range(15),
        lambda example, output: output,
        [arm],
        budget=Budget(evaluations=30),
        run_dir=tmp_path,
    )
    assert show(tmp_path).prospect.startswith("9 examples that no proposer sees")


@pytest.mark.parametrize(
    "wrong",
    [
        {"claim": "all"},
        {"accept": "luck"},
        {"claim": "mean", "accept": "greedy"},
        {"claim": "mean", "bounds": None},
        {"claim": "most", "own": PairedTest()},
    ],
)
def test_claims_that_do_not_go_together_are_refused(wrong: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "claim": None,
        "accept": "proof",
        "own": None,
        "bounds": (0.0, 1.0),
        "seed": 0,
        **wrong,
    }
    with pytest.raises(InputError):
        open_rule(**given)


def test_more_examples_can_prove_smaller_gains() -> None:
    gains = [prospect(PairedTest(), count) for count in (20, 40, 80)]
    smallest = [found.mean_gain for found in gains if found is not None]
    assert smallest == sorted(smallest, key=lambda gain: -(gain or 0.0))
    assert examples_needed(PairedTest(), [(0.5, 0.5)] * 5) is None
    assert prospect(TheseExamples(), 5) is not None
