"""What a model with several objectives, goals or scenarios is after and came to, as rows that every
report shows in its own way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from optwright.agents.solution import Solution
from optwright.solvers.language.goals import objective_names, seeks_nothing
from optwright.solvers.language.labels import (
    goal_importance,
    importance,
    measured,
    scenario_words,
)
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Reached

MOST_OBJECTIVES = 4  # named in a headline


@dataclass(frozen=True, slots=True)
class Shown:
    """One objective, goal or scenario: `alone` is what it came to before later ones were sought,
    None where that is its value too."""

    name: str
    what: str
    value: float
    unit: str
    alone: float | None


def shown(solution: Solution) -> list[Shown]:
    """Empty for a model with one objective that is the same in every scenario."""
    staged = len({r.priority for r in solution.reached}) > 1
    rows = [_shown(r, staged) for r in solution.reached]
    return rows if len(rows) > 1 else []


def _shown(found: Reached, staged: bool) -> Shown:
    what: str = found.kind
    if found.kind == "objective":
        what = "maximize" if found.maximize else "minimize"
    if staged and found.kind != "scenario":
        what += f", priority {found.priority}"
    given_up = found.best is not None and abs(found.best - found.value) > 1e-6 * max(
        1.0, abs(found.best)
    )
    return Shown(found.name, what, found.value, found.unit, found.best if given_up else None)


def trade_off(solution: Solution, number: Callable[[float], str]) -> list[tuple[str, ...]]:
    """The heads and rows of the Pareto table; empty where none was asked for."""
    pareto = solution.pareto
    if pareto is None or not pareto.points:
        return []
    senses = ("max" if maximize else "min" for maximize in pareto.maximize)
    head = tuple(f"{name} ({sense})" for name, sense in zip(pareto.names, senses, strict=True))
    return [head, *(tuple(map(number, row)) for row in pareto.table())]


def headline(solution: Solution, number: Callable[[float], str]) -> str:
    """What the objectives came to in a few words; empty for a model with one."""
    several = [r for r in solution.reached if r.kind != "scenario"]
    if len(several) > 1:
        first = sorted(several, key=lambda r: r.priority)[:MOST_OBJECTIVES]
        return ", ".join(f"{r.name} {number(r.value)} {r.unit}".rstrip() for r in first)
    if several and several[0].kind == "goal":
        return f"{several[0].name} is missed at a cost of {number(several[0].value)}"
    return ""


def aims(model: Formulation, written: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Mathematics and the words it states: objectives, goals, scenarios. `written` writes an
    expression."""
    several = len(model.objectives) + len(model.goals) > 1
    for name, stated in zip(objective_names(model), model.objectives, strict=True):
        if model.goals and seeks_nothing(stated):
            continue
        told = (importance(name, stated) if several else "", measured(stated, model.scenarios))
        said = "".join(f" ({part})" for part in told if part)
        yield f"{stated.sense} {written(stated.expression)}{said}", stated.text
    for goal in model.goals:
        each = f" for each {goal.forall}" if goal.forall else ""
        row = f"goal {written(goal.expression)} -> {written(goal.target)}{each}"
        yield f"{row} ({goal_importance(goal)})", goal.text
    for line in () if model.scenarios is None else scenario_words(model.scenarios):
        yield f"scenario {line}", ""
