"""Models that think first: asked again with more room, remembered, counted; and their settings."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from optwright.agents.solving import solve
from optwright.errors import BudgetExceeded, EndpointError, InputError
from optwright.serving.budget import Account, Budget
from optwright.serving.caps import Caps, Growing
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage, user
from optwright.serving.ledger import Ledger
from optwright.serving.models import open_model
from optwright.serving.replies import whole_text
from optwright.serving.retry import Retrying
from optwright.serving.roles import ModelSpec, read_roles
from optwright.serving.settings import CallSettings, split
from optwright.serving.sync import ask
from optwright.serving.thoughts import is_thinking_still, said_after_thoughts
from optwright.serving.tokens import most_tokens
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, drawn

REQUEST = ChatRequest((user("hello"),), max_tokens=1200, role="formulator")


def thinker(thoughts: int, *, shown: bool = False) -> ScriptedModel:
    """A model that thinks for so many tokens before its draft, where it can be seen or not; no
    draft is the one before word for word."""

    def answer(request: ChatRequest) -> ChatReply:
        text = drawn(request)
        written = most_tokens(text)
        said = f"<think>{'hm ' * min(thoughts, request.max_tokens)}" if shown else ""
        if thoughts + written > request.max_tokens:
            usage = Usage(100, request.max_tokens)
            return ChatReply(said, Finish.LENGTH, usage, "scripted")
        whole = f"{said}</think>{text}" if shown else text
        return ChatReply(whole, Finish.STOP, Usage(100, thoughts + written), "scripted")

    return ScriptedModel(answer)


@pytest.mark.parametrize("shown", [False, True])
@pytest.mark.parametrize("thoughts", [500, 2_000, 8_000])
def test_a_model_that_thinks_first_solves_candy_in_at_most_three_paid_calls(
    thoughts: int, shown: bool
) -> None:
    model = thinker(thoughts, shown=shown)
    solution = solve(CANDY, model=open_model(model))
    assert solution.verified
    assert solution.objective == pytest.approx(540)
    assert solution.usage.calls == len(model.requests) <= 3


def test_the_attempts_of_a_reply_are_all_in_its_usage_and_in_the_account() -> None:
    account = Account(Budget(calls=9))
    reply = ask(open_model(thinker(2_000), account=account), REQUEST)
    assert reply.usage.calls == account.spent.calls == 2
    assert reply.usage.tokens == account.spent.tokens > 1200 + 2_000


def test_what_a_model_needs_is_remembered_for_its_next_request() -> None:
    model = thinker(2_000)
    opened = open_model(model)
    ask(opened, REQUEST)
    ask(opened, replace(REQUEST, messages=(user("other"),)))
    assert [r.max_tokens for r in model.requests] == [1200, 17_584, 1200 + 2 * 2_000]


def test_a_model_that_never_stops_thinking_is_given_up_and_said_why() -> None:
    model = thinker(10**6)
    reply = ask(open_model(model), REQUEST)
    assert len(model.requests) == 3
    with pytest.raises(Exception, match="tokens thinking; raise --max-tokens"):
        whole_text(reply)


def test_a_cap_of_the_user_stands() -> None:
    model = thinker(2_000)
    reply = ask(open_model(model, max_tokens=1_000), REQUEST)
    assert reply.finish is Finish.LENGTH
    assert [r.max_tokens for r in model.requests] == [1_000]


def test_a_text_that_was_cut_off_is_asked_for_once_more_and_one_in_circles_is_not() -> None:
    lengths = "".join(f"line {n} of a long reply; " for n in range(400))
    circles = "and so on and on " * 400
    for text, caps in ((lengths, [1200, 4800]), (circles, [1200])):
        cut = ChatReply(text, Finish.LENGTH, Usage(9, 1200), "scripted")
        model = ScriptedModel(cut, "whole") if len(caps) == 2 else ScriptedModel(cut)
        ask(open_model(model), REQUEST)
        assert [r.max_tokens for r in model.requests] == caps


async def test_a_budget_that_ends_the_growing_ends_in_the_reply_there_is() -> None:
    cut = ChatReply("", Finish.LENGTH, Usage(9, 1200), "scripted")
    model = Growing(ScriptedModel(cut, BudgetExceeded("spent")), Caps())
    reply = await model.complete(REQUEST)
    assert reply.cut_by_budget
    assert reply.usage == replace(cut.usage, thought_tokens=1200)


def test_a_ledger_knows_the_request_as_it_was_asked(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        first = ask(open_model(thinker(2_000), ledger=ledger), REQUEST)
        silent = ScriptedModel()
        again = ask(open_model(silent, ledger=ledger), REQUEST)
    assert (again.text, again.usage) == (first.text, first.usage)
    assert again.replayed


async def test_broken_attempts_that_may_be_billed_are_in_the_usage() -> None:
    broken = EndpointError("reset", retryable=True)
    broken.usage = Usage(5, 7)

    async def now(seconds: float) -> None: ...

    reply = await Retrying(ScriptedModel(broken, "fine"), sleep=now).complete(REQUEST)
    assert (reply.usage.calls, reply.usage.tokens) == (2, 5 + 7 + 1 + 1)


def test_a_name_carries_settings_and_keeps_other_question_marks() -> None:
    name = CallSettings(16_000, "low", 900.0).of_name("openai/gpt-5")
    assert name == "openai/gpt-5?max_tokens=16000&effort=low&timeout=900"
    assert split(name) == ("openai/gpt-5", CallSettings(16_000, "low", 900.0))
    azure = "m@https://host/v1?api-version=2026-01"
    assert split(azure)[0] == azure
    assert CallSettings(effort="high").of_name(name).count("effort=high") == 1


@pytest.mark.parametrize(
    "settings",
    [{"max_tokens": 0}, {"effort": "huge"}, {"timeout": -1.0}, {"timeout": math.inf}],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InputError):
        CallSettings(**settings)  # type: ignore[arg-type]  # that is what is tested


def test_settings_of_a_name_of_a_call_and_of_a_file_reach_the_request(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text('["fine"]', encoding="utf-8")
    model = ScriptedModel("fine", "fine")
    ask(open_model(model, max_tokens=9, reasoning_effort="low"), REQUEST)
    assert (model.requests[0].max_tokens, model.requests[0].effort) == (9, "low")
    roles = tmp_path / "roles.toml"
    roles.write_text('[critic]\nmodel = "m"\nmax_tokens = 7\nreasoning_effort = "high"\n')
    spec = read_roles(roles)["critic"]
    assert (spec.max_tokens, spec.reasoning_effort) == (7, "high")
    assert spec.called(None, "none", 5.0) == ModelSpec(
        model="m", max_tokens=7, reasoning_effort="none", timeout_s=5.0
    )


@pytest.mark.parametrize(
    "text",
    [
        '<think>a "b</think>{"x": 1}',
        "<thinking>\nx\n</thinking>\n" + '{"x": 1}',
        '[THINK]so[/THINK]{"x": 1}',
        "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>"
        '{"x": 1}<|return|>',
        '◁think▷so◁/think▷{"x": 1}',
        '<seed:think>so</seed:think>{"x": 1}',
    ],
)
def test_thoughts_in_every_known_mark_come_off(text: str) -> None:
    assert said_after_thoughts(text).strip() == '{"x": 1}'
    begun = text.replace("<|end|>", "</").partition("/")[0].rstrip("<[◁")
    assert is_thinking_still(begun)


def test_who_asks_for_no_role_means_what_it_says_by_a_cap() -> None:
    cut = ChatReply("a text of some words", Finish.LENGTH, Usage(9, 5), "scripted")
    model = ScriptedModel(cut)
    assert open_model(model).ask("write", max_tokens=5) == "a text of some words"
    assert len(model.requests) == 1
