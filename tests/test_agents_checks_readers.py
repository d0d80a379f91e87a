"""Readers of plans: a model that is asked once, and a person."""

from __future__ import annotations

import json
from typing import Any

import pytest

from optwright.agents.checks.plans.examine import State, examine
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.checks.plans.inquiry import Inquiry, Kind
from optwright.agents.checks.plans.question import (
    Answer,
    Decision,
    Plan,
    Question,
    Reader,
    Verdict,
)
from optwright.agents.checks.readers import wording
from optwright.agents.checks.readers.amounts import plan_notes, plan_rows
from optwright.agents.checks.readers.model import ModelReader
from optwright.agents.checks.readers.person import MOST_PLANS, PersonReader, from_words
from optwright.agents.replies import read_formulation
from optwright.errors import ModelUnavailable
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.formulation import Formulation, Sense
from optwright.testing import PerfectReader, ScriptedModel

TEXT = "A van carries at most 12 crates. A crate of tea earns 5 dollars. Earn as much as possible."


def draft(most: int = 12) -> Formulation:
    reply = {
        "decisions": [{"name": "tea", "meaning": "crates of tea", "whole": True}],
        "objective": {"text": "Earn as much as possible", "sense": "maximize",
                      "expression": "5*tea"},
        "limits": [{"text": "at most 12 crates", "expression": f"tea <= {most}"}],
    }  # fmt: skip
    return read_formulation(json.dumps(reply))


def written(made: Inquiry, sentence: str = "carries at most 12 crates") -> str:
    """What a model writes that knows that a van carries 12."""
    read = PerfectReader(draft()).read(made.question)
    plans = [
        {
            "plan": answer.plan,
            "working": "",
            "verdict": answer.verdict.value,
            "sentence": sentence if answer.verdict is Verdict.NOT_ALLOWED else "",
            "value": answer.value,
        }
        for answer in read.answers
    ]
    return json.dumps({"direction": "large", "plans": plans})


def test_a_model_is_asked_once_about_all_plans_and_sees_no_formulation() -> None:
    made = inquiry(TEXT, draft())
    model = ScriptedModel(written(made))
    assert examine(made, ModelReader(model)).state is State.HELD
    (request,) = model.requests
    shown = "\n".join(message.content for message in request.messages)
    assert TEXT in shown
    assert "crates of tea" in shown
    assert "<=" not in shown
    assert "5*tea" not in shown
    assert all(f"Plan {plan.number}" in shown for plan in made.question.plans)


def test_a_model_that_reads_otherwise_refutes_with_its_sentence() -> None:
    made = inquiry(TEXT, draft(120))
    found = examine(made, ModelReader(ScriptedModel(written(made))))
    assert found.state is State.REFUTED
    assert any("carries at most 12 crates" in m.text for m in found.mismatches)
    assert found.reader == "scripted"


def test_a_rule_that_the_problem_does_not_state_breaks_nothing() -> None:
    made = inquiry(TEXT, draft(120))
    reply = written(made, "no more than 12 crates fit")
    reading = ModelReader(ScriptedModel(reply)).read(made.question)
    assert all(answer.verdict is not Verdict.NOT_ALLOWED for answer in reading.answers)


@pytest.mark.parametrize(
    "quoted",
    ["A van carries at most\n12 crates.", "“carries AT MOST 12 crates”", "A van ... 12 crates"],
)
def test_copying_may_change_case_quotes_and_spaces(quoted: str) -> None:
    made = inquiry(TEXT, draft(120))
    reading = ModelReader(ScriptedModel(written(made, quoted))).read(made.question)
    assert any(answer.verdict is Verdict.NOT_ALLOWED for answer in reading.answers)


@pytest.mark.parametrize(
    "text", ["", "I think all of them are fine.", '{"direction": "large"}', "[]"]
)
def test_what_cannot_be_read_is_no_approval(text: str) -> None:
    made = inquiry(TEXT, draft())
    found = examine(made, ModelReader(ScriptedModel(text)))
    assert found.state is State.IN_PART
    assert found.answered == 0


@pytest.mark.parametrize("finish", [Finish.LENGTH, Finish.REFUSAL])
def test_a_reader_that_was_cut_off_or_refused_is_no_approval(finish: Finish) -> None:
    made = inquiry(TEXT, draft())
    reply = ChatReply(written(made), finish, Usage(), "m")
    found = examine(made, ModelReader(ScriptedModel(reply)))
    assert found.state is State.IN_PART
    assert found.answered == 0


def test_a_model_that_answers_some_plans_leaves_the_draft_asked_in_part() -> None:
    made = inquiry(TEXT, draft())
    said = json.loads(written(made))
    said["plans"] = said["plans"][:1]
    found = examine(made, ModelReader(ScriptedModel(json.dumps(said))))
    assert (found.state, found.answered) == (State.IN_PART, 1)


