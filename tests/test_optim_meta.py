"""Optimizers that improve optimizers, on a scripted case."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from optwright.errors import InputError
from optwright.optim.meta import Design, MetaTask, inner_run, meta_prompt, meta_structure
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.staged import Staged
from optwright.optim.parameters import Integer, ParameterSpace, Text, Tunable
from optwright.prompts import load
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel

PROMPT = load("optim_opro").request
BETTER = f"Say in the instruction what the feedback asks for.\n{PROMPT}"


def task(wanted: str) -> MetaTask:
    """A program that is right once its instruction says what is wanted."""

    def program(space: ParameterSpace) -> Callable[..., Any]:
        (instruction,) = space

        def answer(word: str) -> str:
            return word.upper() if wanted in str(instruction.value) else word

        return answer

    def parameters() -> Sequence[Tunable[Any]]:
        return [Text("instruction", "Answer.")]

    def metric(example: Any, output: str) -> tuple[float, str]:
        return float(output.isupper()), f"feedback: {wanted}"

    words = [{"word": f"word{at}"} for at in range(12)]
    return MetaTask(program, parameters, metric, words[:4], words[4:8], words[8:])


def optimizer_model(request: ChatRequest) -> str:
    """Follows feedback only where its prompt tells it to."""
    said = request.messages[-1].content
    wanted = "nothing"
    if said.startswith("Say in the instruction"):
        wanted = said.partition("feedback: ")[2].split("\n")[0].split("'")[0]
    return json.dumps({"reason": "", "values": {"instruction": f"Answer. {wanted}"}})


def meta_model(*prompts: str) -> ScriptedModel:
    """Proposes these prompts, one after the other, then the last one again."""
    left = list(prompts)

    def reply(_: ChatRequest) -> str:
        prompt = left.pop(0) if len(left) > 1 else left[0]
        return json.dumps({"reason": "", "values": {"prompt": prompt}})

    return ScriptedModel(reply)


SHOUT, CAPITALS = task("shout"), task("use capitals")


def test_a_better_prompt_of_an_optimizer_is_found_and_holds_on_a_task_it_never_saw() -> None:
    found = meta_prompt(
        [SHOUT],
        ScriptedModel(optimizer_model),
        meta_model("no blanks at all", f"Be bold.\n{PROMPT}", BETTER),
        steps=3,
        runs=30,
    )
    assert found.improved
    assert found.design.prompt == BETTER
    assert (found.first_score, found.score) == (0.0, 1.0)
    assert len(found.tried) == 3  # the one without blanks was never run
    unseen = [inner_run(CAPITALS, d, ScriptedModel(optimizer_model), 30) for d in
              (Design(prompt=PROMPT), found.design)]  # fmt: skip
    assert [one.test for one in unseen] == [0.0, 1.0]


def test_a_weak_meta_model_gains_nothing() -> None:
    weak = meta_model(f"Hurry.\n{PROMPT}", f"Be kind.\n{PROMPT}")
    found = meta_prompt([SHOUT], ScriptedModel(optimizer_model), weak, steps=2, runs=20)
    assert not found.improved
    assert found.design.prompt == PROMPT


def test_the_program_begins_anew_in_every_inner_run() -> None:
    first = [inner_run(SHOUT, Design(prompt=BETTER), ScriptedModel(optimizer_model), 30)
             for _ in range(2)]  # fmt: skip
    assert first[0] == first[1]
    assert inner_run(SHOUT, Design(prompt=PROMPT), ScriptedModel(optimizer_model), 30).valid == 0.0


def test_no_inner_run_takes_more_runs_than_it_is_given() -> None:
    found = inner_run(SHOUT, Design(prompt=PROMPT), ScriptedModel(optimizer_model), 20)
    assert found.runs <= 20 + len(SHOUT.valid)


def test_a_better_composition_is_found() -> None:
    def follows_optoprime(request: ChatRequest) -> str:
        system = request.messages[0].content
        wanted = "shout" if system == load("optim_optoprime").system else "nothing"
        return json.dumps({"reason": "", "values": {"instruction": f"Answer. {wanted}"}})

    values = {
        "members": ["optoprime"],
        "order": ["optoprime", "opro"],
        "way": "in_stages",
        "minibatch": 4,
    }
    meta = ScriptedModel(lambda _: json.dumps({"reason": "", "values": values}))
    found = meta_structure(
        [SHOUT],
        ScriptedModel(follows_optoprime),
        meta,
        members=["opro", "optoprime"],
        steps=2,
        runs=30,
    )
    assert (found.first_score, found.score) == (0.0, 1.0)
    assert found.design == Design(("optoprime",), "in_stages", 4)


def test_a_prompt_is_of_one_optimizer() -> None:
    with pytest.raises(InputError, match="of one optimizer"):
        meta_prompt([SHOUT], None, None, design=Design(("opro", "optoprime")))


def setting(spent: float = 0.0) -> Setting:
    return Setting(ParameterSpace([Integer("x", 5, 0, 9)]), spent=lambda: spent)


def test_members_are_asked_in_turn_or_one_after_the_other() -> None:
    members = ["random", "mutation"]
    turns = Staged(setting(), members)
    origins = [turns.ask(1)[0].origin for _ in range(3)]
    assert origins[0] == "random"
    early, late = Staged(setting(0.1), members, "in_stages"), Staged(setting(0.9), members,
                                                                      "in_stages")  # fmt: skip
    assert early.ask(1)[0].origin == "random"
    assert [c.origin for c in late.ask(1)] in (["mutation"], ["random"])


def test_what_was_asked_is_part_of_the_state() -> None:
    one, other = Staged(setting(), ["random"]), Staged(setting(), ["random"])
    one.ask(1)
    other.restore(one.state(), [])
    assert one.ask(1) == other.ask(1)
    assert one.state() == other.state()
