"""Whatever is linear up to yes and no, as linear rows and binary decisions that say the same.

Minimizing `max(a, b)` is minimizing a new variable that is at least `a` and at least `b`; so is
keeping it below a limit. The other direction needs a binary decision for each part. Logic,
products with a binary, broken lines, `then if condition else otherwise` and special ordered sets
are written with binaries too. The numbers that switch a row off come from the bounds of what is
in it (`interval_bounds`); where there is none, that is said, or the part is left to a solver that
takes it as it is.

Conditions over amounts that are not whole numbers are closed: what is not `x <= 3` is `x >= 3`, and
at the boundary itself either side may be taken. Where `x > 3` is asked for, a small amount above 3
is: no solver tells `x > 3` from `x >= 3`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.backends.additions import Additions, Loops, restricted
from optwright.solvers.backends.logic_evaluation import least_step
from optwright.solvers.backends.special_sets import expand
from optwright.solvers.data.binding import Family, Instance, element_bounds
from optwright.solvers.data.index_evaluation import Frame, Ground
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Sense
from optwright.solvers.model.linear_model import INFINITE, Floats

Guards = tuple[ex.Expr, ...]
"""Expressions that are 0 or 1; what is guarded must hold where all are 1."""

MOST_SWITCHED = 1e9
"""The largest number that switches a row off: solvers keep a yes/no to a billionth at best."""

ZERO, ONE = ex.Number(0.0), ex.Number(1.0)


def linearize(instance: Instance) -> Instance:
    """The same program with logic, `max`, `min`, `abs`, products with binaries, broken lines and
    semicontinuous variables as variables and rows: `max_1` with `max_1_1`, `max_1_2`, ...

    Returns the instance itself if there is none. Raises `FormulationError` where logic needs a
    bound that is not there; `max`, `min`, `abs` and products are left as they are then.
    """
    return _Linearizer(instance).run()


class _Linearizer:
    """Directions: 1 where a smaller value keeps or improves the program, -1 where a larger one
    does, 0 where neither is sure."""

    def __init__(self, instance: Instance) -> None:
        self._stated = instance
        self._new = Additions(instance)
        self._element = "objective"
        self._guarded = False  # whether what is rewritten can be switched off

    @property
    def _instance(self) -> Instance:
        return self._new.instance

    @property
    def _ground(self) -> Ground:
        return self._new.ground(self._element)

    def run(self) -> Instance:
        minimizes = self._stated.formulation.objective.sense is Sense.MINIMIZE
        stays = self._stays
        objective = self._stated.objective
        if not stays(objective):
            objective = self._rewrite(objective, 1 if minimizes else -1, ())
        families = [f for stated in self._stated.families for f in self._family(stated)]
        for name, bound in self._stated.variables.items():
            if bound.variable.semicontinuous:
                self._semicontinuous(name)
        same = objective is self._stated.objective and len(families) == len(self._stated.families)
        if same and not self._new.rows and self._instance is self._stated:
            pairs = zip(families, self._stated.families, strict=True)
            if all(new is stated for new, stated in pairs):
                return self._stated
        return replace(
            self._instance,
            objective=objective,
            families=(*families, *self._new.rows),
            notes=tuple(dict.fromkeys(self._new.said)),
            readings=tuple(dict.fromkeys(self._new.readings)),
        )

    def _stays(self, node: ex.Expr | ex.Condition) -> bool:
        """Whether nothing in a tree can be rewritten; a look at the tree, not at the data."""
        return not any(self._is_special(part) for part in ex.walk(node))

    def _is_special(self, part: ex.Node) -> bool:
        match part:
            case ex.Call("max" | "min" | "abs") | ex.Aggregate("max" | "min"):
                return True
            case ex.Choice() | ex.Count() | ex.Piecewise():
                return True
            case ex.Binary("*", left, right):
                return not (self._is_constant(left) or self._is_constant(right))
            case ex.Binary("**", left):
                return not self._is_constant(left)
        return False

    def _is_constant(self, node: ex.Expr | ex.Condition) -> bool:
        return self._instance.variables.keys().isdisjoint(ex.names(node))

    def _family(self, family: Family) -> Iterator[Family]:
        """The family with what can be replaced replaced; logic becomes rows of its own."""
        self._element = family.name
        stated, loops = family.statement, family.forall.generators
        if isinstance(stated, ex.Comparison) and stated.operator in ("<=", ">=", "=="):
            if self._stays(stated):
                yield family
                return
            direction = {"<=": 1, ">=": -1}.get(stated.operator, 0)
            left = self._rewrite(stated.left, direction, loops)
            right = self._rewrite(stated.right, -direction, loops)
            yield replace(family, statement=replace(stated, left=left, right=right))
        elif isinstance(stated, ex.Special):
            for statement, inner in expand(stated, loops, self._new, self._element):
                self._require(statement, inner, ())
        else:
            self._require(stated, loops, ())

    # Expressions

    def _rewrite(self, node: ex.Expr, direction: int, loops: Loops) -> ex.Expr:
        """The expression with what can be replaced replaced; `loops` are those around it."""
        if self._is_constant(node) or self._stays(node):
            return node
        match node:
            case ex.Negate(operand):
                return ex.Negate(self._rewrite(operand, -direction, loops))
            case ex.Add(terms):
                return ex.Add(tuple(self._rewrite(term, direction, loops) for term in terms))
            case ex.Binary("*", left, right) if self._is_constant(left):
                turned = direction * self._sign(left, loops)
                return ex.Binary("*", left, self._rewrite(right, turned, loops))
            case ex.Binary("*" | "/" as symbol, left, right) if self._is_constant(right):
                turned = direction * self._sign(right, loops)
                return ex.Binary(symbol, self._rewrite(left, turned, loops), right)
            case ex.Binary("*", left, right):
                return self._product(left, right, direction, loops)
            case ex.Binary("**", left, ex.Number(power)) if power >= 1 and self._literal(left):
                return left
            case ex.Aggregate("sum", body, generators):
                inner = self._rewrite(body, direction, loops + generators)
                return ex.Aggregate("sum", inner, generators)
            case ex.Call("max" | "min" | "abs") | ex.Aggregate():
                return self._extreme(node, direction, loops)
            case ex.Choice(condition) if self._is_constant(condition):
                return self._chosen_by_data(node, direction, loops)
            case ex.Choice():
                return self._choice(node, loops)
            case ex.Count(conditions, generators):
                return self._count(conditions, generators, direction, loops)
            case ex.Piecewise():
                return self._piecewise(node, direction, loops)
            case _:
                return node

    def _sign(self, node: ex.Expr, loops: Loops) -> int:
        """1 if data makes the expression nowhere negative, -1 if nowhere positive, else 0."""
        values = self._ground.constant(node, self._frame(loops))
        return 1 if np.all(values >= 0) else -1 if np.all(values <= 0) else 0

    def _frame(self, loops: Loops) -> Frame:
        return self._new.frame(loops, self._element)

    def _limits(self, node: ex.Expr, loops: Loops) -> tuple[Floats, Floats]:
        return self._new.bounds.of(node, self._frame(loops), self._ground)

    def _literal(self, node: ex.Expr) -> bool:
        """Whether a node is 0 or 1: a binary decision, or 1 without one."""
        match node:
            case ex.Ref(name) if (bound := self._instance.variables.get(name)) is not None:
                if bound.variable.domain is Domain.BINARY:
                    return True
                low, high = element_bounds(bound)
                whole = bound.variable.domain is Domain.INTEGER
                return whole and bool(np.all(low >= 0) and np.all(high <= 1))
            case ex.Add((ex.Number(1.0), ex.Negate(operand))):
                return self._literal(operand)
        return False

    # max, min, abs

    def _extreme(self, node: ex.Call | ex.Aggregate, direction: int, loops: Loops) -> ex.Expr:
        """A new variable in the place of a `max`, `min` or `abs`, held from the side that the
        program pushes against, or from both."""
        wanted = -1 if node.function == "min" else 1
        low, high = self._limits(node, loops)
        parts = list(self._parts(node, loops))
        if direction != wanted:
            spans = [self._limits(part, loops + inner) for inner, part in parts]
            reach = [span[0] if wanted == 1 else span[1] for span in spans]
            # A part has loops of its own, so the widest of all is what counts.
            tops, ends = ([high], reach) if wanted == 1 else (reach, [low])
            widest = _most(tops) + _most([-end for end in ends])
            if not widest <= MOST_SWITCHED:
                return node  # no number switches a part off; some solvers take it as it is
        name = self._new.free_name(node.function)
        ref = self._new.variable(
            name,
            loops,
            Domain.CONTINUOUS,
            ex.to_text(node),
            (low, high) if direction != wanted or self._guarded else None,
        )
        if direction in (wanted, 0):
            operator: Literal["<=", ">="] = ">=" if wanted == 1 else "<="
            for at, (inner, part) in enumerate(parts, 1):
                bounded = self._rewrite(part, wanted, loops + inner)
                self._new.row(f"{name}_{at}", loops + inner, ref, operator, bounded)
        if direction != wanted:
            self._hold_back(name, ref, parts, wanted, loops)
        return ref

    def _hold_back(
        self,
        name: str,
        ref: ex.Ref,
        parts: Sequence[tuple[Loops, ex.Expr]],
        wanted: int,
        loops: Loops,
    ) -> None:
        """The variable is one of the parts: the one whose binary is 1."""
        outside, self._guarded = self._guarded, True
        picks = list[ex.Expr]()
        for at, (inner, part) in enumerate(parts, 1):
            if len(parts) == 2 and at == 2 and not inner and not parts[0][0]:
                pick: ex.Expr = _not(picks[0])
            else:
                meaning = f"{name} is {ex.to_text(part)}"
                pick = self._new.variable(
                    self._new.free_name(f"{name}_is"), loops + inner, Domain.BINARY, meaning
                )
            picks.append(ex.Aggregate("sum", pick, inner) if inner else pick)
            bounded = self._rewrite(part, -wanted, loops + inner)
            distance = ex.Add((ref, ex.Negate(bounded)))
            if wanted == -1:
                distance = ex.Add((bounded, ex.Negate(ref)))
            self._below(f"{name}_{at}_most", distance, loops + inner, (pick,), name)
        self._guarded = outside
        if len(parts) == 1 or len(parts) > 2 or any(inner for inner, _ in parts):
            total = picks[0] if len(picks) == 1 else ex.Add(tuple(picks))
            self._new.row(f"{name}_one", loops, total, "==", ONE)

    def _parts(self, node: ex.Call | ex.Aggregate, loops: Loops) -> Iterator[tuple[Loops, ex.Expr]]:
        """What the node is the largest (or smallest) of, each under loops of its own."""
        match node:
            case ex.Call("abs", (operand,)):
                yield (), operand
                yield (), ex.Negate(operand)
            case ex.Call(_, arguments):
                yield from (((), argument) for argument in arguments)
            case ex.Aggregate(_, body, generators):
                self._refuse_nothing(node, loops)
                yield generators, body

    def _refuse_nothing(self, node: ex.Aggregate, loops: Loops) -> None:
        """The largest of no values would be a variable without a limit."""
        frame = self._frame(loops)
        _, parents = self._ground.extend(frame, node.generators)
        if len(np.unique(parents)) < frame.size:
            raise FormulationError(
                f"{self._element!r}: {ex.to_text(node)!r} is taken of nothing",
                hint="leave such combinations out with a condition",
            )

    # Products

    def _product(self, left: ex.Expr, right: ex.Expr, direction: int, loops: Loops) -> ex.Expr:
        """A binary times anything that has bounds; other products stay."""
        sides = self._rewrite(left, 0, loops), self._rewrite(right, 0, loops)
        for switch, other in (sides, sides[::-1]):
            match switch:
                case ex.Negate(operand):
                    return ex.Negate(self._product(operand, other, -direction, loops))
                case ex.Binary("*", factor, inner) if self._is_constant(factor):
                    turned = direction * self._sign(factor, loops)
                    return ex.Binary("*", factor, self._product(inner, other, turned, loops))
                case ex.Binary("*" | "/" as symbol, inner, factor) if self._is_constant(factor):
                    turned = direction * self._sign(factor, loops)
                    return ex.Binary(symbol, self._product(inner, other, turned, loops), factor)
            if not self._literal(switch):
                continue
            if switch == other:
                return switch
            limits = self._limits(other, loops)
            if np.all(np.abs(limits) <= MOST_SWITCHED):
                return self._switched(switch, other, limits, direction, loops)
        for total, other in (sides, sides[::-1]):
            if not self._holds_binary(total):
                continue
            match total:
                case ex.Add(terms):
                    return ex.Add(tuple(self._times(t, other, direction, loops) for t in terms))
                case ex.Aggregate("sum", body, generators) if self._is_apart(generators, other):
                    inner_loops = loops + generators
                    each = self._times(body, other, direction, inner_loops)
                    return ex.Aggregate("sum", each, generators)
        return ex.Binary("*", *sides)

    def _times(self, term: ex.Expr, other: ex.Expr, direction: int, loops: Loops) -> ex.Expr:
        if self._is_constant(term):
            return ex.Binary("*", term, other)
        return self._product(term, other, direction, loops)

    def _is_apart(self, generators: Loops, node: ex.Expr) -> bool:
        return ex.names(node).isdisjoint(name for g in generators for name in g.names)

    def _holds_binary(self, node: ex.Expr) -> bool:
        """Whether a sum has parts that are 0 or 1, so that it pays to multiply it out."""
        match node:
            case ex.Negate(operand) | ex.Aggregate("sum", operand):
                return self._holds_binary(operand)
            case ex.Add(terms):
                return any(map(self._holds_binary, terms))
            case ex.Binary("*", left, right):
                return self._holds_binary(left) or self._holds_binary(right)
            case _:
                return not self._is_constant(node) and self._literal(node)

    def _switched(
        self,
        switch: ex.Expr,
        other: ex.Expr,
        limits: tuple[Floats, Floats],
        direction: int,
        loops: Loops,
    ) -> ex.Ref:
        """`switch * other` as a variable between the two planes above and the two below it."""
        low, high = limits
        name = self._new.free_name("product")
        whole = self._is_whole(other, loops)
        meaning = ex.to_text(ex.Binary("*", switch, other))
        hull = np.minimum(low, 0.0), np.maximum(high, 0.0)
        domain = Domain.INTEGER if whole else Domain.CONTINUOUS
        ref = self._new.variable(name, loops, domain, meaning, hull)
        least = self._new.number(f"{name}_least", loops, low)
        most = self._new.number(f"{name}_most", loops, high)
        off = _not(switch)
        if direction >= 0:
            self._new.row(f"{name}_1", loops, ref, ">=", ex.Binary("*", least, switch))
            below = ex.Add((other, ex.Negate(ex.Binary("*", most, off))))
            self._new.row(f"{name}_2", loops, ref, ">=", below)
        if direction <= 0:
            self._new.row(f"{name}_3", loops, ref, "<=", ex.Binary("*", most, switch))
            above = ex.Add((other, ex.Negate(ex.Binary("*", least, off))))
            self._new.row(f"{name}_4", loops, ref, "<=", above)
        return ref

    # Choices, counts, broken lines

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
        for guard, side in ((holds, then), (_not(holds), otherwise)):
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

    def _piecewise(self, node: ex.Piecewise, direction: int, loops: Loops) -> ex.Expr:
        """One segment is taken; the argument and the value are those of a point on it. Where the
        line bends the way the program pushes, the segments need no binaries."""
        ats, values = self._ground.points(node, self._frame(loops))
        argument = self._rewrite(node.argument, 0, loops)
        name = self._new.free_name("piecewise")
        length, rise = np.diff(ats, axis=1), np.diff(values, axis=1)
        slope = rise / length
        bends = np.diff(slope, axis=1) * direction
        domain = Domain.BINARY if direction == 0 or np.any(bends < 0) else Domain.CONTINUOUS
        columns = {"from": ats[:, :-1], "at": values[:, :-1], "slope": slope, "length": length}
        loop, (begin, height, steep, long) = self._new.over_positions(
            name, loops, length.shape[1], columns.items()
        )
        inner = (*loops, loop)
        told = f"which segment of {ex.to_text(node)}"
        ones = np.ones(self._frame(inner).size)
        taken = self._new.variable(f"{name}_taken", inner, domain, told, (0.0 * ones, ones))
        along = self._new.variable(
            f"{name}_along",
            inner,
            Domain.CONTINUOUS,
            f"how far along: {told}",
            (0.0 * ones, length.reshape(-1)),
        )
        self._new.row(f"{name}_one", loops, ex.Aggregate("sum", taken, (loop,)), "==", ONE)
        self._new.row(f"{name}_end", inner, along, "<=", ex.Binary("*", long, taken))
        place = ex.Add((ex.Binary("*", begin, taken), along))
        self._new.row(f"{name}_is", loops, argument, "==", ex.Aggregate("sum", place, (loop,)))
        value = ex.Add((ex.Binary("*", height, taken), ex.Binary("*", steep, along)))
        return ex.Aggregate("sum", value, (loop,))

    # Logic

    def _truth(self, condition: ex.Condition, direction: int, loops: Loops, name: str) -> ex.Expr:
        """A 0 or 1 that says whether the condition holds: at least where it does (1), at most
        (-1), or exactly (0)."""
        if self._is_constant(condition):
            return ex.Choice(condition, ONE, ZERO)
        literal = self._as_literal(condition)
        if literal is not None:
            return literal
        told = ex.to_text(condition)
        holds = self._new.variable(
            self._new.free_name(f"{name}_if"), loops, Domain.BINARY, f"whether {told}"
        )
        if direction <= 0:
            self._require(condition, loops, (holds,))
        if direction >= 0:
            self._require(ex.Not(condition), loops, (_not(holds),))
        return holds

    def _as_literal(self, condition: ex.Condition) -> ex.Expr | None:
        """A condition that only asks for the value of a binary, as that or as 1 without it."""
        match condition:
            case ex.Not(operand):
                inner = self._as_literal(operand)
                return None if inner is None else _not(inner)
            case ex.Comparison(operator, left, ex.Number(value)) if self._literal(left):
                holds = [_OPERATORS[operator](at, value) for at in (0.0, 1.0)]
                if holds == [False, True]:
                    return left
                if holds == [True, False]:
                    return _not(left)
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
        total = ex.Add((ZERO, *map(_not, guards))) if guards else ZERO
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
            self._require(others[0], loops, (*guards, *map(_not, known)))
            return
        if len(others) == 2 and not known:
            first = self._switch(others[0], loops)
            self._require(others[0], loops, (*guards, first))
            self._require(others[1], loops, (*guards, _not(first)))
            return
        for part in others:
            switch = self._switch(part, loops)
            self._require(part, loops, (switch,))
            known.append(switch)
        total = ex.Add((ZERO, *known, *map(_not, guards)))
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
        told = ex.to_text(node)
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
            self._equal(name, smaller, larger, loops, guards, told)
            return
        self._below(name, _minus(smaller, larger), loops, guards, told)

    def _step(self, node: ex.Comparison, loops: Loops) -> ex.Number:
        """By how much what is asked to be beyond a limit must be: 1 for whole numbers, for amounts
        a millionth of what their bounds leave, rounded up to a power of ten."""
        difference = ex.Add((node.left, ex.Negate(node.right)))
        if self._is_whole(difference, loops):
            return ONE
        low, high = self._limits(difference, loops)
        span = float(np.max(high - low, initial=0.0))
        step = least_step(span)
        self._new.readings.append(
            f"{ex.to_text(node)} is taken as beyond that limit by "
            f"{np.format_float_positional(step, trim='-')} at least; where another amount is the "
            "least that counts, write it with '<=' or '>='"
        )
        return ex.Number(step)

    def _equal(  # noqa: PLR0917  (a comparison, its place and its name)
        self, name: str, left: ex.Expr, right: ex.Expr, loops: Loops, guards: Guards, told: str
    ) -> None:
        if not guards:
            self._new.row(name, loops, left, "==", right)
            return
        self._below(name, _minus(left, right), loops, guards, told)
        again = self._new.free_name(name)
        self._below(again, _minus(right, left), loops, guards, told)

    def _below(self, name: str, amount: ex.Expr, loops: Loops, guards: Guards, told: str) -> None:
        """`amount <= 0` where all guards are 1; a number from the bounds switches it off."""
        if not guards:
            self._new.row(name, loops, amount, "<=", ZERO)
            return
        _, most = self._limits(amount, loops)
        if not np.isfinite(most).all():
            raise FormulationError(
                f"{self._element!r}: {told!r} can be switched off, which takes a number that it "
                f"never exceeds, and {self._unbounded(amount, loops)}",
                hint="give the decision both bounds, or state a limit that implies them",
            )
        largest = np.maximum(most, 0.0)
        if not largest.any():
            return  # it holds whatever is decided
        if largest.max() > MOST_SWITCHED:
            raise FormulationError(
                f"{self._element!r}: {told!r} can be switched off, which takes {largest.max():g} "
                "by the bounds of what is in it; no solver tells that from an error of rounding",
                hint="give the decisions in it smaller bounds",
            )
        factor = self._new.number(f"{name}_most", loops, largest)
        off = tuple(map(_not, guards))
        total = off[0] if len(off) == 1 else ex.Add(off)
        self._new.row(name, loops, amount, "<=", ex.Binary("*", factor, total))
        self._new.said.append(
            f"{told} is switched off by {float(largest.max()):g}, from the bounds of what is in it"
        )

    def _unbounded(self, amount: ex.Expr, loops: Loops) -> str:
        """Which decision lacks a bound, in words."""
        for part in ex.walk(amount):
            if isinstance(part, ex.Ref) and part.name in self._stated.variables:
                for side, text in ((0, "lower"), (1, "upper")):
                    found = self._new.bounds.variable(part.name)[side]
                    if not np.isfinite(found).all():
                        return f"{part.name!r} has no {text} bound"
        return "a decision in it has no bound"

    # Whole numbers

    def _is_whole(self, node: ex.Expr, loops: Loops) -> bool:
        """Whether an expression is a whole number whatever is decided."""
        if self._is_constant(node):
            values = self._ground.constant(node, self._frame(loops))
            return bool(np.all(values == np.round(values)))
        match node:
            case ex.Ref(name):
                return self._instance.variables[name].variable.domain is not Domain.CONTINUOUS
            case ex.Negate(operand):
                return self._is_whole(operand, loops)
            case ex.Add(terms):
                return all(self._is_whole(term, loops) for term in terms)
            case ex.Binary("*", left, right):
                return self._is_whole(left, loops) and self._is_whole(right, loops)
            case ex.Call("abs" | "min" | "max", arguments):
                return all(self._is_whole(argument, loops) for argument in arguments)
            case ex.Aggregate(_, body, generators):
                return self._is_whole(body, loops + generators)
            case ex.Choice(_, then, otherwise):
                return self._is_whole(then, loops) and self._is_whole(otherwise, loops)
            case ex.Count():
                return True
            case _:
                return False

    def _semicontinuous(self, name: str) -> None:
        """0, or between its bounds: a binary says which."""
        bound = self._stated.variables[name]
        self._element = name
        low, high = element_bounds(bound)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise FormulationError(
                f"{name!r} is 0 or between bounds, and lacks a bound",
                hint="give it a lower and an upper bound",
            )
        widened = replace(bound, lowers=np.minimum(low, 0.0), uppers=np.maximum(high, 0.0))
        self._new.instance = replace(
            self._instance, variables={**self._instance.variables, name: widened}
        )
        loops = ex.parse_forall(bound.variable.forall).generators
        if not loops and bound.sets:
            taken = {*self._instance.sets, *self._instance.parameters, *self._instance.variables}
            loops = tuple(_loops_over(bound.variable.indices, self._instance, taken))
        names = tuple(ex.Ref(n) for g in loops for n in g.names)
        frame = self._frame(loops)
        at = self._ground.elements(ex.Ref(name, names), widened, frame) - bound.offset
        switch = self._new.variable(f"{name}_on", loops, Domain.BINARY, f"whether {name} is not 0")
        ref = ex.Ref(name, names)
        least, most = (
            self._new.number(f"{name}_{side}", loops, values[at])
            for side, values in (("least", low), ("most", high))
        )
        self._new.row(f"{name}_least", loops, ref, ">=", ex.Binary("*", least, switch))
        self._new.row(f"{name}_most", loops, ref, "<=", ex.Binary("*", most, switch))


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


def _most(arrays: Sequence[Floats]) -> float:
    """The largest number of all; of none at all, so small that it decides nothing."""
    return max((float(np.max(array)) for array in arrays if array.size), default=-INFINITE)


def _not(node: ex.Expr) -> ex.Expr:
    """1 without a 0 or 1."""
    match node:
        case ex.Add((ex.Number(1.0), ex.Negate(operand))):
            return operand
        case _:
            return ex.Add((ONE, ex.Negate(node)))


def _minus(left: ex.Expr, right: ex.Expr) -> ex.Expr:
    return left if right == ZERO else ex.Add((left, ex.Negate(right)))


def _loops_over(
    indices: Sequence[str], instance: Instance, taken: set[str]
) -> Iterator[ex.Generator]:
    """A loop over each set, under names that nothing has."""
    free = (f"k{n}" for n in range(1, 10_000) if f"k{n}" not in taken)
    for over in indices:
        first, *more = (next(free) for _ in range(instance.sets[over].width))
        yield ex.Generator(first, over, None, tuple(more))
