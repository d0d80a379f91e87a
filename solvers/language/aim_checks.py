"""Checks of several objectives, goals and scenarios, before they are written out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import isclose

from optwright.solvers.language.goals import objective_names, seeks_nothing
from optwright.solvers.model.formulation import (
    Diagnostic,
    Formulation,
    Goal,
    Kind,
    Measure,
    Objective,
    ParameterKind,
    Scenarios,
    Severity,
)
from optwright.solvers.model.json_places import Path


def aim_findings(formulation: Formulation) -> Iterator[Diagnostic]:
    """What is wrong with what a formulation is after, by itself: each is an error."""
    names = objective_names(formulation)
    for name, count in Counter((*names, *(g.name for g in formulation.goals))).items():
        if count > 1:
            words = f"{name!r} is the name of {count} objectives or goals"
            yield _error(Kind.DUPLICATE_NAME, name, words)
    for place, (name, objective) in enumerate(zip(names, formulation.objectives, strict=True)):
        path: Path = ("further_objectives", place - 1) if place else ("objective",)
        yield from _objective(name, objective, path)
    yield from _weights(formulation)
    for goal in formulation.goals:
        yield from _goal(goal)
    if formulation.scenarios is not None:
        yield from _scenarios(formulation, formulation.scenarios)


def _objective(name: str, stated: Objective, path: Path) -> Iterator[Diagnostic]:
    if not stated.forall and (stated.probability or stated.measure is not Measure.EXPECTED):
        words = (
            f"{name!r} is measured over scenarios, and its 'forall' does not say over which "
            "(as in 's in S')"
        )
        side = "probability" if stated.probability else "measure"
        yield _error(Kind.NO_VALUES, name, words, (*path, side))


def _weights(formulation: Formulation) -> Iterator[Diagnostic]:
    by_priority: dict[int, list[float]] = {}
    for stated in formulation.objectives:
        if not seeks_nothing(stated):
            by_priority.setdefault(stated.priority, []).append(stated.weight)
    for priority, weights in by_priority.items():
        if not any(weights) and len(weights) > 1:
            words = f"the objectives of priority {priority} all have the weight 0"
            place = [o.priority for o in formulation.objectives].index(priority)
            path: Path = ("further_objectives", place - 1) if place else ("objective",)
            yield _error(Kind.NO_VALUES, "objective", words, (*path, "weight"))


def _goal(goal: Goal) -> Iterator[Diagnostic]:
    if not (goal.under or goal.over):
        words = f"the goal {goal.name!r} costs nothing on either side of its target"
        words = f"{words}; give 'under' or 'over' a weight"
        yield _error(Kind.NO_VALUES, goal.name, words, ("goals", goal.name, "under"))


def _scenarios(formulation: Formulation, stated: Scenarios) -> Iterator[Diagnostic]:
    element = "scenarios"
    cases: Path = ("scenarios", "cases")
    for name, count in Counter(case.name for case in stated.cases).items():
        if count > 1:
            words = f"{name!r} is the name of {count} scenarios"
            place = max(at for at, case in enumerate(stated.cases) if case.name == name)
            yield _error(Kind.DUPLICATE_NAME, element, words, (*cases, place, "name"))
    given = [c.probability for c in stated.cases if c.probability is not None]
    if given and len(given) < len(stated.cases):
        without = [c.name for c in stated.cases if c.probability is None]
        words = f"scenarios without a probability where others have one: {', '.join(without)}"
        yield _error(Kind.NO_VALUES, element, words, (*cases, without[0], "name"))
    elif given and not isclose(sum(given), 1.0, abs_tol=1e-6):
        words = f"the probabilities of the scenarios add up to {sum(given):g}, not to 1"
        yield _error(Kind.NOT_A_NUMBER, element, words, (*cases, 0, "probability"))
    variables = {v.name for v in formulation.variables}
    for place, name in enumerate(stated.later):
        if name not in variables:
            words = f"{name!r} is decided later, and is no decision"
            path: Path = ("scenarios", "later", place)
            yield _error(Kind.UNDEFINED_NAME, element, words, path)
    parameters = {p.name: p for p in formulation.parameters}
    for case in stated.cases:
        for name in dict.fromkeys((*case.values, *case.factors)):
            known = parameters.get(name)
            path = (*cases, case.name, "values" if name in case.values else "factors", name)
            if known is None:
                words = f"scenario {case.name!r} gives values for {name!r}, which is no parameter"
                yield _error(Kind.UNDEFINED_NAME, element, words, path)
            elif known.kind is ParameterKind.TEXT:
                words = f"scenario {case.name!r} changes {name!r}, which holds texts"
                yield _error(Kind.NOT_A_NUMBER, element, words, path)


def _error(kind: Kind, element: str, message: str, path: Path = ()) -> Diagnostic:
    return Diagnostic(Severity.ERROR, kind, element, message, path=path)
