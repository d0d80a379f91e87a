"""Who reads plans of an answer decides whether it is verified; nobody's word counts untested."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import optwright as ow
from optwright.agents.checks.confidence import threshold
from optwright.agents.checks.plans.examine import State
from optwright.agents.checks.plans.question import (
    FAULTLESS,
    Question,
    Reading,
    Reliability,
)
from optwright.agents.checks.readers.gate import GateResult, Share
from optwright.agents.checks.readers.person import PersonReader, from_words
from optwright.agents.checks.readers.standing import Standings
from optwright.agents.effort import Effort
from optwright.agents.render import render
from optwright.agents.replies import read_formulation
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.errors import ModelUnavailable
from optwright.serving.chat import ChatRequest
from optwright.solvers.model.outcome import Status
from optwright.testing import PerfectReader, ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, draft, reworded

RIGHT = read_formulation(CANDY_DRAFT)
WRONG = draft(CHOCOLATE, ("At most 40 gift boxes can be sold", "gift >= 40"))
"""Its best plan is 80 gift boxes."""


@pytest.fixture(autouse=True)
def no_readers_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTWRIGHT_RUNS", str(tmp_path / "runs"))


@dataclass
class Counting:
    """A reader that answers as another one does, and counts how often it was asked."""

    inner: PerfectReader = field(default_factory=lambda: PerfectReader(RIGHT))
    reliability: Reliability | None = FAULTLESS
    name: str = "somebody"
    arithmetic: float = 1e-5
    asked: list[Question] = field(default_factory=list)

    def read(self, question: Question) -> Reading:
        self.asked.append(question)
        return self.inner.read(question)


def test_one_draft_whose_plans_a_reader_judges_alike_is_verified() -> None:
    model, reader = ScriptedModel(CANDY_DRAFT), Counting()
    solution = solve(CANDY, model=model, reader=reader)
    assert solution.verified
    assert solution.objective == 540
    assert (solution.plans.state, solution.plans.reader) == (State.HELD, "somebody")
    assert len(reader.asked) == len(model.requests) == 1
    said = [e.text for e in solution.evidence if e.supports and "judged all" in e.text]
    assert len(said) == 1
    assert "somebody judged all" in solution.reason
    assert "somebody judged all" in render(solution)


def test_that_there_is_no_solution_is_verified_by_a_reader_too() -> None:
    nothing = draft(CHOCOLATE, ("At most 40 gift boxes can be sold", "gift >= 400"))
    agrees = Counting(PerfectReader(read_formulation(nothing)))
    solution = solve(CANDY, model=ScriptedModel(nothing), reader=agrees)
    assert solution.status is Status.INFEASIBLE
    assert solution.verified
    differs = solve(CANDY, model=ScriptedModel(*[nothing] * 5), reader=Counting())
    assert not differs.verified
    assert differs.plans.state is State.REFUTED


def test_without_a_reader_nobody_was_asked_and_one_form_verifies_nothing() -> None:
    solution = solve(CANDY, model=ScriptedModel(*[CANDY_DRAFT] * 5))
    assert not solution.verified
    assert solution.plans.state is State.NOT_ASKED
    assert solution.confidence is not None
    assert solution.confidence < 1
    assert "nobody was asked about plans of it" in " ".join(render(solution).split())


def test_a_wrong_draft_is_refuted_and_the_plan_is_shown() -> None:
    solution = solve(CANDY, model=ScriptedModel(*[WRONG] * 5), reader=Counting())
    assert not solution.verified
    assert solution.plans.state is State.REFUTED
    assert "somebody judged a plan otherwise" in solution.reason
    assert any("gift = " in e.text for e in solution.evidence if e.kind == "plans")


def test_after_a_refuted_draft_another_one_is_drawn_and_read() -> None:
    model, reader = ScriptedModel(WRONG, CANDY_DRAFT), Counting()
    solution = solve(CANDY, model=model, reader=reader)
    assert solution.verified
    assert solution.objective == 540
    assert len(reader.asked) == 2


def test_two_wrong_drafts_that_agree_do_not_outvote_a_reader() -> None:
    drafts = [WRONG, reworded(WRONG), reworded(WRONG, "x"), reworded(WRONG, "y"), WRONG]
    solution = solve(CANDY, model=ScriptedModel(*drafts), reader=Counting())
    assert not solution.verified


def test_a_reader_that_nobody_tried_is_shown_and_verifies_nothing() -> None:
    reader = Counting(reliability=None)
    solution = solve(CANDY, model=ScriptedModel(*[CANDY_DRAFT] * 5), reader=reader)
    assert not solution.verified
    assert len(reader.asked) == 1
    assert solution.plans.state is State.HELD
    assert "has not passed the gate" in str(solution.plans)


def reading_model(request: ChatRequest) -> str:
    """A model that knows the candy store: it reads plans off the request."""
    shown = request.messages[-1].content
    plans = []
    for line in shown.splitlines():
        if not line.startswith("Plan "):
            continue
        head, _, told = line.partition(": ")
        number = int(head.split()[1])
        amounts = dict(part.split(" = ") for part in told.split("; ") if " = " in part)
        regular, gift = (float(amounts.get(name, 0)) for name in ("regular", "gift"))
        answer: dict[str, object] = {
            "plan": number, "working": "", "verdict": "allowed", "sentence": "", "value": None,
        }  # fmt: skip
        if "asks for the value" in head:
            answer["value"] = 6 * regular + 9 * gift
        elif 200 * regular + 150 * gift > 12000:
            answer |= {"verdict": "not allowed", "sentence": "12000 grams of chocolate"}
        elif gift > 40:
            answer |= {"verdict": "not allowed", "sentence": "At most 40 gift boxes"}
        elif regular % 1 or gift % 1:
            answer |= {"verdict": "not allowed", "sentence": "How many boxes"}
        plans.append(answer)
    return json.dumps({"direction": "large", "plans": plans})


def passed(reader: str) -> GateResult:
    none = Share(0, 100)
    return GateResult(reader, none, none, none, Share(5, 50), none, 1.0)


def test_a_model_verifies_after_it_has_passed_the_gate_and_not_before() -> None:
    reader = ScriptedModel(reading_model, name="careful")
    before = solve(CANDY, model=ScriptedModel(*[CANDY_DRAFT] * 5), models={"reader": reader})
    assert not before.verified
    assert before.plans.state is State.HELD
    Standings().keep(passed("careful"))
    after = solve(CANDY, model=ScriptedModel(CANDY_DRAFT), models={"reader": reader})
    assert after.verified
    assert after.plans.reader == "careful"


def test_the_model_itself_is_asked_only_where_it_has_passed_the_gate() -> None:
    def both(request: ChatRequest) -> str:
        return reading_model(request) if request.role == "reader" else CANDY_DRAFT

    model = ScriptedModel(both, name="careful")
    assert solve(CANDY, model=model).plans.state is State.NOT_ASKED
    Standings().keep(passed("careful"))
    assert solve(CANDY, model=model).verified


def test_a_reader_that_does_not_answer_leaves_the_answer_not_verified() -> None:
    gone = ScriptedModel(ModelUnavailable("gone away"), name="gone")
    Standings().keep(passed("gone"))
    solution = solve(CANDY, model=ScriptedModel(*[CANDY_DRAFT] * 5), models={"reader": gone})
    assert not solution.verified
    assert solution.objective == 540
    assert "gone away" in str(solution.plans)
    assert any(w.startswith("not verified: not judged") for w in solution.warnings)


def test_a_person_who_judges_three_plans_as_the_draft_does_verifies_it() -> None:
    answers = {"regular = 30; gift = 40": "y"}

    def ask(question: Question, plan: ow.Plan, amounts: str) -> ow.Answer | None:
        if plan.asks == "value":
            return from_words(plan, "540")
        return from_words(plan, answers.get(amounts, "n too much"))

    solution = solve(CANDY, model=ScriptedModel(CANDY_DRAFT), reader=PersonReader(ask))
    assert solution.verified
    assert solution.reason == "you judged 3 plans as the model does"


def test_a_text_in_any_language_is_verified_by_who_reads_it() -> None:
    text = (
        "Ein Laden packt einfache Schachteln und Geschenkschachteln. Eine einfache braucht 200 g "
        "Schokolade und bringt 6 Euro, eine Geschenkschachtel 150 g und 9 Euro. Da sind 12000 g. "
        "Höchstens 40 Geschenkschachteln. Möglichst viel Gewinn!"
    )
    reply = draft(("12000 g", CHOCOLATE[1]), ("40 Geschenkschachteln", "gift <= 40"))
    assert solve(text, model=ScriptedModel(reply), reader=Counting()).verified


def test_a_resumed_run_asks_the_reader_no_second_time(tmp_path: Path) -> None:
    reader = Counting()
    for _ in range(2):
        solution = solve(
            CANDY,
            model=ScriptedModel(CANDY_DRAFT),
            reader=reader,
            checkpoints=tmp_path / "checkpoints.sqlite",
            run_id="one",
        )
        assert solution.verified
    assert len(reader.asked) == 1


def test_a_spent_budget_ends_before_the_reader_and_keeps_the_answer() -> None:
    reader = ScriptedModel(reading_model, name="careful")
    Standings().keep(passed("careful"))
    solution = solve(
        CANDY, model=ScriptedModel(CANDY_DRAFT), models={"reader": reader}, budget="calls=1"
    )
    assert solution.objective == 540
    assert not solution.verified


def test_the_json_of_a_solution_says_who_answered_and_how_sure_it_is() -> None:
    solution = solve(CANDY, model=ScriptedModel(CANDY_DRAFT), reader=Counting())
    said = json.loads(solution.to_json())
    assert said["plans"]["reader"] == "somebody"
    assert said["plans"]["state"] == "held"
    assert threshold() <= said["confidence"] <= 1
    assert said["interval"][0] <= said["confidence"] <= said["interval"][1]
    assert any("a reader judges all plans" in line for line in said["rests_on"])
    assert Solution.model_validate_json(solution.to_json()) == solution


def test_a_reader_of_ones_own_needs_no_more_than_the_public_names() -> None:
    class Nobody:
        name = "nobody"
        arithmetic = 1e-3
        reliability = None

        def read(self, question: ow.Question) -> ow.Reading:
            return ow.Reading()

    reader: ow.Reader = Nobody()
    solution = solve(CANDY, model=ScriptedModel(*[CANDY_DRAFT] * 5), reader=reader)
    assert solution.plans.state is State.IN_PART


def test_effort_of_one_draft_and_a_reader_is_enough() -> None:
    effort = Effort(drafts=1, agreement=1)
    assert solve(CANDY, model=ScriptedModel(CANDY_DRAFT), reader=Counting(), effort=effort).verified
