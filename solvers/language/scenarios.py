"""Scenarios written out: one formulation in which what differs between them has one more index.

Whatever depends on a parameter that differs, or on a decision that is taken later, is stated once
for each scenario; everything else stays as it is (the extensive form).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.differing import differing
from optwright.solvers.language.notation import chain_text
from optwright.solvers.language.parts import every_name, free_name
from optwright.solvers.language.transform import rebuilt
from optwright.solvers.model.formulation import (
    Constraint,
    Formulation,
    IndexSet,
    Measure,
    NamedExpression,
    Objective,
    Parameter,
    Scenarios,
    Values,
    Variable,
)


def without_scenarios(formulation: Formulation) -> Formulation:
    """The formulation in its extensive form, itself where it has no scenarios.

    Raises `FormulationError` where it cannot be: a set, or the bounds of an earlier decision, that
    differ between scenarios; values of some scenarios alone for what a table holds.
    """
    return formulation if formulation.scenarios is None else _Writer(formulation).run()


class _Writer:
    def __init__(self, formulation: Formulation) -> None:
        assert formulation.scenarios is not None
        self._stated = formulation
        self._scenarios: Scenarios = formulation.scenarios
        taken = every_name(formulation)
        self.set = free_name("scenario", taken)
        self._loop = free_name("s", taken | {self.set})
        self._probability = free_name("probability", taken | {self.set, self._loop})
        cases = self._scenarios.cases
        self._valued = {name for case in cases for name in case.values}
        self._scaled = {name for case in cases for name in case.factors}
        parts = {self.set, self._loop, self._probability}
        self._factor = {name: free_name(f"{name}_factor", taken | parts) for name in self._scaled}
        self._later = set(self._scenarios.later)
        self._differ = differing(formulation)
        self._expressions = {e.name for e in formulation.expressions if e.name in self._differ}

    def run(self) -> Formulation:
        stated = self._stated
        for index_set in stated.sets:
            self._check_set(index_set)
        objectives = tuple(map(self._objective, stated.objectives))
        return stated.model_copy(
            update={
                "scenarios": None,
                "sets": (*stated.sets, self._cases()),
                "parameters": (
                    *map(self._parameter, stated.parameters),
                    *(self._factors(name) for name in sorted(self._scaled)),
                    *self._probabilities(),
                ),
                "variables": tuple(map(self._variable, stated.variables)),
                "expressions": tuple(map(self._expression, stated.expressions)),
                "objective": objectives[0],
                "further_objectives": objectives[1:],
                "constraints": tuple(map(self._constraint, stated.constraints)),
            }
        )

    # What the scenarios are

    def _cases(self) -> IndexSet:
        names = tuple(case.name for case in self._scenarios.cases)
        return IndexSet(name=self.set, members=names, meaning="what may happen")

    def _probabilities(self) -> Iterator[Parameter]:
        cases = self._scenarios.cases
        if self._scenarios.measure is Measure.WORST:
            return
        each = 1 / len(cases)
        values = {c.name: each if c.probability is None else c.probability for c in cases}
        yield Parameter(name=self._probability, indices=(self.set,), values=values)

    def _factors(self, name: str) -> Parameter:
        values = {case.name: case.factors.get(name, 1.0) for case in self._scenarios.cases}
        return Parameter(name=self._factor[name], indices=(self.set,), values=values)

    def _parameter(self, stated: Parameter) -> Parameter:
        if stated.name not in self._valued:
            return stated
        values: dict[str, Any] = {}
        for case in self._scenarios.cases:
            given = case.values.get(stated.name)
            if stated.column is not None and given is None:
                raise FormulationError(
                    f"{stated.name!r} comes from a table, and scenario {case.name!r} gives no "
                    "values for it where others do",
                    hint="give it factors in each scenario, or values in all of them",
                )
            values[case.name] = _over(stated.values, given)
        indices = (self.set, *stated.indices)
        return stated.model_copy(update={"indices": indices, "values": values, "column": None})

    # What is stated

    def _depends(self, *nodes: ex.Node) -> bool:
        return any(not self._differ.isdisjoint(ex.names(node)) for node in nodes)

    def _changed(self, ref: ex.Ref) -> ex.Expr:
        at = ex.Ref(self._loop)
        name, node = ref.name, ref
        if name in self._valued | self._later | self._expressions:
            node = ex.Ref(name, (at, *ref.indices))
        if name in self._scaled:
            return ex.Binary("*", ex.Ref(self._factor[name], (at,)), node)
        return node

    def _text(self, text: str) -> str:
        return ex.to_text(rebuilt(ex.parse(text), self._changed, self._member)) if text else ""

    def _member(self, node: ex.Comparison | ex.Membership) -> ex.Condition:
        """`(i, j) in cost`, where the cost differs, asks for the scenario's own."""
        if isinstance(node, ex.Comparison) or node.collection not in self._valued:
            return node
        return ex.Membership((ex.Ref(self._loop), *node.items), node.collection, node.negated)

    def _forall(self, text: str) -> str:
        inner = ex.parse_forall(text)
        loops = rebuilt(inner, self._changed, self._member).generators
        return ex.to_text(ex.Forall((ex.Generator(self._loop, self.set), *loops)))

    def _check_set(self, stated: IndexSet) -> None:
        if stated.expression and ex.set_names(ex.parse_set(stated.expression)) & self._differ:
            raise FormulationError(
                f"the set {stated.name!r} differs between scenarios; a set is the same in all",
                hint="use the largest set, and a parameter that is 0 where a member is not there",
            )

    def _variable(self, stated: Variable) -> Variable:
        texts = [t for t in (stated.lower_expression, stated.upper_expression) if t]
        depends = self._depends(ex.parse_forall(stated.forall), *map(ex.parse, texts))
        if stated.name not in self._later:
            if depends:
                raise FormulationError(
                    f"{stated.name!r} is decided before the scenario is known, and its bounds "
                    "differ between scenarios",
                    hint="state the bound as a constraint, or list the decision under 'later'",
                )
            return stated
        forall = stated.forall
        if texts and stated.indices and not forall:
            raise FormulationError(
                f"{stated.name!r} is decided for each scenario, and its bounds are expressions; "
                "write its loops under 'forall'"
            )
        return stated.model_copy(
            update={
                "indices": (self.set, *stated.indices),
                "forall": self._forall(forall) if forall or depends else "",
                "lower_expression": self._text(stated.lower_expression),
                "upper_expression": self._text(stated.upper_expression),
            }
        )

    def _expression(self, stated: NamedExpression) -> NamedExpression:
        if stated.name not in self._expressions:
            return stated
        said = {
            "expression": self._text(stated.expression),
            "forall": self._forall(stated.forall),
        }
        return stated.model_copy(update=said)

    def _constraint(self, stated: Constraint) -> Constraint:
        statements = ex.parse_constraint(stated.expression)
        if not self._depends(ex.parse_forall(stated.forall), *statements):
            return stated
        parts = [rebuilt(s, self._changed, self._member) for s in statements]
        return stated.model_copy(
            update={"expression": chain_text(parts), "forall": self._forall(stated.forall)}
        )

    def _objective(self, stated: Objective) -> Objective:
        if not self._depends(ex.parse(stated.expression)):
            return stated
        if stated.forall:
            raise FormulationError(
                "an objective that is stated for each of a set of scenarios differs between other "
                "scenarios too; state scenarios in one way"
            )
        return stated.model_copy(
            update={
                "expression": self._text(stated.expression),
                "forall": f"{self._loop} in {self.set}",
                "probability": ""
                if self._scenarios.measure is Measure.WORST
                else f"{self._probability}[{self._loop}]",
                "measure": self._scenarios.measure,
                "level": self._scenarios.level,
            }
        )


def _over(base: Values | None, given: Values | None) -> Values | None:
    """Values with those that a scenario gives in their place."""
    if given is None:
        return base
    if not (isinstance(base, dict) and isinstance(given, dict)):
        return given
    return {
        key: _over(base.get(key), given.get(key))  # type: ignore[misc]  # one of the two is there
        for key in dict.fromkeys((*base, *given))
    }
