"""What a solution says of the data that it was given."""

from __future__ import annotations

import pytest

from optwright.agents.answering import _data_doubts
from optwright.agents.problem import Problem
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.formulation import Formulation


@pytest.mark.parametrize(("unit", "is_told"), [("g", True), ("kg", False)])
def test_a_column_in_another_unit_is_told_with_the_command_that_converts_it(
    unit: str, is_told: bool
) -> None:
    tables = {"orders": from_columns("orders", {"cake": ["plum", "nut"], "amount_kg": [1, 2]})}
    column = {"table": "orders", "value": "amount_kg", "keys": ["cake"]}
    model = Formulation.model_validate(
        {
            "sets": [{"name": "C", "column": {"table": "orders", "value": "cake"}}],
            "parameters": [{"name": "need", "indices": ["C"], "unit": unit, "column": column}],
            "variables": [{"name": "bake", "indices": ["C"], "unit": unit}],
            "objective": {"sense": "minimize", "expression": "sum(bake[c] for c in C)"},
            "constraints": [
                {"name": "met", "expression": "bake[c] >= need[c]", "forall": "c in C"}
            ],
        }
    )
    doubts = list(_data_doubts(Problem("Bake the least that is needed.", tables),
                               Program(model, tables)))  # fmt: skip
    assert any("multiply by 1000" in doubt for doubt in doubts) is is_told
    assert any("'optwright chat'" in doubt for doubt in doubts) is is_told
