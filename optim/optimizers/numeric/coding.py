"""Numbers of a parameter space as points of the unit cube, where numeric methods work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any, TypeGuard

from optwright.errors import InputError
from optwright.optim.parameters import Integer, ParameterSpace, Real, Tunable
from optwright.optim.trial import JSON, Values

Point = tuple[float, ...]
"""One coordinate from 0 to 1 per numeric parameter, in the order of the space."""


def is_number(parameter: Tunable[Any]) -> TypeGuard[Real | Integer]:
    """Whether this is a number with room to move."""
    return isinstance(parameter, Real | Integer) and parameter.low < parameter.high


FEW_VALUES = 4


def has_few_values(parameter: Tunable[Any]) -> bool:
    """Whether this is a whole number with so few values that it is more like a choice."""
    return isinstance(parameter, Integer) and parameter.high - parameter.low < FEW_VALUES


class Coding:
    """Reads values as points and writes points as values.

    Bounds go to 0 and 1, on a log scale where the parameter has one. Parameters that are no
    numbers are left as they are in the values a point is written over. A space without numbers
    is an `InputError`.
    """

    def __init__(self, space: ParameterSpace) -> None:
        self.space = space
        self.numbers = tuple(p for p in space if is_number(p))
        if not self.numbers:
            raise InputError(
                f"none of the parameters {list(space.names)} is a number",
                hint="use a language-model optimizer for text, or 'random' for choices",
            )

    def __len__(self) -> int:
        return len(self.numbers)

    def point(self, values: Values) -> Point:
        return tuple(_to_unit(p, values[p.name]) for p in self.numbers)

    def values(self, point: Sequence[float], over: Values) -> dict[str, JSON]:
        """`over` with its numbers replaced by those nearest to `point`."""
        moved = {
            p.name: p.project(_from_unit(p, u)) for p, u in zip(self.numbers, point, strict=True)
        }
        return {**over, **moved}

    def snap(self, point: Sequence[float]) -> Point:
        """The nearest point that has values of its own: inside the cube, integers whole."""
        return self.point(self.values(point, {}))

    def steps(self) -> tuple[float, ...]:
        """The width of one whole step per coordinate; 0 where every number is allowed."""
        return tuple(
            1.0 / (p.high - p.low) if isinstance(p, Integer) and not p.log else 0.0
            for p in self.numbers
        )

    def direction(self, direction: Mapping[str, float]) -> Point:
        """Signs per coordinate: 1 where the number should rise, -1 fall, 0 unknown."""
        return tuple(_sign(direction.get(p.name, 0.0)) for p in self.numbers)


def _to_unit(parameter: Real | Integer, value: float) -> float:
    low, high = float(parameter.low), float(parameter.high)
    if parameter.log:
        return (log(value) - log(low)) / (log(high) - log(low))
    return (value - low) / (high - low)


def _from_unit(parameter: Real | Integer, unit: float) -> float:
    low, high = float(parameter.low), float(parameter.high)
    if parameter.log:
        return exp(log(low) + unit * (log(high) - log(low)))
    return low + unit * (high - low)


def _sign(number: float) -> float:
    return float((number > 0) - (number < 0))
