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

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.backends.additions import Loops
from optwright.solvers.backends.linear_logic import LinearLogic
from optwright.solvers.backends.special_sets import expand
from optwright.solvers.data.bound import Family, Instance
from optwright.solvers.data.variable_binding import element_bounds
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Sense


def linearize(instance: Instance) -> Instance:
    """The same program with logic, `max`, `min`, `abs`, products with binaries, broken lines and
    semicontinuous variables as variables and rows: `max_1` with `max_1_1`, `max_1_2`, ...

    Returns the instance itself if there is none. Raises `FormulationError` where logic needs a
    bound that is not there; `max`, `min`, `abs` and products are left as they are then.
    """
    return _Linearizer(instance).run()


class _Linearizer(LinearLogic):
    """Goes through a program: its objective, its families of rows, its variables."""

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
            notes=tuple(dict.fromkeys(self._new.notes)),
            readings=tuple(dict.fromkeys(self._new.readings)),
        )

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
        self._new.row(f"{name}largest_gap", loops, ref, "<=", ex.Binary("*", most, switch))


def _loops_over(
    indices: Sequence[str], instance: Instance, taken: set[str]
) -> Iterator[ex.Generator]:
    """A loop over each set, under names that nothing has."""
    free = (f"k{n}" for n in range(1, 10_000) if f"k{n}" not in taken)
    for over in indices:
        first, *more = (next(free) for _ in range(instance.sets[over].width))
        yield ex.Generator(first, over, None, tuple(more))
