"""The names that solvers go by, and the choice among them.

A solver of our own is a module of this package that is called like it and is an `OwnEngine`;
everything else is looked for in Pyomo.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol, cast

from optwright.solvers.backends.protocol import FromPyomo, Solvable, Solver
from optwright.solvers.model.outcome import DEFAULT_OPTIONS, Outcome, SolveOptions


@dataclass(frozen=True, slots=True)
class Auto:
    """HiGHS for what it proves optimal, SCIP for the rest; the message says which, and why."""

    name: str = field(default="auto", init=False)

    def solve(self, model: Solvable, options: SolveOptions = DEFAULT_OPTIONS) -> Outcome:
        solver, why, model = _choose(model)
        outcome = solver.solve(model, options)
        said = f"{solver.name}, because {why}"
        return replace(outcome, message="; ".join(filter(None, (said, outcome.message))))


def _choose(model: Solvable) -> tuple[Solver, str, Solvable]:
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
    own = own_engine(name)
    if own is not None:
        return own.open_engine()
    from optwright.solvers.backends.pyomo_solver import PyomoSolver

    return PyomoSolver(name)


def demand_solver(name: str) -> None:
    """Raise `SolverMissing` where no solver of that name is installed."""
    own = own_engine(name)
    if own is not None:
        own.demand()
    elif name != "auto":
        from optwright.solvers.backends.pyomo_engines import find

        find(name)


class OwnEngine(Protocol):
    """A module of this package that is an engine: `optwright.solvers.backends.NAME`."""

    def open_engine(self) -> Solver:
        """The solver; the library behind it is loaded when it solves."""
        ...

    def demand(self) -> None:
        """Raise `SolverMissing` where the library behind it is not installed."""
        ...


def own_engine(name: str) -> OwnEngine | None:
    """The module of this package that is the engine of that name; None for a solver of Pyomo's."""
    home = __name__.rpartition(".")[0]
    if not name.isidentifier() or find_spec(f"{home}.{name}") is None:
        return None
    module = import_module(f"{home}.{name}")
    return cast(OwnEngine, module) if hasattr(module, "open_engine") else None
