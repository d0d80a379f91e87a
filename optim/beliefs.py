"""What a person believes about where the best values lie, as weights that searchers may use.

A belief is a density over the values of some parameters. How much it may weigh is bounded: nothing
is believed less than `LEAST` of what is believed most, so that a wrong belief costs a bounded
factor and no value is ever ruled out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from typing import Any

from optwright.errors import InputError
from optwright.optim.number_parameters import Integer, Real
from optwright.optim.parameter import tagged
from optwright.optim.parameter_space import ParameterSpace
from optwright.optim.parameters import Choice, Tunable
from optwright.optim.trial import JSON, Values

LEAST = 0.01
"""Of the weight of what is believed most: the weight of what is believed least."""


@dataclass(frozen=True)
class Near:
    """The best value of a number is near `at`; in two cases of three not further off than `within`.

    Both are in the parameter's own unit. On a log scale it is the ratio that counts: `Near(2, 2)`
    goes from 1 to 4.
    """

    at: float
    within: float


Belief = Near | Mapping[Any, float]
"""`Near` for a number; for a choice the weights of its options, of which those that are left out
share what the least believed has."""


@dataclass(frozen=True)
class Beliefs:
    """Beliefs about a space; without any every value weighs the same."""

    by_name: Mapping[str, Belief] = field(default_factory=dict)

    @classmethod
    def about(cls, space: ParameterSpace, given: Mapping[str, Any] | None) -> Beliefs:
        """Beliefs that fit the space. Raises `InputError` for a name that is no number or choice,
        a value outside its limits, an option that is none, or a weight that is not positive."""
        for name, belief in (given or {}).items():
            if name not in space:
                raise InputError(
                    f"beliefs: there is no parameter {name!r}",
                    hint=f"the parameters are {', '.join(space.names)}",
                )
            _demand_fit(space[name], belief)
        return cls(dict(given or {}))

    def __bool__(self) -> bool:
        return bool(self.by_name)

    def weight(self, space: ParameterSpace, columns: Mapping[str, Sequence[Any]]) -> list[float]:
        """How much values are believed, from `LEAST` to 1; `columns` has those of each parameter,
        all of one length."""
        believed = [
            _log_weights(space[name], belief, columns[name])
            for name, belief in self.by_name.items()
        ]
        count = len(next(iter(columns.values()), ()))
        sums = map(sum, zip(*believed, strict=True)) if believed else [0.0] * count
        return [LEAST + (1.0 - LEAST) * exp(one) for one in sums]

    def start(self, space: ParameterSpace) -> list[dict[str, JSON]]:
        """What is believed most, to be tried at the beginning; none where those are the first
        values, or go against a constraint."""
        most = self.best(space, space.initial)
        same = space.key(most) == space.key(space.initial)
        return [] if same or space.broken(most) else [most]

    def to_json(self) -> dict[str, JSON]:
        """As what a run is known by."""
        return {
            name: [belief.at, belief.within]
            if isinstance(belief, Near)
            else [[option, weight] for option, weight in belief.items()]
            for name, belief in self.by_name.items()
        }

    def best(self, space: ParameterSpace, over: Values) -> dict[str, JSON]:
        """`over` with what is believed most."""
        found = dict(over)
        for name, belief in self.by_name.items():
            most = belief.at if isinstance(belief, Near) else max(belief, key=belief.__getitem__)
            found[name] = space[name].project(most)
        return found

    def __str__(self) -> str:
        """In a sentence, for whoever reads; empty without beliefs."""
        said = [f"{name} {_said(belief)}" for name, belief in self.by_name.items()]
        return f"It is believed, and may be wrong, that the best {', '.join(said)}." if said else ""


NO_BELIEFS = Beliefs()


def _demand_fit(parameter: Tunable[Any], belief: object) -> None:
    name = parameter.name
    if isinstance(parameter, Real | Integer) and isinstance(belief, Near):
        parameter.check(parameter.project(belief.at))
        if not parameter.low <= belief.at <= parameter.high:
            raise InputError(
                f"beliefs: {name} is believed near {belief.at!r}, which is outside "
                f"[{parameter.low!r}, {parameter.high!r}]"
            )
        if not belief.within > 0.0:
            raise InputError(f"beliefs: {name} within {belief.within!r} is not above 0")
        return
    if isinstance(parameter, Choice) and isinstance(belief, Mapping) and belief:
        for option, weight in belief.items():
            parameter.check(option)
            if not weight > 0.0:
                raise InputError(f"beliefs: {name}: the weight of {option!r} is not above 0")
        return
    raise InputError(
        f"beliefs: {name} is a {parameter.kind}, and {belief!r} says nothing about one",
        hint="Near(at, within) for a number, {option: weight} for a choice",
    )


def _log_weights(parameter: Tunable[Any], belief: Belief, values: Sequence[Any]) -> list[float]:
    """Of values, against the one that is believed most."""
    if isinstance(belief, Near):
        if getattr(parameter, "log", False):
            wide = log(1.0 + belief.within / belief.at)
            return [-0.5 * (log(value / belief.at) / wide) ** 2 for value in values]
        return [-0.5 * ((value - belief.at) / belief.within) ** 2 for value in values]
    weights = {tagged(option): weight for option, weight in belief.items()}
    most, least = max(weights.values()), min(weights.values()) * LEAST
    return [log(weights.get(tagged(value), least) / most) for value in values]


def _said(belief: Belief) -> str:
    if isinstance(belief, Near):
        return f"is within {belief.within:g} of {belief.at:g}"
    return f"is {max(belief, key=belief.__getitem__)!r}"
