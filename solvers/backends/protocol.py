"""What every solver is given and what it is: one Protocol each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from optwright.solvers.model.outcome import Outcome, SolveOptions

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from optwright.solvers.model.linear_model import LinearModel


class Solvable(Protocol):
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

    def solve(self, model: Solvable, options: SolveOptions = ...) -> Outcome: ...
