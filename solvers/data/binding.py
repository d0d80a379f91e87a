"""Joining a formulation with its tables: sets get members, parameters get arrays of numbers."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from math import isclose, prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from optwright.errors import DataError, FaultyData, FormulationError
from optwright.solvers.data.bound import (
    DENSE_ELEMENTS,
    MAX_ELEMENTS,
    BoundParameter,
    BoundSet,
    BoundText,
    BoundVariable,
    Family,
    Instance,
    Places,
    element_name,
    factorized,
    has_twins,
    limit_size,
    numbered,
    set_of,
    tuples_of,
)
from optwright.solvers.data.index_evaluation import Frame, Ground
from optwright.solvers.data.stated_for import refuse_unstated, written_out
from optwright.solvers.data.table import (
    ColumnType,
    Table,
    did_you_mean,
    from_columns,
    key_text,
)
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.checks import row_names
from optwright.solvers.language.goals import objective_names
from optwright.solvers.language.stages import single
from optwright.solvers.language.transform import write_out
from optwright.solvers.model.formulation import (
    Column,
    Domain,
    Formulation,
    IndexSet,
    NamedExpression,
    Parameter,
    ParameterKind,
    Texts,
    Values,
    Variable,
)
from optwright.solvers.model.linear_model import Floats

__all__ = [
    "MAX_ELEMENTS",
    "BoundParameter",
    "BoundSet",
    "BoundText",
    "BoundVariable",
    "Family",
    "Instance",
    "bind",
    "bind_variable",
    "check_probabilities",
    "element_bounds",
    "element_name",
]

SHORT = 10**15  # whole numbers of more digits are members by their text

_YES = {"yes": 1.0, "true": 1.0, "y": 1.0, "no": 0.0, "false": 0.0, "n": 0.0}


def bind(formulation: Formulation, tables: Mapping[str, Table]) -> Instance:
    """Join a formulation that `check` finds no errors in with the tables it names.

    Raises `DataError` for a table or column that is not there, a cell that is no number and a
    key that is there twice; a combination without a value is told when something needs it.
    """
    stated, plain = formulation, single(formulation)
    formulation = _with_attributes(plain, tables)
    binder = _Binder(formulation, tables)
    named = {stated.name: stated for stated in formulation.expressions}
    empty = binder.instance()
    if plain is not stated:
        check_probabilities(stated, empty)
    variables = dict(_bind_variables(formulation.variables, empty))
    objective = ex.parse(formulation.objective.expression)
    if any(stated.forall for stated in formulation.expressions):
        _refuse_unstated(formulation, replace(empty, variables=variables), named)
    return replace(
        empty,
        variables=variables,
        objective=write_out(objective, named),
        families=tuple(
            replace(
                family,
                statement=write_out(family.statement, named),
                forall=replace(
                    family.forall, generators=written_out(family.forall.generators, named)
                ),
            )
            for family in _families(formulation)
        ),
    )


def _with_attributes(formulation: Formulation, tables: Mapping[str, Table]) -> Formulation:
    """Parameters that are compared with texts, and whose column holds texts, are attributes: only
    the table says so."""
    texts = {
        given.name
        for given in formulation.parameters
        if given.kind is ParameterKind.NUMBER
        and given.column is not None
        and given.column.value
        and given.column.table in tables
        and _holds_texts(tables[given.column.table], given.column.value)
    }
    texts = texts and texts & _compared_with_texts(formulation)
    if not texts:
        return formulation
    parameters = tuple(
        given.model_copy(update={"kind": ParameterKind.TEXT}) if given.name in texts else given
        for given in formulation.parameters
    )
    return formulation.model_copy(update={"parameters": parameters})


def _holds_texts(table: Table, head: str) -> bool:
    return any(c.name == head and c.type is ColumnType.TEXT for c in table.columns)


def _compared_with_texts(formulation: Formulation) -> set[str]:
    """The names that stand beside a text in `==`, `!=` and `in`, or beside a name that does."""
    found, pairs = set[str](), list[tuple[str, str]]()
    for node in _conditions_of(formulation):
        match node:
            case ex.Comparison("==" | "!=", ex.Ref(name), ex.Quoted()):
                found.add(name)
            case ex.Comparison("==" | "!=", ex.Quoted(), ex.Ref(name)):
                found.add(name)
            case ex.Comparison("==" | "!=", ex.Ref(one), ex.Ref(other)):
                pairs.append((one, other))
            case ex.Membership((ex.Ref(name),), tuple(listed)):
                if any(isinstance(text, ex.Quoted) for text in listed):
                    found.add(name)
    for _ in pairs:
        found |= {name for pair in pairs if found & {*pair} for name in pair}
    return found


def _conditions_of(formulation: Formulation) -> Iterator[ex.Node]:
    """Everything inside the expressions of a formulation with one objective."""
    yield from ex.walk(ex.parse(formulation.objective.expression))
    for row in formulation.constraints:
        for statement in ex.parse_constraint(row.expression):
            yield from ex.walk(statement)
        yield from ex.walk(ex.parse_forall(row.forall))
    for part in formulation.expressions:
        yield from ex.walk(ex.parse(part.expression))
        yield from ex.walk(ex.parse_forall(part.forall))
    for variable in formulation.variables:
        yield from ex.walk(ex.parse_forall(variable.forall))
        for text in filter(None, (variable.lower_expression, variable.upper_expression)):
            yield from ex.walk(ex.parse(text))
    for stated in formulation.sets:
        if stated.expression:
            yield from ex.walk_set(ex.parse_set(stated.expression))


def _refuse_unstated(
    formulation: Formulation, instance: Instance, named: Mapping[str, NamedExpression]
) -> None:
    """Refuse named expressions that are used where they are not stated."""
    objective = ex.parse(formulation.objective.expression)
    refuse_unstated(objective, Ground(instance, "objective"), Frame(), named)
    for stated in formulation.expressions:
        ground = Ground(instance, stated.name)
        frame, _ = ground.extend(Frame(), ex.parse_forall(stated.forall).generators)
        refuse_unstated(ex.parse(stated.expression), ground, frame, named)
    for family in _families(formulation):
        ground = Ground(instance, family.name)
        frame, _ = ground.extend(Frame(), written_out(family.forall.generators, named))
        refuse_unstated(family.statement, ground, frame, named)


def check_probabilities(stated: Formulation, instance: Instance) -> None:
    """Raise `FormulationError` for probabilities from data that do not add up to 1."""
    for name, objective in zip(objective_names(stated), stated.objectives, strict=True):
        if not (objective.forall and objective.probability):
            continue
        loops = ex.parse_forall(objective.forall).generators
        total = ex.Aggregate("sum", ex.parse(objective.probability), loops)
        found = float(Ground(instance, name).constant(total, Frame())[0])
        if not isclose(found, 1.0, abs_tol=1e-6):
            raise FormulationError(
                f"the probabilities {objective.probability!r} of {name!r} add up to {found:g}, "
                "not to 1"
            )


def _families(formulation: Formulation) -> Iterator[Family]:
    for constraint in formulation.constraints:
        statements = ex.parse_constraint(constraint.expression)
        forall = ex.parse_forall(constraint.forall)
        for name, statement in zip(row_names(constraint, len(statements)), statements, strict=True):
            yield Family(name, forall, statement)


class _Binder:
    """Sets may be worked out from parameters and these run over sets, so each is bound when it is
    first asked for."""

    def __init__(self, formulation: Formulation, tables: Mapping[str, Table]) -> None:
        self._formulation = formulation
        self._tables = tables
        self._stated_sets = {s.name: s for s in formulation.sets}
        self._stated = {p.name: p for p in formulation.parameters}
        self._sets: dict[str, BoundSet] = {}
        self._parameters: dict[str, BoundParameter] = {}
        self._texts: dict[str, BoundText] = {}
        self._open: list[str] = []

    def instance(self) -> Instance:
        """Everything but the variables and what is stated of them."""
        for name in self._stated_sets:
            self._set(name)
        for name in self._stated:
            self._parameter(name)
        # In the order of the formulation, whatever was needed first.
        return self._so_far(
            {name: self._sets[name] for name in self._stated_sets},
            {name: self._parameters[name] for name in self._stated if name in self._parameters},
        )

    def _so_far(
        self, sets: Mapping[str, BoundSet], parameters: Mapping[str, BoundParameter]
    ) -> Instance:
        return Instance(
            self._formulation, sets, parameters, {}, ex.Number(0), (), dict(self._texts)
        )

    def _set(self, name: str) -> BoundSet:
        if name not in self._sets:
            stated = self._stated_sets[name]
            if name in self._open:
                circle = ", ".join((*self._open, name))
                raise FormulationError(f"sets are worked out from each other in a circle: {circle}")
            self._open.append(name)
            self._sets[name] = self._bind_set(stated)
            self._open.pop()
        return self._sets[name]

    def _bind_set(self, stated: IndexSet) -> BoundSet:
        if stated.expression:
            found = self._computed(stated.name, ex.parse_set(stated.expression))
        elif stated.tuples:
            found = _tuples(stated.name, [list(map(str, t)) for t in stated.tuples])
        elif stated.column is not None:
            found = _set_from_table(stated.name, stated.column, self._tables)
        else:
            found = set_of(stated.name, list(map(str, stated.members)))
        return _sorted(found) if stated.sort else found

    def _parameter(self, name: str) -> BoundParameter | BoundText:
        if name in self._texts:
            return self._texts[name]
        if name not in self._parameters:
            stated = self._stated[name]
            sets = tuple(map(self._set, stated.indices))
            if stated.kind is ParameterKind.TEXT:
                self._texts[name] = _bind_text(stated, sets, self._tables)
                return self._texts[name]
            self._parameters[name] = _bind_parameter(stated, sets, self._tables)
        return self._parameters[name]

    # Sets that are worked out

    def _computed(self, name: str, node: ex.SetExpr) -> BoundSet:
        match node:
            case ex.Ref(other):
                return self._set(other).named(name)
            case ex.SetRange(low, high):
                first, last = self._whole(name, low), self._whole(name, high)
                limit_size(name, (max(last - first + 1, 0),))
                few = abs(first) < SHORT and abs(last) < SHORT
                whole = range(first, last + 1)
                return set_of(name, whole if few else list(map(str, whole)))
            case ex.SetOf(members, generators):
                return self._comprehension(name, members, generators)
            case ex.SetJunction(operator, left, right):
                sides = self._computed(name, left), self._computed(name, right)
                return _joined(name, operator, *sides)

    def _whole(self, name: str, node: ex.Expr) -> int:
        value = float(self._ground(name, node).constant(node, Frame())[0])
        if value != round(value):
            raise FormulationError(
                f"{name!r} runs to {ex.to_text(node)!r}, which is {value:g} and no whole number",
                hint="round it: ceil(...) or floor(...)",
            )
        return round(value)

    def _ground(self, name: str, *nodes: ex.Expr | ex.Condition | ex.Forall) -> Ground:
        used = frozenset[str]().union(*map(ex.names, nodes))
        for other in used:
            if other in self._stated_sets:
                self._set(other)
            elif other in self._stated:
                self._parameter(other)
        return Ground(self._so_far(self._sets, self._parameters), name)

    def _comprehension(
        self,
        name: str,
        members: tuple[tuple[ex.Expr, ...], ...],
        generators: tuple[ex.Generator, ...],
    ) -> BoundSet:
        parts = [part for member in members for part in member]
        ground = self._ground(name, ex.Forall(generators), *parts)
        frame, _ = ground.extend(Frame(), generators)
        rows = [[_texts(ground, part, frame) for part in member] for member in members]
        columns = [list(itertools.chain(*column)) for column in zip(*rows, strict=True)]
        if len(columns) == 1:
            return set_of(name, list(dict.fromkeys(columns[0])))
        return tuples_of(name, [factorized(column) for column in columns])


def _texts(ground: Ground, node: ex.Expr, frame: Frame) -> list[str]:
    """The texts of the members an expression gives."""
    if isinstance(node, ex.Quoted):
        return [node.value] * frame.size
    member = ground.member(node, frame)
    if member is None:
        return [key_text(value) for value in ground.constant(node, frame).tolist()]
    texts: list[str] = member.texts().tolist()
    if None in texts:
        raise FormulationError(f"{ground.element!r} uses {ex.to_text(node)!r} beyond its set")
    return texts


def _joined(name: str, operator: str, left: BoundSet, right: BoundSet) -> BoundSet:
    if operator == "*":
        one = [_columns(left), _columns(right)]
        sizes = len(left), len(right)
        limit_size(name, sizes)
        columns = [(t, np.repeat(at, sizes[1])) for t, at in one[0]]
        columns += [(t, np.tile(at, sizes[0])) for t, at in one[1]]
        return tuples_of(name, columns)
    if left.width != right.width:
        raise FormulationError(
            f"{name!r} joins sets whose members have {left.width} and {right.width} parts"
        )
    if operator == "|":
        kept = [*left.positions, *(t for t in right.positions if t not in left.positions)]
    else:
        kept = [t for t in left.positions if (t in right.positions) == (operator == "&")]
    if not left.parts:
        return set_of(name, kept)
    known = {
        text: tuple(map(str, member))
        for over in (right, left)
        for text, member in zip(over.positions, over.members, strict=True)
        if isinstance(member, tuple)
    }
    return _tuples(name, [known[text] for text in kept], left.width)


def _columns(over: BoundSet) -> list[tuple[Sequence[str], Places]]:
    if not over.parts:
        return [(over.texts, np.arange(len(over)))]
    return [(part.texts, at) for part, at in zip(over.parts, over.codes, strict=True)]


def _tuples(name: str, rows: Sequence[Sequence[str]], width: int = 0) -> BoundSet:
    columns = list(zip(*rows, strict=True)) or [()] * width
    return tuples_of(name, [factorized(column) for column in columns])


def _sorted(over: BoundSet) -> BoundSet:
    if over.parts:
        return _tuples(over.name, sorted(_by_number(m) for m in over.members), over.width)
    if over.numbers is not None:
        return set_of(over.name, list(map(str, sorted(map(int, over.texts)))))
    return set_of(over.name, sorted(over.texts))


def _by_number(member: object) -> tuple[str, ...]:
    assert isinstance(member, tuple)
    return tuple(map(str, member))


def _set_from_table(name: str, column: Column, tables: Mapping[str, Table]) -> BoundSet:
    table = _table(name, column, tables)
    if column.heads:
        heads = [c.name for c in table.columns if c.name not in {*column.keys, *column.where}]
        return set_of(name, [head for head in heads if head != column.value])
    rows = _rows(table, column)
    if column.value or len(column.keys) == 1:
        head = column.value or column.keys[0]
        whole = table.whole_codes(head)
        if whole is not None and len(rows) == len(table):
            return set_of(name, whole[0])
        texts, codes = table.codes(head)
        kept = np.unique(codes[rows])
        first = np.full(len(texts), len(codes), dtype=np.intp)
        np.minimum.at(first, codes[rows], np.arange(len(rows)))
        order = kept[np.argsort(first[kept], kind="stable")]
        _refuse_empty_key(table, head, texts, codes)
        return set_of(name, [texts[at] for at in order.tolist()])
    if not column.keys:
        raise DataError(f"{name!r} names no column of the table {table.name!r}")
    parts = list[tuple[Sequence[str] | NDArray[np.int64], Places]]()
    for key in column.keys:
        whole = table.whole_codes(key)
        if whole is not None and len(rows) == len(table):
            parts.append(whole)
            continue
        texts, codes = table.codes(key)
        _refuse_empty_key(table, key, texts, codes)
        parts.append(_compacted(texts, codes[rows]))
    return tuples_of(name, parts)


def _compacted(texts: Sequence[str], codes: Places) -> tuple[list[str], Places]:
    """Only the texts that are used, in the order of their first use in the table."""
    used = np.zeros(len(texts), dtype=np.bool_)
    used[codes] = True
    renumbered = np.cumsum(used) - 1
    return [t for t, kept in zip(texts, used.tolist(), strict=True) if kept], renumbered[codes]


def _refuse_empty_key(table: Table, key: str, texts: Sequence[str], codes: Places) -> None:
    if "" in texts:
        table.keys(key)  # names the row


def _rows(table: Table, column: Column) -> Places:
    """The rows of a table that hold what `where` says."""
    kept = np.ones(len(table), dtype=np.bool_)
    for key, wanted in column.where.items():
        texts, codes = table.codes(key)
        text = key_text(wanted)
        if text not in texts:
            raise DataError(
                f"column {key!r} of table {table.name!r} nowhere holds {text!r}",
                hint=did_you_mean(text, texts),
            )
        kept &= codes == texts.index(text)
    return np.flatnonzero(kept)


def _table(element: str, column: Column, tables: Mapping[str, Table]) -> Table:
    if (table := tables.get(column.table)) is not None:
        return table
    known = ", ".join(map(repr, tables)) or "no tables"
    raise DataError(
        f"{element!r} needs the table {column.table!r}; there are {known}"
        if tables
        else f"{element!r} needs the table {column.table!r}, and no tables are given",
        hint=did_you_mean(column.table, list(tables)),
    )


# Parameters


def _bind_parameter(
    parameter: Parameter, sets: tuple[BoundSet, ...], tables: Mapping[str, Table]
) -> BoundParameter:
    shape = tuple(map(len, sets))
    if prod(shape) >= 2**62:
        raise FormulationError(f"{parameter.name!r} runs over {prod(shape):,} combinations")
    flat, numbers = _given(parameter, sets, tables)
    default = np.nan if parameter.default is None else parameter.default
    if not sets:
        single = numbers[0] if len(numbers) else default
        return BoundParameter(parameter.name, sets, np.array(single, dtype=np.float64))
    if len(flat) == prod(shape) and _is_rising(flat):
        limit_size(parameter.name, shape)
        return BoundParameter(parameter.name, sets, numbers.reshape(shape))
    if prod(shape) <= DENSE_ELEMENTS or len(flat) * 4 > prod(shape):
        limit_size(parameter.name, shape)
        values = np.full(shape, default)
        values.reshape(-1)[flat] = numbers
        return BoundParameter(parameter.name, sets, values)
    if not _is_rising(flat):
        order = np.argsort(flat, kind="stable")
        flat, numbers = flat[order], numbers[order]
    return BoundParameter(parameter.name, sets, None, flat, numbers, default)


def _is_rising(flat: NDArray[np.int64]) -> bool:
    return bool(np.all(flat[1:] > flat[:-1]))


def _given(
    parameter: Parameter, sets: tuple[BoundSet, ...], tables: Mapping[str, Table]
) -> tuple[NDArray[np.int64], Floats]:
    """The combinations that have a value, numbered with the last index fastest, and their values.
    Of a parameter without indices only the value."""
    if parameter.column is not None:
        return _from_column(parameter, parameter.column, sets, tables)
    if parameter.values is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    if not isinstance(parameter.values, dict):
        sizes = tuple(map(len, sets))
        limit_size(parameter.name, sizes)
        return np.arange(prod(sizes)), np.full(prod(sizes), parameter.values)
    found = list[Places]()
    numbers = list[Floats]()

    def leaf(places: Places, values: Iterable[Any]) -> None:
        found.append(places)
        numbers.append(np.fromiter(values, np.float64, len(places)))

    _from_nested(parameter.name, parameter.values, sets, 0, leaf)
    nothing = np.zeros(0, dtype=np.int64)
    return np.concatenate([nothing, *found]), np.concatenate([np.zeros(0), *numbers])


def _from_nested(
    name: str,
    nested: Mapping[str, Values] | Mapping[str, Texts],
    sets: tuple[BoundSet, ...],
    above: int,
    leaf: Callable[[Places, Iterable[Any]], None],
) -> None:
    """Hand `leaf` the numbers of the combinations that have a value, and their values, for all of
    one last level at a time. `above` is the combination of the levels before."""
    first, rest = sets[0], sets[1:]
    if first.parts:
        nested = dict(_by_tuple(nested, first.width))  # type: ignore[assignment]  # as deep
    base = above * len(first)
    if not rest:
        keys = list(nested)
        if keys == first.texts:  # far quicker than a look-up, and how most are written
            leaf(np.arange(base, base + len(keys)), nested.values())
            return
        known = list(map(first.positions.get, keys))
        if None in known:
            _refuse_member(name, keys[known.index(None)], first)
        leaf(base + np.array(known, dtype=np.int64), nested.values())
        return
    for member, inner in nested.items():
        position = first.positions.get(member)
        if position is None:
            _refuse_member(name, member, first)
        if not isinstance(inner, dict):
            raise FormulationError(f"{name!r} has one value for {member!r}; it has more indices")
        _from_nested(name, inner, rest, base + position, leaf)


def _by_tuple(
    nested: Mapping[str, Values] | Mapping[str, Texts], width: int
) -> Iterator[tuple[str, Values | Texts]]:
    """Values over a set of tuples by one key: `{"a": {"b": 1}}` and `{"a,b": 1}` alike."""
    for key, inner in nested.items():
        if key.count(",") + 1 < width and isinstance(inner, dict):
            for more, value in _by_tuple(inner, width - 1 - key.count(",")):
                yield f"{key},{more}", value
        else:
            yield ",".join(part.strip() for part in key.strip("()").split(",")), inner


def _refuse_member(name: str, member: str, over: BoundSet) -> NoReturn:
    raise FormulationError(
        f"{name!r} has a value for {member!r}, which is not a member of {over.name!r}",
        hint=did_you_mean(member, list(over.texts)),
    )


def _from_column(
    parameter: Parameter, column: Column, sets: tuple[BoundSet, ...], tables: Mapping[str, Table]
) -> tuple[NDArray[np.int64], Floats]:
    """Rows whose keys are in the sets give values; others are about something else."""
    name = parameter.name
    table = _table(name, column, tables)
    if parameter.kind is ParameterKind.NUMBER:
        _demand_numbers(name, tables)
    rows = _rows(table, column)
    if column.heads:
        return _from_wide(parameter, column, sets, table, rows)
    if sets and not _are_numbers(table, column.value):
        rows = _of_members(parameter, column, sets, table, rows)
        numbers = _some_numbers(parameter, table, column.value, rows)
    else:
        numbers = _at_rows(_numbers(parameter, table, column.value), rows)
    if not sets:
        if len(rows) > 1:
            raise DataError(
                f"{name!r} is one number, and table {table.name!r} has {len(rows)} rows"
            )
        return np.zeros(0, dtype=np.int64), numbers
    places = _key_places(table, column.keys, sets, rows)
    return _once(name, table, column, sets, places, numbers, rows)


def _are_numbers(table: Table, head: str) -> bool:
    column = table.column(head)
    return column.type is not ColumnType.TEXT and None not in column.cells


def _of_members(
    parameter: Parameter,
    column: Column,
    sets: tuple[BoundSet, ...],
    table: Table,
    rows: Places,
) -> Places:
    """The rows that are about members of the sets, all of them where none is; the cells of others
    are not asked for. With a default, an empty cell is no value."""
    places = _key_places(table, column.keys, sets, rows)
    about = np.all([place >= 0 for place in places], axis=0)
    if not about.any():
        return rows
    if parameter.default is not None:
        cells = table.column(column.value).cells
        about &= np.array([cells[k] is not None for k in rows.tolist()], dtype=np.bool_)
    return rows[about]


def _some_numbers(parameter: Parameter, table: Table, head: str, rows: Places) -> Floats:
    """The numbers of a column in some rows; complaints count rows as the file does."""
    if not len(rows) or len(rows) == len(table):
        return _at_rows(_numbers(parameter, table, head), rows)
    cells = table.column(head).cells
    part = from_columns(
        table.name,
        {head: [cells[k] for k in rows.tolist()]},
        [table.row_numbers[k] for k in rows.tolist()],
    )
    return _numbers(parameter, part, head)


def _at_rows(column: NDArray[Any], rows: Places) -> NDArray[Any]:
    """The cells of some rows, which rise; all of them are not copied."""
    return column if len(rows) == len(column) else column[rows]


def _demand_numbers(name: str, tables: Mapping[str, Table]) -> None:
    """Refuse tables that hold no number at all where one is asked for."""
    if not any(table.has_numbers for table in tables.values()):
        known = ", ".join(repr(c.name) for table in tables.values() for c in table.columns)
        raise FaultyData(
            f"{name!r} needs a column of numbers, and no table has one; there are {known}"
        )


def _numbers(parameter: Parameter, table: Table, head: str) -> Floats:
    if parameter.kind is not ParameterKind.YES_NO:
        return table.floats(head)
    if table.column(head).type is not ColumnType.TEXT:
        numbers = table.floats(head)
        strange = np.flatnonzero((numbers != 0) & (numbers != 1))
        if strange.size:
            at = int(strange[0])
            raise DataError(
                f"table {table.name!r}, column {head!r}, row {table.row_numbers[at]} holds "
                f"{numbers[at]:g}; {parameter.name!r} is yes or no"
            )
        return numbers
    texts, codes = table.codes(head)
    known = [_YES.get(text.strip().lower(), np.nan) for text in texts]
    numbers = np.array(known)[codes]
    unknown = np.flatnonzero(np.isnan(numbers))
    if unknown.size:
        at = int(unknown[0])
        raise DataError(
            f"table {table.name!r}, column {head!r}, row {table.row_numbers[at]} holds "
            f"{texts[codes[at]]!r}; {parameter.name!r} is yes or no"
        )
    return numbers


def _wide_numbers(parameter: Parameter, table: Table, head: str) -> Floats:
    """The numbers of one column of a wide table; NaN for an empty cell where there is a default."""
    cells = table.column(head).cells
    there = [k for k, cell in enumerate(cells) if cell is not None]
    if parameter.default is None or len(there) == len(cells) or not there:
        return _numbers(parameter, table, head)
    full = {head: [cells[k] for k in there]}
    filled = from_columns(table.name, full, [table.row_numbers[k] for k in there])
    numbers = np.full(len(cells), np.nan)
    numbers[there] = _numbers(parameter, filled, head)
    return numbers


def _key_places(
    table: Table, keys: Sequence[str], sets: Sequence[BoundSet], rows: Places
) -> list[Places]:
    """The place of each row's keys in the sets, -1 for a key that is no member."""
    found, at = list[Places](), 0
    for over in sets:
        parts = over.parts or (over,)
        columns = [_look_up(table, key, part) for key, part in zip(keys[at:], parts, strict=False)]
        columns = [_at_rows(column, rows) for column in columns]
        found.append(over.find(columns) if over.parts else columns[0])
        at += len(parts)
    return found


