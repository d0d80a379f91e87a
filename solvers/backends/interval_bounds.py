"""Between which numbers an expression lies, whatever values the decisions take within their bounds.

This is where the large numbers of disjunctions come from: as small as the bounds allow. Where a
decision has no bound of its own, one is derived from the linear constraints if these imply one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.backends.arrays import Rows, rows_of
from optwright.solvers.backends.linearity import nonlinear_part
from optwright.solvers.data.bound import BoundVariable, Instance
from optwright.solvers.data.frames import Frame, sum_by
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.data.variable_binding import element_bounds
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import Floats

ROUNDS = 5  # of deriving bounds from bounds through rows
LARGEST = 1e9  # a derived bound beyond this says nothing a solver could use

Interval = tuple[Floats, Floats]


class Bounds:
    """Intervals of expressions over the decisions of an instance and those added to it."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._added: dict[str, Interval] = {}
        self.derived: set[str] = set()
        """Decisions of whose bounds some were derived."""

    def add(self, variable: BoundVariable) -> None:
        """Take note of a decision that was not in the instance."""
        self._added[variable.variable.name] = element_bounds(variable)

    def of(self, node: ex.Expr, frame: Frame, ground: Ground) -> Interval:
        """The least and the greatest value in each combination, infinite where there is none."""
        with np.errstate(all="ignore"):
            low, high = self._of(node, frame, ground)
        return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)

    def _of(self, node: ex.Expr, frame: Frame, ground: Ground) -> Interval:
        if ground.is_constant(node):
            values = ground.constant(node, frame)
            return values, values
        match node:
            case ex.Ref(name):
                variable = ground.instance.variables[name]
                at = ground.elements(node, variable, frame) - variable.offset
                low, high = self.variable(name)
                return low[at], high[at]
            case ex.Negate(operand):
                low, high = self._of(operand, frame, ground)
                return -high, -low
            case ex.Add(terms):
                parts = [self._of(term, frame, ground) for term in terms]
                return np.sum([p[0] for p in parts], axis=0), np.sum([p[1] for p in parts], axis=0)
            case ex.Binary("*", left, right):
                return _product(self._of(left, frame, ground), self._of(right, frame, ground))
            case ex.Binary("/", left, right) if ground.is_constant(right):
                factors = 1 / ground.constant(right, frame)
                return _product(self._of(left, frame, ground), (factors, factors))
            case ex.Binary("**", left, ex.Number(power)) if power == int(power) and power > 0:
                return _power(self._of(left, frame, ground), int(power))
            case ex.Call("abs", (operand,)):
                low, high = self._of(operand, frame, ground)
                least = np.where((low <= 0) & (high >= 0), 0.0, np.minimum(abs(low), abs(high)))
                return least, np.maximum(abs(low), abs(high))
            case ex.Call("min" | "max" as function, arguments):
                choose = np.minimum if function == "min" else np.maximum
                parts = [self._of(argument, frame, ground) for argument in arguments]
                return choose.reduce([p[0] for p in parts]), choose.reduce([p[1] for p in parts])
            case ex.Aggregate(function, body, generators):
                inner, parents = ground.extend(frame, generators)
                low, high = self._of(body, inner, ground)
                if function == "sum":
                    return sum_by(parents, low, frame.size), sum_by(parents, high, frame.size)
                return tuple(_extreme(function, parents, v, frame.size) for v in (low, high))  # type: ignore[return-value]  # of two
            case ex.Choice(_, then, otherwise):
                sides = self._of(then, frame, ground), self._of(otherwise, frame, ground)
                return np.minimum(sides[0][0], sides[1][0]), np.maximum(sides[0][1], sides[1][1])
            case ex.Count(conditions, generators):
                inner, parents = ground.extend(frame, generators)
                most = sum_by(parents, np.ones(inner.size), frame.size) * len(conditions)
                return np.zeros(frame.size), most
            case ex.Piecewise():
                _, values = ground.points(node, frame)
                return values.min(axis=1), values.max(axis=1)
            case _:
                return np.full(frame.size, -np.inf), np.full(frame.size, np.inf)

    def variable(self, name: str) -> Interval:
        """The bounds of each element of a decision, derived ones where it has none of its own."""
        if name in self._added:
            return self._added[name]
        low, high = _widened(self._instance.variables[name])
        if np.isfinite(low).all() and np.isfinite(high).all():
            return low, high
        found = self._implied.get(name)
        if found is None:
            return low, high
        better = (
            np.where(np.isfinite(low), low, found[0]),
            np.where(np.isfinite(high), high, found[1]),
        )
        if any(not np.array_equal(a, b) for a, b in zip(better, (low, high), strict=True)):
            self.derived.add(name)
        return better

    @cached_property
    def _implied(self) -> Mapping[str, Interval]:
        """Bounds that the linear constraints imply, for all decisions at once."""
        variables = list(self._instance.variables.values())
        bounds = [element_bounds(v) for v in variables]
        semi = [v.variable.semicontinuous for v in variables]
        low = np.concatenate(
            [np.minimum(b[0], 0) if s else b[0] for b, s in zip(bounds, semi, strict=True)]
        )
        high = np.concatenate(
            [np.maximum(b[1], 0) if s else b[1] for b, s in zip(bounds, semi, strict=True)]
        )
        rows = list(self._linear_rows())
        for _ in range(ROUNDS):
            before = low.copy(), high.copy()
            for part in rows:
                _tighten(part, low, high)
            if np.array_equal(before[0], low) and np.array_equal(before[1], high):
                break
        low[np.abs(low) > LARGEST] = -np.inf
        high[np.abs(high) > LARGEST] = np.inf
        return {
            v.variable.name: (low[v.offset : v.offset + v.size], high[v.offset : v.offset + v.size])
            for v in variables
        }

    def _linear_rows(self) -> Sequence[Rows]:
        found = []
        for family in self._instance.families:
            if not isinstance(family.statement, ex.Comparison):
                continue
            sides = (family.statement.left, family.statement.right)
            if family.statement.operator not in ("<=", ">=", "=="):
                continue
            if any(nonlinear_part(s, self._instance.variables.keys()) is not None for s in sides):
                continue
            try:
                found.append(rows_of(family, self._instance))
            except FormulationError:
                continue  # told when the row itself is lowered
        return found


