"""Decisions against their meaning: counted or measured, used at all, and in which units."""

from __future__ import annotations

import re
from collections.abc import Iterator

from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.words.contents import names_used
from optwright.agents.findings import Fault, Finding
from optwright.agents.text.wording import stem
from optwright.solvers.model.formulation import Domain, Variable

_MEASURED = frozenset(
    "acre hectare kg kilogram gram ton tonne pound ounce liter litre gallon meter metre mile km "
    "foot feet inch hour minute second day week month dollar money amount usd eur cent budget "
    "weight volume area length time fraction proportion percentage share ml mg barrel investment "
    "invested land mwh kwh".split()
)
_COUNTED = re.compile(r"\b(?:number of|count of|how many|quantity of)\b", re.IGNORECASE)


def idle(context: CheckContext) -> Iterator[Finding]:
    """Decisions that no expression mentions."""
    used = names_used(context.formulation)
    for variable in context.formulation.variables:
        if variable.name not in used:
            yield Finding(
                Fault.IDLE_DECISION,
                f"neither the objective nor a constraint mentions {variable.name!r}",
                variable.name,
            )


def integrality(context: CheckContext) -> Iterator[Finding]:
    """Decisions that are counted and may be split. That something measured is whole is no fault:
    "baristas whose five days start on Monday" are no days, and whole days can be rented."""
    for variable in context.formulation.variables:
        if natural_domain(variable) is Domain.INTEGER and variable.domain is Domain.CONTINUOUS:
            yield Finding(
                Fault.INTEGRALITY,
                f"{variable.name!r} is continuous, and {variable.meaning!r} is counted",
                variable.name,
            )


def natural_domain(variable: Variable) -> Domain | None:
    """Integer for what is counted, continuous for what is measured, None where words do not say."""
    words = {stem(w) for w in re.findall(r"[A-Za-z]+", variable.meaning.lower())}
    if _COUNTED.search(variable.meaning):
        head = re.split(r"\b(?:number|count|how many|quantity)\b(?:\s+of)?", variable.meaning,
                        maxsplit=1, flags=re.I)[-1]  # fmt: skip
        first = [stem(w) for w in re.findall(r"[A-Za-z]+", head.lower())][:1]
        return Domain.CONTINUOUS if _MEASURED & set(first) else Domain.INTEGER
    return Domain.CONTINUOUS if words & _MEASURED else None


def units(context: CheckContext) -> Iterator[Finding]:
    """What units have against expressions, if any unit is told."""
    if not any(
        (*(v.unit for v in context.formulation.variables), context.formulation.objective.unit)
    ):
        return
    from optwright.solvers.data.units import unit_findings

    for problem in unit_findings(context.formulation):
        yield Finding(Fault.UNITS, problem.message, problem.element)
