"""OptoPrime and TextGrad read what a program did, and only usable replies become candidates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from math import inf

import pytest

from optwright.errors import EndpointError, InputError
from optwright.optim.optimizer import Optimizer, Setting, open_optimizer
from optwright.optim.parameters import Integer, ParameterSpace, Real, Text
from optwright.optim.trace import backward, traced
from optwright.optim.trial import Evaluation, Suggestion, Trial, Values
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage
from optwright.serving.scripted import Line, ScriptedModel

START = {"instruction": "Add.", "rate": 0.5, "count": 3}
BETTER = {"instruction": "Add the numbers.", "rate": 0.25, "count": 4}


def space() -> ParameterSpace:
    return ParameterSpace(
        [
            Text("instruction", "Add."),
            Real("rate", 0.5, low=0.0, high=1.0),
            Integer("count", 3, low=1, high=9),
        ]
    )


def trial(number: int, values: Values, score: float, runs: Sequence[Evaluation] = ()) -> Trial:
    runs = tuple(runs) or (Evaluation(score, f"said about {number}", example="a", shown="1+1"),)
    return Trial(number, Suggestion(values, "start"), score, runs)


def opened(name: str, *script: Line) -> tuple[Optimizer, ScriptedModel]:
    model = ScriptedModel(*script)
    optimizer = open_optimizer(name, Setting(space(), goal="Add numbers.", model=model))
    optimizer.tell([trial(0, START, 0.4)])
    return optimizer, model


def reply(values: object, reason: str = "because") -> str:
    return json.dumps({"reason": reason, "values": values})


def asked(model: ScriptedModel) -> str:
    """All that the model has read."""
    return "\n".join(m.content for request in model.requests for m in request.messages)


def test_optoprime_updates_all_parameters_in_one_call() -> None:
    optimizer, model = opened("optoprime", reply(BETTER))
    (candidate,) = optimizer.ask()
    assert candidate.values == BETTER
    assert (candidate.origin, candidate.parents) == ("optoprime", (0,))
    assert len(model.requests) == 1
    assert model.requests[0].schema is not None


def test_optoprime_reads_the_trace_the_feedback_and_earlier_attempts() -> None:
    optimizer, model = opened("optoprime", reply(BETTER))
    rate = Real("rate", 0.5, low=0.0, high=1.0)

    @traced
    def scale(value: float) -> object:
        """Scale a value."""
        return rate * value

    trace = backward(scale(4.0), "should be larger", score=0.6).render(tokens=300)
    run = Evaluation(0.6, "should be larger", example="b", shown="4 -> 2", trace=trace)
    optimizer.tell([trial(1, {**START, "count": 5}, 0.6, [run])])
    optimizer.ask()
    text = asked(model)
    for part in ("rate * 4.0", "should be larger", "scale: Scale a value", "said about 0", "0.4"):
        assert part in text


def test_optoprime_starts_from_the_best_and_shows_failures_first() -> None:
    optimizer, model = opened("optoprime", reply({"count": 9}))
    runs = [
        Evaluation(0.9, "fine", example="a", shown="easy"),
        Evaluation(-inf, "ValueError: no digits", example="b", shown="hard"),
    ]
    optimizer.tell([trial(1, BETTER, 0.7, runs), trial(2, {**BETTER, "count": 8}, -inf)])
    (candidate,) = optimizer.ask()
    assert candidate.values == {**BETTER, "count": 9}
    assert candidate.parents == (1,)
    text = asked(model)
    assert text.index("ValueError: no digits") < text.index("fine")


def test_textgrad_asks_for_a_gradient_of_every_variable_and_then_steps() -> None:
    optimizer, model = opened(
        "textgrad", "say which numbers", "stay", "raise it a little", reply(BETTER)
    )
    (candidate,) = optimizer.ask()
    assert candidate.values == BETTER
    assert len(model.requests) == 4
    step = model.requests[-1].messages[-1].content
    for part in ("instruction:\nsay which numbers", "rate:\nstay", "count:\nraise it a little"):
        assert part in step
    assert "say which numbers" in candidate.note


def test_textgrad_shows_what_was_said_about_every_run_to_every_variable() -> None:
    # Summing losses elsewhere empties the feedback of each of them.
    optimizer, model = opened("textgrad", "change", "change", "change", reply(BETTER))
    runs = [Evaluation(n / 10, f"fault {n}", example=str(n), shown=f"run {n}") for n in range(4)]
    optimizer.tell([trial(1, {**START, "count": 5}, 0.45, runs)])
    optimizer.ask()
    for request in model.requests[:3]:
        assert all(f"fault {n}" in request.messages[-1].content for n in range(4))


def test_textgrad_gradients_do_not_grow_with_the_runs() -> None:
    optimizer, model = opened("textgrad", "x" * 50_000, "", "", reply(BETTER))
    runs = [Evaluation(0.1, "f" * 5000, example=str(n), shown="s" * 5000) for n in range(50)]
    optimizer.tell([trial(1, {**START, "count": 5}, 0.45, runs)])
    optimizer.ask()
    assert all(sum(len(m.content) for m in r.messages) < 20_000 for r in model.requests)


@pytest.mark.parametrize("name", ["optoprime", "textgrad"])
@pytest.mark.parametrize(
    "bad",
    [
        "I'm sorry, but I cannot help with that.",
        "",
        "{}",
        reply({"rate": 7.0}),
        reply({"rate": "0.25"}),
        reply({"count": 3.7}),
        reply({"count": "nan"}),
        '{"values": {"rate": NaN}}',
        '{"values": {"rate": 1e400}}',
        reply({"instruction": "x" * 50_000}),
        reply({"colour": "red"}),
        '```json\n{"count": 4}\n```\nor\n```json\n{"count": 5}\n```',
        '<think>{"count": 4}</think>',
    ],
)
def test_an_unusable_reply_goes_back_with_the_reason_and_never_becomes_a_candidate(
    name: str, bad: str
) -> None:
    def line(request: ChatRequest) -> str:
        return "change it" if request.schema is None else bad

    optimizer, model = opened(name, line)
    assert optimizer.ask() == []
    steps = [request for request in model.requests if request.schema is not None]
    assert len(steps) == 2
    assert "could not be used" in steps[-1].messages[-1].content
    assert optimizer.replies.usable == len(model.requests) - len(steps)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["optoprime", "textgrad"])
def test_a_reply_is_mended_on_the_second_chance(name: str) -> None:
    answers = iter([reply({"count": "many"}), reply({"count": 4})])

    def line(request: ChatRequest) -> str:
        return "change it" if request.schema is None else next(answers)

    optimizer, _ = opened(name, line)
    (candidate,) = optimizer.ask()
    assert candidate.values == {**START, "count": 4}


@pytest.mark.parametrize("name", ["optoprime", "textgrad"])
def test_a_reasoning_that_says_terminate_keeps_its_update(name: str) -> None:
    def line(request: ChatRequest) -> str:
        return "stop" if request.schema is None else reply({"count": 4}, "TERMINATE is not due.")

    optimizer, _ = opened(name, line)
    assert [c.values["count"] for c in optimizer.ask()] == [4]


@pytest.mark.parametrize("name", ["optoprime", "textgrad"])
@pytest.mark.parametrize(
    "line",
    [
        EndpointError("reset", retryable=True),
        ChatReply("I must not.", Finish.REFUSAL, Usage(), "scripted"),
    ],
)
def test_a_failed_call_or_a_refusal_ends_nothing(name: str, line: Line) -> None:
    optimizer, _ = opened(name, line, line, line, line, line)
    assert optimizer.ask() == []
    assert optimizer.replies.usable == 0  # type: ignore[attr-defined]
    optimizer.tell([trial(1, BETTER, 0.6)])


@pytest.mark.parametrize("name", ["optoprime", "textgrad"])
def test_a_start_that_fails_is_learned_from(name: str) -> None:
    def line(request: ChatRequest) -> str:
        return "change it" if request.schema is None else reply(BETTER)

    model = ScriptedModel(line)
    optimizer = open_optimizer(name, Setting(space(), model=model))
    optimizer.tell([trial(0, START, -inf, [Evaluation(-inf, "ValueError: no digits")])])
    (candidate,) = optimizer.ask()
    assert candidate.values == BETTER
    assert "ValueError: no digits" in asked(model)


@pytest.mark.parametrize("name", ["optoprime", "textgrad"])
def test_values_that_were_tried_are_not_proposed_again(name: str) -> None:
    def line(request: ChatRequest) -> str:
        return "stay" if request.schema is None else reply(START)

    optimizer, _ = opened(name, line)
    assert optimizer.ask(3) == []


@pytest.mark.parametrize("name", ["optoprime", "textgrad"])
def test_a_restored_optimizer_asks_the_same(name: str) -> None:
    def line(request: ChatRequest) -> str:
        return "change it" if request.schema is None else reply(BETTER)

    (first, one), (second, two) = opened(name, line), opened(name, line)
    first.ask()
    second.restore(first.state(), [trial(0, START, 0.4)])
    later = trial(1, {**BETTER, "count": 7}, 0.5)
    first.tell([later])
    second.tell([later])
    first.ask()
    second.ask()
    assert one.requests[-1] == two.requests[-1]


@pytest.mark.parametrize("name", ["optoprime", "textgrad"])
def test_without_a_model_or_a_trial_there_is_nothing_to_propose(name: str) -> None:
    with pytest.raises(InputError, match="needs a model"):
        open_optimizer(name, Setting(space()))
    optimizer = open_optimizer(name, Setting(space(), model=ScriptedModel("x")))
    assert optimizer.ask() == []
