"""From a formulation to an outcome, and which solver `auto` takes."""

from __future__ import annotations

import pytest

from optwright.errors import DataError, OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Status


def candy(**changes: object) -> Program:
    """A store that mixes two candies from sugar and cocoa."""
    stated = {
        "sets": [{"name": "C", "members": ["fudge", "dark bar"]}],
        "parameters": [
            {"name": "profit", "indices": ["C"], "values": {"fudge": 3, "dark bar": 2}},
            {"name": "sugar", "indices": ["C"], "values": {"fudge": 2, "dark bar": 1}},
        ],
        "variables": [{"name": "make", "indices": ["C"]}],
        "objective": {"sense": "maximize", "expression": "sum(profit[c] * make[c] for c in C)"},
        "constraints": [
            {"name": "sugar_limit", "expression": "sum(sugar[c] * make[c] for c in C) <= 10"},
            {"name": "most", "expression": "make[c] <= 4", "forall": "c in C"},
        ],
    }
    return Program(Formulation.model_validate(stated | changes))


def test_a_linear_formulation_is_solved_with_highs_and_the_message_says_why() -> None:
    outcome = solve(candy())
    assert outcome.status is Status.OPTIMAL
    assert outcome.values == pytest.approx({"make[fudge]": 3.0, "make[dark bar]": 4.0})
    assert outcome.duals["sugar_limit"] == pytest.approx(1.5)
    assert outcome.message == "highs, because the model is linear and continuous"


def test_a_nonlinear_formulation_is_solved_with_scip_under_the_same_names() -> None:
    objective = {"sense": "maximize", "expression": 'make["fudge"] * make["dark bar"]'}
    outcome = solve(candy(objective=objective))
    assert outcome.status is Status.OPTIMAL
    assert outcome.values == pytest.approx({"make[fudge]": 3.0, "make[dark bar]": 4.0}, abs=1e-5)
    assert set(outcome.slacks) == {"sugar_limit", "most[fudge]", "most[dark bar]"}
    assert outcome.message.startswith("scip")


def test_a_convex_quadratic_formulation_is_solved_with_highs() -> None:
    objective = {"sense": "minimize", "expression": "sum((make[c] - 5) ** 2 for c in C)"}
    outcome = solve(candy(objective=objective))
    assert outcome.solver.startswith("highs")
    assert outcome.values == pytest.approx({"make[fudge]": 3.0, "make[dark bar]": 4.0}, abs=1e-4)


def test_names_that_pyomo_keeps_for_itself_come_back_as_they_were() -> None:
    variables = [{"name": "make", "indices": ["C"]}, {"name": "domain", "upper": 5.0}]
    objective = {"sense": "minimize", "expression": "(domain - 2) ** 2 + make['fudge'] ** 2"}
    outcome = solve(candy(variables=variables, objective=objective))
    assert outcome.values["domain"] == pytest.approx(2.0, abs=1e-5)


def test_what_the_data_lack_is_an_error_here() -> None:
    parameters = [
        {"name": "profit", "indices": ["C"], "values": {"fudge": 3}},
        {"name": "sugar", "indices": ["C"], "values": {"fudge": 2, "dark bar": 1}},
    ]
    with pytest.raises(OptwrightError, match="dark bar") as error:
        solve(candy(parameters=parameters))
    assert isinstance(error.value, DataError) or error.value.exit_status == 2
