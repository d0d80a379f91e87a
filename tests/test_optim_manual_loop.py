"""The loop by hand: run, backward, step."""

from __future__ import annotations

import doctest
import json

import pytest

from optwright.errors import BudgetExceeded, InputError
from optwright.optim import manual_loop
from optwright.optim.manual_loop import Stepper
from optwright.optim.parameters import Integer, Real, Text
from optwright.optim.trace import backward, traced
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel


def reply(**values: object) -> str:
    return json.dumps({"reason": "so", "values": values})


def test_the_example_in_the_documentation_works() -> None:
    assert doctest.testmod(manual_loop).failed == 0


def test_words_alone_lead_from_the_values_in_use() -> None:
    x = Integer("x", 1, low=0, high=9)
    model = ScriptedModel(reply(x=3), reply(x=5))
    stepper = Stepper([x], "optoprime", model=model, goal="Find the number.")
    for expected in (3, 5):
        assert stepper.step(backward(x + 1, "should be larger"))
        assert x.value == expected
    last = model.requests[-1].messages[-1].content
    assert '{"x": 3}' in last
    assert "should be larger" in last
    assert [trial.values["x"] for trial in stepper.trials] == [1, 3]


def test_several_runs_make_one_step_and_a_failure_is_one_of_them() -> None:
    prompt = Text("prompt", "Say it.")

    @traced
    def read(text: str) -> int:
        return int(f"{prompt} {text}")

    with pytest.raises(ValueError, match="invalid literal") as raised:
        read("x")
    model = ScriptedModel(reply(prompt="Say it in digits."))
    stepper = Stepper([prompt], model=model)
    fine = backward(prompt + "!", "good", score=1.0)
    assert stepper.step(fine, backward(raised.value))
    assert prompt.value == "Say it in digits."
    assert stepper.trials[0].failed
    assert stepper.best is None


def test_an_unusable_reply_leaves_the_values_as_they_are() -> None:
    x = Real("x", 1.0, low=0, high=9)
    stepper = Stepper([x], model=ScriptedModel(lambda request: reply(x="seven")))
    assert not stepper.step(backward(x * 2, "larger", score=0.0))
    assert x.value == 1.0
    assert stepper.replies is not None
    assert (stepper.replies.asked, stepper.replies.usable) == (2, 0)


def test_the_budget_holds() -> None:
    x = Integer("x", 0, low=0, high=99)
    numbers = iter(range(1, 99))

    def line(request: ChatRequest) -> str:
        return reply(x=next(numbers))

    stepper = Stepper([x], model=ScriptedModel(line), budget=Budget(calls=3))
    for step in range(3):
        stepper.step(backward(x + 1, score=float(step)))
    with pytest.raises(BudgetExceeded):
        stepper.step(backward(x + 1, score=3.0))
    assert stepper.account.spent.calls == 3
    assert x.value == 3


def test_a_step_needs_a_trace() -> None:
    with pytest.raises(InputError, match="at least one trace"):
        Stepper([Integer("x", 0, low=0, high=9)], "random").step()
