"""Limits that are stated in logic, for plans that miss one of them.

A row of a linear model is missed by moving its limit. What `implies`, `or` or `exactly` say is many
rows and decisions of the solver's own, none of which is the limit; so the limit is denied in the
language instead, and a plan of that model misses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.notation import TextWriter
from optwright.solvers.model.formulation import Constraint, Formulation

MOST_LOGIC = 6
"""Limits in logic that are asked about."""
MOST_PLANS = 3
"""Plans that miss each of them: with one of these decisions, with another."""


@dataclass(frozen=True, slots=True)
class Logic:
    """A constraint that states logic, and the decisions it is about."""

    constraint: Constraint
    decisions: tuple[str, ...]


def in_logic(formulation: Formulation) -> Iterator[Logic]:
    """The constraints that state logic and no plain comparison."""
    decisions = [v.name for v in formulation.variables]
    for constraint in formulation.constraints:
        if not all(map(_is_row, _statements(constraint))):
            used = _names(constraint)
            yield Logic(constraint, tuple(name for name in decisions if name in used))


def denied(
    formulation: Formulation, logic: Logic, *, alone: bool = True, once: bool = False
) -> Formulation:
    """The formulation of the plans that miss a constraint for some member, with `once` for one
    alone, and keep all others; unless `alone`, others about the same decisions may be missed
    too."""
    stated = f"not ({logic.constraint.expression})"
    loops = ex.parse_forall(logic.constraint.forall).generators
    if loops:
        count = "exactly" if once else "atleast"
        stated = f"{count}(1, {stated} {TextWriter().loops_text(loops)})"
    missed = logic.constraint.model_copy(update={"expression": stated, "forall": ""})
    others = [c for c in formulation.constraints if c.name != logic.constraint.name]
    if not alone:
        others = [c for c in others if not set(logic.decisions) & _names(c)]
    return formulation.model_copy(update={"constraints": (missed, *others)})


def _statements(constraint: Constraint) -> tuple[ex.Statement, ...]:
    """What a constraint states; nothing where it cannot be read."""
    try:
        return tuple(ex.parse_constraint(constraint.expression))
    except FormulationError:
        return ()


def _is_row(statement: ex.Statement) -> bool:
    return isinstance(statement, ex.Comparison) and statement.operator in ("<=", ">=", "==")


def _names(constraint: Constraint) -> set[str]:
    return {name for statement in _statements(constraint) for name in ex.names(statement)}
