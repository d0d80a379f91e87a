"""Linear formulations straight to arrays: no object per term, whatever the number of terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.data.bound import BoundVariable, Family, Instance, Places
from optwright.solvers.data.frames import Frame, Groups, sum_by, summed
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.data.variable_binding import element_bounds
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Sense
from optwright.solvers.model.linear_model import Bools, Floats, LinearModel
from optwright.solvers.model.names import NamePart, Names


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear expression for each combination of a frame: a constant, and entries that add
    `coefficients[k]` times element `columns[k]`. The entries of combination r are those from
    `starts[r]` up to `starts[r + 1]`; where all have as many, that is `each` and needs no list."""

    constant: Floats
    columns: Places
    coefficients: Floats
    each: int | None = None
    starts: Places | None = None

    @property
    def size(self) -> int:
        return len(self.constant)

    def begins(self) -> Places:
        """Where the entries of each combination begin, and where the last ones end."""
        if self.starts is not None:
            return self.starts
        return np.arange(self.size + 1) * (self.each or 0)

    def counts(self) -> Places | int:
        """How many entries each combination has."""
        return np.diff(self.begins()) if self.each is None else self.each

    def scaled(self, factors: Floats) -> Linear:
        """The expression times one number a combination."""
        coefficients = factors if self.each == 1 else np.repeat(factors, self.counts())
        if not _is_one(self.coefficients):
            coefficients = self.coefficients * coefficients
        constant = self.constant if _is_nothing(self.constant) else self.constant * factors
        return replace(self, constant=constant, coefficients=coefficients)


def lower(instance: Instance) -> LinearModel:
    """The arrays of an instance in which `why_nonlinear` finds nothing.

    Raises `FormulationError` where a coefficient or a limit is too large to be a number.
    """
    with np.errstate(all="ignore"):
        model = _lower(instance)
    model.check()
    return model


def _lower(instance: Instance) -> LinearModel:
    objective = expression(instance.objective, Frame(), Ground(instance, "objective"))
    rows = _join([rows_of(family, instance) for family in instance.families])
    variables = list(instance.variables.values())
    bounds = [element_bounds(variable) for variable in variables]
    return LinearModel(
        maximize=instance.formulation.objective.sense is Sense.MAXIMIZE,
        offset=float(objective.constant[0]),
        cost=_by_column(objective, instance.size),
        lower=_concatenated([low for low, _ in bounds]),
        upper=_concatenated([high for _, high in bounds]),
        integer=_spread(variables, [is_integer(v) for v in variables]),
        row_lower=rows.lower,
        row_upper=rows.upper,
        starts=rows.starts.astype(np.int32, copy=False),
        columns=rows.columns.astype(np.int32, copy=False),
        coefficients=rows.coefficients,
        column_names=Names([name_part(variable) for variable in variables]),
        row_names=Names(rows.names),
    )


def _by_column(objective: Linear, width: int) -> Floats:
    """The coefficients of the one combination, one a column."""
    columns = objective.columns
    if len(columns) == width and np.all(columns[1:] > columns[:-1]):
        return np.ascontiguousarray(objective.coefficients)  # every column once and in order
    return summed(columns, objective.coefficients, width)


def _concatenated(parts: Sequence[Floats]) -> Floats:
    """The parts one after the other; one alone is not copied."""
    return parts[0] if len(parts) == 1 else np.concatenate([np.zeros(0), *parts])


def is_integer(variable: BoundVariable) -> bool:
    return variable.variable.domain is not Domain.CONTINUOUS


def element_names(variable: BoundVariable) -> list[str]:
    """The names of a variable's elements in their order."""
    return list(name_part(variable))


def name_part(variable: BoundVariable) -> NamePart:
    """The same, written when they are read."""
    name, sets = variable.variable.name, variable.sets
    if variable.support is None and not any(over.parts for over in sets):
        return NamePart(name, tuple(over.texts for over in sets))
    if variable.support is None and len(sets) == 1:  # its elements are the tuples themselves
        return NamePart(name, tuple(part.texts for part in sets[0].parts), sets[0].codes)
    texts, places = list[Sequence[str]](), list[Places]()
    for over, at in zip(sets, variable.places(), strict=True):
        for part, codes in zip(over.parts or (over,), over.codes or (None,), strict=True):
            texts.append(part.texts)
            places.append(at if codes is None else codes[at])
    return NamePart(name, tuple(texts), tuple(places))


def row_part(name: str, frame: Frame) -> NamePart:
    """The names of a family's rows."""
    loops = list(frame.bound.values())
    if not loops:
        return NamePart(name, count=frame.size)
    texts = tuple(loop.over.texts for loop in loops)
    if frame.grid is not None and [loop.axis for loop in loops] == list(range(len(frame.grid))):
        return NamePart(name, texts)
    return NamePart(name, texts, tuple(loop.places for loop in loops))