def test_a_model_that_is_not_there_is_an_error_and_no_reading() -> None:
    made = inquiry(TEXT, draft())
    with pytest.raises(ModelUnavailable):
        ModelReader(ScriptedModel(ModelUnavailable("gone"))).read(made.question)


def test_the_sense_is_read_too() -> None:
    made = inquiry(TEXT, draft())
    reply = written(made).replace('"large"', '"small"')
    found = examine(made, ModelReader(ScriptedModel(reply)))
    assert found.state is State.REFUTED
    assert "minimize" in found.mismatches[0].text
    assert ModelReader(ScriptedModel(reply)).read(made.question).sense is Sense.MINIMIZE


def test_the_schema_asks_for_every_plan() -> None:
    made = inquiry(TEXT, draft())
    schema: Any = ModelReader(ScriptedModel()).request(made.question).schema
    plans = schema["properties"]["plans"]
    assert plans["minItems"] == plans["maxItems"] == len(made.question.plans)


def test_a_plan_that_leaves_things_open_says_so() -> None:
    question = Question(
        TEXT, {}, (), (Plan(1, {"tea": 3.0}, open=("milk",), lines=("tea = 3",), about="tea"),)
    )
    asked = ModelReader(ScriptedModel()).request(question).messages[-1].content
    assert "tea = 3; this settles tea; the rest is open" in asked


def test_a_person_is_asked_plan_by_plan_until_they_stop() -> None:
    made = inquiry(TEXT, draft()).few(MOST_PLANS)
    assert len(made.question.plans) <= MOST_PLANS + 1
    said = iter(["y", "$60", "n at most 12 crates"])
    asked: list[str] = []

    def ask(question: Question, plan: Plan, amounts: str) -> Answer | None:
        asked.append(amounts)
        return from_words(plan, next(said, ""))

    reading = PersonReader(ask).read(made.question)
    allowed, value, broken = reading.answers
    assert allowed.verdict is Verdict.ALLOWED
    assert value.value == 60
    assert (broken.verdict, broken.sentence) == (Verdict.NOT_ALLOWED, "at most 12 crates")
    assert asked[:2] == ["tea = 12", "tea = 12"]
    assert made.expected[0].kind is Kind.BEST


def test_what_is_no_answer_is_none() -> None:
    assert from_words(Plan(1, {}), "maybe") is None
    answer = from_words(Plan(1, {}), "?")
    assert answer is not None
    assert answer.verdict is Verdict.CANNOT_TELL


def test_readers_keep_the_protocol() -> None:
    assert isinstance(ModelReader(ScriptedModel()), Reader)
    assert isinstance(PersonReader(lambda q, p, a: None), Reader)
    assert isinstance(PerfectReader(draft()), Reader)


def test_a_model_that_may_not_see_all_rows_is_not_asked() -> None:
    table = from_columns("vans", {"van": list("abcd"), "crates": [1, 2, 3, 4]})
    question = Question(TEXT, {"vans": table}, (), (Plan(1, {"tea": 3.0}),))
    model = ScriptedModel()
    reading = ModelReader(model, rows=3).read(question)
    assert "all 4 rows of table 'vans'" in reading.problem
    assert model.requests == []


def test_the_request_is_the_same_for_the_same_question() -> None:
    def requested() -> ChatRequest:
        return ModelReader(ScriptedModel()).request(inquiry(TEXT, draft()).question)

    assert requested() == requested()


SHIPPING = (
    Decision("ship", "tons sent", ("Mills", "Towns"), "tons"),
    Decision("open", "whether a mill runs", ("Mills",), yes_or_no=True),
    Decision("hired", "people hired"),
)


def test_a_plan_is_rows_of_what_it_takes_and_of_what_it_takes_none_of() -> None:
    plan = Plan(1, {}, lines=("ship[Weir, Ash = Oak] = 4", "open[Weir] = 1"))
    question = Question("", {}, SHIPPING, (plan,))
    assert [(r.label, r.over, r.amount) for r in plan_rows(question, plan)] == [
        ("tons sent", "Weir, Ash = Oak", "4"),
        ("whether a mill runs", "Weir", "yes"),
        ("people hired", "", "0"),
    ]
    assert plan_notes(question, plan) == ("What is not listed is 0.",)


def test_what_a_plan_leaves_open_is_said_and_not_shown_as_nothing() -> None:
    names = tuple(d.name for d in SHIPPING)
    plan = Plan(1, {}, open=names, lines=("ship in all = 7",), about="what is shown")
    question = Question("", {}, SHIPPING, (plan,))
    (row,) = plan_rows(question, plan)
    assert (row.decision.name, row.over, row.amount) == ("ship", "in all", "7")
    (note,) = plan_notes(question, plan)
    assert note.startswith("Everything else is open")


def test_a_reader_sees_the_end_of_a_sentence_in_a_cell() -> None:
    meaning = "Minimum fraction of all trips to the sales point that must be made by truck"
    question = Question(
        "Plan the trips.", {"rules": from_columns("rules", {"rule": [meaning]})}, (), ()
    )
    assert meaning in wording.problem(question)
