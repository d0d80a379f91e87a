"""Edits of data: many values of a parameter at once, members of sets, new parameters.

Tables are never written into: a table that is changed is a new one that the program takes instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

import numpy as np
from pydantic import Field

from optwright.errors import InputError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import BoundSet
from optwright.solvers.data.table import Cell, Table, did_you_mean, from_columns, key_text
from optwright.solvers.edit.part import EditPart
from optwright.solvers.edit.references import (
    formulation_of,
    is_of_texts,
    own_column,
    parameter_named,
    with_formulation,
    with_parameter,
)
from optwright.solvers.model.formulation import (
    Column,
    Formulation,
    IndexSet,
    Member,
    Parameter,
    Texts,
    Values,
)

Turned = Callable[[float], float]
Places = tuple[tuple[str, ...], ...]
"""For each index the members that are meant, none for all of them."""


class ChangeValues(EditPart):
    """Change the values of a parameter at some members: set them (`to`), move them (`by`), or by a
    percentage. `at` holds for each index the members that are meant, none for all."""

    kind: Literal["change_values"] = "change_values"
    parameter: str
    at: Places
    how: Literal["to", "by", "percent"]
    amount: float

    def turned(self, value: float) -> float:
        """What becomes of one value."""
        match self.how:
            case "to":
                return self.amount
            case "by":
                return value + self.amount
            case "percent":
                return value * (100 + self.amount) / 100


class AddParameter(EditPart):
    """A new parameter, with its values."""

    kind: Literal["add_parameter"] = "add_parameter"
    parameter: Parameter


class AddMember(EditPart):
    """Another member of a set, at its end, with the `values` of every parameter over the set: a
    number (a text of an attribute), or nested by the members of the other indices in order."""

    kind: Literal["add_member"] = "add_member"
    set: str
    member: str
    values: dict[str, Values | Texts] = Field(default_factory=dict)


class DropMember(EditPart):
    """Take a member out of a set, and everything about it out of the model."""

    kind: Literal["drop_member"] = "drop_member"
    set: str
    member: str


DataEdit = ChangeValues | AddParameter | AddMember | DropMember


def apply_data(program: Program, edit: DataEdit) -> Program:
    """The program after the edit. Raises `InputError` for what is not there or does not fit."""
    match edit:
        case ChangeValues():
            return _with_values(program, edit)
        case AddParameter(parameter=parameter):
            model = formulation_of(program)
            return with_formulation(program, parameters=(*model.parameters, parameter))
        case AddMember():
            return _with_member(program, edit)
        case DropMember(set=name, member=member):
            return _without_member(program, name, member)


# Many values


def _with_values(program: Program, edit: ChangeValues) -> Program:
    parameter = parameter_named(program, edit.parameter)
    sets = program.instance.parameters[parameter.name].sets
    if len(edit.at) != len(sets):
        raise InputError(
            f"{parameter.name!r} has {len(sets)} indices, and {len(edit.at)} are spoken of"
        )
    for members, over in zip(edit.at, sets, strict=True):
        for member in members:
            _demand_member(member, over)
    meant = [frozenset(members) or None for members in edit.at]
    if parameter.column is not None:
        return _with_cells(program, parameter, parameter.column, meant, edit.turned)
    if parameter.values is None:
        raise InputError(f"{parameter.name!r} has no values to change")
    below = tuple(tuple(over.texts) for over in sets)
    values = _changed(parameter.values, meant, below, edit.turned)
    return with_parameter(program, parameter.model_copy(update={"values": values}))


def _changed(
    values: Values,
    meant: Sequence[frozenset[str] | None],
    below: tuple[tuple[str, ...], ...],
    turned: Turned,
) -> Values:
    """Nested values, changed where every index is meant; a number that stands for a whole set is
    written out where only some of its members change."""
    if not isinstance(values, dict):
        if all(members is None for members in meant):
            return turned(values)
        values = dict.fromkeys(below[0], values)
    first, *rest = meant
    return {
        member: _changed(inner, rest, below[1:], turned)
        if first is None or member in first
        else inner
        for member, inner in values.items()
    }


def _with_cells(
    program: Program,
    parameter: Parameter,
    column: Column,
    meant: Sequence[frozenset[str] | None],
    turned: Turned,
) -> Program:
    table = program.tables[column.table]
    sets = program.instance.parameters[parameter.name].sets
    rows = _rows_meant(table, column, sets, meant)
    if not column.heads:
        parameter, head = own_column(program, parameter)
        return _with_table(
            program, table, {head: _turned_cells(table, column.value, rows, turned)}, parameter
        )
    across = meant[-1]
    members = sets[-1].positions
    heads = [c.name for c in table.columns if c.name in members and c.name not in column.keys]
    changed = {
        head: _turned_cells(table, head, rows, turned)
        for head in heads
        if across is None or head in across
    }
    return _with_table(program, table, changed, parameter)


def _rows_meant(
    table: Table,
    column: Column,
    sets: Sequence[BoundSet],
    meant: Sequence[frozenset[str] | None],
) -> Sequence[bool]:
    """Which rows of a table hold values of the members that are meant."""
    wanted = np.ones(len(table), dtype=np.bool_)
    for key, value in column.where.items():
        wanted &= np.array([key_text(cell) == key_text(value) for cell in table.column(key).cells])
    at = 0
    for over, members in zip(sets, meant, strict=True):
        keys = column.keys[at : at + max(1, len(over.parts))]
        at += len(keys)
        if members is None or not keys:
            continue
        texts = [",".join(parts) for parts in zip(*(table.keys(k) for k in keys), strict=True)]
        wanted &= np.array([text in members for text in texts], dtype=np.bool_)
    found: list[bool] = wanted.tolist()
    return found


def _turned_cells(table: Table, head: str, rows: Sequence[bool], turned: Turned) -> list[Cell]:
    cells = table.column(head).cells
    return [
        turned(float(cell)) if wanted and isinstance(cell, int | float) else cell
        for cell, wanted in zip(cells, rows, strict=True)
    ]


def _with_table(
    program: Program, table: Table, changed: Mapping[str, Sequence[Cell]], parameter: Parameter
) -> Program:
    columns: dict[str, Sequence[object]] = {c.name: c.cells for c in table.columns}
    new = from_columns(table.name, columns | dict(changed), table.row_numbers)
    tables = {**program.tables, table.name: new}
    return with_parameter(Program(program.formulation, tables), parameter)


# Members


@dataclass(frozen=True)
class Missing:
    """A value that a new member needs: of which parameter, and at which members."""

    parameter: Parameter
    at: tuple[str, ...]


def set_named(program: Program, name: str) -> IndexSet:
    """The set of that name; `InputError` where there is none."""
    sets = formulation_of(program).sets
    for over in sets:
        if over.name == name:
            return over
    known = [over.name for over in sets]
    raise InputError(f"there is no set {name!r}", hint=did_you_mean(name, known))


def missing_values(program: Program, edit: AddMember) -> Iterator[Missing]:
    """The values that a new member needs and does not bring, in the order of the model."""
    for parameter in formulation_of(program).parameters:
        if edit.set not in parameter.indices or parameter.has_default:
            continue
        given = edit.values.get(parameter.name)
        others = [
            program.instance.sets[over].texts for over in parameter.indices if over != edit.set
        ]
        for place in product(*others):
            if _at(program, parameter, given, place) is None:
                yield Missing(parameter, _with_own(parameter, edit, place))


def _with_own(parameter: Parameter, edit: AddMember, place: tuple[str, ...]) -> tuple[str, ...]:
    rest = iter(place)
    return tuple(edit.member if over == edit.set else next(rest) for over in parameter.indices)


def _at(
    program: Program, parameter: Parameter, values: Values | Texts | None, place: Sequence[str]
) -> float | str | None:
    """The value at the members of the other indices; one number or text stands for all of them.
    None where there is none, or a text where a number is wanted and the other way round."""
    for member in place:
        if not isinstance(values, dict):
            break
        values = values.get(member)
    wanted = str if is_of_texts(program, parameter) else (int, float)
    return values if isinstance(values, wanted) else None


def filled(edit: AddMember, missing: Missing, value: float | str) -> AddMember:
    """The edit with one more of the values that it lacked."""
    place = [m for m, over in zip(missing.at, missing.parameter.indices, strict=True)
             if over != edit.set]  # fmt: skip
    name = missing.parameter.name
    given = _put(edit.values.get(name), place, value)
    return edit.model_copy(update={"values": {**edit.values, name: given}})


def _put(values: Any, place: Sequence[str], value: float | str) -> Any:
    if not place:
        return value
    inner = dict(values) if isinstance(values, dict) else {}
    first, *rest = place
    return {**inner, first: _put(inner.get(first), rest, value)}


def _with_member(program: Program, edit: AddMember) -> Program:
    over = set_named(program, edit.set)
    if edit.member in program.instance.sets[over.name].positions:
        raise InputError(f"{edit.member!r} is there already")
    unknown = edit.values.keys() - {
        p.name for p in formulation_of(program).parameters if over.name in p.indices
    }
    if unknown:
        raise InputError(f"{min(unknown)!r} is no number of each of {over.name!r}")
    lacking = next(missing_values(program, edit), None)
    if lacking is not None:
        where = ", ".join(lacking.at)
        raise InputError(f"the value of {lacking.parameter.name!r} for {where} is not known")
    model, tables = formulation_of(program), dict(program.tables)
    if over.column is not None:
        if over.column.heads or over.column.keys:
            raise InputError(
                f"a member of {over.name!r} is read from its table",
                hint="add it in the file and bring the table again",
            )
    elif over.expression or over.tuples:
        raise InputError(f"the members of {over.name!r} are worked out, so none can be added")
    changed: list[Parameter] = []
    rows: dict[str, list[dict[str, Cell]]] = {}
    if over.column is not None:
        rows[over.column.table] = [{over.column.value: edit.member}]
    for parameter in model.parameters:
        if over.name not in parameter.indices or parameter.name not in edit.values:
            changed.append(parameter)
        elif parameter.column is None:
            changed.append(_with_inline(program, parameter, edit))
        else:
            changed.append(parameter)
            _add_rows(program, parameter, parameter.column, edit, rows)
    for name, added in rows.items():
        tables[name] = _with_rows(tables[name], added)
    sets = tuple(
        s
        if s.name != over.name or over.column is not None
        else s.model_copy(update={"members": (*s.members, _member(edit.member, s))})
        for s in model.sets
    )
    parts = {"sets": sets, "parameters": tuple(changed)}
    valid = Formulation.model_validate(model.model_copy(update=parts).model_dump())
    return Program(valid, tables)


def _member(text: str, over: IndexSet) -> Member:
    whole = bool(over.members) and all(isinstance(m, int) for m in over.members)
    return int(text) if whole and text.lstrip("-").isdigit() else text


def _with_inline(program: Program, parameter: Parameter, edit: AddMember) -> Parameter:
    """The parameter with the new member's values put in at its place."""
    is_texts = is_of_texts(program, parameter)
    values = parameter.texts if is_texts else parameter.values
    if values is None and parameter.has_default:
        values = {}
    if not isinstance(values, dict):  # one stands for all members, the new one as well
        depth = [tuple(program.instance.sets[over].texts) for over in parameter.indices]
        values = _spread(values or ("" if is_texts else 0.0), depth)
    others = [program.instance.sets[o].texts for o in parameter.indices if o != edit.set]
    whole: Any = values
    for place in product(*others):
        value = _at(program, parameter, edit.values[parameter.name], place)
        assert value is not None
        whole = _put(whole, _with_own(parameter, edit, place), value)
    return parameter.model_copy(update={"texts" if is_texts else "values": whole})


