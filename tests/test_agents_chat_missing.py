"""What a problem leaves out is asked in a conversation before there is a model, one at a time."""

from __future__ import annotations

import json

from optwright.agents.chat.reply import ReplyKind
from optwright.agents.chat.session import ChatSession, Settings
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel

TOLD = (
    "A workshop makes chairs and tables. A chair earns $20 and takes 2 hours, a table earns $50 "
    "and takes 6 hours. Wood is enough for 30 chairs and tables together. Maximize the earnings."
)
ASKS = {"questions": ["How many hours are there?", "Must at least one table be made?"]}
MODEL = {
    "variables": [
        {"name": "chairs", "domain": "integer", "meaning": "chairs made"},
        {"name": "tables", "domain": "integer", "meaning": "tables made"},
    ],
    "objective": {"sense": "maximize", "expression": "20*chairs + 50*tables",
                  "quote": "Maximize the earnings"},
    "constraints": [
        {"name": "hours", "expression": "2*chairs + 6*tables <= 90", "quote": "90 hours"},
        {"name": "wood", "expression": "chairs + tables <= 30",
         "quote": "Wood is enough for 30 chairs and tables together"},
    ],
}  # fmt: skip


def test_questions_come_one_at_a_time_and_the_answers_make_the_model() -> None:
    model = ScriptedModel(
        lambda request: json.dumps(MODEL if "90 hours" in request.messages[-1].content else ASKS),
        name="thorough",
    )
    with ChatSession(None, Settings(model=model)) as session:
        first = session.turn(TOLD)
        assert (first.kind, first.status) == (ReplyKind.QUESTION, Status.ASKED)
        assert session.pending is not None
        assert session.pending.text.startswith("How many hours are there?")
        second = session.turn("90 hours")
        assert second.kind is ReplyKind.QUESTION
        assert session.pending.text == "Must at least one table be made?"
        last = session.turn("no, it need not")
        assert last.kind is ReplyKind.SOLVED
        # By hand: 8 tables leave 42 hours for 21 chairs, 820; 7 and 23 earn 810, 9 and 18 as well.
        assert last.objective == 820
        assert "90 hours" in session.problem
