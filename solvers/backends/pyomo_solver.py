"""Every solver Pyomo can reach: HiGHS for convex QP, SCIP for nonlinear models, others by name.

Linear models are handed over as arrays and come back by position, so scaling, checks, signs and
names are those of the arrays; all others as the Pyomo model they are. What an engine tells on its
way (`Watch`) goes to whoever listens, in the terms of the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Literal

import numpy as np

from optwright.solvers.backends import progress, verify_point
from optwright.solvers.backends import pyomo_points as points
from optwright.solvers.backends.incumbents import ON_ITS_WAY, Judge
from optwright.solvers.backends.pyomo_arrays import to_pyomo
from optwright.solvers.backends.pyomo_engines import Engine, EngineRun, Watch, find
from optwright.solvers.backends.scaling import Scaling, too_wide
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.outcome import DEFAULT_OPTIONS, Outcome, SolveOptions, Status

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from optwright.solvers.backends.protocol import Solvable

LOCAL = frozenset({"ipopt", "ipopt_v2", "appsi_ipopt", "cyipopt", "conopt", "knitro_direct"})
"""Solvers whose optimum is the best nearby: a solution, not a proof, unless the model is linear."""
DUST = 1e-9
"""How far a number may be from a whole one without the rest being solved again."""
GAP = 1e-4
"""How far an optimum may be from its bound, as a share of it."""
BEYOND_HIGHS = (
    "HiGHS solves linear and convex quadratic models; this one is neither and goes to 'scip' "
    "where no solver is named"
)


@dataclass(frozen=True, slots=True)
class PyomoSolver:
    """The solver that Pyomo calls `name`; `scip` is its `scip_direct`."""

    name: str

    def solve(self, model: Solvable, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
        started = perf_counter()
        engine = find(self.name)
        if model.arrays is not None:
            outcome = _solve_linear(engine, model.arrays, options)
        else:
            outcome = self._solve_general(engine, model.pyomo(), options)
        solver = outcome.solver or self.name
        return replace(outcome, seconds=perf_counter() - started, solver=solver)

    def _solve_general(
        self, engine: Engine, model: ConcreteModel, options: SolveOptions
    ) -> Outcome:
        points.check(model)
        if self.name == "highs" and not (points.is_linear(model) or points.is_convex_qp(model)):
            # HiGHS notices only some Hessians that bend the wrong way, and calls a corner optimal.
            return Outcome(Status.ERROR, message=BEYOND_HIGHS)
        false_row = points.drop_constant_rows(model)
        if false_row is not None:
            return Outcome(Status.INFEASIBLE, message=f"{false_row!r} is false for every point")
        run = engine.run(model, options, _watch(model, options))
        progress.tell("returned")
        if run.status is Status.INFEASIBLE_OR_UNBOUNDED:
            return replace(_which(engine, model, options), solver=run.solver)
        if self.name in LOCAL and not points.is_linear(model):
            run = _only_nearby(run)
        dust = points.dust(model) if run.has_point else 0.0
        outcome = _judge(model, run)
        if outcome.status.has_solution and dust > DUST:
            outcome = _with_whole_numbers(engine, model, options, outcome)
        return replace(outcome, solver=run.solver)


def _with_whole_numbers(
    engine: Engine, model: ConcreteModel, options: SolveOptions, first: Outcome
) -> Outcome:
    """Solved again for the rest, with the whole numbers rounded: `make <= 1000000*run` is kept by
    a run of 0.000001, which pays for no set-up. An optimum stays one if it is as good as the
    bound, which holds for whole numbers too."""
    was_whole = points.dust(model) == 0.0  # rounding them broke no row
    progress.tell("resumed")
    with points.whole_numbers_fixed(model):
        again = _judge(model, engine.run(model, options))
    progress.tell("returned")
    if not again.status.has_solution:
        if was_whole:
            return first
        return Outcome(
            Status.ERROR, message=f"{verify_point.ROUNDED_BREAKS}; {verify_point.LARGE_NUMBER}"
        )
    again = replace(again, bound=first.bound)
    best = first.objective if was_whole else first.bound
    if first.status is Status.OPTIMAL and _is_near(again.objective, best):
        return again
    message = "whole numbers were rounded and the rest solved again, which proves no optimum"
    return replace(again, status=Status.FEASIBLE, message=message)


def _is_near(objective: float | None, best: float | None) -> bool:
    if objective is None or best is None:
        return False
    return abs(objective - best) <= GAP * max(1.0, abs(best))


def _solve_linear(engine: Engine, model: LinearModel, options: SolveOptions) -> Outcome:
    started = perf_counter()
    model.check()
    if not len(model.cost):
        return verify_point.without_columns(model)
    if false_row := model.false_empty_row():
        return Outcome(Status.INFEASIBLE, message=f"{false_row!r} is false for every point")
    scaling = Scaling.of(model)
    scaled = scaling.apply(model)
    if refusal := too_wide(model, scaled):
        return Outcome(Status.ERROR, message=refusal)
    built = to_pyomo(scaled)
    run = engine.run(built, options, _linear_watch(model, scaling, built, options))
    progress.tell("returned")
    if verify_point.is_open(run.status, model):
        spent_s = perf_counter() - started
        again = lambda part, left: _solve_linear(engine, part, left)  # noqa: E731 (two lines less)
        progress.tell("resumed")
        with progress.listened_by(None):  # its points and bounds are of another objective
            found = verify_point.which(again, model, replace(options, start={}), spent_s)
        progress.tell("returned")
        return replace(found, solver=run.solver)
    return replace(_read_linear(model, scaling, built, run), solver=run.solver)


def _watch(model: ConcreteModel, options: SolveOptions) -> Watch:
    """A model that is not linear: its variables as they are, told in their order."""
    variables = points.variables(model)
    start = options.start
    known = [(v, start[n]) for v in variables if (n := points.name_of(v)) in start] if start else []
    on_event = progress.listener()
    if on_event is None:
        return Watch(variables, known)

    def tell(objective: float | None, bound: float | None, x: Floats | None) -> None:
        on_event(progress.SolverEvent(_kind(objective, x), objective, bound, x))

    return Watch(variables, known, tell)


def _linear_watch(
    model: LinearModel, scaling: Scaling, built: ConcreteModel, options: SolveOptions
) -> Watch:
    """A linear model: told in its own numbers, not in those it was scaled to."""
    start = options.start
    known = [
        (built.x[j], start[name] / float(scaling.columns[j]))
        for j, name in enumerate(model.column_names)
        if name in start
    ]
    variables = list(built.x.values())
    on_event = progress.listener()
    if on_event is None:
        return Watch(variables, known)
    nearest = np.clip(0.0, model.lower, model.upper)

    def number(value: float | None) -> float | None:
        return None if value is None else value / scaling.objective

    def tell(objective: float | None, bound: float | None, x: Floats | None) -> None:
        if x is None:
            event = progress.SolverEvent(_kind(objective, x), number(objective), number(bound))
        else:
            own = np.where(np.isnan(x), nearest, x * scaling.columns)
            event = progress.SolverEvent("point", model.objective(own), number(bound), own)
        on_event(event)

    return Watch(variables, known, tell)


def _kind(objective: float | None, x: Floats | None) -> Literal["point", "log", "bound"]:
    if x is not None:
        return "point"
    return "bound" if objective is None else "log"


def judge_nonlinear(model: ConcreteModel) -> Judge:
    """What lets a point pass that keeps a Pyomo model, in whole numbers where it has these. The
    point has the order in which `points.variables` gives them."""
    variables = points.variables(model)

    def judge(x: Floats) -> Outcome | None:
        if len(x) != len(variables):
            return None
        for variable, value in zip(variables, x.tolist(), strict=True):
            if not variable.fixed:
                variable.set_value(None if np.isnan(value) else value, skip_validation=True)
        outcome = _judge(model, EngineRun(Status.TIME_LIMIT, ON_ITS_WAY, "", has_point=True))
        return outcome if outcome.status.has_solution and points.dust(model) == 0.0 else None

    return judge


def _read_linear(
    model: LinearModel, scaling: Scaling, built: ConcreteModel, run: EngineRun
) -> Outcome:
    x = _values(model, scaling, built) if run.has_point else None
    outcome = verify_point.judge(model, run.status, run.message, x)
    if not outcome.status.has_solution:
        return outcome
    if run.bound is not None:
        outcome = replace(outcome, bound=run.bound / scaling.objective)
    if model.has_integers or not run.duals:
        return outcome
    duals, reduced = np.zeros(len(model.row_lower)), np.zeros(len(model.cost))
    for r, row in built.c.items():
        duals[r] = run.duals[row] * scaling.rows[r] / scaling.objective
    for j, variable in built.x.items():
        # A variable in no row and not in the objective never reached the solver.
        cost = run.reduced_costs.get(variable, 0.0)
        reduced[j] = cost / scaling.columns[j] / scaling.objective
    return replace(
        outcome,
        duals=dict(zip(model.row_names, verify_point.plain(duals), strict=True)),
        reduced_costs=dict(zip(model.column_names, verify_point.plain(reduced), strict=True)),
    )


def _values(model: LinearModel, scaling: Scaling, built: ConcreteModel) -> np.ndarray:
    """The point, with variables that never reached the solver as near to zero as they may be."""
    nearest = np.clip(0.0, model.lower, model.upper)
    found = [variable.value for variable in built.x.values()]
    missing = np.array([number is None for number in found])
    known = np.array([0.0 if number is None else number for number in found])
    return np.where(missing, nearest, known * scaling.columns)


def _only_nearby(run: EngineRun) -> EngineRun:
    status = {Status.OPTIMAL: Status.FEASIBLE, Status.INFEASIBLE: Status.ERROR}
    run.status = status.get(run.status, run.status)
    run.message += " (a local solver: it proves nothing about points elsewhere)"
    return run


def _which(engine: Engine, model: ConcreteModel, options: SolveOptions) -> Outcome:
    """Infeasible or unbounded: without its objective the model is one or it is not."""
    objective = points.objectives(model)[0]
    objective.deactivate()
    progress.tell("resumed")
    run = engine.run(model, options)
    progress.tell("returned")
    objective.activate()
    if run.status is Status.INFEASIBLE:
        return Outcome(Status.INFEASIBLE)
    if _judge(model, run).status.has_solution:
        return Outcome(Status.UNBOUNDED)
    return Outcome(Status.INFEASIBLE_OR_UNBOUNDED, message=run.message)


def _judge(model: ConcreteModel, run: EngineRun) -> Outcome:
    """As `verify_point.judge`, for a point that lies in the variables of a Pyomo model."""
    if run.status in (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED):
        return Outcome(run.status)
    if not run.has_point:
        status = Status.ERROR if run.status.has_solution else run.status
        return Outcome(status, message=f"the solver ended with {run.message!r} and no solution")
    points.fill(model)
    if broken := points.broken_by(model):
        return Outcome(Status.ERROR, message=f"the solver ended with {run.message!r}, but {broken}")
    points.settle(model)
    objective = sum(points.evaluate(o.expr) for o in points.objectives(model))
    if not np.isfinite(objective):
        return Outcome(Status.ERROR, message=f"the objective at its point is {objective!r}")
    slacks = {points.name_of(c): points.slack_of(c) for c in points.constraints(model)}
    proven = run.status is Status.OPTIMAL
    return Outcome(
        Status.OPTIMAL if proven else Status.FEASIBLE,
        objective=objective + 0.0,
        bound=run.bound,
        values={points.name_of(v): v.value + 0.0 for v in points.variables(model)},
        duals={points.name_of(c): dual + 0.0 for c, dual in run.duals.items()},
        reduced_costs={points.name_of(v): cost + 0.0 for v, cost in run.reduced_costs.items()},
        slacks={name: slack for name, slack in slacks.items() if np.isfinite(slack)},
        message="" if proven else f"the solver ended with {run.message!r}",
    )
