"""The limit of a row as its constraint states it, so that prices are told of what words say.

A solver's row has its constants on one side. `stock[t] == stock[t-1] + make[t] - demand[t]` is a
row whose limit is minus the demand, and `70*a + 98*b >= 88*(a + b)` is one whose limit is 0: a unit
of that 0 is not a unit of 88.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set

from optwright.errors import FormulationError
from optwright.solvers.language.checks import row_names
from optwright.solvers.language.expressions import names, parse_comparison, parse_constraint
from optwright.solvers.model.formulation import Constraint, Formulation
from optwright.solvers.model.syntax import (
    Add,
    Aggregate,
    Binary,
    Comparison,
    Expr,
    Negate,
    Number,
    Ref,
)

_NEGATIVE = re.compile(r"(?<![\w.])[-\u2212]\s?\d")


def stated_signs(formulation: Formulation | None) -> dict[str, int]:
    """For each row, by its name without index: 1 where its limit is the amount that the
    constraint states, -1 where it is minus that amount, 0 where no one amount is stated."""
    if formulation is None:
        return {}
    decisions = {v.name for v in formulation.variables}
    signs: dict[str, int] = {}
    for constraint in formulation.constraints:
        try:
            rows = parse_comparison(constraint.expression)
        except FormulationError:
            continue
        for name, row in zip(row_names(constraint, len(rows)), rows, strict=True):
            sign = stated_sign(row, decisions)
            # `x - y >= -5` is mostly "at most 5 less"; of "at least -5 degrees" a unit is one up.
            below_zero = _is_negative(row.right) and _NEGATIVE.search(constraint.text)
            signs[name] = -sign if below_zero else sign
    return signs


def stating_constraints(formulation: Formulation | None) -> dict[str, Constraint]:
    """For each row, by its name without index, the constraint it comes from. What lowering adds
    for `max`, `abs` and logic comes from none."""
    told: dict[str, Constraint] = {}
    for stated in formulation.constraints if formulation is not None else ():
        try:
            count = len(parse_constraint(stated.expression))
        except FormulationError:
            count = 1
        told |= dict.fromkeys(row_names(stated, count), stated)
    return told


def stated_sign(row: Comparison, decisions: Set[str]) -> int:
    """As in `stated_signs`, for one comparison.

    >>> stated_sign(parse_comparison("x + y <= 40")[0], {"x", "y"})
    1
    >>> stated_sign(parse_comparison("40 - x - y >= 0")[0], {"x", "y"})
    -1
    >>> stated_sign(parse_comparison("3*x >= 2*(x + y)")[0], {"x", "y"})
    0
    """
    # The row is `left - right`, or with decisions on the right alone `right - left`.
    holds_left = not decisions.isdisjoint(names(row.left))
    sides = (row.left, -1 if holds_left else 1), (row.right, 1 if holds_left else -1)
    found = {sign for side, way in sides for sign in _amounts(side, way, decisions)}
    return found.pop() if len(found) == 1 else 0


def _is_negative(node: Expr) -> bool:
    return isinstance(node, Negate) and isinstance(node.operand, Number)


def _amounts(node: Expr, sign: int, decisions: Set[str]) -> Iterator[int]:
    """The sign of each amount that is added here; 0 for one inside something else, where a unit
    of it is not a unit of the limit."""
    match node:
        case Number(value) if value == 0:
            return
        case Negate(operand):
            yield from _amounts(operand, -sign, decisions)
        case Add(terms):
            for term in terms:
                yield from _amounts(term, sign, decisions)
        case _ if decisions.isdisjoint(names(node)):
            yield sign
        case Ref():
            return
        case Binary("*" | "/", left, right):
            part = right if decisions.isdisjoint(names(left)) else left
            yield from (0 for _ in _amounts(part, sign, decisions))
        case Aggregate("sum", body, _):
            yield from (0 for _ in _amounts(body, sign, decisions))
        case _:
            yield 0
