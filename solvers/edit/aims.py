"""Edits of what a model is after: objectives, goals and scenarios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import did_you_mean
from optwright.solvers.edit.part import EditPart
from optwright.solvers.edit.references import formulation_of, with_formulation
from optwright.solvers.edit.rewriting import renamed_expression, renamed_forall
from optwright.solvers.language.goals import objective_names
from optwright.solvers.model.formulation import Formulation, Goal, Objective, Scenarios, Sense

Rename = Callable[[str], str]


class SetObjective(EditPart):
    """Another sense, another expression, or both; `text` replaces the words when given. Where there
    are several objectives, `objective` says which, the first if it is empty."""

    kind: Literal["set_objective"] = "set_objective"
    sense: Sense | None = None
    expression: str | None = None
    text: str | None = None
    objective: str = ""
    weight: float | None = None
    priority: int | None = None
    tolerance: float | None = None


class AddObjective(EditPart):
    kind: Literal["add_objective"] = "add_objective"
    objective: Objective


class DropObjective(EditPart):
    """Take an objective away; the last one stays."""

    kind: Literal["drop_objective"] = "drop_objective"
    name: str


class AddGoal(EditPart):
    """Another goal, or one in the place of the goal of that name."""

    kind: Literal["add_goal"] = "add_goal"
    goal: Goal


class DropGoal(EditPart):
    kind: Literal["drop_goal"] = "drop_goal"
    name: str


class SetScenarios(EditPart):
    """Other scenarios, or none."""

    kind: Literal["set_scenarios"] = "set_scenarios"
    scenarios: Scenarios | None


AimEdit = SetObjective | AddObjective | DropObjective | AddGoal | DropGoal | SetScenarios


def apply_aim(program: Program, edit: AimEdit) -> Program:
    """The program after the edit. Raises `InputError` for what is not there."""
    model = formulation_of(program)
    match edit:
        case SetObjective():
            said = edit.model_dump(exclude={"kind", "objective"}, exclude_none=True)
            place = _place(model, edit.objective)
            changed = [*model.objectives]
            whole = changed[place].model_dump() | said
            changed[place] = Objective.model_validate(whole)
            return _with_objectives(program, changed)
        case AddObjective(objective=objective):
            return _with_objectives(program, [*model.objectives, objective])
        case DropObjective(name=name):
            place = _place(model, name)
            kept = [o for k, o in enumerate(model.objectives) if k != place]
            if not kept:
                raise InputError(f"{name!r} is the only objective")
            return _with_objectives(program, kept)
        case AddGoal(goal=goal):
            others = [g for g in model.goals if g.name != goal.name]
            return with_formulation(program, goals=(*others, goal))
        case DropGoal(name=name):
            known = [g.name for g in model.goals]
            if name not in known:
                raise InputError(f"there is no goal {name!r}", hint=did_you_mean(name, known))
            return with_formulation(program, goals=tuple(g for g in model.goals if g.name != name))
        case SetScenarios(scenarios=scenarios):
            return with_formulation(program, scenarios=scenarios)


def place_of_objective(model: Formulation, name: str) -> int | None:
    """Which objective goes by this name, from 0; the first is `objective` too."""
    known = objective_names(model)
    if name in known:
        return known.index(name)
    return 0 if name == "objective" else None


def _place(model: Formulation, name: str) -> int:
    place = 0 if not name else place_of_objective(model, name)
    if place is None:
        hint = did_you_mean(name, objective_names(model))
        raise InputError(f"there is no objective {name!r}", hint=hint)
    return place


def _with_objectives(program: Program, objectives: list[Objective]) -> Program:
    first, *rest = objectives
    return with_formulation(program, objective=first, further_objectives=tuple(rest))


def aims_with_names(model: Formulation, rename: Rename) -> dict[str, object]:
    """The objectives, goals and scenarios with every name of a set, parameter or variable
    renamed."""
    first, *rest = (_objective(o, rename) for o in model.objectives)
    return {
        "objective": first,
        "further_objectives": tuple(rest),
        "goals": tuple(_goal(g, rename) for g in model.goals),
        "scenarios": None
        if model.scenarios is None
        else scenarios_with_names(model.scenarios, rename),
    }


def _objective(stated: Objective, rename: Rename) -> Objective:
    probability = stated.probability
    return stated.model_copy(
        update={
            "expression": renamed_expression(stated.expression, rename),
            "forall": renamed_forall(stated.forall, rename),
            "probability": renamed_expression(probability, rename) if probability else "",
        }
    )


def _goal(goal: Goal, rename: Rename) -> Goal:
    return goal.model_copy(
        update={
            "expression": renamed_expression(goal.expression, rename),
            "target": renamed_expression(goal.target, rename),
            "forall": renamed_forall(goal.forall, rename),
        }
    )


def scenarios_with_names(stated: Scenarios, rename: Rename) -> Scenarios:
    """Scenarios with every name of a parameter or decision renamed."""
    cases = tuple(
        case.model_copy(
            update={
                "values": {rename(name): values for name, values in case.values.items()},
                "factors": {rename(name): factor for name, factor in case.factors.items()},
            }
        )
        for case in stated.cases
    )
    return stated.model_copy(update={"cases": cases, "later": tuple(map(rename, stated.later))})
