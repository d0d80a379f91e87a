"""References: the numbers of a model that a turn may change, and where each is written.

A number is a parameter's value (all of it or one combination), the limit of a constraint, the
coefficient of a decision written as a number, or the bound of a decision. Tables are never written
into: a changed column is a new table of the same name that the program takes instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import BoundParameter
from optwright.solvers.data.table import Cell, Table, did_you_mean, from_columns
from optwright.solvers.edit.rewriting import (
    chain_text,
    coefficients,
    literal,
    number,
    with_coefficient,
)
from optwright.solvers.language.checks import row_names
from optwright.solvers.language.expressions import parse, parse_constraint, to_text
from optwright.solvers.language.goals import objective_names
from optwright.solvers.model.formulation import (
    Column,
    Constraint,
    Domain,
    Formulation,
    Parameter,
    ParameterKind,
    Values,
    Variable,
)
from optwright.solvers.model.linear_model import Floats
from optwright.solvers.model.syntax import Comparison, Expr, Ref

Turned = Callable[[float], float]
"""What becomes of a number."""


class _NumberRef(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ParameterRef(_NumberRef):
    """A parameter: the one value at the members `at`, or all of its values."""

    kind: Literal["parameter"] = "parameter"
    name: str
    at: tuple[str, ...] = ()


class RhsRef(_NumberRef):
    """The number that a constraint's row allows or asks for; `row` is the name of the row, which
    is the constraint's own unless it has two comparisons."""

    kind: Literal["limit"] = "limit"
    row: str


class CoefficientRef(_NumberRef):
    """What a decision counts for in the objective (`objective`) or in a constraint."""

    kind: Literal["coefficient"] = "coefficient"
    element: str
    decision: str
    """As the expression writes it: `gift`, `ship["Lyon", "Paris"]`."""


class BoundRef(_NumberRef):
    """The least or the most that every element of a decision may be."""

    kind: Literal["bound"] = "bound"
    variable: str
    side: Literal["lower", "upper"]


NumberRef = Annotated[
    ParameterRef | RhsRef | CoefficientRef | BoundRef, Field(discriminator="kind")
]


def with_old_name(data: Any) -> Any:
    """What version 0.1.0 wrote, in the words of today: a `reference` was called `dial`."""
    if isinstance(data, dict) and "dial" in data and "reference" not in data:
        return {("reference" if key == "dial" else key): value for key, value in data.items()}
    return data


def references(program: Program) -> Iterator[NumberRef]:
    """Every number of a program that can be changed, parameters as a whole."""
    model = formulation_of(program)
    for parameter in model.parameters:
        if not is_of_texts(program, parameter):
            yield ParameterRef(name=parameter.name)
    for constraint in model.constraints:
        for row, comparison in rows_of(constraint):
            if limit_of(comparison) is not None:
                yield RhsRef(row=row)
        for element in coefficients(_counted(program, constraint.name)):
            yield CoefficientRef(element=constraint.name, decision=to_text(element))
    for name, objective in zip(_objectives(model), model.objectives, strict=True):
        for element in coefficients(parse(objective.expression)):
            yield CoefficientRef(element=name, decision=to_text(element))
    for variable in model.variables:
        for side in ("lower", "upper"):
            if getattr(variable, side) is not None and variable.domain is not Domain.BINARY:
                yield BoundRef(variable=variable.name, side=side)


def is_of_texts(program: Program, parameter: Parameter) -> bool:
    """Whether a parameter is an attribute, such as the day somebody is away, and has no numbers."""
    return parameter.kind is ParameterKind.TEXT or parameter.name in program.instance.texts


def read(program: Program, reference: NumberRef) -> float | None:
    """The number a reference stands at; None for no bound, and for values that differ among
    combinations. Raises `InputError` for a reference the program does not have."""
    match reference:
        case ParameterRef():
            found = np.unique(_values(program, reference))
            return float(found[0]) if len(found) == 1 else None
        case RhsRef(row=row):
            comparison, _ = _row(program, row)
            return _demanded(row, limit_of(comparison))[1]
        case CoefficientRef():
            return _element(program, reference)[2]
        case BoundRef(variable=name, side=side):
            bound: float | None = getattr(_variable(formulation_of(program), name), side)
            return bound


def write(program: Program, reference: NumberRef, turned: Turned) -> Program:
    """The program with the number of a reference changed; nothing else moves.

    Raises `InputError` for a reference that is not there or has no number to change, and
    `FormulationError` or `DataError` where the result is no program.
    """
    match reference:
        case ParameterRef():
            return _write_parameter(program, reference, turned)
        case RhsRef(row=row):
            return _write_limit(program, row, turned)
        case CoefficientRef():
            return _write_coefficient(program, reference, turned)
        case BoundRef(variable=name, side=side):
            before = read(program, reference)
            if before is None:
                raise InputError(f"{name!r} has no {side} bound to change")
            return with_variable(program, name, {str(side): _finite(name, turned(before))})


