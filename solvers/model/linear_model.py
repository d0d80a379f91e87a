"""A linear program as arrays: what HiGHS eats, and what a large formulation is lowered to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwright.errors import FormulationError

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

TOLERANCE = 1e-6  # ten times what HiGHS keeps inside, so that rounding does not look like a lie
INFINITE = 1e20  # HiGHS, and most solvers, read a limit this large as none


@dataclass(frozen=True, slots=True)
class LinearModel:
    """min or max  offset + cost.x  with  row_lower <= A x <= row_upper,  lower <= x <= upper.

    n columns, m rows; A is stored by row (CSR): row r holds `columns[starts[r]:starts[r+1]]` with
    `coefficients` alike. Missing limits are +-inf. `integer[j]` says column j is integral;
    a binary column is integral with limits 0 and 1.
    """

    maximize: bool
    offset: float
    cost: Floats
    lower: Floats
    upper: Floats
    integer: Bools
    row_lower: Floats
    row_upper: Floats
    starts: Ints
    columns: Ints
    coefficients: Floats
    column_names: Sequence[str]
    row_names: Sequence[str]

    @property
    def has_integers(self) -> bool:
        return bool(self.integer.any())

    def objective(self, x: Floats) -> float:
        return self.offset + float(self.cost @ x)

    def entry_rows(self) -> NDArray[np.int64]:
        """The row of every stored coefficient."""
        return np.repeat(np.arange(len(self.row_lower)), np.diff(self.starts))

    def activities(self, x: Floats) -> Floats:
        """A x, one number a row."""
        terms = self.coefficients * x[self.columns]
        sums = np.bincount(self.entry_rows(), weights=terms, minlength=len(self.row_lower))
        return sums.astype(np.float64)

    def largest_by_row(self, entries: Floats) -> Floats:
        """The largest of |entries| in each row, 0 for an empty one."""
        largest = np.zeros(len(self.row_lower))
        filled = np.flatnonzero(np.diff(self.starts))
        if filled.size:  # an empty row is no step between two of these
            largest[filled] = np.maximum.reduceat(np.abs(entries), self.starts[filled])
        return largest

    def false_empty_row(self) -> str | None:
        """The name of a row that mentions no variable and does not hold, if there is one."""
        empty = np.diff(self.starts) == 0
        false = np.flatnonzero(empty & ((self.row_lower > 0) | (self.row_upper < 0)))
        return self.row_names[int(false[0])] if false.size else None

    def check(self) -> None:
        """Raise `FormulationError` if a number in it is not one a solver may see."""
        if not np.isfinite(self.offset):
            raise FormulationError(f"the objective's constant is {self.offset!r}")
        _all_finite(self.cost, "cost of", self.column_names)
        _limits(self.lower, self.upper, self.column_names)
        _limits(self.row_lower, self.row_upper, self.row_names)
        if not are_finite(self.coefficients):
            bad = np.flatnonzero(~np.isfinite(self.coefficients))
            column = self.column_names[int(self.columns[bad[0]])]
            row = self.row_names[int(self.entry_rows()[bad[0]])]
            number = float(self.coefficients[bad[0]])
            raise FormulationError(f"coefficient of {column!r} in {row!r} is {number!r}")

    def broken_by(self, x: Floats) -> str | None:
        """What a point breaks by more than `TOLERANCE`, in words, or None if it keeps all.

        A row may miss its limit by the tolerance times the largest of its limit, its terms, and
        its largest coefficient where that is below 1: `1e-9 x >= 1e-9` is not kept by x = 0.
        """
        if not np.isfinite(x).all():
            return "a value is not finite"
        off = np.where(self.integer, np.abs(x - np.round(x)), 0.0)
        if off.size and off.max() > TOLERANCE:
            return f"{self.column_names[int(off.argmax())]} is not integral"
        size = np.minimum(1.0, self.largest_by_row(self.coefficients))
        terms = self.largest_by_row(self.coefficients * x[self.columns])
        return _beyond(x, self.lower, self.upper, np.ones(len(x)), self.column_names) or _beyond(
            self.activities(x),
            self.row_lower,
            self.row_upper,
            np.maximum(size, terms),
            self.row_names,
        )


def linear_model(
    objective: Mapping[str, float],
    rows: Mapping[str, tuple[Mapping[str, float], str, float]],
    *,
    maximize: bool = False,
    limits: Mapping[str, tuple[float, float]] | None = None,
    integer: Collection[str] = (),
    offset: float = 0.0,
) -> LinearModel:
    """A small model by name; variables are those of the objective and of `limits`.

    A row is its coefficients, `<=`, `>=` or `==`, and the right-hand side. Without limits of its
    own a variable is between 0 and infinity.

    >>> linear_model({"x": 2.0}, {"least": ({"x": 1.0}, ">=", 3.0)}).row_lower
    array([3.])
    """
    limits = limits or {}
    names = list(dict.fromkeys([*objective, *limits]))
    place = {name: j for j, name in enumerate(names)}
    own = [limits.get(name, (0.0, np.inf)) for name in names]
    entries = [coefficients for coefficients, _, _ in rows.values()]
    sides = [(relation, side) for _, relation, side in rows.values()]
    return LinearModel(
        maximize=maximize,
        offset=offset,
        cost=np.array([objective.get(name, 0.0) for name in names], dtype=np.float64),
        lower=np.array([low for low, _ in own], dtype=np.float64),
        upper=np.array([high for _, high in own], dtype=np.float64),
        integer=np.array([name in integer for name in names], dtype=np.bool_),
        row_lower=np.array([-np.inf if relation == "<=" else side for relation, side in sides]),
        row_upper=np.array([np.inf if relation == ">=" else side for relation, side in sides]),
        starts=np.cumsum([0, *map(len, entries)], dtype=np.int32),
        columns=np.array([place[name] for row in entries for name in row], dtype=np.int32),
        coefficients=np.array([a for row in entries for a in row.values()], dtype=np.float64),
        column_names=names,
        row_names=list(rows),
    )


def are_finite(numbers: Floats) -> bool:
    """Whether all are, without an array of answers: a NaN is the least and the largest of any."""
    low, high = numbers.min(initial=0.0), numbers.max(initial=0.0)
    return bool(np.isfinite(low) and np.isfinite(high))


def _all_finite(numbers: Floats, what: str, names: Sequence[str]) -> None:
    if are_finite(numbers):
        return
    bad = np.flatnonzero(~np.isfinite(numbers))
    if bad.size:
        name, number = names[int(bad[0])], float(numbers[bad[0]])
        raise FormulationError(f"{what} {name!r} is {number!r}")


def _limits(lower: Floats, upper: Floats, names: Sequence[str]) -> None:
    """A limit may be infinite only on the side where that means none."""
    if lower.max(initial=-INFINITE) < INFINITE and upper.min(initial=INFINITE) > -INFINITE:
        return  # no NaN either: it is neither below nor above
    bad = np.flatnonzero(
        np.isnan(lower) | np.isnan(upper) | (lower >= INFINITE) | (upper <= -INFINITE)
    )
    if bad.size:
        j = int(bad[0])
        raise FormulationError(
            f"the limits of {names[j]!r} are {float(lower[j])!r} and {float(upper[j])!r}"
        )


def _beyond(
    x: Floats, lower: Floats, upper: Floats, size: Floats, names: Sequence[str]
) -> str | None:
    with np.errstate(invalid="ignore"):
        miss = np.maximum(lower - x, x - upper)
        limit = np.where(lower - x > x - upper, lower, upper)
        allowed = TOLERANCE * np.maximum(size, np.where(np.isfinite(limit), np.abs(limit), 0.0))
        worst = miss - allowed
    if not worst.size or worst.max() <= 0:
        return None
    r = int(worst.argmax())
    return f"{names[r]} misses its limit {float(limit[r]):g} by {float(miss[r]):g}"
