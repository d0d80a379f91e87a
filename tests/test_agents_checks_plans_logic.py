"""Limits in logic are asked about like any other: a plan misses each of them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from optwright.agents.checks.plans.examine import Examination, State, examine
from optwright.agents.checks.plans.generate import inquiry
from optwright.agents.replies import read_formulation
from optwright.solvers.model.formulation import Formulation
from optwright.testing import PerfectReader

TEXT = "A park plants roses, tulips, ferns or heather for 30, 20, 25 and 15. Please most visitors."
KINDS = {"roses": (30, 9), "tulips": (20, 7), "ferns": (25, 6), "heather": (15, 2)}


def park(logic: str) -> Formulation:
    """With 70 to spend and one limit in logic."""
    sums = (" + ".join(f"{pair[at]}*{name}" for name, pair in KINDS.items()) for at in (0, 1))
    spent, pleased = sums
    return read_formulation(
        json.dumps(
            {
                "variables": [{"name": name, "domain": "binary"} for name in KINDS],
                "objective": {"sense": "maximize", "expression": pleased},
                "constraints": [
                    {"name": "money", "expression": f"{spent} <= 70"},
                    {"name": "logic", "expression": logic},
                ],
            }
        )
    )


def kilns(logic: str, forall: str = "s in S if s > 1") -> Formulation:
    """Three kilns in a row that are lit or not."""
    return read_formulation(
        json.dumps(
            {
                "sets": [{"name": "S", "expression": "1..3"}],
                "variables": [{"name": "lit", "indices": ["S"], "domain": "binary"}],
                "objective": {"sense": "maximize", "expression": "sum(s*lit[s] for s in S)"},
                "constraints": [
                    {"name": "two", "expression": "sum(lit[s] for s in S) <= 2"},
                    {"name": "logic", "forall": forall, "expression": logic},
                ],
            }
        )
    )


def starts(logic: str) -> Formulation:
    """Two jobs of 2 and 3 hours, and when they begin."""
    return read_formulation(
        json.dumps(
            {
                "variables": [{"name": n, "domain": "integer", "upper": 9} for n in ("a", "b")],
                "objective": {"sense": "minimize", "expression": "a + 2*b"},
                "constraints": [{"name": "logic", "expression": logic}],
            }
        )
    )


def read(draft: Formulation, right: Formulation) -> Examination:
    return examine(inquiry(TEXT, draft), PerfectReader(right))


PAIRS = [
    (park, "implies(tulips, roses or ferns)", "implies(tulips, roses and ferns)"),
    (park, "implies(tulips, ferns)", "implies(ferns, tulips)"),
    (park, "exactly(2, roses, tulips, ferns, heather)", "exactly(1, roses, tulips, ferns)"),
    (park, "roses or heather", "xor(roses, heather)"),
    (park, "atmost(2, roses, tulips, ferns)", "atmost(1, roses, tulips, ferns)"),
    (kilns, "implies(lit[s], lit[s-1])", "implies(lit[s-1], not lit[s])"),
    (starts, "a != b", "a == b"),
]


@pytest.mark.parametrize(("model", "right", "wrong"), PAIRS, ids=[wrong for *_, wrong in PAIRS])
def test_a_wrong_limit_in_logic_is_refuted_and_the_right_one_held(
    model: Callable[[str], Formulation], right: str, wrong: str
) -> None:
    known = model(right)
    assert read(known, known).state is State.HELD
    assert read(model(wrong), known).state is State.REFUTED


@pytest.mark.parametrize("logic", ["nooverlap((a, 2), (b, 3))", "alldifferent(a, b)"])
def test_what_cannot_be_denied_is_asked_near_the_best_plan_and_never_held(logic: str) -> None:
    known = starts(logic)
    assert read(known, known).state is State.IN_PART
    assert read(known, starts("a + b <= 18")).state is State.REFUTED


def test_a_limit_in_logic_that_nothing_can_miss_is_no_question() -> None:
    known = park("atmost(4, roses, tulips, ferns, heather)")
    assert read(known, known).state is State.HELD


def test_many_limits_in_logic_are_asked_about_in_part() -> None:
    draft = park("implies(tulips, roses)")
    again = [
        draft.constraints[1].model_copy(update={"name": f"logic{at}"}) for at in range(8)
    ]  # fmt: skip
    many = draft.model_copy(update={"constraints": (draft.constraints[0], *again)})
    examined = read(many, many)
    assert examined.state is State.IN_PART
    assert any("limits in logic" in left for left in examined.unanswered)


@pytest.mark.parametrize(("lower", "state"), [(-40, State.HELD), (0, State.REFUTED)])
def test_that_a_decision_may_not_be_negative_is_asked_where_another_may(
    lower: float, state: State
) -> None:
    def desk(least: float) -> Formulation:
        return read_formulation(
            json.dumps(
                {
                    "variables": [
                        {"name": "crowns", "lower": -40, "upper": 40},
                        {"name": "zloty", "lower": least, "upper": 40},
                    ],
                    "objective": {"sense": "maximize", "expression": "8*crowns - 5*zloty"},
                    "constraints": [{"name": "net", "expression": "crowns + zloty <= 25"}],
                }
            )
        )

    assert read(desk(lower), desk(-40)).state is state
