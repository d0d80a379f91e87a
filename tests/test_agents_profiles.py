"""Which profile a model gets, and what a file of one may say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from optwright.agents.effort import Effort
from optwright.agents.profiles.examples import with_nearest_examples
from optwright.agents.profiles.profile import profile_for, read_profile, shipped
from optwright.agents.solving import solve
from optwright.errors import InputError
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, drawn


@pytest.mark.parametrize(
    ("model", "profile"),
    [
        ("local", "small"),
        ("local:/models/other.gguf", "small"),
        ("hf:Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF:q4.gguf", "small"),
        ("vllm/Qwen/Qwen2.5-7B-Instruct@http://127.0.0.1:8000/v1", "small"),
        ("vllm/Qwen/Qwen3-235B-A22B", "large"),
        ("openai/gpt-5?effort=low", "large"),
        ("hand@http://127.0.0.1:9000/v1", "large"),
        ("anthropic/claude-4b2", "large"),
    ],
)
def test_a_models_name_says_which_profile_it_gets(model: str, profile: str) -> None:
    assert profile_for(model).name == profile


def test_a_profile_is_a_file_that_anybody_can_write(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    own.write_text(
        'name = "mine"\n[effort]\ndrafts = 2\nagreement = 2\n'
        '[formulator]\nprompt = "formulator"\ntables_prompt = "formulator_tables"\n',
        encoding="utf-8",
    )
    model = ScriptedModel(drawn)
    assert solve(CANDY, model=model, profile=own).verified
    assert len(model.requests) == 2
    assert "{" in model.requests[0].messages[2].content  # the worked examples of the small one


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name = ", "not TOML"),
        ('name = "x"', "formulator: Field required"),
        ('name = "x"\nspeed = 3\n[formulator]\nprompt="a"\ntables_prompt="b"', "speed"),
    ],
)
def test_a_profile_that_does_not_fit_names_what_does_not(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        read_profile(text)


def test_a_profile_that_is_not_there_is_bad_input() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        profile_for("local", "no/such/profile.toml")


def test_a_part_that_no_formulation_has_is_refused_by_name() -> None:
    broken = shipped("small").formulator.reply
    assert broken is not None
    odd = broken.model_copy(update={"parts": {"decisions": ("name", "colour")}})
    with pytest.raises(InputError, match=r"decisions\.colour"):
        _ = odd.schema_of_it


def test_what_the_user_says_goes_before_the_profile() -> None:
    tried = Effort(drafts=3).within(shipped("small"))
    assert (tried.drafts, tried.agreement, tried.repairs) == (3, 2, 0)
    assert Effort(drafts=1).within(shipped("small")).agreement == 1
    assert Effort().within(shipped("large")).repairs == 1


def test_an_identical_prompt_is_not_paid_twice_in_large() -> None:
    model = ScriptedModel(lambda _: CANDY_DRAFT, name="gpt-of-tests")
    solve(CANDY, model=model, effort=Effort(drafts=2, agreement=2))
    first, second, *_ = model.requests
    assert first.messages != second.messages


def test_worked_examples_are_those_most_like_the_problem() -> None:
    turns = (
        ("system", "."),
        ("user", "A bakery bakes bread and cake"), ("assistant", "bakery"),
        ("user", "Trucks carry milk from farms to shops"), ("assistant", "milk"),
        ("user", "A nurse works shifts on seven days"), ("assistant", "nurse"),
        ("user", "Milk is sent from two dairies to shops by truck"),
    )  # fmt: skip
    chosen = with_nearest_examples(turns, 1)  # type: ignore[arg-type]  # roles are literals
    assert [text for _, text in chosen[1:-1]] == ["Trucks carry milk from farms to shops", "milk"]


def test_the_prompt_of_the_large_profile_is_short() -> None:
    """A token is about four characters of a prompt like this; it was counted at under 1,600."""
    words = sum(len(text) for _, text in _turns("formulator_language"))
    assert words < 5_600
    assert json.dumps(shipped("large").model_dump(mode="json"))


def _turns(name: str) -> tuple[tuple[str, str], ...]:
    from optwright.prompts import load

    return load(name).turns


def test_a_deeply_nested_profile_is_one_sentence() -> None:
    with pytest.raises(InputError, match="is not TOML: its brackets or keys nest too deep"):
        read_profile("a = " + "[" * 5_000 + "]" * 5_000)
