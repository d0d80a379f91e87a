"""The lines that are the contract of the small API run as they stand, in a test and as a script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from optwright.optim.acceptance.confidence import Interval
from optwright.serving.chat import ChatRequest
from optwright.serving.models import Model, open_model
from optwright.serving.tokens import most_tokens
from optwright.testing import ScriptedModel

BEFORE = """
import json
from optwright import open_model
from optwright.serving.chat import ChatRequest
from optwright.testing import ScriptedModel

data = [(x, 17 * x + 5) for x in range(1, 11)]
train = [(f"{a} + {b}", str(a + b)) for a in range(8) for b in range(8)]


def metric(example, output):
    return float(output == example[1]), f"expected {example[1]!r}, got {output!r}"


def said(request: ChatRequest) -> str:
    prompt = request.messages[-1].content
    if request.role == "opro":
        return json.dumps({"reason": "shorter", "values": {"instruction": "Only the number."}})
    total = sum(map(int, prompt.rpartition("\\n")[2].split("+")))
    return str(total) if "Only" in prompt else f"The answer is {total}."


model = open_model(ScriptedModel(said))
"""
BLOCK = """
import optwright as ow

best = ow.minimize(                                   # numbers; f may also return (score, feedback)
    lambda w, b: sum((y - w * x - b) ** 2 for x, y in data),
    [ow.Integer("w", 10, low=-50, high=50), ow.Integer("b", 10, low=-50, high=50)],
    budget=ow.Budget(evaluations=40), seed=0)         # optimizer="portfolio" by default, model=None
best.values, best.score, best.evaluations             # {"w": ..., "b": ...}, float, int

instruction = ow.Text("instruction", "Answer the question.")

@ow.traced
def answer(question: str) -> str:
    return model.ask(f"{instruction}\\n\\n{question}")

result = ow.optimize(answer, train=train, metric=metric, parameters=[instruction],
                     optimizer="opro", model="local", budget=ow.Budget(calls=200, tokens=200_000), seed=0)
result.values, result.score, result.interval, result.accepted, result.run

x = ow.Real("x", 1.0, low=0.0, high=10.0)             # by hand
y = x
for _ in range(10_000):
    y = y + 1
trace = ow.backward(y, "should be larger", score=-3.0)
trace.parameters, trace.render(tokens=500)            # [x], text of at most 500 tokens
"""  # noqa: E501  # as it stands
AFTER = """
print(json.dumps({"best": best.values, "values": result.values, "run": result.run,
                  "score": result.score, "accepted": len(result.accepted)}))
"""
# Only the place of the model differs: the embedded one is not for a test that runs in a second.
SCRIPTED = BLOCK.replace('model="local"', "model=model")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def ran(runs: Path) -> dict[str, Any]:
    """The names that the lines leave behind."""
    names: dict[str, Any] = {"__name__": "contract"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPTWRIGHT_RUNS", str(runs))
        exec(BEFORE + SCRIPTED, names)
    return names


def test_numbers_are_found(ran: dict[str, Any]) -> None:
    best = ran["best"]
    assert best.values == {"w": 17, "b": 5}
    assert isinstance(best.score, float)
    assert best.score == 0.0
    assert isinstance(best.evaluations, int)
    assert best.evaluations <= 40


def test_an_instruction_is_found_accepted_and_estimated(ran: dict[str, Any], runs: Path) -> None:
    result = ran["result"]
    assert result.values == {"instruction": "Only the number."}
    assert result.score == 1.0
    assert isinstance(result.interval, Interval)
    assert [change.after for change in result.accepted] == [result.values]
    assert (runs / result.run / "run.sqlite").is_file()


def test_the_calls_of_the_program_come_out_of_the_budget(ran: dict[str, Any]) -> None:
    spent, scripted = ran["result"].spent, ran["model"]
    while isinstance(scripted, Model) or not isinstance(scripted, ScriptedModel):
        scripted = scripted.model
    assert spent.calls == len(scripted.requests) <= 200
    assert any(request.role == "" for request in scripted.requests), "the program's own"


def test_the_trace_of_an_asking_program_reaches_its_instruction(ran: dict[str, Any]) -> None:
    import optwright as ow

    output = ran["answer"]("2 + 2")
    trace = ow.backward(output, "too long", score=0.0)
    assert trace.parameters == [ran["instruction"]]
    assert "answer(" in trace.render(tokens=300)


def test_the_loop_by_hand_is_traced_and_rendered_within_its_cap(ran: dict[str, Any]) -> None:
    trace = ran["trace"]
    assert trace.parameters[0] is ran["x"]
    assert len(trace.parameters) == 1
    text = trace.render(tokens=500)
    assert "should be larger" in text
    assert most_tokens(text) <= 500


def test_the_lines_run_as_a_plain_script(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(BEFORE + SCRIPTED + AFTER)
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={**os.environ, "OPTWRIGHT_RUNS": str(tmp_path / "runs")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    printed = json.loads(done.stdout)
    assert printed["best"] == {"w": 17, "b": 5}
    assert (printed["score"], printed["accepted"]) == (1.0, 1)


async def test_a_program_may_ask_inside_a_running_loop() -> None:
    def said(request: ChatRequest) -> str:
        return request.messages[-1].content.upper()

    assert open_model(ScriptedModel(said)).ask("loud") == "LOUD"
