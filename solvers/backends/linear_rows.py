"""Rows that a yes/no switches on, and what has to be known of an expression to write them."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from optwright.solvers.backends.additions import Additions, Loops
from optwright.solvers.backends.logic_evaluation import least_step
from optwright.solvers.data.bound import Instance
from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.data.variable_binding import element_bounds
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain
from optwright.solvers.model.linear_model import Floats

Guards = tuple[ex.Expr, ...]
"""Expressions that are 0 or 1; what is guarded must hold where all are 1."""


MOST_SWITCHED = 1e9
"""The largest number that switches a row off: solvers keep a yes/no to a billionth at best."""


ZERO, ONE = ex.Number(0.0), ex.Number(1.0)


ZERO, ONE = ex.Number(0.0), ex.Number(1.0)


def negation(node: ex.Expr) -> ex.Expr:
    """1 without a 0 or 1."""
    match node:
        case ex.Add((ex.Number(1.0), ex.Negate(operand))):
            return operand
        case _:
            return ex.Add((ONE, ex.Negate(node)))


def minus(left: ex.Expr, right: ex.Expr) -> ex.Expr:
    return left if right == ZERO else ex.Add((left, ex.Negate(right)))


class LinearRows(ABC):
    """What a program says of its expressions (signs, limits, whether whole), and the rows that are
    added to it.

    Directions: 1 where a smaller value keeps or improves the program, -1 where a larger one
    does, 0 where neither is sure.
    """

    @abstractmethod
    def _rewrite(self, node: ex.Expr, direction: int, loops: Loops) -> ex.Expr:
        """The expression with what can be replaced replaced; `loops` are those around it."""

    @abstractmethod
    def _require(self, node: ex.Condition | ex.Special, loops: Loops, guards: Guards) -> None:
        """Rows for a condition that must hold where all guards are 1."""

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
        self, name: str, left: ex.Expr, right: ex.Expr, loops: Loops, guards: Guards, stated: str
    ) -> None:
        if not guards:
            self._new.row(name, loops, left, "==", right)
            return
        self._below(name, minus(left, right), loops, guards, stated)
        again = self._new.free_name(name)
        self._below(again, minus(right, left), loops, guards, stated)

    def _below(self, name: str, amount: ex.Expr, loops: Loops, guards: Guards, stated: str) -> None:
        """`amount <= 0` where all guards are 1; a number from the bounds switches it off."""
        if not guards:
            self._new.row(name, loops, amount, "<=", ZERO)
            return
        _, most = self._limits(amount, loops)
        largest = np.maximum(most, 0.0)
        if not largest.any():
            return  # it holds whatever is decided
        if not np.isfinite(most).all():
            why = f"no number from bounds does that, since {self._unbounded(amount, loops)}"
            self._below_unbounded(
                name, amount, loops, guards, f"{stated} can be switched off; {why}"
            )
            return
        if largest.max() > MOST_SWITCHED:
            why = f"by {largest.max():g}, which no solver tells from an error of rounding"
            self._below_unbounded(name, amount, loops, guards, f"{stated} is switched off {why}")
            return
        factor = self._new.number(f"{name}largest_gap", loops, largest)
        off = tuple(map(negation, guards))
        total = off[0] if len(off) == 1 else ex.Add(off)
        self._new.row(name, loops, amount, "<=", ex.Binary("*", factor, total))
        self._new.notes.append(
            f"{stated} is switched off by {float(largest.max()):g}, from the bounds of what is in "
            "it"
        )

    def _below_unbounded(
        self, name: str, amount: ex.Expr, loops: Loops, guards: Guards, why: str
    ) -> None:
        """`amount <= 0` where all guards are 1, for a solver that branches on these: what is beyond
        is an amount of its own, and times the guard it is 0. It is exact and takes no bound; one
        product stands for the row, whatever is in it."""
        beyond = self._new.variable(
            self._new.free_name(f"{name}_beyond"),
            loops,
            Domain.CONTINUOUS,
            f"by how much {ex.to_text(amount)} is above 0",
            _without_end(self._frame(loops).size),
        )
        self._new.row(name, loops, amount, "<=", beyond)
        switch = guards[0] if len(guards) == 1 else self._all_of(name, guards, loops)
        product = ex.Binary("*", switch, beyond)
        self._new.row(self._new.free_name(name), loops, product, "<=", ZERO)
        self._new.notes.append(
            f"{why}: a solver of nonlinear models branches on it instead; with both bounds on what "
            "is in it the model would be linear"
        )

    def _all_of(self, name: str, guards: Guards, loops: Loops) -> ex.Expr:
        """A binary that is 1 where all guards are."""
        both = self._new.variable(
            self._new.free_name(f"{name}_all"), loops, Domain.BINARY, "whether all of it holds"
        )
        off = ex.Add((ONE, *(ex.Negate(negation(guard)) for guard in guards)))
        self._new.row(self._new.free_name(name), loops, both, ">=", off)
        return both

    def _unbounded(self, amount: ex.Expr, loops: Loops) -> str:
        """Which decision lacks a bound, in words."""
        for part in ex.walk(amount):
            if isinstance(part, ex.Ref) and part.name in self._stated.variables:
                for side, text in ((0, "lower"), (1, "upper")):
                    found = self._new.bounds.variable(part.name)[side]
                    if not np.isfinite(found).all():
                        return f"{part.name!r} has no {text} bound"
        return "a decision in it has no bound"

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
        most = self._new.number(f"{name}largest_gap", loops, high)
        off = negation(switch)
        if direction >= 0:
            self._new.row(f"{name}_1", loops, ref, ">=", ex.Binary("*", least, switch))
            below = ex.Add((other, ex.Negate(ex.Binary("*", most, off))))
            self._new.row(f"{name}_2", loops, ref, ">=", below)
        if direction <= 0:
            self._new.row(f"{name}_3", loops, ref, "<=", ex.Binary("*", most, switch))
            above = ex.Add((other, ex.Negate(ex.Binary("*", least, off))))
            self._new.row(f"{name}_4", loops, ref, "<=", above)
        return ref


def _without_end(count: int) -> tuple[Floats, Floats]:
    """The bounds of so many amounts that are not negative."""
    return np.zeros(count), np.full(count, np.inf)
