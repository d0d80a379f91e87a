"""`optimize`: a program with examples gets better, and the claim that it did holds."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from optwright.errors import InputError
from optwright.optim.acceptance.paired import PairedTest
from optwright.optim.api import optimize
from optwright.optim.parameters import Choice, ParameterSpace, Real, Text
from optwright.optim.results import Optimum
from optwright.optim.study.examples import split
from optwright.optim.trace import traced
from optwright.optim.trial import Suggestion, Trial
from optwright.serving.budget import Budget
from optwright.serving.chat import ChatRequest, user
from optwright.serving.events import Announced
from optwright.serving.spending import Charging
from optwright.serving.sync import ask
from optwright.testing import ScriptedModel

instruction = Text("instruction", "Answer.")


@traced
def shout(word: str) -> str:
    return word.upper() if "upper" in f"{instruction}" else word


def is_loud(word: str, output: str) -> tuple[float, str]:
    return float(output.isupper()), "" if output.isupper() else f"{word!r} should be loud"


def words(count: int) -> list[str]:
    return [f"word{i}" for i in range(count)]


def writes(*texts: str) -> ScriptedModel:
    """A model that proposes these instructions in turn, over and over."""
    return ScriptedModel(
        lambda r: f'{{"values": {{"instruction": "{texts[(r.sample - 1) % len(texts)]}"}}}}'
    )


def improve(directory: Path, model: ScriptedModel, **settings: Any) -> Optimum:
    chosen: dict[str, Any] = {
        "train": words(60),
        "optimizer": "opro",
        "budget": Budget(evaluations=200, calls=8),
        **settings,
    }
    return optimize(
        shout, metric=is_loud, parameters=[instruction], model=model, run_dir=directory, **chosen
    )


def test_a_better_instruction_is_found_accepted_and_estimated(tmp_path: Path) -> None:
    found = improve(tmp_path, writes("Sing.", "Use upper case."))
    assert found.values == {"instruction": "Use upper case."}
    assert [change.after for change in found.accepted] == [found.values]
    assert found.score == 1.0
    assert found.gain is not None
    assert found.gain.low > 0
    assert instruction.value == "Answer."


def test_without_a_better_one_the_first_values_come_back(tmp_path: Path) -> None:
    found = improve(tmp_path, writes("Sing.", "Dance.", "Hum."))
    assert found.values == {"instruction": "Answer."}
    assert found.accepted == ()
    assert found.score == 0.0
    assert found.gain is None


def test_the_same_call_with_the_same_seed_is_the_same_run(tmp_path: Path) -> None:
    first = improve(tmp_path / "1", writes("Sing.", "Use upper case."), seed=0)
    again = improve(tmp_path / "2", writes("Sing.", "Use upper case."), seed=0)
    other = improve(tmp_path / "3", writes("Sing.", "Use upper case."), seed=1)
    assert seen(first) == seen(again)
    assert seen(first) != seen(other)


def seen(found: Optimum) -> list[list[str]]:
    return [[e.example for e in trial.evaluations] for trial in found.trials]


@pytest.mark.parametrize("processes", [False, True])
@pytest.mark.parametrize("asked", [10, 60, 100, 150])
def test_a_budget_of_evaluations_is_kept_with_eight_workers(
    tmp_path: Path, asked: int, processes: bool
) -> None:
    log = tmp_path / "log"
    log.touch()

    def program(word: str) -> str:
        with log.open("a") as file:
            file.write(word + "\n")
        return shout(word)

    found = optimize(
        program,
        train=words(80),
        metric=is_loud,
        parameters=[instruction],
        optimizer="opro",
        model=writes("Sing.", "Hum.", "Use upper case.", "Dance.", "Write upper case."),
        budget=Budget(evaluations=asked, calls=100),
        workers=8,
        processes=processes,
        run_dir=tmp_path / "run",
    )
    calls = len(log.read_text().splitlines())
    assert calls == found.evaluations <= asked


def test_one_budget_holds_for_the_program_and_the_optimizer_together(tmp_path: Path) -> None:
    answers = ScriptedModel(lambda request: "yes")
    model = Announced(Charging(answers))
    optimizer_model = writes("Sing.", "Hum.", "Dance.")

    def program(word: str) -> str:
        return ask(model, ChatRequest((user(f"{instruction}\n{word}"),), max_tokens=8)).text

    found = optimize(
        program,
        train=words(40),
        metric=lambda word, output: (float(len(output) > 9), f"too short: {word}"),
        parameters=[instruction],
        optimizer="opro",
        model=optimizer_model,
        budget=Budget(calls=60),
        workers=8,
        run_dir=tmp_path / "run",
    )
    paid = len(answers.requests) + len(optimizer_model.requests)
    assert paid == found.spent.calls <= 60
    assert found.stopped == "budget"
    assert found.interval is not None, "calls were kept for the final estimate"


def test_faults_of_the_program_are_outcomes_that_count_as_the_lowest_score(tmp_path: Path) -> None:
    mode = Choice("mode", "works", options=["works", "raises", "nan", "hangs", "exits"])

    def program(number: int) -> float:
        if mode.value == "raises":
            raise ValueError("a fault")
        if mode.value == "hangs":
            time.sleep(1.0)
        if mode.value == "exits":
            raise SystemExit(1)
        return float("nan") if mode.value == "nan" else 0.4

    found = optimize(
        program,
        train=range(12),
        metric=lambda example, output: output,
        parameters=[mode],
        optimizer="random",
        budget=Budget(evaluations=200),
        minibatch=2,
        workers=8,
        timeout_s=0.2,
        run_dir=tmp_path,
    )
    assert found.values == {"mode": "works"}
    by_mode = {t.values["mode"]: t for t in found.trials}
    assert len(by_mode) == 5
    assert all(t.score == 0.0 for m, t in by_mode.items() if m != "works")
    assert "a fault" in by_mode["raises"].text
    assert "no result after 0.2 s" in by_mode["hangs"].text


def test_a_process_that_dies_is_an_outcome(tmp_path: Path) -> None:
    rate = Real("rate", 0.1, low=0.0, high=1.0)

    def program(number: int) -> float:
        if rate.value > 0.5:
            os._exit(9)
        return rate.value

    found = optimize(
        program,
        train=range(9),
        metric=lambda example, output: output,
        parameters=[rate],
        optimizer="random",
        budget=Budget(evaluations=60),
        processes=True,
        run_dir=tmp_path,
    )
    died = [t for t in found.trials if t.values["rate"] > 0.5]
    assert died
    assert all("died" in t.text and t.score == 0.0 for t in died)


def test_a_refusal_or_thoughts_never_become_the_instruction(tmp_path: Path) -> None:
    replies = [
        "I'm sorry, I can't help with that.",
        "<think>Use upper case.</think>",
        '```\n{"instruction": "A"}\n```\n```\n{"instruction": "B"}\n```',
        "Use upper case.",
    ]
    model = ScriptedModel(lambda r: replies[r.sample % 4])
    found = improve(tmp_path, model, budget=Budget(evaluations=200, calls=30))
    assert {t.values["instruction"] for t in found.trials} == {"Answer."}
    assert found.replies is not None
    assert found.replies.usable == 0
    assert found.replies.asked > 0


def test_proposers_see_train_and_never_what_decides(tmp_path: Path) -> None:
    model = writes("Sing.", "Hum.", "Use upper case.")
    found = improve(tmp_path, model)
    shown = "\n".join(message.content for r in model.requests for message in r.messages)
    hidden = split(words(60), None, None, seed=0)
    assert found.trials
    assert not any(f"{e.value}\n" in shown for e in (*hidden.valid, *hidden.test))
    assert any(f"{e.value}\n" in shown for e in hidden.train)


def test_the_trace_of_the_program_reaches_the_proposer(tmp_path: Path) -> None:
    model = writes("Sing.", "Hum.")
    improve(tmp_path, model, optimizer="reflective")
    assert any("shout(" in r.messages[-1].content for r in model.requests)


def test_a_change_that_harms_a_group_is_refused(tmp_path: Path) -> None:
    def program(number: int) -> float:
        return 1.0 if ("even" in instruction.value) == (number % 4 != 3) else 0.0

    found = optimize(
        program,
        train=range(400),
        metric=lambda example, output: output,
        parameters=[instruction],
        optimizer="opro",
        model=writes("even"),
        groups=lambda number: "odd one" if number % 4 == 3 else "others",
        budget=Budget(evaluations=900, calls=3),
        run_dir=tmp_path,
    )
    assert found.accepted == ()
    assert any("odd one" in change.reason for change in found.changes)


def test_the_acceptance_rule_can_be_replaced(tmp_path: Path) -> None:
    class Never(PairedTest):
        def compare(self, *args: Any, **options: Any) -> Any:
            comparison = super().compare(*args, **{**options, "last": True})
            assert comparison is not None
            comparison.stop("never")
            return comparison

    found = improve(tmp_path, writes("Use upper case."), acceptance=Never())
    assert found.accepted == ()
    assert {change.reason for change in found.changes} == {"never"}


def test_a_metric_outside_its_bounds_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"7.*outside") as caught:
        optimize(
            shout,
            train=words(9),
            metric=lambda w, o: 7.0,
            parameters=[instruction],
            model=writes("a"),
            run_dir=tmp_path,
        )
    assert "bounds" in caught.value.hint


def test_async_programs_and_metrics_and_mappings_work(tmp_path: Path) -> None:
    async def program(word: str, loud: bool) -> str:
        return word.upper() if loud and "upper" in instruction.value else word

    async def metric(example: dict[str, Any], output: str) -> float:
        return float(output == example["wanted"])

    found = optimize(
        program,
        train=[{"word": w, "loud": True, "wanted": w.upper()} for w in words(60)],
        metric=metric,
        parameters=[instruction],
        optimizer="opro",
        model=writes("Use upper case."),
        budget=Budget(evaluations=200, calls=3),
        workers=4,
        run_dir=tmp_path,
    )
    assert found.score == 1.0


def test_several_scores_are_ranked_by_their_mean(tmp_path: Path) -> None:
    rate = Real("rate", 0.1, low=0.0, high=1.0)
    found = optimize(
        lambda number: rate.value,
        train=range(300),
        metric=lambda example, output: {"much": output, "little": 1 - output / 2},
        parameters=[rate],
        optimizer="quadratic",
        budget=Budget(evaluations=1000),
        run_dir=tmp_path,
    )
    assert found.values["rate"] > 0.8


@pytest.mark.parametrize("count", [1, 3])
def test_few_examples_are_used_for_everything_and_promise_nothing(
    tmp_path: Path, count: int
) -> None:
    budget = Budget(evaluations=60, calls=2)
    found = improve(tmp_path, writes("Use upper case."), train=words(count), budget=budget)
    assert found.interval is None
    assert [len(trial.evaluations) for trial in found.trials[:1]] == [count]


@pytest.mark.parametrize("size", [80, 97])
def test_splits_share_out_every_example_once(size: int) -> None:
    splits = split(range(size), None, None, seed=3)
    parts = (splits.train, splits.valid, splits.test)
    assert all(parts)
    assert sorted(e.value for part in parts for e in part) == list(range(size))
    assert splits == split(range(size), None, None, seed=3)


@pytest.mark.parametrize("size", [4, 5, 12, 79])
def test_of_few_examples_those_that_decide_estimate_too(size: int) -> None:
    splits = split(range(size), None, None, seed=3)
    assert splits.shared
    assert splits.train
    assert sorted(e.value for part in (splits.train, splits.valid) for e in part) == list(
        range(size)
    )
    apart = split(range(size), None, None, seed=3, shared=False)
    assert not apart.shared
    assert all((apart.train, apart.valid, apart.test))


def test_given_splits_are_kept_and_no_examples_are_an_error() -> None:
    splits = split("ab", "cd", "ef", seed=0, groups=str.upper)
    assert [e.value for e in splits.test] == ["e", "f"]
    assert set(splits.groups.values()) == set("ABCDEF")
    with pytest.raises(InputError, match="no examples in train"):
        split([], None, None, seed=0)


def test_a_program_may_use_threads_of_its_own(tmp_path: Path) -> None:
    def program(word: str) -> str:
        out: list[str] = []
        thread = threading.Thread(target=lambda: out.append(word))
        thread.start()
        thread.join()
        return shout(out[0])

    found = optimize(
        program,
        train=words(60),
        metric=is_loud,
        parameters=[instruction],
        optimizer="opro",
        model=writes("Use upper case."),
        budget=Budget(evaluations=200, calls=2),
        run_dir=tmp_path,
    )
    assert found.score == 1.0


def test_scores_of_easy_and_hard_minibatches_compare(tmp_path: Path) -> None:
    """A candidate exactly like the incumbent gets the incumbent's score, whatever the examples."""
    rate = Real("rate", 0.5, low=0.0, high=1.0)
    found = optimize(
        lambda number: number / 100,
        train=range(100),
        metric=lambda example, output: output,
        parameters=[rate],
        optimizer=lambda setting: Repeats(setting.space),
        budget=Budget(evaluations=400),
        minibatch=4,
        run_dir=tmp_path,
    )
    late = [t.score for t in found.trials[5:]]
    means = [sum(e.score for e in t.evaluations) / 4 for t in found.trials[5:]]
    assert max(late) - min(late) < 0.5 * (max(means) - min(means))


class Repeats:
    """Proposes numbers that make no difference."""

    name = "repeats"

    def __init__(self, space: ParameterSpace) -> None:
        self._count = 0

    def ask(self, n: int = 1) -> list[Suggestion]:
        self._count += 1
        return [Suggestion({"rate": self._count / 1000}, self.name)]

    def tell(self, trials: Sequence[Trial]) -> None:
        """Learns nothing."""

    def state(self) -> object:
        return self._count

    def restore(self, state: Any, trials: Sequence[Trial]) -> None:  # JSON
        self._count = state