def _look_up(table: Table, key: str, over: BoundSet) -> Places:
    whole = table.column(key).whole
    if whole is not None and (found := over.find_numbers(whole)) is not None:
        return found
    texts, codes = table.codes(key)
    _refuse_empty_key(table, key, texts, codes)
    known = np.fromiter((over.positions.get(text, -1) for text in texts), np.intp, len(texts))
    return known[codes]


def _from_wide(
    parameter: Parameter,
    column: Column,
    sets: tuple[BoundSet, ...],
    table: Table,
    rows: Places,
) -> tuple[NDArray[np.int64], Floats]:
    """A wide table: the last index runs over the heads of its columns."""
    *by_key, across = sets
    heads = [c.name for c in table.columns if c.name in across.positions]
    if not heads:
        raise DataError(
            f"{parameter.name!r}: no column of table {table.name!r} is a member of {across.name!r}",
            hint=did_you_mean(across.texts[0], [c.name for c in table.columns])
            if len(across)
            else None,
        )
    keys = _key_places(table, column.keys, by_key, rows)
    places = [np.tile(at, len(heads)) for at in keys]
    places.append(np.repeat([across.positions[head] for head in heads], len(rows)))
    numbers = np.concatenate([_wide_numbers(parameter, table, head)[rows] for head in heads])
    there = ~np.isnan(numbers)
    known = [place[there] for place in places]
    lines = np.tile(rows, len(heads))[there]
    return _once(parameter.name, table, column, sets, known, numbers[there], lines)


