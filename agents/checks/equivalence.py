"""Whether two forms of a problem say the same: not of one optimum alone, but of some twenty plans.

Each form makes plans about itself, and the other judges them. Two forms that come to one optimum
by different readings of a sentence differ on a plan that the sentence decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import SequenceMatcher
from itertools import permutations

from optwright.agents.checks.plans.examine import State, examine
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.perfect import PerfectReader
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation, Variable

MOST_DECISIONS = 6
"""Up to so many decisions are matched by their words where their names differ."""


def differences(
    text: str,
    one: Formulation,
    other: Formulation,
    tables: Mapping[str, Table] | None = None,
) -> tuple[str, ...] | None:
    """What two forms say differently, in sentences; empty where they agree on every plan, None
    where they cannot be compared (other decisions, no best plan, too large)."""
    found: list[str] = []
    for draft, judge in ((one, other), (other, one)):
        names = names_between(draft, judge)
        if names is None:
            return None
        made = inquiry(text, draft, tables)
        reader = PerfectReader(judge, names, tables or {}, name="the other form")
        examined = examine(made, reader)
        if examined.state in (State.NOT_ASKED, State.IN_PART):
            return None
        found += [mismatch.text for mismatch in examined.mismatches]
    return tuple(found)


def names_between(one: Formulation, other: Formulation) -> dict[str, str] | None:
    """From the decisions of a form to those of another, by their names, or by what they are called
    and mean; None where there is no such match."""
    ours, theirs = one.variables, other.variables
    if {v.name for v in ours} == {v.name for v in theirs}:
        return {v.name: v.name for v in ours}
    if len(ours) != len(theirs) or len(ours) > MOST_DECISIONS:
        return None
    alike = {(a.name, b.name): _likeness(a, b) for a in ours for b in theirs}
    orders = permutations(theirs)
    best = max(
        orders, key=lambda o: sum(alike[a.name, b.name] for a, b in zip(ours, o, strict=True))
    )
    return {a.name: b.name for a, b in zip(ours, best, strict=True)}


def _likeness(one: Variable, other: Variable) -> float:
    if len(one.indices) != len(other.indices):
        return -1.0
    ours, theirs = (f"{v.name.replace('_', ' ')} {v.meaning}".lower() for v in (one, other))
    return SequenceMatcher(None, ours, theirs).ratio()
