"""What is accepted with the examples that people have: real gains, and luck.

Proposals are scripted, so that only acceptance is measured; everything runs through `optimize`
as users call it.

- `constant`: every example rises from 0.5 to 0.9 in five steps, without noise.
- `packing`: a rule for packing as `Code`, 40 instances; next fit, then first fit, then best fit
  by falling size.
- `worse`: coin flips; every proposal is 2 points worse than the one before.
- `noise`: coin flips; no proposal is different.
- `hashed`: scores fixed by a hash of arm and example, 41 arms, 20 examples: without noise, and
  still all luck.

    python -m optwright.benchmarks.optim.acceptance_proof [--runs 100] [--only hashed noise]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from typing import Any

from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.optim.api import optimize
from optwright.optim.parameters import Code, Integer, Tunable
from optwright.optim.results import Optimum
from optwright.optim.trial import Suggestion, Trial
from optwright.serving.budget import Budget

COUNTS = (9, 12, 20, 30, 50, 100)
ARMS, EXAMPLES = 41, 20
TRUTH = 0.5


@dataclass(slots=True)
class Script:
    """An optimizer that proposes these values in turn, whatever comes of them."""

    rows: Sequence[dict[str, Any]]
    name: str = "script"
    at: int = 0

    def ask(self, n: int = 1) -> list[Suggestion]:
        taken = self.rows[self.at : self.at + n]
        self.at += len(taken)
        return [Suggestion(row, self.name) for row in taken]

    def tell(self, trials: Sequence[Trial]) -> None:
        """Learns nothing."""

    def state(self) -> int:
        return self.at

    def restore(self, state: Any, trials: Sequence[Trial]) -> None:  # JSON
        self.at = state


def run(
    program: Callable[[Any], Any],
    train: Sequence[Any],
    parameter: Tunable[Any],
    values: Sequence[Any],
    *,
    seed: int = 0,
    evaluations: int = 4000,
    **settings: Any,
) -> Optimum:
    script = Script([{parameter.name: value} for value in values])
    with tempfile.TemporaryDirectory() as folder:
        return optimize(
            program,
            train,
            lambda example, output: output,
            [parameter],
            optimizer=lambda setting: script,
            budget=Budget(evaluations=evaluations),
            seed=seed,
            run_dir=folder,
            **settings,
        )


def constant(count: int, **settings: Any) -> Optimum:
    """Five steps up, the same on every example."""
    step = Integer("step", 0, low=0, high=5)
    return run(lambda example: 0.5 + 0.08 * step.value, range(count), step, range(1, 6), **settings)


PACK = """
def pack(items, size):
    bins = []
    for item in {order}:
        {place}
        if fitting:
            bins[{which}].append(item)
        else:
            bins.append([item])
    return bins
