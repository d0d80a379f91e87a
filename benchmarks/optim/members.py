"""The portfolio against each of its members alone, on problems of every kind.

For each problem the same budget and the same seeds; the number is the mean of how far the values
found are above the best known ones, as a share of the first ones' distance: 0 is solved, 1 is where
it began. The last column is the portfolio minus the member that came out best, with the standard
error of the difference seed by seed. The rule of the portfolio was set with the first problems in
view; the unseen ones took no part in it.

    python -m optwright.benchmarks.optim.members [--seeds 20] [--from 1000] [--unseen]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import fmean, stdev

from optwright.benchmarks.optim.problems import PROBLEMS, Case
from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.benchmarks.optim.unseen import UNSEEN
from optwright.errors import InputError
from optwright.optim.api import minimize
from optwright.serving.budget import Budget

CLASSICAL = ("bracket", "quadratic", "tpe", "mutation", "cmaes", "random")
LANGUAGE = ("opro", "optoprime", "reflective")


def left_over(case: Case, optimizer: str, seed: int) -> float | None:
    """The share of the way to the best value that is left; None where it cannot take part."""
    try:
        found = minimize(
            case.function,
            case.parameters,
            optimizer=optimizer,
            model=case.model,
            budget=Budget(evaluations=case.evaluations),
            seed=seed,
        )
    except InputError:  # a model or directions are needed and not given
        return None
    first, last = -found.trials[0].score, found.score
    if case.truth is not None:
        first = case.truth(**{p.name: p.value for p in case.parameters})
        last = case.truth(**found.values)
    return max(0.0, last - case.best) / max(first - case.best, 1e-12)


def compared(found: Mapping[str, Sequence[float]]) -> tuple[str, float, float]:
    """The best member, and by how much the portfolio has more left: mean and standard error."""
    best = min((name for name in found if name != "portfolio"), key=lambda name: fmean(found[name]))
    more = [own - other for own, other in zip(found["portfolio"], found[best], strict=True)]
    return best, fmean(more), stdev(more) / sqrt(len(more))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--from", type=int, default=1000, dest="first", help="the first seed")
    parser.add_argument("--unseen", action="store_true", help="the problems the rule never met")
    parser.add_argument("--problems", nargs="+", help="only those that begin so")
    options = parser.parse_args()
    problems = UNSEEN if options.unseen else PROBLEMS
    seeds = range(options.first, options.first + options.seeds)
    rows = []
    for problem, drawn in problems.items():
        if options.problems and not problem.startswith(tuple(options.problems)):
            continue
        started = time.perf_counter()
        cases = {seed: drawn(seed) for seed in seeds}
        found = _all(cases)
        best, more, error = compared(found)
        write_row(
            "members",
            {"problem": problem, "unseen": options.unseen, "left_over": found},
            seeds=seeds,
            seconds=time.perf_counter() - started,
        )
        cells = (_cell(found.get(name)) for name in ("portfolio", *CLASSICAL, *LANGUAGE))
        rows.append((problem, *cells, f"{more:+.3f} ({error:.3f}) {best}"))
    print_table(("problem (evaluations)", "portfolio", *CLASSICAL, *LANGUAGE, "difference"), rows)


def _all(cases: Mapping[int, Case]) -> dict[str, list[float]]:
    """What every optimizer that can take part leaves over, by seed."""
    language = LANGUAGE if any(case.model for case in cases.values()) else ()
    found = {}
    for optimizer in ("portfolio", *CLASSICAL, *language):
        shares = [left_over(case, optimizer, seed) for seed, case in cases.items()]
        if None not in shares:
            found[optimizer] = [share for share in shares if share is not None]
    return found


def _cell(shares: Sequence[float] | None) -> str:
    return f"{fmean(shares):.3f}" if shares else "-"


if __name__ == "__main__":
    main()
