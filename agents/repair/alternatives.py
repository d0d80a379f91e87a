"""Proposals solved beside the formulation as it was written, and the one that is taken over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isclose

from pydantic import BaseModel, ConfigDict

from optwright.agents.repair.propose import Proposal
from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.difference import difference, render
from optwright.solvers.edit.operations import Edit, apply
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, Status

MOST_SOLVED = 8
"""Proposals of one formulation that are solved; a draft with more is beyond repair."""
_SAME = 1e-6

Solve = Callable[[Program], Outcome]


class Alternative(BaseModel):
    """What would come out if a proposal were taken over. `changes` are the lines of the diff;
    `moves` says whether the answer is another one than that of the formulation as written."""

    model_config = ConfigDict(frozen=True)

    rule: str
    condition: str
    edits: tuple[Edit, ...]
    changes: tuple[str, ...]
    formulation: Formulation
    status: Status
    objective: float | None = None
    moves: bool = True


def alternatives(
    program: Program, as_written: Outcome, proposals: Sequence[Proposal | Alternative], solve: Solve
) -> tuple[Alternative, ...]:
    """Each proposal applied by itself and solved: those that change the answer first, the others
    behind them, both in the order given. One that does not fit the program is left out."""
    found: list[Alternative] = []
    for proposal in proposals[:MOST_SOLVED]:
        try:
            changed = apply(program, proposal.edits)
            changes = tuple(render(difference(program, changed)))
        except InputError:
            continue
        outcome = solve(changed)
        assert changed.formulation is not None  # edits are of formulations
        found.append(
            Alternative(
                rule=proposal.rule,
                condition=proposal.condition,
                edits=proposal.edits,
                changes=changes,
                formulation=changed.formulation,
                status=outcome.status,
                objective=outcome.objective,
                moves=not _same(as_written, outcome),
            )
        )
    return tuple(sorted(found, key=lambda a: not a.moves))


def _same(one: Outcome, other: Outcome) -> bool:
    if one.status is not other.status:
        return False
    if one.objective is None or other.objective is None:
        return one.objective is other.objective
    return isclose(one.objective, other.objective, rel_tol=_SAME, abs_tol=_SAME)
