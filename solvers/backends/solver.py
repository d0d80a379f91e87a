"""Solving: one Protocol for every solver, the names they go by, and the choice among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from optwright.solvers.model.outcome import DEFAULT_OPTIONS, Outcome, Progress, SolveOptions

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from optwright.solvers.model.linear_model import LinearModel


class Model(Protocol):
    """What a solver is given; `Program` is one."""

    @property
    def arrays(self) -> LinearModel | None:
        """The model as arrays, or None where it is not linear or not known but as LP text."""
        ...

    @property
    def lp_text(self) -> str | None:
        """LP text that is still to be read; a model has this or `pyomo`."""
        ...

    def pyomo(self) -> ConcreteModel:
        """The model as a Pyomo model that the solver may change."""
        ...


@dataclass(frozen=True, slots=True)
class FromArrays:
    """A linear model that there are only arrays of."""

    arrays: LinearModel
    lp_text: None = field(default=None, init=False)

    def pyomo(self) -> ConcreteModel:
        from optwright.solvers.backends.pyomo_arrays import to_pyomo

        return to_pyomo(self.arrays)


@dataclass(frozen=True, slots=True)
class FromPyomo:
    """A model that was written in Pyomo."""

    model: ConcreteModel
    arrays: None = field(default=None, init=False)
    lp_text: None = field(default=None, init=False)

    def pyomo(self) -> ConcreteModel:
        return self.model


class Solver(Protocol):
    """Something that solves models.

    `solve` returns an `Outcome`, also for models that have no solution or that this solver
    cannot take (status error, with the reason). It raises `FormulationError` for a model that
    holds a number that is none, and `Unavailable` where the solver is not installed.
    """

    @property
    def name(self) -> str: ...

    def solve(self, model: Model, options: SolveOptions = ...) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Auto:
    """HiGHS for what it proves optimal, SCIP for the rest; the message says which, and why."""

    name: str = field(default="auto", init=False)

    def solve(self, model: Model, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
        solver, why, model = _choose(model)
        outcome = solver.solve(model, options)
        said = f"{solver.name}, because {why}"
        return replace(outcome, message="; ".join(filter(None, (said, outcome.message))))


def _choose(model: Model) -> tuple[Solver, str, Model]:
    """The solver, the reason, and the model - built, if the choice needed that."""
    if model.arrays is not None:
        integers = "with integers" if model.arrays.has_integers else "and continuous"
        return open_solver("highs"), f"the model is linear {integers}", model
    from optwright.solvers.backends.pyomo_points import is_convex_qp, is_linear

    built = FromPyomo(model.pyomo())
    if is_linear(built.model):
        return open_solver("highs"), "the model is linear", built
    if is_convex_qp(built.model):
        return open_solver("highs"), "the model is quadratic and convex", built
    return open_solver("scip"), "the model is nonlinear and not known to be convex", built


def open_solver(name: str = "auto") -> Solver:
    """The solver of that name, in this process; whether it is installed shows when it solves."""
    if name == "auto":
        return Auto()
    if name == "highs":
        from optwright.solvers.backends.highs import Highs

        return Highs()
    if name == "alns":
        from optwright.solvers.backends.alns.engine import Alns

        return Alns()
    if name == "cpsat":
        from optwright.solvers.backends.cpsat import CpSat

        return CpSat()
    from optwright.solvers.backends.pyomo_solver import PyomoSolver

    return PyomoSolver(name)


def demand_solver(name: str) -> None:
    """Raise `SolverMissing` where no solver of that name is installed."""
    if name == "cpsat":
        from optwright.solvers.backends.cpsat import demand

        demand()
    elif name not in ("auto", "highs", "alns"):
        from optwright.solvers.backends.pyomo_engines import find

        find(name)


def solve(
    model: Model,
    solver: str = "auto",
    options: SolveOptions = DEFAULT_OPTIONS,
    on_progress: Callable[[Progress], None] | None = None,
) -> Outcome:
    """Solve a model with the solver of that name; it ends within about a second of its limit.

    A program with several objectives, goals or scenarios is solved in stages, and `reached` says
    what each came to. `auto` takes HiGHS for linear and convex quadratic models, SCIP for others,
    and CP-SAT for models with intervals where it is installed. `on_progress` is told each better
    point and bound of HiGHS and CP-SAT. A limit, a kill of the solver or Ctrl-C loses no point that
    it told: the outcome is `feasible` then. Raises as `Solver` says.
    """
    from optwright.solvers.backends.worker import Killable

    engine = Killable(solver, on_progress)
    if getattr(model, "stages", ()):
        from optwright.solvers.backends.staged import solve_stages

        return solve_stages(model, engine.solve, options)  # type: ignore[arg-type]  # a program
    return engine.solve(model, options)
