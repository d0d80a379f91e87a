"""Loops, conditions, indices and constants of expressions, for all combinations at once.

A `Frame` is the list of combinations a set of loops leaves, column by column. Everything here is
arithmetic on whole columns, so a sum over a million combinations costs a few numpy calls. What
involves variables is left to the lowerings.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from optwright.errors import DataError, FaultyData, FormulationError
from optwright.solvers.data.binding import (
    MAX_ELEMENTS,
    BoundSet,
    BoundVariable,
    Instance,
    element_name,
)
from optwright.solvers.data.table import key_text
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import Bools, Floats

Places = NDArray[np.intp]
"""One number a combination: a place in a set, a row, an element; -1 for none."""

FUNCTIONS: Mapping[str, Callable[[Floats], Floats]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
}

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}


@dataclass(frozen=True, eq=False)
class Loop:
    """Where one loop is, in each combination of a frame."""

    over: BoundSet
    places: Places

    def texts(self) -> NDArray[np.object_]:
        return np.array(self.over.texts, dtype=object)[self.places]


Side = Loop | NDArray[np.object_] | Floats
"""One side of a condition: members, texts or numbers."""


@dataclass(frozen=True, eq=False)
class Frame:
    """`size` combinations of loops; without loops there is one."""

    size: int = 1
    loops: Mapping[str, Loop] = field(default_factory=dict)

    def take(self, rows: Places) -> Frame:
        """The combinations at these rows, in this order."""
        taken = {name: Loop(at.over, at.places[rows]) for name, at in self.loops.items()}
        return Frame(len(rows), taken)

    def names(self, name: str) -> list[str]:
        """What an element of that name is called in each combination."""
        if not self.loops:
            return [name] * self.size
        columns = [loop.texts().tolist() for loop in self.loops.values()]
        return [f"{name}[{','.join(members)}]" for members in zip(*columns, strict=True)]


class Ground:
    """Works out the parts of one element's expressions that data alone decides.

    `element` is whose expressions they are, for messages. Every method raises `DataError` where
    a value is missing and `FormulationError` where an index leaves its set or a number is none.
    """

    def __init__(self, instance: Instance, element: str) -> None:
        self.instance = instance
        self.element = element
        self._variables = frozenset(instance.variables)

    def is_constant(self, node: ex.Expr) -> bool:
        return self._variables.isdisjoint(ex.names(node))

    # Loops

    def extend(self, frame: Frame, generators: tuple[ex.Generator, ...]) -> tuple[Frame, Places]:
        """The combinations inside these loops, and for each the row of `frame` it belongs to."""
        parents: Places = np.arange(frame.size)
        for generator in generators:
            over = self.instance.sets[generator.set]
            self._limit(frame.size * len(over))
            rows = np.repeat(np.arange(frame.size), len(over))
            places = np.tile(np.arange(len(over)), frame.size)
            frame = frame.take(rows)
            frame = Frame(frame.size, {**frame.loops, generator.name: Loop(over, places)})
            parents = parents[rows]
            if generator.condition is not None:
                kept = np.flatnonzero(self.mask(generator.condition, frame))
                frame, parents = frame.take(kept), parents[kept]
        return frame, parents

    def _limit(self, size: int) -> None:
        if size > MAX_ELEMENTS:
            raise FormulationError(
                f"{self.element!r} would loop over {size:,} combinations; {MAX_ELEMENTS:,} fit"
            )

    # Numbers

    def constant(self, node: ex.Expr, frame: Frame) -> Floats:
        """The value of an expression without variables, for each combination; all finite."""
        with np.errstate(all="ignore"):
            return self.finite(self._constant(node, frame), node, frame)

    def _constant(self, node: ex.Expr, frame: Frame) -> Floats:
        match node:
            case ex.Number(value):
                return np.full(frame.size, value)
            case ex.Ref(name) if name in frame.loops:
                return self._member_numbers(name, frame)
            case ex.Ref():
                return self._parameter(node, frame)
            case ex.Negate(operand):
                return -self.constant(operand, frame)
            case ex.Add(terms):
                return reduce(operator.add, (self.constant(term, frame) for term in terms))
            case ex.Binary(symbol, left, right):
                sides = self.constant(left, frame), self.constant(right, frame)
                return np.asarray(_OPERATORS[symbol](*sides), dtype=np.float64)
            case ex.Call():
                return self._call(node, frame)
            case ex.Aggregate():
                return self._aggregate(node, frame)
            case ex.Quoted(text):
                raise FormulationError(f"{self.element!r} uses the text {text!r} as a number")

    def _member_numbers(self, name: str, frame: Frame) -> Floats:
        loop = frame.loops[name]
        if loop.over.numbers is None:
            raise FormulationError(
                f"{self.element!r} uses {name!r} as a number, and the members of "
                f"{loop.over.name!r} are not all whole numbers"
            )
        return loop.over.numbers[loop.places]

    def _parameter(self, ref: ex.Ref, frame: Frame) -> Floats:
        parameter = self.instance.parameters[ref.name]
        places = [self._inside(ref, at, frame) for at in range(len(ref.indices))]
        values = parameter.values[tuple(places)] if places else parameter.values
        found = np.broadcast_to(values, (frame.size,))
        missing = np.flatnonzero(np.isnan(found))
        if missing.size:
            self._refuse_missing(ref, places, missing)
        return found

    def _refuse_missing(self, ref: ex.Ref, places: list[Places], missing: Places) -> NoReturn:
        sets = self.instance.parameters[ref.name].sets
        members = [s.texts[at[missing[0]]] for s, at in zip(sets, places, strict=True)]
        more = f" and {missing.size - 1:,} others" if missing.size > 1 else ""
        condition = f"({', '.join(ex.to_text(i) for i in ref.indices)}) in {ref.name}"
        raise (FaultyData if self._lacks_rows(ref.name) else DataError)(
            f"{self.element!r} needs {element_name(ref.name, members)}{more}, which has no value",
            hint=f"give the value, or leave the combination out with `if {condition}`"
            if members
            else None,
        )

    def _lacks_rows(self, parameter: str) -> bool:
        """Whether a table that should have a row for each member has most of them. Of pairs and
        larger combinations another formulation may do without those that are missing."""
        stated = self.instance.formulation.parameters
        from_table = any(p.name == parameter and p.column is not None for p in stated)
        values = self.instance.parameters[parameter].values
        there = np.count_nonzero(~np.isnan(values))
        return from_table and values.ndim == 1 and values.size < 2 * there

    def _call(self, node: ex.Call, frame: Frame) -> Floats:
        if node.function == "len" and isinstance(node.arguments[0], ex.Ref):
            return np.full(frame.size, float(len(self.instance.sets[node.arguments[0].name])))
        arguments = [self.constant(argument, frame) for argument in node.arguments]
        if node.function in FUNCTIONS:
            return FUNCTIONS[node.function](arguments[0])
        return reduce(np.minimum if node.function == "min" else np.maximum, arguments)

    def _aggregate(self, node: ex.Aggregate, frame: Frame) -> Floats:
        inner, parents = self.extend(frame, node.generators)
        values = self.constant(node.body, inner)
        if node.function == "sum":
            return sum_by(parents, values, frame.size)
        worst = np.inf if node.function == "min" else -np.inf
        best = np.full(frame.size, worst)
        (np.minimum if node.function == "min" else np.maximum).at(best, parents, values)
        return best

    def finite(self, values: Floats, node: ex.Expr, frame: Frame) -> Floats:
        """The values, if all are finite numbers."""
        bad = np.flatnonzero(~np.isfinite(values))
        if bad.size:
            raise FormulationError(
                f"{self.element!r}{place(frame, int(bad[0]))}: {ex.to_text(node)!r} is "
                f"{float(values[bad[0]])}, not a number to compute with"
            )
        return values

    # Members

    def elements(self, ref: ex.Ref, variable: BoundVariable, frame: Frame) -> Places:
        """The number of the variable's element in each combination."""
        if not ref.indices:
            return np.full(frame.size, variable.offset)
        places = [self._inside(ref, at, frame) for at in range(len(ref.indices))]
        flat = np.ravel_multi_index(tuple(places), variable.shape)
        return np.asarray(flat + variable.offset, dtype=np.intp)

    def _inside(self, ref: ex.Ref, at: int, frame: Frame) -> Places:
        """Places of the index at position `at`; a member that is not in the set is refused."""
        quantity = self.instance.parameters.get(ref.name) or self.instance.variables[ref.name]
        wanted = quantity.sets[at]
        places = self._places(ref.indices[at], wanted, frame)
        outside = np.flatnonzero(places < 0)
        if outside.size:
            row = int(outside[0])
            member = self._text(ref.indices[at], frame, row)
            raise FormulationError(
                f"{self.element!r}{place(frame, row)} uses {ex.to_text(ref)!r}, and {member} is "
                f"not a member of {wanted.name!r}",
                hint="leave such combinations out with a condition, as in `if t > 1`",
            )
        return places

    def _text(self, index: ex.Expr, frame: Frame, row: int) -> str:
        one = frame.take(np.array([row]))
        match index:
            case ex.Quoted(text):
                return repr(text)
            case ex.Ref(name) if name in frame.loops:
                return repr(one.loops[name].texts()[0])
            case _:
                return key_text(float(self.constant(index, one)[0]))

    def _places(self, index: ex.Expr, wanted: BoundSet, frame: Frame) -> Places:
        """Where an index stands in the set `wanted`; -1 where it is no member."""
        match index:
            case ex.Quoted(text):
                return np.full(frame.size, wanted.positions.get(text, -1))
            case ex.Ref(name) if name in frame.loops:
                loop = frame.loops[name]
                if loop.over is wanted:
                    return loop.places
                return _look_up(loop.over.texts, wanted)[loop.places]
            case _:
                values, places = np.unique(self.constant(index, frame), return_inverse=True)
                return _look_up([key_text(value) for value in values.tolist()], wanted)[places]

    # Conditions

    def mask(self, node: ex.Condition, frame: Frame) -> Bools:
        """In which combinations a condition holds."""
        match node:
            case ex.Comparison(symbol, left, right):
                return self._compare(symbol, self._side(left, frame), self._side(right, frame))
            case ex.Membership():
                found = self._member_mask(node, frame)
                return ~found if node.negated else found
            case ex.Not(operand):
                return ~self.mask(operand, frame)
            case ex.Junction(word, parts):
                join = np.logical_and if word == "and" else np.logical_or
                return reduce(join, (self.mask(part, frame) for part in parts))

    def _side(self, node: ex.Expr, frame: Frame) -> Side:
        match node:
            case ex.Quoted(text):
                return np.full(frame.size, text, dtype=object)
            case ex.Ref(name) if name in frame.loops:
                return frame.loops[name]
            case _:
                return self.constant(node, frame)

    def _compare(self, symbol: str, left: Side, right: Side) -> Bools:
        """Members compare as numbers if all are, else by their place in their set."""
        compare = _OPERATORS[symbol]
        numbers = _as_numbers(left), _as_numbers(right)
        if numbers[0] is not None and numbers[1] is not None:
            return np.asarray(compare(*numbers), dtype=np.bool_)
        if isinstance(left, Loop) and isinstance(right, Loop) and left.over is right.over:
            return np.asarray(compare(left.places, right.places), dtype=np.bool_)
        if symbol not in ("==", "!="):
            raise FormulationError(
                f"{self.element!r} compares members with {symbol!r} that have no common order"
            )
        return np.asarray(compare(_as_texts(left), _as_texts(right)), dtype=np.bool_)

    def _member_mask(self, node: ex.Membership, frame: Frame) -> Bools:
        if not isinstance(node.collection, str):
            item = self._side(node.items[0], frame)
            hits = (self._compare("==", item, self._side(m, frame)) for m in node.collection)
            return reduce(np.logical_or, hits)
        if (over := self.instance.sets.get(node.collection)) is not None:
            return self._places(node.items[0], over, frame) >= 0
        parameter = self.instance.parameters[node.collection]
        pairs = zip(node.items, parameter.sets, strict=True)
        places = [self._places(item, over, frame) for item, over in pairs]
        inside = np.all([at >= 0 for at in places], axis=0)
        # A place of -1 reads the last value, which `inside` then drops.
        given = ~np.isnan(parameter.values[tuple(places)])
        return np.asarray(inside & given, dtype=np.bool_)


def place(frame: Frame, row: int) -> str:
    """Where a combination is, for a message: ` at i = Lyon, t = 1`; empty without loops."""
    at = (f"{name} = {loop.over.members[loop.places[row]]}" for name, loop in frame.loops.items())
    return f" at {', '.join(at)}" if frame.loops else ""


def _look_up(texts: Sequence[str], wanted: BoundSet) -> Places:
    return np.array([wanted.positions.get(text, -1) for text in texts], dtype=np.intp)


def _as_numbers(side: Side) -> Floats | None:
    if isinstance(side, Loop):
        return None if side.over.numbers is None else side.over.numbers[side.places]
    return side.astype(np.float64) if side.dtype != np.object_ else None


def _as_texts(side: Side) -> NDArray[np.object_]:
    if isinstance(side, Loop):
        return side.texts()
    return np.array([text if isinstance(text, str) else key_text(text) for text in side], object)


def sum_by(parents: Places, values: Floats, size: int) -> Floats:
    """For each of `size` parents, the sum of its values."""
    return np.bincount(parents, weights=values, minlength=size).astype(np.float64)
