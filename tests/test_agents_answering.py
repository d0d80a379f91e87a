"""Texts in which nothing is to be decided are bad input, and conclusions are no reproaches."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from optwright.agents.effort import Effort
from optwright.agents.given import solve_model
from optwright.agents.profiles.profile import shipped
from optwright.agents.solving import solve
from optwright.errors import InputError
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, draft, drawn, reworded

TALK = [
    "Hello, I am 25 years old.",
    "Guten Tag, ich heiße Eva und bin 31.",
    "¿Qué tal? Tengo 2 gatos.",
    "Call me at 555-1234.",
    "for (int i = 0; i < 10; i++) { puts(names[i]); }",
    "Two roads diverged in a yellow wood, and sorry I could not travel both",
]
NOTHING = json.dumps(
    {"decisions": [], "objective": {"sense": "maximize", "expression": "0"}, "limits": []}
)


@pytest.mark.parametrize("text", TALK)
@pytest.mark.parametrize("reply", [CANDY_DRAFT, NOTHING], ids=["invented", "nothing"])
def test_small_talk_with_a_number_is_bad_input_whatever_a_model_makes_of_it(
    text: str, reply: str
) -> None:
    with pytest.raises(InputError, match="nothing in the text is to be decided"):
        solve(text, model=ScriptedModel(lambda _: reply))


def right(expression: str, *limits: str, names: Sequence[str], sense: str = "maximize") -> str:
    """A reply that quotes nothing."""
    return draft(
        *(("", limit) for limit in limits),
        decisions=dict.fromkeys(names, ""),
        sense=sense,
        words="",
        objective=expression,
    )


@pytest.mark.parametrize(
    ("text", "reply", "optimum"),
    [
        ("maximize x*y, x+y=10", right("x*y", "x + y == 10", names="xy"), 25.0),
        (
            "Largest rectangle from 100 m of fence?",
            right("w*h", "2*w + 2*h <= 100", names="wh"),
            625.0,
        ),
        (
            "Drei Bäcker backen zusammen neunzig Brote. Der erste nimmt vier Euro je Brot und "
            "schafft dreißig, der zweite fünf Euro und schafft vierzig, der dritte sieben Euro. "
            "Wie wird es am billigsten?",
            right(
                "4*a + 5*b + 7*c", "a + b + c == 90", "a <= 30", "b <= 40",
                names="abc", sense="minimize",
            ),
            460.0,
        ),
    ],
)  # fmt: skip
def test_a_short_problem_whose_model_quotes_nothing_is_solved(
    text: str, reply: str, optimum: float
) -> None:
    assert solve(text, model=ScriptedModel(lambda _: reply)).objective == pytest.approx(optimum)


def test_that_there_is_no_solution_is_the_answer_and_nothing_against_it() -> None:
    text = (
        "Pack at least 10 boxes and at most 8 boxes of candy. Each box earns $3. Maximize profit."
    )
    reply = draft(
        ("at least 10 boxes", "boxes >= 10"),
        ("at most 8 boxes", "boxes <= 8"),
        decisions={"boxes": "number of boxes"},
        words="Maximize profit",
        objective="3*boxes",
    )
    solution = solve(text, model=ScriptedModel(lambda request: drawn(request, reply)))
    assert solution.status is Status.INFEASIBLE
    assert solution.exit_status == 3
    assert not [e for e in solution.evidence if e.kind == "infeasible"]


def test_an_answer_keeps_the_other_draft_that_came_to_the_same() -> None:
    replies = iter([CANDY_DRAFT, reworded(CANDY_DRAFT)])
    model = ScriptedModel(lambda _: next(replies))
    solution = solve(CANDY, model=model, profile=shipped("small"), effort=Effort(drafts=2))
    assert solution.verified
    (other,) = solution.agreed
    assert other != solution.formulation
    assert solve_model(other).objective == solution.objective
