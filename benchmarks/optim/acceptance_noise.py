"""Acceptance under noise: what a rule returns, and reports, when scores are coin flips.

A program's truth is its chance to solve any example; every run of it on an example is a fresh flip.
There are 1500 evaluations, minibatches of 3 training examples and 50 validation examples; 100 of
the evaluations are kept to score what is returned on other examples. Beside ours runs the rule of
GEPA: a proposal from any program of the pool joins it with a better minibatch, and the one with the
best mean on the validation examples is returned. Our proposals step from the last program that
looked better than the incumbent in training, accepted or not.

    python -m optwright.benchmarks.optim.acceptance_noise [--runs 20]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from random import Random
from statistics import fmean

from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.errors import BudgetExceeded
from optwright.optim.acceptance import Comparer, Draw, PairedTest
from optwright.optim.acceptance.confidence import Interval, interval
from optwright.optim.api import optimize
from optwright.optim.parameters import Integer
from optwright.optim.trial import Suggestion, Trial
from optwright.serving.budget import Budget

BUDGET, VALIDATION, MINIBATCH, HELD_OUT = 1500, 50, 3, 100
SEED_TRUTH = 0.5

STEPS: dict[str, Callable[[Random], float]] = {
    "every proposal 2 points worse": lambda dice: -0.02,
    "no proposal different": lambda dice: 0.0,
    "normal, mean -2, deviation 5 points": lambda dice: dice.gauss(-0.02, 0.05),
    "one in ten 20 points better, the others 3 worse": lambda dice: (
        0.20 if dice.random() < 0.1 else -0.03
    ),
    "three in ten 15 points better, the others 5 worse": lambda dice: (
        0.15 if dice.random() < 0.3 else -0.05
    ),
    "every proposal 10 points better": lambda dice: 0.10,
    "every proposal 20 points better": lambda dice: 0.20,
}


@dataclass(slots=True)
class World:
    """Programs by number with their truths, and the coin flips that are paid for."""

    dice: Random
    left: int = BUDGET - HELD_OUT
    truths: list[float] = field(default_factory=lambda: [SEED_TRUTH])
    paid: dict[tuple[int, str, int], float] = field(default_factory=dict)

    def propose(self, parent: int, step: float) -> int:
        self.truths.append(min(1.0, max(0.0, self.truths[parent] + step)))
        return len(self.truths) - 1

    def flip(self, program: int) -> float:
        if self.left == 0:
            raise BudgetExceeded("the evaluations are used up")
        self.left -= 1
        return float(self.dice.random() < self.truths[program])

    def score(self, program: int, example: str, repeat: int = 0) -> float:
        key = program, example, repeat
        if key not in self.paid:
            self.paid[key] = self.flip(program)
        return self.paid[key]


@dataclass(frozen=True, slots=True)
class Result:
    """One run: how good what it returned really is, what it reported, how often it changed."""

    truth: float
    reported: Interval
    accepted: int
    proposals: int


EXAMPLES = [f"v{n}" for n in range(VALIDATION)]
TRAINING = [f"t{n}" for n in range(100)]


def ours(world: World, step: Callable[[Random], float], seed: int) -> tuple[int, int]:
    """Run with `PairedTest`; return the program it ends with and how many it accepted."""
    rule = PairedTest(seed=seed)
    incumbent = parent = 0
    try:
        while True:
            candidate = world.propose(parent, step(world.dice))
            if not _qualifies(world, rule, incumbent, candidate):
                continue
            parent = candidate
            if _wins(world, rule.compare(EXAMPLES, {}), incumbent, candidate):
                incumbent = candidate
    except BudgetExceeded:
        return incumbent, rule.accepted


def _qualifies(world: World, rule: PairedTest, incumbent: int, candidate: int) -> bool:
    examples = world.dice.sample(TRAINING, len(TRAINING))
    pairs: list[tuple[float, float]] = []
    qualified = None
    while qualified is None:
        batch = examples[len(pairs) : len(pairs) + MINIBATCH]
        pairs += [(world.score(incumbent, e), world.score(candidate, e)) for e in batch]
        qualified = rule.screen(pairs, more=len(pairs) < len(examples))
    return qualified


def _wins(world: World, comparison: Comparer | None, incumbent: int, candidate: int) -> bool:
    def score(draw: Draw) -> float:
        side = candidate if draw.candidate else incumbent
        return world.score(side, draw.example, draw.repeat)

    assert comparison is not None  # nothing was learnt, so nothing is put off
    while comparison.wanted:
        comparison.report([score(draw) for draw in comparison.wanted])
    return comparison.verdict is not None and comparison.verdict.accepted


def best_mean(world: World, step: Callable[[Random], float], seed: int) -> tuple[int, int]:
    """GEPA's rule: a proposal with a better minibatch joins the pool, the best mean is returned."""
    means = {0: _mean(world, 0)}
    try:
        while True:
            parent = world.dice.choice(list(means))
            candidate = world.propose(parent, step(world.dice))
            if _does_better(world, parent, candidate):
                means[candidate] = _mean(world, candidate)
    except BudgetExceeded:
        return max(means, key=means.__getitem__), len(means) - 1


