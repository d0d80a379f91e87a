"""Edits: what a turn may do to a model. Typed, JSON, checked, all of a change or nothing of it.

An edit is applied to a `Program` and gives another; the first is untouched. What does not fit is
refused with an `InputError` that says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import count
from keyword import iskeyword
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from optwright.errors import DataError, InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import Cell, Table, TableColumn, from_columns
from optwright.solvers.edit.aims import (
    AddGoal,
    AddObjective,
    DropGoal,
    DropObjective,
    SetObjective,
    SetScenarios,
    aims_with_names,
    apply_aim,
)
from optwright.solvers.edit.decisions import AddTerm, AddVariable, SetVariable, apply_decision
from optwright.solvers.edit.part import EditPart
from optwright.solvers.edit.references import (
    BoundRef,
    NumberRef,
    constraint_named,
    converted,
    formulation_of,
    limit_of,
    reworded,
    rows_of,
    with_constraint,
    with_formulation,
    with_variable,
    write,
)
from optwright.solvers.edit.rewriting import (
    chain_text,
    literal,
    number,
    renamed_constraint,
    renamed_expression,
    renamed_forall,
    renamed_set,
)
from optwright.solvers.edit.values import (
    AddMember,
    AddParameter,
    ChangeValues,
    DropMember,
    apply_data,
)
from optwright.solvers.language.expressions import parse_forall, to_text
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    Parameter,
    Variable,
)
from optwright.solvers.model.syntax import (
    Add,
    Comparison,
    Condition,
    Expr,
    Forall,
    Generator,
    Junction,
    Not,
    Quoted,
    Ref,
)

__all__ = [
    "EDITS",
    "AddConstraint",
    "AddGoal",
    "AddMember",
    "AddObjective",
    "AddParameter",
    "AddTable",
    "AddTerm",
    "AddVariable",
    "Assume",
    "ChangeConstraint",
    "ChangeValues",
    "Convert",
    "DropConstraint",
    "DropGoal",
    "DropMember",
    "DropObjective",
    "Edit",
    "Force",
    "Relax",
    "Rename",
    "ScaleNumber",
    "SetDomain",
    "SetNumber",
    "SetObjective",
    "SetScenarios",
    "SetVariable",
    "apply",
    "element_text",
    "free_name",
    "index_of",
]


class SetNumber(EditPart):
    """Give a number of the model another value. None is no bound, for bounds only."""

    kind: Literal["set"] = "set"
    reference: NumberRef
    value: float | None


class ScaleNumber(EditPart):
    """Change a number, or all values of a parameter, by `percent` (-20: 20 % less)."""

    kind: Literal["scale"] = "scale"
    reference: NumberRef
    percent: float


class AddConstraint(EditPart):
    kind: Literal["add_constraint"] = "add_constraint"
    constraint: Constraint


class DropConstraint(EditPart):
    kind: Literal["drop_constraint"] = "drop_constraint"
    name: str


class ChangeConstraint(EditPart):
    """Put another constraint in the place of `name`."""

    kind: Literal["change_constraint"] = "change_constraint"
    name: str
    constraint: Constraint


class SetDomain(EditPart):
    kind: Literal["set_domain"] = "set_domain"
    variable: str
    domain: Domain


class Rename(EditPart):
    """Another name for a set, parameter, variable or constraint, everywhere it is used."""

    kind: Literal["rename"] = "rename"
    old: str
    new: str


class AddTable(EditPart):
    """A table, or another one in the place of the table of that name."""

    kind: Literal["add_table"] = "add_table"
    name: str
    columns: dict[str, list[Cell]]

    @classmethod
    def of(cls, table: Table) -> AddTable:
        """The edit that brings a table. Raises `DataError` where a cell is a number without an
        end, which no session can keep; one that is not a number is empty."""
        return cls(name=table.name, columns={c.name: _kept(table, c) for c in table.columns})


def _kept(table: Table, column: TableColumn) -> list[Cell]:
    """The cells as JSON can keep them."""
    for cell, row in zip(column.cells, table.row_numbers, strict=True):
        if isinstance(cell, float) and math.isinf(cell):
            raise DataError(
                f"table {table.name!r}, column {column.name!r}, row {row} holds {cell!r}",
                hint="leave the cell empty, or write a number",
            )
    return [None if isinstance(cell, float) and math.isnan(cell) else cell for cell in column.cells]


class Force(EditPart):
    """Demand that the sum of some elements of a variable be at least, at most or exactly
    `amount`. An element is its members; no members, for a variable without indices."""

    kind: Literal["force"] = "force"
    variable: str
    elements: tuple[tuple[str, ...], ...] = ((),)
    relation: Literal["<=", ">=", "=="] = ">="
    amount: float = 1.0
    text: str = ""


class Relax(EditPart):
    """Move the limit of one row by `amount`: up where it is a `<=`, down where it is a `>=`.
    `members` say which row of an indexed constraint, in the order of its loops."""

    kind: Literal["relax"] = "relax"
    row: str
    members: tuple[str, ...] = ()
    amount: float


class Assume(EditPart):
    """Write down an assumption, such as a factor between units."""

    kind: Literal["assume"] = "assume"
    text: str


class Convert(EditPart):
    """Read a parameter from a new column that holds its old one `factor` times."""

    kind: Literal["convert"] = "convert"
    parameter: str
    factor: float


Edit = Annotated[
    SetNumber
    | ScaleNumber
    | AddConstraint
    | DropConstraint
    | ChangeConstraint
    | SetObjective
    | AddObjective
    | DropObjective
    | AddGoal
    | DropGoal
    | SetScenarios
    | SetDomain
    | Rename
    | AddTable
    | Force
    | Relax
    | Assume
    | Convert
    | AddVariable
    | AddTerm
    | SetVariable
    | ChangeValues
    | AddParameter
    | AddMember
    | DropMember,
    Field(discriminator="kind"),
]

EDITS: TypeAdapter[tuple[Edit, ...]] = TypeAdapter(tuple[Edit, ...])
"""Reads and writes edits as JSON."""


def apply(program: Program, edits: Iterable[Edit]) -> Program:
    """The program after all of the edits, its data joined.

    Raises `InputError` (also as `FormulationError` or `DataError`) for the first that does not
    fit; the program given stays what it was.
    """
    changed = reduce(_applied, edits, program)
    changed.instance  # noqa: B018  (joins the data, so that a change it cannot take is refused here)
    return changed


def _applied(program: Program, edit: Edit) -> Program:
    match edit:
        case SetNumber(reference=BoundRef() as reference, value=value):
            return _with_bound(program, reference, value)
        case SetNumber(reference=reference, value=value):
            if value is None:
                raise InputError("only a bound of a decision can be taken away")
            return write(program, reference, lambda _: value)
        case ScaleNumber(reference=reference, percent=percent):
            return write(program, reference, lambda before: before * (100 + percent) / 100)
        case AddConstraint(constraint=constraint):
            model = formulation_of(program)
            return with_formulation(program, constraints=(*model.constraints, constraint))
        case DropConstraint(name=name):
            return with_constraint(program, constraint_named(program, name).name, None)
        case ChangeConstraint(name=name, constraint=constraint):
            return with_constraint(program, name, constraint)
        case (
            SetObjective()
            | AddObjective()
            | DropObjective()
            | AddGoal()
            | DropGoal()
            | SetScenarios()
        ):
            return apply_aim(program, edit)
        case SetDomain(variable=variable, domain=domain):
            return with_variable(program, variable, {"domain": domain})
        case Rename(old=old, new=new):
            return _renamed(program, old, new)
        case AddTable(name=name, columns=columns):
            table = from_columns(name, columns)
            return Program(program.formulation, {**program.tables, name: table})
        case Force():
            return _forced(program, edit)
        case Relax():
            return _relaxed(program, edit)
        case Assume(text=text):
            known = formulation_of(program).assumptions
            return with_formulation(program, assumptions=tuple(dict.fromkeys((*known, text))))
        case Convert(parameter=name, factor=factor):
            return converted(program, name, factor)
        case AddVariable() | AddTerm() | SetVariable():
            return apply_decision(program, edit)
        case ChangeValues() | AddParameter() | AddMember() | DropMember():
            return apply_data(program, edit)


def _with_bound(program: Program, reference: BoundRef, value: float | None) -> Program:
    stated = {reference.side: value, f"{reference.side}_expression": ""}
    return with_variable(program, reference.variable, stated)


# Renaming


def _renamed(program: Program, old: str, new: str) -> Program:
    model = formulation_of(program)
    names = [*(s.name for s in model.sets), *(p.name for p in model.parameters)]
    names += [v.name for v in model.variables] + [e.name for e in model.expressions]
    if any(c.name == old for c in model.constraints):
        constraint = constraint_named(program, old)
        return with_constraint(program, old, constraint.model_copy(update={"name": new}))
    if old not in names:
        raise InputError(f"nothing is called {old!r}")

    def rename(name: str) -> str:
        return new if name == old else name

    return Program(_with_names(model, rename), program.tables)


def _with_names(model: Formulation, rename: Callable[[str], str]) -> Formulation:
    def named(thing: Parameter | Variable) -> dict[str, object]:
        return {"name": rename(thing.name), "indices": tuple(map(rename, thing.indices))}

    changed = model.model_copy(
        update={
            "sets": tuple(
                s.model_copy(
                    update={
                        "name": rename(s.name),
                        "expression": renamed_set(s.expression, rename) if s.expression else "",
                    }
                )
                for s in model.sets
            ),
            "expressions": tuple(
                e.model_copy(
                    update={
                        "name": rename(e.name),
                        "expression": renamed_expression(e.expression, rename),
                        "forall": renamed_forall(e.forall, rename),
                    }
                )
                for e in model.expressions
            ),
            "parameters": tuple(q.model_copy(update=named(q)) for q in model.parameters),
            "variables": tuple(
                q.model_copy(update=named(q) | _bounds_with_names(q, rename))
                for q in model.variables
            ),
            **aims_with_names(model, rename),
            "constraints": tuple(_constraint_with_names(c, rename) for c in model.constraints),
        }
    )
    return Formulation.model_validate(changed.model_dump())


def _bounds_with_names(variable: Variable, rename: Callable[[str], str]) -> dict[str, object]:
    sides = ("lower_expression", "upper_expression")
    return {
        "forall": renamed_forall(variable.forall, rename),
        "member_of": rename(variable.member_of) if variable.member_of else "",
        **{
            side: renamed_expression(text, rename) if (text := getattr(variable, side)) else ""
            for side in sides
        },
    }


def _constraint_with_names(constraint: Constraint, rename: Callable[[str], str]) -> Constraint:
    return constraint.model_copy(
        update={
            "expression": renamed_constraint(constraint.expression, rename),
            "forall": renamed_forall(constraint.forall, rename),
        }
    )


# Forcing and relaxing


def element_text(variable: str, members: Sequence[str]) -> str:
    """An element in the expression language: `gift`, `ship["Lyon", 3]`."""
    return to_text(Ref(variable, tuple(map(index_of, members))))


def free_name(model: Formulation, wish: str) -> str:
    """A name for a new constraint that no row has yet: `wish`, `wish_2`, ..."""
    base = re.sub(r"\W+", "_", wish.lower(), flags=re.ASCII).strip("_")[:48] or "limit"
    base = f"limit_{base}" if base[0].isdigit() or iskeyword(base) else base
    taken = {c.name for c in model.constraints} | {
        row for c in model.constraints for row, _ in rows_of(c)
    }
    return next(name for n in count(1) if (name := base if n == 1 else f"{base}_{n}") not in taken)


def index_of(member: str) -> Expr:
    """A member as an index: whole numbers as they are, everything else in quotes."""
    digits = member.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and str(int(member)) == member
    return number(float(member)) if is_number else Quoted(member)


def _forced(program: Program, edit: Force) -> Program:
    model = formulation_of(program)
    if not edit.elements:
        raise InputError(f"no element of {edit.variable!r} is named")
    elements = tuple(Ref(edit.variable, tuple(map(index_of, e))) for e in edit.elements)
    total = elements[0] if len(elements) == 1 else Add(elements)
    demand = Comparison(edit.relation, total, number(edit.amount))
    constraint = Constraint(
        name=free_name(model, f"forced_{edit.variable}"), expression=to_text(demand), text=edit.text
    )
    return with_formulation(program, constraints=(*model.constraints, constraint))


def _relaxed(program: Program, edit: Relax) -> Program:
    constraint = constraint_named(program, edit.row)
    moved = _with_room(constraint, edit)
    if not constraint.forall:
        return with_constraint(program, constraint.name, moved)
    loops = parse_forall(constraint.forall).generators
    if len(edit.members) != len(loops):
        raise InputError(f"{edit.row!r} has a row for each {constraint.forall}; say which")
    here = tuple(
        Comparison("==", Ref(loop.name), index_of(member))
        for loop, member in zip(loops, edit.members, strict=True)
    )
    model = formulation_of(program)
    only = moved.model_copy(
        update={
            "name": free_name(model, "_".join((constraint.name, *edit.members))),
            "forall": _narrowed(loops, _all(here)),
        }
    )
    rest = constraint.model_copy(update={"forall": _narrowed(loops, Not(_all(here)))})
    program = with_constraint(program, constraint.name, rest)
    return with_formulation(program, constraints=(*formulation_of(program).constraints, only))


def _with_room(constraint: Constraint, edit: Relax) -> Constraint:
    """The constraint with the limit of one of its rows moved out of the way by the amount."""
    rows = dict(rows_of(constraint))
    if edit.row not in rows:
        hint = f"say which: {', '.join(rows)}"
        raise InputError(f"{edit.row!r} has more than one limit", hint=hint)
    moved = rows | {edit.row: _moved(rows[edit.row], edit)}
    words, limits = constraint.text, (limit_of(rows[edit.row]), limit_of(moved[edit.row]))
    if limits[0] is not None and limits[1] is not None:
        words = reworded(words, limits[0][1], limits[1][1])
    parts = {"expression": chain_text(tuple(moved.values())), "text": words}
    return constraint.model_copy(update=parts)


def _moved(comparison: Comparison, edit: Relax) -> Comparison:
    """`a <= b` as `a <= b + amount`; a number that is alone on its side takes it up."""
    if comparison.operator == "==":
        raise InputError(f"{edit.row!r} asks for equality; change its limit instead")
    on_left = literal(comparison.left) is not None
    grows = (comparison.operator == "<=") != on_left
    room = edit.amount if grows else -edit.amount
    side = comparison.left if on_left else comparison.right
    alone = literal(side)
    changed = number(alone + room) if alone is not None else Add((side, number(room)))
    return replace(comparison, left=changed) if on_left else replace(comparison, right=changed)


def _narrowed(loops: tuple[Generator, ...], condition: Condition) -> str:
    """The loops with one more condition."""
    *outer, last = loops
    both = condition if last.condition is None else Junction("and", (last.condition, condition))
    return to_text(Forall((*outer, replace(last, condition=both))))


def _all(conditions: tuple[Condition, ...]) -> Condition:
    return conditions[0] if len(conditions) == 1 else Junction("and", conditions)
