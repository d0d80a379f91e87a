"""Intervals as a solver that knows them takes them: a linear model, and statements beside it.

`nooverlap`, `cumulative` and `alldifferent` become rows with large numbers for solvers that know
rows alone (`special_sets`). Here they stay what they are; everything else is lowered as always.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from optwright.solvers.backends.arrays import Linear, expression, lower
from optwright.solvers.backends.linearity import nonlinear_part, why_nonlinear
from optwright.solvers.backends.linearize import linearize
from optwright.solvers.data.bound import Family, Instance
from optwright.solvers.data.frames import Frame, place
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import TOLERANCE, Floats, LinearModel

NATIVE = ("nooverlap", "cumulative", "alldifferent")


@dataclass(frozen=True, slots=True)
class Affine:
    """A constant, and a coefficient for each of some columns."""

    constant: float
    terms: tuple[tuple[int, float], ...] = ()

    def at(self, x: Floats) -> float:
        return self.constant + sum(a * float(x[column]) for column, a in self.terms)


@dataclass(frozen=True, slots=True)
class Together:
    """One statement about several items. Items are `(start, length)` and with `cumulative`
    `(start, length, amount)`, and last, where they may be left out, whether they take place; with
    `alldifferent` an item is one expression."""

    kind: str
    name: str
    """Whose statement it is, and for which combination: `machine[2]`."""
    items: tuple[tuple[Affine, ...], ...]
    limit: Affine | None = None

    def broken_by(self, x: Floats) -> str | None:
        """What a point of whole numbers breaks, in words, or None if it keeps the statement."""
        items = [tuple(part.at(x) for part in item) for item in self.items]
        if self.kind == "alldifferent":
            values = sorted(value for (value,) in items)
            same = any(b - a < 1 - TOLERANCE for a, b in pairwise(values))
            return f"{self.name!r} has two equal values" if same else None
        width = 3 if self.kind == "cumulative" else 2
        there = [item for item in items if all(part > 0.5 for part in item[width:])]
        if self.kind == "nooverlap":
            ends = sorted((start, start + length) for start, length, *_ in there)
            late = any(b[0] < a[1] - TOLERANCE for a, b in pairwise(ends))
            return f"two intervals of {self.name!r} overlap" if late else None
        limit = self.limit.at(x) if self.limit else 0.0
        for begin, *_ in there:
            runs = [item for item in there if item[0] <= begin < item[0] + item[1] - TOLERANCE]
            if sum(amount for _, _, amount, *_ in runs) > limit + TOLERANCE:
                return f"the intervals of {self.name!r} exceed {limit:g} at {begin:g}"
        return None


@dataclass(frozen=True, slots=True)
class Schedule:
    """`linear` is everything but the statements; these speak of its columns by number."""

    linear: LinearModel
    statements: tuple[Together, ...]

    def broken_by(self, x: Floats) -> str | None:
        """What a point breaks, in words, or None if it keeps all."""
        told = (statement.broken_by(x) for statement in self.statements)
        return next((words for words in told if words), None)


def schedule_of(instance: Instance) -> Schedule | None:
    """An instance that is not yet linearized, with its statements about intervals kept; None where
    it has none, or where one of them or the rest is not linear.

    Raises `FormulationError` as `linearize` and `lower` do.
    """
    native = [f for f in instance.families if _is_native(f)]
    if not native:
        return None
    others = tuple(f for f in instance.families if not _is_native(f))
    rest = linearize(replace(instance, families=others))
    if why_nonlinear(rest):
        return None
    statements = list[Together]()
    for family in native:
        if not _is_linear(family, instance):
            return None
        statements += _statements(family, instance)
    return Schedule(lower(rest), tuple(statements))


def native_kinds(instance: Instance) -> tuple[str, ...]:
    """The kinds of statements about intervals that an instance has, each once."""
    stated = (f.statement for f in instance.families if _is_native(f))
    return tuple(dict.fromkeys(s.kind for s in stated if isinstance(s, ex.Special)))


def _is_native(family: Family) -> bool:
    return isinstance(family.statement, ex.Special) and family.statement.kind in NATIVE


def _is_linear(family: Family, instance: Instance) -> bool:
    stated = family.statement
    assert isinstance(stated, ex.Special)
    parts = [part for item in stated.items for part in item]
    parts += [] if stated.limit is None else [stated.limit]
    return all(nonlinear_part(part, instance.variables.keys()) is None for part in parts)


def _statements(family: Family, instance: Instance) -> Iterator[Together]:
    stated = family.statement
    assert isinstance(stated, ex.Special)
    ground = Ground(instance, family.name)
    frame, _ = ground.extend(Frame(), family.forall.generators)
    inner, groups = ground.grouped(frame, stated.generators)
    columns = [[list(_affine(part, inner, ground)) for part in item] for item in stated.items]
    limits = None if stated.limit is None else list(_affine(stated.limit, frame, ground))
    for row in range(frame.size):
        begin, end = int(groups.starts[row]), int(groups.starts[row + 1])
        # With loops there is one item and a row for each of its combinations, else several items.
        items = tuple(
            tuple(part[at] for part in item) for item in columns for at in range(begin, end)
        )
        name = family.name + place(frame, row)
        yield Together(stated.kind, name, items, None if limits is None else limits[row])


def _affine(node: ex.Expr, frame: Frame, ground: Ground) -> Iterator[Affine]:
    found: Linear = expression(node, frame, ground)
    begins = found.begins().tolist()
    columns, coefficients = found.columns.tolist(), found.coefficients.tolist()
    for row, constant in enumerate(found.constant.tolist()):
        yield Affine(constant, _collected(columns, coefficients, begins[row], begins[row + 1]))


def _collected(
    columns: Sequence[int], coefficients: Sequence[float], begin: int, end: int
) -> tuple[tuple[int, float], ...]:
    """The terms of one combination, those of one column added up."""
    sums: dict[int, float] = {}
    for column, coefficient in zip(columns[begin:end], coefficients[begin:end], strict=True):
        sums[column] = sums.get(column, 0.0) + coefficient
    return tuple((column, a) for column, a in sums.items() if a)
