"""Running a Pyomo model: the only module that knows Pyomo's solver interfaces.

Solvers of the current interface (`pyomo.contrib.solver`) are preferred; names that only the older
registry knows (`cbc`, `glpk`, ...) go through that. Not safe in threads: Pyomo redirects the
standard output of the whole process while it solves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass, field
from math import isfinite
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol

from optwright.errors import SolverMissing
from optwright.solvers.backends.engine_logs import FORMATS, LogReader, written_by_line
from optwright.solvers.backends.engine_options import guessed
from optwright.solvers.backends.highs_threads import new_thread_pool
from optwright.solvers.model.outcome import SolveOptions, Status

if TYPE_CHECKING:
    from pyomo.contrib.solver.common.solution_loader import SolutionLoader
    from pyomo.core.base.var import VarData
    from pyomo.environ import ConcreteModel

    from optwright.solvers.backends.scip_events import Tell

STATUSES = {
    "convergenceCriteriaSatisfied": Status.OPTIMAL,
    "maxTimeLimit": Status.TIME_LIMIT,
    "iterationLimit": Status.ERROR,
    "objectiveLimit": Status.ERROR,
    "minStepLength": Status.ERROR,
    "unbounded": Status.UNBOUNDED,
    "provenInfeasible": Status.INFEASIBLE,
    "locallyInfeasible": Status.ERROR,  # no point found, none excluded
    "infeasibleOrUnbounded": Status.INFEASIBLE_OR_UNBOUNDED,
    "error": Status.ERROR,
    "interrupted": Status.ERROR,
    "licensingProblems": Status.ERROR,
    "emptyModel": Status.ERROR,
    "unknown": Status.ERROR,
}
"""`pyomo.contrib.solver.common.results.TerminationCondition`, by name."""

OLDER_STATUSES = {
    "unknown": Status.ERROR,
    "maxTimeLimit": Status.TIME_LIMIT,
    "maxIterations": Status.ERROR,
    "minFunctionValue": Status.ERROR,
    "minStepLength": Status.ERROR,
    "globallyOptimal": Status.OPTIMAL,
    "locallyOptimal": Status.FEASIBLE,
    "feasible": Status.FEASIBLE,
    "optimal": Status.OPTIMAL,
    "maxEvaluations": Status.ERROR,
    "other": Status.ERROR,
    "unbounded": Status.UNBOUNDED,
    "infeasible": Status.INFEASIBLE,
    "infeasibleOrUnbounded": Status.INFEASIBLE_OR_UNBOUNDED,
    "invalidProblem": Status.ERROR,
    "intermediateNonInteger": Status.ERROR,
    "noSolution": Status.ERROR,
    "solverFailure": Status.ERROR,
    "internalSolverError": Status.ERROR,
    "error": Status.ERROR,
    "userInterrupt": Status.ERROR,
    "resourceInterrupt": Status.ERROR,
    "licensingProblems": Status.ERROR,
}
"""`pyomo.opt.TerminationCondition`, by name."""

PYOMO_NAMES = {"scip": "scip_direct"}
PACKAGES = {"scip_direct": "pyscipopt"}
OLDER_NAMES = (
    *("appsi_highs", "baron", "cbc", "conopt", "cplex", "cplex_direct", "cyipopt"),
    *("glpk", "gurobi", "mosek_direct", "xpress_direct"),
)
"""What `installed` looks for in the older registry, which is slow to say all that is there."""

SEEDS = {"highs": "random_seed", "scip_direct": "randomization/randomseedshift"}
TIGHTER = {"scip_direct": {"numerics/feastol": 1e-7}}
"""SCIP keeps rows to 1e-6 by default, which is where we stop believing a point."""


@dataclass(slots=True)
class EngineRun:
    """How a run ended; its point, if there is one, is in the variables of the model.

    `duals` and `reduced_costs` go by constraint and variable and are empty where the solver
    gives none, or gives them with signs nobody has checked.
    """

    status: Status
    message: str
    solver: str
    has_point: bool = False
    bound: float | None = None
    duals: Mapping[Any, float] = field(default_factory=dict)
    reduced_costs: Mapping[Any, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watch:
    """Where an engine begins, and who hears of its way.

    `tell(objective, bound, point)` gets what is new, None for what is not known; the point in the
    order of `variables`, NaN for one that never reached the solver. SCIP tells points, CBC and GLPK
    the numbers of their log, others nothing. SCIP and CBC begin at `start`.
    """

    variables: Sequence[VarData] = ()
    start: Sequence[tuple[VarData, float]] = ()
    tell: Tell | None = None


UNWATCHED = Watch()


class Engine(Protocol):
    """A solver that is installed. `run` puts the point it finds into the model's variables."""

    def run(
        self, model: ConcreteModel, options: SolveOptions, watch: Watch = UNWATCHED
    ) -> EngineRun: ...


