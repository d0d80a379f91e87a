"""Whether a program is linear, read off its expressions."""

from __future__ import annotations

from collections.abc import Set

from optwright.solvers.data.bound import Instance
from optwright.solvers.language import expressions as ex


def why_nonlinear(instance: Instance) -> str:
    """The first part that is not linear in the variables, as a sentence; empty if there is none.

    It is read off the expressions: `x ** p` is not linear even if p is 1.
    """
    stated = [("objective", instance.objective)] + [
        (family.name, side)
        for family in instance.families
        for side in (family.comparison.left, family.comparison.right)
    ]
    for element, expression in stated:
        if (part := nonlinear_part(expression, instance.variables.keys())) is not None:
            return f"{element!r} is not linear: {ex.to_text(part)}"
    return ""


def nonlinear_part(node: ex.Expr, variables: Set[str]) -> ex.Expr | None:
    """The innermost part that is to blame, or None."""
    if variables.isdisjoint(ex.names(node)) or isinstance(node, ex.Ref):
        return None
    for child in ex.children(node):
        if isinstance(child, ex.Generator | ex.Comparison | ex.Junction | ex.Not | ex.Membership):
            continue
        if (part := nonlinear_part(child, variables)) is not None:  # type: ignore[arg-type]  # the children of an expression are expressions and generators
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
        case ex.Choice(condition):
            return variables.isdisjoint(ex.names(condition))
        case ex.Count() | ex.Piecewise():
            return False
        case _:
            return True
