"""HiGHS on arrays: linear and mixed-integer linear models, without a modelling layer between.

The numbers are checked before HiGHS sees them and scaled into the range it does not round to
zero; what it answers goes through `verify_point`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.backends import infeasibility, progress, verify_point
from optwright.solvers.backends.engine_options import like
from optwright.solvers.backends.highs_threads import new_thread_pool
from optwright.solvers.backends.scaling import SMALLEST, Scaling, too_wide
from optwright.solvers.model.linear_model import INFINITE, Floats, LinearModel
from optwright.solvers.model.named_numbers import NamedNumbers
from optwright.solvers.model.outcome import DEFAULT_OPTIONS, Outcome, SolveOptions, Status

if TYPE_CHECKING:
    from highspy import Highs as Engine
    from highspy import HighsBasis

    from optwright.solvers.backends.protocol import Solvable

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
"""By name, since versions differ in their members; one that is not here is an error.

An error with a point that keeps the model becomes feasible in `verify_point.judge`."""

Basis = tuple[list[int], list[int]]
"""The status of each column and of each row, as HiGHS numbers them (0 at its lower limit, 1 basic,
2 at its upper limit, 3 free, 4 at some limit)."""

UNSURE = (
    "HiGHS says that there is no solution, and looking again without presolve did not confirm it"
)
SMALL = 1000  # coefficients
EVERY_S = 0.2  # seconds between two bounds that are told
STRICT = 1e-10  # the smallest tolerance that HiGHS takes
_FEASIBLE_POINT = 2  # HighsInfo.primal_solution_status, as in kSolutionStatusFeasible


@dataclass(frozen=True, slots=True)
class Highs:
    """HiGHS: linear models as arrays, convex quadratic ones through Pyomo."""

    name: str = field(default="highs", init=False)

    def solve(self, model: Solvable, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
        if model.arrays is None:
            from optwright.solvers.backends.pyomo_solver import PyomoSolver

            return PyomoSolver(self.name).solve(model, options)
        return solve_arrays(model.arrays, options)


def open_engine() -> Highs:
    return Highs()


def demand() -> None:
    """HiGHS comes with optwright."""


def solve_arrays(model: LinearModel, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
    """Solve a linear model; `FormulationError` where one of its numbers is not finite."""
    return _solve(model, options, None)[0]


def solve_from(
    model: LinearModel, options: SolveOptions, basis: Basis | None
) -> tuple[Outcome, Basis | None]:
    """Solve a linear model beginning at a basis, and say at which basis it ended.

    A basis that does not fit the model is ignored. None comes back where there is no optimum, and
    for models with integers, which have none.
    """
    outcome, engine = _solve(model, options, basis)
    if engine is None or model.has_integers or outcome.status is not Status.OPTIMAL:
        return outcome, None
    return outcome, _basis_of(engine)


def _solve(
    model: LinearModel, options: SolveOptions, basis: Basis | None
) -> tuple[Outcome, Engine | None]:
    started = perf_counter()
    model.check()
    if not len(model.cost):
        return replace(verify_point.without_columns(model), solver="highs"), None
    scaling = Scaling.of(model)
    scaled = scaling.apply(model)
    refusal = too_wide(model, scaled)
    if refusal:
        return Outcome(Status.ERROR, solver="highs", message=refusal), None
    engine = load(scaled, options)
    if basis is not None and not model.has_integers:
        engine.setBasis(_basis(basis))  # refused, and the start is cold, where it does not fit
    elif options.start:
        _begin_at(engine, model, scaling, options.start)
    _tell_on_the_way(engine, model, scaling)
    engine.run()
    progress.tell("returned")
    status = STATUSES.get(engine.getModelStatus().name, Status.ERROR)
    unsure = False
    if status is Status.INFEASIBLE:
        engine, status = _confirmed(engine, model, scaled, options, started)
        unsure = status not in (Status.INFEASIBLE, Status.OPTIMAL)
    if verify_point.is_open(status, model):
        with progress.listened_by(None):  # its points and bounds are of another objective
            outcome = verify_point.which(solve_arrays, model, options, perf_counter() - started)
    else:
        outcome = _read(engine, model, scaling, status)
        if status is Status.OPTIMAL and verify_point.leans_on_fractions(model, outcome):
            outcome = _strictly(engine, model, scaling, options, perf_counter() - started)
    if unsure and not outcome.status.has_solution:
        outcome = replace(outcome, message=f"{UNSURE}; {outcome.message}")
    name, seconds = f"highs {engine.version()}", perf_counter() - started
    return replace(outcome, seconds=seconds, solver=name), engine


def _strictly(
    engine: Engine, model: LinearModel, scaling: Scaling, options: SolveOptions, spent_s: float
) -> Outcome:
    """Solved again with tolerances so small that 1000000 of them are nothing: with the usual ones
    `make <= 1000000*run` is kept by a run of 0.000001, which pays for no set-up."""
    for tolerance in ("mip_feasibility_tolerance", "primal_feasibility_tolerance"):
        engine.setOptionValue(tolerance, STRICT)
    engine.setOptionValue("time_limit", max(options.time_limit_s - spent_s, 0.0))
    engine.clearSolver()
    progress.tell("resumed")
    engine.run()
    progress.tell("returned")
    status = STATUSES.get(engine.getModelStatus().name, Status.ERROR)
    outcome = _read(engine, model, scaling, status)
    if not verify_point.leans_on_fractions(model, outcome):
        return outcome
    said = outcome.message or verify_point.ROUNDED_BREAKS
    return Outcome(Status.ERROR, message=f"{said}; {verify_point.LARGE_NUMBER}")


def _confirmed(
    engine: Engine,
    model: LinearModel,
    scaled: LinearModel,
    options: SolveOptions,
    started: float,
) -> tuple[Engine, Status]:
    """That there is no point, proven, or said again without presolve, which has been seen to be
    wrong (HiGHS #3090). What the second look finds stands; where it does not end in time nothing is
    proven."""
    if infeasibility.is_proven(model):
        return engine, Status.INFEASIBLE
    if not scaled.has_integers and infeasibility.is_proven_by(engine, scaled):
        return engine, Status.INFEASIBLE
    left_s = options.time_limit_s - (perf_counter() - started)
    again = load(scaled, replace(options, time_limit_s=max(left_s, 0.1), start={}))
    again.setOptionValue("presolve", "off")
    progress.tell("resumed")
    again.run()
    progress.tell("returned")
    return again, STATUSES.get(again.getModelStatus().name, Status.ERROR)


def _begin_at(
    engine: Engine, model: LinearModel, scaling: Scaling, start: Mapping[str, float]
) -> None:
    """Give HiGHS a plan to begin with; what it does not name HiGHS works out itself."""
    known = [(j, start[name]) for j, name in enumerate(model.column_names) if name in start]
    if known:
        places = np.array([j for j, _ in known], dtype=np.int32)
        values = np.array([value for _, value in known]) / scaling.columns[places]
        engine.setSolution(len(places), places, values)


def _tell_on_the_way(engine: Engine, model: LinearModel, scaling: Scaling) -> None:
    """Have HiGHS tell who listens each better point, and from time to time the bound; and have it
    ask whoever steers it."""
    on_event, steered = progress.listener(), progress.control()
    if (on_event is None and steered is None) or not model.has_integers:
        return
    from highspy import cb

    kinds = cb.HighsCallbackType
    last = perf_counter()

    def number(value: float) -> float | None:
        return value / scaling.objective if abs(value) < INFINITE else None

    def tell(kind: Any, out: Any) -> None:
        nonlocal last
        if on_event is None:
            return
        bound = number(out.mip_dual_bound)
        if kind == kinds.kCallbackMipImprovingSolution:
            x = np.array(out.mip_solution, dtype=np.float64) * scaling.columns
            on_event(progress.SolverEvent("point", number(out.objective_function_value), bound, x))
        elif perf_counter() - last > EVERY_S:
            last = perf_counter()
            on_event(progress.SolverEvent("bound", number(out.mip_primal_bound), bound))

    def steer(kind: Any, into: Any) -> None:
        assert steered is not None
        if kind != kinds.kCallbackMipUserSolution:
            if not steered.goes_on():
                into.user_interrupt = True
        elif (x := steered.offers()) is not None:
            into.setSolution(x / scaling.columns)

    told_of = (kinds.kCallbackMipImprovingSolution, kinds.kCallbackMipLogging)
    asks = (kinds.kCallbackMipInterrupt, kinds.kCallbackMipUserSolution)
    asked = () if steered is None else asks

    def callback(kind: Any, _message: str, out: Any, into: Any, *_: Any) -> None:
        if kind != kinds.kCallbackMipUserSolution:
            tell(kind, out)
        if kind in asked:
            steer(kind, into)

    engine.setCallback(callback, None)
    for kind in (*told_of, *asked):
        engine.startCallback(kind)


def _basis(basis: Basis) -> HighsBasis:
    import highspy

    columns, rows = basis
    made = highspy.HighsBasis()
    made.col_status = [highspy.HighsBasisStatus(status) for status in columns]
    made.row_status = [highspy.HighsBasisStatus(status) for status in rows]
    made.valid = True
    return made


def _basis_of(engine: Engine) -> Basis:
    found = engine.getBasis()
    return [int(s) for s in found.col_status], [int(s) for s in found.row_status]


def conflict(model: LinearModel, options: SolveOptions) -> tuple[list[int], list[int], list[int]]:
    """Rows, columns with their lower, and columns with their upper limit in HiGHS's conflict.

    Of an infeasible model without integers; what comes back is a proposal, not a proof.
    """
    import highspy

    engine = load(Scaling.of(model).apply(model), options)
    engine.setOptionValue("iis_strategy", int(highspy.IisStrategy.kIisStrategyIrreducible))
    _, found = engine.getIis()
    bounds = list(zip(found.col_index_, found.col_bound_, strict=True))
    low, high, both = (
        int(highspy.IisBoundStatus.kIisBoundStatusLower),
        int(highspy.IisBoundStatus.kIisBoundStatusUpper),
        int(highspy.IisBoundStatus.kIisBoundStatusBoxed),
    )
    lower = [int(j) for j, bound in bounds if bound in (low, both)]
    upper = [int(j) for j, bound in bounds if bound in (high, both)]
    return [int(r) for r in found.row_index_], lower, upper


def ranging(model: LinearModel, options: SolveOptions) -> dict[str, Floats]:
    """Optimum, duals, and how far each number may move alone, of a model without integers.

    `row_low`..`row_high`: where a row's binding limit keeps its dual; NaN for a row that does not
    bind. `cost_low`..`cost_high`: where a cost leaves the optimal point as it is. Empty unless
    there is an optimum.
    """
    scaling = Scaling.of(model)
    engine = load(scaling.apply(model), options)
    engine.run()
    _, found = engine.getRanging()
    if STATUSES.get(engine.getModelStatus().name) is not Status.OPTIMAL or not found.valid:
        return {}
    solution, basis = engine.getSolution(), engine.getBasis()
    basic = np.array([row.name == "kBasic" for row in basis.row_status], dtype=np.bool_)
    height, width = len(model.row_lower), len(model.cost)  # HiGHS's lists may be longer
    cost = scaling.objective * scaling.columns
    return {
        "x": np.array(solution.col_value) * scaling.columns,
        "duals": np.array(solution.row_dual) * scaling.rows / scaling.objective,
        "reduced_costs": np.array(solution.col_dual) / cost,
        "row_low": np.where(basic, np.nan, found.row_bound_dn.value_[:height]) / scaling.rows,
        "row_high": np.where(basic, np.nan, found.row_bound_up.value_[:height]) / scaling.rows,
        "cost_low": np.array(found.col_cost_dn.value_[:width]) / cost,
        "cost_high": np.array(found.col_cost_up.value_[:width]) / cost,
    }


def load(model: LinearModel, options: SolveOptions) -> Engine:
    """A silent HiGHS that holds this model, ready to run."""
    import highspy

    new_thread_pool()
    engine = highspy.Highs()
    for option, value in _options(model, options).items():
        engine.setOptionValue(option, value)
    for option, text in options.engine.items():
        _set(engine, option, text)
    loaded = engine.passModel(
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
    if loaded == highspy.HighsStatus.kError:
        raise FormulationError(
            "HiGHS does not take the model", hint="a row may name the same column twice"
        )
    return engine


OURS = {
    "time_limit": "--time-limit",
    "mip_rel_gap": "--gap",
    "threads": "--threads",
    "random_seed": "--seed",
}
"""Options of HiGHS that have a name here."""


def _set(engine: Engine, option: str, text: str) -> None:
    """Set an option of HiGHS from its text; `FormulationError` for what it does not have."""
    if option in OURS:
        raise FormulationError(f"HiGHS's option {option!r} is {OURS[option]} here")
    said, now = engine.getOptionValue(option)
    if said.name == "kError":
        raise FormulationError(
            f"HiGHS has no option {option!r}",
            hint="https://ergo-code.github.io/HiGHS/stable/options/definitions/ lists them",
        )
    try:
        value = like(text, now)
    except ValueError as error:
        raise FormulationError(f"HiGHS's option {option!r} cannot be {text!r}") from error
    if engine.setOptionValue(option, value).name == "kError":
        raise FormulationError(f"HiGHS's option {option!r} cannot be {text!r}")


def _options(model: LinearModel, options: SolveOptions) -> dict[str, bool | int | float]:
    return {
        "output_flag": False,
        "time_limit": options.time_limit_s,
        "mip_rel_gap": options.mip_gap,
        # The default of 1e-6 would overrule the relative gap for objectives below 1.
        "mip_abs_gap": 1e-9,
        "threads": options.threads,
        "random_seed": options.seed,
        "small_matrix_value": SMALLEST,
        # It takes 6 ms whatever the model, which for a small one is nearly all of the time.
        "mip_heuristic_run_feasibility_jump": len(model.coefficients) > SMALL,
    }


def point_of(engine: Engine) -> Floats | None:
    """The point HiGHS ended with, in its own columns; None where it has none that it trusts."""
    solution, info = engine.getSolution(), engine.getInfo()
    has_point = solution.value_valid and info.primal_solution_status == _FEASIBLE_POINT
    return np.array(solution.col_value) if has_point else None


def _read(engine: Engine, model: LinearModel, scaling: Scaling, status: Status) -> Outcome:
    """What HiGHS ended in, in the terms of the model before scaling."""
    said = engine.modelStatusToString(engine.getModelStatus())
    solution, info = engine.getSolution(), engine.getInfo()
    point = point_of(engine)
    x = None if point is None else point * scaling.columns
    outcome = verify_point.judge(model, status, said, x)
    if not outcome.status.has_solution:
        return outcome
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
        duals=NamedNumbers(model.row_names, row_duals + 0.0),
        reduced_costs=NamedNumbers(model.column_names, reduced + 0.0),
    )
