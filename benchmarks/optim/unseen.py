"""Problems that took no part in setting the rule of the portfolio: they show what it does with one
it never met. Each is drawn anew with every seed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from math import cos, e, exp, hypot, pi, sin, sqrt
from random import Random
from typing import Any

import numpy as np

from optwright.benchmarks.optim.problems import Case
from optwright.optim.parameters import Choice, Integer, Permutation, Real, Text, Tunable
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel

CITIES = 12
NOISE = 0.5
WORDS = "brief exact polite table units source steps check date name reason limit".split()


def ackley(seed: int) -> Case:
    """Ackley's function, moved, of three real and two whole numbers."""
    roll = Random(seed)
    middle = [roll.uniform(-10, 10) for _ in range(3)] + [
        float(roll.randint(-10, 10)) for _ in "ij"
    ]

    def value(**numbers: float) -> float:
        away = [x - m for x, m in zip(numbers.values(), middle, strict=True)]
        near = -20 * exp(-0.2 * sqrt(sum(z * z for z in away) / 5))
        return near - exp(sum(cos(2 * pi * z) for z in away) / 5) + 20 + e

    parameters: list[Tunable[Any]] = [
        *(Real(f"x{i}", 15.0, low=-20, high=20) for i in range(3)),
        *(Integer(f"n{i}", 15, low=-20, high=20) for i in range(2)),
    ]
    return Case(value, parameters, 0.0, 100)


def long_tour(seed: int) -> Case:
    """A round trip through twelve cities."""
    cities = np.random.default_rng(seed).uniform(-100, 100, (CITIES, 2)).tolist()
    far = [[hypot(a[0] - b[0], a[1] - b[1]) for b in cities] for a in cities]

    def length(order: list[int]) -> float:
        return sum(far[a][b] for a, b in pairwise([*order, order[0]]))

    parameters: list[Tunable[Any]] = [Permutation("order", list(range(CITIES)))]
    return Case(length, parameters, _shortest(far), 120)


def _shortest(far: list[list[float]]) -> float:
    """The shortest round trip, exactly (Held and Karp 1962)."""
    places = range(len(far) - 1)  # the last city is where it begins
    reached = {(1 << i, i): far[-1][i] for i in places}
    for _ in places[1:]:
        longer: dict[tuple[int, int], float] = {}
        for (visited, i), so_far in reached.items():
            for j in places:
                if not visited >> j & 1:
                    to = (visited | 1 << j, j)
                    longer[to] = min(longer.get(to, 1e300), so_far + far[i][j])
        reached = longer
    return min(so_far + far[i][-1] for (_, i), so_far in reached.items())


def branin(seed: int) -> Case:
    """Branin's function of two numbers on a log scale; the seed draws where it starts."""
    roll = Random(seed)

    def value(a: float, b: float) -> float:
        x, y = 15 * np.log10(a) / 3 - 5, 15 * np.log10(b) / 3
        bowl = (y - 5.1 / (4 * pi**2) * x * x + 5 / pi * x - 6) ** 2
        return float(bowl + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10)

    parameters: list[Tunable[Any]] = [
        Real(name, round(10 ** roll.uniform(0, 3), 3), low=1, high=1000, log=True) for name in "ab"
    ]
    return Case(value, parameters, 0.397887, 25)


def noisy(seed: int) -> Case:
    """A bowl in three dimensions whose value comes with noise; what counts is the value without."""
    roll = Random(seed)
    middle = [roll.uniform(-4, 4) for _ in range(3)]

    def truth(**numbers: float) -> float:
        away = [x - m for x, m in zip(numbers.values(), middle, strict=True)]
        return sum(z * z for z in away) + away[0] * away[1]

    def told(**numbers: float) -> float:
        # The same point always has the same noise, so that a run can be repeated.
        return truth(**numbers) + Random(f"{seed}/{sorted(numbers.items())}").gauss(0.0, NOISE)

    parameters: list[Tunable[Any]] = [Real(f"x{i}", 4.5, low=-5, high=5) for i in range(3)]
    return Case(told, parameters, 0.0, 40, truth=truth)


def hartmann(seed: int) -> Case:
    """Hartmann's function of six numbers (Dixon and Szego 1978), from a start drawn by the seed."""
    roll = Random(seed)

    def value(**numbers: float) -> float:
        x = np.array(list(numbers.values()))
        return -float(_HEIGHTS @ np.exp(-(_WIDTHS * (x - _PLACES) ** 2).sum(axis=1)))

    parameters: list[Tunable[Any]] = [
        Real(f"x{i}", round(roll.random(), 3), low=0, high=1) for i in range(6)
    ]
    return Case(value, parameters, -3.32237, 80)


