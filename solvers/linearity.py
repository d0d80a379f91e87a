"""Whether a formulation is linear, read off its expressions without any data."""

from __future__ import annotations

from collections.abc import Set

from optwright.solvers import expressions as ex
from optwright.solvers.formulation import Formulation


def why_nonlinear(formulation: Formulation) -> str:
    """The first part of a readable formulation that is not linear in its variables, as a
    sentence; empty if there is none."""
    variables = {variable.name for variable in formulation.variables}
    stated = [("objective", ex.parse(formulation.objective.expression))] + [
        (constraint.name, side)
        for constraint in formulation.constraints
        for comparison in ex.parse_comparison(constraint.expression)
        for side in (comparison.left, comparison.right)
    ]
    for element, expression in stated:
        if (part := _nonlinear_part(expression, variables)) is not None:
            return f"{element!r} is not linear: {ex.to_text(part)}"
    return ""


def _nonlinear_part(node: ex.Expr, variables: Set[str]) -> ex.Expr | None:
    """The innermost part that is to blame, or None."""
    if variables.isdisjoint(ex.names(node)) or isinstance(node, ex.Ref):
        return None
    for child in ex.children(node):
        if isinstance(child, ex.Generator):
            continue
        if (part := _nonlinear_part(child, variables)) is not None:  # type: ignore[arg-type]  # the children of an expression are expressions and generators
            return part
    return None if _keeps_linear(node, variables) else node


def _keeps_linear(node: ex.Expr, variables: Set[str]) -> bool:
    """Whether a node whose parts are linear is linear too."""
    match node:
        case ex.Binary("*", left, right):
            return any(variables.isdisjoint(ex.names(side)) for side in (left, right))
        case ex.Binary("/", _, divisor):
            return variables.isdisjoint(ex.names(divisor))
        case ex.Binary("**", _, exponent):
            return exponent == ex.Number(1)
        case ex.Call():
            return False
        case ex.Aggregate(function):
            return function == "sum"
        case _:
            return True
