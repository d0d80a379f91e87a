"""Special ordered sets, all-different and intervals, as statements about single parts and pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.backends.additions import Additions, Loops, restricted
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.transform import substitute
from optwright.solvers.model.formulation import Domain

Stated = tuple[ex.Condition, Loops]
"""A condition and the loops it is stated for."""

ZERO, ONE = ex.Number(0.0), ex.Number(1.0)


def expand(node: ex.Special, loops: Loops, new: Additions, element: str) -> Iterator[Stated]:
    """What a special statement asks of single parts and of pairs of them."""
    family = _Family(node, loops, new, element)
    match node.kind:
        case "sos1" | "sos2":
            yield from _ordered(family, 1 if node.kind == "sos1" else 2)
        case "alldifferent":
            for (left,), (right,), where in family.pairs():
                yield ex.Comparison("!=", left, right), where
        case "nooverlap":
            for one, other, where in family.pairs():
                yield _apart(one, other), where
        case "cumulative":
            yield from _cumulative(family)


class _Family:
    """The items of a statement, and how two different ones are spoken of."""

    def __init__(self, node: ex.Special, loops: Loops, new: Additions, element: str) -> None:
        self.node, self.loops, self.new, self.element = node, loops, new, element
        self._ranks: tuple[ex.Expr, ...] | None = None

    def items(self) -> Iterator[tuple[tuple[ex.Expr, ...], Loops]]:
        """Every item with the loops it is there for."""
        for item in self.node.items:
            yield item, self.loops + self.node.generators

    def second(self, part: ex.Expr) -> ex.Expr:
        """The same part of another item: its loops under other names."""
        return substitute(part, {name: ex.Ref(new) for name, new in self._others.items()})

    @property
    def _others(self) -> dict[str, str]:
        return {name: f"{name}_b" for g in self.node.generators for name in g.names}

    def second_loops(self) -> Loops:
        named = {name: ex.Ref(new) for name, new in self._others.items()}
        return tuple(
            ex.Generator(
                self._others[g.name],
                g.set,
                None if g.condition is None else substitute(g.condition, named),
                tuple(self._others[name] for name in g.more),
            )
            for g in self.node.generators
        )

    def rank(self) -> ex.Expr:
        """The place of an item among those of its combination, from 1."""
        inner = self.loops + self.node.generators
        frame = self.new.frame(inner, self.element)
        ground = self.new.ground(self.element)
        outer = self.new.frame(self.loops, self.element)
        _, parents = ground.extend(outer, self.node.generators)
        starts = np.searchsorted(parents, parents)
        ranks = np.asarray(np.arange(frame.size) - starts + 1, dtype=np.float64)
        return self.new.number(f"{self.element}_rank", inner, ranks)

    def pairs(
        self, apart: int = 0, ordered: bool = True
    ) -> Iterator[tuple[tuple[ex.Expr, ...], tuple[ex.Expr, ...], Loops]]:
        """Every two items, the first before the second by more than `apart` places (or in both
        orders), with the loops they are there for."""
        items = self.node.items
        if not self.node.generators:
            for a, one in enumerate(items):
                for b, other in enumerate(items):
                    if b > a + apart or (not ordered and b != a):
                        yield one, other, self.loops
            return
        rank = self.rank()
        if isinstance(rank, ex.Number):
            return  # one item everywhere
        beyond = ex.Add((rank, ex.Number(float(apart)))) if apart else rank
        symbol: ex.Operator = ">" if ordered else "!="
        condition = ex.Comparison(symbol, self.second(rank), beyond)
        where = restricted(self.loops + self.node.generators + self.second_loops(), condition)
        yield items[0], tuple(map(self.second, items[0])), where


def _ordered(family: _Family, most: int) -> Iterator[Stated]:
    """At most `most` parts are not zero, and two of them stand side by side."""
    new, element = family.new, family.element
    switches = list[tuple[ex.Expr, Loops]]()
    for (part,), inner in family.items():
        name = new.free_name(f"{element}_on")
        switch = new.variable(name, inner, Domain.BINARY, f"whether {ex.to_text(part)} is not 0")
        switches.append((switch, inner))
        yield (
            ex.Junction("or", (ex.Comparison("==", switch, ONE), ex.Comparison("==", part, ZERO))),
            inner,
        )
    total: ex.Expr
    if family.node.generators:
        total = ex.Aggregate("sum", switches[0][0], family.node.generators)
    else:
        total = ex.Add(tuple(switch for switch, _ in switches))
    yield ex.Comparison("<=", total, ex.Number(float(most))), family.loops
    if most == 2:
        items = tuple((switch,) for switch, _ in switches)
        pairs = _Family(replace(family.node, items=items), family.loops, family.new, family.element)
        for (one,), (other,), where in pairs.pairs(apart=1):
            yield ex.Comparison("<=", ex.Add((one, other)), ONE), where


def _apart(one: tuple[ex.Expr, ...], other: tuple[ex.Expr, ...]) -> ex.Condition:
    """One interval ends before the other begins, or one does not take place."""
    (start_a, length_a, *is_a), (start_b, length_b, *is_b) = one, other
    missing = (ex.Comparison("==", part, ZERO) for part in (*is_a, *is_b))
    return ex.Junction(
        "or",
        (
            ex.Comparison("<=", ex.Add((start_a, length_a)), start_b),
            ex.Comparison("<=", ex.Add((start_b, length_b)), start_a),
            *missing,
        ),
    )


def _cumulative(family: _Family) -> Iterator[Stated]:
    """When an interval begins, those that run then do not exceed the limit together: a sum of
    intervals is greatest where one begins."""
    limit = family.node.limit
    assert limit is not None
    if family.node.generators:
        ((_, _, amount, *there),) = family.node.items
        terms: list[ex.Expr] = [_present(amount, there)]
        for one, other, where in family.pairs(ordered=False):
            running = _running(family, one, other, where)
            yield from running[1]
            extra = where[len(family.loops) + len(family.node.generators) :]
            terms.append(ex.Aggregate("sum", ex.Binary("*", other[2], running[0]), extra))
        total = terms[0] if len(terms) == 1 else ex.Add(tuple(terms))
        yield from _unless(total, limit, there, family.loops + family.node.generators)
        return
    items = family.node.items
    for a, one in enumerate(items):
        sums = [_present(one[2], one[3:])]
        for b, other in enumerate(items):
            if a != b:
                runs, stated = _running(family, one, other, family.loops)
                yield from stated
                sums.append(ex.Binary("*", other[2], runs))
        yield from _unless(ex.Add(tuple(sums)), limit, one[3:], family.loops)


def _present(amount: ex.Expr, there: tuple[ex.Expr, ...] | list[ex.Expr]) -> ex.Expr:
    return ex.Binary("*", amount, there[0]) if there else amount


def _unless(
    total: ex.Expr, limit: ex.Expr, there: tuple[ex.Expr, ...] | list[ex.Expr], loops: Loops
) -> Iterator[Stated]:
    keeps = ex.Comparison("<=", total, limit)
    missing = [ex.Comparison("==", part, ZERO) for part in there]
    yield (ex.Junction("or", (*missing, keeps)) if missing else keeps), loops


def _running(
    family: _Family, one: tuple[ex.Expr, ...], other: tuple[ex.Expr, ...], where: Loops
) -> tuple[ex.Ref, list[Stated]]:
    """A yes/no that is yes where `other` runs when `one` begins: it is no only where `other` has
    ended, begins later, or does not take place. Starts are whole numbers, else two that begin
    together could each be taken for the later one."""
    new, element = family.new, family.element
    name = new.free_name(f"{element}_runs")
    runs = new.variable(name, where, Domain.BINARY, "whether one runs when another begins")
    (start_a, *_), (start_b, length_b, _, *there) = one, other
    for part in (start_a, start_b):
        for ref in ex.walk(part):
            bound = new.instance.variables.get(ref.name) if isinstance(ref, ex.Ref) else None
            if bound is not None and bound.variable.domain is Domain.CONTINUOUS:
                raise FormulationError(
                    f"{element!r} adds up intervals that begin at {ref.name!r}, which is no whole "  # type: ignore[union-attr]  # a reference, or there were no bound
                    "number",
                    hint="make the starts integers; finer times are another unit",
                )
    missing = (ex.Comparison("==", part, ZERO) for part in there)
    stated = ex.Junction(
        "or",
        (
            ex.Comparison("==", runs, ONE),
            ex.Comparison("<=", ex.Add((start_b, length_b)), start_a),
            ex.Comparison("<=", ex.Add((start_a, ONE)), start_b),
            *missing,
        ),
    )
    return runs, [(stated, where)]
