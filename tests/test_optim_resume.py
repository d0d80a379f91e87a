"""A run killed at any point and continued is the run that was never killed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from optwright.errors import InputError, RunBusy
from optwright.optim.api import minimize, optimize
from optwright.optim.parameters import Integer, Real
from optwright.optim.results import Minimum, Optimum
from optwright.optim.study.runs import RunStore
from optwright.serving.budget import Budget

SCRIPT = Path(__file__).with_name("resumable_run.py")
WORKERS = 4
EVENTS = 500  # of the whole run


def start(directory: Path, die_after: int = 0, delay_s: float = 0.0) -> dict[str, Any] | None:
    """Run the script; None when it was killed."""
    command = [sys.executable, str(SCRIPT), str(directory), str(die_after), str(delay_s)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == -9:
        return None
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = without_seconds(json.loads(done.stdout))
    return result


def without_seconds(data: Any) -> Any:  # JSON
    """The result without how long each evaluation took, which no two runs share."""
    if isinstance(data, dict):
        return {key: without_seconds(value) for key, value in data.items() if key != "seconds"}
    return [without_seconds(item) for item in data] if isinstance(data, list) else data


def lost(directory: Path) -> int:
    """Evaluations that were begun and whose results are not in the run."""
    calls = (directory / "calls").read_text().splitlines()
    begun = sum(line.startswith("run ") for line in calls)
    file = directory / "run" / "run.sqlite"
    if not file.exists():
        return begun
    connection = sqlite3.connect(file)
    try:
        ((kept,),) = connection.execute("SELECT count(*) FROM evaluations")
    except sqlite3.OperationalError:  # killed before the table was made
        kept = 0
    connection.close()
    return begun - int(kept)


def kill_often(directory: Path, seed: int, kills: int) -> dict[str, Any]:
    """Kill the run at random points, `kills` times at most, then let it end."""
    random = Random(seed)
    gone = 0
    for _ in range(kills):
        found = start(directory, random.randint(1, EVENTS // kills), random.random() * 0.004)
        now = lost(directory)
        assert now - gone <= WORKERS, "an evaluation that was kept has been made again"
        gone = now
        if found is not None:
            return found
    found = start(directory)
    assert found is not None
    assert lost(directory) == gone
    return found


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    directory = tmp_path_factory.mktemp("unbroken")
    found = start(directory)
    assert found is not None
    assert lost(directory) == 0
    assert any(change["accepted"] for change in found["changes"])
    return found


def test_a_run_killed_five_times_ends_like_the_unbroken_one(
    unbroken: dict[str, Any], tmp_path: Path
) -> None:
    assert kill_often(tmp_path, seed=0, kills=5) == unbroken


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_a_run_killed_at_fifty_random_points_ends_like_the_unbroken_one(
    unbroken: dict[str, Any], tmp_path: Path, seed: int
) -> None:
    assert kill_often(tmp_path, seed=seed, kills=5) == unbroken


def test_a_finished_run_gives_its_result_again_without_a_call(tmp_path: Path) -> None:
    calls = []

    def bowl(x: float) -> float:
        calls.append(x)
        return (x - 0.3) ** 2

    def once(evaluations: int) -> Minimum:
        space = [Real("x", 0.9, low=0, high=1)]
        budget = Budget(evaluations=evaluations)
        return minimize(bowl, space, budget=budget, run_dir=tmp_path / "run", seed=1)

    first = once(12)
    again = once(12)
    assert len(calls) == 12
    assert (again.values, again.score, again.trials) == (first.values, first.score, first.trials)
    longer = once(20)
    assert len(calls) == longer.evaluations == 20
    assert longer.trials[:12] == first.trials


def test_a_run_is_not_continued_as_another_one(tmp_path: Path) -> None:
    minimize(abs_x, [Real("x", 0.9, low=0, high=1)], budget=Budget(evaluations=3), run_dir=tmp_path)
    for other, word in (
        ({"parameters": [Integer("x", 1, low=0, high=1)]}, "parameters"),
        ({"seed": 5}, "seed"),
        ({"optimizer": "random"}, "optimizer"),
    ):
        settings: dict[str, Any] = {"parameters": [Real("x", 0.9, low=0, high=1)], **other}
        with pytest.raises(InputError, match=word):
            minimize(abs_x, run_dir=tmp_path, **settings)


def test_a_run_has_one_holder(tmp_path: Path) -> None:
    with RunStore(tmp_path), pytest.raises(RunBusy, match="held by process"):
        minimize(abs_x, [Real("x", 0.9, low=0, high=1)], run_dir=tmp_path)


def abs_x(x: float) -> float:
    return abs(x)


def test_the_final_estimate_counts_when_a_finished_run_goes_on(tmp_path: Path) -> None:
    calls = []
    rate = Real("rate", 0.1, low=0, high=1)

    def program(example: int) -> float:
        calls.append(example)
        return rate.value

    def go_on(evaluations: int) -> Optimum:
        return optimize(
            program,
            train=range(60),
            metric=lambda example, output: output,
            parameters=[rate],
            optimizer="random",
            budget=Budget(evaluations=evaluations),
            run_dir=tmp_path / "run",
        )

    first = go_on(100)
    assert first.evaluations == len(calls) <= 100
    again = go_on(100)
    assert again.evaluations == len(calls) == first.evaluations
    assert (again.score, again.interval, again.values) == (
        first.score,
        first.interval,
        first.values,
    )
    longer = go_on(200)
    assert first.evaluations < longer.evaluations == len(calls) <= 200
