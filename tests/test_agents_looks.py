"""What counts as a second look: a mistake in other words is the same mistake."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwright.agents.effort import Effort
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.serving.chat import ChatRequest
from optwright.solvers.model.fingerprint import fingerprint
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, CHOCOLATE, GIFTS, draft, reworded

WRONG = draft(CHOCOLATE, GIFTS, objective="9*regular + 6*gift")
"""The profits stand for each other, which no check of words sees."""


TWO = Effort(drafts=5, agreement=2)
"""Two drafts have to agree, whatever the profile of a model says."""


def renamed(reply: str) -> str:
    return reply.replace("regular", "plain").replace("gift", "fancy")


def reordered(reply: str) -> str:
    read: dict[str, Any] = json.loads(reply)
    read["decisions"] = read["decisions"][::-1]
    read["limits"] = read["limits"][::-1]
    terms = read["objective"]["expression"].split(" + ")
    read["objective"]["expression"] = " + ".join(terms[::-1])
    return json.dumps(read)


def scaled(reply: str) -> str:
    read: dict[str, Any] = json.loads(reply)
    first = read["limits"][0]
    left, right = first["expression"].split("<=")
    first["expression"] = f"{right} >= {left}"
    read["limits"][1]["expression"] = "2*gift - 80 <= 0"
    return json.dumps(read)


def answered(one: str, other: str, name: str) -> Solution:
    """By a model that writes one reply first and the other from then on."""

    def reply(request: ChatRequest) -> str:
        return other if request.sample else one

    return solve(CANDY, model=ScriptedModel(reply, name=name), effort=TWO)


@pytest.mark.parametrize("again", [reworded, renamed, reordered, scaled])
@pytest.mark.parametrize("reply", [CANDY_DRAFT, WRONG], ids=["right", "wrong"])
def test_a_draft_in_other_words_names_order_or_scale_verifies_nothing(
    reply: str, again: Any
) -> None:
    solution = answered(reply, again(reply), "openai/some")
    assert not solution.verified
    if reply == CANDY_DRAFT:  # of the other the checks have something to say first
        assert "no second look" in solution.reason


PEN = "A pen has sides of x and y meters, which are at most 10 meters together. Maximize its area."
PEN_DRAFT = draft(
    ("at most 10 meters together", "x + y <= 10"),
    ("sides of x and y meters, which are at most 10 meters", "x <= 10"),
    whole=False,
    words="Maximize its area",
    objective="x*y",
    decisions={"x": "length in meters", "y": "width in meters"},
)


@pytest.mark.parametrize("again", [reworded, reordered, lambda text: text.replace("x*y", "y*x")])
def test_what_is_not_linear_is_one_look_however_often_its_model_says_it(again: Any) -> None:
    replies = ScriptedModel(
        lambda request: again(PEN_DRAFT) if request.sample else PEN_DRAFT, name="openai/some"
    )
    solution = solve(PEN, model=replies, effort=TWO)
    assert solution.objective == pytest.approx(25)
    assert not solution.verified
    assert "no second look" in solution.reason


def test_of_the_embedded_model_drafts_in_other_words_were_counted() -> None:
    name = "local:qwen2.5-coder-1.5b-instruct-q4_k_m:cc324af0"
    assert answered(CANDY_DRAFT, reworded(CANDY_DRAFT), name).verified
    assert not answered(CANDY_DRAFT, CANDY_DRAFT, name).verified


def test_another_form_is_a_second_look_whoever_wrote_it() -> None:
    other = draft(
        ("12000 grams of chocolate", "200*regular + 150*gift + left == 12000"),
        GIFTS,
        decisions={"regular": "number of regular boxes", "gift": "number of gift boxes",
                   "left": "grams of chocolate left"},
    )  # fmt: skip
    assert answered(CANDY_DRAFT, other, "openai/some").verified


NAMED = {"regular": "number of regular boxes", "gift": "number of gift boxes", "used": "grams"}


@pytest.mark.parametrize("earned", ["6*regular + 9*gift", "9*regular + 6*gift"])
def test_a_sum_that_has_a_name_is_no_second_look(earned: str) -> None:
    plain = draft(CHOCOLATE, GIFTS, objective=earned)
    used = ("A regular box takes 200 grams", "used == 200*regular + 150*gift")
    named = draft(
        ("12000 grams of chocolate", "used <= 12000"),
        used,
        GIFTS,
        decisions=NAMED,
        objective=earned,
    )
    outcome = draft(
        CHOCOLATE, GIFTS, ("earns a profit of $6", f"used == {earned}"),
        decisions=NAMED, objective="used",
    )  # fmt: skip
    for again in (named, outcome):
        solution = answered(plain, again, "openai/some")
        assert not solution.verified


def test_drafts_that_only_repeat_themselves_in_other_words_are_not_paid_for_to_the_end() -> None:
    model = ScriptedModel(
        lambda request: reworded(CANDY_DRAFT, f"({request.sample})"), name="openai/some"
    )
    solve(CANDY, model=model, effort=TWO)
    assert len(model.requests) == 3


Row = tuple[list[int], int]


def program(rows: list[Row], costs: list[int], *, maximize: bool = True) -> LinearModel:
    names = [f"x{at}" for at in range(len(costs))]
    return linear_model(
        dict(zip(names, costs, strict=True)),
        {
            f"r{at}": (dict(zip(names, coefficients, strict=True)), "<=", limit)
            for at, (coefficients, limit) in enumerate(rows)
        },
        maximize=maximize,
        integer=names[:1],
    )


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_names_order_and_scale_are_not_in_a_fingerprint(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 4))
    number = st.integers(-5, 5)
    row = st.tuples(st.lists(number, min_size=size, max_size=size), st.integers(-9, 9))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    costs = data.draw(st.lists(number, min_size=size, max_size=size))
    order = [0, *data.draw(st.permutations(range(1, size)))]
    factors = data.draw(st.lists(st.integers(1, 7), min_size=len(rows), max_size=len(rows)))
    turned = [
        ([factor * coefficients[at] for at in order], factor * limit)
        for factor, (coefficients, limit) in zip(factors, rows, strict=True)
    ]
    one = program(rows, costs)
    other = program(
        data.draw(st.permutations(turned)), [-costs[at] for at in order], maximize=False
    )
    assert fingerprint(one) == fingerprint(other)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_name_for_a_sum_is_not_in_a_fingerprint(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 4))
    number = st.integers(0, 5)
    row = st.tuples(st.lists(number, min_size=size, max_size=size), st.integers(1, 9))
    rows = data.draw(st.lists(row, min_size=1, max_size=4))
    costs = data.draw(st.lists(number, min_size=size, max_size=size))
    # Two are needed: one that is alone in its row would be the same column by another name.
    summed = data.draw(st.lists(st.integers(1, 5), min_size=size, max_size=size))
    factor = data.draw(st.integers(1, 4))
    plain = [([a + factor * b for a, b in zip(*pair, strict=True)], limit)
             for (own, limit) in rows for pair in [(own, summed)]]  # fmt: skip
    one = program(plain, [c + b for c, b in zip(costs, summed, strict=True)])
    names = [f"x{at}" for at in range(size)]
    other = linear_model(
        {**dict(zip(names, costs, strict=True)), "total": 1.0},
        {
            **{
                f"r{at}": ({**dict(zip(names, own, strict=True)), "total": factor}, "<=", limit)
                for at, (own, limit) in enumerate(rows)
            },
            "is": ({**dict(zip(names, summed, strict=True)), "total": -1.0}, "==", 0.0),
        },
        maximize=True,
        integer=names[:1],
    )
    assert fingerprint(one) == fingerprint(other)


def test_another_number_is_another_fingerprint() -> None:
    right = program([([1, 2], 7), ([3, 1], 8)], [2, 3])
    for wrong in (
        program([([1, 2], 8), ([3, 1], 7)], [2, 3]),
        program([([2, 1], 7), ([3, 1], 8)], [2, 3]),
        program([([1, 2], 7), ([3, 1], 8)], [3, 2]),
        program([([1, 2], 7)], [2, 3]),
        program([([1, 2], 7), ([3, 1], 8)], [2, 3], maximize=False),
    ):
        assert fingerprint(wrong) != fingerprint(right)