def _mean(world: World, program: int) -> float:
    return fmean(world.score(program, example) for example in EXAMPLES)


def _does_better(world: World, parent: int, candidate: int) -> bool:
    old = sum(world.flip(parent) for _ in range(MINIBATCH))
    return sum(world.flip(candidate) for _ in range(MINIBATCH)) > old


Rule = Callable[[World, Callable[[Random], float], int], tuple[int, int]]


def run(
    rule: Rule,
    step: Callable[[Random], float],
    seed: int,
) -> Result:
    world = World(Random(seed))
    returned, accepted = rule(world, step, seed)
    world.left = HELD_OUT
    reported = interval([world.flip(returned) for _ in range(HELD_OUT)])
    return Result(world.truths[returned], reported, accepted, len(world.truths) - 1)


def through_optimize(step: Callable[[Random], float], seed: int) -> Result:
    """The same with `optimize` itself: a program that only a number decides about."""
    world = World(Random(seed), left=BUDGET)
    proposer = _Proposer(world, step)
    number = Integer("program", 0, low=0, high=10_000)

    def program(example: str) -> float:
        return world.flip(number.value)

    with tempfile.TemporaryDirectory() as folder:
        found = optimize(
            program,
            TRAINING,
            lambda example, output: output,
            [number],
            valid=EXAMPLES,
            test=[f"h{n}" for n in range(HELD_OUT)],
            optimizer=lambda setting: proposer,
            budget=Budget(evaluations=BUDGET),
            minibatch=MINIBATCH,
            seed=seed,
            run_dir=folder,
        )
    assert found.interval is not None  # there are test examples
    truth = world.truths[found.values["program"]]
    return Result(truth, found.interval, len(found.accepted), len(world.truths) - 1)


@dataclass(slots=True)
class _Proposer:
    """An optimizer that steps from the latest program that looked better than the first."""

    world: World
    step: Callable[[Random], float]
    name: str = "stepper"
    parent: int = 0
    best: float = -inf

    def ask(self, n: int = 1) -> list[Suggestion]:
        program = self.world.propose(self.parent, self.step(self.world.dice))
        return [Suggestion({"program": program}, self.name)]

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            if trial.score > self.best:
                self.parent, self.best = trial.values["program"], trial.score

    def state(self) -> None:
        """Nothing: these runs are not continued."""

    def restore(self, state: object, trials: Sequence[Trial]) -> None:
        """As above."""


def by_rule(rule: Rule) -> Callable[[Callable[[Random], float], int], Result]:
    return lambda step, seed: run(rule, step, seed)


SYSTEMS = {
    "paired test": by_rule(ours),
    "optimize()": through_optimize,
    "best mean": by_rule(best_mean),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--runs", type=int, default=20)
    arguments.add_argument("--systems", nargs="+", default=list(SYSTEMS))
    given = arguments.parse_args()
    rows = []
    for proposer, step in STEPS.items():
        for name in given.systems:
            started = time.perf_counter()
            found = _summary([SYSTEMS[name](step, seed) for seed in range(given.runs)])
            result = {"proposer": proposer, "system": name, **found}
            seconds = time.perf_counter() - started
            write_row("acceptance_noise", result, seeds=range(given.runs), seconds=seconds)
            rows.append(list(result.values()))
    print_table(list(result), rows)


def _summary(results: list[Result]) -> dict[str, object]:
    return {
        "worse than seed": sum(r.truth < SEED_TRUTH for r in results),
        "mean truth": round(fmean(r.truth for r in results), 3),
        "truth in interval": sum(r.truth in r.reported for r in results),
        "mean width": round(fmean(r.reported.high - r.reported.low for r in results), 3),
        "mean accepted": round(fmean(r.accepted for r in results), 2),
        "mean proposals": round(fmean(r.proposals for r in results), 1),
    }


if __name__ == "__main__":
    main()
