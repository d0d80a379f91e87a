"""Which costs, coefficients and limits of a draft move when one written number of it is changed.

Every place where a number is written - in the objective, a constraint, a named expression, a
parameter, a bound - is changed alone by a little and the draft lowered again: what differs in the
arrays is what that number does, however it is written. Nothing is solved.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Domain, Formulation
from optwright.solvers.model.linear_model import LinearModel

MOST_COLUMNS = 400
MOST_PLACES = 120
"""Of a larger draft nothing is said: each place is a lowering."""

_BUMP = 1 + 1 / 64
"""Of a binary fraction, so that what did not move is the same to the last bit."""

Entry = tuple[str, str]
"""A row and a column by their names."""


@dataclass(frozen=True)
class Place:
    """One written number: its value, and the draft with another value there."""

    element: str
    value: float
    put: Callable[[float], Formulation]


@dataclass(frozen=True)
class Moved:
    """What a number does. `limits` are rows whose limit moves; of a bound the column is its row."""

    costs: frozenset[str] = frozenset()
    entries: frozenset[Entry] = frozenset()
    limits: frozenset[str] = frozenset()

    @property
    def rows(self) -> frozenset[str]:
        return self.limits | {row for row, _ in self.entries}

    @property
    def columns(self) -> frozenset[str]:
        """The columns that the number counts for."""
        return self.costs | {column for _, column in self.entries}


@dataclass(frozen=True)
class Arrays:
    """A lowered draft, to be compared: rows by name, each with its coefficients and limits."""

    cost: Mapping[str, float]
    rows: Mapping[str, Mapping[str, float]]
    limits: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, formulation: Formulation, tables: Mapping[str, Table]) -> Arrays | None:
        """None for what cannot be lowered to arrays, or is too large."""
        try:
            arrays = Program(formulation, tables).arrays
        except OptwrightError:
            return None
        if arrays is None or len(arrays.column_names) > MOST_COLUMNS:
            return None
        return cls._of_arrays(arrays)

    @classmethod
    def _of_arrays(cls, arrays: LinearModel) -> Arrays:
        names = arrays.column_names
        cost = {names[j]: float(arrays.cost[j]) for j in map(int, np.flatnonzero(arrays.cost))}
        rows: dict[str, dict[str, float]] = {}
        limits = {}
        for r, row in enumerate(arrays.row_names):
            span = slice(arrays.starts[r], arrays.starts[r + 1])
            pairs = zip(arrays.columns[span], arrays.coefficients[span], strict=True)
            rows[row] = {names[j]: float(a) for j, a in pairs if a}
            limits[row] = (float(arrays.row_lower[r]), float(arrays.row_upper[r]))
        for j, name in enumerate(names):
            rows[bound_of(name)] = {name: 1.0}
            limits[bound_of(name)] = (float(arrays.lower[j]), float(arrays.upper[j]))
        return cls(cost, rows, limits)

    def moved(self, other: Arrays) -> Moved:
        """What differs in another one of the same rows and columns."""
        costs = {c for c in {*self.cost, *other.cost} if self.cost.get(c) != other.cost.get(c)}
        entries = {
            (row, column)
            for row, before in self.rows.items()
            for after in [other.rows.get(row, {})]
            for column in {*before, *after}
            if before.get(column) != after.get(column)
        }
        limits = {row for row, pair in self.limits.items() if other.limits.get(row) != pair}
        return Moved(frozenset(costs), frozenset(entries), frozenset(limits))


def bound_of(column: str) -> str:
    """The name of a column's bounds among rows."""
    return f"bound of {column}"


def differences(
    formulation: Formulation, tables: Mapping[str, Table]
) -> tuple[Arrays, tuple[tuple[Place, Moved], ...]] | None:
    """The draft's arrays, and what every written number of it does; None for a draft that is not
    linear, cannot be read or is too large."""
    whole = Arrays.of(formulation, tables)
    listed = tuple(places(formulation))
    if whole is None or len(listed) > MOST_PLACES:
        return None
    found = []
    for place in listed:
        changed = Arrays.of(place.put(place.value * _BUMP), tables)
        if changed is not None and changed.rows.keys() == whole.rows.keys():
            found.append((place, whole.moved(changed)))
    return whole, tuple(found)


def places(formulation: Formulation) -> Iterator[Place]:
    """Every number but 0 that is written in a formulation."""
    for at, objective in enumerate(formulation.objectives):
        element = "objective" if at == 0 else f"objective {at + 1}"
        yield from _in_text(element, objective.expression, _objective(formulation, at))
    for field in ("constraints", "expressions"):
        for at, part in enumerate(getattr(formulation, field)):
            yield from _in_text(part.name, part.expression, _part(formulation, field, at))
    for at, parameter in enumerate(formulation.parameters):
        put = _part(formulation, "parameters", at, "values")
        yield from _in_values(parameter.name, parameter.values, put)
    for at, variable in enumerate(formulation.variables):
        if variable.domain is Domain.BINARY:
            continue
        for side in ("lower", "upper"):
            bound = getattr(variable, side)
            if bound:
                yield Place(variable.name, bound, _part(formulation, "variables", at, side))


def _objective(formulation: Formulation, at: int) -> Callable[[Any], Formulation]:
    if at == 0:
        main = formulation.objective
        return lambda new: formulation.model_copy(
            update={"objective": main.model_copy(update={"expression": new})}
        )
    return _part(formulation, "further_objectives", at - 1)


def _part(
    formulation: Formulation, field: str, at: int, name: str = "expression"
) -> Callable[[Any], Formulation]:
    def put(new: Any) -> Formulation:
        parts = list(getattr(formulation, field))
        parts[at] = parts[at].model_copy(update={name: new})
        return formulation.model_copy(update={field: tuple(parts)})

    return put


def _in_text(element: str, text: str, put: Callable[[str], Formulation]) -> Iterator[Place]:
    for start, end in _numerals(text):
        value = float(text[start:end])
        if value:
            yield Place(element, value, _instead(text, start, end, put))


def _instead(
    text: str, start: int, end: int, put: Callable[[str], Formulation]
) -> Callable[[float], Formulation]:
    return lambda value: put(f"{text[:start]}{value!r}{text[end:]}")


def _numerals(text: str) -> Iterator[tuple[int, int]]:
    """Where numbers are written in an expression; those that name a member are changed in vain,
    for what results is no draft."""
    try:
        found = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return
    lines = text.splitlines(keepends=True)
    for token in found:
        if token.type == tokenize.NUMBER:
            before = sum(map(len, lines[: token.start[0] - 1]))
            yield before + token.start[1], before + token.end[1]


def _in_values(element: str, values: Any, put: Callable[[Any], Formulation]) -> Iterator[Place]:
    if isinstance(values, dict):
        for member, inner in values.items():
            yield from _in_values(element, inner, _under(values, member, put))
    elif values:
        yield Place(element, float(values), put)


def _under(
    values: Mapping[str, Any], member: str, put: Callable[[Any], Formulation]
) -> Callable[[Any], Formulation]:
    return lambda new: put({**values, member: new})
