"""Loops, conditions, indices and constants of expressions, for all combinations at once.

A `Frame` is the list of combinations a set of loops leaves, column by column. Everything here is
arithmetic on whole columns, so a sum over a million combinations costs a few numpy calls. What
involves variables is left to the lowerings.
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial, reduce
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from optwright.errors import DataError, FaultyData, FormulationError
from optwright.solvers.data.bound import (
    MAX_ELEMENTS,
    BoundParameter,
    BoundSet,
    BoundText,
    BoundVariable,
    Instance,
    Places,
    element_name,
)
from optwright.solvers.data.table import key_text
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import Bools, Floats, are_finite

ROUNDING = 1e-12
"""What a quotient may be off by: 2.1 / 0.7 is a little more than 3, and its `ceil` is 3."""

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

_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
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
    """Where one loop is, in each combination of a frame; -1 where it has left its set.

    Places that nobody reads are never written down: they are given, or the work that finds them.
    A loop with an `axis` runs through its whole set along that axis of its frame's grid.
    """

    over: BoundSet
    given: Places | Callable[[], Places]
    axis: int | None = None

    @cached_property
    def places(self) -> Places:
        return self.given() if callable(self.given) else self.given

    def take(self, rows: Places) -> Loop:
        """The loop at these rows."""
        return Loop(self.over, lambda: self.places[rows])

    def texts(self) -> NDArray[np.object_]:
        return np.array([*self.over.texts, None], dtype=object)[self.places]

    def places_in(self, wanted: BoundSet) -> Places:
        """Its place in another set, -1 for none."""
        if self.over is wanted:
            return self.places
        return np.append(self.over.places_in(wanted), -1)[self.places]


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in quotes as one side of a condition."""

    text: str


Side = Loop | Literal | Floats
"""One side of a condition: members, a text or numbers."""


@dataclass(frozen=True, eq=False)
class Frame:
    """`size` combinations of loops; without loops there is one.

    A loop over a set of tuples is there part by part, and as a whole under all of its names
    (`i,j`), so that what runs over the same set is found without a search.
    """

    size: int = 1
    loops: Mapping[str, Loop] = field(default_factory=dict)
    grid: tuple[int, ...] | None = ()
    """The sizes of its loops' sets, the last fastest, where it has every combination of them."""

    def take(self, rows: Places) -> Frame:
        """The combinations at these rows, in this order."""
        return Frame(len(rows), {name: at.take(rows) for name, at in self.loops.items()}, None)

    def within(self, generator: ex.Generator, over: BoundSet, rows: Places, at: Places) -> Frame:
        """The combinations at these rows with one more loop, which is at these members."""
        return self.take(rows)._with(generator, Loop(over, at))

    def times(self, generator: ex.Generator, over: BoundSet) -> Frame:
        """Every combination with every member of a set."""
        outer, inner = self.size, len(over)
        loops = {name: _repeated(loop, inner) for name, loop in self.loops.items()}
        axis = None if self.grid is None else len(self.grid)
        grid = None if self.grid is None else (*self.grid, inner)
        loop = Loop(over, lambda: np.tile(np.arange(inner), outer), axis)
        return Frame(outer * inner, loops, grid)._with(generator, loop)

    def _with(self, generator: ex.Generator, loop: Loop) -> Frame:
        loops = dict(self.loops)
        if not loop.over.parts:
            loops[generator.name] = loop
        else:
            parts = zip(generator.names, loop.over.parts, loop.over.codes, strict=True)
            for name, part, codes in parts:
                loops[name] = Loop(part, partial(_taken, codes, loop))
            loops[",".join(generator.names)] = loop
        return Frame(self.size, loops, self.grid)

    @property
    def bound(self) -> Mapping[str, Loop]:
        """The loops by the names that expressions use."""
        return {name: loop for name, loop in self.loops.items() if "," not in name}

    def names(self, name: str) -> list[str]:
        """What an element of that name is called in each combination."""
        if not self.loops:
            return [name] * self.size
        columns = [loop.texts().tolist() for loop in self.bound.values()]
        if len(columns) == 1:
            return [f"{name}[{member}]" for member in columns[0]]
        return [f"{name}[{','.join(members)}]" for members in zip(*columns, strict=True)]


