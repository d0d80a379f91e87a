"""The parts of a formulation as HTML, for reports and notebooks: a formula in MathML, and the words
of the problem it states. Everything that is not ours is escaped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from optwright.solvers.export import mathml
from optwright.solvers.language.goals import objective_names, seeks_nothing
from optwright.solvers.language.labels import (
    bound_texts,
    goal_importance,
    importance,
    measured,
    number,
    scenario_words,
)
from optwright.solvers.model.formulation import Domain, Formulation, IndexSet, Parameter, Variable

MOST_MEMBERS = 12


@dataclass(frozen=True, slots=True)
class HtmlRow:
    """One part of a model. `formula` is HTML; `anchor` names the part within one page and is empty
    for a set; `words` are plain text."""

    anchor: str
    label: str
    formula: str
    words: str = ""


def rows(model: Formulation) -> Iterator[HtmlRow]:
    """Sets, parameters, variables, the objective (`goal`) and the constraints, counted from 1."""
    for index_set in model.sets:
        yield HtmlRow("", "set", mathml.symbol(index_set.name) + escape(_members(index_set)))
    for given in model.parameters:
        formula = mathml.symbol(given.name, given.indices) + escape(_value(given))
        yield HtmlRow(f"given-{given.name}", "given", formula, given.source)
    for variable in model.variables:
        formula = mathml.symbol(variable.name, variable.indices) + escape(_choice(variable))
        yield HtmlRow(f"choose-{variable.name}", "choose", formula)
    yield from _aims(model)
    for place, limit in enumerate(model.constraints, 1):
        formula = mathml.comparison(limit.expression)
        if loops := mathml.loops(limit.forall):
            formula += f" for each {loops}"
        yield HtmlRow(f"limit-{place}", str(place), formula, limit.text)


def _aims(model: Formulation) -> Iterator[HtmlRow]:
    """The objectives, goals and scenarios."""
    several = len(model.objectives) + len(model.goals) > 1
    named = zip(objective_names(model), model.objectives, strict=True)
    for place, (name, stated) in enumerate(named, 1):
        if model.goals and seeks_nothing(stated):
            continue
        key = "goal" if place == 1 else f"goal-{place}"
        measure = measured(stated, model.scenarios)
        formula = f"{stated.sense} {mathml.expression(stated.expression)}"
        told = (importance(name, stated) if several else "", measure)
        formula += escape("".join(f" ({part})" for part in told if part))
        yield HtmlRow(key, "goal", formula, stated.text)
    for goal in model.goals:
        sides = f"{mathml.expression(goal.expression)} &rarr; {mathml.expression(goal.target)}"
        if loops := mathml.loops(goal.forall):
            sides += f" for each {loops}"
        formula = f"{sides} {escape(f'({goal_importance(goal)})')}"
        yield HtmlRow(f"goal-{goal.name}", "goal", formula, goal.text)
    for line in () if model.scenarios is None else scenario_words(model.scenarios):
        yield HtmlRow("", "scenario", escape(line))


def fragment(model: Formulation) -> str:
    """The formulation as a table that stands in any page, as notebooks show it."""
    shown = "".join(
        f"<tr><td>{escape(row.label)}</td><td style='text-align:left'>{row.formula}</td>"
        f"<td style='text-align:left'>{escape(' '.join(row.words.split()))}</td></tr>"
        for row in rows(model)
    )
    title = f"<caption>{escape(model.title)}</caption>" if model.title else ""
    return f"<table>{title}<tbody>{shown}</tbody></table>"


def domain(variable: Variable) -> str:
    """Which values a decision may take: `a whole number from 0 to 5`."""
    if variable.member_of:
        return f"a member of {variable.member_of}"
    if variable.domain is Domain.BINARY:
        if variable.lower == 1 or variable.upper == 0:
            return "yes" if variable.lower == 1 else "no"
        return "yes or no"
    kind = "a whole number" if variable.domain is Domain.INTEGER else "any number"
    low, high = bound_texts(variable, number)
    none = "0, or " if variable.semicontinuous else ""
    if low and high:
        return f"{none}{kind} from {low} to {high}"
    if low:
        return f"{none}{kind} from {low} up"
    return f"{none}{kind} up to {high}" if high else kind


def _members(index_set: IndexSet) -> str:
    meaning = f" ({index_set.meaning})" if index_set.meaning else ""
    if index_set.column is not None:
        column = index_set.column
        named = column.value or ", ".join(column.keys)
        return f"{meaning}: column {named} of {column.table}"
    if index_set.expression:
        return f"{meaning} = {index_set.expression}"
    members = ", ".join(map(str, index_set.members[:MOST_MEMBERS]))
    more = len(index_set.members) - MOST_MEMBERS
    return f"{meaning}: {members}" + (f" and {more} more" if more > 0 else "")


def _value(given: Parameter) -> str:
    value = ""
    if isinstance(given.values, int | float):
        value = f" = {number(given.values)}"
    elif given.column is not None:
        value = f": column {given.column.value} of {given.column.table}"
    unit = f" {given.unit}" if given.unit else ""
    return value + unit + (f", {given.meaning}" if given.meaning else "")


def _choice(variable: Variable) -> str:
    meaning = f": {variable.meaning}" if variable.meaning else ""
    unit = f" in {variable.unit}" if variable.unit else ""
    return f"{meaning}{unit} ({domain(variable)})"