_looking = RLock()  # Pyomo redirects the whole process's output while it looks for an engine


def find(name: str) -> Engine:
    """The solver of that name; `SolverMissing` where it is not installed."""
    with _looking:
        return _found(name)


def _found(name: str) -> Engine:
    current, older_registry = _registries()
    pyomo_name = PYOMO_NAMES.get(name, name)
    if pyomo_name in current:
        solver = current(pyomo_name)
        if solver.available():
            return CurrentEngine(pyomo_name, solver)
        if pyomo_name in PACKAGES:
            package = PACKAGES[pyomo_name]
            raise SolverMissing(f"{package!r} is not installed", hint=f"pip install {package}")
    elif pyomo_name in older_registry:
        older = older_registry(pyomo_name)
        if older.available(exception_flag=False):
            return OlderEngine(pyomo_name, older)
    raise SolverMissing(
        f"solver {name!r} is not installed", hint=f"installed: {', '.join(installed())}"
    )


def installed() -> list[str]:
    """The names `find` would find, ours first where a solver has two."""
    with _looking:
        return _listed()


def _listed() -> list[str]:
    current, older_registry = _registries()
    ours = {pyomo_name: name for name, pyomo_name in PYOMO_NAMES.items()}
    found = [ours.get(name, name) for name in current if current(name).available()]
    older = [n for n in OLDER_NAMES if older_registry(n).available(exception_flag=False)]
    return sorted({*found, *older})


def _registries() -> tuple[Any, Any]:
    """Pyomo's current and its older registry; importing `pyomo.environ` is what fills them."""
    import pyomo.environ
    from pyomo.contrib.solver.common.factory import SolverFactory

    return SolverFactory, pyomo.environ.SolverFactory


@dataclass(frozen=True, slots=True)
class CurrentEngine:
    """A solver of Pyomo's current interface."""

    name: str
    solver: Any

    def run(
        self, model: ConcreteModel, options: SolveOptions, watch: Watch = UNWATCHED
    ) -> EngineRun:
        from pyomo.common.errors import PyomoException

        solver = self.solver
        if self.name.startswith("scip"):
            replace_abs(model)
        if self.name == "scip_direct":
            from optwright.solvers.backends.scip_events import listening_scip

            solver = listening_scip(watch.variables, watch.start, watch.tell)
        if self.name == "highs":
            new_thread_pool()
        try:
            results = solver.solve(
                model,
                load_solutions=False,
                raise_exception_on_nonoptimal_result=False,
                solver_options=self._solver_options(options),
                **self._limits(options),
            )
        # What the interfaces raise for an expression their solver does not know.
        except (PyomoException, NotImplementedError, TypeError, ValueError) as error:
            return EngineRun(Status.ERROR, message=str(error), solver=self.name)
        version = ".".join(map(str, results.solver_version or ()))
        run = EngineRun(
            STATUSES.get(results.termination_condition.name, Status.ERROR),
            message=results.termination_condition.name,
            solver=f"{self.name.removesuffix('_direct')} {version}".strip(),
            bound=_finite(results.objective_bound),
        )
        if run.status is not Status.UNBOUNDED and results.solution_status.name in _POINTS:
            results.solution_loader.load_vars()
            run.has_point = True
        if self.name == "highs" and run.status is Status.OPTIMAL:
            self._load_duals(results.solution_loader, run)
        return run

    def _limits(self, options: SolveOptions) -> dict[str, float]:
        limits = {"time_limit": options.time_limit_s}
        if "rel_gap" in self.solver.config:  # branch and bound
            limits |= {"rel_gap": options.mip_gap, "threads": options.threads}
        return limits

    def _solver_options(self, options: SolveOptions) -> dict[str, bool | int | float | str]:
        seed = {SEEDS[self.name]: options.seed} if self.name in SEEDS else {}
        own = {name: guessed(text) for name, text in options.engine.items()}
        return {**TIGHTER.get(self.name, {}), **seed, **own}

    @staticmethod
    def _load_duals(loader: SolutionLoader, run: EngineRun) -> None:
        from pyomo.contrib.solver.common.util import NoDualsError

        try:
            run.duals, run.reduced_costs = loader.get_duals(), loader.get_reduced_costs()
        except NoDualsError:  # a model with integers
            return


