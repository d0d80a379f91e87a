"""Loops, conditions, indices and constants of expressions, for all combinations at once.

The numbers stand here; `frames` has the combinations, `members` the indices, `conditions` and
`joins` what loops leave. What involves variables is left to the lowerings."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import NoReturn

import numpy as np

from optwright.errors import DataError, FaultyData, FormulationError, InputError
from optwright.solvers.data.bound import BoundParameter, Places, element_name, numbered
from optwright.solvers.data.conditions import OPERATORS
from optwright.solvers.data.frames import (
    Frame,
    grid_axes,
    place,
    spread,
    sum_by,
    summed,
    without_rounding,
)
from optwright.solvers.data.joins import Joins
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import Floats, are_finite

ROUNDING = 1e-12
"""What a quotient may be off by: 2.1 / 0.7 is a little more than 3, and its `ceil` is 3."""

DOUBTFUL = 1e-6
"""The share of its terms below which a sum is looked at for what their rounding leaves."""


FUNCTIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "ceil": lambda values: np.ceil(values - ROUNDING * np.maximum(1.0, np.abs(values))),
    "floor": lambda values: np.floor(values + ROUNDING * np.maximum(1.0, np.abs(values))),
    "round": np.round,
}


class Ground(Joins):
    """Works out the parts of one element's expressions that data alone decides.

    `element` is whose expressions they are, for messages. Every method raises `DataError` where
    a value is missing and `FormulationError` where an index leaves its set or a number is none.
    """

    def constant(self, node: ex.Expr, frame: Frame) -> Floats:
        """The value of an expression without variables, for each combination; all finite."""
        try:
            with np.errstate(all="ignore"):
                return self.finite(self._constant(node, frame), node, frame)
        except InputError as error:
            raise self.located(error, node) from error.__cause__

    def _constant(self, node: ex.Expr, frame: Frame) -> Floats:
        match node:
            case ex.Number(value):
                return np.broadcast_to(np.float64(value), (frame.size,))
            case ex.Ref(name) if name in frame.loops:
                return self._member_numbers(name, frame)
            case ex.Ref():
                return self._parameter(node, frame)
            case ex.Negate(operand):
                return -self.constant(operand, frame)
            case ex.Add(terms):
                return self._sum(node, [self.constant(term, frame) for term in terms], frame)
            case ex.Binary(symbol, left, right):
                sides = self.constant(left, frame), self.constant(right, frame)
                return np.asarray(OPERATORS[symbol](*sides), dtype=np.float64)
            case ex.Call():
                return self._call(node, frame)
            case ex.Aggregate():
                return self._aggregate(node, frame)
            case ex.Choice():
                return self._choice(node, frame)
            case ex.Count(conditions, generators):
                inner, parents = self.extend(frame, generators)
                holds = [self.mask(c, inner).astype(np.float64) for c in conditions]
                return sum_by(parents, reduce(operator.add, holds), frame.size)
            case ex.Piecewise():
                return self._piecewise(node, frame)
            case ex.Quoted(text):
                raise FormulationError(f"{self.element!r} uses the text {text!r} as a number")

    def _sum(self, node: ex.Add, parts: list[Floats], frame: Frame) -> Floats:
        """The sum of the terms; what rounding leaves of some that cancel is zero."""
        if frame.size > 1 and all(part.strides == (0,) for part in parts):  # one for all
            one = self._sum(node, [part[:1] for part in parts], frame.take(np.zeros(1, np.intp)))
            return np.broadcast_to(one[0], (frame.size,))
        found = reduce(operator.add, parts)
        sizes = reduce(operator.add, map(np.abs, parts))
        doubtful = np.flatnonzero((found != 0) & (np.abs(found) < DOUBTFUL * sizes))
        if doubtful.size:
            whole = self._size(node, frame.take(doubtful))
            operations = sum(1 for _ in ex.walk(node))
            found[doubtful] = without_rounding(found[doubtful], whole, operations)
        return found

    def _size(self, node: ex.Expr, frame: Frame) -> Floats:
        """How large the numbers are that a sum is made of, whatever cancels on the way."""
        match node:
            case ex.Negate(operand):
                return self._size(operand, frame)
            case ex.Add(terms):
                return reduce(operator.add, (self._size(term, frame) for term in terms))
            case ex.Binary("*" | "/" as symbol, left, right):
                other = self.constant if symbol == "/" else self._size
                sides = self._size(left, frame), other(right, frame)
                return np.asarray(np.abs(OPERATORS[symbol](*sides)), dtype=np.float64)
            case ex.Aggregate("sum", body, generators):
                inner, parents = self.extend(frame, generators)
                return sum_by(parents, self._size(body, inner), frame.size)
            case _:
                return np.abs(self.constant(node, frame))

    def _member_numbers(self, name: str, frame: Frame) -> Floats:
        loop = frame.loops[name]
        if loop.over.numbers is None:
            raise FormulationError(
                f"{self.element!r} uses {name!r} as a number, and the members of "
                f"{loop.over.name!r} are not all whole numbers"
            )
        return loop.over.numbers[loop.places]

    def _parameter(self, ref: ex.Ref, frame: Frame) -> Floats:
        if ref.name in self.instance.texts:
            raise FormulationError(
                f"{self.element!r} uses {ex.to_text(ref)!r}, which is a text, as a number"
            )
        parameter = self.instance.parameters[ref.name]
        axes = grid_axes(ref, parameter.sets, frame)
        if axes is not None and parameter.is_complete:
            return spread(parameter.values, axes, frame)
        places = self._indices(ref, parameter.sets, frame)
        found = parameter.at(places, frame.size)
        missing = np.flatnonzero(np.isnan(found))
        if missing.size:
            self._refuse_missing(ref, parameter, places, missing)
        return found

    def _refuse_missing(
        self, ref: ex.Ref, parameter: BoundParameter, places: list[Places], missing: Places
    ) -> NoReturn:
        if parameter.unread is not None:
            wanted = numbered([at[missing] for at in places], parameter.shape)
            if (fault := parameter.unread.fault(wanted.tolist())) is not None:
                raise fault
        members = [s.texts[at[missing[0]]] for s, at in zip(parameter.sets, places, strict=True)]
        more = f" and {missing.size - 1:,} others" if missing.size > 1 else ""
        condition = f"({', '.join(ex.to_text(i) for i in ref.indices)}) in {ref.name}"
        raise (FaultyData if self._lacks_rows(parameter) else DataError)(
            f"{self.element!r} needs {element_name(ref.name, members)}{more}, which has no value",
            hint=f"give the value, or a `default`, or leave the combination out with "
            f"`if {condition}`"
            if members
            else None,
        )

    def _lacks_rows(self, parameter: BoundParameter) -> bool:
        """Whether a table that should have a row for each member has most of them. Of pairs and
        larger combinations another formulation may do without those that are missing."""
        stated = self.instance.formulation.parameters
        from_table = any(p.name == parameter.name and p.column is not None for p in stated)
        if not from_table or len(parameter.sets) != 1:
            return False
        values = parameter.values
        return values.size < 2 * int(np.count_nonzero(~np.isnan(values)))

    def _choice(self, node: ex.Choice, frame: Frame) -> Floats:
        """Each side is worked out only where it is taken: the other may have no value there."""
        holds = self.mask(node.condition, frame)
        values = np.empty(frame.size)
        for part, rows in ((node.then, holds), (node.otherwise, ~holds)):
            places = np.flatnonzero(rows)
            if places.size:
                values[places] = self.constant(part, frame.take(places))
        return values

    def points(self, node: ex.Piecewise, frame: Frame) -> tuple[Floats, Floats]:
        """The places and values of the points, a row a combination; places must rise."""
        if node.generators:
            inner, parents = self.extend(frame, node.generators)
            counts = np.bincount(parents, minlength=frame.size)
            if frame.size and (counts.min() < 2 or counts.min() != counts.max()):
                raise FormulationError(
                    f"{self.element!r}: {ex.to_text(node)!r} needs the same number of points, two "
                    "or more, everywhere"
                )
            width = int(counts[0]) if frame.size else 2
            (at, value) = node.points[0]
            found = self.constant(at, inner), self.constant(value, inner)
            ats, values = (side.reshape(frame.size, width) for side in found)
        else:
            ats = np.stack([self.constant(at, frame) for at, _ in node.points], axis=1)
            values = np.stack([self.constant(value, frame) for _, value in node.points], axis=1)
        if not np.all(ats[:, 1:] > ats[:, :-1]):
            raise FormulationError(
                f"{self.element!r}: the points of {ex.to_text(node)!r} do not rise",
                hint="order them by where they are; two of one place are a jump, which has none",
            )
        return ats, values

    def _piecewise(self, node: ex.Piecewise, frame: Frame) -> Floats:
        ats, values = self.points(node, frame)
        argument = self.constant(node.argument, frame)
        if np.any((argument < ats[:, 0]) | (argument > ats[:, -1])):
            raise FormulationError(
                f"{self.element!r}: {ex.to_text(node.argument)!r} leaves the points of "
                f"{ex.to_text(node)!r}"
            )
        pairs = zip(argument, ats, values, strict=True)
        return np.array([np.interp(x, at, value) for x, at, value in pairs])

    def _call(self, node: ex.Call, frame: Frame) -> Floats:
        if node.function == "len" and isinstance(node.arguments[0], ex.Ref):
            return np.full(frame.size, float(len(self.instance.sets[node.arguments[0].name])))
        if node.function == "ord":
            member = self.member(node.arguments[0], frame)
            if member is None:
                raise FormulationError(
                    f"{self.element!r} takes the place of {ex.to_text(node.arguments[0])!r}, which "
                    "is no member of a set"
                )
            return np.asarray(member.places + 1, dtype=np.float64)
        if node.function in ex.MEMBER_FUNCTIONS:
            return self._as_number(node, frame)
        arguments = [self.constant(argument, frame) for argument in node.arguments]
        if node.function in FUNCTIONS:
            return FUNCTIONS[node.function](arguments[0])
        return reduce(np.minimum if node.function == "min" else np.maximum, arguments)

    def _aggregate(self, node: ex.Aggregate, frame: Frame) -> Floats:
        inner, parents = self.extend(frame, node.generators)
        values = self.constant(node.body, inner)
        if node.function == "sum":
            return summed(parents, values, frame.size)
        worst = np.inf if node.function == "min" else -np.inf
        best = np.full(frame.size, worst)
        (np.minimum if node.function == "min" else np.maximum).at(best, parents, values)
        return best

    def finite(self, values: Floats, node: ex.Expr, frame: Frame) -> Floats:
        """The values, if all are finite numbers."""
        if are_finite(values[:1] if values.strides == (0,) else values):
            return values
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            raise FormulationError(
                f"{self.element!r}{place(frame, int(bad[0]))}: {ex.to_text(node)!r} is "
                f"{float(values[bad[0]])}, not a number to compute with"
            )
        return values
