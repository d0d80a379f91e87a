"""Edits of decisions: a new one with what it counts for, bounds, and `or not at all`."""

from __future__ import annotations

from typing import Literal

from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.edit.aims import place_of_objective
from optwright.solvers.edit.part import EditPart
from optwright.solvers.edit.references import (
    constraint_named,
    formulation_of,
    rows_of,
    with_constraint,
    with_formulation,
    with_variable,
)
from optwright.solvers.edit.rewriting import chain_text
from optwright.solvers.language.expressions import names, parse, to_text
from optwright.solvers.model.formulation import Domain, Variable
from optwright.solvers.model.syntax import Add, Comparison, Expr


class AddVariable(EditPart):
    """A new decision. It counts for nothing until a term is added with `AddTerm`."""

    kind: Literal["add_variable"] = "add_variable"
    variable: Variable


class AddTerm(EditPart):
    """One more term of an objective (`objective` for the first) or of what a constraint limits."""

    kind: Literal["add_term"] = "add_term"
    element: str
    term: str


class SetVariable(EditPart):
    """Other bounds, another domain, or 0 allowed beside the bounds (`semicontinuous`); None leaves
    what there is."""

    kind: Literal["set_variable"] = "set_variable"
    variable: str
    domain: Domain | None = None
    lower: float | None = None
    upper: float | None = None
    semicontinuous: bool | None = None


DecisionEdit = AddVariable | AddTerm | SetVariable


def apply_decision(program: Program, edit: DecisionEdit) -> Program:
    """The program after the edit. Raises `InputError` for what is not there or does not fit."""
    match edit:
        case AddVariable(variable=variable):
            model = formulation_of(program)
            return with_formulation(program, variables=(*model.variables, variable))
        case AddTerm(element=element, term=term):
            return _with_term(program, element, term)
        case SetVariable(variable=name):
            stated = edit.model_dump(exclude={"kind", "variable"}, exclude_none=True)
            for side in ("lower", "upper"):
                if side in stated:
                    stated[f"{side}_expression"] = ""
            return with_variable(program, name, stated)


def _with_term(program: Program, element: str, term: str) -> Program:
    model, added = formulation_of(program), parse(term)
    place = place_of_objective(model, element)
    if place is not None:
        stated = [*model.objectives]
        text = to_text(_sum(parse(stated[place].expression), added))
        stated[place] = stated[place].model_copy(update={"expression": text})
        first, *rest = stated
        return with_formulation(program, objective=first, further_objectives=tuple(rest))
    constraint = constraint_named(program, element)
    rows = rows_of(constraint)
    if len(rows) != 1:
        raise InputError(f"{element!r} states no single limit that a term could be added to")
    ((_, comparison),) = rows
    decisions = {v.name for v in model.variables}
    limited_on_right = names(comparison.right) & decisions and not (
        names(comparison.left) & decisions
    )
    changed = (
        Comparison(comparison.operator, comparison.left, _sum(comparison.right, added))
        if limited_on_right
        else Comparison(comparison.operator, _sum(comparison.left, added), comparison.right)
    )
    parts = {"expression": chain_text((changed,))}
    return with_constraint(program, constraint.name, constraint.model_copy(update=parts))


def _sum(before: Expr, added: Expr) -> Expr:
    terms = before.terms if isinstance(before, Add) else (before,)
    more = added.terms if isinstance(added, Add) else (added,)
    return Add((*terms, *more))
