"""A reader that knows a right model: for measuring what questions find without anybody's errors.

It answers by the model alone. Where the draft's decisions are the model's, by name or by a
mapping, a plan is looked up in the model; where the model has decisions that the draft has not,
or the plan leaves some open, a solver looks for values of these that the model allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from optwright.agents.checks.plans.question import (
    FAULTLESS,
    Answer,
    Asks,
    Plan,
    Question,
    Reading,
    Reliability,
    Verdict,
)
from optwright.errors import OptwrightError
from optwright.solvers.backends.point_evaluation import TOLERANCE, PointEvaluation
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.protocol import FromArrays
from optwright.solvers.backends.solver import solve
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.linear_model import LinearModel
from optwright.solvers.model.outcome import SolveOptions, Status


@dataclass(frozen=True)
class PerfectReader:
    """Answers from a right model. `names` maps decisions (or single elements) of the draft to
    those of the model where they are called otherwise. Raises `FormulationError` and `DataError`
    for a model that cannot be joined with its `tables`."""

    formulation: Formulation
    names: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    name: str = "a right model"
    arithmetic: float = 1e-5
    reliability: Reliability = FAULTLESS

    def read(self, question: Question) -> Reading:
        """Judge every plan; `cannot tell` where the model cannot be evaluated at it."""
        known = self._known(question)
        answers = tuple(self._answer(plan, known) for plan in question.plans)
        return Reading(answers, self.formulation.objective.sense)

    def _known(self, question: Question) -> frozenset[str]:
        """The model's elements that the draft has too."""
        names = {self._mapped(decision.name) for decision in question.decisions}
        named = set(self.names.values())
        return frozenset(e for e in self._elements if e.split("[")[0] in names or e in named)

    @cached_property
    def _model(self) -> PointEvaluation:
        return PointEvaluation.of(self.formulation, self.tables)

    def _answer(self, plan: Plan, known: frozenset[str]) -> Answer:
        try:
            amounts = {self._mapped(element): v for element, v in plan.amounts.items()}
            totals = {self._mapped(name): v for name, v in plan.totals.items()}
            if not amounts.keys() <= self._elements:
                return Answer(plan.number)  # a decision that this model does not have
            loose = self._elements - self._settled(plan, known)
            if plan.asks is Asks.VALUE:
                return self._value(plan, amounts, loose)
            if not loose:
                return self._judged(plan, amounts)
            return self._completed(plan, amounts, totals, loose)
        except OptwrightError:
            return Answer(plan.number)

    def _settled(self, plan: Plan, known: frozenset[str]) -> frozenset[str]:
        """The model's elements that a plan settles."""
        if plan.only:
            return known & {self._mapped(element) for element in plan.only}
        still_open = {self._mapped(name) for name in plan.open}
        return frozenset(e for e in known if e.split("[")[0] not in still_open)

    def _judged(self, plan: Plan, amounts: Mapping[str, float]) -> Answer:
        missed = self._model.misses(amounts)
        words = self._words.get(missed[0].constraint, "") if missed else ""
        verdict = Verdict.NOT_ALLOWED if missed else Verdict.ALLOWED
        return Answer(plan.number, verdict, words)

    def _value(self, plan: Plan, amounts: Mapping[str, float], loose: frozenset[str]) -> Answer:
        linear = self._linear
        if loose and (
            linear is None
            or any(
                cost for cost, e in zip(linear.cost, linear.column_names, strict=True) if e in loose
            )
        ):
            return Answer(plan.number)  # what is open counts, so there is no one value
        return Answer(plan.number, value=self._model.objective(amounts))

    def _completed(
        self,
        plan: Plan,
        amounts: Mapping[str, float],
        totals: Mapping[str, float],
        loose: frozenset[str],
    ) -> Answer:
        """Whether the model allows some values for what the plan does not settle."""
        if self._linear is None:
            return Answer(plan.number)
        status = _solved_with(self._linear, self._elements - loose, amounts, totals)
        if status.has_solution or status is Status.UNBOUNDED:
            return Answer(plan.number, Verdict.ALLOWED)
        if status is Status.INFEASIBLE:
            return Answer(plan.number, Verdict.NOT_ALLOWED)
        return Answer(plan.number)

    @cached_property
    def _linear(self) -> LinearModel | None:
        return Program(self.formulation, self.tables).arrays

    def _mapped(self, element: str) -> str:
        """The model's name of an element of the draft."""
        if element in self.names:
            return self.names[element]
        name, bracket, members = element.partition("[")
        return f"{self.names.get(name, name)}{bracket}{members}"

    @cached_property
    def _elements(self) -> frozenset[str]:
        return frozenset(self._model.elements)

    @cached_property
    def _words(self) -> dict[str, str]:
        return {c.name: c.text for c in self.formulation.constraints}


def _solved_with(
    model: LinearModel,
    settled: frozenset[str],
    amounts: Mapping[str, float],
    totals: Mapping[str, float],
) -> Status:
    """What solving ends in with the settled elements at their amounts, and totals kept."""
    lower, upper = model.lower.copy(), model.upper.copy()
    for place, element in enumerate(model.column_names):
        if element in settled:
            value = amounts.get(element, 0.0)
            size = max(1.0, abs(value))
            whole = not model.integer[place] or abs(value - round(value)) <= TOLERANCE * size
            inside = lower[place] - TOLERANCE * size <= value <= upper[place] + TOLERANCE * size
            if not (whole and inside):
                return Status.INFEASIBLE
            lower[place] = upper[place] = value
    fixed = replace(model, lower=lower, upper=upper)
    for name, total in totals.items():
        fixed = _with_total(fixed, name, total)
    return solve(FromArrays(fixed), "highs", SolveOptions(time_limit_s=5.0)).status


def _with_total(model: LinearModel, name: str, total: float) -> LinearModel:
    """The model with one row more: what a decision's elements come to in all."""
    columns = [j for j, e in enumerate(model.column_names) if e.split("[")[0] == name]
    near = TOLERANCE * max(1.0, abs(total))
    return replace(
        model,
        row_lower=np.append(model.row_lower, total - near),
        row_upper=np.append(model.row_upper, total + near),
        starts=np.append(model.starts, model.starts[-1] + len(columns)).astype(np.int32),
        columns=np.append(model.columns, columns).astype(np.int32),
        coefficients=np.append(model.coefficients, np.ones(len(columns))),
        row_names=[*model.row_names, f"{name} in all"],
    )
