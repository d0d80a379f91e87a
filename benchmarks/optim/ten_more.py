"""Ten problems that were chosen before anything was run on them, for `regret --set ten_more`.

Functions and designs are the usual ones of the literature, written from their formulas; where a
seed can move or draw something it does. Best values are known exactly, or are the best published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, permutations
from math import exp, log, pi, sin, sqrt
from random import Random
from typing import Any

import numpy as np

from optwright.benchmarks.optim.problems import Case as Problem
from optwright.optim.parameters import Choice, Integer, Permutation, Real, Tunable

HARTMANN_WEIGHTS = (1.0, 1.2, 3.0, 3.2)
HARTMANN_SHAPES = (
    (10, 3, 17, 3.5, 1.7, 8),
    (0.05, 10, 17, 0.1, 8, 14),
    (3, 3.5, 1.7, 10, 17, 8),
    (17, 8, 0.05, 10, 0.1, 14),
)
HARTMANN_CENTRES = (
    (0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886),
    (0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991),
    (0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650),
    (0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381),
)


def zakharov(seed: int) -> Problem:
    """Zakharov's function of six numbers, moved."""
    roll = Random(f"zakharov/{seed}")
    middle = [roll.uniform(-4, 4) for _ in range(6)]

    def value(**x: float) -> float:
        away = [v - m for v, m in zip(x.values(), middle, strict=True)]
        pull = sum(0.5 * (i + 1) * v for i, v in enumerate(away))
        return sum(v * v for v in away) + pull**2 + pull**4

    return Problem(value, [Real(f"x{i}", 8.0, low=-5.0, high=10.0) for i in range(6)], 0.0, 100)


def dixon_price(seed: int) -> Problem:
    """Dixon and Price's function of eight numbers, from a start drawn by seed."""
    roll = Random(f"dixon/{seed}")

    def value(**x: float) -> float:
        v = list(x.values())
        return (v[0] - 1) ** 2 + sum(
            (i + 1) * (2 * v[i] ** 2 - v[i - 1]) ** 2 for i in range(1, len(v))
        )

    start = [roll.uniform(5, 10) for _ in range(8)]
    return Problem(
        value, [Real(f"x{i}", s, low=-10.0, high=10.0) for i, s in enumerate(start)], 0.0, 120
    )


def hartmann(seed: int) -> Problem:
    """Hartmann's function of six numbers, from a start drawn by seed."""
    roll = Random(f"hartmann/{seed}")

    def value(**x: float) -> float:
        v = list(x.values())
        return -sum(
            weight * exp(-sum(a * (z - c) ** 2 for a, z, c in zip(shape, v, centre, strict=True)))
            for weight, shape, centre in zip(
                HARTMANN_WEIGHTS, HARTMANN_SHAPES, HARTMANN_CENTRES, strict=True
            )
        )

    start = [roll.random() for _ in range(6)]
    parameters = [Real(f"x{i}", s, low=0.0, high=1.0) for i, s in enumerate(start)]
    return Problem(value, parameters, -3.322368, 100)


def michalewicz(seed: int) -> Problem:
    """Michalewicz' function of five numbers: flat, with narrow valleys."""
    roll = Random(f"michalewicz/{seed}")

    def value(**x: float) -> float:
        return -sum(sin(v) * sin((i + 1) * v * v / pi) ** 20 for i, v in enumerate(x.values()))

    start = [roll.uniform(0, pi) for _ in range(5)]
    parameters = [Real(f"x{i}", s, low=0.0, high=pi) for i, s in enumerate(start)]
    return Problem(value, parameters, -4.687658, 120)


def welded_beam(seed: int) -> Problem:
    """The cost of a welded beam (Rao 1996); one that is overstressed or bends too far fails."""
    roll = Random(f"beam/{seed}")

    def cost(weld: float, length: float, height: float, width: float) -> float:
        load, span, young, shear = 6000.0, 14.0, 30e6, 12e6
        primary = load / (sqrt(2) * weld * length)
        moment = load * (span + length / 2)
        radius = sqrt(length**2 / 4 + ((weld + height) / 2) ** 2)
        polar = 2 * sqrt(2) * weld * length * (length**2 / 12 + ((weld + height) / 2) ** 2)
        torsion = moment * radius / polar
        stress = sqrt(primary**2 + primary * torsion * length / radius + torsion**2)
        bending = 6 * load * span / (width * height**2)
        deflection = 4 * load * span**3 / (young * width * height**3)
        buckling = (
            4.013
            * sqrt(young * shear * height**2 * width**6 / 36)
            / span**2
            * (1 - height / (2 * span) * sqrt(young / (4 * shear)))
        )
        if stress > 13_600 or bending > 30_000 or deflection > 0.25:
            raise ValueError("overstressed")
        if weld > width or weld < 0.125 or buckling < load:
            raise ValueError("not allowed")
        return 1.10471 * weld**2 * length + 0.04811 * height * width * (14 + length)

    parameters = [
        Real("weld", 0.6 + 0.3 * roll.random(), low=0.1, high=2.0),
        Real("length", 6.0 + 2 * roll.random(), low=0.1, high=10.0),
        Real("height", 9.0, low=0.1, high=10.0),
        Real("width", 1.0 + 0.5 * roll.random(), low=0.1, high=2.0),
    ]
    return Problem(cost, parameters, 1.724852, 120)


