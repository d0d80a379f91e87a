"""Directional feedback: success within ten tries on the functions of LLF-Bench.

Set-up of `loss_descent.py` in LLF-Bench (Cheng et al. 2023): a start drawn from the box and rounded
to 2 or 4 digits, ten tries, after each the value and for both numbers whether to go up or down;
success is a value within 0.01 of the lowest one. `--strict` counts the start as one of the ten.

    python -m optwright.benchmarks.optim.directional [--seeds 100] [--strict]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, sin
from statistics import median

import numpy as np

from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.optim.api import minimize
from optwright.optim.parameters import Real
from optwright.serving.budget import Budget

Pair = tuple[float, float]
TRIES = 10
CLOSE = 1e-2


@dataclass(frozen=True, slots=True)
class Landscape:
    """A function of two numbers from `low` to `high`, its slopes, and its lowest value."""

    value: Callable[[float, float], float]
    slopes: Callable[[float, float], Pair]
    low: float
    high: float
    lowest: float
    digits: int


LANDSCAPES = {
    "Booth": Landscape(
        lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2,
        lambda x, y: (10 * x + 8 * y - 34, 8 * x + 10 * y - 38),
        -10,
        10,
        0.0,
        2,
    ),
    "McCormick": Landscape(
        lambda x, y: sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
        lambda x, y: (cos(x + y) + 2 * (x - y) - 1.5, cos(x + y) - 2 * (x - y) + 2.5),
        -1.5,
        4,
        -1.9133,
        4,
    ),
    "Rosenbrock": Landscape(
        lambda x, y: (1 - x) ** 2 + (y - x * x) ** 2,
        lambda x, y: (2 * (x - 1) - 4 * x * (y - x * x), 2 * (y - x * x)),
        -5,
        10,
        0.0,
        2,
    ),
    "Six-hump": Landscape(
        lambda x, y: (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y * y - 4) * y * y,
        lambda x, y: (8 * x - 8.4 * x**3 + 2 * x**5 + y, x - 8 * y + 16 * y**3),
        -2,
        2,
        -1.0316,
        4,
    ),
}


def regret(landscape: Landscape, optimizer: str, seed: int, *, strict: bool) -> float:
    """How far the best value of an episode is above the lowest one."""
    start = np.random.default_rng(seed).uniform(landscape.low, landscape.high, 2)
    x, y = (float(number) for number in start.round(landscape.digits))

    def told(x: float, y: float) -> tuple[float, dict[str, float]]:
        slopes = landscape.slopes(x, y)
        return landscape.value(x, y), {"x": -np.sign(slopes[0]), "y": -np.sign(slopes[1])}

    found = minimize(
        told,
        [
            Real("x", x, low=landscape.low, high=landscape.high),
            Real("y", y, low=landscape.low, high=landscape.high),
        ],
        optimizer=optimizer,
        budget=Budget(evaluations=TRIES if strict else TRIES + 1),
        seed=seed,
    )
    return abs(found.score - landscape.lowest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--optimizers", nargs="+", default=["portfolio", "rprop", "bisection"])
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--strict", action="store_true")
    options = parser.parse_args()
    rows = []
    for optimizer in options.optimizers:
        started, cells, results = time.perf_counter(), [], {}
        for name, landscape in LANDSCAPES.items():
            regrets = [
                regret(landscape, optimizer, seed, strict=options.strict)
                for seed in range(options.seeds)
            ]
            success = sum(one < CLOSE for one in regrets) / len(regrets)
            results[name] = {"success": success, "median_regret": median(regrets)}
            cells.append(f"{100 * success:.0f} %, {median(regrets):.3g}")
        rows.append((optimizer, *cells))
        result = {"optimizer": optimizer, "strict": options.strict, "functions": results}
        seconds = time.perf_counter() - started
        write_row("directional", result, seeds=range(options.seeds), seconds=seconds)
    print_table(("success, median regret", *LANDSCAPES), rows)


if __name__ == "__main__":
    main()
