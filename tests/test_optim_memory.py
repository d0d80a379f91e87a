"""Proposers see fresh examples, remember what was refused, and are asked side by side."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from optwright.errors import BudgetExceeded
from optwright.optim.api import optimize
from optwright.optim.optimizer import Setting, open_optimizer
from optwright.optim.optimizers.language.base import LanguageOptimizer, _at_once
from optwright.optim.optimizers.language.memory import Coverage, fitted, show_run
from optwright.optim.parameters import ParameterSpace, Text
from optwright.optim.results import Optimum
from optwright.optim.trace import traced
from optwright.optim.trial import Evaluation, Suggestion, Trial
from optwright.prompts import load
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.testing import ScriptedModel

LANGUAGE = ["opro", "reflective", "optoprime", "textgrad", "directional"]
words = Text("words", "Answer.")


def reply(number: int) -> str:
    return json.dumps({"values": {"words": f"Answer number {number}."}})


def writing() -> ScriptedModel:
    return ScriptedModel(lambda r: reply(r.sample) if r.schema else "say it otherwise")


def read(request: ChatRequest) -> str:
    return "\n".join(message.content for message in request.messages)


def trial(number: int, text: str, score: float, *runs: Evaluation) -> Trial:
    return Trial(number, Suggestion({"words": text}, "script"), score, runs)


def opened(name: str, model: Any, **means: Any) -> LanguageOptimizer:
    optimizer = open_optimizer(name, Setting(ParameterSpace([words]), model=model, **means))
    assert isinstance(optimizer, LanguageOptimizer)
    runs = [Evaluation(0.0, f"fault {n}", example=str(n), shown=f"in {n}") for n in range(8)]
    optimizer.tell([trial(0, "Answer.", 0.2, *runs)])
    return optimizer


def tuned(directory: Path, optimizer: str, model: Any, **settings: Any) -> Optimum:
    return optimize(
        lambda question: f"{words} {question}",
        [(f"question {n}", f"wanted {n}") for n in range(40)],
        lambda example, output: (0.0, f"not {example[1]}"),
        [words],
        optimizer=optimizer,
        model=model,
        budget=Budget(evaluations=400, calls=24),
        run_dir=directory,
        **settings,
    )


@pytest.mark.parametrize("name", LANGUAGE)
def test_proposals_see_fresh_examples_until_all_were_shown(name: str, tmp_path: Path) -> None:
    model = writing()
    tuned(tmp_path, name, model)
    shown = {found for r in model.requests for found in re.findall(r"'(question \d+)'", read(r))}
    assert len(shown) >= 14, "of the 16 that are learnt from"


@pytest.mark.parametrize("name", LANGUAGE)
def test_no_two_proposals_are_asked_for_alike(name: str, tmp_path: Path) -> None:
    model = writing()
    optimizer = opened(name, model)
    for _ in range(3):
        optimizer.ask(4)
    follows = name in ("textgrad", "directional")  # a step that says what the model said
    asked = [read(request) for request in model.requests if not (follows and request.schema)]
    assert len(asked) >= 12
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("name", LANGUAGE)
def test_what_was_refused_is_shown_with_what_was_said_about_it(name: str) -> None:
    model = writing()
    optimizer = opened(name, model)
    run = Evaluation(0.1, "far too long", example="0", shown="in 0")
    optimizer.tell([trial(1, "Sing.", 0.1, run)])
    optimizer.decided(1, accepted=False, reason="worse on rare")
    copy = opened(name, writing())
    copy.restore(optimizer.state(), optimizer.trials)
    for one in (optimizer, copy):
        one.ask(1)
    text = "\n".join(map(read, model.requests))
    assert "Sing." in text
    assert "far too long" in text
    assert "refused: worse on rare" in text
    assert copy.memory.verdicts == optimizer.memory.verdicts


def test_outputs_that_are_partly_right_are_shown_though_the_score_does_not_move() -> None:
    model = writing()
    optimizer = opened("optoprime", model)
    near = Evaluation(0.0, "wrong", example="1", shown="3 May -> 2020-5-3", near=0.8)
    optimizer.tell([trial(1, "Use digits.", 0.0, near), trial(2, "Sing.", 0.0)])
    optimizer.ask(1)
    assert "partly right, though the score does not show it: 3 May -> 2020-5-3" in read(
        model.requests[-1]
    )


def test_among_equal_scores_what_comes_nearer_leads() -> None:
    optimizer = opened("opro", writing())
    near, far = (Evaluation(0.2, example="0", near=n) for n in (0.9, 0.1))
    optimizer.tell([trial(1, "far", 0.2, far), trial(2, "near", 0.2, near)])
    assert optimizer.leader is not None
    assert optimizer.leader.values == {"words": "near"}


def test_coverage_draws_failures_first_and_then_what_was_not_shown() -> None:
    from random import Random

    runs = [Evaluation(float(n > 2), f"fault {n}", example=str(n)) for n in range(9)]
    coverage = Coverage()
    first = coverage.draw(runs, 3, Random(0))
    assert [run.score for run in first] == [0.0, 0.0, 1.0], "two that failed and one that did not"
    shown = {run.example for run in first}
    for _ in range(4):
        shown |= {run.example for run in coverage.draw(runs, 3, Random(0))}
    assert len(shown) >= 8


class Slow:
    """A model that takes a moment; remembers how many it answered at once."""

    name = "slow"

    def __init__(self) -> None:
        self.now = self.most = self.answered = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.05)
        self.now -= 1
        self.answered += 1
        return ChatReply(reply(request.sample), Finish.STOP, Usage(1, 1), self.name)


def test_eight_workers_ask_for_eight_proposals_at_once(tmp_path: Path) -> None:
    model = Slow()
    tuned(tmp_path, "opro", model, workers=8)
    assert model.most == 8


def test_several_models_take_turns(tmp_path: Path) -> None:
    models = [Slow(), Slow(), Slow()]
    tuned(tmp_path, "opro", models, workers=6)
    answered = [model.answered for model in models]
    assert min(answered) >= max(answered) - 2 > 0


def test_a_spent_budget_leaves_the_answers_that_came() -> None:
    def fails() -> Any:
        raise BudgetExceeded("the calls are used up")

    assert _at_once([lambda: ({"words": "a"}, ""), fails]) == [({"words": "a"}, ""), (None, "")]
    with pytest.raises(BudgetExceeded):
        _at_once([fails, fails])


def test_ones_own_prompt_is_asked_with(tmp_path: Path) -> None:
    model = writing()
    own = tmp_path / "own.md"
    own.write_text("Be terse. {goal}\n\n{history}")
    tuned(tmp_path / "run", "opro", model, prompt=own, goal="Say it.")
    assert all("Be terse. Say it." in read(r) for r in model.requests)


def test_a_trace_is_whole_where_it_fits_and_nothing_is_told_twice() -> None:
    @traced
    def step(text: str, sign: str) -> str:
        return text + sign * 1000

    def program(question: str) -> Any:
        text: Any = words + question
        for sign in "abcde":
            text = step(text, sign)
        return text

    seen: list[ChatRequest] = []

    def answer(request: ChatRequest) -> str:
        seen.append(request)
        return reply(request.sample)

    optimize(
        program,
        ["one", "two", "three", "four"],
        lambda example, output: (0.0, "too long by far"),
        [words],
        optimizer="optoprime",
        model=ScriptedModel(answer),
        budget=Budget(evaluations=30, calls=2),
        prompt_tokens=60_000,
        claim="these",
    )
    prompt = read(seen[0])
    for sign in "abcde":
        assert sign * 1000 in prompt
    example = prompt.partition("What the program did")[2].partition("Earlier attempts")[0]
    assert example.count("too long by far") == example.count("score: 0")


def test_what_does_not_fit_is_shortened_and_small_ones_stay_whole() -> None:
    texts = ["a" * 100, "b" * 10_000, "c" * 9_000]
    found = fitted(texts, 3_000, len)
    assert found[0] == texts[0]
    assert sum(map(len, found)) < 3_300
    assert fitted(texts, 30_000, len) == texts


def test_what_a_program_prints_is_shown(tmp_path: Path) -> None:
    def program(question: str) -> str:
        print(f"looked up {question}")  # noqa: T201
        return f"{words}"

    found = optimize(
        program,
        range(6),
        lambda example, output: 0.0,
        [words],
        optimizer="opro",
        model=writing(),
        budget=Budget(evaluations=20, calls=3),
        workers=3,
        run_dir=tmp_path,
    )
    runs = found.trials[0].evaluations
    assert all(run.printed.startswith("looked up ") for run in runs)
    assert "printed: looked up" in show_run(runs[0])


@pytest.mark.parametrize("name", ["optim_reflect", "optim_merge", "optim_opro"])
def test_prompts_have_a_place_for_what_was_tried(name: str) -> None:
    assert load(name).blanks & {"attempts", "history"}