def _spread(variables: Sequence[BoundVariable], values: Sequence[bool]) -> Bools:
    sizes = [variable.size for variable in variables]
    return np.repeat(np.array(values, dtype=np.bool_), sizes)


# Rows

_MIRRORED: dict[str, Literal["<=", ">=", "=="]] = {"<=": ">=", ">=": "<=", "==": "=="}


@dataclass(frozen=True, eq=False)
class Rows:
    names: list[NamePart]
    lower: Floats
    upper: Floats
    starts: Places
    columns: Places
    coefficients: Floats


def rows_of(family: Family, instance: Instance) -> Rows:
    """`left <= right` is the row `left - right <= 0`, its constants on the right; with variables
    on the right alone it is `right >= left`."""
    ground = Ground(instance, family.name)
    frame, _ = ground.extend(Frame(), family.forall.generators)
    stated = family.comparison
    if ground.is_constant(stated.left):
        stated = ex.Comparison(_MIRRORED[stated.operator], stated.right, stated.left)
    body = expression(ex.Add((stated.left, ex.Negate(stated.right))), frame, ground)
    constant = ground.finite(body.constant, ex.Add((stated.left, stated.right)), frame)
    limit = 0.0 - constant  # and not -0.0
    free = np.full(frame.size, np.inf)
    entries = _compress(body, instance.size)
    return Rows(
        [row_part(family.name, frame)],
        -free if stated.operator == "<=" else limit,
        free if stated.operator == ">=" else limit,
        entries.begins(),
        entries.columns,
        entries.coefficients,
    )


def _compress(body: Linear, width: int) -> Linear:
    """Entries by row and then column, those of one place added up, zeros dropped."""
    if not _is_rising(body):
        body = _ordered(body, width)
    coefficients = body.coefficients
    if coefficients.strides == (0,) and coefficients[:1].all():
        return body
    kept = coefficients != 0
    if kept.all():
        return body
    before = np.concatenate(([0], np.cumsum(kept)))
    return Linear(
        body.constant, body.columns[kept], coefficients[kept], starts=before[body.begins()]
    )


def _is_rising(body: Linear) -> bool:
    """Whether the columns rise in every row."""
    columns = body.columns
    rises = columns[1:] > columns[:-1]
    if rises.all():
        return True
    begins = body.begins()
    rises[begins[(begins > 0) & (begins < len(columns))] - 1] = True
    return bool(rises.all())


def _ordered(body: Linear, width: int) -> Linear:
    counts = np.diff(body.begins())
    rows = np.repeat(np.arange(body.size), counts)
    if body.each is not None and body.each < 64:
        shape = (body.size, body.each)  # short rows, each sorted for itself
        order = np.argsort(body.columns.reshape(shape), axis=1, kind="stable")
        order = (order + body.begins()[:-1, None]).reshape(-1)
    else:
        order = np.argsort(rows * max(width, 1) + body.columns, kind="stable")
    rows, columns = rows[order], body.columns[order]
    first = np.concatenate(([True], (columns[1:] != columns[:-1]) | (rows[1:] != rows[:-1])))
    if first.all():
        return replace(body, columns=columns, coefficients=body.coefficients[order])
    groups = np.cumsum(first) - 1
    coefficients = summed(groups, body.coefficients[order], int(groups[-1]) + 1)
    counts = np.bincount(rows[first], minlength=body.size)
    starts = np.concatenate(([0], np.cumsum(counts)))
    return Linear(body.constant, columns[first], coefficients, starts=starts)