def spring(seed: int) -> Problem:
    """The weight of a coil spring (Belegundu 1982); one that breaks or surges fails."""
    roll = Random(f"spring/{seed}")

    def weight(wire: float, coil: float, turns: float) -> float:
        deflects = coil**3 * turns / (71_785 * wire**4)
        stressed = (4 * coil**2 - wire * coil) / (12_566 * (coil * wire**3 - wire**4))
        stressed += 1 / (5_108 * wire**2)
        surges = 140.45 * wire / (coil**2 * turns)
        if deflects < 1 or stressed > 1 or surges < 1 or wire + coil > 1.5:
            raise ValueError("not allowed")
        return (turns + 2) * coil * wire**2

    parameters = [
        Real("wire", 0.06, low=0.05, high=2.0, log=True),
        Real("coil", 0.5, low=0.25, high=1.3),
        Real("turns", 8.0 + roll.random(), low=2.0, high=15.0),
    ]
    return Problem(weight, parameters, 0.012665, 100)


def gears(seed: int) -> Problem:
    """Four wheels of 12 to 60 teeth whose ratio comes near to one drawn by seed."""
    wanted = Random(f"gears/{seed}").uniform(0.1, 0.5)

    def away(a: int, b: int, c: int, d: int) -> float:
        return log(1e-9 + abs(wanted - a * b / (c * d)))

    products = np.unique(np.multiply.outer(range(12, 61), range(12, 61)))
    ratios = products[:, None] / products[None, :]
    best = log(1e-9 + float(np.abs(ratios - wanted).min()))
    return Problem(away, [Integer(name, 36, low=12, high=60) for name in "abcd"], best, 100)


def training(seed: int) -> Problem:
    """What the loss of a training run looks like: a rate and a decay on log scales that pull at
    each other, a depth, a method that shifts where they are best, two switches."""
    roll = Random(f"training/{seed}")
    best_rate = {m: roll.uniform(-9, -3) for m in ("sgd", "momentum", "adam", "rms")}
    behind = {m: 0.3 * roll.random() for m in best_rate}
    first = min(behind, key=behind.__getitem__)
    behind[first] = 0.0
    depth = roll.randint(2, 9)

    def loss(rate: float, decay: float, layers: int, *, method: str, warm: str, norm: str) -> float:
        fast, slow = log(rate) - best_rate[method], log(decay) + 7
        bowl = 0.05 * fast**2 + 0.02 * slow**2 + 0.03 * fast * slow
        switches = 0.2 * (warm == "no") + 0.15 * (norm == ("no" if layers > 4 else "yes"))
        return bowl + behind[method] + 0.02 * (layers - depth) ** 2 + switches

    parameters: list[Tunable[Any]] = [
        Real("rate", 0.5, low=1e-5, high=1.0, log=True),
        Real("decay", 0.5, low=1e-6, high=1.0, log=True),
        Integer("layers", 6, low=1, high=12),
        Choice("method", "sgd", options=list(best_rate)),
        Choice("warm", "no", options=["yes", "no"]),
        Choice("norm", "no", options=["yes", "no"]),
    ]
    return Problem(loss, parameters, 0.0, 60)


def cut(seed: int) -> Problem:
    """The heaviest cut of a graph of sixteen nodes; the optimum by trying all."""
    roll = Random(f"cut/{seed}")
    edges = [
        (i, j, roll.randint(1, 9)) for i, j in combinations(range(16), 2) if roll.random() < 0.5
    ]

    def value(**side: int) -> float:
        sides = list(side.values())
        return -float(sum(w for i, j, w in edges if sides[i] != sides[j]))

    ways = (np.arange(2**15)[:, None] >> np.arange(16)) & 1
    weights = sum(w * (ways[:, i] != ways[:, j]) for i, j, w in edges)
    parameters = [Integer(f"n{i}", 0, low=0, high=1) for i in range(16)]
    return Problem(value, parameters, -float(np.max(weights)), 100)


def late_jobs(seed: int) -> Problem:
    """An order of seven jobs on one machine with the least weighted lateness, by trying all."""
    roll = Random(f"late/{seed}")
    jobs = [(roll.randint(2, 20), roll.randint(5, 60), roll.randint(1, 9)) for _ in range(7)]

    def late(order: Sequence[int]) -> float:
        now, total = 0, 0
        for job in order:
            takes, due, weight = jobs[job]
            now += takes
            total += weight * max(0, now - due)
        return float(total)

    best = min(map(late, permutations(range(7))))
    return Problem(late, [Permutation("order", list(range(7)))], best, 60)


PROBLEMS: Mapping[str, Callable[[int], Problem]] = {
    "Zakharov 6": zakharov,
    "Dixon-Price 8": dixon_price,
    "Hartmann 6": hartmann,
    "Michalewicz 5": michalewicz,
    "welded beam, fails": welded_beam,
    "coil spring, fails": spring,
    "gear train": gears,
    "training run, mixed": training,
    "cut of 16 nodes": cut,
    "late jobs, an order": late_jobs,
}
