"""Solving: one Protocol for every solver, the names they go by, and the choice among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from optwright.errors import SolverMissing
from optwright.solvers.outcome import DEFAULT_OPTIONS, Outcome, SolveOptions

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from optwright.solvers.arrays import LinearModel


class Model(Protocol):
    """What a solver is given: `Program` is one."""

    @property
    def arrays(self) -> LinearModel | None:
        """The model as arrays, or None where it is not linear."""
        ...

    def pyomo(self) -> ConcreteModel: ...


class Solver(Protocol):
    """Something that solves models.

    `solve` returns an `Outcome`, also for models that have no solution or that this solver
    cannot take (status error, with the reason). It raises `FormulationError` for a model that
    holds a number which is none, and `Unavailable` where the solver is not installed.
    """

    @property
    def name(self) -> str: ...

    def solve(self, model: Model, options: SolveOptions = ...) -> Outcome: ...


def open_solver(name: str = "auto") -> Solver:
    """The solver of that name; `SolverMissing` lists what is here if it is not."""
    if name in ("auto", "highs"):
        from optwright.solvers.highs import Highs

        return Highs()
    raise SolverMissing(f"no solver {name!r}", hint="use one of: auto, highs")


def solve(model: Model, solver: str = "auto", options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
    """Solve a model with the solver of that name and say what came of it."""
    return open_solver(solver).solve(model, options)