def _once(  # noqa: PLR0917  (the parts of one column, called in two places)
    name: str,
    table: Table,
    column: Column,
    sets: tuple[BoundSet, ...],
    places: list[Places],
    numbers: Floats,
    rows: Places,
) -> tuple[NDArray[np.int64], Floats]:
    """One value a combination: those of one key are refused, or added up where that is asked.

    Rows whose keys are no members are left out; combinations come back as `_given` numbers them.
    """
    if any(place.min(initial=0) < 0 for place in places):
        known = np.flatnonzero(np.all([place >= 0 for place in places], axis=0))
        places, numbers, rows = [at[known] for at in places], numbers[known], rows[known]
    shape = tuple(map(len, sets))
    flat = numbered(places, shape)
    if _is_rising(flat) or not has_twins(flat):
        return flat, numbers
    kept, inverse = np.unique(flat, return_inverse=True)
    if column.repeated == "refuse":
        _refuse_duplicate(name, table, column, flat, rows)
    summed = np.bincount(inverse, weights=numbers, minlength=len(kept)).astype(np.float64)
    return kept, summed


def _refuse_duplicate(
    name: str, table: Table, column: Column, flat: Places, rows: Places
) -> NoReturn:
    twice = next(key for key, count in Counter(flat.tolist()).items() if count > 1)
    found = rows[flat == twice]
    told = [str(table.row_numbers[at]) for at in found.tolist()]
    key = ", ".join(table.keys(head)[int(found[0])] for head in column.keys)
    raise DataError(
        f"table {table.name!r} has {key} in rows {' and '.join(told[:5])}; "
        f"{name!r} takes one value for each {', '.join(column.keys)}",
        hint='add them up with `"repeated": "sum"` if they belong together',
    )


