"""Asking the person at the terminal about plans of a model."""

from __future__ import annotations

import click

from optwright.agents.checks.plans.question import Answer, Asks, Plan, Question
from optwright.agents.checks.readers import wording
from optwright.agents.checks.readers.amounts import PlanRow, plan_notes, plan_rows
from optwright.agents.checks.readers.person import from_words, place_of
from optwright.cli.session import tell

_ALLOWED = "Do the words of the problem allow it? (y, n and the rule it breaks, ?)"
_VALUE = "What does the amount that should become large or small come to? (a number, ?)"


def ask_here(question: Question, plan: Plan, amounts: str) -> Answer | None:
    """Show one plan on standard error, before the first one the words it is judged by, and take
    the answer; None at the end of the input."""
    asks_value = plan.asks is Asks.VALUE
    place, places = place_of(plan, question)
    if place == 1 and not asks_value:
        tell(f"\nTHE PROBLEM\n{wording.problem(question)}")
    tell(f"\nPlan {place} of {places}")
    for line in (*_lines(plan_rows(question, plan)), *plan_notes(question, plan)):
        tell(f"  {line}")
    while True:
        try:
            said = click.prompt(_VALUE if asks_value else _ALLOWED, err=True)
        except click.Abort:
            return None
        if (answer := from_words(plan, said)) is not None:
            return answer


def _lines(rows: tuple[PlanRow, ...]) -> list[str]:
    """What is decided and how much of it, the amounts below each other."""
    labels = [f"{row.label}, {row.over}" if row.over else row.label for row in rows]
    width = max(map(len, labels), default=0)
    wide = max((len(row.amount) for row in rows), default=0)
    return [
        f"{label:{width}}  {row.amount:>{wide}} {row.decision.unit}".rstrip()
        for label, row in zip(labels, rows, strict=True)
    ]
