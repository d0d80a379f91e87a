"""What a change does to a model, in words and in mathematics.

The difference is read off the two programs, not off the edit, so nothing changes unseen.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import BoundParameter, element_name
from optwright.solvers.edit.references import formulation_of
from optwright.solvers.edit.rewriting import statement_text
from optwright.solvers.language.expressions import parse, parse_constraint, to_text
from optwright.solvers.language.goals import objective_names
from optwright.solvers.language.labels import (
    bound_texts,
    goal_importance,
    importance,
    measured,
    number,
    scenario_words,
    words_or_name,
)
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    Goal,
    IndexSet,
    NamedExpression,
    Objective,
    Parameter,
    Variable,
)

T = TypeVar("T", IndexSet, Parameter, Variable, NamedExpression, Constraint, Objective, Goal)

WIDTH = 80
MOST_NUMBERS = 6  # single values of a parameter that are listed


class Difference(BaseModel):
    """One thing that is not what it was. `before` and `after` are mathematics, one of them empty
    for what is added or removed; `words` say it in a sentence."""

    model_config = ConfigDict(frozen=True)

    change: Literal["added", "removed", "changed"]
    element: str
    """The name of the part, or `objective`."""
    words: str
    before: str = ""
    after: str = ""


def difference(before: Program, after: Program) -> tuple[Difference, ...]:
    """Everything that differs between two programs, in the order a model is read."""
    old, new = formulation_of(before), formulation_of(after)
    return (
        *_sets(old, new, before, after),
        *_parameters(old, new, before, after),
        *_parts(old.variables, new.variables, _variable_text, _variable_words),
        *_parts(old.expressions, new.expressions, _named_text, _named_words),
        *_objective(old.objective, new.objective),
        *_parts(_further(old), _further(new), _objective_text, _objective_words),
        *_parts(old.goals, new.goals, _goal_text, _goal_words),
        *_scenarios(old, new),
        *_parts(old.constraints, new.constraints, constraint_text, _constraint_words),
        *_assumptions(old, new),
        *_tables(before, after),
    )


def render(differences: Sequence[Difference], width: int = WIDTH) -> list[str]:
    """Lines: the words, then `-` what was and `+` what is."""
    lines = []
    for difference in differences:
        lines += textwrap.wrap(difference.words, width, subsequent_indent="  ")
        for mark, text in (("-", difference.before), ("+", difference.after)):
            if text:
                lines += textwrap.wrap(
                    text,
                    width,
                    initial_indent=f"  {mark} ",
                    subsequent_indent="      ",
                    break_on_hyphens=False,
                )
    return lines


def constraint_text(constraint: Constraint) -> str:
    """A constraint in mathematics, written the same way whoever wrote it."""
    each = f"  for each {constraint.forall}" if constraint.forall else ""
    return f"{_tight(statement_text(parse_constraint(constraint.expression)))}{each}"


def _tight(mathematics: str) -> str:
    return mathematics.replace(" * ", "*")


def _parts(
    old: Sequence[T],
    new: Sequence[T],
    text: Callable[[T], str],
    words: Callable[[T], str],
) -> Iterator[Difference]:
    """Parts that have a name: what is gone, what differs, what is new."""
    was, now = {p.name: p for p in old}, {p.name: p for p in new}
    for name, part in was.items():
        if name not in now:
            yield Difference(
                change="removed", element=name, words=f"{words(part)} is gone", before=text(part)
            )
        elif text(part) != text(now[name]):
            yield Difference(
                change="changed",
                element=name,
                words=f"{words(now[name])} is different",
                before=text(part),
                after=text(now[name]),
            )
        elif part != now[name]:
            yield Difference(
                change="changed",
                element=name,
                words=f"{words(part)} is now worded {words(now[name])}",
            )
    for name, part in now.items():
        if name not in was:
            yield Difference(
                change="added", element=name, words=f"{words(part)} is new", after=text(part)
            )


def _variable_text(variable: Variable) -> str:
    name = element_name(variable.name, variable.indices)
    if variable.member_of:
        return f"{name} in {variable.member_of}"
    if variable.domain is Domain.BINARY and variable.lower in (0, None) and variable.upper != 0:
        return f"{name} is 0 or 1"
    whole = ", a whole number" if variable.domain is Domain.INTEGER else ""
    low, high = bound_texts(variable, number)
    none = ", or 0" if variable.semicontinuous else ""
    each = f"  for each {variable.forall}" if variable.forall else ""
    low, high = f"{low} <= " if low else "", f" <= {high}" if high else ""
    return f"{low}{name}{high}{whole}{none}{each}"


def _variable_words(variable: Variable) -> str:
    return f"the decision {variable.name}" + f" ({variable.meaning})" * bool(variable.meaning)


def _named_text(stated: NamedExpression) -> str:
    each = f"  for each {stated.forall}" if stated.forall else ""
    return f"{stated.name} = {_tight(to_text(parse(stated.expression)))}{each}"


def _named_words(stated: NamedExpression) -> str:
    return f"the amount {stated.name}" + f" ({stated.meaning})" * bool(stated.meaning)


def _constraint_words(constraint: Constraint) -> str:
    return f"the limit {words_or_name(constraint.name, constraint.text)}"


def _further(model: Formulation) -> list[Objective]:
    """The objectives after the first, under the names they go by."""
    named = zip(objective_names(model)[1:], model.further_objectives, strict=True)
    return [o.model_copy(update={"name": name}) for name, o in named]


def _objective_text(stated: Objective) -> str:
    measure = measured(stated)
    text = f"{stated.sense} {_tight(to_text(parse(stated.expression)))}"
    return f"{text} ({', '.join(filter(None, (importance(stated.name, stated), measure)))})"


def _first_text(stated: Objective) -> str:
    """As one objective alone is written, with what it is among others where that is said."""
    alone = Objective(sense=stated.sense, expression=stated.expression)
    if stated.model_copy(update={"text": "", "unit": "", "name": ""}) != alone:
        return _objective_text(stated.model_copy(update={"name": stated.name or "objective"}))
    return f"{stated.sense} {_tight(to_text(parse(stated.expression)))}"


def _objective_words(stated: Objective) -> str:
    return f"the objective {words_or_name(stated.name, stated.text)}"


def _goal_text(goal: Goal) -> str:
    each = f"  for each {goal.forall}" if goal.forall else ""
    sides = f"{_tight(to_text(parse(goal.expression)))} -> {_tight(to_text(parse(goal.target)))}"
    return f"{sides}{each} ({goal_importance(goal)})"


def _goal_words(goal: Goal) -> str:
    return f"the goal {words_or_name(goal.name, goal.text)}"


def _scenarios(old: Formulation, new: Formulation) -> Iterator[Difference]:
    if old.scenarios == new.scenarios:
        return
    before, after = (
        "" if model.scenarios is None else "; ".join(scenario_words(model.scenarios))
        for model in (old, new)
    )
    change: Literal["added", "removed", "changed"] = "changed"
    if not (before and after):
        change = "added" if after else "removed"
    words = {"added": "there are scenarios now", "removed": "the scenarios are gone"}
    yield Difference(
        change=change,
        element="scenarios",
        words=words.get(change, "the scenarios are different"),
        before=before,
        after=after,
    )


def _objective(old: Objective, new: Objective) -> Iterator[Difference]:
    texts = [_first_text(o) for o in (old, new)]
    if texts[0] != texts[1]:
        turned = old.sense is not new.sense
        yield Difference(
            change="changed",
            element="objective",
            words=f"the objective is {'turned around' if turned else 'different'}",
            before=texts[0],
            after=texts[1],
        )
    elif old != new:
        yield Difference(
            change="changed",
            element="objective",
            words=f"the objective is now worded {words_or_name('objective', new.text)}",
        )


def _sets(
    old: Formulation, new: Formulation, before: Program, after: Program
) -> Iterator[Difference]:
    def text(program: Program, index_set: IndexSet) -> str:
        members = program.instance.sets[index_set.name].texts
        return f"{index_set.name} = {{{', '.join(members[:8])}}}" + _more(len(members) - 8)

    was, now = {s.name for s in old.sets}, {s.name for s in new.sets}
    for index_set in (*old.sets, *(s for s in new.sets if s.name not in was)):
        name = index_set.name
        texts = [
            text(program, index_set) if name in names else ""
            for program, names in ((before, was), (after, now))
        ]
        if texts[0] == texts[1] and _members(before, name) == _members(after, name):
            continue
        change: Literal["added", "removed", "changed"] = (
            "added" if not texts[0] else "changed" if texts[1] else "removed"
        )
        said = {"added": "new", "removed": "gone", "changed": "different"}[change]
        yield Difference(
            change=change,
            element=name,
            words=f"the set {name} is {said}",
            before=texts[0],
            after=texts[1],
        )


def _members(program: Program, name: str) -> list[str]:
    return list(program.instance.sets[name].texts)


def _parameters(
    old: Formulation, new: Formulation, before: Program, after: Program
) -> Iterator[Difference]:
    was, now = {p.name: p for p in old.parameters}, {p.name: p for p in new.parameters}
    for name, parameter in was.items():
        if name not in now:
            yield Difference(
                change="removed",
                element=name,
                words=f"{_parameter_words(parameter)} is gone",
                before=_span_of(before, name),
            )
        elif name in before.instance.parameters and name in after.instance.parameters:
            yield from _values(
                now[name], before.instance.parameters[name], after.instance.parameters[name]
            )
        elif parameter != now[name]:
            yield Difference(
                change="changed",
                element=name,
                words=f"{_parameter_words(parameter)} is different",
                before=_span_of(before, name),
                after=_span_of(after, name),
            )
    for name, parameter in now.items():
        if name not in was:
            yield Difference(
                change="added",
                element=name,
                words=f"{_parameter_words(parameter)} is new",
                after=_span_of(after, name),
            )


def _span_of(program: Program, name: str) -> str:
    if name in program.instance.parameters:
        return _span(program.instance.parameters[name])
    texts = program.instance.texts[name].vocabulary.texts
    return f"{name}: texts such as {', '.join(texts[:4])}"


def _values(parameter: Parameter, old: BoundParameter, new: BoundParameter) -> Iterator[Difference]:
    """How the numbers of a parameter moved: all alike, or the few that did."""
    words, name = _parameter_words(parameter), parameter.name
    if old.values.shape != new.values.shape:
        yield Difference(
            change="changed",
            element=name,
            words=f"{words} has values for other members",
            before=_span(old),
            after=_span(new),
        )
        return
    same = (old.values == new.values) | (np.isnan(old.values) & np.isnan(new.values))
    places = np.argwhere(~same)
    if not len(places):
        return
    ratio = _common_ratio(old, new)
    alike = f" by {100 * (ratio - 1):+.6g} %" if ratio is not None else ""
    if len(places) > MOST_NUMBERS:
        yield Difference(
            change="changed",
            element=name,
            words=f"{words}: {len(places):,} of {old.values.size:,} values change{alike}",
            before=_span(old),
            after=_span(new),
        )
        return
    yield Difference(
        change="changed",
        element=name,
        words=f"{words} changes{alike}",
        before=_listed_values(old, places),
        after=_listed_values(new, places),
    )


def _listed_values(bound: BoundParameter, places: NDArray[np.intp]) -> str:
    """`demand[Lyon] = 3, demand[Metz] = 4`."""
    told = []
    for place in places:
        members = [over.texts[at] for over, at in zip(bound.sets, place, strict=True)]
        value = number(float(bound.values[tuple(place)]))
        told.append(f"{element_name(bound.name, members)} = {value}")
    return ", ".join(told)


def _common_ratio(old: BoundParameter, new: BoundParameter) -> float | None:
    moved = np.isfinite(new.values) & (old.values != 0) & (old.values != new.values)
    ratios = new.values[moved] / old.values[moved]
    if ratios.size and np.allclose(ratios, ratios.flat[0], rtol=1e-9):
        return float(ratios.flat[0])
    return None


def _span(bound: BoundParameter) -> str:
    """A parameter by its value, or by the range of its values."""
    known = bound.values[~np.isnan(bound.values)]
    if not known.size:
        return f"{bound.name} has no values"
    low, high = float(known.min()), float(known.max())
    if bound.values.ndim == 0:
        return f"{bound.name} = {number(low)}"
    return f"{bound.name}: {known.size:,} values from {number(low)} to {number(high)}"


def _parameter_words(parameter: Parameter) -> str:
    return f"the value {parameter.name}" + f" ({parameter.meaning})" * bool(parameter.meaning)


def _assumptions(old: Formulation, new: Formulation) -> Iterator[Difference]:
    for text in old.assumptions:
        if text not in new.assumptions:
            yield Difference(
                change="removed", element="assumptions", words=f"no longer assumed: {text}"
            )
    for text in new.assumptions:
        if text not in old.assumptions:
            yield Difference(change="added", element="assumptions", words=f"assumed: {text}")


def _tables(before: Program, after: Program) -> Iterator[Difference]:
    """Tables that came or went; that of changed numbers is told with the parameters."""
    for name, table in after.tables.items():
        if name not in before.tables:
            heads = ", ".join(column.name for column in table.columns)
            yield Difference(
                change="added",
                element=name,
                words=f"the table {name} is new: {len(table)} rows of {heads}",
            )
        elif len(table) != len(before.tables[name]):
            yield Difference(
                change="changed",
                element=name,
                words=f"the table {name} has {len(table)} rows instead of "
                f"{len(before.tables[name])}",
            )


def _more(hidden: int) -> str:
    return f" and {hidden} more" if hidden > 0 else ""
