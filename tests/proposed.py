"""A formulation with every proposal taken over, for tests of what the rules propose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from optwright.agents.repair.propose import Proposal, propose
from optwright.solvers.data.table import Table
from optwright.solvers.edit.operations import (
    ChangeConstraint,
    DropConstraint,
    Edit,
    SetDomain,
    SetObjective,
)
from optwright.solvers.model.formulation import Formulation

MOST = 20


@dataclass(frozen=True)
class Taken:
    """What comes of a formulation when its proposals are taken over until there are none."""

    formulation: Formulation
    proposals: tuple[Proposal, ...] = ()


def taken(text: str, formulation: Formulation, tables: Mapping[str, Table] | None = None) -> Taken:
    """Take over the first proposal, look again, and so on."""
    done: list[Proposal] = []
    for _ in range(MOST):
        found = propose(text, formulation, tables or {})
        if not found:
            return Taken(formulation, tuple(done))
        for edit in found[0].edits:
            formulation = _changed(formulation, edit)
        done.append(found[0])
    raise AssertionError(f"proposals never end: {[p.condition for p in done]}")


def _changed(model: Formulation, edit: Edit) -> Formulation:
    """The edit alone, of formulations that need not be whole programs."""
    match edit:
        case ChangeConstraint(name=name, constraint=new):
            changed = tuple(new if c.name == name else c for c in model.constraints)
            return model.model_copy(update={"constraints": changed})
        case DropConstraint(name=name):
            kept = tuple(c for c in model.constraints if c.name != name)
            return model.model_copy(update={"constraints": kept})
        case SetDomain(variable=name, domain=domain):
            variables = tuple(
                v.model_copy(update={"domain": domain}) if v.name == name else v
                for v in model.variables
            )
            return model.model_copy(update={"variables": variables})
        case SetObjective():
            parts = edit.model_dump(exclude={"kind"}, exclude_none=True)
            objective = model.objective.model_copy(update=parts)
            return model.model_copy(update={"objective": objective})
    raise AssertionError(f"no rule proposes {edit!r}")