def _spread(value: float | str, below: Sequence[Sequence[str]]) -> dict[str, Any]:
    first, *rest = below
    return {member: _spread(value, rest) if rest else value for member in first}


def _add_rows(
    program: Program,
    parameter: Parameter,
    column: Column,
    edit: AddMember,
    rows: dict[str, list[dict[str, Cell]]],
) -> None:
    """Put the new member's values into new rows of the parameter's table."""
    index_columns = len(column.keys) + column.heads
    if index_columns != len(parameter.indices) or (
        column.heads and parameter.indices[-1] == edit.set
    ):
        raise InputError(
            f"the values of {parameter.name!r} lie in a wide table, which takes no new head here",
            hint="add it in the file and bring the table again",
        )
    waiting = rows.setdefault(column.table, [])
    others = [program.instance.sets[o].texts for o in parameter.indices if o != edit.set]
    for place in product(*others):
        at = _with_own(parameter, edit, place)
        keys = dict(zip(column.keys, at, strict=not column.heads))
        value = _at(program, parameter, edit.values[parameter.name], place)
        row = next((r for r in waiting if all(r.get(k) == m for k, m in keys.items())), None)
        if row is None:
            row = dict[str, Cell](keys) | dict(column.where)
            waiting.append(row)
        row[at[-1] if column.heads else column.value] = value


