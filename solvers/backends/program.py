"""A program: a formulation joined with its tables, in the forms that solvers take.

A program that generated code handed out is only its LP text; it comes from `Program.from_lp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from optwright.errors import FormulationError
from optwright.solvers.data.table import Table
from optwright.solvers.language.checks import check
from optwright.solvers.model.formulation import Formulation, Severity

if TYPE_CHECKING:
    from pyomo.environ import ConcreteModel

    from optwright.solvers.backends.schedule import Schedule
    from optwright.solvers.data.bound import Instance
    from optwright.solvers.language.stages import Stage
    from optwright.solvers.model.linear_model import LinearModel


@dataclass(frozen=True)
class Program:
    """A formulation with the tables it names, or the LP text of a program.

    Raises `FormulationError` for a formulation in which `check` finds errors. Data is joined when
    a form is first asked for; that may raise `DataError` or `FormulationError`.
    """

    formulation: Formulation | None = None
    tables: Mapping[str, Table] = field(default_factory=dict)
    lp_text: str | None = None

    def __post_init__(self) -> None:
        if (self.formulation is None) == (self.lp_text is None):
            raise FormulationError("a program is a formulation or an LP text, one of the two")
        if self.formulation is not None:
            errors = [f for f in check(self.formulation) if f.severity is Severity.ERROR]
            if errors:
                told = "; ".join(finding.message for finding in errors[:3])
                more = f"; and {len(errors) - 3} more" if len(errors) > 3 else ""
                raise FormulationError(
                    f"the formulation has {len(errors)} errors: {told}{more}",
                    excerpt=next((f.excerpt for f in errors if f.excerpt), ""),
                )

    @classmethod
    def from_lp(cls, text: str) -> Program:
        """The program an LP file states."""
        return cls(lp_text=text)

    @cached_property
    def _bound(self) -> Instance:
        from optwright.solvers.data.binding import bind

        if self.formulation is None:
            raise FormulationError("a program given as LP text has no formulation")
        return bind(self.formulation, self.tables)

    @property
    def bound(self) -> Instance:
        """The formulation with its data joined, as it is stated."""
        return self._bound

    @cached_property
    def instance(self) -> Instance:
        """The formulation with its data joined, and `max`, `min` and `abs` as rows where that
        says the same."""
        from optwright.solvers.backends.linearize import linearize

        return linearize(self._bound)

    @cached_property
    def schedule(self) -> Schedule | None:
        """The program with its statements about intervals as these, for a solver that takes them;
        None where it has none or is not linear beside them."""
        from optwright.solvers.backends.schedule import schedule_of

        return None if self.formulation is None else schedule_of(self._bound)

    @cached_property
    def native_to_cpsat(self) -> tuple[str, ...]:
        """What it states that CP-SAT takes as it is and other solvers as rows: `nooverlap`, ..."""
        from optwright.solvers.backends.schedule import native_kinds

        return () if self.formulation is None else native_kinds(self._bound)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """What is sought one after the other; empty for a program with one plain objective."""
        from optwright.solvers.language.stages import is_plain, stages, written_out

        if self.formulation is None or is_plain(self.formulation):
            return ()
        return stages(written_out(self.formulation))

    @cached_property
    def stated_instance(self) -> Instance:
        """The formulation as it is stated with its data joined: goals and scenarios are not written
        out. For a plain program the same as `instance`."""
        from optwright.solvers.data.binding import bind

        if self.formulation is None or not self.stages:
            return self.instance
        nothing = self.formulation.objective.model_copy(update={"expression": "0", "forall": ""})
        data = {"objective": nothing, "further_objectives": (), "goals": (), "scenarios": None}
        bound = bind(self.formulation.model_copy(update=data), self.tables)
        return replace(bound, formulation=self.formulation)

    @cached_property
    def nonlinear_reason(self) -> str:
        """The part that is not linear, as a sentence; empty if the program is linear."""
        from optwright.solvers.backends.linearity import why_nonlinear

        return "" if self.formulation is None else why_nonlinear(self.instance)

    @cached_property
    def arrays(self) -> LinearModel | None:
        """The program as arrays, or None if it is not linear (`nonlinear_reason` says where) or
        is LP text."""
        from optwright.solvers.backends.arrays import lower

        if self.formulation is None or self.nonlinear_reason:
            return None
        return lower(self.instance)

    def pyomo(self) -> ConcreteModel:
        """A new Pyomo model, its sets, parameters, variables and constraints named as in the
        formulation."""
        from optwright.solvers.backends.pyomo import lower

        return lower(self.instance)
