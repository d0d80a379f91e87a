"""Nonlinear problems are solved with what comes with optwright."""

from __future__ import annotations

import pytest

from optwright.agents.solving import solve
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel
from tests.drafts import draft

FENCE = (
    "A rectangle has sides of x and y meters, which are at most 10 meters together. Maximize its "
    "area."
)
FENCE_DRAFT = draft(
    ("at most 10 meters together", "x + y <= 10"),
    decisions={"x": "length in meters", "y": "width in meters"},
    whole=False,
    words="Maximize its area",
    objective="x*y",
)
ORDERS = (
    "A shop sells 1200 lamps a year. Every order costs $30, whatever its size, and keeping a lamp "
    "for a year costs $2; on average half of an order is kept. An order holds at least 1 lamp. "
    "Which size of an order minimizes the costs of a year?"
)
ORDERS_DRAFT = draft(
    ("An order holds at least 1 lamp", "size >= 1"),
    decisions={"size": "lamps in an order"},
    whole=False,
    sense="minimize",
    words="minimizes the costs of a year",
    objective="30*1200/size + 2*size/2",
)


@pytest.mark.parametrize(
    ("text", "reply", "optimum", "values"),
    [
        (FENCE, FENCE_DRAFT, 25, {"x": 5, "y": 5}),
        (ORDERS, ORDERS_DRAFT, 2 * 36_000**0.5, {"size": 36_000**0.5}),
    ],
)
def test_a_nonlinear_problem_is_solved(
    text: str, reply: str, optimum: float, values: dict[str, float]
) -> None:
    solution = solve(text, model=ScriptedModel(*[reply] * 5))
    assert solution.status is Status.OPTIMAL
    assert solution.objective == pytest.approx(optimum, rel=1e-5)
    assert solution.variables == pytest.approx(values, rel=1e-2)