def _join(parts: Sequence[Rows]) -> Rows:
    if sum(len(part.columns) for part in parts) > np.iinfo(np.int32).max:
        raise FormulationError("the constraints have more terms than a solver can take")
    if len(parts) == 1:
        return replace(parts[0], coefficients=np.array(parts[0].coefficients))
    ends = np.cumsum([0, *(len(part.columns) for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends[:-1], strict=True)]
    columns = [part.columns.astype(np.int32, copy=False) for part in parts]
    return Rows(
        [name for part in parts for name in part.names],
        _concatenated([part.lower for part in parts]),
        _concatenated([part.upper for part in parts]),
        np.concatenate([np.zeros(0, dtype=np.intp), *starts, ends[-1:]]),
        np.concatenate([np.zeros(0, dtype=np.int32), *columns]),
        np.concatenate([np.zeros(0), *(part.coefficients for part in parts)]),
    )


# Expressions


def expression(node: ex.Expr, frame: Frame, ground: Ground) -> Linear:
    if ground.is_constant(node):
        return _constant(ground.constant(node, frame))
    match node:
        case ex.Ref(name):
            elements = ground.elements(node, ground.instance.variables[name], frame)
            return Linear(_all(0.0, frame.size), elements, _all(1.0, frame.size), each=1)
        case ex.Negate(operand):
            body = expression(operand, frame, ground)
            return replace(body, constant=-body.constant, coefficients=-body.coefficients)
        case ex.Add(terms):
            return _add([expression(term, frame, ground) for term in terms])
        case ex.Binary("*", left, right):
            factor, linear = (left, right) if ground.is_constant(left) else (right, left)
            factors = ground.constant(factor, frame)
            return expression(linear, frame, ground).scaled(factors)
        case ex.Binary("/", left, right):
            factors = ground.constant(ex.Binary("/", ex.Number(1), right), frame)
            return expression(left, frame, ground).scaled(factors)
        case ex.Binary("**", left, _):
            return expression(left, frame, ground)
        case ex.Choice(condition, then, otherwise):
            return _choice(condition, (then, otherwise), frame, ground)
        case ex.Aggregate("sum", body, generators):
            inner, groups = ground.grouped(frame, generators)
            return _gather(expression(body, inner, ground), groups, frame.size)
        case _:
            raise FormulationError(f"{ground.element!r} is not linear: {ex.to_text(node)}")


def _choice(
    condition: ex.Condition, sides: tuple[ex.Expr, ex.Expr], frame: Frame, ground: Ground
) -> Linear:
    """One side where data makes the condition hold, the other elsewhere."""
    holds = ground.mask(condition, frame)
    parts = []
    for side, taken in zip(sides, (holds, ~holds), strict=True):
        places = np.flatnonzero(taken)
        if places.size:
            part = expression(side, frame.take(places), ground)
            constant = np.zeros(frame.size)
            constant[places] = part.constant
            counts = np.zeros(frame.size, dtype=np.intp)
            counts[places] = part.counts()
            starts = np.concatenate(([0], np.cumsum(counts)))
            parts.append(Linear(constant, part.columns, part.coefficients, starts=starts))
    return _add(parts) if parts else _constant(np.zeros(frame.size))


def _all(value: float, size: int) -> Floats:
    """One number for each combination, stored once."""
    return np.broadcast_to(np.float64(value), (size,))


def _constant(values: Floats) -> Linear:
    return Linear(values, np.zeros(0, dtype=np.intp), np.zeros(0), each=0)


def _add(parts: Sequence[Linear]) -> Linear:
    constant = reduce(np.add, [part.constant for part in parts])
    several = [part for part in parts if len(part.columns)]
    if not several:
        return _constant(constant)
    if len(several) == 1:
        return replace(several[0], constant=constant)
    if all(part.each for part in several):
        columns, coefficients = (
            np.concatenate([side.reshape(len(constant), -1) for side in sides], axis=1).reshape(-1)
            for sides in (
                [part.columns for part in several],
                [part.coefficients for part in several],
            )
        )
        return Linear(constant, columns, coefficients, each=sum(part.each or 0 for part in several))
    return _merged(constant, several)


def _merged(constant: Floats, parts: Sequence[Linear]) -> Linear:
    """Parts with rows of different lengths: those of one combination one after the other."""
    begins = [part.begins() for part in parts]
    starts = reduce(np.add, begins)
    columns = np.empty(int(starts[-1]), dtype=np.intp)
    coefficients = np.empty(len(columns))
    before = starts[:-1]
    for part, own in zip(parts, begins, strict=True):
        counts = np.diff(own)
        at = np.repeat(before - own[:-1], counts) + np.arange(len(part.columns))
        columns[at], coefficients[at] = part.columns, part.coefficients
        before = before + counts
    return Linear(constant, columns, coefficients, starts=starts)


def _gather(inner: Linear, groups: Groups, size: int) -> Linear:
    """Add up what belongs to the same combination of the frame outside."""
    begins = groups.starts
    constant = _all(0.0, size)
    if not _is_nothing(inner.constant):
        constant = sum_by(groups.parents, inner.constant, size)
    width = int(begins[-1]) // max(size, 1)
    if inner.each is not None and np.array_equal(begins, np.arange(size + 1) * width):
        return replace(inner, constant=constant, each=width * inner.each)
    starts = begins * (inner.each or 0) if inner.starts is None else inner.starts[begins]
    return Linear(constant, inner.columns, inner.coefficients, starts=starts)


def _is_one(coefficients: Floats) -> bool:
    """Whether they are the ones of a variable that stands alone."""
    return coefficients.strides == (0,) and bool((coefficients[:1] == 1).all())


def _is_nothing(constant: Floats) -> bool:
    """Whether all are zero, as in nearly every sum."""
    return not (constant[:1] if constant.strides == (0,) else constant).any()
