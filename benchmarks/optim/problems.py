"""Problems with which the rule of the portfolio was set: numbers, with signs and without, an order,
and a mixture. Each is drawn anew with every seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, permutations
from math import cos, hypot, pi
from random import Random
from typing import Any

import numpy as np

from optwright.benchmarks.optim.directional import LANDSCAPES, Landscape
from optwright.benchmarks.optim.linreg import PAIRS
from optwright.optim.parameters import Choice, Integer, Permutation, Real, Tunable
from optwright.serving.chat import ChatModel

CITIES = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A function with its parameters, drawn with a seed; `best` is the lowest value there is, and
    `evaluations` are how often it may be called."""

    function: Callable[..., Any]
    parameters: Sequence[Tunable[Any]]
    best: float
    evaluations: int
    truth: Callable[..., float] | None = None
    """What the function would return without its noise, where it has some."""
    model: ChatModel | None = None
    """A script, for parameters that need a language model."""


def landscape(shape: Landscape, seed: int, *, signs: bool) -> Case:
    x, y = np.random.default_rng(seed).uniform(shape.low, shape.high, 2).round(2).tolist()

    def told(x: float, y: float) -> object:
        slopes = shape.slopes(x, y)
        value = shape.value(x, y)
        return (value, {"x": -np.sign(slopes[0]), "y": -np.sign(slopes[1])}) if signs else value

    parameters: Sequence[Tunable[Any]] = [
        Real("x", x, low=shape.low, high=shape.high),
        Real("y", y, low=shape.low, high=shape.high),
    ]
    return Case(told, parameters, shape.lowest, 20)


def line(seed: int) -> Case:
    w, b = PAIRS[seed % len(PAIRS)]
    x = np.arange(50.0) + 1.0
    y = x * w + b + np.random.RandomState(seed).randn(50)

    def error(w: int, b: int) -> float:
        return float(np.sum((y - w * x - b) ** 2))

    parameters: Sequence[Tunable[Any]] = [
        Integer("w", 10, low=-50, high=50),
        Integer("b", 10, low=-50, high=50),
    ]
    return Case(error, parameters, error(w, b), 15)


def ripples(seed: int) -> Case:
    """Rastrigin in four dimensions, moved: many dents in a bowl."""
    middle = np.random.default_rng(seed).uniform(-2, 2, 4)

    def value(**numbers: float) -> float:
        moved = np.array(list(numbers.values())) - middle
        return float(sum(z * z + 10 * (1 - cos(2 * pi * z)) for z in moved))

    return Case(value, [Real(f"x{i}", 4.0, low=-5, high=5) for i in range(4)], 0.0, 100)


def tour(seed: int) -> Case:
    """A round trip through eight cities."""
    cities = np.random.default_rng(seed).uniform(-100, 100, (CITIES, 2)).tolist()

    def length(order: list[int]) -> float:
        stops = [cities[i] for i in order]
        return sum(hypot(a[0] - b[0], a[1] - b[1]) for a, b in pairwise([*stops, stops[0]]))

    return Case(length, [Permutation("order", list(range(CITIES)))], _shortest(length), 60)


def _shortest(length: Callable[[list[int]], float]) -> float:
    return min(length([0, *rest]) for rest in permutations(range(1, CITIES)))


def kitchen(seed: int) -> Case:
    """A choice, an order and two numbers that depend on each other."""
    roll = Random(seed)
    wanted, mode = roll.sample("abcde", 5), roll.choice(["slow", "fast", "careful"])

    def cost(mode_: str, order: list[str], heat: float, minutes: int) -> float:
        wrong = sum(one != other for one, other in zip(order, wanted, strict=True))
        cooked = (heat * minutes / 10 - 12) ** 2 / 20
        return wrong + 3 * (mode_ != mode) + cooked + heat / 10

    parameters: Sequence[Tunable[Any]] = [
        Choice("mode_", "slow", options=["slow", "fast", "careful"]),
        Permutation("order", list("abcde")),
        Real("heat", 5.0, low=1, high=20),
        Integer("minutes", 60, low=5, high=90),
    ]
    best = min(cost(mode, wanted, 120 / m, m) for m in range(6, 91) if 1 <= 120 / m <= 20)
    return Case(cost, parameters, best, 80)


PROBLEMS: Mapping[str, Callable[[int], Case]] = {
    "line (15)": line,
    **{
        f"{name}, signs (20)": partial(landscape, shape, signs=True)
        for name, shape in LANDSCAPES.items()
    },
    **{
        f"{name} (20)": partial(landscape, shape, signs=False) for name, shape in LANDSCAPES.items()
    },
    "ripples (100)": ripples,
    f"tour of {CITIES} (60)": tour,
    "kitchen, mixed (80)": kitchen,
}