def _widened(variable: BoundVariable) -> Interval:
    """The bounds of a variable, with 0 where it may be that as well."""
    low, high = element_bounds(variable)
    if variable.variable.semicontinuous:
        return np.minimum(low, 0.0), np.maximum(high, 0.0)
    return low, high


def _tighten(rows: Rows, low: Floats, high: Floats) -> None:
    """Bounds of columns that a row implies, given those of its other columns."""
    if not len(rows.columns):
        return
    row = np.repeat(np.arange(len(rows.lower)), np.diff(rows.starts))
    a, column = rows.coefficients, rows.columns
    for limit, sign in ((rows.upper, 1.0), (-rows.lower, -1.0)):
        # sign * a.x <= limit: what all others add at the least leaves the rest to this column.
        b = sign * a
        least = np.where(b > 0, b * low[column], b * high[column])
        endless = np.isinf(least)
        count = np.bincount(row, weights=endless, minlength=len(limit))
        known = np.bincount(row, weights=np.where(endless, 0.0, least), minlength=len(limit))
        others = np.where(endless, known[row], known[row] - np.where(endless, 0.0, least))
        free = (count[row] - endless) > 0
        bound = (limit[row] - others) / b
        usable = ~free & np.isfinite(bound)
        up, down = usable & (b > 0), usable & (b < 0)
        np.minimum.at(high, column[up], bound[up])
        np.maximum.at(low, column[down], bound[down])


def _product(one: Interval, other: Interval) -> Interval:
    ends = [_times(a, b) for a in one for b in other]
    return np.min(ends, axis=0), np.max(ends, axis=0)


def _times(a: Floats, b: Floats) -> Floats:
    """0 times no bound is 0 here: the factor is data, or the product is never formed."""
    return np.where((a == 0) | (b == 0), 0.0, a * b)


def _power(base: Interval, power: int) -> Interval:
    low, high = base[0] ** power, base[1] ** power
    if power % 2:
        return low, high
    least = np.where((base[0] <= 0) & (base[1] >= 0), 0.0, np.minimum(low, high))
    return least, np.maximum(low, high)


def _extreme(function: str, parents: np.ndarray, values: Floats, size: int) -> Floats:
    worst = np.full(size, np.inf if function == "min" else -np.inf)
    (np.minimum if function == "min" else np.maximum).at(worst, parents, values)
    return worst
