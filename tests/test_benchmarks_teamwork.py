"""optwright's own teams as systems under test, with a script in the place of the model."""

import asyncio
import json
from pathlib import Path

import pytest

from optwright.agents.solving import solve
from optwright.benchmarks.opening import open_system
from optwright.benchmarks.system import Attempt, Claim, Kit, Stage
from optwright.benchmarks.task import Assignment
from optwright.serving.budget import Account, Budget
from optwright.serving.chat import ChatRequest
from optwright.serving.scripted import ScriptedModel
from tests.drafts import CANDY, CANDY_DRAFT, CANDY_OPTIMUM, CHOCOLATE, draft, drawn
from tests.judgements import approving

PROGRAM = """```python
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.regular = pyo.Var(domain=pyo.NonNegativeIntegers)
model.gift = pyo.Var(domain=pyo.NonNegativeIntegers)
model.profit = pyo.Objective(expr=6 * model.regular + 9 * model.gift, sense=pyo.maximize)
model.chocolate = pyo.Constraint(expr=200 * model.regular + 150 * model.gift <= 12000)
model.gifts = pyo.Constraint(expr=model.gift <= 40)
```"""
PLANS = {
    "plans": [
        {"name": "plain", "route": "formulation", "advice": "Count boxes."},
        {"name": "script", "route": "code", "advice": "Write Pyomo."},
    ]
}


def candy(request: ChatRequest) -> str:
    """Everyone knows the candy store."""
    if request.role == "planner":
        return json.dumps(PLANS)
    if request.role == "critic":
        return approving(request)
    return PROGRAM if request.role == "coder" else CANDY_DRAFT


async def attempt(
    name: str, model: ScriptedModel, folder: Path, *, sample: int = 0, text: str = CANDY
) -> Attempt:
    kit = Kit(model, Account(Budget()), folder, sample=sample)
    return await open_system(name).solve(Assignment("candy", "own", text), kit)


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("optwright", {"formulator"}),
        ("optwright-full", {"planner", "formulator", "critic", "coder"}),
        ("optwright-no-planner", {"formulator", "critic"}),
        ("optwright-no-critic", {"planner", "formulator", "coder"}),
        ("optwright-no-scheduler", {"planner", "formulator", "critic", "coder"}),
        ("optwright-formulation-only", {"planner", "formulator", "critic"}),
        ("optwright-code-only", {"planner", "coder"}),
    ],
)
async def test_a_team_asks_only_whom_it_has(name: str, roles: set[str], tmp_path: Path) -> None:
    model = ScriptedModel(candy)
    found = await attempt(name, model, tmp_path)
    assert (found.status, found.objective) == (Claim.OPTIMAL, CANDY_OPTIMUM)
    assert {request.role for request in model.requests} <= roles
    assert {"coder" if name == "optwright-code-only" else "formulator"} <= {
        r.role for r in model.requests
    }


async def test_the_default_team_asks_what_solve_asks(tmp_path: Path) -> None:
    here, there = ScriptedModel(candy), ScriptedModel(candy)
    found = await attempt("optwright", here, tmp_path)
    solution = await asyncio.to_thread(solve, CANDY, model=there)
    assert here.requests == there.requests
    assert (found.objective, found.verified) == (solution.objective, solution.verified)


async def test_a_second_sample_draws_anew(tmp_path: Path) -> None:
    model = ScriptedModel(candy)
    await attempt("optwright", model, tmp_path, sample=2)
    assert (model.requests[0].sample, model.requests[0].temperature) == (2000, 0.7)


async def test_an_answer_that_is_not_verified_says_why(tmp_path: Path) -> None:
    model = ScriptedModel(lambda request: drawn(request, draft(CHOCOLATE)))
    found = await attempt("optwright", model, tmp_path)
    assert found.status is Claim.OPTIMAL
    assert (found.verified, found.failed_at) == (False, Stage.VERIFICATION)
    assert found.why
    assert [step["step"] for step in found.trace] == [f"draft {n}" for n in range(1, 6)]


async def test_nonsense_fails_at_the_formulation(tmp_path: Path) -> None:
    found = await attempt("optwright", ScriptedModel(lambda request: "Hello."), tmp_path)
    assert (found.status, found.failed_at) == (Claim.NONE, Stage.FORMULATION)
    assert "JSON" in found.why


async def test_a_critic_that_reads_no_words_lets_wrong_words_pass(tmp_path: Path) -> None:
    def forgetful(request: ChatRequest) -> str:
        return candy(request) if request.role in ("planner", "coder") else draft(CHOCOLATE)

    full = await attempt("optwright-formulation-only", ScriptedModel(forgetful), tmp_path)
    blind = await attempt("optwright-no-critic", ScriptedModel(forgetful), tmp_path)
    assert any("against" in line for line in full.evidence)
    assert not any("against (unstated)" in line for line in blind.evidence)
