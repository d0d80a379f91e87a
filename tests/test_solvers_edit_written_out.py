"""A formulation without decisions that only name an amount."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest

from optwright.solvers.backends.program import Program
from optwright.solvers.edit.written_out import written_out
from optwright.solvers.model.formulation import Formulation


def stated(**profit: Any) -> Formulation:
    return Formulation.model_validate(
        {
            "variables": [{"name": "a", "upper": 3}, {"name": "b", "upper": 2},
                          {"name": "profit", "lower": None, **profit}],
            "objective": {"sense": "maximize", "expression": "profit"},
            "constraints": [{"name": "most", "expression": "a + b <= 4"},
                            {"name": "told", "expression": "profit == 5*a + 2*b"}],
        }
    )  # fmt: skip


def test_a_free_decision_that_is_an_amount_is_its_name() -> None:
    told = written_out(stated())
    assert [v.name for v in told.variables] == ["a", "b"]
    assert [(e.name, e.expression) for e in told.expressions] == [("profit", "5 * a + 2 * b")]
    assert [c.name for c in told.constraints] == ["most"]


@pytest.mark.parametrize(
    "profit", [{"lower": 0}, {"upper": 9}, {"domain": "integer"}, {"upper_expression": "2 * 3"}]
)
def test_one_with_limits_of_its_own_is_a_decision(profit: dict[str, Any]) -> None:
    assert written_out(stated(**profit)) == stated(**profit)


def test_of_two_that_name_each_other_one_stays() -> None:
    formulation = Formulation.model_validate(
        {
            "variables": [{"name": "p", "lower": None}, {"name": "q", "lower": None}],
            "objective": {"sense": "maximize", "expression": "p"},
            "constraints": [{"name": "one", "expression": "p == 2*q + 1"},
                            {"name": "two", "expression": "q == p - 3"}],
        }
    )  # fmt: skip
    told = written_out(formulation)
    assert [v.name for v in told.variables] == ["q"]
    assert Program(told).arrays is not None


def test_hundreds_of_names_take_no_time() -> None:
    count = 400
    names = [{"name": f"n{at}", "lower": None} for at in range(count)]
    sums = [{"name": f"c{at}", "expression": f"n{at} == 2*x + {at}"} for at in range(count)]
    formulation = Formulation.model_validate(
        {
            "variables": [{"name": "x"}, *names],
            "objective": {"sense": "minimize", "expression": "x"},
            "constraints": sums,
        }
    )
    began = perf_counter()
    assert [v.name for v in written_out(formulation).variables] == ["x"]
    assert perf_counter() - began < 2  # 0.1 s; by pairs of names and limits it is minutes
