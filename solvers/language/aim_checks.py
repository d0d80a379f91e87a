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


def aim_findings(formulation: Formulation) -> Iterator[Diagnostic]:
    """What is wrong with what a formulation is after, by itself: each is an error."""
    names = objective_names(formulation)
    for name, count in Counter((*names, *(g.name for g in formulation.goals))).items():
        if count > 1:
            words = f"{name!r} is the name of {count} objectives or goals"
            yield _error(Kind.DUPLICATE_NAME, name, words)
    for name, objective in zip(names, formulation.objectives, strict=True):
        yield from _objective(name, objective)
    yield from _weights(formulation)
    for goal in formulation.goals:
        yield from _goal(goal)
    if formulation.scenarios is not None:
        yield from _scenarios(formulation, formulation.scenarios)


def _objective(name: str, stated: Objective) -> Iterator[Diagnostic]:
    if not stated.forall and (stated.probability or stated.measure is not Measure.EXPECTED):
        words = (
            f"{name!r} is measured over scenarios, and its 'forall' does not say over which "
            "(as in 's in S')"
        )
        yield _error(Kind.NO_VALUES, name, words)


def _weights(formulation: Formulation) -> Iterator[Diagnostic]:
    by_priority: dict[int, list[float]] = {}
    for stated in formulation.objectives:
        if not seeks_nothing(stated):
            by_priority.setdefault(stated.priority, []).append(stated.weight)
    for priority, weights in by_priority.items():
        if not any(weights) and len(weights) > 1:
            words = f"the objectives of priority {priority} all have the weight 0"
            yield _error(Kind.NO_VALUES, "objective", words)


def _goal(goal: Goal) -> Iterator[Diagnostic]:
    if not (goal.under or goal.over):
        words = f"the goal {goal.name!r} costs nothing on either side of its target"
        yield _error(Kind.NO_VALUES, goal.name, f"{words}; give 'under' or 'over' a weight")


def _scenarios(formulation: Formulation, stated: Scenarios) -> Iterator[Diagnostic]:
    element = "scenarios"
    for name, count in Counter(case.name for case in stated.cases).items():
        if count > 1:
            words = f"{name!r} is the name of {count} scenarios"
            yield _error(Kind.DUPLICATE_NAME, element, words)
    given = [c.probability for c in stated.cases if c.probability is not None]
    if given and len(given) < len(stated.cases):
        without = [c.name for c in stated.cases if c.probability is None]
        words = f"scenarios without a probability where others have one: {', '.join(without)}"
        yield _error(Kind.NO_VALUES, element, words)
    elif given and not isclose(sum(given), 1.0, abs_tol=1e-6):
        words = f"the probabilities of the scenarios add up to {sum(given):g}, not to 1"
        yield _error(Kind.NOT_A_NUMBER, element, words)
    variables = {v.name for v in formulation.variables}
    for name in stated.later:
        if name not in variables:
            words = f"{name!r} is decided later, and is no decision"
            yield _error(Kind.UNDEFINED_NAME, element, words)
    parameters = {p.name: p for p in formulation.parameters}
    for case in stated.cases:
        for name in dict.fromkeys((*case.values, *case.factors)):
            known = parameters.get(name)
            if known is None:
                words = f"scenario {case.name!r} gives values for {name!r}, which is no parameter"
                yield _error(Kind.UNDEFINED_NAME, element, words)
            elif known.kind is ParameterKind.TEXT:
                words = f"scenario {case.name!r} changes {name!r}, which holds texts"
                yield _error(Kind.NOT_A_NUMBER, element, words)


def _error(kind: Kind, element: str, message: str) -> Diagnostic:
    return Diagnostic(Severity.ERROR, kind, element, message)
