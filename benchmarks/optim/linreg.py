"""OPRO's linear regression: how many distinct (w, b) are tried until the true one is.

Set-up of `optimize_linear_regression.py` in the OPRO repository (Yang et al. 2023, table 2): x is
1 ... 50, y = w x + b + noise, five starts between 10 and 20 rounded to whole numbers, data and
starts from the published seeds of the five repetitions. The box is [-50, 50].

    python -m optwright.benchmarks.optim.linreg [--optimizers portfolio cmaes] [--seeds 5]
"""

from __future__ import annotations

import argparse
import time
from statistics import fmean

import numpy as np

from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.optim.api import minimize
from optwright.optim.parameters import Integer
from optwright.serving.budget import Budget

PAIRS = ((15, 14), (17, 17), (16, 10), (3, 5), (25, 23), (2, 30), (36, -1))
GPT4 = (17.2, 26.0, 24.2, 33.0, 44.2, 99.0, 116.4)
REPETITIONS = 5
MOST = 150


def tried(w_true: int, b_true: int, repetition: int, optimizer: str, seed: int) -> int | None:
    """Distinct pairs until the true one, it and the starts included; None beyond `MOST`."""
    x = np.arange(50.0) + 1.0
    y = x * w_true + b_true + np.random.RandomState(repetition + 1).randn(50)
    starts = _starts(repetition)
    found = minimize(
        lambda w, b: float(np.sum((y - w * x - b) ** 2)),
        [
            Integer("w", starts[0]["w"], low=-50, high=50),
            Integer("b", starts[0]["b"], low=-50, high=50),
        ],
        starts=starts[1:],
        optimizer=optimizer,
        budget=Budget(evaluations=MOST),
        stop_at=float(np.sum((y - w_true * x - b_true) ** 2)),
        seed=seed,
    )
    pairs = [(trial.values["w"], trial.values["b"]) for trial in found.trials]
    if (w_true, b_true) not in pairs:
        return None
    return len(set(pairs[: pairs.index((w_true, b_true)) + 1]))


def _starts(repetition: int) -> list[dict[str, int]]:
    w = np.random.RandomState((repetition + 1) * 10).uniform(10, 20, 5).round().astype(int)
    b = np.random.RandomState((repetition + 1) * 100).uniform(10, 20, 5).round().astype(int)
    pairs = sorted({(int(one), int(other)) for one, other in zip(w, b, strict=True)})
    return [{"w": one, "b": other} for one, other in pairs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--optimizers", nargs="+", default=["portfolio"])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    rows = [("gpt-4, published", *GPT4)]
    for optimizer in options.optimizers:
        rows.append((optimizer, *_measure(optimizer, options.seeds)))
    print_table(("optimizer", *map(str, PAIRS)), rows)


def _measure(optimizer: str, seeds: int) -> list[str]:
    started, cells, results = time.perf_counter(), [], {}
    for w, b in PAIRS:
        counts = [
            tried(w, b, repetition, optimizer, seed)
            for repetition in range(REPETITIONS)
            for seed in range(seeds)
        ]
        results[f"{w},{b}"] = counts
        reached = [count for count in counts if count is not None]
        missed = f", {len(counts) - len(reached)} missed" if len(reached) < len(counts) else ""
        cells.append(
            f"{fmean(reached):.1f} (at most {max(reached)}{missed})" if reached else "none"
        )
    result = {"optimizer": optimizer, "pairs_tried": results}
    write_row("linreg", result, seeds=range(seeds), seconds=time.perf_counter() - started)
    return cells


if __name__ == "__main__":
    main()
