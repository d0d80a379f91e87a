"""The four roles at full effort: each of them can change what is answered."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from optwright.agents.effort import Effort
from optwright.agents.solution import Solution
from optwright.agents.solving import solve
from optwright.errors import InputError
from optwright.serving.chat import ChatRequest
from optwright.solvers.model.outcome import Status
from optwright.testing import ScriptedModel
from tests.judgements import approving
from tests.test_agents_reply_language import MILL, MILL_REPLY, changed

PROGRAM = """```python
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.T = pyo.RangeSet(1, 3)
order = {1: 60, 2: 90, 3: 110}
model.make = pyo.Var(model.T, domain=pyo.NonNegativeIntegers, bounds=(0, 80))
model.extra = pyo.Var(model.T, domain=pyo.NonNegativeIntegers)
model.stock = pyo.Var(model.T, domain=pyo.NonNegativeReals)
model.balance = pyo.Constraint(model.T, rule=lambda m, t: (10 if t == 1 else m.stock[t - 1])
    + m.make[t] + m.extra[t] == order[t] + m.stock[t])
model.cost = pyo.Objective(expr=sum(5*model.make[t] + 8*model.extra[t] + model.stock[t]
    for t in model.T))
```"""
WRONG = changed(objective={"sense": "minimize", "quote": "at least cost",
                           "expression": "sum(5*make[t] + 8*extra[t] for t in T)"})  # fmt: skip

Script = dict[str, Callable[[ChatRequest], str]]


def cast(**said: Callable[[ChatRequest], str]) -> ScriptedModel:
    """One model that says what each role is scripted to say."""
    script: Script = {
        "planner": lambda _: json.dumps({"plans": []}),
        "formulator": lambda _: MILL_REPLY,
        "coder": lambda _: PROGRAM,
        "critic": approving,
        **said,
    }
    return ScriptedModel(lambda request: script[request.role](request), name="gpt-of-tests")


def full(model: ScriptedModel) -> Solution:
    return solve(MILL, model=model, effort="full", sandbox="process")


def asked(model: ScriptedModel) -> list[str]:
    return [request.role for request in model.requests]


def test_formulation_and_program_that_agree_are_two_forms() -> None:
    model = cast()
    solution = full(model)
    assert solution.objective == 1330
    assert solution.verified
    assert {"planner", "formulator", "coder", "critic"} <= set(asked(model))


def test_the_coder_changes_an_answer() -> None:
    """A formulation that leaves out what keeping costs, and a program that does not: no two forms
    agree, and nothing is verified."""
    assert not full(cast(formulator=lambda _: WRONG)).verified
    broken = full(cast(formulator=lambda _: json.dumps({"cannot_state": ["keeping"]})))
    assert broken.status is Status.OPTIMAL
    assert broken.objective == 1330
    assert broken.code


def test_the_planner_changes_an_answer() -> None:
    """What a plan minds is what the formulator would have left out."""
    plan = {"name": "with stock", "route": "formulation", "advice": "keeping a sack costs 1"}

    def formulator(request: ChatRequest) -> str:
        told = "keeping a sack costs 1" in request.messages[-1].content
        return MILL_REPLY if told else WRONG

    with_plan = full(cast(formulator=formulator, planner=lambda _: json.dumps({"plans": [plan]})))
    assert (with_plan.objective, with_plan.verified) == (1330, True)
    assert not full(cast(formulator=formulator)).verified


def test_the_critic_changes_an_answer() -> None:
    """A fault that only a model sees goes back to the formulator, who mends it."""

    def critic(request: ChatRequest) -> str:
        is_right = "8*extra[t] + stock[t]" in request.messages[-1].content
        return approving(request, {} if is_right else {"objective": "wrong number"})

    def formulator(request: ChatRequest) -> str:
        is_told = "'objective' has another number than" in request.messages[-1].content
        return MILL_REPLY if is_told else WRONG

    effort = Effort(opinion=True)
    model = cast(critic=critic, formulator=formulator)
    assert solve(MILL, model=model, effort=effort).objective == 1330
    assert solve(MILL, model=cast(formulator=formulator), effort=effort).objective != 1330


def test_code_alone_runs_the_code_route() -> None:
    model = cast()
    solution = solve(MILL, model=model, effort=Effort(code=True), sandbox="process")
    assert asked(model) == ["formulator", "coder"]
    assert solution.verified


def test_a_nonlinear_program_is_handed_out_and_solved_again() -> None:
    program = (
        "import pyomo.environ as pyo\nmodel = pyo.ConcreteModel()\n"
        "model.side = pyo.Var(pyo.RangeSet(1, 2), bounds=(0.1, 20))\n"
        "model.area = pyo.Constraint(expr=model.side[1]*model.side[2] >= 36)\n"
        "model.fence = pyo.Objective(expr=2*model.side[1] + 2*model.side[2])\n"
    )
    text = "A pen of 36 square meters has two sides, each at most 20. How short can its fence be?"
    stuck = json.dumps({"cannot_state": ["a product of two sides"]})
    model = cast(formulator=lambda _: stuck, coder=lambda _: f"```python\n{program}```")
    solution = solve(text, model=model, effort=Effort(code=True), sandbox="process")
    assert solution.objective == pytest.approx(24, rel=1e-4)
    assert set(solution.variables) == {"side[1]", "side[2]"}
    assert solution.handed_out is not None
    assert not solution.verified  # a program alone says no words that could be checked


def test_forms_that_disagree_hear_of_each_other_once_and_agreement_decides() -> None:
    def formulator(request: ChatRequest) -> str:
        return MILL_REPLY if "modelled the same problem" in request.messages[-1].content else WRONG

    model = cast(formulator=formulator)
    solution = solve(MILL, model=model, effort=Effort(code=True, debate=True), sandbox="process")
    assert (solution.objective, solution.verified) == (1330, True)
    told = [words for words in model.asked if "modelled the same problem" in words]
    assert len(told) == 2  # each side once
    assert "the optimum 1280" in told[0]
    assert "the optimum 1330" in told[0]


def test_an_effort_of_another_name_is_refused() -> None:
    with pytest.raises(InputError, match="there is no effort 'huge'"):
        solve(MILL, model=cast(), effort="huge")
