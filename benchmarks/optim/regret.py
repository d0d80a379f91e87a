"""Regret against peers: the same budget and seeds for all, how far the best value is above the
best known one.

    python -m optwright.benchmarks.optim.regret [--set ten_more] [--seeds 10] [--problems NAME ...]
                                                [--systems NAME ...]

The default set has failures and idle dimensions; `ten_more` was chosen before anything was run on
it. After the table stands the mean rank of each system by median regret, ties shared.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from random import Random
from statistics import mean, median
from typing import Any

from optwright.benchmarks.optim import ten_more
from optwright.benchmarks.optim.problems import Case
from optwright.benchmarks.optim.regret_peers import SYSTEMS
from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.optim.parameters import Integer, Real, Tunable


def knapsack(seed: int) -> Case:
    """Twenty things to take or leave; too heavy fails."""
    roll = Random(f"knapsack/{seed}")
    worth = [roll.randint(10, 60) for _ in range(20)]
    weight = [roll.randint(10, 60) for _ in range(20)]
    room = sum(weight) // 3

    def cost(**taken: int) -> float:
        chosen = [i for i in range(20) if taken[f"x{i}"]]
        if sum(weight[i] for i in chosen) > room:
            raise ValueError("too heavy")
        return -float(sum(worth[i] for i in chosen))

    table = [0] * (room + 1)
    for value, size in zip(worth, weight, strict=True):
        for space in range(room, size - 1, -1):
            table[space] = max(table[space], table[space - size] + value)
    parameters = [Integer(f"x{i}", 0, low=0, high=1) for i in range(20)]
    return Case(cost, parameters, -float(table[room]), 100)


def vessel(seed: int) -> Case:
    """A pressure vessel: two thicknesses in steps of a sixteenth, radius and length; designs that
    would burst or are too small fail."""
    roll = Random(f"vessel/{seed}")

    def cost(shell: int, head: int, radius: float, length: float) -> float:
        s, h = shell * 0.0625, head * 0.0625
        volume = 3.141592653589793 * radius**2 * (length + 4.0 * radius / 3.0)
        if s < 0.0193 * radius or h < 0.00954 * radius or volume < 1_296_000:
            raise ValueError("not allowed")
        return (
            0.6224 * s * radius * length
            + 1.7781 * h * radius**2
            + 3.1661 * s**2 * length
            + 19.84 * s**2 * radius
        )

    parameters: list[Tunable[Any]] = [
        Integer("shell", 60 + roll.randint(0, 20), low=1, high=99),
        Integer("head", 40 + roll.randint(0, 20), low=1, high=99),
        Real("radius", 50.0 + roll.random() * 10, low=10.0, high=200.0),
        Real("length", 150.0, low=10.0, high=240.0),
    ]
    return Case(cost, parameters, 0.0, 120)


def sparse(seed: int) -> Case:
    """Twenty dimensions of which three matter."""
    roll = Random(f"sparse/{seed}")
    places = roll.sample(range(20), 3)
    middle = [roll.uniform(-3, 3) for _ in places]

    def value(**x: float) -> float:
        return sum((x[f"x{p}"] - m) ** 2 for p, m in zip(places, middle, strict=True)) / 10

    return Case(value, [Real(f"x{i}", 4.0, low=-5.0, high=5.0) for i in range(20)], 0.0, 120)


PROBLEMS: Mapping[str, Callable[[int], Case]] = {
    "knapsack": knapsack,
    "vessel": vessel,
    "sparse": sparse,
}


SETS = {"failures": PROBLEMS, "ten_more": ten_more.PROBLEMS}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--set", choices=SETS, default="failures")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--problems", nargs="+")
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=SYSTEMS)
    options = parser.parse_args()
    problems, rows, medians = SETS[options.set], [], []
    for name in options.problems or problems:
        cells = []
        for system in options.systems:
            regrets, each = _measured(problems[name], name, system, options.seeds)
            medians.append((name, system, median(regrets)))
            cells.append(f"{median(regrets):.3g} ({each:.1f} ms)")
        rows.append((f"{name} ({problems[name](0).evaluations})", *cells))
    print_table(("problem", *options.systems), rows)
    ranks = {system: mean(_ranks(medians, system)) for system in options.systems}
    print_table(tuple(ranks), [[f"{rank:.2f}" for rank in ranks.values()]])


def _measured(
    problem: Callable[[int], Case], name: str, system: str, seeds: int
) -> tuple[list[float], float]:
    """The regret of each seed, and processor milliseconds an evaluation."""
    started, found, evaluations = time.process_time(), [], 0
    for seed in range(seeds):
        case = problem(seed)
        evaluations += case.evaluations
        found.append(SYSTEMS[system](case, seed) - case.best)
    seconds = time.process_time() - started
    result = {"problem": name, "system": system, "regret": found}
    write_row("regret", result, seeds=range(seeds), seconds=seconds)
    return found, 1000 * seconds / evaluations


def _ranks(medians: Sequence[tuple[str, str, float]], system: str) -> list[float]:
    """The system's place on each problem, 1 for the lowest; equal ones share theirs."""
    places = []
    for name, mine in [(n, m) for n, s, m in medians if s == system]:
        others = [m for n, s, m in medians if n == name and s != system]
        close = 1e-9 * max(1.0, abs(mine))
        lower = sum(m < mine - close for m in others)
        same = sum(abs(m - mine) <= close for m in others)
        places.append(1 + lower + same / 2)
    return places


if __name__ == "__main__":
    main()
