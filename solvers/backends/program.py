"""A program: a formulation joined with its tables, in the forms that solvers take.

A program that generated code handed out is only its LP text; it comes from `Program.from_lp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from optwright.errors import FormulationError, InputError
from optwright.solvers.data.table import Table
from optwright.solvers.language.checks import check
from optwright.solvers.language.findings import refuse_errors
from optwright.solvers.model.formulation import Diagnostic, Formulation

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
            refuse_errors(check(self.typed))

    @classmethod
    def from_lp(cls, text: str) -> Program:
        """The program an LP file states."""
        return cls(lp_text=text)

    @cached_property
    def typed(self) -> Formulation:
        """The formulation with the kinds of values that only its tables tell: texts, yes and no.
        As it is stated where these cannot be read."""
        from optwright.solvers.data.attributes import with_kinds

        if self.formulation is None:
            raise FormulationError("a program given as LP text has no formulation")
        try:
            return with_kinds(self.formulation, self.tables) if self.tables else self.formulation
        except InputError:
            return self.formulation  # told with its place by the check, or when data is joined

    @cached_property
    def _bound(self) -> Instance:
        from optwright.solvers.data.binding import bind

        return bind(self.typed, self.tables)

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
    def doubts(self) -> tuple[Diagnostic, ...]:
        """What is odd about the formulation once its data is joined: a text that a condition asks
        for and that the data never hold. Raises as `bound` does."""
        from optwright.solvers.data.unheld import unheld

        return () if self.formulation is None else tuple(unheld(self.typed, self._bound))

    @cached_property
    def readings(self) -> tuple[str, ...]:
        """What a reader of its answer should know: `doubts`, and how conditions were read that no
        solver tells apart. Empty where its data cannot be joined or its rows cannot be made; the
        outcome says why."""
        try:
            doubts = tuple(doubt.placed_message for doubt in self.doubts)
        except InputError:
            return ()
        try:  # CP-SAT takes intervals without the bounds that rows need
            return (*doubts, *self.instance.readings)
        except InputError:
            return doubts

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
        return stages(written_out(self.typed))

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
