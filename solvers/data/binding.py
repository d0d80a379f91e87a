"""Joining a formulation with its tables: sets get members, parameters get arrays of numbers."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from optwright.errors import DataError, FaultyData, FormulationError
from optwright.solvers.data.table import Table, did_you_mean
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.checks import row_names
from optwright.solvers.model.formulation import (
    Column,
    Formulation,
    IndexSet,
    Member,
    Parameter,
    Values,
    Variable,
)
from optwright.solvers.model.linear_model import Floats

MAX_ELEMENTS = 20_000_000
"""Of one parameter or one variable, and of one loop nest: 160 MB a column of numbers."""


@dataclass(frozen=True, eq=False)
class BoundSet:
    """Members in order. Two members are the same if their texts are: 3 and "3" are."""

    name: str
    members: tuple[Member, ...]
    positions: Mapping[str, int]
    """The place of each member's text."""
    numbers: Floats | None
    """The members as numbers, or None if they are not all whole numbers."""

    def __len__(self) -> int:
        return len(self.members)

    @property
    def texts(self) -> Sequence[str]:
        return list(self.positions)


@dataclass(frozen=True, eq=False)
class BoundParameter:
    """Numbers over sets; `values` has one axis a set, NaN where no value is given."""

    name: str
    sets: tuple[BoundSet, ...]
    values: Floats


@dataclass(frozen=True, eq=False)
class BoundVariable:
    """A variable's elements are numbered by its sets, the last index fastest, from `offset`."""

    variable: Variable
    sets: tuple[BoundSet, ...]
    offset: int

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(len, self.sets))

    @property
    def size(self) -> int:
        return prod(self.shape)


@dataclass(frozen=True)
class Family:
    """One comparison, for every combination its loops leave: the rows of one name."""

    name: str
    forall: ex.Forall
    comparison: ex.Comparison


@dataclass(frozen=True, eq=False)
class Instance:
    """A formulation with its data: everything needed to write down any row of it."""

    formulation: Formulation
    sets: Mapping[str, BoundSet]
    parameters: Mapping[str, BoundParameter]
    variables: Mapping[str, BoundVariable]
    objective: ex.Expr
    families: tuple[Family, ...]

    @property
    def size(self) -> int:
        """How many variables there are, elements counted one by one."""
        return sum(variable.size for variable in self.variables.values())


def bind(formulation: Formulation, tables: Mapping[str, Table]) -> Instance:
    """Join a formulation that `check` finds no errors in with the tables it names.

    Raises `DataError` for a table or column that is not there, a cell that is no number and a
    key that is there twice; a combination without a value is told when something needs it.
    """
    sets = {s.name: _bind_set(s, tables) for s in formulation.sets}
    return Instance(
        formulation,
        sets,
        {p.name: _bind_parameter(p, sets, tables) for p in formulation.parameters},
        dict(_bind_variables(formulation.variables, sets)),
        ex.parse(formulation.objective.expression),
        tuple(_families(formulation)),
    )


def element_name(name: str, members: Sequence[Member]) -> str:
    """An element as a reader writes it: `x`, `ship[Lyon,Paris]`."""
    return f"{name}[{','.join(map(str, members))}]" if members else name


def _families(formulation: Formulation) -> Iterator[Family]:
    for constraint in formulation.constraints:
        comparisons = ex.parse_comparison(constraint.expression)
        forall = ex.parse_forall(constraint.forall)
        for name, comparison in zip(
            row_names(constraint, len(comparisons)), comparisons, strict=True
        ):
            yield Family(name, forall, comparison)


def _bind_set(index_set: IndexSet, tables: Mapping[str, Table]) -> BoundSet:
    texts = list(map(str, index_set.members))
    if index_set.column is not None:
        table = _table(index_set.name, index_set.column, tables)
        texts = list(dict.fromkeys(table.keys(index_set.column.value)))
    positions = {text: position for position, text in enumerate(texts)}
    if all(map(_is_whole, texts)):
        members = tuple(map(int, texts))
        return BoundSet(index_set.name, members, positions, np.array(members, dtype=np.float64))
    return BoundSet(index_set.name, tuple(texts), positions, None)


