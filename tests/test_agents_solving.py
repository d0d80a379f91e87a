"""What a solution says of the data that it was given."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from optwright.agents.answering import _data_doubts, taken_over
from optwright.agents.problem import Problem
from optwright.agents.solving import solve
from optwright.errors import EndpointError, InputError
from optwright.serving.chat import ChatReply, ChatRequest
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import from_columns
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import SolveOptions
from optwright.testing import ScriptedModel
from tests.drafts import CANDY, CANDY_OPTIMUM, drawn


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


def test_a_second_proposal_after_one_was_taken_over_says_how_to_go_back() -> None:
    text = (
        "A shop makes mugs and jars. A mug earns $4 and takes 2 hours, a jar earns $7 and takes 4 "
        "hours. There are 41 hours. A mug requires a jar. Maximize the profit."
    )
    reply = json.dumps(
        {
            "decisions": [
                {"name": "mugs", "meaning": "number of mugs", "whole": True},
                {"name": "jars", "meaning": "number of jars", "whole": True},
            ],
            "objective": {"sense": "maximize", "expression": "4*mugs + 7*jars"},
            "limits": [
                {"text": "There are 41 hours", "expression": "2*mugs + 4*jars <= 41"},
                {"text": "A mug requires a jar", "expression": "jars >= mugs"},
            ],
        }
    )
    solution = solve(text, model=ScriptedModel(lambda _: reply))
    problem, options = Problem(text), SolveOptions()
    accepted = taken_over(problem, solution, 1, "auto", options)
    with pytest.raises(InputError) as again:
        taken_over(problem, accepted, 1, "auto", options)
    assert again.value.hint is not None
    assert "accept RUN 0" in again.value.hint


@dataclass
class OwnClient:
    """A client of somebody's own whose endpoint is busy at first."""

    model: ScriptedModel
    name: str = "own"
    asked: int = 0

    async def complete(self, request: ChatRequest) -> ChatReply:
        self.asked += 1
        if self.asked == 1:
            raise EndpointError("busy", status=503, retryable=True)
        return await self.model.complete(request)

    async def aclose(self) -> None:
        """Nothing was opened."""


def test_a_client_of_ones_own_is_asked_again_after_a_fault_that_passes() -> None:
    client = OwnClient(ScriptedModel(drawn))
    assert solve(CANDY, model=client, profile="small").objective == pytest.approx(CANDY_OPTIMUM)
    assert client.asked == len(client.model.requests) + 1
