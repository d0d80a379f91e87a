"""Asking the person at the terminal about plans of a model."""

from __future__ import annotations

import click

from optwright.agents.checks.plans.question import Answer, Asks, Plan, Question
from optwright.agents.checks.readers import wording
from optwright.agents.checks.readers.person import from_words
from optwright.cli.session import tell

_ALLOWED = "Do the words of the problem allow it? (y, n and the rule it breaks, ?)"
_VALUE = "What does the amount that should become large or small come to? (a number, ?)"


def ask_here(question: Question, plan: Plan, amounts: str) -> Answer | None:
    """Show one plan on standard error and take the answer; None at the end of the input."""
    asks_value = plan.asks is Asks.VALUE
    tell(f"\nA plan: {amounts}")
    if plan == question.plans[0]:
        tell(wording.decisions(question))
    while True:
        try:
            said = click.prompt(_VALUE if asks_value else _ALLOWED, err=True)
        except click.Abort:
            return None
        if (answer := from_words(plan, said)) is not None:
            return answer