_HEIGHTS = np.array([1.0, 1.2, 3.0, 3.2])
_WIDTHS = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_PLACES = np.array(
    [
        [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
        [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
        [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
        [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
    ]
)


def levy(seed: int) -> Case:
    """Levy's function of three numbers, moved: a rippled valley."""
    roll = Random(seed)
    middle = [roll.uniform(-4, 4) for _ in range(3)]

    def value(**numbers: float) -> float:
        w = [1 + (x - m) / 4 for x, m in zip(numbers.values(), middle, strict=True)]
        inner = sum((z - 1) ** 2 * (1 + 10 * sin(pi * z + 1) ** 2) for z in w[:-1])
        last = (w[-1] - 1) ** 2 * (1 + sin(2 * pi * w[-1]) ** 2)
        return sin(pi * w[0]) ** 2 + inner + last

    parameters: list[Tunable[Any]] = [
        Real(f"x{i}", round(roll.uniform(-10, 10), 2), low=-10, high=10) for i in range(3)
    ]
    return Case(value, parameters, 0.0, 60)


def goldstein_price(seed: int) -> Case:
    """The function of Goldstein and Price (1971), which spans six orders of magnitude."""
    roll = Random(seed)

    def value(x: float, y: float) -> float:
        a = 19 - 14 * x + 3 * x * x - 14 * y + 6 * x * y + 3 * y * y
        b = 18 - 32 * x + 12 * x * x + 48 * y - 36 * x * y + 27 * y * y
        return (1 + (x + y + 1) ** 2 * a) * (30 + (2 * x - 3 * y) ** 2 * b)

    parameters: list[Tunable[Any]] = [
        Real(name, round(roll.uniform(-2, 2), 3), low=-2, high=2) for name in "xy"
    ]
    return Case(value, parameters, 3.0, 30)


def menu(seed: int) -> Case:
    """Six choices of four, two of them only good together, and a number."""
    roll = Random(seed)
    wanted = [roll.randrange(4) for _ in range(6)]
    middle = roll.uniform(0.2, 0.8)

    def cost(share: float, **picked: str) -> float:
        wrong = [int(picked[f"c{i}"]) != wanted[i] for i in range(6)]
        return sum(wrong) + 2.0 * (wrong[0] or wrong[1]) + 10 * (share - middle) ** 2

    parameters: list[Tunable[Any]] = [
        Real("share", 0.0, low=0, high=1),
        *(Choice(f"c{i}", str((wanted[i] + 1) % 4), options=list("0123")) for i in range(6)),
    ]
    return Case(cost, parameters, 0.0, 80)


def instruction(seed: int) -> Case:
    """Words that a scripted model writes, a choice and a number; every good word helps, and the
    number and the choice depend on each other."""
    roll = Random(seed)
    good = roll.sample(WORDS, 5)
    tone, middle = roll.choice("abc"), {name: roll.uniform(0, 2) for name in "abc"}

    def cost(words: str, tone_: str, heat: float) -> float:
        said = set(words.split())
        missing, noise = len(set(good) - said), len(said - set(good) - {"Answer."})
        return missing + 0.3 * noise + 2 * (tone_ != tone) + 3 * (heat - middle[tone_]) ** 2

    parameters: list[Tunable[Any]] = [
        Text("words", "Answer."),
        Choice("tone_", "abc"[("abc".index(tone) + 1) % 3], options=list("abc")),
        Real("heat", 2.0, low=0, high=2),
    ]
    return Case(cost, parameters, 0.0, 60, model=_writer(seed))


def _writer(seed: int) -> ScriptedModel:
    """Adds or drops one word of the values it is shown, as a weak model might."""

    def reply(request: ChatRequest) -> str:
        roll = Random(f"{seed}/{request.role}/{request.sample}")
        shown = re.findall(r'"words": "([^"]*)"', request.messages[-1].content)
        # OPRO shows the best last; the others begin with the values in use.
        words = (shown[-1 if request.role == "opro" else 0] if shown else "Answer.").split()
        if len(words) > 1 and roll.random() < 0.3:
            words.remove(roll.choice(words[1:]))
        else:
            words.append(roll.choice(WORDS))
        return json.dumps({"values": {"words": " ".join(dict.fromkeys(words))}})

    return ScriptedModel(reply)


UNSEEN: Mapping[str, Callable[[int], Case]] = {
    "Ackley, mixed (100)": ackley,
    f"tour of {CITIES} (120)": long_tour,
    "Branin, log scale (25)": branin,
    "noisy bowl (40)": noisy,
    "Hartmann 6 (80)": hartmann,
    "Levy 3 (60)": levy,
    "Goldstein-Price (30)": goldstein_price,
    "menu of choices (80)": menu,
    "words, choice, number (60)": instruction,
}
