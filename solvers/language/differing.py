"""What differs between the scenarios of a formulation."""

from __future__ import annotations

from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Formulation


def differing(formulation: Formulation) -> frozenset[str]:
    """Parameters that a scenario changes, decisions that are taken once it is known which it is,
    and named expressions of these; empty where there are no scenarios."""
    scenarios = formulation.scenarios
    if scenarios is None:
        return frozenset()
    found = set(scenarios.later)
    for case in scenarios.cases:
        found.update(case.values, case.factors)
    uses = {
        e.name: ex.names(ex.parse(e.expression)) | ex.names(ex.parse_forall(e.forall))
        for e in formulation.expressions
    }
    for _ in uses:  # one may use another
        found |= {name for name, used in uses.items() if used & found}
    return frozenset(found)
