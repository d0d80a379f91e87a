"""Any formulation as a Pyomo model: indexed components under the names of the formulation.

Expressions become arrays of Pyomo expressions, one for each combination of the loops around them,
so loops, conditions and missing data mean here what they mean in `backends.arrays`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.core.expr.numeric_expr import LinearExpression

from optwright.errors import FormulationError
from optwright.solvers.data.bound import (
    BoundParameter,
    BoundSet,
    BoundVariable,
    Family,
    Instance,
    Places,
)
from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.data.variable_binding import element_bounds
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Sense

Objects = NDArray[np.object_]
"""A number or a Pyomo expression for each combination of a frame."""

_DOMAINS = {Domain.CONTINUOUS: "Reals", Domain.INTEGER: "Integers", Domain.BINARY: "Binary"}
_OPERATORS = {"*": operator.mul, "/": operator.truediv, "**": operator.pow}
MOST_OPERANDS = 64
"""Of a `max` or `min` that stays one: what is written out for n of them has n * n parts."""
_CALLS = {
    "abs": abs,
    "exp": pyo.exp,
    "log": pyo.log,
    "log10": pyo.log10,
    "sqrt": pyo.sqrt,
    "sin": pyo.sin,
    "cos": pyo.cos,
    "tan": pyo.tan,
}


def lower(instance: Instance) -> pyo.ConcreteModel:
    """The Pyomo model of an instance.

    A component whose name Pyomo keeps for itself, or that an earlier one has (a constraint may be
    named like a parameter), gets underscores after it; `optwright_names` of the model maps the
    names of such components to those of the formulation.
    """
    return _Lowering(instance).model


class _Lowering:
    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.model = pyo.ConcreteModel(name=instance.formulation.title or None)
        self.model.optwright_names = {}
        self._sets = {name: self._set(bound) for name, bound in instance.sets.items()}
        for parameter in instance.parameters.values():
            self._parameter(parameter)
        self._elements = _objects(
            [e for variable in instance.variables.values() for e in self._variable(variable)]
        )
        self._objective()
        for family in instance.families:
            self._constraint(family)

    def _add(self, name: str, component: Any) -> Any:
        unused = name
        while hasattr(self.model, unused):
            unused += "_"
        if unused != name:
            self.model.optwright_names[unused] = name
        self.model.add_component(unused, component)
        return component

    def _set(self, bound: BoundSet) -> Any:
        return self._add(bound.name, pyo.Set(initialize=list(bound.members)))

    def _over(self, sets: Sequence[BoundSet]) -> list[Any]:
        return [self._sets[bound.name] for bound in sets]

    def _parameter(self, bound: BoundParameter) -> None:
        places, numbers = bound.places() if bound.sets else ((), np.zeros(0))
        keys = _members(bound.sets, places)
        values = dict(zip(keys, numbers.tolist(), strict=True))
        single = float(bound.values) if not bound.sets else np.nan
        initialize = values if bound.sets else None if np.isnan(single) else single
        over = self._over(bound.sets)
        self._add(bound.name, pyo.Param(*over, initialize=initialize, within=pyo.Reals))

    def _variable(self, bound: BoundVariable) -> list[Any]:
        """Add a variable; returns its elements in the order of `bound`."""
        stated = bound.variable
        lower, upper = (
            [None if np.isinf(b) else b for b in side.tolist()] for side in element_bounds(bound)
        )
        if bound.support is None:
            over = self._over(bound.sets)
        else:
            # Only the combinations there are; Pyomo takes members of tuples apart by itself.
            over = [pyo.Set(initialize=_flat(_members(bound.sets, bound.places())), dimen=None)]
        variable = pyo.Var(
            *over, domain=getattr(pyo, _DOMAINS[stated.domain]), doc=stated.meaning or None
        )
        self._add(stated.name, variable)
        elements = list(variable.values())
        for element, low, high in zip(elements, lower, upper, strict=True):
            element.setlb(low)
            element.setub(high)
        return elements

    def _objective(self) -> None:
        stated = self.instance.formulation.objective
        ground = Ground(self.instance, "objective")
        expression = self._expression(self.instance.objective, Frame(), ground)[0]
        sense = pyo.maximize if stated.sense is Sense.MAXIMIZE else pyo.minimize
        self._add("objective", pyo.Objective(expr=expression, sense=sense, doc=stated.text or None))

    def _constraint(self, family: Family) -> None:
        ground = Ground(self.instance, family.name)
        frame, _ = ground.extend(Frame(), family.forall.generators)
        left = self._expression(family.comparison.left, frame, ground)
        right = self._expression(family.comparison.right, frame, ground)
        rows = [
            self._row(family.comparison.operator, *sides) for sides in zip(left, right, strict=True)
        ]
        if not frame.loops:
            self._add(family.name, pyo.Constraint(expr=rows[0]))
            return
        members = [[loop.over.members[at] for at in loop.places] for loop in frame.bound.values()]
        by_index = dict(zip(zip(*members, strict=True), rows, strict=True))
        constraint = pyo.Constraint(list(by_index), rule=lambda _, *index: by_index[index])
        self._add(family.name, constraint)

    def _row(self, symbol: str, left: Any, right: Any) -> Any:
        if _is_number(left) and _is_number(right):
            # Pyomo refuses a comparison of numbers; this row is kept or broken by every point.
            element = self._elements[0]
            left = LinearExpression(constant=left, linear_coefs=[0], linear_vars=[element])
        compare = {"<=": operator.le, ">=": operator.ge, "==": operator.eq}[symbol]
        return compare(left, right)

    # Expressions

    def _expression(self, node: ex.Expr, frame: Frame, ground: Ground) -> Objects:
        if ground.is_constant(node):
            return ground.constant(node, frame).astype(object)
        match node:
            case ex.Ref(name):
                variable = self.instance.variables[name]
                return self._elements[ground.elements(node, variable, frame)]
            case ex.Negate(operand):
                return -self._expression(operand, frame, ground)
            case ex.Add(terms):
                parts = [self._expression(term, frame, ground) for term in terms]
                return _objects([pyo.quicksum(row) for row in zip(*parts, strict=True)])
            case ex.Binary("/", left, right) if ground.is_constant(right):
                factors = ground.constant(ex.Binary("/", ex.Number(1), right), frame)
                return _objects(
                    map(operator.mul, self._expression(left, frame, ground), factors.tolist())
                )
            case ex.Binary(symbol, left, right):
                sides = [self._expression(side, frame, ground) for side in (left, right)]
                return _objects(map(_OPERATORS[symbol], *sides))
            case ex.Call(function, (operand,)) if function in _CALLS:
                return _objects(map(_CALLS[function], self._expression(operand, frame, ground)))
            case ex.Choice(condition, then, otherwise):
                holds = ground.mask(condition, frame)
                values = _objects([0.0] * frame.size)
                for side, taken in ((then, holds), (otherwise, ~holds)):
                    places = np.flatnonzero(taken)
                    values[places] = self._expression(side, frame.take(places), ground)
                return values
            case ex.Aggregate("sum", body, generators):
                inner, parents = ground.extend(frame, generators)
                values = self._expression(body, inner, ground)
                return _gather(values, parents, frame.size)
            case ex.Call("max" | "min" as function, arguments):
                parts = [self._expression(argument, frame, ground) for argument in arguments]
                return _objects(
                    _extreme(function, row, node, ground) for row in zip(*parts, strict=True)
                )
            case ex.Aggregate("max" | "min" as function, body, generators):
                inner, parents = ground.extend(frame, generators)
                values = self._expression(body, inner, ground)
                groups = _groups(values, parents, frame.size)
                return _objects(_extreme(function, group, node, ground) for group in groups)
            case _:
                raise FormulationError(
                    f"{ground.element!r}: {ex.to_text(node)!r} of variables has no exact form here",
                    hint="bound a new variable instead: for max(a, b), `top >= a` and `top >= b`",
                )


def _members(sets: Sequence[BoundSet], places: Sequence[Places]) -> list[Any]:
    """The members of each combination as one tuple, members that are tuples taken apart."""
    columns = [
        [member if isinstance(member, tuple) else (member,) for member in listed]
        for listed in ([s.members[k] for k in at] for s, at in zip(sets, places, strict=True))
    ]
    return [sum(row, ()) for row in zip(*columns, strict=True)]


def _flat(keys: list[Any]) -> list[Any]:
    return [key[0] if len(key) == 1 else key for key in keys]


def _gather(values: Objects, parents: Places, size: int) -> Objects:
    """Add up what belongs to the same combination outside."""
    return _objects(map(pyo.quicksum, _groups(values, parents, size)))


def _groups(values: Objects, parents: Places, size: int) -> Iterator[Objects]:
    """What belongs to the same combination outside; `parents` never fall."""
    ends = np.searchsorted(parents, np.arange(size + 1))
    for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        yield values[start:end]


def _extreme(function: str, parts: Objects | tuple[Any, ...], node: ex.Expr, ground: Ground) -> Any:
    """The largest (`max`) or smallest (`min`) of the parts, exactly, by absolute values: Pyomo has
    no node for either. In pairs and pairs of pairs, as each level writes a part twice."""
    if not len(parts):
        raise FormulationError(
            f"{ground.element!r}: {ex.to_text(node)!r} is taken of nothing",
            hint="leave such combinations out with a condition",
        )
    if len(parts) > MOST_OPERANDS:
        raise FormulationError(
            f"{ground.element!r}: {ex.to_text(node)!r} has {len(parts)} operands; this direction "
            f"of it can be solved with at most {MOST_OPERANDS}",
            hint="bound a new variable instead: for max(a, b), `top >= a` and `top >= b`",
        )
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    a, b = (_extreme(function, side, node, ground) for side in (parts[:half], parts[half:]))
    distance = abs(a - b)
    return (a + b + distance) / 2 if function == "max" else (a + b - distance) / 2


def _objects(items: Iterable[Any]) -> Objects:
    """An array of the items as they are; numpy would take Pyomo's apart."""
    listed = list(items)
    array = np.empty(len(listed), dtype=np.object_)
    for at, item in enumerate(listed):
        array[at] = item
    return array


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)
