"""A judge that was cut off, refused or cannot be read is no approval, and nobody is silent."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from optwright.agents.checks.check import Check
from optwright.agents.checks.context import CheckContext
from optwright.agents.checks.judge import JudgeCheck, is_quote, parts_of
from optwright.agents.checks.registry import quality
from optwright.agents.effort import Effort
from optwright.agents.findings import Fault
from optwright.agents.render import render
from optwright.agents.replies import read_formulation
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.errors import EndpointError, ModelUnavailable, OptwrightError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.serving.replies import whole_text
from optwright.solvers.model.formulation import Formulation
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, drawn
from tests.judgements import approving


def ended(text: str, finish: Finish, tokens: int = 600, *, thought: int = 0) -> ChatReply:
    usage = Usage(10, tokens, thought_tokens=thought)
    return ChatReply(text, finish, usage, "scripted")


Judgement = Callable[[ChatRequest], str | ChatReply]


def judged_by(judge: Judgement, effort: Effort = Effort(opinion=True)) -> Solution:  # noqa: B008  (frozen)
    def answer(request: ChatRequest) -> str | ChatReply:
        return judge(request) if request.role == "critic" else drawn(request)

    return solve(CANDY, model=ScriptedModel(answer), effort=effort)


def one(number: int, /, **said: object) -> Judgement:
    """A judge that approves of all parts but says something else of one, the first being 1."""

    def judge(request: ChatRequest) -> str:
        reply = json.loads(approving(request))
        reply["parts"][number - 1] |= said
        return json.dumps(reply)

    return judge


def test_a_judge_that_quotes_for_every_part_approves() -> None:
    assert judged_by(approving).verified


def test_one_request_asks_about_all_parts_and_shows_no_quote_of_the_draft() -> None:
    model = ScriptedModel(lambda r: approving(r) if r.role == "critic" else drawn(r))
    solve(CANDY, model=model, effort=Effort(opinion=True, agreement=1))
    (asked,) = (r for r in model.requests if r.role == "critic")
    said = asked.messages[-1].content
    for part in ("1. objective: maximize", "2. ", "200*regular + 150*gift <= 12000"):
        assert part in said
    assert said.count("At most 40 gift boxes can be sold") == 1  # in the problem


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 0.97])
def test_a_cut_off_judge_is_no_approval_wherever_it_was_cut(share: float) -> None:
    def judge(request: ChatRequest) -> ChatReply:
        whole = approving(request)
        return ended(whole[: int(share * len(whole))], Finish.LENGTH)

    solution = judged_by(judge)
    assert not solution.verified
    assert "(NOT VERIFIED: not judged)" in render(solution).splitlines()[0]
    assert "not verified: not judged" in solution.warnings
    said = json.loads(solution.to_json())["evidence"]
    assert any(e["kind"] == "not_judged" and "raise --max-tokens" in e["text"] for e in said)


@pytest.mark.parametrize(
    "judgement",
    [
        ended("I cannot help with that", Finish.REFUSAL),
        "",
        "looks good to me",
        "{}",
        '{"verdict": "fine"}',
        '{"parts": "fine"}',
        '{"parts": [], "missing": []}',
        '{"parts": [{"part": 1}], "missing": []}',
        '{"faults": []}',
    ],
)
def test_a_judge_that_refuses_or_cannot_be_read_is_no_approval(judgement: str | ChatReply) -> None:
    solution = judged_by(lambda _: judgement)
    assert not solution.verified
    assert solution.objective == pytest.approx(540)
    assert "not verified: not judged" in solution.warnings


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"quote": ""}, "it quotes no words of the problem"),
        ({"quote": "At most 50 gift boxes"}, "which is not words of the problem"),
        ({"quote": "most"}, "which is not words of the problem"),
        ({"quote": CANDY * 2}, "which is not words of the problem"),
        ({"verdict": "wrong number", "quote": "at most 41"}, "which is not words of the problem"),
        ({"verdict": "cannot tell"}, "it cannot tell of"),
        ({"part": 9}, "no answer to"),
        ({"part": 1, "verdict": "wrong number"}, "two answers to"),
    ],
)
def test_an_answer_without_words_of_the_problem_is_none(said: dict[str, object], why: str) -> None:
    solution = judged_by(one(3, **said))
    assert not solution.verified
    assert "not verified: not judged" in solution.warnings
    assert any(why in e.text for e in solution.evidence if e.kind == "not_judged")


@pytest.mark.parametrize("verdict", ["wrong direction", "wrong number", "wrong decision"])
def test_what_a_judge_has_against_a_part_names_it_and_its_words(verdict: str) -> None:
    quote = "At most 40 gift boxes can be sold"
    solution = judged_by(one(3, verdict=verdict, quote=quote))
    assert not solution.verified
    assert solution.objective == pytest.approx(540)  # it advises, and nothing is rewritten
    (found,) = (e for e in solution.evidence if e.kind == "opinion")
    assert quote in found.text
    assert "gift <= 40" in found.text
    assert found.element


def test_words_that_nothing_states_are_told_and_invented_ones_are_not_judged() -> None:
    told = judged_by(lambda r: approving(r, missing=["At most 40 gift boxes can be sold"]))
    assert any("finds nothing that states" in e.text for e in told.evidence)
    invented = judged_by(lambda r: approving(r, missing=["No more than 7 boxes a day"]))
    assert "not verified: not judged" in invented.warnings
    listed = judged_by(lambda r: approving(r, missing=CANDY.split(". ") + CANDY.split()[:9]))
    assert "not verified: not judged" in listed.warnings


def test_what_was_judged_word_for_word_is_not_paid_again() -> None:
    model = ScriptedModel(lambda r: approving(r) if r.role == "critic" else CANDY_DRAFT)
    effort = Effort(drafts=3, agreement=2, opinion=True)
    assert not solve(CANDY, model=model, effort=effort).verified
    assert [r.role for r in model.requests].count("critic") == 1


@pytest.mark.parametrize("error", [EndpointError("an empty reply"), ModelUnavailable("gone away")])
def test_a_judge_that_fails_costs_no_answer(error: OptwrightError) -> None:
    def fail(request: ChatRequest) -> str:
        raise error

    solution = judged_by(fail)
    assert not solution.verified
    assert solution.objective == pytest.approx(540)
    assert "not verified: not judged" in solution.warnings


def test_a_judge_the_budget_does_not_reach_is_no_approval() -> None:
    model = ScriptedModel(lambda asked: approving(asked) if asked.role == "critic" else CANDY_DRAFT)
    solution = solve(CANDY, model=model, effort=Effort(opinion=True, agreement=1), budget="calls=1")
    assert not solution.verified
    assert "not verified: not judged" in solution.warnings


def test_of_two_equal_drafts_the_judged_one_is_answered() -> None:
    cut_off = iter([True, False])

    def judge(request: ChatRequest) -> str | ChatReply:
        return ended("", Finish.LENGTH) if next(cut_off) else approving(request)

    assert judged_by(judge).verified


def test_the_judge_is_a_check_like_any_other() -> None:
    check: Check = JudgeCheck(ScriptedModel(approving))
    formulation = read_formulation(CANDY_DRAFT)
    assert not list(check.findings(CheckContext(CANDY, formulation)))
    against = JudgeCheck(ScriptedModel(lambda r: approving(r, {"objective": "not in the words"})))
    (found,) = against.findings(CheckContext(CANDY, formulation))
    assert (found.fault, found.element) == (Fault.OPINION, "objective")
    assert not quality(check.name).may_refuse


def test_bounds_are_parts_and_a_chinese_quote_stands() -> None:
    text = "每个盒子赚3元。最多卖40个盒子。赚得越多越好。"
    formulation = Formulation.model_validate(
        {
            "variables": [{"name": "box", "meaning": "boxes", "upper": 40}],
            "objective": {"sense": "maximize", "expression": "3*box"},
        }
    )
    assert [part.shown for part in parts_of(formulation)] == ["maximize 3*box", "box is at most 40"]
    assert is_quote("最多卖40个", CheckContext(text, formulation))
    assert not is_quote("最多卖50个", CheckContext(text, formulation))


def test_a_planner_that_was_cut_off_is_said_to_have_been() -> None:
    def answer(request: ChatRequest) -> str | ChatReply:
        return ended("", Finish.LENGTH) if request.role == "planner" else drawn(request)

    solution = solve(CANDY, model=ScriptedModel(answer), effort=Effort(plans=2))
    assert solution.verified
    assert any("gave no other plans" in warning for warning in solution.warnings)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (ended("", Finish.LENGTH, 1200), "spent its 1,200 tokens thinking; raise --max-tokens"),
        (ended("{", Finish.LENGTH, 1200, thought=900), "spent its 1,200 tokens thinking"),
        (ended("{" * 90, Finish.LENGTH, 1200), "cut off after 1,200 tokens; raise --max-tokens"),
        (ended("I will not", Finish.REFUSAL), "refused to answer: 'I will not'"),
    ],
)
def test_a_reply_that_is_not_whole_says_why_and_what_to_do(reply: ChatReply, said: str) -> None:
    with pytest.raises(Exception, match=said):
        whole_text(reply)
