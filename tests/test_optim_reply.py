"""What counts as a proposal, and what an optimizer model may say without it becoming one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwright.errors import ReplyError
from optwright.optim.optimizers.language.reply import read_values
from optwright.optim.parameters import Choice, Integer, ParameterSpace, Permutation, Real, Text

SPACE = ParameterSpace(
    [
        Real("rate", 0.5, low=0.0, high=1.0),
        Integer("count", 3, low=1, high=9),
        Text("instruction", "Answer."),
        Choice("strict", False, options=[True, False]),
        Permutation("order", ["a", "b", "c"]),
    ]
)
BASE = {
    "rate": 0.5,
    "count": 3,
    "instruction": "Answer.",
    "strict": False,
    "order": ["a", "b", "c"],
}


def read(text: str) -> dict[str, object]:
    return read_values(text, SPACE, BASE)


@pytest.mark.parametrize(
    "reply",
    [
        '{"reason": "faster", "values": {"rate": 0.25}}',
        '{"rate": 0.25}',
        'Here you go:\n```json\n{"rate": 0.25}\n```\nGood luck!',
        '<think>{"rate": 0.9} is too high</think>{"values": {"rate": 0.25}}',
        'Use {braces} sparingly. {"rate": 0.25}',
        '{"rate": 0.25} and, once more, {"rate": 0.25}',
        "{'rate': 0.25,}",
    ],
)
def test_one_set_of_values_is_found_whatever_stands_around_it(reply: str) -> None:
    assert read(reply) == {**BASE, "rate": 0.25}


def test_a_reasoning_that_says_terminate_does_not_lose_the_update() -> None:
    reply = '{"reason": "We could TERMINATE here, but stop later.", "values": {"count": 4}}'
    assert read(reply)["count"] == 4


def test_line_breaks_in_a_string_are_kept() -> None:
    assert read('{"instruction": "first\nsecond"}')["instruction"] == "first\nsecond"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("I'm sorry, I cannot help with that.", "no JSON object"),
        ("", "no JSON object"),
        ("TERMINATE", "no JSON object"),
        ('{"answer": 42}', "no JSON object with any of"),
        ('{"rate": 1e9}', "outside"),
        ('{"rate": NaN}', "rate|JSON"),
        ('{"rate": "about 0.7"}', "finite number"),
        ('{"count": "3.7"}', "whole number"),
        ('{"count": 3.7}', "whole number"),
        ('{"strict": "no"}', "not one of"),
        ('{"order": "abc"}', "not a list"),
        ('{"order": ["a", "b"]}', "lacks"),
        ('{"instruction": ["Answer", "well"]}', "not a string"),
        ('{"rate": 0.2, "temperature": 1}', "temperature"),
        ('```json\n{"rate": 0.2}\n```\nor\n```json\n{"rate": 0.3}\n```', "2 different answers"),
        ('<think>{"rate": 0.2}', "no JSON object"),
        ("{" * 5_000, "nests deeper"),
    ],
)
def test_anything_else_is_refused_with_the_reason(reply: str, why: str) -> None:
    with pytest.raises(ReplyError, match=why) as caught:
        read(reply)
    assert caught.value.reply == reply[: len(caught.value.reply)]


NAMES = st.sampled_from(["rate", "count", "order", "values", "x"])
LEAVES = st.none() | st.booleans() | st.floats() | st.text()
DATA = st.recursive(LEAVES, lambda d: st.lists(d) | st.dictionaries(NAMES, d), max_leaves=8)


@given(st.text(max_size=300) | DATA.map(json.dumps))
def test_no_reply_ever_yields_values_that_do_not_fit(reply: str) -> None:
    try:
        values = read(reply)
    except ReplyError:
        return
    assert json.loads(json.dumps(SPACE.check(values))) == values
