"""Whether the drafts that agreed when a model was made agree with new tables too.

Two drafts can mean different things and come to the same where the tables hide it. With new tables
each is solved again: what they come to is evidence for the model, or against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from optwright.agents.candidates import Candidate
from optwright.agents.repeats.fitting import fitted
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome

Solve = Callable[[Program], Outcome]


@dataclass(frozen=True)
class Agreement:
    """How many drafts were solved again, and what those that no longer agree came to."""

    drafts: int = 0
    disagree: tuple[str, ...] = ()


def agreement(
    drafts: Sequence[Formulation],
    found: Outcome,
    new: Mapping[str, Table],
    before: Mapping[str, Table],
    solve: Solve,
) -> Agreement:
    """Solve each of `drafts` with the new tables, filled up with those from before, and hold what
    it comes to against `found`. A draft that cannot take the tables, or is not solved to its end,
    does not agree."""
    said = [_against(draft, found, new, before, solve) for draft in drafts]
    return Agreement(len(drafts), tuple(filter(None, said)))


def _against(
    draft: Formulation,
    found: Outcome,
    new: Mapping[str, Table],
    before: Mapping[str, Table],
    solve: Solve,
) -> str:
    """What a draft came to instead; empty where it agrees."""
    try:
        program = Program(draft, fitted(draft, new, before, "the draft").tables)
        outcome = solve(program)
    except OptwrightError as error:
        return f"a draft that agreed then cannot take these tables: {error}"
    one, other = (Candidate(plan=0, sample=at, outcome=o) for at, o in enumerate((found, outcome)))
    if one.agrees_with(other):
        return ""
    return f"a draft that agreed then comes to {_came_to(outcome)} now, not {_came_to(found)}"


def _came_to(outcome: Outcome) -> str:
    if outcome.objective is None or not outcome.status.has_solution:
        return outcome.status.value
    return f"{outcome.objective:,.10g}"
