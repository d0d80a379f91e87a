"""A person's beliefs: they speed a search up, decay, and cannot cost more than a bounded factor."""

from __future__ import annotations

from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import optwright as ow
from optwright.cli.tune_beliefs import read_beliefs
from optwright.errors import InputError
from optwright.optim.beliefs import LEAST, Beliefs
from optwright.optim.optimizer import Setting, open_optimizer
from optwright.optim.optimizers.numeric.ego import BELIEF, Ego, Models
from optwright.optim.parameters import Choice, Integer, ParameterSpace, Real, Text, Tunable
from optwright.optim.results import Minimum
from optwright.optim.trial import Suggestion, Trial


def bowl() -> list[Real]:
    return [Real(name, 8.0, low=0.0, high=10.0) for name in ("x", "y")]


def value(x: float, y: float) -> float:
    return float(abs(x - 2.0) ** 1.5 + abs(y - 3.0) ** 1.5)


def found(beliefs: dict[str, Any] | None, seed: int, evaluations: int = 12) -> float:
    budget = ow.Budget(evaluations=evaluations)
    return ow.minimize(
        value, bowl(), optimizer="ego", beliefs=beliefs, budget=budget, seed=seed
    ).score


def test_a_right_belief_helps_and_a_wrong_one_costs_little() -> None:
    right = {"x": ow.Near(2.2, 0.5), "y": ow.Near(2.8, 0.5)}
    wrong = {"x": ow.Near(9.5, 0.5), "y": ow.Near(9.5, 0.5)}
    with_it, without, misled = (found(beliefs, 1, 10) for beliefs in (right, None, wrong))
    assert with_it < without
    assert misled < value(8.0, 8.0) / 2  # of the first values, although it points beyond them


def test_what_is_believed_most_is_tried_beside_the_first_values() -> None:
    run = ow.minimize(
        value, bowl(), beliefs={"x": ow.Near(2.0, 1.0)}, budget=ow.Budget(evaluations=2)
    )
    assert [dict(trial.values) for trial in run.trials] == [
        {"x": 8.0, "y": 8.0},
        {"x": 2.0, "y": 8.0},
    ]


@given(
    some.lists(some.floats(-30, 5), min_size=2, max_size=9),
    some.integers(1, 200),
    some.floats(0, 10),
    some.floats(0.01, 20),
)
@settings(max_examples=40)
def test_no_belief_chooses_what_promises_less_than_a_bounded_share(
    gains: list[float], seen: int, at: float, within: float
) -> None:
    space = ParameterSpace([Real("x", 5.0, low=0.0, high=10.0)])
    beliefs = Beliefs.about(space, {"x": ow.Near(at, within)})
    ego = open_optimizer("ego", Setting(space, beliefs=beliefs))
    assert isinstance(ego, Ego)
    ego.tell([Trial(i, Suggestion({"x": 5.0}), 0.0) for i in range(seen)])

    class Fixed(Models):
        def log_gain(self, rows: Any) -> Any:
            return np.array(gains)

    rows = np.linspace(0, 1, len(gains))[:, None]
    chosen = int(np.argmax(ego.promise(Fixed(None, None, 0.0), rows)))
    assert exp(gains[chosen] - max(gains)) >= LEAST ** (BELIEF / seen) * (1 - 1e-9)


def test_a_belief_decays_with_what_was_seen() -> None:
    space = ParameterSpace([Real("x", 5.0, low=0.0, high=10.0)])
    ego = open_optimizer(
        "ego", Setting(space, beliefs=Beliefs.about(space, {"x": ow.Near(1.0, 0.5)}))
    )
    assert isinstance(ego, Ego)
    lifts = []
    for seen in range(1, 60):
        ego.tell([Trial(seen, Suggestion({"x": 5.0}), 0.0)])
        rises = ego.promise(Models(None, None, 0.0), np.array([[0.1], [0.9]]))
        lifts.append(rises[0] - rises[1])
    assert lifts == sorted(lifts, reverse=True)
    assert lifts[-1] < 1.0 < lifts[0]


def test_weights_are_those_of_the_beliefs() -> None:
    space = ParameterSpace(
        [
            Real("rate", 0.1, low=1e-4, high=1.0, log=True),
            Choice("way", "a", options=["a", "b", "c"]),
        ]
    )
    beliefs = Beliefs.about(space, {"rate": ow.Near(0.01, 0.01), "way": {"b": 2.0, "a": 1.0}})
    assert beliefs.best(space, space.initial) == {"rate": 0.01, "way": "b"}
    columns: dict[str, list[Any]] = {"rate": [0.01, 0.02, 0.005, 1.0], "way": ["b", "b", "b", "c"]}
    near = LEAST + (1 - LEAST) * exp(-0.5)
    assert beliefs.weight(space, columns) == pytest.approx([1.0, near, near, LEAST], rel=1e-3)
    assert "rate is within 0.01 of 0.01" in str(beliefs)


@pytest.mark.parametrize(
    ("belief", "what"),
    [
        ({"z": ow.Near(1, 1)}, "no parameter 'z'"),
        ({"x": 3.0}, "says nothing about one"),
        ({"x": ow.Near(11.0, 1)}, "outside"),
        ({"x": ow.Near(1.0, 0)}, "not above 0"),
        ({"way": {"d": 1.0}}, "not one of"),
        ({"way": {"a": 0}}, "not above 0"),
        ({"words": {"a": 1}}, "says nothing about one"),
    ],
)
def test_a_belief_that_does_not_fit_is_refused(belief: dict[str, Any], what: str) -> None:
    space = ParameterSpace(
        [
            Real("x", 1.0, low=0.0, high=10.0),
            Choice("way", "a", options=["a", "b"]),
            Text("words", "w"),
        ]
    )
    with pytest.raises(InputError, match=what):
        Beliefs.about(space, belief)


def test_beliefs_are_part_of_what_a_run_is(tmp_path: Path) -> None:
    def run(beliefs: dict[str, Any] | None) -> Minimum:
        budget = ow.Budget(evaluations=6)
        return ow.minimize(value, bowl(), beliefs=beliefs, budget=budget, run_dir=tmp_path / "run")

    first = run({"x": ow.Near(2.0, 1.0)})
    assert run({"x": ow.Near(2.0, 1.0)}).trials == first.trials
    with pytest.raises(InputError, match="beliefs"):
        run({"x": ow.Near(3.0, 1.0)})


def test_beliefs_are_read_from_the_command_line() -> None:
    numbers: list[Tunable[Any]] = [
        Real("x", 1.0, low=0.0, high=10.0),
        Integer("n", 1, low=0, high=9),
    ]
    numbers.append(Choice("way", "a", options=["a", "b", 3]))
    read = read_beliefs(["x=2.5~0.5", "n=4~2", "way=3"], numbers)
    assert read == {
        "x": ow.Near(2.5, 0.5),
        "n": ow.Near(4, 2),
        "way": {"a": 1.0, "b": 1.0, 3: 10.0},
    }
    for wrong in ("z=1~1", "x", "x=1", "way=d"):
        with pytest.raises(InputError):
            read_beliefs([wrong], numbers)