def _is_whole(text: str) -> bool:
    """Whether a member's text is how its number is written; `007` is a name."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 16 and str(int(text)) == text


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


def _bind_parameter(
    parameter: Parameter, sets: Mapping[str, BoundSet], tables: Mapping[str, Table]
) -> BoundParameter:
    over = tuple(sets[name] for name in parameter.indices)
    shape = tuple(map(len, over))
    _limit_size(parameter.name, shape)
    values = np.full(shape, np.nan)
    if parameter.column is not None:
        _fill_from_column(values, parameter.name, parameter.column, over, tables)
    elif isinstance(parameter.values, dict):
        _fill_from_nested(values, parameter.name, parameter.values, over)
    elif parameter.values is not None:
        values[...] = parameter.values
    return BoundParameter(parameter.name, over, values)


def _fill_from_nested(
    values: Floats, name: str, nested: Mapping[str, Values], sets: tuple[BoundSet, ...]
) -> None:
    first, *rest = sets
    for member, inner in nested.items():
        position = first.positions.get(member)
        if position is None:
            raise FormulationError(
                f"{name!r} has a value for {member!r}, which is not a member of {first.name!r}",
                hint=did_you_mean(member, first.texts),
            )
        if isinstance(inner, dict):
            _fill_from_nested(values[position], name, inner, tuple(rest))
        else:
            values[position] = inner


def _fill_from_column(
    values: Floats,
    name: str,
    column: Column,
    sets: tuple[BoundSet, ...],
    tables: Mapping[str, Table],
) -> None:
    """Rows whose keys are in the sets give values; others are about something else."""
    table = _table(name, column, tables)
    _demand_numbers(name, tables)
    numbers = np.array(table.numbers(column.value))
    if not sets:
        if len(table) > 1:
            raise DataError(
                f"{name!r} is one number, and table {table.name!r} has {len(table)} rows"
            )
        values[...] = numbers[0]
        return
    keys = [table.keys(key) for key in column.keys]
    places = [
        np.array([over.positions.get(text, -1) for text in texts])
        for over, texts in zip(sets, keys, strict=True)
    ]
    known = np.flatnonzero(np.all([place >= 0 for place in places], axis=0))
    flat = np.ravel_multi_index([place[known] for place in places], values.shape)
    if len(np.unique(flat)) < len(flat):
        _refuse_duplicate(name, table, column, keys)
    values.reshape(-1)[flat] = numbers[known]


def _demand_numbers(name: str, tables: Mapping[str, Table]) -> None:
    """Refuse tables that hold no number at all where one is asked for."""
    if not any(table.has_numbers for table in tables.values()):
        known = ", ".join(repr(c.name) for table in tables.values() for c in table.columns)
        raise FaultyData(
            f"{name!r} needs a column of numbers, and no table has one; there are {known}"
        )


def _refuse_duplicate(
    name: str, table: Table, column: Column, keys: Sequence[Sequence[str]]
) -> None:
    combinations = list(zip(*keys, strict=True))
    twice = next(key for key, count in Counter(combinations).items() if count > 1)
    rows = [str(table.row_numbers[at]) for at, key in enumerate(combinations) if key == twice]
    raise DataError(
        f"table {table.name!r} has {', '.join(twice)} in rows {' and '.join(rows[:5])}; "
        f"{name!r} takes one value for each {', '.join(column.keys)}"
    )


def _bind_variables(
    variables: Sequence[Variable], sets: Mapping[str, BoundSet]
) -> Iterator[tuple[str, BoundVariable]]:
    offset = 0
    for variable in variables:
        bound = BoundVariable(variable, tuple(sets[name] for name in variable.indices), offset)
        _limit_size(variable.name, bound.shape)
        _refuse_double_names(bound)
        offset += bound.size
        yield variable.name, bound


def _refuse_double_names(bound: BoundVariable) -> None:
    """`x[a,b,c]` is of `a,b` and `c` or of `a` and `b,c`, but not of both: answers go by name."""
    with_commas = [over for over in bound.sets if any("," in text for text in over.texts)]
    if len(with_commas) < 2:
        return  # the commas of one set leave no doubt
    seen: dict[str, tuple[str, ...]] = {}
    for members in itertools.product(*(over.texts for over in bound.sets)):
        if (other := seen.setdefault(",".join(members), members)) != members:
            raise DataError(
                f"{bound.variable.name!r} has two elements of one name: {other!r} and {members!r}",
                hint="write the members of its sets without commas",
            )


def _limit_size(name: str, shape: tuple[int, ...]) -> None:
    if prod(shape) > MAX_ELEMENTS:
        raise FormulationError(
            f"{name!r} would have {prod(shape):,} elements; {MAX_ELEMENTS:,} fit"
        )
