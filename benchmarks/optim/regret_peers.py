"""Who is compared in `regret`: optwright and peers, on the same function with the same budget.

Peers run as their documentation shows. Those that know only numbers search the unit cube: a whole
number is rounded, a choice is a stretch of a side, an order is that of as many keys. A failed
evaluation counts for all of them; Optuna is told that the trial failed, the others get a value
worse than the worst seen so far.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import exp, inf, isfinite, log
from random import Random
from typing import Any

from optwright.benchmarks.optim.problems import Case
from optwright.optim.api import minimize
from optwright.optim.parameters import Choice, Integer, Permutation, Real, Tunable
from optwright.serving.budget import Budget

WORSE = 1e6  # than the worst value seen, for a failure


class Spent(Exception):
    """The evaluations are used up."""


@dataclass(slots=True)
class Counter:
    """The function for peers: counts, remembers the best, and ends at the budget."""

    case: Case
    best: float = inf
    worst: float = 0.0
    made: int = 0

    def __call__(self, values: Mapping[str, Any]) -> float:
        """The value; inf where it failed."""
        if self.made == self.case.evaluations:
            raise Spent
        self.made += 1
        try:
            value = float(self.case.function(**values))
        except ValueError:
            return inf
        self.best, self.worst = min(self.best, value), max(self.worst, value)
        return value

    def or_worse(self, values: Mapping[str, Any]) -> float:
        """The value; worse than any where it failed."""
        value = self(values)
        return value if isfinite(value) else self.worst + WORSE


@dataclass(frozen=True)
class Cube:
    """The parameters of a case as coordinates from 0 to 1."""

    parameters: Sequence[Tunable[Any]]

    def __len__(self) -> int:
        return sum(map(_width, self.parameters))

    @property
    def start(self) -> list[float]:
        return [at for p in self.parameters for at in _coordinates(p)]

    def values(self, point: Sequence[float]) -> dict[str, Any]:
        found, place = {}, 0
        for p in self.parameters:
            width = _width(p)
            found[p.name] = _value(p, [min(max(float(u), 0.0), 1.0) for u in point[place:][:width]])
            place += width
        return found


def _width(parameter: Tunable[Any]) -> int:
    return len(parameter.items) if isinstance(parameter, Permutation) else 1


def _coordinates(parameter: Tunable[Any]) -> list[float]:
    if isinstance(parameter, Permutation):
        count = len(parameter.items)
        return [(parameter.value.index(item) + 0.5) / count for item in parameter.items]
    if isinstance(parameter, Choice):
        return [(parameter.options.index(parameter.value) + 0.5) / len(parameter.options)]
    low, high, at = parameter.low, parameter.high, parameter.value
    if parameter.log:
        low, high, at = log(low), log(high), log(at)
    return [(at - low) / (high - low)]


def _value(parameter: Tunable[Any], units: Sequence[float]) -> Any:
    if isinstance(parameter, Permutation):
        return [item for _, item in sorted(zip(units, parameter.items, strict=True))]
    if isinstance(parameter, Choice):
        return parameter.options[
            min(int(units[0] * len(parameter.options)), len(parameter.options) - 1)
        ]
    low, high = parameter.low, parameter.high
    if parameter.log:
        return parameter.project(exp(log(low) + units[0] * (log(high) - log(low))))
    return parameter.project(low + units[0] * (high - low))


def own(case: Case, seed: int) -> float:
    budget = Budget(evaluations=case.evaluations)
    return minimize(case.function, case.parameters, budget=budget, seed=seed).score


def optuna_tpe(case: Case, seed: int) -> float:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({name: at for p in case.parameters for name, at in _enqueued(p).items()})
    count = Counter(case)

    def objective(trial: Any) -> float:
        value = count({p.name: _suggested(trial, p) for p in case.parameters})
        if not isfinite(value):
            raise ValueError("failed")
        return value

    study.optimize(objective, n_trials=case.evaluations, catch=(ValueError,))
    return count.best


def _enqueued(parameter: Tunable[Any]) -> dict[str, Any]:
    if isinstance(parameter, Permutation):
        return {f"{parameter.name}/{i}": at for i, at in enumerate(_coordinates(parameter))}
    return {parameter.name: parameter.value}


def _suggested(trial: Any, parameter: Tunable[Any]) -> Any:
    if isinstance(parameter, Choice):
        return trial.suggest_categorical(parameter.name, list(parameter.options))
    if isinstance(parameter, Integer):
        return trial.suggest_int(parameter.name, parameter.low, parameter.high)
    if isinstance(parameter, Permutation):
        places = range(len(parameter.items))
        return _value(
            parameter, [trial.suggest_float(f"{parameter.name}/{i}", 0, 1) for i in places]
        )
    assert isinstance(parameter, Real)
    return trial.suggest_float(parameter.name, parameter.low, parameter.high, log=parameter.log)


def scipy_de(case: Case, seed: int) -> float:
    from scipy.optimize import differential_evolution

    count, cube = Counter(case), Cube(case.parameters)
    with suppress(Spent):
        differential_evolution(
            lambda point: count.or_worse(cube.values(point)),
            [(0.0, 1.0)] * len(cube),
            seed=seed,
            x0=cube.start,
            popsize=4,
            maxiter=1000,
        )
    return count.best


def cma_es(case: Case, seed: int) -> float:
    import cma

    count, cube = Counter(case), Cube(case.parameters)
    options: dict[str, Any] = {"bounds": [0.0, 1.0], "seed": seed + 1, "verbose": -9}
    with suppress(Spent):
        count.or_worse(cube.values(cube.start))
        while True:  # restarts until the budget is spent
            strategy = cma.CMAEvolutionStrategy(cube.start, 0.3, options)
            while not strategy.stop():
                points = strategy.ask()
                strategy.tell(points, [count.or_worse(cube.values(point)) for point in points])
            options["seed"] += 1000
    return count.best


def nevergrad_ngopt(case: Case, seed: int) -> float:
    import nevergrad
    import numpy as np

    space = nevergrad.p.Dict(**{p.name: _instrumented(nevergrad, p) for p in case.parameters})
    space.random_state = np.random.RandomState(seed)
    optimizer = nevergrad.optimizers.NGOpt(parametrization=space, budget=case.evaluations)
    count, orders = Counter(case), {p.name: p for p in case.parameters if _width(p) > 1}
    optimizer.suggest({p.name: _suggestion(p) for p in case.parameters})
    with suppress(Spent):
        while True:
            asked = optimizer.ask()
            values = {n: _value(orders[n], v) if n in orders else v for n, v in asked.value.items()}
            optimizer.tell(asked, count.or_worse(values))
    return count.best


def _instrumented(nevergrad: Any, parameter: Tunable[Any]) -> Any:
    if isinstance(parameter, Permutation):
        return nevergrad.p.Array(init=_coordinates(parameter)).set_bounds(0.0, 1.0)
    if isinstance(parameter, Choice):
        return nevergrad.p.Choice(list(parameter.options))
    low, high, at = parameter.low, parameter.high, parameter.value
    if parameter.log:
        return nevergrad.p.Log(init=at, lower=low, upper=high)
    scalar = nevergrad.p.Scalar(init=at, lower=low, upper=high)
    return scalar.set_integer_casting() if isinstance(parameter, Integer) else scalar


def _suggestion(parameter: Tunable[Any]) -> Any:
    import numpy as np

    if isinstance(parameter, Permutation):
        return np.array(_coordinates(parameter))
    return parameter.value


def random_search(case: Case, seed: int) -> float:
    roll, count, cube = Random(seed), Counter(case), Cube(case.parameters)
    with suppress(Spent):
        count(cube.values(cube.start))
        while True:
            count(cube.values([roll.random() for _ in range(len(cube))]))
    return count.best


SYSTEMS: Mapping[str, Callable[[Case, int], float]] = {
    "optwright": own,
    "optuna": optuna_tpe,
    "cma": cma_es,
    "scipy DE": scipy_de,
    "nevergrad": nevergrad_ngopt,
    "random": random_search,
}
