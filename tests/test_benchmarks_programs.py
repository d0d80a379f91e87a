import pytest

from optwright.agents.problem import Problem
from optwright.benchmarks.programs import Built, build
from optwright.benchmarks.system import Claim, Stage

CHAIRS = Problem("A shop sells at most 10 chairs at $3 each. How many chairs maximize income?")
PROGRAM = """
import pyomo.environ as pyo
model = pyo.ConcreteModel()
model.chairs = pyo.Var(domain=pyo.NonNegativeIntegers)
model.income = pyo.Objective(expr=3 * model.chairs, sense=pyo.maximize)
model.most = pyo.Constraint(expr=model.chairs <= 10)
"""


def built(source: str) -> Built:
    return build(CHAIRS, f"```python\n{source}\n```")


def test_the_model_of_a_program_is_solved_again() -> None:
    attempt = built(PROGRAM).attempt()
    assert (attempt.status, attempt.objective, attempt.failed_at) == (Claim.OPTIMAL, 30.0, None)


def test_values_are_called_what_the_program_calls_them() -> None:
    assert "chairs = 10" in built(PROGRAM).told


@pytest.mark.parametrize(
    "source",
    [
        PROGRAM.replace("import pyomo.environ as pyo", ""),
        PROGRAM.replace("model", "m"),
        PROGRAM.replace("<= 10", "< 10"),
        PROGRAM + "pyo.SolverFactory('gurobi').solve(model)\nprint(model.no_such_thing)",
        "def build():\n" + PROGRAM.replace("\n", "\n    ") + "\n    return model",
        "def main():\n"
        + PROGRAM.replace("\n", "\n    ")
        + "\n    pyo.SolverFactory('glpk').solve(model)\nmain()",
    ],
    ids=["no import", "other name", "strict", "solves", "only a function", "solves in a function"],
)
def test_what_is_no_mistake_in_modelling_costs_no_problem(source: str) -> None:
    assert built(source).attempt().objective == 30.0


def test_what_a_program_prints_is_no_answer() -> None:
    attempt = built("print('{\"objective\": 30}')").attempt()
    assert (attempt.status, attempt.failed_at) == (Claim.NONE, Stage.CODE)


def test_an_error_comes_with_its_line() -> None:
    told = built(PROGRAM.replace("model.chairs <= 10", "model.stools <= 10")).told
    assert "model.most = pyo.Constraint(expr=model.stools <= 10)" in told
    assert "stools" in told


def test_models_without_solution_are_answers() -> None:
    assert built(PROGRAM + "model.least = pyo.Constraint(expr=model.chairs >= 11)").claim is (
        Claim.INFEASIBLE
    )
    assert built(PROGRAM.replace("<= 10", ">= 10")).claim in (Claim.UNBOUNDED, Claim.INFEASIBLE)


def test_an_objection_does_not_take_the_answer_back() -> None:
    attempt = built(PROGRAM).attempt(objection="The price is misread.")
    assert (attempt.objective, attempt.failed_at) == (30.0, Stage.VERIFICATION)
