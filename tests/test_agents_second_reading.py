"""Plans of an answer that is there: a person in a conversation, and answers in a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optwright.agents.chat.reply import ReplyKind, ShownPlan
from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.checks.plans.examine import State
from optwright.agents.checks.plans.perfect import PerfectReader
from optwright.agents.checks.plans.question import Answer, Asks, Decision, Plan, Question, Verdict
from optwright.agents.checks.readers.person import PersonReader
from optwright.agents.checks.readers.stored import AnswerFile, StoredReader
from optwright.agents.effort import Effort
from optwright.agents.problem import Problem
from optwright.agents.replies import read_formulation
from optwright.agents.runs.directory import Runs
from optwright.agents.runs.task import Task
from optwright.agents.second_reading import read_again
from optwright.agents.solving import solve
from optwright.errors import InputError
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT

RIGHT = read_formulation(CANDY_DRAFT)
DECISIONS = tuple(Decision(v.name) for v in RIGHT.variables)
ONE = Effort(drafts=1, agreement=1)


def answered(path: Path) -> None:
    """Answer every question of a file as the right model does, by what stands in it alone."""
    kept = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for question in [line for line in kept if line["kind"] == "question"]:
        plans = []
        for plan in question["plans"]:
            amounts = {
                name: float(value)
                for part in plan["shown"].split("; ") if " = " in part
                for name, value in [part.split(" = ")]
            }  # fmt: skip
            asked = Plan(plan["plan"], amounts, asks=Asks(plan["asks"]))
            answer = PerfectReader(RIGHT).read(Question("", {}, DECISIONS, (asked,))).answers[0]
            plans.append(
                {"plan": plan["plan"], "verdict": answer.verdict.value, "value": answer.value}
            )
        line = {"kind": "answers", "key": question["key"], "who": "ann", "plans": plans}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, "direction": "large"}) + "\n")


def test_questions_are_written_to_a_file_and_its_answers_verify(tmp_path: Path) -> None:
    reader = StoredReader(AnswerFile(tmp_path / "answers.jsonl"))
    first = solve(CANDY, model=ScriptedModel(CANDY_DRAFT), reader=reader, effort=ONE)
    assert not first.verified
    assert "wait in" in str(first.plans)
    (line,) = (tmp_path / "answers.jsonl").read_text("utf-8").splitlines()
    assert "expression" not in line  # nothing of the model
    answered(tmp_path / "answers.jsonl")
    again = read_again(Problem(CANDY), first, reader)
    assert again.verified
    assert again.plans.reader == "whoever answered answers.jsonl"
    assert again.confidence is not None
    assert first.confidence is not None
    assert again.confidence > first.confidence
    assert not any("not verified" in warning for warning in again.warnings)


def test_a_question_is_written_once_and_a_later_answer_counts(tmp_path: Path) -> None:
    file = AnswerFile(tmp_path / "answers.jsonl")
    question = Question("Bake.", {}, (), (Plan(1, {"bread": 1.0}, lines=("bread = 1",)),))
    for _ in range(2):
        StoredReader(file).read(question)
    assert len(file.path.read_text("utf-8").splitlines()) == 1
    for verdict in (Verdict.ALLOWED, Verdict.NOT_ALLOWED):
        reading = PersonReader(lambda *_, v=verdict: Answer(1, v)).read(question)
        file.add(question, reading, "ann")
    reading, who = file.reading(question)
    assert reading.answers == (Answer(1, Verdict.NOT_ALLOWED),)
    assert who == "ann"


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"kind": "answers", "key": "k", "plans": [{"plan": 1, "verdict": "no"}]}']
)
def test_a_line_that_is_no_answer_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        StoredReader(AnswerFile(path)).read(Question("", {}, (), ()))


def test_a_person_is_not_asked_twice_what_was_answered(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask(question: Question, plan: Plan, amounts: str) -> Answer | None:
        asked.append(plan.number)
        return None if len(asked) == 3 else Answer(plan.number, Verdict.ALLOWED)

    plans = tuple(Plan(n, {"x": float(n)}, lines=(f"x = {n}",)) for n in range(1, 5))
    question = Question("Choose.", {}, (), plans)
    person = PersonReader(ask, AnswerFile(tmp_path / "answers.jsonl"))
    assert len(person.read(question).answers) == 2
    assert len(person.read(question).answers) == 4
    assert asked == [1, 2, 3, 3, 4]


def test_a_run_that_a_person_reads_asks_again_when_it_is_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps([CANDY_DRAFT]), encoding="utf-8")
    knows = PerfectReader(RIGHT)

    def ask(question: Question, plan: Plan, amounts: str) -> Answer | None:
        return knows.read(question).of(plan)

    runs = Runs(tmp_path / "runs")
    task = Task(problem=CANDY, model=f"scripted:{script}", reader="me", effort=ONE)
    with runs.begin(task, ()) as run:
        name = run.name
        with pytest.raises(InputError, match="nobody can be asked"):
            run.work()
    with runs.resume(name) as run:
        solution = run.work(ask=ask)
        assert solution.verified
        assert solution.plans.few
        assert (run.directory / "answers.jsonl").exists()
        assert run.read_again("me", lambda *_: None).verified  # what was answered is kept


def test_in_a_conversation_a_person_judges_three_plans_and_that_counts(tmp_path: Path) -> None:
    knows = PerfectReader(RIGHT)
    settings = Settings(model=ScriptedModel(CANDY_DRAFT), effort=ONE)
    with ChatSession(tmp_path / "chat", settings) as session:
        session.turn(CANDY)
        assert session.solution is not None
        assert not session.solution.verified
        reply = session.turn("check it")
        assert reply.kind is ReplyKind.QUESTION
        assert [o.label for o in reply.questions[0].options] == [
            "allowed", "not allowed", "cannot tell"
        ]  # fmt: skip
        assert session.turn("which limit costs me most").kind is ReplyKind.ANSWER
    with ChatSession(tmp_path / "chat", settings) as session:
        reply = session.turn("check it")
        assert reply.questions[0].plan is not None
        assert CANDY in reply.questions[0].plan.problem  # what it is judged by
        turns = 0
        while reply.kind is ReplyKind.QUESTION:
            turns += 1
            reply = session.turn(_said(knows, reply.questions[0].plan))
        assert turns in (3, 4)
        assert reply.text.startswith("Verified: you judged 3 plans as the model does")
        assert "Before: not verified, " in reply.text
        assert session.solution is not None
        assert session.solution.plans.state is State.HELD
    with ChatSession(tmp_path / "chat", settings) as session:
        assert session.solution is not None
        assert session.solution.verified


def test_a_plan_that_a_person_judges_otherwise_refutes_the_answer(tmp_path: Path) -> None:
    with ChatSession(None, Settings(model=ScriptedModel(CANDY_DRAFT), effort=ONE)) as session:
        session.turn(CANDY)
        reply = session.turn("check it")
        while reply.kind is ReplyKind.QUESTION:
            shown = reply.questions[0].plan
            assert shown is not None
            reply = session.turn("1" if shown.asks_value else "not allowed: it says otherwise")
        assert reply.text.startswith("Not verified: you judged a plan otherwise")
        assert session.solution is not None
        assert session.solution.plans.state is State.REFUTED


def test_plans_of_a_changed_model_are_not_asked_about(tmp_path: Path) -> None:
    with ChatSession(None, Settings(model=ScriptedModel(CANDY_DRAFT), effort=ONE)) as session:
        session.turn(CANDY)
        session.turn("at most 30 gift boxes")
        reply = session.turn("check it")
        assert reply.kind is ReplyKind.REFUSED
        assert "was changed after the problem was told" in reply.text


def _said(knows: PerfectReader, shown: ShownPlan | None) -> str:
    """What somebody types who knows the right model and sees the plan alone."""
    assert shown is not None
    asks = Asks.VALUE if shown.asks_value else Asks.ALLOWED
    amounts = {row.decision: float(row.amount) for row in shown.amounts}
    (answer,) = knows.read(Question("", {}, DECISIONS, (Plan(1, amounts, asks=asks),))).answers
    return f"{answer.value:g}" if answer.value is not None else answer.verdict.value
