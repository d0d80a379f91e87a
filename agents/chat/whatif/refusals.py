"""Why it cannot be so, what it costs to have it so all the same, and the ways out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

from optwright.agents.chat.labels import Spoken, objective_words, split_row
from optwright.agents.chat.reply import Option
from optwright.agents.chat.whatif.scenario import PATIENCE_S, Scenario, WhatIf
from optwright.agents.render import number
from optwright.errors import InputError
from optwright.solvers.analysis.conflict import Conflict, Kind, find_conflict
from optwright.solvers.analysis.diagnosis import diagnose
from optwright.solvers.analysis.relaxation import Change, smallest_relaxation
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import Edit, Force, Relax, SetNumber, apply
from optwright.solvers.edit.references import BoundRef, RhsRef
from optwright.solvers.model.linear_model import LinearModel
from optwright.solvers.model.outcome import Status

MOST_CONDITIONS = 24
MOST_OPTIONS = 4
MOST_GIVING_WAY = 6  # limits that one way out may change
_DEAR = 1e6  # a price that is paid only where nothing else helps


@dataclass(frozen=True)
class Forced:
    """A program that had to do something: what it came to, or what forbids it."""

    base: Scenario
    after: Scenario
    conflict: Conflict | None = None

    @property
    def cost(self) -> float | None:
        """How much worse the objective gets, 0 if not at all; None where there is no optimum."""
        before, after = self.base.objective, self.after.objective
        if before is None or after is None:
            return None
        return max(0.0, (before - after) if self.base.maximizes else (after - before))


def forced(whatif: WhatIf, base: Scenario, demand: Force) -> Forced:
    """What it costs to have it so, or what forbids it."""
    program = apply(base.program, [demand])
    after = whatif.scenario("forced", program, base)
    if after.outcome.status is not Status.INFEASIBLE:
        return Forced(base, after)
    model = program.arrays
    if model is None:
        return Forced(base, after)
    words = Spoken(program.formulation)
    conflict = find_conflict(model, limit_s=min(whatif.time_limit_s, PATIENCE_S), words=words)
    return Forced(base, after, _without_signs(conflict))


def explained(whatif: WhatIf, scenario: Scenario) -> list[str]:
    """Why a scenario has no best solution, in sentences; nothing where it has one."""
    if scenario.objective is not None:
        return []
    found = diagnose(scenario.program, scenario.outcome, min(whatif.time_limit_s, PATIENCE_S))
    words = Spoken(scenario.program.formulation)
    conflict = found.conflict
    if conflict and not conflict.irreducible and len(conflict.conditions) > MOST_CONDITIONS:
        return [f"{len(conflict.conditions):,} limits take part in this; which of them could "
                "not be told in time."]  # fmt: skip
    parts = (_without_signs(conflict), found.ray)
    told = [line for part in parts if part for line in replace(part, words=words).sentences()]
    return told + [found.note] * bool(found.note)


def ways_out(whatif: WhatIf, base: Scenario) -> tuple[Option, ...]:
    """The smallest relaxations that make an infeasible program feasible, each with the
    objective it leads to: the cheapest of all first, then those that leave it alone."""
    model = base.program.arrays
    if model is None or base.outcome.status is not Status.INFEASIBLE:
        return ()
    found: dict[tuple[Edit, ...], Option] = {}
    prices: dict[str, float] = {}
    deadline = perf_counter() + PATIENCE_S
    for _ in range(2 * MOST_OPTIONS):
        if perf_counter() > deadline:
            break
        option, changes = _way_out(whatif, base, model, prices)
        if option is not None:
            found.setdefault(option.edits, option)
        fresh = [c.name for c in changes if prices.get(c.name) != _DEAR]
        if not fresh or len(found) == MOST_OPTIONS:
            break
        prices |= dict.fromkeys(fresh, _DEAR)  # next time something else has to give way
    return tuple(found.values())


def _way_out(
    whatif: WhatIf, base: Scenario, model: LinearModel, prices: Mapping[str, float]
) -> tuple[Option | None, tuple[Change, ...]]:
    relaxation = smallest_relaxation(model, prices=prices, limit_s=PATIENCE_S)
    if relaxation is None or not 0 < len(relaxation.changes) <= MOST_GIVING_WAY:
        return None, ()  # what takes dozens of changes is nothing to choose
    words = Spoken(base.program.formulation)
    edits = tuple(_giving_way(base.program, change) for change in relaxation.changes)
    label = "; ".join(change.sentence(words) for change in relaxation.changes)
    known = tuple(edit for edit in edits if edit is not None)
    if len(known) < len(edits):
        return None, relaxation.changes
    after = whatif.changed(base, known)
    if after.objective is None:
        return None, relaxation.changes
    consequence = f"{objective_words(base.program)} {number(after.objective)}"
    option = Option(label=label, edits=known, consequence=consequence, objective=after.objective)
    return option, relaxation.changes


def _without_signs(conflict: Conflict | None) -> Conflict | None:
    """A conflict without saying of decisions that they are not negative, which nobody doubts."""
    if conflict is None:
        return None
    kept = tuple(c for c in conflict.conditions if c.kind is not Kind.LOWER or c.lower != 0)
    return replace(conflict, conditions=kept) if kept else conflict


def _giving_way(program: Program, change: Change) -> Edit | None:
    """A relaxation's change as an edit, where it can be written as one."""
    family, members = split_row(change.name)
    if not change.is_row:
        reference = BoundRef(variable=family, side="lower" if change.lower else "upper")
        return SetNumber(reference=reference, value=change.needed)
    try:
        edit = Relax(row=family, members=members, amount=change.amount)
        apply(program, [edit])
    except InputError:
        return _equality_giving_way(program, family, change)
    return edit


def _equality_giving_way(program: Program, row: str, change: Change) -> Edit | None:
    edit = SetNumber(reference=RhsRef(row=row), value=change.needed)
    try:
        apply(program, [edit])
    except InputError:
        return None
    return edit
