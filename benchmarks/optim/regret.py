"""Regret against peers on problems with failures, mixtures and idle dimensions: the same budget and
seeds for all, how far the best value found is above the best known one.

Peers run as their documentation shows: Optuna's TPE, CMA-ES on the unit cube, SciPy's differential
evolution and dual annealing, random. A failed evaluation counts for all of them; Optuna is told
that the trial failed, the others get the worst value seen so far.

    python -m optwright.benchmarks.optim.regret [--seeds 10] [--problems knapsack ...]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf, isfinite
from random import Random
from statistics import median
from typing import Any

from optwright.benchmarks.optim.rows import print_table, write_row
from optwright.optim.api import minimize
from optwright.optim.parameters import Choice, Integer, Real, Tunable
from optwright.serving.budget import Budget


@dataclass(frozen=True, slots=True)
class Problem:
    """A function that may fail with `ValueError`, its parameters, and the lowest value known."""

    function: Callable[..., float]
    parameters: Sequence[Tunable[Any]]
    best: float
    evaluations: int


def knapsack(seed: int) -> Problem:
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
    return Problem(cost, parameters, -float(table[room]), 100)


def vessel(seed: int) -> Problem:
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
    return Problem(cost, parameters, 0.0, 120)


def sparse(seed: int) -> Problem:
    """Twenty dimensions of which three matter."""
    roll = Random(f"sparse/{seed}")
    places = roll.sample(range(20), 3)
    middle = [roll.uniform(-3, 3) for _ in places]

    def value(**x: float) -> float:
        return sum((x[f"x{p}"] - m) ** 2 for p, m in zip(places, middle, strict=True)) / 10

    return Problem(value, [Real(f"x{i}", 4.0, low=-5.0, high=5.0) for i in range(20)], 0.0, 120)


PROBLEMS: Mapping[str, Callable[[int], Problem]] = {
    "knapsack": knapsack,
    "vessel": vessel,
    "sparse": sparse,
}


class Spent(Exception):
    """The evaluations are used up."""


@dataclass(slots=True)
class Counter:
    """The function for peers: counts, remembers the best, and ends at the budget."""

    problem: Problem
    best: float = inf
    worst: float = 0.0
    made: int = 0
    seconds: float = field(default=0.0)

    def __call__(self, values: Mapping[str, Any]) -> float:
        """The value; inf where it failed."""
        if self.made == self.problem.evaluations:
            raise Spent
        self.made += 1
        try:
            value = float(self.problem.function(**values))
        except ValueError:
            return inf
        self.best, self.worst = min(self.best, value), max(self.worst, value)
        return value


def own(problem: Problem, seed: int) -> float:
    budget = Budget(evaluations=problem.evaluations)
    return minimize(problem.function, problem.parameters, budget=budget, seed=seed).score


def optuna_tpe(problem: Problem, seed: int) -> float:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({p.name: p.value for p in problem.parameters})
    count = Counter(problem)

    def objective(trial: Any) -> float:
        value = count({p.name: _suggested(trial, p) for p in problem.parameters})
        if not isfinite(value):
            raise ValueError("failed")
        return value

    study.optimize(objective, n_trials=problem.evaluations, catch=(ValueError,))
    return count.best


def _suggested(trial: Any, parameter: Tunable[Any]) -> Any:
    if isinstance(parameter, Choice):
        return trial.suggest_categorical(parameter.name, list(parameter.options))
    if isinstance(parameter, Integer):
        return trial.suggest_int(parameter.name, parameter.low, parameter.high)
    assert isinstance(parameter, Real)
    return trial.suggest_float(parameter.name, parameter.low, parameter.high, log=parameter.log)


def scipy_de(problem: Problem, seed: int) -> float:
    from scipy.optimize import differential_evolution

    count = Counter(problem)

    def told(point: Sequence[float]) -> float:
        value = count(_values(problem, point))
        return value if isfinite(value) else count.worst + 1e6

    bounds = [(p.low, p.high) for p in problem.parameters]
    start = [p.value for p in problem.parameters]
    with suppress(Spent):
        differential_evolution(told, bounds, seed=seed, x0=start, popsize=4, maxiter=1000)
    return count.best


def random_search(problem: Problem, seed: int) -> float:
    roll, count = Random(seed), Counter(problem)
    count({p.name: p.value for p in problem.parameters})
    while count.made < problem.evaluations:
        point = [roll.uniform(p.low, p.high) for p in problem.parameters]
        count(_values(problem, point))
    return count.best


def _values(problem: Problem, point: Sequence[float]) -> dict[str, Any]:
    return {p.name: p.project(float(x)) for p, x in zip(problem.parameters, point, strict=True)}


SYSTEMS: Mapping[str, Callable[[Problem, int], float]] = {
    "optwright": own,
    "optuna": optuna_tpe,
    "scipy DE": scipy_de,
    "random": random_search,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--problems", nargs="+", default=list(PROBLEMS))
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS))
    options = parser.parse_args()
    rows = []
    for name in options.problems:
        regrets = {}
        for system in options.systems:
            started = time.perf_counter()
            found = []
            for seed in range(options.seeds):
                problem = PROBLEMS[name](seed)
                found.append(SYSTEMS[system](problem, seed) - problem.best)
            seconds = time.perf_counter() - started
            result = {"problem": name, "system": system, "regret": found}
            write_row("regret", result, seeds=range(options.seeds), seconds=seconds)
            each = 1000 * seconds / (options.seeds * PROBLEMS[name](0).evaluations)
            regrets[system] = f"{median(found):.4g} ({each:.1f} ms)"
        rows.append((f"{name} ({PROBLEMS[name](0).evaluations})", *regrets.values()))
    print_table(("problem", *options.systems), rows)


if __name__ == "__main__":
    main()