@dataclass(frozen=True, eq=False)
class Groups:
    """Which combinations of an inner frame belong to each of the frame outside: those from
    `starts[k]` up to `starts[k + 1]` to its combination k."""

    starts: Places

    @cached_property
    def parents(self) -> Places:
        """For each inner combination the one outside."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


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
        inner, groups = self.grouped(frame, generators)
        return inner, groups.parents

    def grouped(self, frame: Frame, generators: tuple[ex.Generator, ...]) -> tuple[Frame, Groups]:
        """The same, which is never written down for each combination: they stay in order."""
        starts: Places = np.arange(frame.size + 1)
        for generator in generators:
            over = self.instance.sets[generator.set]
            conditions = _conjuncts(generator.condition)
            joined = self._join(frame, generator, over, conditions)
            if joined is None:
                self._limit(frame.size * len(over))
                frame = frame.times(generator, over)
                starts = starts * len(over)
            else:
                rows, places, used = joined
                self._limit(len(rows))
                conditions = [c for c in conditions if c is not used]
                starts = _starts(np.bincount(rows, minlength=frame.size))[starts]
                frame = frame.within(generator, over, rows, places)
            for condition in conditions:
                holds = self.mask(condition, frame)
                frame = frame.take(np.flatnonzero(holds))
                starts = _starts(holds)[starts]
        return frame, Groups(starts)

    def _join(
        self,
        frame: Frame,
        generator: ex.Generator,
        over: BoundSet,
        conditions: Sequence[ex.Condition],
    ) -> tuple[Places, Places, ex.Condition] | None:
        """The rows and members that a condition leaves, where it can be looked up: no product of
        the two is ever made. None where there is no such condition."""
        own = frozenset(generator.names)
        for condition in conditions:
            if not over.parts and isinstance(condition, ex.Comparison):
                span = self._span(frame, generator.name, over, condition)
                if span is not None:
                    return (*span, condition)
            match condition:
                case ex.Comparison("==", ex.Ref(name, ()), other) if name in own:
                    pass
                case ex.Comparison("==", other, ex.Ref(name, ())) if name in own:
                    pass
                case ex.Membership(items, str(collection), False) if not over.parts:
                    if pairs := self._pairs(generator.name, items, collection, frame):
                        found = self._look_up_pairs(over, *pairs, frame)
                        return (*found, condition)
                    continue
                case _:
                    continue
            if not own.isdisjoint(ex.names(other)) or not self.is_constant(other):
                continue
            rows, places = self._matching(over, generator.names.index(name), other, frame)
            return rows, places, condition
        return None

    def _span(
        self, frame: Frame, name: str, over: BoundSet, condition: ex.Comparison
    ) -> tuple[Places, Places] | None:
        """The members before or after something, of a set whose members rise: `u <= t`."""
        left, right = condition.left, condition.right
        operator: str = condition.operator
        if right == ex.Ref(name):
            operator = _MIRRORED.get(operator, operator)
            left, right = right, left
        if left != ex.Ref(name) or operator not in _MIRRORED or name in ex.names(right):
            return None
        if isinstance(right, ex.Quoted) or not self.is_constant(right):
            return None
        other = self.member(right, frame)
        if over.numbers is not None:
            if not np.all(over.numbers[1:] > over.numbers[:-1]):
                return None
            values = self.constant(right, frame) if other is None else _as_numbers(other)
            if values is None or np.isnan(values).any():
                return None
            before = np.searchsorted(over.numbers, values, "left")
            until = np.searchsorted(over.numbers, values, "right")
        elif other is not None and other.over is over and np.all(other.places >= 0):
            before, until = other.places, other.places + 1
        else:
            return None
        size = len(over)
        begin, end = {
            "<": (0 * before, before),
            "<=": (0 * before, until),
            ">": (until, np.full(len(until), size)),
            ">=": (before, np.full(len(before), size)),
        }[operator]
        self._limit(int(np.sum(end - begin)))
        rows = np.repeat(np.arange(frame.size), end - begin)
        ends = np.cumsum(end - begin)
        places = np.arange(len(rows)) + np.repeat(begin - (ends - (end - begin)), end - begin)
        return rows, places

    def _matching(
        self, over: BoundSet, at: int, other: ex.Expr, frame: Frame
    ) -> tuple[Places, Places]:
        """For each combination the members whose part `at` is `other`."""
        if not over.parts:
            places = self._places(other, over, frame)
            rows = np.flatnonzero(places >= 0)
            return rows, places[rows]
        wanted = self._places(other, over.parts[at], frame)
        order, starts = over.by_part(at)
        return _ranges(wanted, order, starts)

    def _pairs(
        self, name: str, items: tuple[ex.Expr, ...], collection: str, frame: Frame
    ) -> tuple[BoundSet | BoundParameter, ex.Expr, int] | None:
        """For `(i, k) in A`, of which one is the loop `name` and the other is known: the pairs,
        the known one and where it stands."""
        if len(items) != 2:
            return None
        pairs: BoundSet | BoundParameter | None = self.instance.sets.get(collection)
        if pairs is None:
            given = self.instance.parameters.get(collection)
            pairs = given if given is not None and given.flat is not None else None
        if pairs is None or (isinstance(pairs, BoundSet) and len(pairs.parts) != 2):
            return None
        if isinstance(pairs, BoundParameter) and len(pairs.sets) != 2:
            return None
        for at, mine in ((0, items[1]), (1, items[0])):
            other = items[at]
            if mine == ex.Ref(name) and name not in ex.names(other) and self.is_constant(other):
                return pairs, other, at
        return None

    def _look_up_pairs(
        self,
        over: BoundSet,
        pairs: BoundSet | BoundParameter,
        known: ex.Expr,
        at: int,
        frame: Frame,
    ) -> tuple[Places, Places]:
        """For each combination the members of `over` that stand in a pair with `known`."""
        sets, codes = (
            (pairs.parts, pairs.codes) if isinstance(pairs, BoundSet) else pairs.pair_codes
        )
        order, starts = pairs.by_part(at)
        wanted = self._places(known, sets[at], frame)
        rows, found = _ranges(wanted, order, starts)
        mine = np.append(sets[1 - at].places_in(over), -1)[codes[1 - at][found]]
        inside = mine >= 0
        rows, mine = rows[inside], mine[inside]
        if not np.all((rows[1:] > rows[:-1]) | (mine[1:] > mine[:-1])):
            sorted_ = np.lexsort((mine, rows))
            rows, mine = rows[sorted_], mine[sorted_]
        return rows, mine

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
                return np.broadcast_to(np.float64(value), (frame.size,))
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
        axes = _axes(ref, parameter.sets, frame)
        if axes is not None and parameter.is_complete:
            return _spread(parameter.values, axes, frame)
        places = self._indices(ref, parameter.sets, frame)
        found = parameter.at(places, frame.size)
        missing = np.flatnonzero(np.isnan(found))
        if missing.size:
            self._refuse_missing(ref, parameter, places, missing)
        return found

    def _refuse_missing(
        self, ref: ex.Ref, parameter: BoundParameter, places: list[Places], missing: Places
    ) -> NoReturn:
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
            return sum_by(parents, values, frame.size)
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

    # Members

    def elements(self, ref: ex.Ref, variable: BoundVariable, frame: Frame) -> Places:
        """The number of the variable's element in each combination."""
        if not ref.indices:
            return np.full(frame.size, variable.offset)
        axes = None if variable.support is not None else _axes(ref, variable.sets, frame)
        if axes is not None:
            return _numbered(variable, axes, frame)
        places = self._indices(ref, variable.sets, frame)
        found = variable.elements(places)
        if found.min(initial=0) < 0:
            missing = np.flatnonzero(found < 0)
            row = int(missing[0])
            members = [s.texts[at[row]] for s, at in zip(variable.sets, places, strict=True)]
            stated = variable.variable.forall
            raise FormulationError(
                f"{self.element!r}{place(frame, row)} uses {element_name(ref.name, members)}, and "
                f"{ref.name!r} is stated for {stated}",
                hint="leave such combinations out with the same condition",
            )
        return found

    def _indices(self, ref: ex.Ref, sets: Sequence[BoundSet], frame: Frame) -> list[Places]:
        """Places of an element's indices, one array a set; what is in no set is refused."""
        found, at = list[Places](), 0
        for over in sets:
            found.append(self._inside(ref, at, over, frame))
            at += over.width
        return found

    def _inside(self, ref: ex.Ref, at: int, wanted: BoundSet, frame: Frame) -> Places:
        """Places in `wanted` of the index at position `at`, or of the tuple that begins there."""
        indices = ref.indices[at : at + wanted.width]
        if wanted.parts:
            places = self._tuple_places(indices, wanted, frame)
        else:
            places = self._places(indices[0], wanted, frame)
        if places.min(initial=0) < 0:
            row = int(np.flatnonzero(places < 0)[0])
            member = ", ".join(self._text(index, frame, row) for index in indices)
            raise FormulationError(
                f"{self.element!r}{place(frame, row)} uses {ex.to_text(ref)!r}, and "
                f"{f'({member})' if wanted.parts else member} is not a member of {wanted.name!r}",
                hint=_way_out(ref, indices, wanted),
            )
        return places

    def _tuple_places(self, indices: Sequence[ex.Expr], wanted: BoundSet, frame: Frame) -> Places:
        """Where the tuple of these indices stands in a set of tuples; -1 where it is none of it."""
        whole = _loop_of(indices, wanted, frame)
        if whole is not None:
            return whole.places
        pairs = zip(indices, wanted.parts, strict=True)
        return wanted.find([self._places(index, part, frame) for index, part in pairs])

    def _text(self, index: ex.Expr, frame: Frame, row: int) -> str:
        one = frame.take(np.array([row]))
        if isinstance(index, ex.Quoted):
            return repr(index.value)
        member = self.member(index, one)
        if member is not None:
            text = member.texts()[0]
            return "nothing" if text is None else repr(text)
        return key_text(float(self.constant(index, one)[0]))

    def member(self, node: ex.Expr, frame: Frame) -> Loop | None:
        """The members an expression gives: a loop, `prev(t)`, `first(T)`, a text attribute. None
        for one that gives numbers."""
        match node:
            case ex.Ref(name, ()) if name in frame.loops:
                return frame.loops[name]
            case ex.Ref(name) if name in self.instance.texts:
                attribute = self.instance.texts[name]
                return Loop(attribute.vocabulary, self._attribute(node, attribute, frame))
            case ex.Call("first" | "last" as function, (ex.Ref(name),)):
                over = self.instance.sets[name]
                at = (0 if function == "first" else len(over) - 1) if len(over) else -1
                return Loop(over, np.full(frame.size, at, dtype=np.intp))
            case ex.Call(function, (inner, *rest)) if function in ex.NEIGHBOURS:
                return self._neighbour(function, inner, rest, frame)
            case _:
                return None

    def _attribute(self, ref: ex.Ref, attribute: BoundText, frame: Frame) -> Places:
        places = self._indices(ref, attribute.sets, frame)
        found = attribute.codes[tuple(places)] if places else attribute.codes
        return np.asarray(np.broadcast_to(found, (frame.size,)))

    def _neighbour(
        self, function: str, inner: ex.Expr, rest: Sequence[ex.Expr], frame: Frame
    ) -> Loop:
        """`prev(t)`, `prev(t, 2)`, `next(t, T)`: so many places before or after, -1 beyond."""
        member = self.member(inner, frame)
        if member is None:
            raise FormulationError(
                f"{self.element!r} takes {function}(...) of {ex.to_text(inner)!r}, which is no "
                "member of a set"
            )
        steps: Places | int = 1
        for part in rest:
            if isinstance(part, ex.Ref) and part.name in self.instance.sets:
                over = self.instance.sets[part.name]
                member = Loop(over, member.places_in(over))
            else:
                steps = self.constant(part, frame).astype(np.intp)
        size = len(member.over)
        moved = member.places + (-steps if function.startswith("prev") else steps)
        if function.endswith("_cyclic"):
            moved = moved % max(size, 1)
        inside = (moved >= 0) & (moved < size) & (member.places >= 0)
        return Loop(member.over, np.where(inside, moved, -1))

    def _as_number(self, node: ex.Expr, frame: Frame) -> Floats:
        member = self.member(node, frame)
        assert member is not None
        if member.over.numbers is None:
            raise FormulationError(
                f"{self.element!r} uses the member {ex.to_text(node)!r} of {member.over.name!r} as "
                "a number"
            )
        return np.append(member.over.numbers, np.nan)[member.places]

    def _places(self, index: ex.Expr, wanted: BoundSet, frame: Frame) -> Places:
        """Where an index stands in the set `wanted`; -1 where it is no member."""
        if isinstance(index, ex.Quoted):
            return np.full(frame.size, wanted.positions.get(index.value, -1))
        member = self.member(index, frame)
        if member is not None:
            return member.places_in(wanted)
        values, places = np.unique(self.constant(index, frame), return_inverse=True)
        texts = [key_text(value) for value in values.tolist()]
        found = [wanted.positions.get(text, -1) for text in texts]
        return np.array(found, dtype=np.intp)[places]

    # Conditions

    def mask(self, node: ex.Condition, frame: Frame) -> Bools:
        """In which combinations a condition holds."""
        match node:
            case ex.Comparison(symbol, left, right):
                sides = self._side(left, frame), self._side(right, frame)
                return np.asarray(np.broadcast_to(self._compare(symbol, *sides, frame), frame.size))
            case ex.Membership():
                found = self._member_mask(node, frame)
                return ~found if node.negated else found
            case ex.Not(operand):
                return ~self.mask(operand, frame)
            case ex.Junction(word, parts):
                holds = [self.mask(part, frame) for part in parts]
                return _JUNCTIONS[word](holds)

    def _side(self, node: ex.Expr, frame: Frame) -> Side:
        if isinstance(node, ex.Quoted):
            return Literal(node.value)
        member = self.member(node, frame)
        return self.constant(node, frame) if member is None else member

    def _compare(self, symbol: str, left: Side, right: Side, frame: Frame) -> Bools:
        """Members compare as numbers if all are, else by their place in their set. A member
        that is none (`prev` of the first) equals nothing and comes before and after nothing."""
        compare = _OPERATORS[symbol]
        if isinstance(left, Literal) and not isinstance(right, Literal):
            mirrored = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}.get(symbol, symbol)
            return self._compare(mirrored, right, left, frame)
        numbers = _as_numbers(left), _as_numbers(right)
        if numbers[0] is not None and numbers[1] is not None:
            return np.asarray(compare(*numbers), dtype=np.bool_)
        if isinstance(left, Loop) and isinstance(right, Literal):
            return self._compare_text(symbol, left, right.text)
        if isinstance(left, Loop) and isinstance(right, Loop) and left.over is right.over:
            inside = (left.places >= 0) & (right.places >= 0)
            compared = compare(left.places, right.places)
            return np.asarray(compared & inside if symbol != "!=" else compared | ~inside)
        if symbol not in ("==", "!="):
            raise FormulationError(
                f"{self.element!r} compares members with {symbol!r} that have no common order"
            )
        texts = _as_texts(left, frame.size), _as_texts(right, frame.size)
        return np.asarray(compare(*texts), dtype=np.bool_)

    def _compare_text(self, symbol: str, left: Loop, text: str) -> Bools:
        """Members against a text: by place, or where it is none of them by the order of texts."""
        at: float = left.over.positions.get(text, -1)
        if at < 0 and symbol not in ("==", "!="):
            texts = list(left.over.texts)
            if texts != sorted(texts):
                raise FormulationError(
                    f"{self.element!r} compares members of {left.over.name!r} with {text!r}, which "
                    "is none of them, and they are not in the order of their texts",
                    hint="give the set `sort`, or compare with one of its members",
                )
            at = bisect_left(texts, text) - 0.5
        found = _OPERATORS[symbol](left.places, at if at != -1 else -2)
        return np.asarray(found if symbol == "!=" else found & (left.places >= 0))

    def _member_mask(self, node: ex.Membership, frame: Frame) -> Bools:
        if not isinstance(node.collection, str):
            item = self._side(node.items[0], frame)
            hits = (self._compare("==", item, self._side(m, frame), frame) for m in node.collection)
            return reduce(np.logical_or, hits)
        if (over := self.instance.sets.get(node.collection)) is not None:
            if over.parts:
                return self._tuple_places(node.items, over, frame) >= 0
            return self._places(node.items[0], over, frame) >= 0
        parameter = self.instance.parameters[node.collection]
        places, at = list[Places](), 0
        for over in parameter.sets:
            indices = node.items[at : at + over.width]
            at += over.width
            if over.parts:
                places.append(self._tuple_places(indices, over, frame))
            else:
                places.append(self._places(indices[0], over, frame))
        if not places:
            raise FormulationError(
                f"{self.element!r} asks for members of {node.collection!r}, which is one number"
            )
        inside = np.all([at >= 0 for at in places], axis=0)
        given = parameter.has([np.maximum(at, 0) for at in places])
        return np.asarray(inside & given, dtype=np.bool_)


