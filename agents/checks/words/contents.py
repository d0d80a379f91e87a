"""What a formulation holds, for checks that compare it with words: expressions, numbers, names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from optwright.agents.text.quantities import quantities
from optwright.agents.text.wording import stem
from optwright.errors import FormulationError
from optwright.solvers.data.table import Table
from optwright.solvers.language.expressions import (
    Node,
    names,
    numbers,
    parse,
    parse_constraint,
    parse_forall,
)
from optwright.solvers.language.goals import objective_names
from optwright.solvers.model.formulation import Formulation, Parameter, Values, Variable


def expressions(formulation: Formulation) -> Iterator[tuple[str, Node]]:
    """Each expression with the element it belongs to; raises `FormulationError` for one that
    cannot be read."""
    yield "objective", parse(formulation.objective.expression)
    names_of_others = objective_names(formulation)[1:]
    for name, objective in zip(names_of_others, formulation.further_objectives, strict=True):
        yield name, parse(objective.expression)
    for goal in formulation.goals:
        yield goal.name, parse(goal.expression)
        yield goal.name, parse(goal.target)
    for constraint in formulation.constraints:
        for comparison in parse_constraint(constraint.expression):
            yield constraint.name, comparison
        if constraint.forall:
            yield constraint.name, parse_forall(constraint.forall)


def names_used(formulation: Formulation) -> set[str]:
    """The names that expressions mention; all decisions where an expression cannot be read."""
    try:
        used = set[str]().union(*(names(e) for _, e in expressions(formulation)))
        named = {stated.name: names(parse(stated.expression)) for stated in formulation.expressions}
        while more := set[str]().union(*(named.pop(name) for name in used & named.keys())) - used:
            used |= more
        return used
    except FormulationError:
        return {v.name for v in formulation.variables}


def words_of(variable: Variable) -> frozenset[str]:
    """The words that mean a variable. Both name and meaning count; glue words do not."""
    text = f"{variable.name.replace('_', ' ')} {variable.meaning}"
    glue = {"number", "amount", "use", "make", "made", "the", "each", "for", "and", "per", "with"}
    return frozenset(stem(w) for w in re.findall(r"[A-Za-z]\w*", text)) - glue


def told(formulation: Formulation) -> str:
    """What a formulation says of its decisions and numbers beside their values."""
    named: tuple[Variable | Parameter, ...] = (*formulation.variables, *formulation.parameters)
    meant = [f"{e.name.replace('_', ' ')} {e.meaning} {e.unit}" for e in named]
    units = [o.unit for o in formulation.objectives] + [g.unit for g in formulation.goals]
    return "; ".join([*meant, *units, *formulation.assumptions])


def numbers_used(formulation: Formulation) -> list[float]:
    """The numbers of expressions, bounds, parameters and members of sets."""
    used = [n for _, expression in expressions(formulation) for n in numbers(expression)]
    for variable in formulation.variables:
        used += [b for b in (variable.lower, variable.upper) if b is not None]
        for bound in (variable.lower_expression, variable.upper_expression):
            used += _digits(bound)
    for parameter in formulation.parameters:
        used += _flat(parameter.values)
        used += [] if parameter.default is None else [parameter.default]
    for amount in formulation.expressions:
        used += _digits(amount.expression)
    for over in formulation.sets:
        members = [*over.members, *(part for member in over.tuples for part in member)]
        used += [float(member) for member in members if isinstance(member, int)]
        used += _in_range(over.expression) or _digits(over.expression)
    return used


_LONGEST_RANGE = 1_000


def _in_range(expression: str) -> list[float]:
    """The members of `1..12`."""
    found = re.fullmatch(r"\s*(\d{1,9})\s*\.\.\s*(\d{1,9})\s*", expression)
    if found is None:
        return []
    low, high = map(int, found.groups())
    return [float(n) for n in range(low, min(high, low + _LONGEST_RANGE) + 1)]


def _digits(expression: str) -> list[float]:
    """The numbers of an expression that need not be one of amounts, such as `1..12`."""
    return [float(n) for n in re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?!\w)", expression)]


def words_stated(formulation: Formulation) -> list[str]:
    """The words of the problem that constraints, goals and other parts say they state."""
    said = [c.text for c in formulation.constraints] + [g.text for g in formulation.goals]
    said += [s.source for s in formulation.sets] + [p.source for p in formulation.parameters]
    said += [v.source for v in formulation.variables] + [e.source for e in formulation.expressions]
    return [words for words in said if words]


def numbers_explained(formulation: Formulation) -> list[float]:
    """The numbers that assumptions account for."""
    return [q.value for a in formulation.assumptions for q in quantities(a)]


def numbers_in_names(formulation: Formulation) -> list[float]:
    """ "Beaker 2" is a name, and its number is no quantity."""
    named = " ".join(f"{v.name} {v.meaning}" for v in formulation.variables)
    return [float(digits) for digits in re.findall(r"\d+", named)]


def sizes(formulation: Formulation, tables: Mapping[str, Table]) -> Iterator[tuple[str, int]]:
    """Each set with the number of its members, where that can be had."""
    for over in formulation.sets:
        table = tables.get(over.column.table) if over.column is not None else None
        if over.column is None:
            yield over.name, len(over.members)
        elif table is not None and over.column.value in [c.name for c in table.columns]:
            yield over.name, len(set(table.column(over.column.value).cells))


def numbers_by_expression(formulation: Formulation) -> list[list[float]]:
    """The numbers of each expression, with those of the parameters it names; limits of a decision
    stand alone."""
    given = {p.name: _flat(p.values) for p in formulation.parameters}
    return [
        *(
            [*numbers(e), *(n for name in names(e) for n in given.get(name, ()))]
            for _, e in expressions(formulation)
        ),
        *([b] for v in formulation.variables for b in (v.lower, v.upper) if b is not None),
    ]


def _flat(values: Values | None) -> list[float]:
    if values is None:
        return []
    if isinstance(values, dict):
        return [n for inner in values.values() for n in _flat(inner)]
    return [values]