def _bind_text(
    parameter: Parameter, sets: tuple[BoundSet, ...], tables: Mapping[str, Table]
) -> BoundText:
    """A text attribute, its texts as a set of their own."""
    shape = tuple(map(len, sets))
    limit_size(parameter.name, shape)
    codes = np.full(shape, -1, dtype=np.intp)
    if parameter.column is not None:
        table = _table(parameter.name, parameter.column, tables)
        rows = _rows(table, parameter.column)
        texts, cells = table.codes(parameter.column.value)
        places = _key_places(table, parameter.column.keys, sets, rows)
        known = np.flatnonzero(np.all([place >= 0 for place in places], axis=0)) if places else rows
        codes[tuple(place[known] for place in places)] = cells[rows][known] if places else cells[0]
        empty = texts.index("") if "" in texts else -2
        codes[codes == empty] = -1
    elif isinstance(parameter.texts, dict):
        places_of, values = list[Places](), list[str]()

        def leaf(places: Places, more: Iterable[Any]) -> None:
            places_of.append(places)
            values.extend(more)

        _from_nested(parameter.name, parameter.texts, sets, 0, leaf)
        texts, listed = factorized(values)
        nothing = np.zeros(0, dtype=np.int64)
        codes.reshape(-1)[np.concatenate([nothing, *places_of])] = listed
    else:
        texts = [] if parameter.texts is None else [parameter.texts]
        codes[...] = -1 if parameter.texts is None else 0
    return BoundText(parameter.name, sets, codes, set_of(f"{parameter.name}.texts", list(texts)))