def formulation_of(program: Program) -> Formulation:
    """The formulation of a program that has one."""
    if program.formulation is None:
        raise InputError(
            "the answer came from generated code, so there is no formulation to change",
            hint="solve the problem again without --code",
        )
    return program.formulation


def with_formulation(program: Program, **parts: object) -> Program:
    """The program with parts of its formulation replaced, checked again."""
    model = formulation_of(program).model_copy(update=parts)
    return Program(Formulation.model_validate(model.model_dump()), program.tables)


def with_variable(program: Program, name: str, parts: Mapping[str, object]) -> Program:
    """The program with one of its variables changed."""
    model = formulation_of(program)
    _variable(model, name)
    changed = tuple(
        v.model_copy(update=dict(parts)) if v.name == name else v for v in model.variables
    )
    return with_formulation(program, variables=changed)


def with_constraint(program: Program, name: str, changed: Constraint | None) -> Program:
    """The program with one of its constraints replaced, or dropped for None."""
    constraint_named(program, name)
    new: list[Constraint] = []
    for constraint in formulation_of(program).constraints:
        if constraint.name != name:
            new.append(constraint)
        elif changed is not None:
            new.append(changed)
    return with_formulation(program, constraints=tuple(new))


def constraint_named(program: Program, name: str) -> Constraint:
    """The constraint of that name, or the one a row of that name comes from."""
    constraints = formulation_of(program).constraints
    for constraint in constraints:
        if constraint.name == name or name in (row for row, _ in rows_of(constraint)):
            return constraint
    names = [c.name for c in constraints]
    raise InputError(f"there is no constraint {name!r}", hint=did_you_mean(name, names))


def rows_of(constraint: Constraint) -> list[tuple[str, Comparison]]:
    """The comparisons of a constraint with the names of their rows."""
    statements = parse_constraint(constraint.expression)
    names = row_names(constraint, len(statements))
    pairs = zip(names, statements, strict=True)
    return [(name, part) for name, part in pairs if isinstance(part, Comparison)]


def parameter_behind(program: Program, row: str) -> Parameter | None:
    """The parameter that a row's limit is, where the limit is one and not a number."""
    comparison, _ = _row(program, row)
    names = {p.name: p for p in formulation_of(program).parameters}
    for side in (comparison.right, comparison.left):
        if isinstance(side, Ref) and side.name in names:
            return names[side.name]
    return None


def _row(program: Program, row: str) -> tuple[Comparison, Constraint]:
    constraint = constraint_named(program, row)
    found = dict(rows_of(constraint))
    if not found:
        raise InputError(f"{row!r} states {constraint.expression!r}, which is no single limit")
    if row not in found:
        raise InputError(f"{row!r} has more than one limit", hint=f"say which: {', '.join(found)}")
    return found[row], constraint


def limit_of(comparison: Comparison) -> tuple[str, float] | None:
    """The side of a comparison that is a number, and the number."""
    for side in ("right", "left"):
        value = literal(getattr(comparison, side))
        if value is not None:
            return side, value
    return None


def _demanded(row: str, limit: tuple[str, float] | None) -> tuple[str, float]:
    if limit is None:
        raise InputError(f"the limit of {row!r} is not written as a number")
    return limit


def _write_limit(program: Program, row: str, turned: Turned) -> Program:
    comparison, constraint = _row(program, row)
    side, value = _demanded(row, limit_of(comparison))
    changed = number(_finite(row, turned(value)))
    if side == "right":
        new = replace(comparison, right=changed)
    else:
        new = replace(comparison, left=changed)
    chain = tuple(new if name == row else c for name, c in rows_of(constraint))
    words = reworded(constraint.text, value, literal(changed) or 0.0)
    parts = {"expression": chain_text(chain), "text": words}
    return with_constraint(program, constraint.name, constraint.model_copy(update=parts))


_WRITTEN = re.compile(
    r"(?<![\w.])(?P<figure>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?![\w.,/]*\d)(?!\s*(?:%|per\s?cent\b))"
)


def reworded(words: str, old: float, new: float) -> str:
    """The words of a limit with its new number, where they hold the old one in figures just once.

    >>> reworded("12000 grams of chocolate", 12000, 9600)
    '9600 grams of chocolate'
    """
    found = [m for m in _WRITTEN.finditer(words) if float(m["figure"].replace(",", "")) == old]
    if len(found) != 1:
        return words
    return f"{words[: found[0].start()]}{new:.10g}{words[found[0].end() :]}"


def _body(comparison: Comparison) -> Literal["left", "right"]:
    """The side of a comparison that is not its limit."""
    return "right" if literal(comparison.left) is not None else "left"


