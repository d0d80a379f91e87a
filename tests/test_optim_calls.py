"""Tools and models that a traced program calls untraced, and a metric that is another by now."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import optwright as ow
from optwright.errors import InputError
from optwright.optim.study import calls
from optwright.optim.study.calls import recording
from optwright.testing import ScriptedModel

text = ow.Text("text", "Look it up.")
answering = ow.open_model(ScriptedModel(lambda request: "forty-two"))


def lookup(query: str, most: int = 3) -> list[str]:
    """A tool that nobody traced."""
    return [f"{query} {place}" for place in range(most)]


@ow.traced
def agent(question: int) -> str:
    found = lookup(f"q{question}", most=2)
    said = answering.ask(f"{text} {found[0]}")
    return f"{text}: {said}"


def tuned(directory: Path, metric: Any, model: Any, program: Any = agent) -> Any:  # an `Optimum`
    return ow.optimize(
        program,
        range(12),
        metric,
        [text],
        optimizer="optoprime",
        model=model,
        budget=ow.Budget(evaluations=60, calls=100),
        run_dir=directory,
    )


def proposal(request: Any) -> str:
    return json.dumps({"values": {"text": f"Look {request.sample} up."}})


def test_untraced_tools_and_models_inside_a_traced_function_are_in_the_prompt(
    tmp_path: Path,
) -> None:
    model = ScriptedModel(proposal)
    tuned(tmp_path, lambda example, output: (0.3, "not yet"), model)
    prompt = "\n".join(message.content for message in model.requests[0].messages)
    assert "lookup(query='q" in prompt
    assert "most=2) -> ['q" in prompt
    assert "ask('Look it up. q" in prompt
    assert "-> 'forty-two'" in prompt


def test_calls_of_libraries_and_of_traced_functions_are_not_told_again() -> None:
    with recording(agent, wanted=True) as found:
        agent(1)
        json.dumps({"a": 1})
    assert [line.partition("(")[0] for line in found.lines] == ["lookup", "ask"]


def test_many_calls_are_counted_and_long_computations_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def busy() -> None:
        for _ in range(100):
            lookup("x")

    with recording(busy, wanted=True) as found:
        busy()
    assert len(found.lines) == calls.MOST_CALLS
    assert "lookup: 80 more calls" in found.text()
    monkeypatch.setattr(calls, "MOST_EVENTS", 50)
    with recording(busy, wanted=True):
        busy()
        assert sys.getprofile() is None


def test_somebody_elses_profiler_stays() -> None:
    seen: list[str] = []

    def profiler(frame: Any, event: str, arg: Any) -> None:
        seen.append(event)

    sys.setprofile(profiler)
    try:
        with recording(lookup, wanted=True) as found:
            lookup("x")
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)
    assert found.text() == ""


class Judge:
    """A metric whose verdicts hang on something that its code does not show."""

    def __init__(self, score: float) -> None:
        self.scores = [score]
        self.calls = 0

    def __call__(self, example: int, output: str) -> float:
        self.calls += 1
        return self.scores[self.calls % len(self.scores)]


def test_a_run_whose_metric_judges_otherwise_now_is_not_gone_on_with(tmp_path: Path) -> None:
    judge = Judge(0.4)
    tuned(tmp_path, judge, ScriptedModel(proposal))
    judge.scores = [0.6]
    model = ScriptedModel(proposal)
    with pytest.raises(InputError, match=r"gives 0\.6 for an output that it gave 0\.4"):
        tuned(tmp_path, judge, model)
    assert model.requests == []


def test_a_metric_that_is_random_or_the_same_goes_on(tmp_path: Path) -> None:
    judge = Judge(0.4)
    first = tuned(tmp_path, judge, ScriptedModel(proposal))
    asked = judge.calls
    again = tuned(tmp_path, judge, ScriptedModel(proposal))
    assert (again.values, again.score, again.spent) == (first.values, first.score, first.spent)
    assert judge.calls == asked + 1
    judge.scores = [0.1, 0.2]
    assert tuned(tmp_path, judge, ScriptedModel(proposal)).score == first.score
