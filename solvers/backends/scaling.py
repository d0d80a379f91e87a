"""Bringing the numbers of a linear model into the range where HiGHS reads them as they are.

HiGHS drops coefficients below 1e-9, keeps rows to an absolute 1e-7 and calls costs below 1e-7
optimal whatever the point, so `1e-12 x >= 1` comes back infeasible and `max 1e-9 x` stops anywhere.
Factors are powers of two: they change no digit. Integer columns keep their scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from optwright.solvers.model.linear_model import INFINITE, Floats, LinearModel

COMFORT = (1e-3, 1e6)  # largest coefficient of a row, a column or the objective: left alone
SMALLEST = 1e-12  # HiGHS can be told to keep coefficients down to this
NOISE = 1e-14  # beside 1 this is what is left of 0.1 + 0.2 - 0.3, and meant as zero


@dataclass(frozen=True, slots=True)
class Scaling:
    """The scaled model has `rows[i] * a[i, j] * columns[j]` and `objective * cost * columns`."""

    rows: Floats
    columns: Floats
    objective: float

    @classmethod
    def of(cls, model: LinearModel) -> Self:
        """Factors that bring the largest coefficients near 1 where they are uncomfortable."""
        if _is_comfortable(model):
            return cls(_ones(len(model.row_lower)), _ones(len(model.cost)), 1.0)
        rows = _row_factors(model)
        entries = np.abs(model.coefficients) * rows[model.entry_rows()]
        largest = np.zeros(len(model.cost))
        np.maximum.at(largest, model.columns, entries)
        columns = np.where(model.integer, 1.0, _factors(largest))
        cost = float(np.abs(model.cost * columns).max(initial=0.0))
        return cls(rows, columns, float(_factors(np.array([cost]))[0]))

    @property
    def changes(self) -> bool:
        """Whether any factor is not 1."""
        if self.objective != 1:
            return True
        # Ones that are stored once, as `of` makes them, need one look.
        sides = (s[:1] if s.strides == (0,) else s for s in (self.rows, self.columns))
        return any(bool(np.any(side != 1)) for side in sides)

    def apply(self, model: LinearModel) -> LinearModel:
        if not self.changes:
            return model
        entry_factors = self.rows[model.entry_rows()] * self.columns[model.columns]
        return replace(
            model,
            offset=model.offset * self.objective,
            cost=model.cost * self.columns * self.objective,
            lower=model.lower / self.columns,
            upper=model.upper / self.columns,
            row_lower=model.row_lower * self.rows,
            row_upper=model.row_upper * self.rows,
            coefficients=model.coefficients * entry_factors,
        )


def too_wide(model: LinearModel, scaled: LinearModel) -> str | None:
    """Why HiGHS would solve another model than this one, or None if it would not."""
    if scaled is model and _range(model.coefficients)[0] >= SMALLEST:
        return None
    sizes = np.abs(scaled.coefficients)
    tiny = np.flatnonzero((sizes > NOISE) & (sizes < SMALLEST))
    if tiny.size:
        row = model.row_names[int(model.entry_rows()[tiny[0]])]
        column = model.column_names[int(model.columns[tiny[0]])]
        number = float(model.coefficients[tiny[0]])
        return f"the coefficient {number:g} of {column!r} in {row!r} is lost beside larger ones"
    for before, after, names in (
        (model.lower, scaled.lower, model.column_names),
        (model.upper, scaled.upper, model.column_names),
        (model.row_lower, scaled.row_lower, model.row_names),
        (model.row_upper, scaled.row_upper, model.row_names),
    ):
        lost = np.flatnonzero((np.abs(before) < INFINITE) & (np.abs(after) >= INFINITE))
        if lost.size:
            name, number = names[int(lost[0])], float(before[lost[0]])
            return f"the limit {number:g} of {name!r} is beyond what its coefficients can carry"
    return None


def _is_comfortable(model: LinearModel) -> bool:
    """Whether every coefficient is comfortable already, and the largest cost: then all rows and
    columns are, and nothing is scaled."""
    low, high = _range(model.coefficients)
    cost = float(np.abs(model.cost).max(initial=0.0))
    return (
        low >= COMFORT[0] and high <= COMFORT[1] and (cost == 0 or COMFORT[0] <= cost <= COMFORT[1])
    )


def _range(numbers: Floats) -> tuple[float, float]:
    """The smallest and the largest size."""
    if not len(numbers):
        return 1.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    if low > 0:  # most matrices; their sizes need not be written down
        return low, high
    sizes = np.abs(numbers)
    return float(sizes.min()), float(sizes.max())


def _ones(size: int) -> Floats:
    return np.broadcast_to(np.float64(1.0), (size,))


def _row_factors(model: LinearModel) -> Floats:
    """Factors by the largest coefficient of each row, that leave its smallest comfortable if it is.

    Beside a `1e7 b` an `x` would become `1e-7 x`, and its column be scaled so far that what a
    solver calls zero is a whole unit of it: `x + 1e7 b <= 1e7 + 3` would leave no x.
    """
    largest = model.largest_by_row(model.coefficients)
    factors = _factors(largest)
    sizes = np.abs(model.coefficients)
    smallest = np.where(largest > 0, largest, 1.0)
    there = sizes > NOISE
    np.minimum.at(smallest, model.entry_rows()[there], sizes[there])
    room = np.exp2(np.ceil(np.log2(COMFORT[0] / smallest)))
    held = (factors < 1) & (smallest >= COMFORT[0])
    return np.where(held, np.minimum(np.maximum(factors, room), 1.0), factors)


def _factors(largest: Floats) -> Floats:
    """1 for zero and comfortable numbers, else the power of two that brings them near 1."""
    fine = (largest == 0) | ((largest >= COMFORT[0]) & (largest <= COMFORT[1]))
    exponents = np.round(np.log2(np.where(fine, 1.0, largest)))
    return np.asarray(np.exp2(-exponents), dtype=np.float64)
