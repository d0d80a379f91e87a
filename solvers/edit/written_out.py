"""A formulation without decisions that only name an amount.

Columns that name a sum are written out of the rows (`solvers.model.definitions`); here, where a
name decides what the rows are: distances are lowered otherwise in an equation than in an objective,
and with scenarios a name has one value in all of them.
"""

from __future__ import annotations

from optwright.errors import FormulationError
from optwright.solvers.language.expressions import names, parse_comparison
from optwright.solvers.language.notation import to_text
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    NamedExpression,
    Variable,
)
from optwright.solvers.model.syntax import Expr, Ref


def written_out(formulation: Formulation) -> Formulation:
    """The formulation in which a decision that is free and equal to an amount (`profit == 5*a +
    2*b`) is a name of that amount: it says the same, and its amounts are lowered as they would be
    without the name."""
    free = {v.name for v in formulation.variables if _is_free(v)}
    named: dict[str, Expr] = {}
    kept = []
    for constraint in formulation.constraints:
        given = _given(constraint, free - named.keys()) if free else None
        if given is None or _leads_to(given[0], given[1], named):
            kept.append(constraint)
        else:
            named[given[0]] = given[1]
    return _with_names(formulation, named, tuple(kept)) if named else formulation


def _is_free(variable: Variable) -> bool:
    told = variable.model_copy(update={"meaning": "", "unit": "", "source": ""})
    return told == Variable(name=variable.name, lower=None)


def _given(constraint: Constraint, free: set[str]) -> tuple[str, Expr] | None:
    """The free decision that a constraint gives, and the amount it is; None where it says something
    else."""
    if constraint.forall:
        return None
    try:
        statements = parse_comparison(constraint.expression)
    except FormulationError:
        return None
    if len(statements) != 1 or statements[0].operator != "==":
        return None
    sides = statements[0].left, statements[0].right
    for own, other in (sides, sides[::-1]):
        if isinstance(own, Ref) and own.name in free:
            return own.name, other
    return None


def _leads_to(name: str, amount: Expr, named: dict[str, Expr]) -> bool:
    """Whether an amount is made of `name`, itself or through names."""
    open_, seen = set(names(amount)), set[str]()
    while open_:
        one = open_.pop()
        seen.add(one)
        if one in named:
            open_ |= names(named[one]) - seen
    return name in seen


def _with_names(
    formulation: Formulation, named: dict[str, Expr], constraints: tuple[Constraint, ...]
) -> Formulation:
    expressions = (
        NamedExpression(name=name, expression=to_text(amount)) for name, amount in named.items()
    )
    changes: dict[str, object] = {
        "variables": tuple(v for v in formulation.variables if v.name not in named),
        "constraints": constraints,
        "expressions": (*formulation.expressions, *expressions),
    }
    if (scenarios := formulation.scenarios) is not None:
        later = tuple(name for name in scenarios.later if name not in named)
        changes["scenarios"] = scenarios.model_copy(update={"later": later})
    return formulation.model_copy(update=changes)