# Variables


def _bind_variables(
    variables: Sequence[Variable], instance: Instance
) -> Iterator[tuple[str, BoundVariable]]:
    offset = 0
    for variable in variables:
        sets = tuple(instance.sets[name] for name in variable.indices)
        bound = bind_variable(variable, sets, offset, instance)
        if bound.support is None:
            limit_size(variable.name, bound.shape)
        _refuse_double_names(bound)
        offset += bound.size
        yield variable.name, bound


def bind_variable(
    variable: Variable, sets: tuple[BoundSet, ...], offset: int, instance: Instance
) -> BoundVariable:
    """A variable with the combinations it is stated for, numbered from `offset`."""
    bound = BoundVariable(variable, sets, offset)
    expressions = variable.lower_expression, variable.upper_expression
    if not (variable.forall or any(expressions)):
        return bound
    ground = Ground(instance, variable.name)
    generators = ex.parse_forall(variable.forall).generators
    frame, _ = ground.extend(Frame(), generators)
    if sets and not generators:
        frame = Frame(bound.size, grid=None)
    order = np.arange(frame.size)
    if generators:
        names = [",".join(g.names) for g in generators]
        places = [frame.loops[name].places for name in names]
        flat = np.ravel_multi_index(tuple(places), bound.shape).astype(np.int64)
        order = np.argsort(flat, kind="stable")
        if len(flat) < prod(bound.shape):
            bound = replace(bound, support=flat[order])
    lowers, uppers = (
        _bound_values(ground, text, frame, sets)[order] if text else None for text in expressions
    )
    return _checked(replace(bound, lowers=lowers, uppers=uppers))


