"""What a program brings to `optimize`: demonstrations, starts, known results, constraints, broken
metrics, metrics that change, and files to keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import optwright as ow
from optwright.errors import InputError
from optwright.optim.feedback import read_feedback
from optwright.optim.parameters import from_json
from optwright.optim.study.identity import digest
from optwright.testing import ScriptedModel

rate = ow.Real("rate", 0.2, low=0.0, high=1.0)
POOL = [(f"in {n}", f"out {n}") for n in range(6)]


def improved(directory: Path, **settings: Any) -> Any:  # an `Optimum`
    chosen: dict[str, Any] = {
        "program": lambda example: rate.value,
        "train": range(60),
        "metric": lambda example, output: output,
        "parameters": [rate],
        "optimizer": "random",
        "budget": ow.Budget(evaluations=300),
        **settings,
    }
    return ow.optimize(run_dir=directory, **chosen)


# --- Subsets and demonstrations ----------------------------------------------------------------


def test_demonstrations_stand_in_a_prompt_as_their_texts() -> None:
    demos = ow.Demos("demos", POOL, [2, 0], most=3)
    assert f"{demos}" == "in 0\n-> out 0\n\nin 2\n-> out 2"
    assert demos.value == [0, 2]
    assert from_json(demos.to_json()).value == [0, 2]
    assert "1: 'in 1" in demos.schema()["description"]


@given(st.lists(st.sampled_from("abcdez"), max_size=8), st.integers(0, 3), st.integers(3, 5))
def test_what_a_subset_projects_to_fits(given_: list[str], least: int, most: int) -> None:
    subset = ow.Subset("tools", list("abc"), list("abcde"), least=least, most=most)
    assert subset.check(subset.project(given_)) == subset.project(given_)
    assert subset.project(subset.value) == subset.value


@pytest.mark.parametrize("wrong", [["a", "a"], ["z"], [], list("abcd"), "abc", {"a": 1}])
def test_a_subset_refuses_what_does_not_fit(wrong: Any) -> None:
    with pytest.raises(InputError):
        ow.Subset("tools", wrong, list("abcd"), least=1, most=3)


@pytest.mark.parametrize("optimizer", ["random", "mutation", "portfolio"])
def test_a_subset_is_found_without_a_model(optimizer: str) -> None:
    wanted = {"b", "d", "e"}
    found = ow.minimize(
        lambda tools: len(wanted ^ set(tools)),
        [ow.Subset("tools", ["a"], list("abcdefgh"))],
        optimizer=optimizer,
        budget=ow.Budget(evaluations=150),
    )
    assert found.score <= 1


def test_good_demonstrations_are_found(tmp_path: Path) -> None:
    demos = ow.Demos("demos", POOL, most=2)
    found = improved(
        tmp_path,
        program=lambda example: float("in 4" in f"{demos}"),
        parameters=[demos],
        optimizer="mutation",
        budget=ow.Budget(evaluations=800),
    )
    assert 4 in found.values["demos"]


# --- Starts, known results, constraints ---------------------------------------------------------


def test_starts_are_tried_and_can_win(tmp_path: Path) -> None:
    found = improved(tmp_path, starts=[{"rate": 0.9}], budget=ow.Budget(evaluations=200))
    assert [t.values["rate"] for t in found.trials[:2]] == [0.2, 0.9]
    assert found.values["rate"] >= 0.9


def test_known_results_teach_proposers_and_decide_nothing(tmp_path: Path) -> None:
    text = ow.Text("text", "Answer.")
    model = ScriptedModel(lambda r: json.dumps({"values": {"text": f"Try {r.sample}."}}))
    found = improved(
        tmp_path,
        program=lambda example: 0.3,
        parameters=[text],
        optimizer="opro",
        model=model,
        known=[ow.Known({"text": "Be kind."}, 0.7, "customers liked it")],
        budget=ow.Budget(evaluations=200, calls=6),
    )
    prompt = "\n".join(m.content for m in model.requests[0].messages)
    assert "Be kind." in prompt
    assert found.values == {"text": "Answer."}
    assert [t.candidate.origin for t in found.trials[:2]] == ["start", "known"]
    assert [t.number for t in found.trials] == list(range(len(found.trials)))


def test_what_breaks_a_constraint_is_never_run() -> None:
    seen = []

    def cost(a: float, b: float) -> float:
        seen.append((a, b))
        return -(a + b)

    def fits(values: dict[str, float]) -> bool:
        return values["a"] + values["b"] <= 1.0

    ab = [ow.Real(name, 0.1, low=0.0, high=1.0) for name in "ab"]
    found = ow.minimize(cost, ab, constraints=[fits], budget=ow.Budget(evaluations=60), seed=1)
    assert all(a + b <= 1.0 for a, b in seen)
    assert found.score < -0.8
    with pytest.raises(InputError, match="fits does not hold"):
        ow.minimize(cost, [ow.Real(n, 0.9, low=0, high=1) for n in "ab"], constraints=[fits])


def test_a_constraint_goes_back_to_the_model_in_its_own_words(tmp_path: Path) -> None:
    text = ow.Text("text", "Answer.")
    replies = [json.dumps({"values": {"text": t}}) for t in ("far too long", "short")]
    model = ScriptedModel(*replies)
    improved(
        tmp_path,
        program=lambda example: float(len(f"{text}")) / 100,
        parameters=[text],
        optimizer="opro",
        model=model,
        constraints=[lambda v: "at most 8 letters" if len(v["text"]) > 8 else None],
        budget=ow.Budget(evaluations=100, calls=3),
    )
    assert "at most 8 letters" in model.requests[1].messages[-1].content


# --- Metrics ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [Decimal("0.5"), np.float32(0.5), np.array(0.5), np.int64(1), np.bool_(True), True, 1],
)
def test_numbers_of_every_kind_are_scores(number: Any) -> None:
    assert read_feedback(number).score in (0.5, 1.0)


@pytest.mark.parametrize("wrong", [None, "0.5", np.array([0.5, 1.0]), Decimal("NaN"), [1]])
def test_what_is_no_number_is_no_score(wrong: Any) -> None:
    assert read_feedback(wrong).failed


def raising(example: int, output: float) -> float:
    raise ValueError("no such key")


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        (raising, "ValueError: no such key"),
        (lambda example, output: None, "the score is None"),
        (lambda example, output: "good", "the score is 'good'"),
        (lambda example: 1.0, "cannot be called with an example and an output"),
    ],
)
def test_a_broken_metric_stops_before_a_model_is_asked(
    metric: Callable[..., Any], said: str, tmp_path: Path
) -> None:
    text = ow.Text("text", "Answer.")
    model = ScriptedModel("never asked")
    ran = []
    with pytest.raises(InputError, match="metric") as caught:
        improved(
            tmp_path,
            program=lambda example: ran.append(example) or 0.5,  # type: ignore[func-returns-value]
            metric=metric,
            parameters=[text],
            optimizer="opro",
            model=model,
        )
    assert said in str(caught.value)
    assert model.requests == []
    assert len(ran) <= 3
    if metric is raising:
        assert "in raising" in str(caught.value)


def test_a_metric_that_changed_is_not_taken_for_the_one_before(tmp_path: Path) -> None:
    improved(tmp_path)
    improved(tmp_path, metric=lambda example, output: output)  # written elsewhere, the same
    with pytest.raises(InputError, match="another code_of_metric"):
        improved(tmp_path, metric=lambda example, output: 1 - output)


def helper(output: float) -> float:
    return output


def test_a_function_is_known_by_what_it_computes_and_calls() -> None:
    def metric(limit: float) -> Callable[..., float]:
        return lambda example, output: helper(output) - limit

    assert digest(metric(0.1)) == digest(metric(0.1))
    assert digest(metric(0.1)) != digest(metric(0.2))
    before = digest(metric(0.1))
    original = helper.__code__
    helper.__code__ = (lambda output: output + 1).__code__
    try:
        assert digest(metric(0.1)) != before
    finally:
        helper.__code__ = original


# --- Files --------------------------------------------------------------------------------------


def test_an_optimized_program_is_saved_and_loaded(tmp_path: Path) -> None:
    found = improved(tmp_path / "run", starts=[{"rate": 0.9}])
    found.save(tmp_path / "best.json")
    other = ow.Real("rate", 0.2, low=0.0, high=1.0)
    assert ow.load_values(tmp_path / "best.json", [other]) == found.values
    assert other.value == found.values["rate"]
    with pytest.raises(InputError, match="no value is given"):
        ow.load_values(tmp_path / "best.json", [other, ow.Real("x", 0.1, low=0, high=1)])
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(InputError, match="no optimized program"):
        ow.load_values(tmp_path / "bad.json", [other])


def test_prompts_are_written_as_files_that_name_parent_run_and_score(tmp_path: Path) -> None:
    text = ow.Text("text", "Answer.")
    model = ScriptedModel(lambda r: json.dumps({"values": {"text": "Answer loudly."}}))
    found = improved(
        tmp_path / "run",
        program=lambda example: float("loud" in f"{text}"),
        parameters=[text],
        optimizer="opro",
        model=model,
        budget=ow.Budget(evaluations=200, calls=5),
    )
    folder = tmp_path / "prompts"
    folder.mkdir()
    (folder / "text.md").write_text("Answer.")
    (written,) = found.write_prompts(folder)
    assert written.read_text() == (
        f"---\nname: text\nparent: text.1.md\nrun: {found.run}\nscore: 1\n---\nAnswer loudly.\n"
    )
    assert (folder / "text.1.md").read_text() == "Answer."
