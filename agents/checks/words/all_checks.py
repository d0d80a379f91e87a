"""Every check of a formulation against the words of its problem."""

from __future__ import annotations

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words import amounts, decisions, limits, numbers, objective, order
from optwright.agents.findings import Fault, Finding
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation, Severity


def findings(context: CheckContext) -> tuple[Finding, ...]:
    """Everything the checks have against a formulation, heaviest first."""
    broken = unreadable(context.formulation)
    if broken:
        return broken
    found = [
        *numbers.unused(context),
        *numbers.invented(context),
        *limits.faults(context),
        *limits.unstated(context),
        *amounts.differing(context),
        *order.crossed(context),
        *decisions.integrality(context),
        *objective.objective(context),
        *objective.sense(context),
        *decisions.idle(context),
        *decisions.units(context),
    ]
    return tuple(sorted(found, key=lambda f: -f.weight))


def unreadable(formulation: Formulation) -> tuple[Finding, ...]:
    """The elements that cannot be read, in whatever language the problem is told."""
    return tuple(
        Finding(Fault.UNREADABLE, problem.message, problem.element)
        for problem in check(formulation)
        if problem.severity is Severity.ERROR
    )
