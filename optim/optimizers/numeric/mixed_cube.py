"""Numbers and choices of a space as rows of numbers that a surrogate can compare.

A number is a coordinate from 0 to 1, a choice has a column for each option. Orders, words and
code stay as the leader has them.
"""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwright.errors import InputError
from optwright.optim.optimizers.numeric.coding import Coding, is_number
from optwright.optim.optimizers.numeric.gaussian import Array
from optwright.optim.parameters import Choice, ParameterSpace
from optwright.optim.trial import JSON, Values

OTHER = 0.7  # the distance of two options along each of their columns
NEAR = (0.2, 0.05, 0.01)  # of the unit cube: how far neighbours are drawn
SWITCH = 0.2  # the chance of another option


class MixedCube:
    """Reads values as rows, draws rows at random and near others, and writes them as values.

    `groups` says for each column whose it is. A space with neither is an `InputError`.
    """

    def __init__(self, space: ParameterSpace) -> None:
        self.space = space
        self.numbers = tuple(p for p in space if is_number(p))
        self.choices = tuple(p for p in space if isinstance(p, Choice) and len(p.options) > 1)
        if not (self.numbers or self.choices):
            raise InputError(
                f"none of the parameters {list(space.names)} is a number or a choice",
                hint="text, code and orders need another optimizer",
            )
        self._coding = Coding(space) if self.numbers else None
        self._steps = np.array(self._coding.steps() if self._coding else (), dtype=float)
        widths = [1] * len(self.numbers) + [len(p.options) for p in self.choices]
        self.groups = [group for group, width in enumerate(widths) for _ in range(width)]

    def __len__(self) -> int:
        """How many parameters there are."""
        return len(self.numbers) + len(self.choices)

    def row(self, values: Values) -> Array:
        point = self._coding.point(values) if self._coding else ()
        places = [
            [(type(o), o) for o in p.options].index((type(values[p.name]), values[p.name]))
            for p in self.choices
        ]
        found: Array = self._rows(np.array([point]), np.array([places], dtype=int))[0]
        return found

    def values(self, row: Array, over: Values) -> dict[str, JSON]:
        """`over` with what a row says."""
        point, places = self._parts(row[None])
        found = self._coding.values(point[0].tolist(), over) if self._coding else dict(over)
        for parameter, place in zip(self.choices, places[0], strict=True):
            found[parameter.name] = parameter.options[int(place)]
        return found

    def columns(self, rows: Array) -> dict[str, list[Any]]:
        """The values of each parameter along the rows, by name."""
        points, places = self._parts(rows)
        found: dict[str, list[Any]] = {}
        for parameter, units in zip(self.numbers, points.T, strict=True):
            low, high = float(parameter.low), float(parameter.high)
            at = low * (high / low) ** units if parameter.log else low + (high - low) * units
            found[parameter.name] = at.tolist()
        for chosen, column in zip(self.choices, places.T, strict=True):
            found[chosen.name] = [chosen.options[place] for place in column]
        return found

    def anywhere(self, count: int, roll: Random) -> Array:
        """Rows drawn uniformly, shape (count, columns)."""
        generator = np.random.default_rng(roll.getrandbits(64))
        points = generator.random((count, len(self.numbers)))
        places = [generator.integers(len(p.options), size=count) for p in self.choices]
        return self._rows(points, np.array(places, dtype=int).reshape(-1, count).T)

    def near(self, row: Array, count: int, roll: Random, spread: float | None = None) -> Array:
        """Rows near a row: some of its numbers moved, now and then another option. `spread` is
        the deviation of all its numbers, where it is given."""
        generator = np.random.default_rng(roll.getrandbits(64))
        point, places = self._parts(row[None])
        points, kept = np.repeat(point, count, axis=0), np.repeat(places, count, axis=0)
        far = generator.choice(NEAR, size=(count, 1)) if spread is None else spread
        step = far * generator.normal(size=points.shape)
        if spread is None and len(self.numbers) > 1:
            some = generator.random(points.shape) < min(1.0, 3.0 / len(self.numbers))
            step = np.where(some | ~some.any(axis=1, keepdims=True), step, 0.0)
        for column, parameter in enumerate(self.choices):
            other = generator.integers(len(parameter.options), size=count)
            switched = generator.random(count) < SWITCH
            kept[switched, column] = other[switched]
        return self._rows(np.clip(points + step, 0.0, 1.0), kept)

    def _rows(self, points: Array, places: NDArray[np.intp]) -> Array:
        if len(self.numbers):
            whole = self._steps > 0
            points = points.copy()
            points[:, whole] = np.rint(points[:, whole] / self._steps[whole]) * self._steps[whole]
        columns = [points.reshape(len(places), -1)]
        columns += [
            OTHER * (places[:, [i]] == np.arange(len(p.options)))
            for i, p in enumerate(self.choices)
        ]
        return np.hstack(columns)

    def _parts(self, rows: Array) -> tuple[Array, NDArray[np.intp]]:
        start = len(self.numbers)
        points, places = rows[:, :start], []
        for parameter in self.choices:
            places.append(rows[:, start : start + len(parameter.options)].argmax(axis=1))
            start += len(parameter.options)
        return points, np.array(places, dtype=int).reshape(-1, len(rows)).T
