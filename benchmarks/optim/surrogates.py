"""Small budgets: what surrogates of failures, batches and beliefs are worth, in one run.

    python -m optwright.benchmarks.optim.surrogates [--seeds 5] [--share 0.4] [--workers 1]
                                                    [--problems NAME ...] [--beliefs]

For each problem of `regret` the median over seeds of how far the best value is above the best known
one, with a share of the problem's evaluations: the default portfolio, the portfolio without `ego`,
`ego` and `shotgun` alone (with `--workers` above 1 they propose so many at once), random search.
With `--beliefs` it is `ego` and the portfolio without beliefs, and with right ones about every
number (within a tenth of the range of where a longer run ended), the same within a third (vague),
and the other end of the range within a tenth (wrong).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import partial
from statistics import median
from typing import Any

from optwright.benchmarks.optim.problems import Case
from optwright.benchmarks.optim.regret import PROBLEMS
from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.benchmarks.optim.ten_more import PROBLEMS as MORE
from optwright.optim.api import minimize
from optwright.optim.beliefs import Belief, Near
from optwright.optim.number_parameters import Integer, Real
from optwright.optim.optimizer import Optimizer, Setting
from optwright.optim.optimizers.portfolio import MEMBERS, Portfolio
from optwright.serving.budget import Budget

ALL = {**PROBLEMS, **MORE}
NARROW, VAGUE = 0.1, 1 / 3


def without_ego(setting: Setting) -> Optimizer:
    return Portfolio(setting, [member for member in MEMBERS if member.name != "ego"])


ARMS: Mapping[str, str | Callable[[Setting], Optimizer]] = {
    "portfolio": "portfolio",
    "without ego": without_ego,
    "ego": "ego",
    "shotgun": "shotgun",
    "random": "random",
}


def reached(
    case: Case,
    seed: int,
    evaluations: int,
    *,
    optimizer: str | Callable[[Setting], Optimizer],
    workers: int = 1,
    beliefs: Mapping[str, Belief] | None = None,
) -> float:
    found = minimize(
        case.function,
        case.parameters,
        optimizer=optimizer,
        budget=Budget(evaluations=evaluations),
        workers=workers,
        beliefs=beliefs,
        seed=seed,
    )
    return found.score - case.best


def believed(case: Case, seed: int) -> dict[str, dict[str, Belief]]:
    """Beliefs by how right they are; the best place is where a run with twice the evaluations
    and another seed ended."""
    long = minimize(
        case.function,
        case.parameters,
        budget=Budget(evaluations=2 * case.evaluations),
        seed=1_000 + seed,
    ).values
    kinds: dict[str, dict[str, Belief]] = {"right": {}, "vague": {}, "wrong": {}}
    for p in case.parameters:
        if isinstance(p, Real | Integer) and not p.log:
            wide, at = p.high - p.low, long[p.name]
            far = p.low if at > (p.low + p.high) / 2 else p.high
            kinds["right"][p.name] = Near(at, NARROW * wide)
            kinds["vague"][p.name] = Near(at, VAGUE * wide)
            kinds["wrong"][p.name] = Near(far, NARROW * wide)
    return kinds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--share", type=float, default=0.4, help="of a problem's evaluations")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--problems", nargs="+", default=list(ALL))
    parser.add_argument("--beliefs", action="store_true")
    options = parser.parse_args()
    rows = []
    for name in options.problems:
        started = time.process_time()
        found: dict[str, list[float]] = {}
        for seed in range(options.seeds):
            case = ALL[name](seed)
            evaluations = round(options.share * case.evaluations)
            for arm, run in _arms(case, seed, options).items():
                found.setdefault(arm, []).append(run(case, seed, evaluations))
        seconds = time.process_time() - started
        result = {"problem": name, "share": options.share, "workers": options.workers}
        write_row(
            "surrogates", {**result, "regret": found}, seeds=range(options.seeds), seconds=seconds
        )
        rows.append((f"{name} ({evaluations})", *(f"{median(v):.3g}" for v in found.values())))
    print_table(("problem", *found), rows)


def _arms(case: Case, seed: int, options: Any) -> dict[str, Callable[..., float]]:
    if not options.beliefs:
        return {
            name: partial(reached, optimizer=optimizer, workers=options.workers)
            for name, optimizer in ARMS.items()
        }
    kinds: dict[str, dict[str, Belief] | None] = {"none": None, **believed(case, seed)}
    arms = {
        f"ego, {kind}": partial(reached, optimizer="ego", beliefs=beliefs)
        for kind, beliefs in kinds.items()
    }
    for kind in ("none", "right", "wrong"):
        arms[f"portfolio, {kind}"] = partial(reached, optimizer="portfolio", beliefs=kinds[kind])
    return {**arms, "random": partial(reached, optimizer="random")}


if __name__ == "__main__":
    main()
