"""Whatever a metric returns becomes feedback once, and garbage becomes a failure with a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest

from optwright.optim.feedback import Feedback, describe, from_error, read_feedback
from optwright.optim.trace import node


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (1, Feedback(1.0)),
        (True, Feedback(1.0)),
        (np.float32(0.5), Feedback(0.5)),
        (np.bool_(True), Feedback(1.0)),
        (node(0.25), Feedback(0.25)),
        ((0.5, "too short"), Feedback(0.5, "too short")),
        ((0.5, node("too short")), Feedback(0.5, "too short")),
        ((0.5, None), Feedback(0.5)),
        ((0.5, {"x": 1, "note": "up"}), Feedback(0.5, direction={"x": 1.0})),
        ((0.5, Feedback(None, "hm", {"x": -1.0})), Feedback(0.5, "hm", {"x": -1.0})),
        ({"speed": 1.0, "size": 0.0}, Feedback(0.5, scores={"speed": 1.0, "size": 0.0})),
        (Feedback(0.5, "hm"), Feedback(0.5, "hm")),
    ],
)
def test_what_metrics_return_is_understood(returned: object, expected: Feedback) -> None:
    assert read_feedback(returned) == expected


@pytest.mark.parametrize(
    "returned",
    [
        *(math.nan, math.inf, -math.inf, None, "0.5", [], {}, {"a": "b"}, 10**400, 1j, object()),
        *((math.nan, "words"), (None, "words"), ("0.5", "words"), Feedback(math.nan, "words")),
    ],
)
def test_garbage_is_a_failure_that_says_what_came(returned: object) -> None:
    feedback = read_feedback(returned)
    assert feedback.failed
    assert feedback.score == -math.inf
    assert "not a finite number" in feedback.text
    if "words" in repr(returned):
        assert "words" in feedback.text


def test_an_exception_names_the_innermost_place_outside_libraries() -> None:
    def inner() -> None:
        import json

        json.loads("{")

    with pytest.raises(ValueError, match="Expecting") as raised:
        inner()
    text = describe(raised.value)
    assert text.startswith("JSONDecodeError: Expecting property name")
    assert "test_optim_feedback.py" in text
    assert 'in inner: json.loads("{")' in text
    assert from_error(raised.value).failed
    assert describe(ValueError("bare")) == "ValueError: bare"
