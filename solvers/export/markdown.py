"""The program explained, for a report or a chat: what is given, decided, wanted and demanded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import BoundParameter, Instance
from optwright.solvers.language.goals import objective_names, seeks_nothing
from optwright.solvers.language.labels import (
    bound_texts,
    goal_importance,
    importance,
    measured,
    number,
    range_text,
    scenario_words,
)
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    NamedExpression,
    Parameter,
    Variable,
)

MOST_VALUES = 24
"""Of one set or parameter; larger ones say how many there are, and the table they come from."""


def write(program: Program) -> str:
    instance = program.stated_instance
    formulation = instance.formulation
    blocks = [
        f"# {formulation.title}" if formulation.title else "# Model",
        *_objectives(formulation),
        *_table("## Sets", ("set", "members", "meaning"), _sets(instance)),
        *_table(
            "## Parameters",
            ("parameter", "value", "unit", "meaning", "source"),
            (_parameter(p, instance) for p in formulation.parameters),
        ),
        *_table(
            "## Variables",
            ("variable", "values", "unit", "meaning"),
            map(_variable, formulation.variables),
        ),
        *_named(formulation.expressions),
        *_constraints(formulation.constraints),
        *_assumptions(formulation.assumptions),
    ]
    return "\n\n".join(blocks) + "\n"


def _objectives(formulation: Formulation) -> Iterator[str]:
    several = len(formulation.objectives) + len(formulation.goals) > 1
    named = zip(objective_names(formulation), formulation.objectives, strict=True)
    yield "## Objectives" if several else "## Objective"
    for name, stated in named:
        if formulation.goals and seeks_nothing(stated):
            continue
        measure = measured(stated, formulation.scenarios)
        head = " ".join(filter(None, (stated.sense.capitalize(), measure)))
        yield f"{head}{f' ({importance(name, stated)})' if several else ''}{_told(stated.text)}"
        yield _code(stated.expression)
    for goal in formulation.goals:
        each = f" for {goal.forall}" if goal.forall else ""
        yield f"Goal {goal_importance(goal)}{each}{_told(goal.text)}"
        yield _code(f"{goal.expression} should come to {goal.target}")
    if formulation.scenarios is not None:
        yield "## Scenarios"
        yield "\n".join(f"- {line}" for line in scenario_words(formulation.scenarios))


def _sets(instance: Instance) -> Iterator[Sequence[str]]:
    for stated in instance.formulation.sets:
        over = instance.sets[stated.name]
        members = [f"({text})" if over.parts else text for text in over.texts]
        shown = ", ".join(members[:MOST_VALUES])
        more = f", ... ({len(members)} in all)" if len(members) > MOST_VALUES else ""
        yield f"`{stated.name}`", shown + more, stated.meaning


def _parameter(stated: Parameter, instance: Instance) -> Sequence[str]:
    if stated.name in instance.texts:
        value = f"one of {', '.join(instance.texts[stated.name].vocabulary.texts[:MOST_VALUES])}"
    else:
        value = _value(instance.parameters[stated.name])
    return f"`{_indexed(stated)}`", value, stated.unit, stated.meaning, stated.source


def _value(bound: BoundParameter) -> str:
    if not bound.sets:
        return number(float(bound.values))
    places, numbers = bound.places()
    if len(numbers) > MOST_VALUES:
        return f"{len(numbers)} numbers"
    return ", ".join(
        f"{','.join(s.texts[k] for s, k in zip(bound.sets, at, strict=True))}: {number(value)}"
        for at, value in zip(np.array(places).T.tolist(), numbers.tolist(), strict=True)
    )


def _variable(stated: Variable) -> Sequence[str]:
    return f"`{_indexed(stated)}`", _range(stated), stated.unit, stated.meaning


def _range(stated: Variable) -> str:
    if stated.member_of:
        return f"a member of {stated.member_of}"
    if stated.domain is Domain.BINARY:
        fixed = stated.lower == 1 or stated.upper == 0
        return ("1" if stated.lower == 1 else "0") if fixed else "0 or 1"
    kind = "whole numbers" if stated.domain is Domain.INTEGER else "numbers"
    if stated.lower_expression or stated.upper_expression or stated.semicontinuous:
        low_text, high_text = bound_texts(stated, number)
        told = [f"at least {low_text}"] * bool(low_text) + [f"at most {high_text}"] * bool(
            high_text
        )
        none = "0, or " if stated.semicontinuous else ""
        return f"{none}{kind}, {' and '.join(told) or 'free'}"
    low = -np.inf if stated.lower is None else stated.lower
    high = np.inf if stated.upper is None else stated.upper
    return (
        f"{kind}, free" if (low, high) == (-np.inf, np.inf) else f"{kind}, {range_text(low, high)}"
    )


def _named(expressions: Sequence[NamedExpression]) -> Iterator[str]:
    if expressions:
        yield "## Expressions"
    for stated in expressions:
        loops = f" for all {stated.forall}" if stated.forall else ""
        yield f"**{_escaped(stated.name)}**{_told(stated.meaning)}"
        yield _code(f"{stated.name} = {stated.expression}{loops}")


def _constraints(constraints: Sequence[Constraint]) -> Iterator[str]:
    if constraints:
        yield "## Constraints"
    for stated in constraints:
        loops = f" for all {stated.forall}" if stated.forall else ""
        yield f"**{_escaped(stated.name)}**{_told(stated.text)}"
        yield _code(stated.expression + loops)


def _assumptions(assumptions: Sequence[str]) -> Iterator[str]:
    if assumptions:
        yield "## Assumed\n\n" + "\n".join(f"- {_escaped(text)}" for text in assumptions)


def _indexed(stated: Parameter | Variable) -> str:
    return f"{stated.name}[{', '.join(stated.indices)}]" if stated.indices else stated.name


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table, its empty columns left out; nothing if there are no rows."""
    body = [[_escaped(cell) for cell in row] for row in rows]
    kept = [k for k in range(len(head)) if any(row[k] for row in body)]
    if not body:
        return
    lines = [
        [head[k] for k in kept],
        ["---"] * len(kept),
        *([row[k] for k in kept] for row in body),
    ]
    yield title
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _told(text: str) -> str:
    return f": {_escaped(text)}" if text else ""


_MARKS = str.maketrans({"|": "\\|", "<": "&lt;", "[": "&#91;"})
"""Marks of cells, tags and links, which may lead anywhere."""


def _escaped(text: str) -> str:
    return " ".join(text.translate(_MARKS).split())


def _code(text: str) -> str:
    return f"```\n{' '.join(text.split())}\n```"
