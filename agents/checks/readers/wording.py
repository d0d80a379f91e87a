"""How a question is put to a reader in words, the same to a model and to a person."""

from __future__ import annotations

from collections.abc import Iterator

from optwright.agents.checks.plans.question import Asks, Decision, Plan, Question
from optwright.solvers.data.table import Table

MOST_ROWS = 60
"""Rows of a table that a reader is shown; it cannot judge by rows that it does not see."""


def problem(question: Question, rows: int = MOST_ROWS) -> str:
    """The words and the tables, each to its first `rows` rows."""
    return "\n\n".join(
        [question.text.strip(), *(_table(t, rows) for t in question.tables.values())]
    )


def _table(table: Table, rows: int) -> str:
    left = len(table) - rows
    more = f"\n... and {left} more rows" if left > 0 else ""
    return table.preview(rows, whole=True) + more  # a rule may stand at the end of a cell


def decisions(question: Question) -> str:
    """One line a decision: its name, the sets it is chosen for, what it means."""
    return "\n".join(_decision(decision) for decision in question.decisions)


def _decision(decision: Decision) -> str:
    over = f"[{', '.join(decision.indices)}]" if decision.indices else ""
    unit = f", in {decision.unit}" if decision.unit else ""
    choice = " (1 is yes, 0 is no)" if decision.yes_or_no else ""
    meaning = decision.meaning or "its name says what it means"
    return f"- {decision.name}{over}: {meaning}{unit}{choice}"


def plans(question: Question) -> str:
    """Every plan with what is asked of it."""
    return "\n".join(f"Plan {p.number}{_asks(p)}: {amounts(p)}" for p in question.plans)


def _asks(plan: Plan) -> str:
    return " (asks for the value)" if plan.asks is Asks.VALUE else ""


def amounts(plan: Plan) -> str:
    """A plan's amounts in one line."""
    return "; ".join(_parts(plan))


def _parts(plan: Plan) -> Iterator[str]:
    yield from plan.lines or ("everything is 0",)
    if plan.about == "what is shown":
        yield "the rest is open: allowed if it can be chosen so that the words allow the plan"
    elif plan.about:
        yield (
            f"this settles {plan.about}; the rest is open: allowed if it can be chosen so that the "
            "words allow the plan"
        )