"""
LAST = "fitting = [i for i in range(len(bins))[-1:] if sum(bins[i]) + item <= size]"
ANY = "fitting = [i for i in range(len(bins)) if sum(bins[i]) + item <= size]"
NEXT_FIT = PACK.format(order="items", place=LAST, which="fitting[0]")
FIRST_FIT = PACK.format(order="items", place=ANY, which="fitting[0]")
BEST_FIT = PACK.format(
    order="sorted(items, reverse=True)",
    place=ANY,
    which="max(fitting, key=lambda i: sum(bins[i]))",
)


def packed(bins: Sequence[Sequence[int]], items: Sequence[int], size: int) -> float:
    """The lower bound on bins over the bins used, from 0 to 1; 0 for what is no packing."""
    whole = sorted(item for one in bins for item in one) == sorted(items)
    if not whole or any(sum(one) > size for one in bins):
        return 0.0
    return -(-sum(items) // size) / len(bins)


def packing(count: int = 40, **settings: Any) -> Optimum:
    roll = Random(7)
    instances = [[roll.randint(10, 60) for _ in range(30)] for _ in range(count)]
    code = Code("pack", NEXT_FIT, "pack", sandbox="process")
    return run(
        lambda items: packed(code(items, 100), items, 100),
        instances,
        code,
        (FIRST_FIT, BEST_FIT),
        **settings,
    )


def flips(seed: int, step: float, **settings: Any) -> tuple[bool, bool]:
    """Whether a program was accepted that is no better, and whether the interval holds the truth;
    the truth of arm `k` is 0.5 + k * step."""
    dice = Random(seed)
    arm = Integer("arm", 0, low=0, high=ARMS)

    def program(example: int) -> float:
        return float(dice.random() < max(0.0, TRUTH + step * arm.value))

    found = run(program, range(100), arm, range(1, ARMS), seed=seed, evaluations=1500, **settings)
    truth = max(0.0, TRUTH + step * found.values["arm"])
    return bool(found.accepted), found.interval is not None and truth in found.interval


def hashed(seed: int, **settings: Any) -> tuple[bool, bool]:
    """The same for scores that a hash fixes; every arm is worth 0.5 on average."""
    arm = Integer("arm", 0, low=0, high=ARMS)

    def program(example: int) -> float:
        digest = sha256(f"{seed}/{arm.value}/{example}".encode()).digest()
        return int.from_bytes(digest[:4], "big") / 2**32

    found = run(program, range(EXAMPLES), arm, range(1, ARMS), seed=seed, **settings)
    return bool(found.accepted), found.interval is not None and TRUTH in found.interval


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--worse-runs", type=int, default=20)
    parser.add_argument("--only", nargs="+", default=["constant", "packing", *LUCK])
    parser.add_argument("--claim", choices=["mean", "most"])
    options = parser.parse_args()
    rows: list[tuple[object, ...]] = []
    if "constant" in options.only:
        rows += [
            _row(f"constant, {n} examples", constant, options.claim, count=n, best=5)
            for n in COUNTS
        ]
    if "packing" in options.only:
        rows.append(_row("packing, 40 instances", packing, options.claim, count=40, best=BEST_FIT))
    print_table(("real gain", "accepted", "unproven", "is best", "evaluations", "before"), rows)
    lucky = [
        _luck(name, run_one, options.worse_runs if name == "worse" else options.runs, options.claim)
        for name, run_one in LUCK.items()
        if name in options.only
    ]
    print_table(("luck", "runs", "accepted", "interval holds"), lucky)


LUCK: dict[str, Callable[..., tuple[bool, bool]]] = {
    "worse": lambda seed, **settings: flips(seed, -0.02, **settings),
    "noise": lambda seed, **settings: flips(seed, 0.0, **settings),
    "hashed": hashed,
}


def _row(
    name: str, problem: Callable[..., Optimum], claim: str | None, *, count: int, best: object
) -> tuple[object, ...]:
    started = time.perf_counter()
    found = problem(count, claim=claim)
    (value,) = found.values.values()
    unproven = found.best_unproven
    (seeming,) = unproven.values.values() if unproven else (None,)
    result = {
        "problem": name,
        "claim": claim,
        "accepted": len(found.accepted),
        "best accepted": value == best,
        "best unproven": seeming == best,
        "evaluations": found.evaluations,
        "prospect": str(found.prospect),
    }
    write_row("acceptance_proof", result, seeds=[0], seconds=time.perf_counter() - started)
    return (
        name,
        len(found.accepted),
        "yes" if seeming == best else "-",
        "yes" if value == best else "no",
        found.evaluations,
        str(found.prospect),
    )


def _luck(
    name: str, run_one: Callable[..., tuple[bool, bool]], runs: int, claim: str | None
) -> tuple[object, ...]:
    started = time.perf_counter()
    found = [run_one(seed, claim=claim) for seed in range(runs)]
    accepted, held = sum(a for a, _ in found), sum(h for _, h in found)
    result = {"problem": name, "claim": claim, "accepted": accepted, "interval holds": held}
    seconds = time.perf_counter() - started
    write_row("acceptance_proof", result, seeds=range(runs), seconds=seconds)
    return name, runs, accepted, held


if __name__ == "__main__":
    main()
