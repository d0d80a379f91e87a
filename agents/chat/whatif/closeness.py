"""Least change: of the plans that a change allows, the one nearest to what was planned.

The distance is the sum of how far each decision moves; the objective decides among plans that are
equally near.
"""

from __future__ import annotations

from collections.abc import Sequence

from optwright.agents.chat.labels import objective_words, plain_element
from optwright.agents.chat.whatif.comparison import is_same
from optwright.agents.chat.whatif.scenario import Scenario
from optwright.agents.render import number
from optwright.errors import InputError
from optwright.solvers.backends.point_evaluation import PointEvaluation
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.operations import (
    AddObjective,
    AddParameter,
    Edit,
    SetObjective,
)
from optwright.solvers.edit.references import formulation_of
from optwright.solvers.language.expressions import parse_forall, to_text
from optwright.solvers.language.goals import objective_names
from optwright.solvers.model.formulation import Objective, Parameter, Sense, Values, Variable
from optwright.solvers.model.syntax import Aggregate, Call, Generator, Ref

_NEAR = "as near as possible to the plan there was"


def staying_close(before: Scenario, program: Program) -> Sequence[Edit]:
    """Edits that make a program stay near the plan of a scenario first, and only then seek its
    objective. Raises `InputError` where there was no plan."""
    if before.objective is None:
        raise InputError("there is no plan yet that could be kept to")
    model = formulation_of(program)
    taken = {p.name for p in model.parameters} | {v.name for v in model.variables}
    taken |= {s.name for s in model.sets}
    edits, terms = list[Edit](), list[str]()
    for variable in model.variables:
        name = next(n for k in range(99) if (n := f"planned_{variable.name}{k or ''}") not in taken)
        values = _values(before, program, variable)
        planned = Parameter(
            name=name,
            indices=variable.indices,
            values=values,
            default=0.0 if variable.indices else None,
            meaning=f"{variable.meaning or variable.name} in the plan there was",
        )
        edits.append(AddParameter(parameter=planned))
        terms.append(_distance(variable, name))
    known = ["", *objective_names(model)[1:]]
    lower: list[Edit] = [
        SetObjective(objective=name, priority=o.priority + 1)
        for name, o in zip(known, model.objectives, strict=True)
    ]
    near = Objective(
        name=next(n for k in range(99) if (n := f"closeness{k or ''}") not in known),
        sense=Sense.MINIMIZE,
        expression=" + ".join(terms),
        text=_NEAR,
    )
    return [*edits, *lower, AddObjective(objective=near)]


def _values(before: Scenario, program: Program, variable: Variable) -> Values:
    """What the plan had of a decision, nested by members; members that are gone are left out."""
    if not variable.indices:
        return float(before.outcome.values.get(variable.name, 0.0))
    sets = program.instance.variables[variable.name].sets
    nested: dict[str, Values] = {}
    for name, value in before.outcome.values.items():
        if not value or name.partition("[")[0] != variable.name:
            continue
        members = plain_element(name, sets)
        if members is None:
            continue
        inner = nested
        for member in members[:-1]:
            below = inner.setdefault(member, {})
            assert isinstance(below, dict)
            inner = below
        inner[members[-1]] = float(value)
    first = sets[0].texts[0]
    return nested or _zero(first, [over.texts[0] for over in sets[1:]])


def _zero(first: str, rest: Sequence[str]) -> dict[str, Values]:
    return {first: _zero(rest[0], rest[1:]) if rest else 0.0}


def _distance(variable: Variable, planned: str) -> str:
    if not variable.indices:
        return f"abs({variable.name} - {planned})"
    loops = parse_forall(variable.forall).generators if variable.forall else ()
    if not loops:
        loops = tuple(Generator(f"i{k + 1}_", over) for k, over in enumerate(variable.indices))
    names = tuple(Ref(name) for loop in loops for name in loop.names)
    inside = ", ".join(to_text(name) for name in names)
    body = f"abs({variable.name}[{inside}] - {planned}[{inside}])"
    bound = to_text(Aggregate("sum", Call("abs", (Ref("here_"),)), loops))
    return bound.replace("abs(here_)", body)


def told(before: Scenario, after: Scenario) -> str:
    """How far the plan moved, and what the objective came to."""
    if after.objective is None:
        return "There is no solution with it, however much is changed."
    was, now = before.outcome.values, after.outcome.values
    moved = [n for n in {**was, **now} if not is_same(was.get(n, 0.0), now.get(n, 0.0))]
    stated = formulation_of(before.program).objective.expression
    instance = after.program.stated_instance
    (value,) = PointEvaluation(instance).amounts(stated, now).values()
    words = objective_words(before.program)
    count = "1 decision differs" if len(moved) == 1 else f"{len(moved)} decisions differ"
    assert before.objective is not None
    came = f"{words}: {number(before.objective)} -> {number(value)}"
    return (
        f"{count} from the plan there was; {came}.\nThe plan stays {_NEAR}; 'undo' takes that back."
    )
