"""The update rule as an expression tree: the space is closed under search, and DE is in it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest

from optwright.cli.tune_program import import_file

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    return import_file(EXAMPLES / "optim_expression.py")


def test_drawn_and_crossed_trees_are_rules_of_the_space(example: ModuleType) -> None:
    roll = Random(2)
    x = np.random.default_rng(2).normal(size=(6, 3))
    trees = [example.drawn(roll, example.LAYERS) for _ in range(60)]
    crossed = [example.crossed(one, other, roll) for one, other in pairwise(trees)]
    shallow = [tree for tree in crossed if example.layers(tree) <= example.LAYERS]
    assert len(shallow) > 30  # the others are not tried
    for tree in [*trees, *shallow]:
        assert example.rule_of(tree)(x, x, x, x, x, None, None).shape == x.shape


@pytest.mark.parametrize(
    "text",
    ["x ** 2", "open('f')", "y + x", "x.T", "sign(x, x)", "__import__('os')", "x if x else x"],
)
def test_what_is_not_in_the_space_is_no_rule(example: ModuleType, text: str) -> None:
    with pytest.raises(ValueError, match="not in the space"):
        example.parsed(text)


def test_the_difference_step_of_de_is_in_the_space(example: ModuleType) -> None:
    look = example.rule_of("one + 0.5 * (two - three)")
    draws = np.random.default_rng(1).random((5, 4, 2))
    expected = draws[2] + 0.5 * (draws[3] - draws[4])
    assert look(*draws, None, None) == pytest.approx(expected)


def test_a_short_search_gains_on_its_cases(example: ModuleType) -> None:
    train = [{"problem": "sphere", "seed": 0}]
    found = example.search(25, seed=1, train=train)
    first = example.HARNESS["of_rule"](example.rule_of(example.FIRST), train)
    assert -found.score >= first
    example.parsed(found.values["rule"])
    assert len({trial.values["rule"] for trial in found.trials}) == len(found.trials)
