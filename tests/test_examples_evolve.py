"""The examples of program search: what they score, exactly, and that a short search runs."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from optwright.cli.tune_program import import_file
from optwright.optim.program.api import evolve
from optwright.serving.budget import Budget
from optwright.serving.scripted import read_script
from optwright.solvers.sandbox import Limits
from optwright.testing import ScriptedModel

FOLDER = Path(__file__).parents[1] / "examples" / "evolve"
REPLIES = FOLDER / "circles_replies.json"
OPTIMUM = 2.6358


def harness(name: str) -> ModuleType:
    return import_file(FOLDER / f"{name}_harness.py")


def program(name: str) -> dict[str, Any]:
    space: dict[str, Any] = {}
    exec((FOLDER / f"{name}.py").read_text(), space)
    return space


def test_touching_circles_are_a_packing_and_overlap_by_the_last_bit_is_none() -> None:
    judge = harness("circles").judge
    rows = [[0.1 + 0.2 * i, 0.1 + 0.2 * j, 0.09] for i in range(5) for j in range(5)]
    corner = [0.0, 0.0, 0.0]
    assert judge([*rows, corner])[0] == pytest.approx(2.25)
    touching = [[0.25, 0.25, 0.25], [0.75, 0.25, 0.25], *([corner] * 24)]
    assert judge(touching)[0] == 0.5
    touching[1] = [np.nextafter(0.75, 0), 0.25, 0.25]
    with pytest.raises(ValueError, match="circles 0 and 1 overlap"):
        judge(touching)
    with pytest.raises(ValueError, match="circle 0 sticks out"):
        judge([[0.25, 0.25, np.nextafter(0.25, 1)], *([corner] * 25)])


@pytest.mark.parametrize(
    "found", [None, [], [[0, 0, 0]] * 25, [[0, 0]] * 26, [[0, 0, float("nan")]] * 26, "circles"]
)
def test_what_is_no_list_of_circles_is_no_packing(found: object) -> None:
    with pytest.raises(ValueError, match="circle"):
        harness("circles").judge(found)


def circles(tmp_path: Path, **more: Any) -> Any:
    rules = harness("circles")
    return evolve(
        FOLDER / "circles.py",
        rules.evaluate,
        goal=rules.GOAL,
        functions=rules.FUNCTIONS,
        preload=rules.PRELOAD,
        optimizer="best-of-n",
        run_dir=tmp_path / "run",
        **more,
    )


def test_the_first_replies_improve_the_packing(tmp_path: Path) -> None:
    model = ScriptedModel(*json.loads(REPLIES.read_text())[:3])
    found = circles(
        tmp_path, model=model, budget=Budget(evaluations=4), limits=Limits(wall_s=120.0)
    )
    assert found.replies.rate == 1.0
    assert found.score > 2.62 > found.first_score


def test_no_reply_holds_coordinates() -> None:
    """Positions are computed: no reply has more than a few numbers with several digits."""
    import re

    for reply in json.loads(REPLIES.read_text()):
        assert len(set(re.findall(r"\d\.\d{3,}", reply))) == 0


@pytest.mark.slow
def test_all_replies_reach_the_best_packing_known(tmp_path: Path) -> None:
    found = circles(
        tmp_path,
        model=read_script(REPLIES),
        budget=Budget(evaluations=31, calls=30),
        limits=Limits(wall_s=400.0),
        stop_at=OPTIMUM,
    )
    assert found.score > OPTIMUM
    assert found.stopped == "good enough"
    assert len(found.trials) <= 31


def test_a_packing_into_bins_is_checked_and_the_first_rule_is_best_fit() -> None:
    rules, first = harness("bin_packing"), program("bin_packing")
    for example in rules.TRAIN[:2]:
        items = example["items"]
        chosen = first["pack"](items, rules.CAPACITY)
        assert rules.used(items, chosen) == rules.used(items, rules.best_fit(items))
    with pytest.raises(ValueError, match="bin 0 holds 101"):
        rules.used([60, 41], [0, 0])
    with pytest.raises(ValueError, match="a bin for every item"):
        rules.used([60, 41], [0])


def test_the_gradient_of_the_training_tasks_is_that_of_their_loss() -> None:
    rules, first = harness("update_rule"), program("update_rule")
    task = rules.task(3)
    gradient = first["network_gradient"](task["w"], task["x"], task["y"], task["sizes"])
    for place in (0, 20, 50, 60, len(task["w"]) - 1):
        step = np.zeros_like(task["w"])
        step[place] = 1e-6
        slope = (rules.loss(task, task["w"] + step) - rules.loss(task, task["w"] - step)) / 2e-6
        assert gradient[place] == pytest.approx(slope, abs=1e-6)
    assert rules.loss(task, [float("nan")] * len(task["w"])) == float("inf")


def test_differential_evolution_finds_the_sphere_under_the_same_rules() -> None:
    rules = harness("black_box")
    error = rules.searched(rules.differential_evolution, {"problem": "sphere", "seed": 5})
    assert error < 1e-3
    for function in rules.PROBLEMS.values():
        assert float(function(np.zeros((1, 5)))[0]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("name", ["bin_packing", "update_rule", "black_box"])
def test_a_short_search_without_a_model_runs(name: str, tmp_path: Path) -> None:
    rules = harness(name)
    found = evolve(
        FOLDER / f"{name}.py",
        rules.evaluate,
        train=rules.TRAIN[:1],
        test=rules.TEST[:1],
        functions=rules.FUNCTIONS,
        vocabulary=rules.VOCABULARY,
        budget=Budget(evaluations=10),
        run_dir=tmp_path / "run",
    )
    assert found.first_score is not None
    assert found.score >= found.first_score
    assert found.test is None  # one example has no interval
    assert found.evaluations <= 10


def test_the_check_is_in_rationals() -> None:
    read = harness("circles")._read
    assert read([[0.1, 0.2, 0.05]] * 26)[0][0] == Fraction(0.1)
