"""Plans of the model that stands, put to the person in the conversation one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from optwright.agents.chat.reply import Option, PlanAmount, Question, ShownPlan
from optwright.agents.checks.plan_check import PlanCheck, read_plans
from optwright.agents.checks.plans.question import Answer, Asks, Plan
from optwright.agents.checks.plans.question import Question as Asked
from optwright.agents.checks.readers.amounts import plan_notes, plan_rows
from optwright.agents.checks.readers.person import PersonReader, from_words, place_of
from optwright.agents.checks.readers.wording import problem
from optwright.agents.problem import Problem
from optwright.agents.solution import Solution

_PREFIX = "plan of version "
_VERDICTS = ("allowed", "not allowed", "cannot tell")
MOST_ROWS = 12
"""Rows of each table that are shown with the first plan; `show data` has the rest."""


def is_about_plans(question: Question | None) -> bool:
    """Whether an open question is about a plan."""
    return question is not None and question.id.startswith(_PREFIX)


def understood(question: Question, said: str) -> str | None:
    """An answer as it is kept; None where the turn is about something else.

    A verdict may be typed as y, n or ?, with the broken rule after it.
    """
    said = " ".join(said.split())
    word = said.lower().strip(" .!")
    if word.isdecimal() and question.options[0].label == _VERDICTS[0]:
        place = int(word) - 1
        return _VERDICTS[place] if 0 <= place < len(_VERDICTS) else None
    asks = Asks.ALLOWED if question.options[0].label == _VERDICTS[0] else Asks.VALUE
    return said if from_words(Plan(0, {}, asks=asks), said) is not None else None


@dataclass
class Conversation:
    """The person as the reader of plans: answers given so far, and the first plan without one."""

    version: int
    answered: Mapping[str, str]
    waiting: Question | None = None
    _seen: int = field(default=0)

    def read(self, told: Problem, solution: Solution) -> PlanCheck:
        """What the answers come to; where one is missing, `waiting` is what to ask next."""
        assert solution.formulation is not None
        return read_plans(
            told.text,
            solution.formulation,
            told.tables,
            PersonReader(self._answer),
            best=solution.variables,
        )

    def _answer(self, asked: Asked, plan: Plan, amounts: str) -> Answer | None:
        self._seen += 1
        identity = f"{_PREFIX}{self.version}: {plan.number}"
        given = self.answered.get(identity)
        if given is not None:
            return from_words(plan, given)
        shown = self._shown(asked, plan)
        if plan.asks is Asks.VALUE:
            text = (
                "The same plan: what does the amount that should become large or small come to? "
                "(a number)"
            )
            options: tuple[Option, ...] = (Option(label="?"),)
        else:
            text = "Do the words of the problem allow this plan?"
            options = tuple(Option(label=label) for label in _VERDICTS)
        self.waiting = Question(id=identity, text=text, options=options, plan=shown)
        return None

    def _shown(self, asked: Asked, plan: Plan) -> ShownPlan:
        place, places = place_of(plan, asked)
        return ShownPlan(
            place=place,
            places=places,
            asks_value=plan.asks is Asks.VALUE,
            amounts=tuple(
                PlanAmount(
                    decision=row.decision.name,
                    meaning=row.label,
                    over=row.over,
                    amount=row.amount,
                    unit=row.decision.unit,
                )
                for row in plan_rows(asked, plan)
            ),
            notes=plan_notes(asked, plan),
            problem=problem(asked, MOST_ROWS) if self._seen == 1 else "",
        )
