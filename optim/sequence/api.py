"""`minimize` over a sequence of instances, each run once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import product
from math import inf, isfinite
from time import perf_counter
from typing import Any

import numpy as np

from optwright.errors import InputError
from optwright.optim.parameters import Choice, Integer, ParameterSpace, Real, Tunable
from optwright.optim.sequence.contextual import Contextual
from optwright.optim.trial import Evaluation, Suggestion, Trial, as_json
from optwright.serving.budget import Budget

ARMS = 20  # values of a number
MOST_ARMS = 200

Values = dict[str, Any]


def arms_of(space: ParameterSpace) -> list[Values]:
    """Every combination of the values of a space: all options, all whole numbers where these are
    few, else 20 values between the limits, evenly by size or by ratio. Raises `InputError` where
    they are too many or a parameter has no such values."""
    listed = [_values(parameter) for parameter in space]
    count = 1
    for values in listed:
        count *= len(values)
    if count > MOST_ARMS:
        raise InputError(
            f"the parameters have {count:,} combinations; at most {MOST_ARMS} can be told apart "
            "along a sequence",
            hint="give a Choice with the values that matter",
        )
    return [dict(zip(space.names, values, strict=True)) for values in product(*listed)]


def _values(parameter: Tunable[Any]) -> list[Any]:
    match parameter:
        case Choice():
            return list(parameter.options)
        case Integer() if parameter.high - parameter.low < ARMS:
            return list(range(parameter.low, parameter.high + 1))
        case Integer() | Real():
            spread = _spread(parameter.low, parameter.high, log=parameter.log)
            found = dict.fromkeys(parameter.project(value) for value in spread)
            return list(found)
    raise InputError(
        f"{parameter.name!r} is a {type(parameter).__name__}; along a sequence numbers and choices "
        "are tried"
    )


def _spread(low: float, high: float, *, log: bool) -> list[float]:
    shares = [k / (ARMS - 1) for k in range(ARMS)]
    if log:
        return [low * (high / low) ** share for share in shares]
    return [low + (high - low) * share for share in shares]


def run_sequence(
    function: Callable[..., Any],
    space: ParameterSpace,
    instances: Iterable[Any],
    context: Callable[[Any], Hashable] | None = None,
    *,
    budget: Budget | None = None,
    seed: int = 0,
) -> tuple[Values, list[Trial], float]:
    """Run `function(instance, **values)` once for each instance with values that a bandit chooses;
    the values it prefers at the end, every run as a trial, and the seconds.

    The function returns a number from 0 up, the lower the better. One that raises or returns none
    counts twice the largest so far. `context` says which kind an instance is of. `budget` ends the
    sequence by its evaluations or seconds.
    """
    arms = arms_of(space)
    bandits = Contextual(len(arms), seed)
    trials, began, worst = list[Trial](), perf_counter(), 1.0
    for number, instance in enumerate(instances):
        if _is_spent(budget, number, perf_counter() - began):
            break
        arm = bandits.choose("" if context is None else str(context(instance)))
        loss, fault = _loss(function, instance, arms[arm])
        if loss is None:
            loss = 2 * worst
        worst = max(worst, loss)
        bandits.learn(loss)
        score = -inf if fault else -loss
        trials.append(
            Trial(number, Suggestion(as_json(arms[arm]), "tsallis"), score,
                  (Evaluation(score, fault=fault),))
        )  # fmt: skip
    return arms[_preferred(bandits)], trials, perf_counter() - began


def _is_spent(budget: Budget | None, runs: int, seconds: float) -> bool:
    if budget is None:
        return False
    most, most_s = budget.evaluations, budget.seconds
    return (most is not None and runs >= most) or (most_s is not None and seconds >= most_s)


def _loss(function: Callable[..., Any], instance: Any, values: Values) -> tuple[float | None, str]:
    """What a run cost, or None and what was wrong with it."""
    try:
        found = float(function(instance, **values))
    except Exception as error:  # noqa: BLE001  (the user's code may raise anything)
        return None, f"{type(error).__name__}: {error}"
    if not isfinite(found) or found < 0:
        return None, f"returned {found!r}, and a number from 0 up is asked for"
    return found, ""


def _preferred(bandits: Contextual) -> int:
    """The arm that is likeliest now, each context counted as often as it came."""
    total = np.zeros(bandits.arms)
    for bandit in bandits.bandits.values():
        total += bandit.shares() * bandit.rounds
    return int(np.argmax(total))
