"""What every solver adapter must do, as a pytest class: subclass it and give it a solver.

    class TestMine(SolverContract):
        @pytest.fixture
        def solver(self) -> Solver:
            return Mine()

Set `gives_duals = False` for a solver whose outcomes carry no duals, and `refuses` to the words
with which it says that it cannot take a model.
"""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
import pytest

from optwright.errors import FormulationError
from optwright.solvers.backends.protocol import FromArrays, Solver
from optwright.solvers.model.linear_model import LinearModel, linear_model
from optwright.solvers.model.outcome import Outcome, SolveOptions, Status

INF, NAN = float("inf"), float("nan")

FURNITURE = linear_model(
    {"chair": 3.0, "table": 2.0},
    {
        "wood": ({"chair": 1.0, "table": 1.0}, "<=", 4.0),
        "hours": ({"chair": 1.0, "table": 3.0}, "<=", 6.0),
    },
    maximize=True,
)
KNAPSACK = linear_model(
    {"map": 9.0, "rope": 11.0, "tent": 13.0, "stove": 15.0},
    {"weight": ({"map": 6.0, "rope": 5.0, "tent": 9.0, "stove": 7.0}, "<=", 20.0)},
    maximize=True,
    limits=dict.fromkeys(("map", "rope", "tent", "stove"), (0.0, 1.0)),
    integer=("map", "rope", "tent", "stove"),
)


