"""What a linear model limits, one side of one row or bound at a time, and which sides are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optwright.solvers.backends.searches import Change, Limits
from optwright.solvers.data.bound import Instance
from optwright.solvers.model.linear_model import Floats, Ints, LinearModel


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a row or of a bound. `element` is it as a reader writes it, `constraint` the
    part of the formulation it comes from (a decision for a bound); `columns` are those it adds up
    with `coefficients`, and `elements` what these are called."""

    element: str
    constraint: str
    is_row: bool
    place: int
    limit: float
    is_upper: bool
    is_equality: bool
    columns: tuple[int, ...]
    coefficients: tuple[float, ...]
    elements: tuple[str, ...]

    @property
    def decisions(self) -> tuple[str, ...]:
        """The decisions it is about."""
        return tuple(dict.fromkeys(e.split("[")[0] for e in self.elements))

    def missed_by(self, least: float, most: float) -> Change:
        """This side missed by `least` to `most`, everything else as it is."""
        if self.is_upper:
            return self._change((self.limit + least, self.limit + most))
        # A bound of 5 is missed by 4, not by -1: nobody makes less than nothing.
        floor = 0.0 if not self.is_row and self.limit > 0 else -np.inf
        return self._change((max(self.limit - most, floor), self.limit - least))

    def at_limit(self) -> Change:
        """This side just kept."""
        return self._change((self.limit, self.limit))

    def _change(self, limits: Limits) -> Change:
        at = {self.place: limits}
        return Change(rows=at) if self.is_row else Change(columns=at)

    def windows(self, model: LinearModel, best: Floats) -> tuple[tuple[float, float], ...]:
        """How far a plan that misses this side should miss it, least and most, to be tried in
        turn: from a tenth of the limit, or of what is added up where that is zero (shares,
        ratios), so that a reader sees it; then more, since whole numbers may not come so near."""
        sizes = zip(self.coefficients, self.columns, strict=True)
        term = max(abs(a * float(best[j])) for a, j in sizes)
        far = 0.1 * max(abs(self.limit), term, *map(abs, self.coefficients))
        # Beside terms in the thousands a reader does not see a limit of 5 missed by half.
        near = max(0.1 * abs(self.limit), 0.002 * term) if self.limit else 0.1 * term
        near = near or far
        return (near, 4 * near), (0.3 * near, 12 * near), (0.3 * near, 40 * far)

    def narrow_windows(self, model: LinearModel, best: Floats) -> tuple[tuple[float, float], ...]:
        """The same for a plan that shall miss this side by no more than a reader who adds it up
        sees, from a fiftieth of the limit."""
        near = self.windows(model, best)[0][0]
        return (0.2 * near, 0.5 * near), (0.2 * near, near), (0.2 * near, 4 * near)


def sides(model: LinearModel, instance: Instance) -> tuple[Side, ...]:
    """Every side that could be missed: of the formulation's rows, not of those that stand for a
    `max` or an `abs`; and of bounds other than zero. Where one decision may be negative down to a
    number, that another may not is asked about too."""
    own = _families(instance)
    found: list[Side] = []
    for row, name in enumerate(model.row_names):
        constraint = name.split("[")[0]
        if constraint in own:
            found += _of_row(model, row, constraint)
    kept = sum(instance.variables[v.name].size for v in instance.formulation.variables)
    lower = model.lower[:kept]
    signed = bool(np.any((lower < 0) & np.isfinite(lower)))
    for column in range(kept):
        found += _of_column(model, column, signed=signed)
    return tuple(found)


def _families(instance: Instance) -> set[str]:
    """The row names of the formulation's own constraints; `linearize` puts its own after them."""
    from optwright.solvers.language.rhs_attribution import stating_constraints

    return set(stating_constraints(instance.formulation))


def _of_row(model: LinearModel, row: int, constraint: str) -> list[Side]:
    entries = slice(int(model.starts[row]), int(model.starts[row + 1]))
    columns, coefficients = model.columns[entries], model.coefficients[entries]
    if not len(columns):
        return []
    low, high = float(model.row_lower[row]), float(model.row_upper[row])
    least, most = _reach(model, columns, coefficients)
    elements = tuple(model.column_names[j] for j in columns)
    made = (
        Side(
            model.row_names[row], constraint, True, row, limit, upper, low == high,
            tuple(columns.tolist()), tuple(coefficients.tolist()), elements,
        )
        for limit, upper in ((low, False), (high, True))
    )  # fmt: skip
    # A side that the bounds keep anyway says nothing.
    return [
        s
        for s in made
        if np.isfinite(s.limit) and (most > s.limit if s.is_upper else least < s.limit)
    ]


def _reach(model: LinearModel, columns: Ints, coefficients: Floats) -> tuple[float, float]:
    """The least and the most that the bounds let a row come to."""
    low, high = model.lower[columns], model.upper[columns]
    rising = coefficients > 0
    with np.errstate(invalid="ignore"):
        least = float(np.sum(coefficients * np.where(rising, low, high)))
        most = float(np.sum(coefficients * np.where(rising, high, low)))
    return least, most


def _of_column(model: LinearModel, column: int, *, signed: bool) -> list[Side]:
    low, high = float(model.lower[column]), float(model.upper[column])
    if model.integer[column] and low == 0.0 and high == 1.0:
        return []  # yes or no, as the reader is told
    name = model.column_names[column]
    of = name.split("[")[0]
    return [
        Side(name, of, False, column, limit, upper, low == high, (column,), (1.0,), (name,))
        for limit, upper in ((low, False), (high, True))
        if np.isfinite(limit) and (upper or limit > 0.0 or signed)
    ]


def alike(found: Sequence[Side], texts: dict[str, str]) -> list[list[Side]]:
    """Sides that say the same of other things: rows of one constraint, and rows that were written
    out one by one with the same words and the same numbers. `texts` are words by constraint."""
    groups: dict[object, list[Side]] = {}
    for side in found:
        words = texts.get(side.constraint, "")
        indexed = "[" in side.element
        key: object = (side.constraint, side.is_row, side.is_upper)
        if words and not indexed and side.is_row:
            key = (words, side.is_upper, side.limit, tuple(sorted(side.coefficients)))
        groups.setdefault(key, []).append(side)
    return list(groups.values())
