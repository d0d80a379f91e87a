"""A judge that was cut off, refused or cannot be read is no approval, and nobody is silent."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from optwright.agents.render import render
from optwright.agents.solution import Solution
from optwright.agents.solving import Effort, solve
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.serving.replies import whole_text
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, drawn

NO_FAULTS = '{"faults": []}'


def ended(text: str, finish: Finish, tokens: int = 600, *, thought: int = 0) -> ChatReply:
    usage = Usage(10, tokens, thought_tokens=thought)
    return ChatReply(text, finish, usage, "scripted")


def judged_by(judgement: str | ChatReply) -> Solution:
    def answer(request: ChatRequest) -> str | ChatReply:
        return judgement if request.role == "critic" else drawn(request)

    return solve(CANDY, model=ScriptedModel(answer), effort=Effort(opinion=True))


def test_a_judge_that_finds_no_fault_approves() -> None:
    assert judged_by(NO_FAULTS).verified


@pytest.mark.parametrize("length", range(0, len(NO_FAULTS) + 1, 2))
def test_a_cut_off_judge_is_no_approval_wherever_it_was_cut(length: int) -> None:
    solution = judged_by(ended(NO_FAULTS[:length], Finish.LENGTH))
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
        '{"faults": "none"}',
        '{"faults": [{"element": "x"}]}',
    ],
)
def test_a_judge_that_refuses_or_cannot_be_read_is_no_approval(judgement: str | ChatReply) -> None:
    solution = judged_by(judgement)
    assert not solution.verified
    assert solution.objective == pytest.approx(540)
    assert "not verified: not judged" in solution.warnings


def test_a_judge_the_budget_does_not_reach_is_no_approval() -> None:
    model = ScriptedModel(lambda asked: NO_FAULTS if asked.role == "critic" else CANDY_DRAFT)
    solution = solve(CANDY, model=model, effort=Effort(opinion=True, agreement=1), budget="calls=1")
    assert not solution.verified
    assert "not verified: not judged" in solution.warnings


def test_of_two_equal_drafts_the_judged_one_is_answered() -> None:
    judgements: Iterator[str | ChatReply] = iter([ended("", Finish.LENGTH), NO_FAULTS])

    def answer(request: ChatRequest) -> str | ChatReply:
        return next(judgements) if request.role == "critic" else drawn(request)

    assert solve(CANDY, model=ScriptedModel(answer), effort=Effort(opinion=True)).verified


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
