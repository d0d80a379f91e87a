"""A formulation without decisions that only name an amount."""

from __future__ import annotations

from optwright.errors import FormulationError
from optwright.solvers.language.expressions import names, parse_comparison
from optwright.solvers.language.notation import to_text
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    NamedExpression,
    Variable,
)
from optwright.solvers.model.syntax import Ref


def written_out(formulation: Formulation) -> Formulation:
    """The formulation in which a decision that is free and equal to an amount (`profit == 5*a +
    2*b`) is a name of that amount: it says the same, and its amounts are lowered as they would be
    without the name."""
    for variable in formulation.variables:
        for constraint in formulation.constraints:
            amount = _named(variable, constraint)
            if amount:
                return written_out(_with_name(formulation, variable, constraint, amount))
    return formulation


def _named(variable: Variable, constraint: Constraint) -> str:
    """The amount that a constraint says a decision to be; empty where it says something else."""
    free = Variable(name=variable.name, domain=Domain.CONTINUOUS, lower=None)
    told = variable.model_copy(update={"meaning": "", "unit": "", "source": ""})
    if told != free or constraint.forall:
        return ""
    try:
        statements = parse_comparison(constraint.expression)
    except FormulationError:
        return ""
    if len(statements) != 1 or statements[0].operator != "==":
        return ""
    sides = statements[0].left, statements[0].right
    for own, other in (sides, sides[::-1]):
        if isinstance(own, Ref) and own.name == variable.name and own.name not in names(other):
            return to_text(other)
    return ""


def _with_name(
    formulation: Formulation, variable: Variable, constraint: Constraint, amount: str
) -> Formulation:
    named = NamedExpression(name=variable.name, expression=amount)
    changes: dict[str, object] = {
        "variables": tuple(v for v in formulation.variables if v is not variable),
        "constraints": tuple(c for c in formulation.constraints if c is not constraint),
        "expressions": (*formulation.expressions, named),
    }
    scenarios = formulation.scenarios
    if scenarios is not None:
        later = tuple(name for name in scenarios.later if name != variable.name)
        changes["scenarios"] = scenarios.model_copy(update={"later": later})
    return formulation.model_copy(update=changes)
