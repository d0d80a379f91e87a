"""HiGHS on arrays: linear and mixed-integer linear models, without a modelling layer between.

What HiGHS says is believed only so far: the numbers are checked before it sees them, they are
scaled into the range it does not round to zero, and the point it returns is held against every
row and limit of the model as it was given.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from optwright.solvers.arrays import Floats, LinearModel
from optwright.solvers.outcome import DEFAULT_OPTIONS, Outcome, SolveOptions, Status
from optwright.solvers.scaling import SMALLEST, Scaling, too_wide

if TYPE_CHECKING:
    from highspy import Highs as Engine

    from optwright.solvers.solver import Model

STATUSES = {
    "kNotset": Status.ERROR,
    "kLoadError": Status.ERROR,
    "kModelError": Status.ERROR,
    "kPresolveError": Status.ERROR,
    "kSolveError": Status.ERROR,
    "kPostsolveError": Status.ERROR,
    "kModelEmpty": Status.ERROR,  # a model without columns never gets this far
    "kOptimal": Status.OPTIMAL,
    "kInfeasible": Status.INFEASIBLE,
    "kUnboundedOrInfeasible": Status.INFEASIBLE_OR_UNBOUNDED,
    "kUnbounded": Status.UNBOUNDED,
    "kObjectiveBound": Status.ERROR,
    "kObjectiveTarget": Status.ERROR,
    "kTimeLimit": Status.TIME_LIMIT,
    "kIterationLimit": Status.ERROR,
    "kUnknown": Status.ERROR,
    "kSolutionLimit": Status.ERROR,
    "kInterrupt": Status.ERROR,
    "kMemoryLimit": Status.ERROR,
    "kHighsInterrupt": Status.ERROR,
}
"""By name, since versions differ in their members; one that is not here is an error."""

_FEASIBLE_POINT = 2  # HighsInfo.primal_solution_status, as in kSolutionStatusFeasible


@dataclass(frozen=True, slots=True)
class Highs:
    """HiGHS for models that are arrays; others are turned down with status error."""

    name: str = field(default="highs", init=False)

    def solve(self, model: Model, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
        if model.arrays is None:
            return Outcome(Status.ERROR, solver=self.name, message="the model is not linear")
        return solve_arrays(model.arrays, options)


def solve_arrays(model: LinearModel, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
    """Solve a linear model; `FormulationError` where one of its numbers is not finite."""
    started = perf_counter()
    model.check()
    if not len(model.cost):
        return _without_columns(model)
    scaling = Scaling.of(model)
    scaled = scaling.apply(model)
    refusal = too_wide(model, scaled)
    if refusal:
        return Outcome(Status.ERROR, solver="highs", message=refusal)
    engine = load(scaled, options)
    engine.run()
    status = STATUSES.get(engine.getModelStatus().name, Status.ERROR)
    if _is_open(status, model):
        outcome = _which(model, options, perf_counter() - started)
    else:
        outcome = _read(engine, model, scaling, status)
    return replace(outcome, seconds=perf_counter() - started, solver=f"highs {engine.version()}")


def load(model: LinearModel, options: SolveOptions) -> Engine:
    """A silent HiGHS that holds this model, ready to run."""
    import highspy

    # HiGHS keeps one thread pool and fails when a later run asks for another number of threads.
    highspy.Highs.resetGlobalScheduler(True)
    engine = highspy.Highs()
    for option, value in _options(options).items():
        engine.setOptionValue(option, value)
    engine.passModel(
        len(model.cost),
        len(model.row_lower),
        len(model.coefficients),
        int(highspy.MatrixFormat.kRowwise),
        int(highspy.ObjSense.kMaximize if model.maximize else highspy.ObjSense.kMinimize),
        model.offset,
        model.cost,
        model.lower,
        model.upper,
        model.row_lower,
        model.row_upper,
        model.starts,
        model.columns,
        model.coefficients,
        model.integer.astype(np.int32),
    )
    return engine


def _options(options: SolveOptions) -> dict[str, bool | int | float]:
    return {
        "output_flag": False,
        "time_limit": options.time_limit_s,
        "mip_rel_gap": options.mip_gap,
        # The default of 1e-6 would overrule the relative gap for objectives below 1.
        "mip_abs_gap": 1e-9,
        "threads": options.threads,
        "random_seed": options.seed,
        "small_matrix_value": SMALLEST,
    }


def _is_open(status: Status, model: LinearModel) -> bool:
    """Whether the status leaves open if there is a point at all.

    With integers HiGHS says unbounded as soon as the relaxation is.
    """
    return status is Status.INFEASIBLE_OR_UNBOUNDED or (
        status is Status.UNBOUNDED and model.has_integers
    )


def _which(model: LinearModel, options: SolveOptions, spent_s: float) -> Outcome:
    """Infeasible or unbounded: without its objective the model is one or it is not.

    A mixed-integer model with rational data and a relaxation that is unbounded is itself
    unbounded as soon as it has a point (Meyer 1974).
    """
    feasibility = replace(model, cost=np.zeros_like(model.cost), offset=0.0)
    left = replace(options, time_limit_s=max(options.time_limit_s - spent_s, 0.0))
    answer = solve_arrays(feasibility, left)
    if answer.status is Status.INFEASIBLE:
        return Outcome(Status.INFEASIBLE)
    if answer.status.has_solution:
        return Outcome(Status.UNBOUNDED)
    return Outcome(Status.INFEASIBLE_OR_UNBOUNDED, message=answer.message)


def _read(engine: Engine, model: LinearModel, scaling: Scaling, status: Status) -> Outcome:
    """What HiGHS ended in, in the terms of the model before scaling."""
    said = engine.modelStatusToString(engine.getModelStatus())
    if status in (Status.INFEASIBLE, Status.UNBOUNDED):
        return Outcome(status)
    solution, info = engine.getSolution(), engine.getInfo()
    if not solution.value_valid or info.primal_solution_status != _FEASIBLE_POINT:
        # An optimum without a feasible point is no optimum.
        status = Status.ERROR if status is Status.OPTIMAL else status
        return Outcome(status, message=f"HiGHS ended with {said!r} and no solution")
    x = settle(model, np.array(solution.col_value) * scaling.columns)
    broken = model.broken_by(x)
    if broken:
        return Outcome(Status.ERROR, message=f"HiGHS ended with {said!r}, but {broken}")
    outcome = at_point(model, x, Status.OPTIMAL if status is Status.OPTIMAL else Status.FEASIBLE)
    if model.has_integers:
        bound = info.mip_dual_bound / scaling.objective
        return replace(outcome, bound=bound if np.isfinite(bound) else None)
    if outcome.status is not Status.OPTIMAL:
        return outcome
    row_duals = np.array(solution.row_dual) * scaling.rows / scaling.objective
    reduced = np.array(solution.col_dual) / scaling.columns / scaling.objective
    return replace(
        outcome,
        bound=outcome.objective,
        duals=dict(zip(model.row_names, plain(row_duals), strict=True)),
        reduced_costs=dict(zip(model.column_names, plain(reduced), strict=True)),
    )


def settle(model: LinearModel, x: Floats) -> Floats:
    """The point without its rounding dust: inside its limits, integers whole - if it still fits."""
    settled = np.clip(x, model.lower, model.upper)
    settled = np.where(model.integer, np.round(settled), settled)
    near = np.where(model.integer, np.abs(settled - x) <= 1e-5, True)
    return settled if near.all() and model.broken_by(settled) is None else x


def at_point(model: LinearModel, x: Floats, status: Status) -> Outcome:
    """The outcome that says: this point, this objective, this far from each row's limits."""
    activity = model.activities(x)
    slack = np.minimum(activity - model.row_lower, model.row_upper - activity)
    slacks = zip(model.row_names, plain(slack), strict=True)
    return Outcome(
        status,
        objective=model.objective(x) + 0.0,
        values=dict(zip(model.column_names, plain(x), strict=True)),
        slacks={row: distance for row, distance in slacks if np.isfinite(distance)},
    )


def plain(numbers: Floats) -> list[float]:
    """Python floats, and zero without a sign."""
    return (numbers + 0.0).tolist()  # type: ignore[no-any-return]  # numpy types tolist as Any


def _without_columns(model: LinearModel) -> Outcome:
    x = np.zeros(0)
    if model.broken_by(x):
        return Outcome(Status.INFEASIBLE, solver="highs")
    return replace(at_point(model, x, Status.OPTIMAL), bound=model.offset, solver="highs")
