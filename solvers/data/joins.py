"""Loops whose condition can be looked up: no product of rows and members is ever made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.data.bound import MAX_ELEMENTS, BoundParameter, BoundSet, Places
from optwright.solvers.data.computed_sets import computed_set
from optwright.solvers.data.conditions import MIRRORED, Conditions, as_numbers
from optwright.solvers.data.frames import Frame, Groups, group_starts
from optwright.solvers.language import expressions as ex


class Joins(Conditions):
    """Loops in one element's expressions."""

    def extend(self, frame: Frame, generators: tuple[ex.Generator, ...]) -> tuple[Frame, Places]:
        """The combinations inside these loops, and for each the row of `frame` it belongs to."""
        inner, groups = self.grouped(frame, generators)
        return inner, groups.parents

    def grouped(self, frame: Frame, generators: tuple[ex.Generator, ...]) -> tuple[Frame, Groups]:
        """The same, which is never written down for each combination: they stay in order."""
        starts: Places = np.arange(frame.size + 1)
        for generator in generators:
            over = self._loop_over(generator)
            conditions = _conjuncts(generator.condition)
            joined = self._join(frame, generator, over, conditions)
            if joined is None:
                self._limit(frame.size * len(over))
                frame = frame.times(generator, over)
                starts = starts * len(over)
            else:
                counts, places, used = joined
                self._limit(len(places))
                conditions = [c for c in conditions if c is not used]
                starts = group_starts(counts)[starts]
                frame = frame.within(generator, over, counts, places)
            for condition in conditions:
                holds = self.mask(condition, frame)
                frame = frame.take(np.flatnonzero(holds))
                starts = group_starts(holds)[starts]
        return frame, Groups(starts)

    def _loop_over(self, generator: ex.Generator) -> BoundSet:
        known = self.instance.sets.get(generator.set)
        if known is not None:
            return known
        if generator.inline is None:
            raise FormulationError(
                f"{self.element!r} runs over {generator.set!r}, which is not a set"
            )
        return self.inline_set(generator.set, generator.inline)

    def inline_set(self, text: str, node: ex.SetExpr) -> BoundSet:
        return computed_set(text, node, self.instance.sets.__getitem__, lambda *_: self)

    def _join(
        self,
        frame: Frame,
        generator: ex.Generator,
        over: BoundSet,
        conditions: Sequence[ex.Condition],
    ) -> tuple[Places, Places, ex.Condition] | None:
        """How many members a condition leaves in each combination, and these one after the other,
        where it can be looked up: no product of the two is ever made. None where there is no such
        condition."""
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
            found = self._matching(over, generator.names.index(name), other, frame)
            return (*found, condition)
        return None

    def _span(
        self, frame: Frame, name: str, over: BoundSet, condition: ex.Comparison
    ) -> tuple[Places, Places] | None:
        """The members before or after something, of a set whose members rise: `u <= t`."""
        left, right = condition.left, condition.right
        operator: str = condition.operator
        if right == ex.Ref(name):
            operator = MIRRORED.get(operator, operator)
            left, right = right, left
        if left != ex.Ref(name) or operator not in MIRRORED or name in ex.names(right):
            return None
        if isinstance(right, ex.Quoted) or not self.is_constant(right):
            return None
        other = self.member(right, frame)
        if over.numbers is not None:
            if not np.all(over.numbers[1:] > over.numbers[:-1]):
                return None
            values = self.constant(right, frame) if other is None else as_numbers(other)
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
        counts = end - begin
        self._limit(int(counts.sum()))
        return counts, _runs(begin.astype(np.int32), counts)

    def _matching(
        self, over: BoundSet, at: int, other: ex.Expr, frame: Frame
    ) -> tuple[Places, Places]:
        """For each combination the members whose part `at` is `other`."""
        if not over.parts:
            places = self._places(other, over, frame)
            inside = places >= 0
            return inside.astype(np.intp), places[inside]
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
        counts, found = _ranges(wanted, order, starts)
        mine = np.append(sets[1 - at].places_in(over), -1)[codes[1 - at][found]]
        rows = np.repeat(np.arange(frame.size), counts)
        inside = mine >= 0
        rows, mine = rows[inside], mine[inside]
        if not np.all((rows[1:] > rows[:-1]) | (mine[1:] > mine[:-1])):
            mine = mine[np.lexsort((mine, rows))]
        return np.bincount(rows, minlength=frame.size), mine

    def _limit(self, size: int) -> None:
        if size > MAX_ELEMENTS:
            raise FormulationError(
                f"{self.element!r} would loop over {size:,} combinations; {MAX_ELEMENTS:,} fit"
            )


def _conjuncts(condition: ex.Condition | None) -> list[ex.Condition]:
    """The conditions that must all hold."""
    if condition is None:
        return []
    if isinstance(condition, ex.Junction) and condition.word == "and":
        return [part for whole in condition.parts for part in _conjuncts(whole)]
    return [condition]


def _ranges(wanted: Places, order: Places, starts: Places) -> tuple[Places, Places]:
    """How many members each wanted group has, and these one after the other."""
    if len(wanted) == len(starts) - 1 and np.array_equal(wanted, np.arange(len(wanted))):
        return np.diff(starts), order  # every group, in the order they stand in
    known = np.maximum(wanted, 0)
    counts = np.where(wanted >= 0, starts[known + 1] - starts[known], 0)
    return counts, order[_runs(starts[known], counts)]


def _runs(begins: Places, counts: Places) -> Places:
    """So many numbers that rise by 1 from each beginning on, in the type of the beginnings."""
    before = np.cumsum(counts) - counts
    found = np.repeat(begins - before.astype(begins.dtype, copy=False), counts)
    found += np.arange(len(found), dtype=begins.dtype)
    return found