def _objectives(model: Formulation) -> tuple[str, ...]:
    """What the objectives are called here: the first is `objective`, whatever its name."""
    return ("objective", *objective_names(model)[1:])


def _counted(program: Program, element: str) -> Expr:
    """The expression in which the coefficients of an objective or a constraint stand."""
    model = formulation_of(program)
    if element in _objectives(model):
        return parse(model.objectives[_objectives(model).index(element)].expression)
    ((_, comparison), *more) = rows_of(constraint_named(program, element))
    if more:
        return comparison.right
    side: Expr = getattr(comparison, _body(comparison))
    return side


def _element(program: Program, reference: CoefficientRef) -> tuple[Expr, Ref, float]:
    node = _counted(program, reference.element)
    element, known = parse(reference.decision), coefficients(node)
    if not isinstance(element, Ref) or element not in known:
        raise InputError(
            f"{reference.decision!r} has no number of its own in {reference.element!r}"
        )
    return node, element, known[element]


def _write_coefficient(program: Program, reference: CoefficientRef, turned: Turned) -> Program:
    node, element, value = _element(program, reference)
    new = with_coefficient(node, element, _finite(reference.decision, turned(value)))
    model = formulation_of(program)
    if reference.element in _objectives(model):
        place, stated = _objectives(model).index(reference.element), [*model.objectives]
        stated[place] = stated[place].model_copy(update={"expression": to_text(new)})
        main, *others = stated
        return with_formulation(program, objective=main, further_objectives=tuple(others))
    constraint = constraint_named(program, reference.element)
    first, *rest = (c for _, c in rows_of(constraint))
    if rest:
        chain = (replace(first, right=new), *(replace(c, left=new) for c in rest))
    elif _body(first) == "left":
        chain = (replace(first, left=new),)
    else:
        chain = (replace(first, right=new),)
    changed = constraint.model_copy(update={"expression": chain_text(chain)})
    return with_constraint(program, constraint.name, changed)


# Parameters


def parameter_named(program: Program, name: str) -> Parameter:
    parameters = formulation_of(program).parameters
    for parameter in parameters:
        if parameter.name == name:
            return parameter
    known = [p.name for p in parameters]
    raise InputError(f"there is no parameter {name!r}", hint=did_you_mean(name, known))


def _values(program: Program, reference: ParameterRef) -> Floats:
    """The numbers of a parameter, or the one at a combination; those not given are left out."""
    bound = program.instance.parameters[parameter_named(program, reference.name).name]
    if not reference.at:
        values = bound.values[~np.isnan(bound.values)]
    else:
        values = np.array([bound.values[_place(bound, reference.at)]])
    if not values.size or np.isnan(values).any():
        at = f" at {', '.join(reference.at)}" if reference.at else ""
        raise InputError(f"{reference.name!r} has no value{at}")
    return values


def _place(bound: BoundParameter, at: tuple[str, ...]) -> tuple[int, ...]:
    if len(at) != len(bound.sets):
        raise InputError(f"{bound.name!r} has {len(bound.sets)} indices, and {at!r} has {len(at)}")
    for member, over in zip(at, bound.sets, strict=True):
        if member not in over.positions:
            raise InputError(
                f"{member!r} is not a member of {over.name!r}",
                hint=did_you_mean(member, over.texts),
            )
    return tuple(over.positions[m] for m, over in zip(at, bound.sets, strict=True))


def _write_parameter(program: Program, reference: ParameterRef, turned: Turned) -> Program:
    parameter = parameter_named(program, reference.name)
    _values(program, reference)  # refuses what is not there
    if parameter.column is not None:
        return _write_column(program, parameter, parameter.column, reference.at, turned)
    assert parameter.values is not None  # or it would have no value
    values = _turned(parameter.values, reference.at, _spread(program, reference), turned)
    return with_parameter(program, parameter.model_copy(update={"values": values}))


def _spread(program: Program, reference: ParameterRef) -> tuple[tuple[str, ...], ...]:
    """The members of the sets that are left below a number that stands for many."""
    bound = program.instance.parameters[reference.name]
    return tuple(tuple(over.texts) for over in bound.sets)


def _turned(
    values: Values, at: tuple[str, ...], below: tuple[tuple[str, ...], ...], turned: Turned
) -> Values:
    """Nested values with one, or all for no `at`, changed. A number that stands for a whole set
    is written out when one member of it changes."""
    if not isinstance(values, dict):
        if not at:
            return _finite("value", turned(values))
        values = dict.fromkeys(below[0], values)
    if not at:
        return {member: _turned(v, (), below[1:], turned) for member, v in values.items()}
    first, *rest = at
    return values | {first: _turned(values[first], tuple(rest), below[1:], turned)}


