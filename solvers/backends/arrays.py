"""Linear formulations straight to arrays: no object per term, whatever the number of terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.data.binding import (
    BoundVariable,
    Family,
    Instance,
    element_bounds,
)
from optwright.solvers.data.bound import Places
from optwright.solvers.data.index_evaluation import Frame, Ground, sum_by
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Sense
from optwright.solvers.model.linear_model import Floats, LinearModel
from optwright.solvers.model.names import NamePart, Names


@dataclass(frozen=True, eq=False)
class Linear:
    """A linear expression for each combination of a frame: a constant, and entries that add
    `coefficients[k]` of element `columns[k]` to combination `rows[k]`."""

    constant: Floats
    rows: Places
    columns: Places
    coefficients: Floats

    def scaled(self, factors: Floats) -> Linear:
        """The expression times one number a combination."""
        coefficients = self.coefficients * factors[self.rows]
        return Linear(self.constant * factors, self.rows, self.columns, coefficients)


def lower(instance: Instance) -> LinearModel:
    """The arrays of an instance in which `why_nonlinear` finds nothing.

    Raises `FormulationError` where a coefficient or a limit is too large to be a number.
    """
    with np.errstate(all="ignore"):
        model = _lower(instance)
    model.check()
    return model


def _lower(instance: Instance) -> LinearModel:
    objective = _expression(instance.objective, Frame(), Ground(instance, "objective"))
    rows = _join([rows_of(family, instance) for family in instance.families], instance.size)
    variables = list(instance.variables.values())
    return LinearModel(
        maximize=instance.formulation.objective.sense is Sense.MAXIMIZE,
        offset=float(objective.constant[0]),
        cost=sum_by(objective.columns, objective.coefficients, instance.size),
        lower=np.concatenate([np.zeros(0), *(element_bounds(v)[0] for v in variables)]),
        upper=np.concatenate([np.zeros(0), *(element_bounds(v)[1] for v in variables)]),
        integer=_spread(variables, [is_integer(v) for v in variables]).astype(np.bool_),
        row_lower=rows.lower,
        row_upper=rows.upper,
        starts=rows.starts.astype(np.int32),
        columns=rows.columns.astype(np.int32),
        coefficients=rows.coefficients,
        column_names=Names([name_part(variable) for variable in variables]),
        row_names=Names(rows.names),
    )


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
    return NamePart(name, texts, tuple(loop.places for loop in loops))


def _spread(variables: Sequence[BoundVariable], values: Sequence[float]) -> Floats:
    sizes = [variable.size for variable in variables]
    return np.repeat(np.array(values, dtype=np.float64), sizes)


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
    body = _expression(ex.Add((stated.left, ex.Negate(stated.right))), frame, ground)
    constant = ground.finite(body.constant, ex.Add((stated.left, stated.right)), frame)
    limit = 0.0 - constant  # and not -0.0
    free = np.full(frame.size, np.inf)
    starts, columns, coefficients = _compress(body, frame.size, instance.size)
    return Rows(
        [row_part(family.name, frame)],
        -free if stated.operator == "<=" else limit,
        free if stated.operator == ">=" else limit,
        starts,
        columns,
        coefficients,
    )


def _compress(body: Linear, height: int, width: int) -> tuple[Places, Places, Floats]:
    """Entries by row and then column, those of one place added up, zeros dropped."""
    keys = body.rows.astype(np.int64) * max(width, 1) + body.columns
    rows, columns, coefficients = body.rows, body.columns, body.coefficients
    if not np.all(keys[1:] > keys[:-1]):
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.concatenate(([True], keys[1:] != keys[:-1]))
        groups = np.cumsum(first) - 1
        coefficients = sum_by(groups, coefficients[order], int(groups[-1]) + 1)
        at = order[first]
        rows, columns = rows[at], columns[at]
    if not np.all(coefficients):
        kept = np.flatnonzero(coefficients)
        rows, columns, coefficients = rows[kept], columns[kept], coefficients[kept]
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=height))))
    return starts, columns, coefficients


def _join(parts: Sequence[Rows], width: int) -> Rows:
    if sum(len(part.columns) for part in parts) > np.iinfo(np.int32).max:
        raise FormulationError("the constraints have more terms than a solver can take")
    ends = np.cumsum([0, *(len(part.columns) for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends[:-1], strict=True)]
    return Rows(
        [name for part in parts for name in part.names],
        np.concatenate([np.zeros(0), *(part.lower for part in parts)]),
        np.concatenate([np.zeros(0), *(part.upper for part in parts)]),
        np.concatenate([np.zeros(0, dtype=np.intp), *starts, ends[-1:]]),
        np.concatenate([np.zeros(0, dtype=np.intp), *(part.columns for part in parts)]),
        np.concatenate([np.zeros(0), *(part.coefficients for part in parts)]),
    )


# Expressions


def _expression(node: ex.Expr, frame: Frame, ground: Ground) -> Linear:
    if ground.is_constant(node):
        return _constant(ground.constant(node, frame))
    match node:
        case ex.Ref(name):
            elements = ground.elements(node, ground.instance.variables[name], frame)
            ones = np.ones(frame.size)
            return Linear(np.zeros(frame.size), np.arange(frame.size), elements, ones)
        case ex.Negate(operand):
            body = _expression(operand, frame, ground)
            return Linear(-body.constant, body.rows, body.columns, -body.coefficients)
        case ex.Add(terms):
            return _add([_expression(term, frame, ground) for term in terms])
        case ex.Binary("*", left, right):
            factor, linear = (left, right) if ground.is_constant(left) else (right, left)
            factors = ground.constant(factor, frame)
            return _expression(linear, frame, ground).scaled(factors)
        case ex.Binary("/", left, right):
            factors = ground.constant(ex.Binary("/", ex.Number(1), right), frame)
            return _expression(left, frame, ground).scaled(factors)
        case ex.Binary("**", left, _):
            return _expression(left, frame, ground)
        case ex.Choice(condition, then, otherwise):
            return _choice(condition, (then, otherwise), frame, ground)
        case ex.Aggregate("sum", body, generators):
            inner, parents = ground.extend(frame, generators)
            return _gather(_expression(body, inner, ground), parents, frame.size)
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
            part = _expression(side, frame.take(places), ground)
            constant = np.zeros(frame.size)
            constant[places] = part.constant
            parts.append(Linear(constant, places[part.rows], part.columns, part.coefficients))
    return _add(parts) if parts else _constant(np.zeros(frame.size))


def _constant(values: Floats) -> Linear:
    nothing = np.zeros(0, dtype=np.intp)
    return Linear(values, nothing, nothing, np.zeros(0))


def _add(parts: Sequence[Linear]) -> Linear:
    return Linear(
        np.sum([part.constant for part in parts], axis=0),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.columns for part in parts]),
        np.concatenate([part.coefficients for part in parts]),
    )


def _gather(inner: Linear, parents: Places, size: int) -> Linear:
    """Add up what belongs to the same combination of the frame outside."""
    added = inner.constant.any()  # seldom: what is added up has no constants
    constant = sum_by(parents, inner.constant, size) if added else np.zeros(size)
    return Linear(constant, parents[inner.rows], inner.columns, inner.coefficients)
