"""Reading the formulator's replies: every reply is a formulation or a `ReplyError`."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest

from optwright.agents.replies.parse import read_formulation, read_limit
from optwright.errors import ReplyError
from optwright.solvers.model.formulation import Domain, Formulation, Sense

GOOD: dict[str, Any] = {
    "decisions": [
        {"name": "van", "meaning": "number of van tours", "whole": True},
        {"name": "bike", "meaning": "number of bike tours", "whole": True},
    ],
    "amounts": [
        {"name": "loaves", "expression": "90*van + 12*bike"},
        {"name": "tours", "expression": "van + bike"},
    ],
    "objective": {"text": "fewest tours", "sense": "minimize", "expression": "tours"},
    "limits": [
        {"text": "at least 35% by bike", "expression": "bike >= 0.35*tours"},
        {"text": "1500 loaves", "expression": "loaves >= 1500"},
    ],
}


def changed(**parts: Any) -> str:
    return json.dumps(GOOD | parts)


def test_amounts_are_written_out_and_domains_read() -> None:
    formulation = read_formulation(json.dumps(GOOD))
    assert formulation.objective.sense is Sense.MINIMIZE
    assert formulation.objective.expression == "(van + bike)"
    assert [c.expression for c in formulation.constraints] == [
        "bike >= 0.35*(van + bike)",
        "(90*van + 12*bike) >= 1500",
    ]
    assert {v.domain for v in formulation.variables} == {Domain.INTEGER}


def test_two_limits_in_one_expression_become_two_constraints_with_one_text() -> None:
    reply = changed(limits=[{"text": "both", "expression": "van >= 1 && bike >= 2"}])
    constraints = read_formulation(reply).constraints
    assert [(c.name, c.expression) for c in constraints] == [
        ("both", "van >= 1"),
        ("both_2", "bike >= 2"),
    ]


def test_names_that_are_no_names_become_some() -> None:
    reply = changed(
        decisions=[{"name": "type-II van", "whole": True}, {"name": "sum", "whole": False}],
        amounts=[],
        objective={"sense": "max", "expression": "type-II van + sum"},
        limits=[],
    )
    formulation = read_formulation(reply)
    assert [v.name for v in formulation.variables] == ["type_II_van", "sum_2"]
    assert formulation.objective.expression == "type_II_van + sum_2"


def test_words_around_the_json_do_not_matter() -> None:
    assert isinstance(read_formulation(f"Sure!\n```json\n{json.dumps(GOOD)}\n```"), Formulation)


@pytest.mark.parametrize(
    ("reply", "complaint"),
    [
        ("I cannot help with that.", "JSON"),
        ("", "JSON"),
        (changed(decisions=[]), "decisions"),
        (changed(objective={"sense": "maybe", "expression": "van"}), "maximize or minimize"),
        (changed(objective={"sense": "max"}), "expression"),
        (
            changed(amounts=[{"name": "a", "expression": "b"}, {"name": "b", "expression": "a"}],
                    objective={"sense": "max", "expression": "a"}),
            "defined by each other",
        ),
    ],
)  # fmt: skip
def test_what_is_no_formulation_is_a_reply_error_that_says_why(reply: str, complaint: str) -> None:
    with pytest.raises(ReplyError, match=complaint) as caught:
        read_formulation(reply)
    assert caught.value.reply == reply


def test_one_limit_is_read_and_an_empty_one_is_none() -> None:
    limit = read_limit('{"expression": "3x =< 4"}', "at most 4")
    assert limit is not None
    assert limit.expression == "3*x <= 4"
    assert read_limit('{"expression": ""}', "nothing") is None


def mutated(rng: random.Random, text: str) -> str:
    """A reply as it may arrive from a model that is small, drunk or hostile."""
    kind = rng.randrange(9)
    at = rng.randrange(len(text))
    if kind == 0:
        return text[:at]
    if kind == 1:
        return (
            text[:at] + rng.choice(['"', "{", "}", "\\", "\x00", "\ud800", "\u202e", "]", ","]) * 3
        )
    if kind == 2:
        return f"```json\n{text}\n```\n```json\n{text[:at]}\n```"
    if kind == 3:
        return text.replace(
            rng.choice(["van", "bike", "tours"]), rng.choice(["__import__", "9**9**9", "", "None"])
        )
    if kind == 4:
        return text.replace('"whole": true', f'"whole": {rng.choice(["null", "3", "[]", "{}"])}')
    if kind == 5:
        return (
            rng.choice(["[" * 3000, "{" * 3000, '{"a":' * 500, "I'm sorry", "null", "true", "12"])
            + text[:at]
        )
    if kind == 6:
        return (
            text[:at]
            + "".join(chr(rng.randrange(1, 0x3000)) for _ in range(rng.randrange(60)))
            + text[at:]
        )
    if kind == 7:
        return text.replace(
            "90*van", "(" * rng.randrange(1, 200) + "van" + "*2" * rng.randrange(200)
        )
    return text * rng.randrange(1, 40)  # fmt: skip


def outcomes(count: int) -> tuple[int, int, float]:
    rng = random.Random(20261122)
    text = json.dumps(GOOD)
    read = refused = 0
    slowest = 0.0
    for _ in range(count):
        reply = mutated(rng, mutated(rng, text) or "x")
        started = time.perf_counter()
        try:
            assert isinstance(read_formulation(reply), Formulation)
            read += 1
        except ReplyError:
            refused += 1
        slowest = max(slowest, time.perf_counter() - started)
    return read, refused, slowest


def test_two_thousand_malformed_replies_all_end_typed() -> None:
    read, refused, slowest = outcomes(2_000)
    assert read + refused == 2_000
    assert read > 100
    assert refused > 100
    assert slowest < 1.0


@pytest.mark.slow
def test_twenty_thousand_malformed_replies_all_end_typed() -> None:
    read, refused, slowest = outcomes(20_000)
    assert read + refused == 20_000
    assert slowest < 1.0


def reply_of(decisions: list[dict[str, object]], *limits: str, **others: object) -> str:
    stated = [{"text": "", "expression": limit} for limit in limits]
    objective = {"sense": "minimize", "expression": others.pop("goal", decisions[0]["name"])}
    return json.dumps({"decisions": decisions, "objective": objective, "limits": stated, **others})


def test_what_the_language_says_of_a_decision_is_read_from_a_reply_too() -> None:
    decisions: list[dict[str, object]] = [
        {"name": "x", "domain": "integer", "lower": "2*need", "upper": 9, "semicontinuous": True},
        {"name": "y", "domain": "Binary"},
    ]
    parameters = [{"name": "need", "values": 2}]
    x, y = read_formulation(reply_of(decisions, "x >= y", parameters=parameters)).variables
    assert (x.domain, x.lower_expression, x.semicontinuous) == (Domain.INTEGER, "2*need", True)
    assert y.domain is Domain.BINARY


def test_a_set_keeps_its_order_and_its_expression() -> None:
    sets = [
        {"name": "T", "members": ["b", "a"], "sort": True},
        {"name": "A", "members": [["a", "b"]]},
        {"name": "U", "expression": "1..4"},
    ]
    read = read_formulation(reply_of([{"name": "x"}], "x >= 1", sets=sets)).sets
    assert read[0].sort
    assert read[1].tuples == (("a", "b"),)
    assert read[2].expression == "1..4"


def test_an_amount_that_is_a_decision_too_says_what_it_is_worth() -> None:
    decisions: list[dict[str, object]] = [{"name": "x"}, {"name": "profit"}]
    amounts = [{"name": "profit", "expression": "3x"}, {"name": "x", "expression": "5*x"}]
    read = read_formulation(reply_of(decisions, "x <= 4", amounts=amounts))
    assert [c.expression for c in read.constraints] == ["x <= 4", "profit == 3*x"]


@pytest.mark.parametrize("limit", ["a => b", "not a => b", "a => n >= 3"])
def test_an_arrow_that_may_mean_implies_is_refused(limit: str) -> None:
    decisions: list[dict[str, object]] = [
        {"name": "a", "yes_or_no": True},
        {"name": "b", "yes_or_no": True},
        {"name": "n", "whole": True},
    ]
    with pytest.raises(ReplyError, match="implies"):
        read_formulation(reply_of(decisions, limit))
    (kept,) = read_formulation(reply_of(decisions, "a + b => 1")).constraints
    assert kept.expression == "a + b >= 1"


def test_strict_logic_stays_strict_for_whole_numbers_alone() -> None:
    decisions: list[dict[str, object]] = [{"name": "n", "whole": True}, {"name": "x"}]
    (read,) = read_formulation(reply_of(decisions, "n < 5 or x < 3 or n < 2.5")).constraints
    assert read.expression == "n < 5 or x <= 3 or n <= 2.5"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("max (x, y)", "max (x, y)"),
        ("minimize max (x, y)", "max (x, y)"),
        ("max (x[i] for i in I) + 1", "max (x[i] for i in I) + 1"),
        ("min (3x + y)", "(3*x + y)"),
        ("min: 3x", "3*x"),
    ],
)
def test_the_largest_of_several_is_no_sense(written: str, meant: str) -> None:
    decisions: list[dict[str, object]] = [{"name": "x"}, {"name": "y"}]
    read = read_formulation(reply_of(decisions, "x >= 1", goal=written))
    assert read.objective.expression == meant
