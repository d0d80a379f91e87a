"""A model under a name that says nothing of its size gets the profile that its first reply fits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optwright.agents.effort import Effort
from optwright.agents.profiles.profile import is_guessed, shipped
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM, drawn

LOST = json.dumps({"model": {"maximise": "profit"}, "notes": ["see above"]})


class Small:
    """Writes flat replies under a grammar, and gets lost in the whole language; `mends` says that
    it follows that when it is told what was wrong."""

    def __init__(self, lost: str | ChatReply = LOST, *, mends: bool = False) -> None:
        self.lost, self.mends = lost, mends
        self.asked: list[str] = []

    def __call__(self, request: ChatRequest) -> str | ChatReply:
        if "properties" in (request.schema or {}):
            self.asked.append("small")
            return drawn(request, CANDY_DRAFT)
        self.asked.append("large")
        return CANDY_DRAFT if self.mends and len(self.asked) == 2 else self.lost


def solved(model: Small, effort: Effort | None = None, profile: str | None = None) -> Solution:
    named = ScriptedModel(model, name="my-finetune")
    return solve(CANDY, model=named, effort=effort, profile=profile)


def test_one_that_gets_lost_in_the_whole_language_is_asked_in_the_flat_one() -> None:
    model = Small()
    solution = solved(model)
    assert solution.objective == CANDY_OPTIMUM
    assert model.asked[:3] == ["large", "large", "small"]  # one repair between


def test_one_that_mends_its_reply_keeps_the_large_profile() -> None:
    model = Small(mends=True)
    assert solved(model).objective == CANDY_OPTIMUM
    assert model.asked == ["large", "large"]


@pytest.mark.parametrize(
    "lost",
    [
        "I cannot help with that.",
        ChatReply('{"decisions": [', Finish.LENGTH, Usage(10, 9000), "my-finetune"),
        json.dumps({"questions": ["How many boxes are there?"]}),
        json.dumps({"cannot_state": ["boxes"]}),
    ],
)
def test_what_says_nothing_of_what_a_model_can_follow_changes_nothing(
    lost: str | ChatReply,
) -> None:
    model = Small(lost)
    solved(model)
    assert "small" not in model.asked


def test_who_names_a_profile_or_the_drafts_has_it() -> None:
    named, counted = Small(), Small()
    solved(named, profile="large")
    solved(counted, Effort(drafts=2))
    assert "small" not in [*named.asked, *counted.asked]


def test_what_was_found_is_kept_for_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTWRIGHT_ENDPOINTS", str(tmp_path))
    solved(Small())
    again = Small()
    assert solved(again).objective == CANDY_OPTIMUM
    assert "large" not in again.asked


def test_only_a_profile_for_all_names_is_a_guess() -> None:
    assert is_guessed(shipped("large"), "my-finetune@http://127.0.0.1:1/v1")
    assert not is_guessed(shipped("small"), "local")