def place(frame: Frame, row: int) -> str:
    """Where a combination is, for a message: ` at i = Lyon, t = 1`; empty without loops."""
    at = (f"{name} = {loop.over.members[loop.places[row]]}" for name, loop in frame.bound.items())
    return f" at {', '.join(at)}" if frame.loops else ""


_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}

_JUNCTIONS: Mapping[str, Callable[[list[Bools]], Bools]] = {
    "and": np.logical_and.reduce,
    "or": np.logical_or.reduce,
    "implies": lambda holds: ~holds[0] | holds[1],
    "iff": lambda holds: holds[0] == holds[1],
    "xor": lambda holds: holds[0] != holds[1],
}


def _loop_of(indices: Sequence[ex.Expr], wanted: BoundSet, frame: Frame) -> Loop | None:
    """The loop over the set `wanted` that these indices name, as a whole where it is of tuples."""
    names = ",".join(i.name for i in indices if isinstance(i, ex.Ref) and not i.indices)
    loop = frame.loops.get(names)
    fits = loop is not None and loop.over is wanted and names.count(",") == len(indices) - 1
    return loop if fits else None


def _axes(ref: ex.Ref, sets: Sequence[BoundSet], frame: Frame) -> tuple[int, ...] | None:
    """For each set the axis of the frame's grid that runs through it, where every index is such a
    loop and none is there twice: then no place has to be looked up."""
    if frame.grid is None or not sets:
        return None
    axes, at = list[int](), 0
    for over in sets:
        loop = _loop_of(ref.indices[at : at + over.width], over, frame)
        at += over.width
        if loop is None or loop.axis is None or loop.axis in axes:
            return None
        axes.append(loop.axis)
    return tuple(axes)


