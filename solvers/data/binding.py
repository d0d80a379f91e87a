"""Joining a formulation with its tables: sets get members, parameters get arrays of numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import isclose

from optwright.errors import FormulationError
from optwright.solvers.data.attributes import with_kinds
from optwright.solvers.data.bound import (
    BoundParameter,
    BoundSet,
    BoundText,
    Family,
    Instance,
    set_of,
)
from optwright.solvers.data.computed_sets import computed_set
from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.data.nested_values import NoSuchValue
from optwright.solvers.data.parameter_binding import bind_parameter, bind_text
from optwright.solvers.data.set_binding import (
    set_from_table,
    set_of_tuples,
    sorted_set,
)
from optwright.solvers.data.stated_for import refuse_unstated, with_plain_bounds, written_out
from optwright.solvers.data.table import Table
from optwright.solvers.data.variable_binding import bind_variables
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.checks import row_names
from optwright.solvers.language.goals import objective_names
from optwright.solvers.language.inline_sets import with_named_sets
from optwright.solvers.language.stages import single
from optwright.solvers.language.transform import write_out
from optwright.solvers.model.formulation import (
    Formulation,
    IndexSet,
    NamedExpression,
    ParameterKind,
)


def bind(formulation: Formulation, tables: Mapping[str, Table]) -> Instance:
    """Join a formulation that `check` finds no errors in with the tables it names.

    Raises `DataError` for a table or column that is not there, a cell that is no number and a
    key that is there twice; a combination without a value is told when something needs it.
    """
    stated = with_named_sets(with_kinds(formulation, tables))
    plain = single(stated)
    formulation = with_plain_bounds(plain)
    binder = _Binder(formulation, tables)
    named = {stated.name: stated for stated in formulation.expressions}
    empty = binder.instance()
    if plain is not stated:
        check_probabilities(stated, empty)
    variables = dict(bind_variables(formulation.variables, empty))
    objective = ex.parse(formulation.objective.expression)
    if any(stated.forall for stated in formulation.expressions):
        _refuse_unstated(formulation, replace(empty, variables=variables), named)
    return replace(
        empty,
        variables=variables,
        objective=write_out(objective, named),
        families=tuple(
            replace(
                family,
                statement=write_out(family.statement, named),
                forall=replace(
                    family.forall, generators=written_out(family.forall.generators, named)
                ),
            )
            for family in _families(formulation)
        ),
    )


def _refuse_unstated(
    formulation: Formulation, instance: Instance, named: Mapping[str, NamedExpression]
) -> None:
    """Refuse named expressions that are used where they are not stated."""
    objective = ex.parse(formulation.objective.expression)
    refuse_unstated(objective, Ground(instance, "objective"), Frame(), named)
    for stated in formulation.expressions:
        ground = Ground(instance, stated.name)
        frame, _ = ground.extend(Frame(), ex.parse_forall(stated.forall).generators)
        refuse_unstated(ex.parse(stated.expression), ground, frame, named)
    for family in _families(formulation):
        ground = Ground(instance, family.name)
        frame, _ = ground.extend(Frame(), written_out(family.forall.generators, named))
        refuse_unstated(family.statement, ground, frame, named)


def check_probabilities(stated: Formulation, instance: Instance) -> None:
    """Raise `FormulationError` for probabilities from data that do not add up to 1."""
    for name, objective in zip(objective_names(stated), stated.objectives, strict=True):
        if not (objective.forall and objective.probability):
            continue
        loops = ex.parse_forall(objective.forall).generators
        total = ex.Aggregate("sum", ex.parse(objective.probability), loops)
        found = float(Ground(instance, name).constant(total, Frame())[0])
        if not isclose(found, 1.0, abs_tol=1e-6):
            raise FormulationError(
                f"the probabilities {objective.probability!r} of {name!r} add up to {found:g}, "
                "not to 1"
            )


def _families(formulation: Formulation) -> Iterator[Family]:
    for constraint in formulation.constraints:
        statements = ex.parse_constraint(constraint.expression)
        forall = ex.parse_forall(constraint.forall)
        for name, statement in zip(row_names(constraint, len(statements)), statements, strict=True):
            yield Family(name, forall, statement)


class _Binder:
    """Sets may be worked out from parameters and these run over sets, so each is bound when it is
    first asked for."""

    def __init__(self, formulation: Formulation, tables: Mapping[str, Table]) -> None:
        self._formulation = formulation
        self._tables = tables
        self._stated_sets = {s.name: s for s in formulation.sets}
        self._stated = {p.name: p for p in formulation.parameters}
        self._sets: dict[str, BoundSet] = {}
        self._parameters: dict[str, BoundParameter] = {}
        self._texts: dict[str, BoundText] = {}
        self._open: list[str] = []

    def instance(self) -> Instance:
        """Everything but the variables and what is stated of them."""
        for name in self._stated_sets:
            self._set(name)
        for name in self._stated:
            self._parameter(name)
        # In the order of the formulation, whatever was needed first.
        return self._so_far(
            {name: self._sets[name] for name in self._stated_sets},
            {name: self._parameters[name] for name in self._stated if name in self._parameters},
        )

    def _so_far(
        self, sets: Mapping[str, BoundSet], parameters: Mapping[str, BoundParameter]
    ) -> Instance:
        return Instance(
            self._formulation, sets, parameters, {}, ex.Number(0), (), dict(self._texts)
        )

    def _set(self, name: str) -> BoundSet:
        if name not in self._sets:
            stated = self._stated_sets[name]
            if name in self._open:
                circle = ", ".join((*self._open, name))
                raise FormulationError(f"sets are worked out from each other in a circle: {circle}")
            self._open.append(name)
            self._sets[name] = self._bind_set(stated)
            self._open.pop()
        return self._sets[name]

    def _bind_set(self, stated: IndexSet) -> BoundSet:
        if stated.expression:
            node = ex.parse_set(stated.expression)
            found = computed_set(
                stated.name, node, self._set, lambda *nodes: self._ground(stated.name, *nodes)
            )
        elif stated.tuples:
            found = set_of_tuples(stated.name, [list(map(str, t)) for t in stated.tuples])
        elif stated.column is not None:
            found = set_from_table(stated.name, stated.column, self._tables)
        else:
            found = set_of(stated.name, list(map(str, stated.members)))
        return sorted_set(found) if stated.sort else found

    def _parameter(self, name: str) -> BoundParameter | BoundText:
        if name in self._texts:
            return self._texts[name]
        if name not in self._parameters:
            stated = self._stated[name]
            sets = tuple(map(self._set, stated.indices))
            try:
                if stated.kind is ParameterKind.TEXT:
                    self._texts[name] = bind_text(stated, sets, self._tables)
                    return self._texts[name]
                self._parameters[name] = bind_parameter(stated, sets, self._tables)
            except NoSuchValue as error:
                place = self._formulation.places()(("parameters", name, "values", *error.path))
                if place is not None:
                    error.show(str(place), place.excerpt)
                raise
        return self._parameters[name]

    def _ground(self, name: str, *nodes: ex.Expr | ex.Condition | ex.Forall) -> Ground:
        used = frozenset[str]().union(*map(ex.names, nodes))
        for other in used:
            if other in self._stated_sets:
                self._set(other)
            elif other in self._stated:
                self._parameter(other)
        return Ground(self._so_far(self._sets, self._parameters), name)
