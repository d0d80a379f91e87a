"""Words that rule out equality, and what is said where a limit allows it."""

from __future__ import annotations

import pytest

from optwright.agents.chat.questions import questions
from optwright.agents.chat.whatif.scenario import WhatIf
from optwright.agents.checks.words.strictness import allows_equal, ruling_out_equal
from optwright.agents.solution import assumptions
from optwright.agents.text.wording import phrases
from optwright.solvers.backends.program import Program
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    Objective,
    Sense,
    Variable,
)

LARGER = "the red balls must be more than the blue balls"


def limit(expression: str, words: str = LARGER) -> Constraint:
    return Constraint(name="colours", expression=expression, text=words)


@pytest.mark.parametrize(
    ("words", "strict"),
    [
        ("more than 5", True),
        ("must be larger than the other", True),
        ("must exceed the other", True),
        ("fewer reds than blues", True),
        ("at least 5", False),
        ("no more than 5", False),
        ("must not exceed the other", False),
        ("not fewer than 5", False),
    ],
)
def test_a_phrase_is_strict_unless_it_is_denied(words: str, strict: bool) -> None:
    assert [p.strict for p in phrases(words)] == [strict]


@pytest.mark.parametrize(
    ("constraint", "allows"),
    [
        (limit("red >= blue"), True),
        (limit("blue <= red"), True),
        (limit("red >= blue + 1"), False),
        (limit("red >= 20", "more than 20 red balls"), True),
        (limit("red >= 21", "more than 20 red balls"), False),
        (limit("red >= 20", "at least 20 red balls"), False),
        (limit("red == blue"), False),
        (limit("red >="), False),
    ],
)
def test_what_a_limit_allows_beyond_its_words_is_seen(constraint: Constraint, allows: bool) -> None:
    assert allows_equal(constraint) is allows


@pytest.mark.parametrize(
    ("expression", "stricter"),
    [
        ("red >= blue", "red >= blue + 1"),
        ("blue <= red", "blue + 1 <= red"),
        ("red == blue", None),
        ("1 <= red <= 5", None),
    ],
)
def test_one_more_rules_out_equal(expression: str, stricter: str | None) -> None:
    assert ruling_out_equal(limit(expression)) == stricter


def balls(domain: Domain = Domain.INTEGER, expression: str = "red >= blue") -> Formulation:
    return Formulation(
        variables=(
            Variable(name="red", domain=domain, meaning="red balls"),
            Variable(name="blue", domain=domain, meaning="blue balls"),
        ),
        objective=Objective(sense=Sense.MINIMIZE, expression="3*red + 2*blue", text="the weight"),
        constraints=(
            limit(expression),
            Constraint(name="all", expression="red + blue >= 4", text="at least 4 balls"),
        ),
    )


def asked(formulation: Formulation) -> list[str]:
    whatif = WhatIf(time_limit_s=10)
    base = whatif.scenario("now", Program(formulation))
    found = questions("Balls are whole numbers or fractions.", base, whatif)
    return [f"{q.text} {q.options[1].consequence}" for q in found]


def test_the_question_tells_what_one_more_would_lead_to() -> None:
    (question,) = asked(balls())
    assert question.startswith("Is equal allowed, in ")
    assert question.endswith("the optimum changes to 11")  # 3 red and 1 blue, not 2 and 2


@pytest.mark.parametrize(
    "formulation",
    [balls(Domain.CONTINUOUS), balls(expression="red >= blue + 1"), balls(expression="red >= 4")],
    ids=["fractions", "ruled out", "another number"],
)
def test_nothing_is_asked_where_one_more_is_no_reading(formulation: Formulation) -> None:
    assert not asked(formulation)


def test_an_answer_says_that_equal_is_allowed() -> None:
    assert f"{LARGER!r} allows equal" in assumptions(balls())