def market_split(deviation: bool) -> LinearModel:
    """Split 50 customers so that every product's sales halve exactly: out of reach in a second.

    With `deviation` each product may miss its half at a price, so any split is a solution.
    Cornuejols and Dawande (1999).
    """
    random = Random(1)
    customers = [f"c{j}" for j in range(50)]
    sales = [[random.randrange(100) for _ in customers] for _ in range(6)]
    misses = [f"{way}{r}" for r in range(6) for way in ("over", "under")] if deviation else []
    rows = {}
    for r, row in enumerate(sales):
        entries = dict(zip(customers, map(float, row), strict=True))
        slack = {f"over{r}": -1.0, f"under{r}": 1.0} if deviation else {}
        rows[f"product{r}"] = (entries | slack, "==", float(sum(row) // 2))
    return linear_model(
        dict.fromkeys(misses, 1.0),
        rows,
        limits=dict.fromkeys(customers, (0.0, 1.0)),
        integer=customers,
    )


class SolverContract:
    """Inherit, override the fixture `solver`."""

    gives_duals: ClassVar[bool] = True
    refuses: ClassVar[str] = ""
    """How a solver says that it cannot take a model, as a regular expression; a test whose model
    is refused in these words, with status error, is skipped."""

    @pytest.fixture
    def solver(self) -> Solver:
        raise NotImplementedError("the subclass gives the solver")

    def solve(
        self, solver: Solver, model: LinearModel, options: SolveOptions | None = None
    ) -> Outcome:
        outcome = solver.solve(FromArrays(model), options or SolveOptions(time_limit_s=10.0))
        if self.refuses and re.search(self.refuses, outcome.message):
            assert outcome.status is Status.ERROR
            assert not outcome.values
            pytest.skip(outcome.message)
        return outcome

    # What there is an optimum of

    def test_a_linear_program_ends_at_its_best_corner(self, solver: Solver) -> None:
        outcome = self.solve(solver, FURNITURE)
        assert outcome.status is Status.OPTIMAL
        assert outcome.objective == pytest.approx(12.0)
        assert outcome.values == pytest.approx({"chair": 4.0, "table": 0.0})
        assert outcome.seconds > 0
        assert outcome.solver

    def test_integers_are_whole(self, solver: Solver) -> None:
        model = linear_model(
            {"big": 5.0, "small": 4.0},
            {"floor": ({"big": 6.0, "small": 5.0}, "<=", 27.0)},
            maximize=True,
            integer=("big", "small"),
        )
        outcome = self.solve(solver, model)
        assert outcome.status is Status.OPTIMAL
        assert outcome.objective == pytest.approx(22.0)
        assert all(value == round(value) for value in outcome.values.values())
        assert outcome.duals == {}

    def test_a_knapsack_of_binaries_is_packed_best(self, solver: Solver) -> None:
        outcome = self.solve(solver, KNAPSACK)
        assert outcome.objective == pytest.approx(35.0)
        assert {name for name, value in outcome.values.items() if value} == {
            "map",
            "rope",
            "stove",
        }

    def test_the_bound_of_an_optimum_meets_it(self, solver: Solver) -> None:
        outcome = self.solve(solver, KNAPSACK)
        assert outcome.bound in (None, pytest.approx(35.0))

    def test_the_objectives_constant_counts(self, solver: Solver) -> None:
        outcome = self.solve(solver, replace(FURNITURE, offset=100.0))
        assert outcome.objective == pytest.approx(112.0)

    def test_an_equality_holds(self, solver: Solver) -> None:
        model = linear_model(
            {"x": 1.0, "y": 2.0}, {"sum": ({"x": 1.0, "y": 1.0}, "==", 5.0)}, limits={"x": (0, 3)}
        )
        assert self.solve(solver, model).values == pytest.approx({"x": 3.0, "y": 2.0})

    def test_a_free_variable_goes_below_zero(self, solver: Solver) -> None:
        model = linear_model(
            {"x": 1.0}, {"least": ({"x": 1.0}, ">=", -7.0)}, limits={"x": (-INF, INF)}
        )
        assert self.solve(solver, model).objective == pytest.approx(-7.0)

    def test_a_fixed_variable_stays(self, solver: Solver) -> None:
        model = replace(FURNITURE, lower=np.array([1.5, 0.0]), upper=np.array([1.5, INF]))
        outcome = self.solve(solver, model)
        assert outcome.values == pytest.approx({"chair": 1.5, "table": 1.5})

    def test_a_row_with_two_limits_keeps_both(self, solver: Solver) -> None:
        row = replace(
            linear_model({"x": 1.0}, {"range": ({"x": 2.0}, "<=", 9.0)}), row_lower=np.array([4.0])
        )
        assert self.solve(solver, row).objective == pytest.approx(2.0)
        assert self.solve(solver, replace(row, maximize=True)).objective == pytest.approx(4.5)

    def test_a_degenerate_corner_is_still_the_optimum(self, solver: Solver) -> None:
        rows = {f"cut{k}": ({"x": float(k), "y": 1.0}, "<=", float(k)) for k in range(1, 6)}
        model = linear_model({"x": 1.0, "y": 0.1}, rows, maximize=True)
        outcome = self.solve(solver, model)
        assert outcome.objective == pytest.approx(1.0)

    def test_without_rows_every_variable_sits_at_its_better_limit(self, solver: Solver) -> None:
        model = linear_model({"x": -1.0, "y": 2.0}, {}, limits={"x": (0, 3), "y": (1, 5)})
        outcome = self.solve(solver, model)
        assert outcome.values == pytest.approx({"x": 3.0, "y": 1.0})

    def test_without_variables_the_constant_is_the_optimum(self, solver: Solver) -> None:
        outcome = self.solve(solver, linear_model({}, {}, offset=4.0))
        assert (outcome.status, outcome.objective) == (Status.OPTIMAL, 4.0)

    def test_without_an_objective_any_point_will_do(self, solver: Solver) -> None:
        model = linear_model({}, {"sum": ({"x": 1.0}, ">=", 2.0)}, limits={"x": (0, 9)})
        outcome = self.solve(solver, model)
        assert (outcome.status, outcome.objective) == (Status.OPTIMAL, 0.0)
        assert outcome.values["x"] >= 2.0 - 1e-6

    def test_a_variable_that_stands_nowhere_has_a_value_inside_its_limits(
        self, solver: Solver
    ) -> None:
        model = linear_model({"x": 1.0}, {}, limits={"x": (0, 9), "idle": (2, 5)})
        assert 2.0 <= self.solve(solver, model).values["idle"] <= 5.0

    def test_an_empty_row_counts_only_if_it_is_false(self, solver: Solver) -> None:
        true = linear_model({"x": 1.0}, {"nothing": ({}, "<=", 1.0)})
        false = linear_model({"x": 1.0}, {"nothing": ({}, ">=", 1.0)})
        assert self.solve(solver, true).status is Status.OPTIMAL
        assert self.solve(solver, false).status is Status.INFEASIBLE

    # What there is none of

    def test_contradicting_rows_are_infeasible(self, solver: Solver) -> None:
        rows = {"least": ({"x": 1.0}, ">=", 5.0), "most": ({"x": 1.0}, "<=", 3.0)}
        outcome = self.solve(solver, linear_model({"x": 1.0}, rows))
        assert outcome.status is Status.INFEASIBLE
        assert outcome.objective is None
        assert not outcome.values

    def test_contradicting_limits_are_infeasible(self, solver: Solver) -> None:
        model = linear_model({"x": 1.0}, {"row": ({"x": 1.0}, "<=", 9.0)}, limits={"x": (2, 1)})
        assert self.solve(solver, model).status is Status.INFEASIBLE

    def test_a_relaxation_with_points_does_not_make_integers_feasible(self, solver: Solver) -> None:
        model = linear_model(
            {"x": 1.0, "y": 1.0},
            {"odd": ({"x": 2.0, "y": 4.0}, "==", 7.0)},
            limits={"x": (0, 9), "y": (0, 9)},
            integer=("x", "y"),
        )
        assert self.solve(solver, model).status is Status.INFEASIBLE

    def test_an_objective_without_end_is_unbounded(self, solver: Solver) -> None:
        model = linear_model({"x": 1.0, "y": 0.0}, UNHELD, maximize=True)
        outcome = self.solve(solver, model)
        assert (outcome.status, outcome.objective) == (Status.UNBOUNDED, None)

    def test_an_unbounded_relaxation_with_an_integer_point_is_unbounded(
        self, solver: Solver
    ) -> None:
        model = linear_model({"x": 1.0, "y": 0.0}, UNHELD, maximize=True, integer=("x", "y"))
        assert self.solve(solver, model).status is Status.UNBOUNDED

    @pytest.mark.parametrize("integer", [(), ("x", "y", "z")])
    def test_infeasible_and_unbounded_at_once_is_infeasible(
        self, solver: Solver, integer: tuple[str, ...]
    ) -> None:
        rows = UNHELD | {
            "low": ({"z": 1.0, "x": 0.0}, ">=", 5.0),
            "high": ({"z": 1.0}, "<=", 3.0),
        }
        model = linear_model({"x": 1.0, "y": 0.0, "z": 0.0}, rows, maximize=True, integer=integer)
        assert self.solve(solver, model).status is Status.INFEASIBLE

    # Time

    @pytest.mark.parametrize("deviation", [False, True])
    def test_the_time_limit_ends_a_hard_model(self, solver: Solver, deviation: bool) -> None:
        started = perf_counter()
        outcome = self.solve(solver, market_split(deviation), SolveOptions(time_limit_s=0.5))
        assert perf_counter() - started < 2.5
        assert outcome.status is (Status.FEASIBLE if deviation else Status.TIME_LIMIT)
        if deviation:
            assert outcome.objective is not None
            assert outcome.bound is None or outcome.bound < outcome.objective
        else:
            assert not outcome.values

    def test_endless_branching_ends_with_the_limit(self, solver: Solver) -> None:
        # 4 y + 8 z = 21 in whole numbers without limits; HiGHS issue 2226 is a model of this shape.
        model = linear_model(
            {},
            {
                "four": ({"x": 1.0, "y": -4.0}, "==", 0.0),
                "odd": ({"x": 1.0, "z": 8.0}, "==", 21.0),
            },
            limits=dict.fromkeys(("x", "y", "z"), (-INF, INF)),
            integer=("x", "y", "z"),
        )
        started = perf_counter()
        outcome = self.solve(solver, model, SolveOptions(time_limit_s=0.5))
        assert perf_counter() - started < 2.5
        assert outcome.status in (Status.INFEASIBLE, Status.TIME_LIMIT)

    @pytest.mark.parametrize("threads", [2, 1])
    def test_the_number_of_threads_may_change_between_runs(
        self, solver: Solver, threads: int
    ) -> None:
        outcome = self.solve(solver, KNAPSACK, SolveOptions(threads=threads))
        assert outcome.status is Status.OPTIMAL

    # Duals and slacks

    def test_a_scarce_resource_has_a_positive_dual_in_a_maximization(self, solver: Solver) -> None:
        outcome = self.solve(solver, FURNITURE)
        if self.gives_duals:
            assert outcome.duals == pytest.approx({"wood": 3.0, "hours": 0.0})
            assert outcome.reduced_costs == pytest.approx({"chair": 0.0, "table": -1.0})
        else:
            assert not outcome.duals

    def test_the_dual_of_a_demand_is_what_one_more_costs(self, solver: Solver) -> None:
        model = linear_model(
            {"rye": 2.0, "oat": 5.0}, {"need": ({"rye": 1.0, "oat": 2.0}, ">=", 8.0)}
        )
        if self.gives_duals:
            outcome = self.solve(solver, model)
            assert outcome.duals == pytest.approx({"need": 2.0})
            assert outcome.reduced_costs == pytest.approx({"rye": 0.0, "oat": 1.0})

    def test_slacks_are_distances_to_the_nearest_limit(self, solver: Solver) -> None:
        outcome = self.solve(solver, FURNITURE)
        assert outcome.slacks == pytest.approx({"wood": 0.0, "hours": 2.0})

    # Numbers

    def test_a_tiny_coefficient_is_not_taken_for_zero(self, solver: Solver) -> None:
        model = linear_model({"x": 1.0}, {"least": ({"x": 1e-12}, ">=", 1.0)})
        outcome = self.solve(solver, model)
        assert outcome.status is Status.OPTIMAL
        assert outcome.objective == pytest.approx(1e12)

    def test_a_tiny_objective_is_still_optimized(self, solver: Solver) -> None:
        model = linear_model(
            {"x": 1e-9, "y": 1e-12},
            {"sum": ({"x": 1.0, "y": 1.0}, "<=", 4.0)},
            maximize=True,
            limits={"x": (0, 10), "y": (0, 3)},
        )
        assert self.solve(solver, model).values == pytest.approx({"x": 4.0, "y": 0.0})

    def test_a_huge_cost_is_a_cost(self, solver: Solver) -> None:
        model = linear_model({"x": 1e30}, {"least": ({"x": 1.0}, ">=", 2.0)})
        assert self.solve(solver, model).objective == pytest.approx(2e30)

    def test_a_spread_no_solver_can_carry_is_never_called_optimal(self, solver: Solver) -> None:
        model = linear_model(
            {"x": 1.0, "y": 1.0},
            {"row": ({"x": 1e9, "y": 1e-4}, ">=", 1e9)},
            integer=("x", "y"),
        )
        outcome = self.solve(solver, model)
        assert outcome.status is Status.ERROR
        assert "'y'" in outcome.message

    def test_rounding_dust_is_taken_for_zero(self, solver: Solver) -> None:
        dust = 0.1 + 0.2 - 0.3
        model = linear_model({"x": 1.0, "y": 1.0}, {"row": ({"x": 1.0, "y": dust}, ">=", 2.0)})
        assert self.solve(solver, model).objective == pytest.approx(2.0)

    def test_a_limit_of_1e30_is_none(self, solver: Solver) -> None:
        model = linear_model({"x": -1.0}, {}, limits={"x": (0.0, 1e30)})
        assert self.solve(solver, model).status is Status.UNBOUNDED

    @pytest.mark.parametrize("number", [NAN, INF, -INF])
    @pytest.mark.parametrize("slot", ["cost", "coefficients", "offset"])
    def test_a_coefficient_that_is_no_number_is_refused(
        self, solver: Solver, slot: str, number: float
    ) -> None:
        broken: dict[str, Any] = {
            "cost": np.array([number, 2.0]),
            "coefficients": np.array([number, 1.0, 1.0, 3.0]),
            "offset": number,
        }
        with pytest.raises(FormulationError, match=r"nan|inf"):
            self.solve(solver, replace(FURNITURE, **{slot: broken[slot]}))

    @pytest.mark.parametrize(
        ("slot", "number"),
        [
            *[(slot, NAN) for slot in ("lower", "upper", "row_lower", "row_upper")],
            *[("lower", INF), ("upper", -INF), ("row_lower", INF), ("row_upper", -INF)],
        ],
    )
    def test_a_limit_that_is_no_number_is_refused(
        self, solver: Solver, slot: str, number: float
    ) -> None:
        limit: dict[str, Any] = {slot: np.array([number, 1.0])}
        with pytest.raises(FormulationError, match="limits of"):
            self.solve(solver, replace(FURNITURE, **limit))


UNHELD = {"difference": ({"x": 1.0, "y": -1.0}, "<=", 4.0)}
