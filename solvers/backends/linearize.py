"""`max`, `min` and `abs` of variables as linear rows, where that says exactly the same.

Minimizing `max(a, b)` is minimizing a new variable that is at least `a` and at least `b`; so is
keeping it below a limit. The other direction (maximizing it, or asking it to be large) is not
convex, and such parts are left as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.data.binding import BoundVariable, Family, Instance
from optwright.solvers.data.index_evaluation import Frame, Ground
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Sense, Variable

Loops = tuple[ex.Generator, ...]


def straighten(instance: Instance) -> Instance:
    """The same program with every `max`, `min` and `abs` that can be replaced by a variable
    `max_1`, `min_2`, ... and the rows `max_1_1`, `max_1_2`, ... that hold it in place.

    Returns the instance itself if there is none.
    """
    return _Straightener(instance).run()


class _Straightener:
    """Directions: 1 where a smaller value keeps or improves the program, -1 where a larger one
    does, 0 where neither is sure."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._variables = dict(instance.variables)
        self._rows: list[Family] = []
        families = (family.name for family in instance.families)
        self._taken = {*instance.sets, *instance.parameters, *instance.variables, *families}
        self._ground = Ground(instance, "objective")

    def run(self) -> Instance:
        minimizes = self._instance.formulation.objective.sense is Sense.MINIMIZE
        objective = self._rewrite(self._instance.objective, 1 if minimizes else -1, ())
        families = tuple(map(self._family, self._instance.families))
        if not self._rows:
            return self._instance
        return replace(
            self._instance,
            variables=self._variables,
            objective=objective,
            families=(*families, *self._rows),
        )

    def _family(self, family: Family) -> Family:
        self._ground = Ground(self._instance, family.name)
        stated, loops = family.statement, family.forall.generators
        if not isinstance(stated, ex.Comparison):
            return family
        direction = {"<=": 1, ">=": -1}.get(stated.operator, 0)
        left = self._rewrite(stated.left, direction, loops)
        right = self._rewrite(stated.right, -direction, loops)
        return replace(family, statement=replace(stated, left=left, right=right))

    def _rewrite(self, node: ex.Expr, direction: int, loops: Loops) -> ex.Expr:
        """The expression with what can be replaced replaced; `loops` are those around it."""
        if direction == 0 or self._ground.is_constant(node):
            return node
        match node:
            case ex.Negate(operand):
                return ex.Negate(self._rewrite(operand, -direction, loops))
            case ex.Add(terms):
                return ex.Add(tuple(self._rewrite(term, direction, loops) for term in terms))
            case ex.Binary("*", left, right) if self._ground.is_constant(left):
                turned = direction * self._sign(left, loops)
                return ex.Binary("*", left, self._rewrite(right, turned, loops))
            case ex.Binary("*" | "/" as symbol, left, right) if self._ground.is_constant(right):
                turned = direction * self._sign(right, loops)
                return ex.Binary(symbol, self._rewrite(left, turned, loops), right)
            case ex.Aggregate("sum", body, generators):
                inner = self._rewrite(body, direction, loops + generators)
                return ex.Aggregate("sum", inner, generators)
            case ex.Call("max" | "min" | "abs") | ex.Aggregate():
                wanted = -1 if node.function == "min" else 1
                return self._stand_in(node, loops) if direction == wanted else node
            case _:
                return node

    def _sign(self, node: ex.Expr, loops: Loops) -> int:
        """1 if data makes the expression nowhere negative, -1 if nowhere positive, else 0."""
        frame, _ = self._ground.extend(Frame(), loops)
        values = self._ground.constant(node, frame)
        return 1 if np.all(values >= 0) else -1 if np.all(values <= 0) else 0

    def _stand_in(self, node: ex.Call | ex.Aggregate, loops: Loops) -> ex.Ref:
        """A new variable, one for each combination of the loops, on the right side of every part
        of the node."""
        direction = -1 if node.function == "min" else 1
        name = self._unused(node.function)
        self._add_variable(name, node, loops)
        ref = ex.Ref(name, tuple(ex.Ref(loop.name) for loop in loops))
        operator: Literal["<=", ">="] = ">=" if direction == 1 else "<="
        for at, (inner, part) in enumerate(self._parts(node, loops), 1):
            bounded = self._rewrite(part, direction, loops + inner)
            row = ex.Comparison(operator, ref, bounded)
            self._rows.append(Family(f"{name}_{at}", ex.Forall(loops + inner), row))
        return ref

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
        frame, _ = self._ground.extend(Frame(), loops)
        _, parents = self._ground.extend(frame, node.generators)
        if len(np.unique(parents)) < frame.size:
            raise FormulationError(
                f"{self._ground.element!r}: {ex.to_text(node)!r} is taken of nothing",
                hint="leave such combinations out with a condition",
            )

    def _unused(self, function: str) -> str:
        numbers = itertools.count(1)
        return next(name for n in numbers if (name := f"{function}_{n}") not in self._taken)

    def _add_variable(self, name: str, node: ex.Expr, loops: Loops) -> None:
        stated = Variable(
            name=name,
            indices=tuple(loop.set for loop in loops),
            lower=None,
            meaning=ex.to_text(node),
        )
        sets = tuple(self._instance.sets[loop.set] for loop in loops)
        offset = sum(variable.size for variable in self._variables.values())
        self._variables[name] = BoundVariable(stated, sets, offset)
        self._taken.add(name)
