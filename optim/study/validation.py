"""What a caller has to get right: each slip is a sentence, before anything runs or is paid for, or
after the first run where only that can tell."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optwright.errors import InputError
from optwright.optim.optimizer import Optimizer
from optwright.optim.parameters import Constraint, ParameterSpace, Tunable
from optwright.optim.trial import Trial
from optwright.serving.budget import Budget


def as_space(
    parameters: Iterable[Tunable[Any]] | ParameterSpace, constraints: Sequence[Constraint] = ()
) -> ParameterSpace:
    """The parameters as a space; `InputError` for what is not a list of parameters."""
    for constraint in constraints:
        demand_callable(constraint, "a constraint")
    if isinstance(parameters, ParameterSpace):
        if constraints:
            return ParameterSpace(parameters.parameters, (*parameters.constraints, *constraints))
        return parameters
    if isinstance(parameters, Tunable | Mapping | str) or not isinstance(parameters, Iterable):
        raise InputError(
            f"parameters are {type(parameters).__name__}, not a list of parameters",
            hint="write them [ow.Real(...), ow.Choice(...)]",
        )
    found = tuple(parameters)
    for parameter in found:
        if not isinstance(parameter, Tunable):
            raise InputError(f"{parameter!r} is not a parameter", hint="ow.Real, ow.Text, ...")
    if not found:
        raise InputError("there are no parameters to change", hint="name at least one")
    return ParameterSpace(found, constraints)


def as_budget(budget: Budget | str, *, ends: bool) -> Budget:
    """The budget, read if it is text. `ends` says whether something else ends the run: without
    it, a budget that limits nothing would go on for ever."""
    if isinstance(budget, str):
        budget = Budget.parse(budget)
    if not isinstance(budget, Budget):
        raise InputError(
            f"budget {budget!r} is no budget", hint="write it ow.Budget(evaluations=100)"
        )
    if budget == Budget() and not ends:
        raise InputError(
            "the budget limits nothing, so the run would never end",
            hint="limit it, such as ow.Budget(evaluations=100), or give patience or stop_at",
        )
    return budget


def demand_function(function: object, names: Iterable[str]) -> None:
    """Raise `InputError` unless `function` can be called with arguments of these names."""
    demand_callable(function, "the function")
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]  # it is callable
    except (TypeError, ValueError):
        return  # written in C, it may take anything
    try:
        signature.bind(**dict.fromkeys(names))
    except TypeError as error:
        raise InputError(
            f"the function cannot be called with the parameters {', '.join(names)}: {error}",
            hint="its arguments are the names of the parameters",
        ) from None


def demand_directions(optimizer: Optimizer, trials: Sequence[Trial]) -> None:
    """Raise `InputError` when the optimizer follows directions alone and none of the runs that came
    to an end gave any."""
    if not getattr(optimizer, "needs_directions", False):
        return
    ended = [trial for trial in trials if not trial.failed]
    if ended and not any(trial.direction for trial in ended):
        raise InputError(
            f"the optimizer {optimizer.name!r} follows directions, and none was given",
            hint="return (score, {name: 1.0 where it should rise, -1.0 where it should fall}), or "
            "take optimizer='portfolio'",
        )


def demand_metric(metric: object) -> None:
    """Raise `InputError` unless it can be called with an example and an output."""
    demand_callable(metric, "the metric")
    try:
        signature = inspect.signature(metric)  # type: ignore[arg-type]  # it is callable
    except (TypeError, ValueError):
        return  # written in C, it may take anything
    try:
        signature.bind("example", "output")
    except TypeError as error:
        raise InputError(
            f"the metric cannot be called with an example and an output: {error}",
            hint="write it def metric(example, output)",
        ) from None


def demand_callable(function: object, what: str) -> None:
    """Raise `InputError` unless it can be called."""
    if not callable(function):
        raise InputError(f"{what} is {function!r}, which cannot be called")


def demand_workers(count: int, timeout_s: float | None) -> None:
    """Raise `InputError` for less than one worker, or no time at all for a run."""
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise InputError(f"workers={count!r} is not a whole number from 1 up")
    if timeout_s is not None and not timeout_s > 0:
        raise InputError(f"timeout_s={timeout_s!r} is not a number of seconds above 0, or None")