_POINTS = ("optimal", "feasible")


@dataclass(frozen=True, slots=True)
class OlderEngine:
    """A solver of Pyomo's older registry; it takes a time limit and options by its own names."""

    name: str
    solver: Any

    def run(
        self, model: ConcreteModel, options: SolveOptions, watch: Watch = UNWATCHED
    ) -> EngineRun:
        log = _log_reader(self.name, model, watch)
        how: dict[str, Any] = {}
        if log is not None:
            how["tee"] = True
            written_by_line(self.solver)
        if watch.start and self.solver.warm_start_capable():
            how["warmstart"] = True
            for variable, value in watch.start:
                variable.set_value(value, skip_validation=True)
        # Pyomo writes the log as it comes to what is the standard output then.
        with nullcontext() if log is None else redirect_stdout(log):
            results = self.solver.solve(
                model,
                load_solutions=False,
                timelimit=max(1, round(options.time_limit_s)),
                options={name: guessed(text) for name, text in options.engine.items()},
                **how,
            )
        condition = results.solver.termination_condition
        status = OLDER_STATUSES.get(condition.name, Status.ERROR)
        run = EngineRun(status, message=condition.name, solver=self.name)
        if log is not None and status is not Status.OPTIMAL:
            run.bound = log.bound
        if len(results.solution) and status is not Status.UNBOUNDED:
            model.solutions.load_from(results)
            run.has_point = True
        return run


def _log_reader(name: str, model: ConcreteModel, watch: Watch) -> LogReader | None:
    """What reads the log of an engine as it is written; None where its form is not known."""
    from pyomo.environ import Objective, maximize

    if name not in FORMATS:
        return None
    sought = next(model.component_data_objects(Objective, active=True), None)
    tell = watch.tell
    return LogReader(
        FORMATS[name],
        sought is not None and sought.sense == maximize,
        lambda objective, bound: None if tell is None else tell(objective, bound, None),
    )


def replace_abs(model: ConcreteModel) -> None:
    """Write `abs(e)` as `sqrt(e ** 2)` throughout, which SCIP reads as the absolute value again.

    Pyomo's interface to SCIP knows the function but not the node that `abs` makes (6.10.1).
    """
    import pyomo.environ as pyo
    from pyomo.core.expr.numeric_expr import AbsExpression
    from pyomo.core.expr.visitor import ExpressionReplacementVisitor, identify_components

    class Rewrite(ExpressionReplacementVisitor):  # type: ignore[misc]  # Pyomo is untyped
        def exitNode(self, node: Any, data: Any) -> Any:  # noqa: N802 (Pyomo's own name)
            node = super().exitNode(node, data)
            return pyo.sqrt(node.arg(0) ** 2) if isinstance(node, AbsExpression) else node

    rewrite = Rewrite().walk_expression
    for constraint in model.component_data_objects(pyo.Constraint, active=True):
        # Asking whether a node is there, not for its truth: an expression of variables has none.
        if next(identify_components(constraint.body, {AbsExpression}), None) is not None:
            constraint.set_value((constraint.lb, rewrite(constraint.body), constraint.ub))
    for objective in model.component_data_objects(pyo.Objective, active=True):
        objective.set_value(rewrite(objective.expr))


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None