def _spread(values: NDArray[Any], axes: tuple[int, ...], frame: Frame) -> NDArray[Any]:
    """Values that have one axis for each of `axes`, for every combination of a grid."""
    assert frame.grid is not None
    turned = values.transpose(np.argsort(axes))
    shape = [size if at in axes else 1 for at, size in enumerate(frame.grid)]
    return np.broadcast_to(turned.reshape(shape), frame.grid).reshape(-1)


def _numbered(variable: BoundVariable, axes: tuple[int, ...], frame: Frame) -> Places:
    """The elements of a variable that has every combination, in that of a grid."""
    numbers = np.arange(variable.offset, variable.offset + variable.size, dtype=np.int32)
    return _spread(numbers.reshape(variable.shape), axes, frame)


def _repeated(loop: Loop, times: int) -> Loop:
    return Loop(loop.over, lambda: np.repeat(loop.places, times), loop.axis)


def _taken(codes: Places, loop: Loop) -> Places:
    return codes[loop.places]


def _starts(counts: NDArray[Any]) -> Places:
    """Where each of so many begins when they follow one another, and where the last one ends."""
    starts = np.zeros(len(counts) + 1, dtype=np.intp)
    np.cumsum(counts, out=starts[1:])
    return starts


def _conjuncts(condition: ex.Condition | None) -> list[ex.Condition]:
    """The conditions that must all hold."""
    if condition is None:
        return []
    if isinstance(condition, ex.Junction) and condition.word == "and":
        return [part for whole in condition.parts for part in _conjuncts(whole)]
    return [condition]


