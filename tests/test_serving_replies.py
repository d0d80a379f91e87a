"""The JSON object in a reply: what is found, what is repaired, what is refused, and how fast."""

from __future__ import annotations

import contextlib
import json
import random
import string
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.errors import ReplyError
from optwright.serving.replies import DEEPEST, MOST_CHARACTERS, extract_json

SOUND = {"name": "plan", "values": [1, 2.5, -3], "nested": {"words": 'at "least" 5'}, "none": None}


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "\n  {}  \n",
        "```json\n{}\n```",
        "```\n{}",
        "Here you are:\n```JSON\n{}\n```\nAnything else?",
        "For {{x, y}} in S I get {}",
        "The set {{x in S: first\n{}",
        '<think>maybe {{"name": 1}}</think>\n{}',
        'maybe {{"name": 1}}, with 5" pipes\n</think>\n\n{}',
        "\ufeff{}",
        "{} {{}}",
        '{{}} {} {{"later": 1}}',
    ],
)
def test_a_sound_object_is_found_whatever_is_around_it(around: str) -> None:
    assert extract_json(around.format(json.dumps(SOUND))) == SOUND


@pytest.mark.parametrize(
    ("reply", "meant"),
    [
        ("{'a': True, 'b': None,}", {"a": True, "b": None}),
        ('{"a": "x" "b": [1 2,, 3]}', {"a": "x", "b": [1, 2, 3]}),
        ('{"a": 1, // one\n "b": 2 /* two */, # done\n}', {"a": 1, "b": 2}),
        ('{"a": [1, {"b": "c"', {"a": [1, {"b": "c"}]}),
        ('{"a": [1, 2}, "b": 3}', {"a": [1, 2], "b": 3}),
        ('{"a": "the "big" one", "b": 2}', {"a": 'the "big" one', "b": 2}),
        ("{a: it's at least x, b: -1e3}", {"a": "it's at least x", "b": -1000.0}),
        (r'{"a": "x \leq 3 \cdot y",}', {"a": r"x \leq 3 \cdot y"}),
        ('{"a": "two\nlines"}', {"a": "two\nlines"}),
        ("{'a': 'it\\'s \"so\"'}", {"a": 'it\'s "so"'}),
        ('{"a": "\\ud800 \\ud83d\\ude00"}', {"a": "\ufffd \U0001f600"}),
        ("{}", {}),
    ],
)
def test_small_damage_is_repaired(reply: str, meant: dict[str, object]) -> None:
    assert extract_json(reply) == meant


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I cannot help with that.",
        "[1, 2, 3]",
        '"{"',
        "{x, y}",
        '{"a": "cut in the mid',
        '{"a": 1, "b": [2, "cut',
        '{"a": 1, "b',
        '{"a":',
        '{"a": }',
        '{"a": NaN}',
        '{"a": -Infinity,}',
        '{"a": 1e999}',
        '{"a": 1 "b" 2}',
        "{" * 500,
        '{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1),
        "x" * (MOST_CHARACTERS + 1),
    ],
)
def test_what_is_no_whole_object_is_refused(reply: str) -> None:
    with pytest.raises(ReplyError) as caught:
        extract_json(reply)
    assert len(caught.value.reply) <= 2_000


# No lone surrogates: what arrives has been through UTF-8.
TEXTS = st.text(string.printable + "\0é漢\u202e\U0001f600", max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.text(string.ascii_letters, min_size=1), VALUES, min_size=1, max_size=4))
def test_every_object_survives_being_written_and_found(value: dict[str, object]) -> None:
    assert extract_json(f"Sure:\n```json\n{json.dumps(value)}\n```") == value


def damaged_replies(count: int, seed: int) -> Iterator[str]:
    """Replies as bad as they come: cut, garbled, nested, repeated, and pure noise."""
    draw = random.Random(seed)
    whole = json.dumps(SOUND, indent=1)
    noise = string.printable + "\x00\u202e\ud800\udfff\ufeff{}[]\"':,\\```//#"
    units = ['{"a":', "[", "{'", '"', "\\", "```json\n", "{}", "1 ", "a:b ", "//", "/*", "#\n", "é"]
    units += ['"x" ', ", ", "\n", " ", "null", '\\"', "\\ud800", "</think>", '"a":{', "- "]
    for _ in range(count):
        kind = draw.randrange(6)
        if kind == 0:
            yield whole[: draw.randrange(len(whole))]
        elif kind == 1:
            letters = list(whole * draw.randint(1, 40))
            for _ in range(draw.randint(1, 30)):
                letters[draw.randrange(len(letters))] = draw.choice(noise)
            yield "".join(letters)
        elif kind == 2:
            yield "{" + draw.choice(units) * draw.choice([1, 50, 2_000, 25_000])
        elif kind == 3:
            yield "".join(draw.choice(units) for _ in range(draw.choice([5, 100, 3_000])))
        elif kind == 4:
            yield "".join(draw.choice(noise) for _ in range(draw.choice([5, 200, 5_000])))
        else:
            yield draw.choice(["", "```\n", "I'm sorry, "]) + whole[draw.randrange(40) :] + whole


def outcomes(count: int, seed: int) -> tuple[int, int, list[float]]:
    """Read `count` damaged replies; return (read, refused, CPU milliseconds of each, sorted)."""
    read, times = 0, []
    for reply in damaged_replies(count, seed):
        started = time.process_time()
        with contextlib.suppress(ReplyError):
            read += isinstance(extract_json(reply), dict)
        times.append((time.process_time() - started) * 1000)
    return read, count - read, sorted(times)


def test_damaged_replies_are_read_or_refused() -> None:
    read, refused, _ = outcomes(600, seed=1)
    assert read > 60
    assert refused > 60


@pytest.mark.slow
def test_twenty_thousand_damaged_replies_are_read_or_refused_in_time() -> None:
    read, refused, times = outcomes(20_000, seed=2)
    assert read + refused == 20_000
    assert times[int(0.99 * len(times))] < 50
    assert times[-1] < 1_000
