"""Conditions that must hold, that are counted or that decide between values, as linear rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.backends.additions import Loops, restricted
from optwright.solvers.backends.linear_extremes import LinearExtremes
from optwright.solvers.backends.linear_rows import ONE, ZERO, Guards, minus, negation
from optwright.solvers.backends.special_sets import expand
from optwright.solvers.data.frames import Frame
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain


class LinearLogic(LinearExtremes):
    """Writes logic."""

    def _chosen_by_data(self, node: ex.Choice, direction: int, loops: Loops) -> ex.Expr:
        if not loops:
            holds = bool(self._ground.mask(node.condition, Frame())[0])
            return self._rewrite(node.then if holds else node.otherwise, direction, loops)
        taken = restricted(loops, node.condition)
        left = restricted(loops, ex.Not(node.condition))
        return ex.Choice(
            node.condition,
            self._rewrite(node.then, direction, taken),
            self._rewrite(node.otherwise, direction, left),
        )

    def _choice(self, node: ex.Choice, loops: Loops) -> ex.Expr:
        """A new variable that is one side where a yes/no holds and the other where it does not."""
        then, otherwise = (
            self._rewrite(node.then, 0, loops),
            self._rewrite(node.otherwise, 0, loops),
        )
        name = self._new.free_name("choice")
        limits = self._limits(ex.Choice(node.condition, then, otherwise), loops)
        holds = self._truth(node.condition, 0, loops, name)
        ref = self._new.variable(name, loops, Domain.CONTINUOUS, ex.to_text(node), limits)
        for guard, side in ((holds, then), (negation(holds), otherwise)):
            self._equal(self._new.free_name(name), ref, side, loops, (guard,), ex.to_text(node))
        return ref

    def _count(
        self,
        conditions: tuple[ex.Condition, ...],
        generators: Loops,
        direction: int,
        loops: Loops,
    ) -> ex.Expr:
        inner = loops + generators
        name = self._new.free_name("count")
        holds = tuple(self._truth(c, direction, inner, name) for c in conditions)
        total = holds[0] if len(holds) == 1 else ex.Add(holds)
        return ex.Aggregate("sum", total, generators) if generators else total

    def _truth(self, condition: ex.Condition, direction: int, loops: Loops, name: str) -> ex.Expr:
        """A 0 or 1 that says whether the condition holds: at least where it does (1), at most
        (-1), or exactly (0)."""
        if self._is_constant(condition):
            return ex.Choice(condition, ONE, ZERO)
        literal = self._as_literal(condition)
        if literal is not None:
            return literal
        stated = ex.to_text(condition)
        holds = self._new.variable(
            self._new.free_name(f"{name}_if"), loops, Domain.BINARY, f"whether {stated}"
        )
        if direction <= 0:
            self._require(condition, loops, (holds,))
        if direction >= 0:
            self._require(ex.Not(condition), loops, (negation(holds),))
        return holds

    def _as_literal(self, condition: ex.Condition) -> ex.Expr | None:
        """A condition that only asks for the value of a binary, as that or as 1 without it."""
        match condition:
            case ex.Not(operand):
                inner = self._as_literal(operand)
                return None if inner is None else negation(inner)
            case ex.Comparison(operator, left, ex.Number(value)) if self._literal(left):
                holds = [_OPERATORS[operator](at, value) for at in (0.0, 1.0)]
                if holds == [False, True]:
                    return left
                if holds == [True, False]:
                    return negation(left)
        return None

    def _require(self, node: ex.Condition | ex.Special, loops: Loops, guards: Guards) -> None:
        """Rows that hold a condition wherever all guards are 1."""
        if isinstance(node, ex.Special):
            for statement, inner in expand(node, loops, self._new, self._element):
                self._require(statement, inner, guards)
            return
        if self._is_constant(node):
            self._require_of_data(node, loops, guards)
            return
        match node:
            case ex.Junction("and", parts):
                for part in parts:
                    self._require(part, loops, guards)
            case ex.Junction("or", parts):
                self._require_one(parts, loops, guards)
            case ex.Junction("implies", (one, other)):
                self._require_one((ex.Not(one), other), loops, guards)
            case ex.Junction(word, (one, other)):
                for parts in _as_clauses(word, one, other):
                    self._require_one(parts, loops, guards)
            case ex.Not(operand):
                self._require(self._negated(operand, loops), loops, guards)
            case ex.Comparison():
                self._require_comparison(node, loops, guards)
            case _:
                raise FormulationError(
                    f"{self._element!r}: {ex.to_text(node)!r} asks for members by decisions"
                )

    def _require_of_data(self, node: ex.Condition, loops: Loops, guards: Guards) -> None:
        """What data alone decides: where it does not hold, one of the guards must be 0."""
        missed = ~self._ground.mask(node, self._frame(loops))
        if not missed.any():
            return
        where = restricted(loops, ex.Not(node)) if loops else loops
        total = ex.Add((ZERO, *map(negation, guards))) if guards else ZERO
        self._new.row(self._new.free_name(self._element), where, total, ">=", ONE)

    def _require_one(self, parts: Sequence[ex.Condition], loops: Loops, guards: Guards) -> None:
        """At least one of the parts holds."""
        flat = [p for part in parts for p in self._alternatives(part, loops)]
        data = [part for part in flat if self._is_constant(part)]
        if data:
            # Where data already makes one of them true, nothing is asked for.
            flat = [part for part in flat if not self._is_constant(part)]
            open_ = ~np.any([self._ground.mask(p, self._frame(loops)) for p in data], axis=0)
            if not open_.any():
                return
            if loops:
                loops = restricted(loops, ex.Not(_any(data)))
        literals = {part: self._as_literal(part) for part in flat}
        known = [literal for literal in literals.values() if literal is not None]
        others = [part for part, literal in literals.items() if literal is None]
        if len(others) == 1:
            self._require(others[0], loops, (*guards, *map(negation, known)))
            return
        if len(others) == 2 and not known:
            first = self._switch(others[0], loops)
            self._require(others[0], loops, (*guards, first))
            self._require(others[1], loops, (*guards, negation(first)))
            return
        for part in others:
            switch = self._switch(part, loops)
            self._require(part, loops, (switch,))
            known.append(switch)
        total = ex.Add((ZERO, *known, *map(negation, guards)))
        self._new.row(self._new.free_name(self._element), loops, total, ">=", ONE)

    def _switch(self, part: ex.Condition, loops: Loops) -> ex.Ref:
        name = self._new.free_name(f"{self._element}_if")
        return self._new.variable(name, loops, Domain.BINARY, f"whether {ex.to_text(part)}")

    def _alternatives(self, node: ex.Condition, loops: Loops) -> Iterator[ex.Condition]:
        """The parts of a disjunction, nested ones too."""
        match node:
            case ex.Junction("or", parts):
                for part in parts:
                    yield from self._alternatives(part, loops)
            case ex.Junction("implies", (one, other)):
                yield from self._alternatives(ex.Not(one), loops)
                yield from self._alternatives(other, loops)
            case ex.Not(ex.Comparison() as operand) if not self._is_constant(node):
                if self._as_literal(operand) is not None:
                    yield node
                else:
                    yield from self._alternatives(self._negated(operand, loops), loops)
            case ex.Not(ex.Not(operand)):
                yield from self._alternatives(operand, loops)
            case ex.Not(ex.Junction("and" | "or" | "implies")) if not self._is_constant(node):
                yield from self._alternatives(self._negated(node.operand, loops), loops)
            case ex.Comparison("!=", left, right) if not self._is_constant(node):
                if self._as_literal(node) is not None:
                    yield node
                else:
                    yield ex.Comparison("<", left, right)
                    yield ex.Comparison(">", left, right)
            case _:
                yield node

    def _negated(self, node: ex.Condition, loops: Loops) -> ex.Condition:
        """The condition that holds where this one does not."""
        match node:
            case ex.Not(operand):
                return operand
            case ex.Junction("implies", (one, other)):
                return ex.Junction("and", (one, ex.Not(other)))
            case ex.Junction(("and" | "or") as word, parts):
                return ex.Junction("or" if word == "and" else "and", tuple(map(ex.Not, parts)))
            case ex.Junction(word, parts):
                return ex.Junction("xor" if word == "iff" else "iff", parts)
            case ex.Comparison("<=" | ">=" as operator, left, right):
                if self._is_whole(ex.Add((left, ex.Negate(right))), loops):
                    return ex.Comparison(">" if operator == "<=" else "<", left, right)
                return ex.Comparison(">=" if operator == "<=" else "<=", left, right)
            case ex.Comparison(operator, left, right):
                return ex.Comparison(_OPPOSITE[operator], left, right)
            case ex.Membership():
                return replace(node, negated=not node.negated)

    def _require_comparison(self, node: ex.Comparison, loops: Loops, guards: Guards) -> None:
        operator, left, right = node.operator, node.left, node.right
        stated = ex.to_text(node)
        if operator == "!=":
            self._require_one((node,), loops, guards)
            return
        if operator in ("<", ">"):
            step = self._step(node, loops)
            if operator == "<":
                left = ex.Add((left, step))
            else:
                right = ex.Add((right, step))
        name = self._new.free_name(self._element)
        outside, self._guarded = self._guarded, bool(guards)
        if operator in (">", ">="):
            left, right = right, left
        exact = operator == "=="
        smaller = self._rewrite(left, 0 if exact else 1, loops)
        larger = self._rewrite(right, 0 if exact else -1, loops)
        self._guarded = outside
        if exact:
            self._equal(name, smaller, larger, loops, guards, stated)
            return
        self._below(name, minus(smaller, larger), loops, guards, stated)


_OPPOSITE: dict[str, ex.Operator] = {"==": "!=", "!=": "==", "<": ">=", ">": "<="}


_OPERATORS = {
    "<=": float.__le__,
    ">=": float.__ge__,
    "==": float.__eq__,
    "!=": float.__ne__,
    "<": float.__lt__,
    ">": float.__gt__,
}


def _as_clauses(
    word: str, one: ex.Condition, other: ex.Condition
) -> Iterator[tuple[ex.Condition, ex.Condition]]:
    """`iff` and `xor` as two disjunctions."""
    if word == "iff":
        yield ex.Not(one), other
        yield one, ex.Not(other)
    else:
        yield one, other
        yield ex.Not(one), ex.Not(other)


def _any(parts: Sequence[ex.Condition]) -> ex.Condition:
    return parts[0] if len(parts) == 1 else ex.Junction("or", tuple(parts))