def _ranges(wanted: Places, order: Places, starts: Places) -> tuple[Places, Places]:
    """For each wanted group its members, as the row that wanted it and the member."""
    known = np.maximum(wanted, 0)
    counts = np.where(wanted >= 0, starts[known + 1] - starts[known], 0)
    rows = np.repeat(np.arange(len(wanted)), counts)
    ends = np.cumsum(counts)
    within = np.arange(len(rows)) - np.repeat(ends - counts, counts)
    return rows, order[np.repeat(starts[known], counts) + within]


def _way_out(ref: ex.Ref, indices: Sequence[ex.Expr], wanted: BoundSet) -> str:
    listed = ", ".join(map(ex.to_text, indices))
    if wanted.parts:
        return (
            f"loop over the set, as in `for ({listed}) in {wanted.name}`, or leave such "
            f"combinations out with `if ({listed}) in {wanted.name}`"
        )
    for index in indices:
        if isinstance(index, ex.Call) and index.function in ex.NEIGHBOURS:
            end = "first" if index.function == "prev" else "last"
            return (
                f"leave the {end} out with `if {ex.to_text(index.arguments[0])} != "
                f"{end}({wanted.name})`, or use {index.function}_cyclic"
            )
    return "leave such combinations out with a condition, as in `if t > 1`"


def _as_numbers(side: Side) -> Floats | None:
    if isinstance(side, Literal):
        return None
    if isinstance(side, Loop):
        if side.over.numbers is None:
            return None
        return np.append(side.over.numbers, np.nan)[side.places]
    return side


def _as_texts(side: Side, size: int) -> NDArray[np.object_]:
    if isinstance(side, Literal):
        return np.full(size, side.text, dtype=object)
    if isinstance(side, Loop):
        return side.texts()
    return np.array([key_text(number) for number in side.tolist()], object)


def sum_by(parents: Places, values: Floats, size: int) -> Floats:
    """For each of `size` parents, the sum of its values."""
    return np.bincount(parents, weights=values, minlength=size).astype(np.float64)