def _bound_values(ground: Ground, text: str, frame: Frame, sets: tuple[BoundSet, ...]) -> Floats:
    node = ex.parse(text)
    if isinstance(node, ex.Ref) and not node.indices and not frame.loops:
        parameter = ground.instance.parameters.get(node.name)
        if parameter is not None and parameter.sets == sets and sets:
            values = parameter.values.reshape(-1)
            if np.isnan(values).any():
                raise DataError(f"{ground.element!r} is bounded by {text!r}, which lacks a value")
            return values
    return ground.constant(node, frame)


def _checked(bound: BoundVariable) -> BoundVariable:
    """Bounds that cross are refused here: a formulation states them, no solver is needed."""
    lower, upper = element_bounds(bound)
    crossed = np.flatnonzero(lower > upper)
    if crossed.size:
        at = int(crossed[0])
        raise DataError(
            f"{bound.variable.name!r} has a lower bound {lower[at]:g} above its upper bound "
            f"{upper[at]:g} in {crossed.size:,} of {bound.size:,} elements"
        )
    return bound


def element_bounds(bound: BoundVariable) -> tuple[Floats, Floats]:
    """The lower and upper bound of each element, infinite where there is none.

    A binary is between 0 and 1, and fixed where its bounds say so.
    """
    stated = bound.variable
    low = -np.inf if stated.lower is None else stated.lower
    high = np.inf if stated.upper is None else stated.upper
    lower = np.full(bound.size, low) if bound.lowers is None else bound.lowers
    upper = np.full(bound.size, high) if bound.uppers is None else bound.uppers
    if stated.domain is Domain.BINARY:
        return np.maximum(lower, 0.0), np.minimum(upper, 1.0)
    return lower, upper


def _refuse_double_names(bound: BoundVariable) -> None:
    """`x[a,b,c]` is of `a,b` and `c` or of `a` and `b,c`, but not of both: answers go by name."""
    with_commas = [
        over
        for over in _parts(bound.sets)
        if over.numbers is None and any("," in text for text in over.texts)
    ]
    if len(with_commas) < 2:
        return  # the commas of one set leave no doubt
    seen: dict[str, tuple[str, ...]] = {}
    listed = zip(
        *(
            [over.texts[at] for at in places.tolist()]
            for over, places in zip(bound.sets, bound.places(), strict=True)
        ),
        strict=True,
    )
    for members in listed:
        if (other := seen.setdefault(",".join(members), members)) != members:
            raise DataError(
                f"{bound.variable.name!r} has two elements of one name: {other!r} and {members!r}",
                hint="write the members of its sets without commas",
            )


def _parts(sets: Sequence[BoundSet]) -> list[BoundSet]:
    return [part for over in sets for part in (over.parts or (over,))]
