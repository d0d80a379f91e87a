"""Solvers behind Pyomo: the contract for each, and models that are not linear."""

from __future__ import annotations

import pyomo.environ as pyo
import pytest

from optwright.errors import FormulationError, SolverMissing
from optwright.solvers.backends.protocol import FromPyomo, Solver
from optwright.solvers.backends.pyomo_engines import EngineRun, find
from optwright.solvers.backends.pyomo_solver import PyomoSolver
from optwright.solvers.backends.registry import Auto
from optwright.solvers.backends.solver import solve
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status
from optwright.testing import SolverContract


class TestHighsThroughPyomo(SolverContract):
    @pytest.fixture
    def solver(self) -> Solver:
        return PyomoSolver("highs")


class TestScip(SolverContract):
    gives_duals = False

    @pytest.fixture
    def solver(self) -> Solver:
        return PyomoSolver("scip")


class TestOlderRegistry(SolverContract):
    """Stands in for cbc, glpk and the like, which are programs of their own."""

    gives_duals = False

    @pytest.fixture
    def solver(self) -> Solver:
        return PyomoSolver("appsi_highs")


def box(low: float = -5.0, high: float = 5.0) -> pyo.ConcreteModel:
    """Two variables `x[a]`, `x[b]` in a box, with a sum of at most 4."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(["a", "b"], bounds=(low, high))
    model.sum = pyo.Constraint(expr=model.x["a"] + model.x["b"] <= 4)
    return model


def auto(model: pyo.ConcreteModel) -> Outcome:
    return Auto().solve(FromPyomo(model), SolveOptions(time_limit_s=10.0))


def test_a_convex_quadratic_goes_to_highs() -> None:
    model = box()
    model.distance = pyo.Objective(expr=(model.x["a"] - 3) ** 2 + (model.x["b"] - 2) ** 2)
    outcome = auto(model)
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(0.5, abs=1e-6)
    assert outcome.values == pytest.approx({"x[a]": 2.5, "x[b]": 1.5}, abs=1e-5)
    assert outcome.duals == pytest.approx({"sum": -1.0}, abs=1e-5)
    assert outcome.message == "highs, because the model is quadratic and convex"


def test_a_saddle_goes_to_scip_and_highs_turns_it_down() -> None:
    model = box()
    model.product = pyo.Objective(expr=model.x["a"] * model.x["b"])
    assert PyomoSolver("highs").solve(FromPyomo(model)).status is Status.ERROR
    outcome = auto(model)
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(-25.0)
    assert outcome.message.startswith("scip, because the model is nonlinear")


def test_a_concave_maximization_is_convex() -> None:
    model = box()
    model.profit = pyo.Objective(
        expr=6 * model.x["a"] - model.x["a"] ** 2 + model.x["b"], sense=pyo.maximize
    )
    outcome = auto(model)
    assert outcome.solver.startswith("highs")
    # The row is worth 1 to b and b falls as a grows: 6 - 2 a = 1.
    assert outcome.values["x[a]"] == pytest.approx(2.5, abs=1e-5)


@pytest.mark.parametrize(
    ("function", "best"),
    [
        (pyo.exp, 0.0067379),
        (lambda e: abs(e - 0.5), 0.0),
        (lambda e: -pyo.sqrt(e + 6), -(11**0.5)),
        (lambda e: e**3, -125.0),
    ],
)
def test_scip_takes_the_usual_functions(function: object, best: float) -> None:
    model = box()
    model.cost = pyo.Objective(expr=function(model.x["a"]))  # type: ignore[operator]
    outcome = auto(model)
    assert outcome.status is Status.OPTIMAL
    assert outcome.objective == pytest.approx(best, abs=1e-4)


def test_a_function_the_solver_does_not_know_is_an_error_that_names_it() -> None:
    model = box()
    model.cost = pyo.Objective(expr=pyo.atan(model.x["a"]))
    outcome = auto(model)
    assert outcome.status is Status.ERROR
    assert "atan" in outcome.message


def test_a_nonlinear_model_without_points_is_infeasible() -> None:
    model = box()
    model.circle = pyo.Constraint(expr=model.x["a"] ** 2 + model.x["b"] ** 2 >= 51)
    model.cost = pyo.Objective(expr=model.x["a"])
    assert auto(model).status is Status.INFEASIBLE


def test_a_nonlinear_model_without_end_is_unbounded() -> None:
    model = box()
    model.y = pyo.Var()
    model.cost = pyo.Objective(expr=model.x["a"] ** 2 - model.y**3)
    assert auto(model).status is Status.UNBOUNDED


def test_whole_numbers_in_a_nonlinear_model_are_whole() -> None:
    model = box(0, 9)
    model.n = pyo.Var(domain=pyo.Integers, bounds=(0, 9))
    model.near = pyo.Objective(expr=(model.n - 2.6) ** 2 * (1 + model.x["a"]))
    outcome = auto(model)
    assert outcome.values["n"] == 3.0
    assert outcome.objective == pytest.approx(0.16, abs=1e-5)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_constant_that_is_no_number_is_refused(number: float) -> None:
    model = box()
    model.p = pyo.Param(initialize=number, mutable=True)
    model.cost = pyo.Objective(expr=model.p * model.x["a"] ** 2)
    with pytest.raises(FormulationError, match=r"'cost' contains the number"):
        PyomoSolver("highs").solve(FromPyomo(model))


def test_a_nan_limit_is_refused() -> None:
    model = box(high=float("nan"))
    model.cost = pyo.Objective(expr=model.x["a"] ** 2)
    with pytest.raises(FormulationError, match=r"limit of 'x\[a\]'"):
        PyomoSolver("highs").solve(FromPyomo(model))


def test_two_objectives_are_refused() -> None:
    model = box()
    model.one, model.two = pyo.Objective(expr=model.x["a"]), pyo.Objective(expr=model.x["b"])
    with pytest.raises(FormulationError, match="several active objectives"):
        auto(model)


def test_a_model_without_an_objective_is_solved_for_a_point() -> None:
    outcome = auto(box())
    assert (outcome.status, outcome.objective) == (Status.OPTIMAL, 0.0)


def test_a_row_without_variables_is_judged_before_the_solver_sees_it() -> None:
    model = box()
    model.p = pyo.Param(initialize=3.0, mutable=True)
    model.fact = pyo.Constraint(expr=model.p * 1.0 <= 2.0)
    model.cost = pyo.Objective(expr=model.x["a"] ** 2)
    outcome = auto(model)
    assert outcome.status is Status.INFEASIBLE
    assert "'fact'" in outcome.message


def test_a_variable_times_zero_is_no_variable() -> None:
    model = box()
    model.nothing = pyo.Constraint(expr=0 * model.x["a"] + 0 * model.x["b"] <= 1)
    model.cost = pyo.Objective(expr=model.x["a"] ** 2)
    assert auto(model).status is Status.OPTIMAL


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (2.0, 2.5, "sum misses its limit"),
        (6.0, -5.0, "x[a] is outside its limits"),
        (float("nan"), 0.0, "x[a] is nan"),
    ],
)
def test_a_point_that_breaks_a_nonlinear_model_is_no_optimum(a: float, b: float, why: str) -> None:
    class Liar:
        def run(self, model: pyo.ConcreteModel, *_: object) -> EngineRun:
            model.x["a"].set_value(a, skip_validation=True)
            model.x["b"].set_value(b, skip_validation=True)
            return EngineRun(Status.OPTIMAL, "optimal, honestly", "liar", has_point=True)

    model = box()
    model.cost = pyo.Objective(expr=model.x["a"] ** 2)
    outcome = PyomoSolver("liar")._solve_general(Liar(), model, SolveOptions())
    assert outcome.status is Status.ERROR
    assert why in outcome.message


class Careless:
    """Ends first with a yes or no that is a millionth; asked again, it solves as SCIP does."""

    def __init__(self, run: float, make: float, bound: float) -> None:
        self.point, self.bound, self.asked = (run, make), bound, 0

    def run(self, model: pyo.ConcreteModel, options: SolveOptions, *_: object) -> EngineRun:
        self.asked += 1
        if self.asked > 1:
            return find("scip").run(model, options)
        for variable, number in zip((model.run, model.make), self.point, strict=True):
            variable.set_value(number, skip_validation=True)
        return EngineRun(Status.OPTIMAL, "optimal", "careless", has_point=True, bound=self.bound)


def setup(make_at_least: float) -> pyo.ConcreteModel:
    """A set-up costs 9 and is what making anything needs."""
    model = pyo.ConcreteModel()
    model.run = pyo.Var(domain=pyo.Binary)
    model.make = pyo.Var(bounds=(make_at_least, 10))
    model.opens = pyo.Constraint(expr=model.make <= 1_000_000 * model.run)
    model.cost = pyo.Objective(expr=9 * model.run + (model.make - 1) ** 2)
    return model


@pytest.mark.parametrize(
    ("point", "bound", "make_at_least", "status", "objective"),
    [
        ((1.0 - 2e-8, 1.0005), 9.0, 0.5, Status.OPTIMAL, 9.0),
        ((1e-6, 1.0), 9e-6, 0.0, Status.FEASIBLE, 1.0),  # no run, and nothing made
        ((1e-6, 1.0), 1.0, 0.0, Status.OPTIMAL, 1.0),
        ((1e-6, 1.0), 9e-6, 0.5, Status.ERROR, None),
    ],
)
def test_a_millionth_of_a_yes_is_rounded_and_the_rest_solved_again_or_refused(
    point: tuple[float, float],
    bound: float,
    make_at_least: float,
    status: Status,
    objective: float | None,
) -> None:
    engine = Careless(*point, bound)
    outcome = PyomoSolver("careless")._solve_general(engine, setup(make_at_least), SolveOptions())
    assert outcome.status is status
    assert engine.asked == 2
    assert outcome.objective == (None if objective is None else pytest.approx(objective, abs=1e-7))
    if status is Status.OPTIMAL:
        assert outcome.values["run"] in (0.0, 1.0)
    else:
        assert "rounded" in outcome.message


def test_an_objective_that_is_no_number_at_its_point_is_no_optimum() -> None:
    class Liar:
        def run(self, model: pyo.ConcreteModel, *_: object) -> EngineRun:
            model.x["a"].set_value(-1.0)
            return EngineRun(Status.OPTIMAL, "optimal", "liar", has_point=True)

    model = box()
    model.cost = pyo.Objective(expr=pyo.log(model.x["a"]))
    outcome = PyomoSolver("liar")._solve_general(Liar(), model, SolveOptions())
    assert outcome.status is Status.ERROR


def test_a_local_optimum_is_feasible_and_no_proof() -> None:
    class Climber:
        def run(self, model: pyo.ConcreteModel, *_: object) -> EngineRun:
            model.x["a"].set_value(0.0)
            return EngineRun(Status.OPTIMAL, "optimal", "ipopt", has_point=True)

    model = box()
    model.cost = pyo.Objective(expr=model.x["a"] ** 4 - model.x["a"] ** 2)
    outcome = PyomoSolver("ipopt")._solve_general(Climber(), model, SolveOptions())
    assert outcome.status is Status.FEASIBLE
    assert "local solver" in outcome.message


def test_a_missing_solver_is_an_error_that_lists_those_here() -> None:
    with pytest.raises(SolverMissing, match="'cplex'") as error:
        PyomoSolver("cplex").solve(FromPyomo(box()))
    assert "highs" in error.value.hint


def test_an_unknown_name_is_a_missing_solver() -> None:
    with pytest.raises(SolverMissing, match="'hihgs'"):
        solve(FromPyomo(box()), "hihgs")
