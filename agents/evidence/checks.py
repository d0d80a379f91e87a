"""Every check of a formulation against the words of its problem."""

from __future__ import annotations

from optwright.agents.evidence import amounts, decisions, limits, numbers, objective, order
from optwright.agents.evidence.case import Case
from optwright.agents.findings import Fault, Finding
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation, Severity


def findings(case: Case) -> tuple[Finding, ...]:
    """Everything the checks have against a formulation, heaviest first."""
    broken = unreadable(case.formulation)
    if broken:
        return broken
    found = [
        *numbers.unused(case),
        *numbers.invented(case),
        *limits.faults(case),
        *limits.unstated(case),
        *amounts.differing(case),
        *order.crossed(case),
        *decisions.integrality(case),
        *objective.objective(case),
        *objective.sense(case),
        *decisions.idle(case),
        *decisions.units(case),
    ]
    return tuple(sorted(found, key=lambda f: -f.weight))


def unreadable(formulation: Formulation) -> tuple[Finding, ...]:
    """The elements that cannot be read, in whatever language the problem is told."""
    return tuple(
        Finding(Fault.UNREADABLE, problem.message, problem.element)
        for problem in check(formulation)
        if problem.severity is Severity.ERROR
    )