def _with_rows(table: Table, added: Sequence[Mapping[str, Cell]]) -> Table:
    numbers = [*table.row_numbers]
    last = numbers[-1] if numbers else 1
    columns: dict[str, Sequence[object]] = {
        c.name: [*c.cells, *(_like(c.cells, row.get(c.name)) for row in added)]
        for c in table.columns
    }
    return from_columns(table.name, columns, [*numbers, *(last + k + 1 for k in range(len(added)))])


def _like(cells: Sequence[Cell], value: Cell) -> Cell:
    """A member as the cells beside it are written: `13` among whole numbers is a number."""
    whole = bool(len(cells)) and all(isinstance(cell, int) for cell in cells)
    is_digits = isinstance(value, str) and value.lstrip("-").isdigit()
    return int(value) if whole and is_digits and isinstance(value, str) else value


def _without_member(program: Program, name: str, member: str) -> Program:
    over = set_named(program, name)
    _demand_member(member, program.instance.sets[name])
    if len(program.instance.sets[name]) == 1:
        raise InputError(f"{member!r} is the only member of {name!r}")
    model, tables = formulation_of(program), dict(program.tables)
    if over.column is not None:
        if over.column.heads or over.column.keys:
            raise InputError(f"the members of {name!r} are heads or pairs of its table",
                             hint="change the file and bring the table again")  # fmt: skip
        table = tables[over.column.table]
        kept = [k for k, text in enumerate(table.keys(over.column.value)) if text != member]
        columns: dict[str, Sequence[object]] = {
            c.name: [c.cells[k] for k in kept] for c in table.columns
        }
        tables[table.name] = from_columns(table.name, columns, [table.row_numbers[k] for k in kept])
        return Program(model, tables)
    if over.expression or over.tuples:
        raise InputError(f"the members of {name!r} are worked out, so none can be taken out")
    sets = tuple(
        s.model_copy(update={"members": tuple(m for m in s.members if str(m) != member)})
        if s.name == name
        else s
        for s in model.sets
    )
    parameters = tuple(
        p
        if name not in p.indices or p.values is None
        else p.model_copy(update={"values": _without(p.values, p.indices, name, member)})
        for p in model.parameters
    )
    changed = model.model_copy(update={"sets": sets, "parameters": parameters})
    return Program(Formulation.model_validate(changed.model_dump()), tables)


def _without(values: Values, indices: Sequence[str], name: str, member: str) -> Values:
    if not isinstance(values, dict) or not indices:
        return values
    first, *rest = indices
    return {
        m: _without(inner, rest, name, member)
        for m, inner in values.items()
        if first != name or m != member
    }


def _demand_member(member: str, over: BoundSet) -> None:
    if member not in over.positions:
        raise InputError(
            f"{member!r} is not a member of {over.name!r}",
            hint=did_you_mean(member, list(over.texts[:500])),
        )
