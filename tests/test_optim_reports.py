"""What users of other optimizers reported, tried here: each test names the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import optwright as ow
from optwright.errors import InputError
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.testing import ScriptedModel

text = ow.Text("text", "Answer.")


def tuned(directory: Path, model: Any, **settings: Any) -> Any:  # an `Optimum`
    chosen: dict[str, Any] = {
        "metric": lambda example, output: (float("loud" in output), f"{example} is not loud"),
        "budget": ow.Budget(evaluations=200, calls=6),
        "optimizer": "opro",
        **settings,
    }
    return ow.optimize(
        lambda question: f"{text}",
        range(40),
        parameters=[text],
        model=model,
        run_dir=directory,
        **chosen,
    )


def values(words: str) -> str:
    return json.dumps({"values": {"text": words}})


def read(model: ScriptedModel) -> list[str]:
    return ["\n".join(m.content for m in request.messages) for request in model.requests]


@pytest.mark.parametrize("evaluations", [3, 10, 30])
def test_gepa_375_dspy_10245_what_a_small_budget_buys_is_said_and_nothing_is_claimed(
    tmp_path: Path, evaluations: int
) -> None:
    model = ScriptedModel(lambda r: values(f"Sing {r.sample}."))
    found = tuned(tmp_path, model, budget=ow.Budget(evaluations=evaluations, calls=50))
    assert found.prospect.proposals is not None
    assert found.evaluations <= evaluations
    assert found.accepted == ()
    assert found.values == {"text": "Answer."}


@pytest.mark.parametrize("optimizer", ["opro", "reflective", "optoprime", "textgrad"])
def test_gepa_379_what_was_tried_stands_in_the_next_request(tmp_path: Path, optimizer: str) -> None:
    model = ScriptedModel(lambda r: values(f"Whisper {r.sample}.") if r.schema else "be other")
    tuned(tmp_path, model, optimizer=optimizer)
    assert "Whisper" in "\n".join(read(model))


class Cut:
    """A model whose replies end at the token limit, as sound JSON."""

    name = "cut"

    async def complete(self, request: ChatRequest) -> ChatReply:
        return ChatReply(values("You are a lo"), Finish.LENGTH, Usage(1, 1), self.name)


def test_gepa_390_a_reply_that_was_cut_off_is_never_a_prompt(tmp_path: Path) -> None:
    found = tuned(tmp_path, Cut())
    assert {trial.values["text"] for trial in found.trials} == {"Answer."}
    assert found.replies.usable == 0 < found.replies.asked


def test_gepa_178_192_several_starts_and_production_results_are_taken(tmp_path: Path) -> None:
    model = ScriptedModel(lambda r: values(f"Sing {r.sample}."))
    found = tuned(
        tmp_path,
        model,
        starts=[{"text": "Be loud."}],
        known=[ow.Known({"text": "Shout, loud."}, 0.9, "from May")],
    )
    assert found.values == {"text": "Be loud."}
    assert any("Shout, loud." in prompt and "from May" in prompt for prompt in read(model))


def test_dspy_9001_metrics_may_be_async(tmp_path: Path) -> None:
    async def metric(example: int, output: str) -> float:
        return float("loud" in output)

    assert tuned(tmp_path, ScriptedModel(lambda r: values("Be loud.")), metric=metric).score == 1.0


def test_dspy_9410_a_dead_evaluator_ends_the_run_before_a_model_is_asked(tmp_path: Path) -> None:
    def dead(example: int, output: str) -> float:
        raise ConnectionError("the judge is gone")

    model = ScriptedModel("never asked")
    with pytest.raises(InputError, match="the judge is gone"):
        tuned(tmp_path, model, metric=dead)
    assert model.requests == []


def test_dspy_9039_a_program_with_demonstrations_is_saved_and_loaded(tmp_path: Path) -> None:
    demos = ow.Demos("demos", [("a", "1"), ("b", "2")], most=1)
    found = ow.optimize(
        lambda question: f"{demos}",
        range(40),
        lambda example, output: float("b" in output),
        [demos],
        optimizer="random",
        run_dir=tmp_path / "run",
        budget=ow.Budget(evaluations=300),
    )
    found.save(tmp_path / "program.json")
    fresh = ow.Demos("demos", [("a", "1"), ("b", "2")], most=1)
    ow.load_values(tmp_path / "program.json", [fresh])
    assert f"{fresh}" == "b\n-> 2"


def test_dspy_10321_a_seed_decides_splits_samples_and_proposals(tmp_path: Path) -> None:
    prompts = []
    for place, seed in enumerate((0, 0, 1)):
        model = ScriptedModel(lambda r: values(f"Sing {r.draw_seed}."))
        tuned(tmp_path / str(place), model, seed=seed)
        prompts.append(read(model))
    assert prompts[0] == prompts[1] != prompts[2]


def test_optuna_2968_constraints_between_parameters_are_declared() -> None:
    ab = [ow.Integer(name, 1, low=0, high=9) for name in "ab"]
    found = ow.minimize(
        lambda a, b: -a * b,
        ab,
        constraints=[lambda v: v["a"] + v["b"] <= 9],
        budget=ow.Budget(evaluations=80),
    )
    assert found.score == -20
    assert all(t.failed or sum(t.values.values()) <= 9 for t in found.trials)


@pytest.mark.parametrize(
    "reply",
    [
        'Sure! Here it is:\n```json\n{"values": {"text": "Be loud."}}\n```\nHope this helps.',
        '<think>{"values": {"text": "no"}}</think>{"text": "Be loud."}',
        "{'values': {'text': 'Be loud.'}}",
        '{"reason": "louder", "values": {"text": "Be loud.",},}',
    ],
)
def test_adalflow_246_replies_in_the_wrong_dress_are_read(tmp_path: Path, reply: str) -> None:
    assert tuned(tmp_path, ScriptedModel(lambda r: reply)).values == {"text": "Be loud."}
