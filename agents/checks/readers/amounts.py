"""A plan as rows of a table, for a person who judges it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optwright.agents.checks.plans.question import Decision, Plan, Question


@dataclass(frozen=True, slots=True)
class PlanRow:
    """How much of one decision a plan takes. `over` says for which members (`Lyon, Paris`,
    `every J`, `in all`), and is empty for a decision without sets."""

    decision: Decision
    over: str
    amount: str

    @property
    def label(self) -> str:
        """What the row is about in words: the meaning of the decision, or else its name."""
        return self.decision.meaning or self.decision.name


def plan_rows(question: Question, plan: Plan) -> tuple[PlanRow, ...]:
    """The amounts of a plan in the order of the decisions; a decision of which the plan takes
    nothing, and which it does not leave open, has a row that says 0.

    >>> question = Question("", {}, (Decision("bread"), Decision("rolls")), ())
    >>> [(r.label, r.amount) for r in plan_rows(question, Plan(1, {}, lines=("bread = 4",)))]
    [('bread', '4'), ('rolls', '0')]
    """
    return tuple(_rows(question, plan))


def _rows(question: Question, plan: Plan) -> Iterator[PlanRow]:
    # A line is NAME = AMOUNT or NAME[MEMBERS] = AMOUNT; a name has no bracket and no blank.
    parts = [line.rpartition(" = ") for line in plan.lines if " = " in line]
    for decision in question.decisions:
        own = [
            (left.removeprefix(decision.name), amount)
            for left, _, amount in parts
            if left.partition("[")[0].partition(" ")[0] == decision.name
        ]
        for rest, amount in own:
            over = rest.strip().removeprefix("[").removesuffix("]")
            yield PlanRow(decision, over, _amount(decision, over, amount))
        if not own and not plan.only and decision.name not in plan.open:
            over = "all" if decision.indices else ""
            yield PlanRow(decision, over, _amount(decision, over, "0"))


def _amount(decision: Decision, over: str, amount: str) -> str:
    if not decision.yes_or_no or over == "in all":
        return amount
    return {"1": "yes", "0": "no"}.get(amount, amount)


def plan_notes(question: Question, plan: Plan) -> tuple[str, ...]:
    """What the rows do not say: what is 0, and what the plan leaves open."""
    notes = [line for line in plan.lines if " = " not in line]
    if plan.about or plan.only or plan.open:
        settled = "" if plan.about in ("", "what is shown") else f"This settles {plan.about}. "
        if plan.lines and not notes:
            notes.append(
                f"{settled}Everything else is open: the plan is allowed if the rest can be chosen "
                "so that the words allow it."
            )
    elif any(decision.indices for decision in question.decisions):
        notes.append("What is not listed is 0.")
    return tuple(notes)