def _write_column(
    program: Program, parameter: Parameter, column: Column, at: tuple[str, ...], turned: Turned
) -> Program:
    """A new table with the column changed; a column that others read too is copied first."""
    table = program.tables[column.table]
    if column.heads:
        return _write_heads(program, parameter, column, at, turned)
    keys = [table.keys(key) for key in column.keys]
    rows = list(zip(*keys, strict=True)) if keys else [()] * len(table)
    cells: list[Cell] = [
        _finite(parameter.name, turned(value)) if not at or row == at else value
        for row, value in zip(rows, table.numbers(column.value), strict=True)
    ]
    parameter, head = own_column(program, parameter)
    columns: dict[str, Sequence[object]] = {c.name: c.cells for c in table.columns}
    changed = from_columns(table.name, columns | {head: cells}, table.row_numbers)
    program = Program(program.formulation, {**program.tables, table.name: changed})
    return with_parameter(program, parameter)


def _write_heads(
    program: Program, parameter: Parameter, column: Column, at: tuple[str, ...], turned: Turned
) -> Program:
    """A new table with the cells of a wide one changed: the last index is the head of a column."""
    table = program.tables[column.table]
    keys = [table.keys(key) for key in column.keys]
    rows = list(zip(*keys, strict=True)) if keys else [()] * len(table)
    members = program.instance.parameters[parameter.name].sets[-1].positions
    columns: dict[str, Sequence[object]] = {c.name: c.cells for c in table.columns}
    for head in columns:
        if head in column.keys or head not in members or (at and head != at[-1]):
            continue
        cells = zip(rows, table.column(head).cells, table.numbers(head), strict=True)
        columns[head] = [
            cell if at and row != at[:-1] else _finite(parameter.name, turned(value))
            for row, cell, value in cells
        ]
    changed = from_columns(table.name, columns, table.row_numbers)
    program = Program(program.formulation, {**program.tables, table.name: changed})
    return with_parameter(program, parameter)


def own_column(program: Program, parameter: Parameter) -> tuple[Parameter, str]:
    """A parameter that is read from a table, reading a column that no other part reads, and the
    head of that column; the column is still to be written where it is a new one."""
    column = parameter.column
    if column is None:
        raise InputError(f"{parameter.name!r} is not read from a table")
    if not _read_by_others(program, parameter, column):
        return parameter, column.value
    head = _unused_head(program.tables[column.table], parameter.name)
    moved = column.model_copy(update={"value": head})
    return parameter.model_copy(update={"column": moved}), head


def converted(program: Program, name: str, factor: float) -> Program:
    """The program with a parameter read from a column of its own that is `factor` times the one
    it was read from; the one from the file stays beside it."""
    parameter = parameter_named(program, name)
    if parameter.column is None:
        raise InputError(f"{name!r} is not read from a table")
    table = program.tables[parameter.column.table]
    numbers = table.numbers(parameter.column.value)
    cells: list[Cell] = [_finite(name, dusted(x * factor)) for x in numbers]
    head = _unused_head(table, f"{name}_{parameter.unit}" if parameter.unit else name)
    columns: dict[str, Sequence[object]] = {c.name: c.cells for c in table.columns}
    changed = from_columns(table.name, columns | {head: cells}, table.row_numbers)
    moved = parameter.column.model_copy(update={"value": head})
    program = Program(program.formulation, {**program.tables, table.name: changed})
    return with_parameter(program, parameter.model_copy(update={"column": moved}))


def dusted(value: float) -> float:
    """A number without the dust of computing it."""
    return float(f"{value:.12g}")


def _read_by_others(program: Program, parameter: Parameter, column: Column) -> bool:
    model = formulation_of(program)
    others = [p.column for p in model.parameters if p.name != parameter.name]
    readers = [*others, *(s.column for s in model.sets)]
    own = column.value in column.keys
    return own or any(
        c is not None and c.table == column.table and column.value in (c.value, *c.keys)
        for c in readers
    )


def _unused_head(table: Table, name: str) -> str:
    taken = {column.name for column in table.columns}
    return next(
        head for n in range(len(taken) + 1) if (head := name + f" {n}" * bool(n)) not in taken
    )


def with_parameter(program: Program, changed: Parameter) -> Program:
    """The program with one of its parameters changed."""
    parameters = formulation_of(program).parameters
    return with_formulation(
        program, parameters=tuple(changed if p.name == changed.name else p for p in parameters)
    )


def _variable(model: Formulation, name: str) -> Variable:
    for variable in model.variables:
        if variable.name == name:
            return variable
    known = [v.name for v in model.variables]
    raise InputError(f"there is no decision {name!r}", hint=did_you_mean(name, known))


def _finite(what: str, value: float) -> float:
    if not isfinite(value):
        raise InputError(f"{what!r} cannot become {value!r}")
    return value
