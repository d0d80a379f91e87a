"""How a rule for black-box search is scored, and differential evolution under the same rules.

The search space is that of Symbol (Chen et al. 2024): an expression of the population, its best
member, three others drawn at random for each, and random numbers. The functions and the dice stay
on this side; the rule is asked once for each generation and never sees a value. A new place
replaces its member where it is better. Scores are minus the mean of log10 of the error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GOAL = (
    "look(x, best, one, two, three, u, n) gives new places for a population x in [-5, 5]^d, one "
    "row each. best is its best member, one, two and three are other members drawn at random for "
    "each row, u are uniform random numbers from 0 to 1, n normal ones. A new place replaces its "
    "row where its value is lower. Minimize functions that are not known."
)
SECONDS = 20.0
FUNCTIONS = ("look", "proposed")
VOCABULARY = ("np.sign(_)", "np.abs(_)", "np.sqrt(np.abs(_))", "np.square(_)", "np.sin(_)",
              "np.where(u < 0.9, _, x)", "(one - two)", "(best - x)", "(two - three)")  # fmt: skip
SIZE, DIMENSION, GENERATIONS = 20, 5, 60


def _rosenbrock(z: Array) -> Array:
    z = z + 1.0
    between = 100.0 * (z[:, 1:] - z[:, :-1] ** 2) ** 2 + (1.0 - z[:, :-1]) ** 2
    return np.asarray(between.sum(1))


def _ackley(z: Array) -> Array:
    flat = -20.0 * np.exp(-0.2 * np.sqrt((z**2).mean(1)))
    return np.asarray(flat - np.exp(np.cos(2 * np.pi * z).mean(1)) + 20.0 + np.e)


def _griewank(z: Array) -> Array:
    roots = np.sqrt(np.arange(1, z.shape[1] + 1))
    return np.asarray(1.0 + (z**2).sum(1) / 4000.0 - np.cos(z / roots).prod(1))


PROBLEMS: dict[str, Callable[[Array], Array]] = {
    "sphere": lambda z: np.asarray((z**2).sum(1)),
    "rosenbrock": _rosenbrock,
    "rastrigin": lambda z: np.asarray((z**2 - 10 * np.cos(2 * np.pi * z) + 10).sum(1)),
    "ackley": _ackley,
    "griewank": _griewank,
}
TRAIN = [{"problem": name, "seed": seed} for name in PROBLEMS for seed in (0,)]
TEST = [{"problem": name, "seed": seed} for name in PROBLEMS for seed in range(100, 104)]

Rule = Callable[..., Any]


def evaluate(program: Any, example: dict[str, Any]) -> tuple[float, str]:
    error = searched(program.proposed, example)
    return -float(np.log10(error + 1e-8)), f"{example['problem']}: error {error:.3g}"


def searched(rule: Rule, example: dict[str, Any]) -> float:
    """The error after all generations of a rule."""
    roll = np.random.default_rng(example["seed"])
    function = PROBLEMS[example["problem"]]
    shift = roll.uniform(-2.0, 2.0, DIMENSION)
    x = roll.uniform(-5.0, 5.0, (SIZE, DIMENSION))
    values = function(x - shift)
    for _ in range(GENERATIONS):
        others = [x[roll.permutation(SIZE)] for _ in range(3)]
        best = np.broadcast_to(x[values.argmin()], x.shape)
        new = rule(x, best, *others, roll.random(x.shape), roll.normal(size=x.shape))
        new = np.asarray(new, dtype=float)
        if new.shape != x.shape:
            raise ValueError(f"{x.shape} places are wanted and {new.shape} came")
        new = np.clip(np.where(np.isfinite(new), new, x), -5.0, 5.0)
        tried = function(new - shift)
        better = tried < values
        x[better], values[better] = new[better], tried[better]
    return float(values.min())


def differential_evolution(
    x: Array, best: Array, one: Array, two: Array, three: Array, u: Array, n: Array
) -> Array:
    """DE/rand/1/bin with its usual constants, F 0.5 and CR 0.9."""
    return np.where(u < 0.9, one + 0.5 * (two - three), x)


def of_rule(rule: Rule, examples: list[dict[str, Any]]) -> float:
    """The mean score of a rule that runs here."""
    return float(np.mean([-np.log10(searched(rule, e) + 1e-8) for e in examples]))
