"""What a program says of one point: the objective's value there, and every limit it misses.

Decisions are given their values as if they were data, so whatever the language can say is worked
out as it stands: nothing is linearized, and no solver is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from optwright.solvers.backends.arrays import element_names
from optwright.solvers.backends.logic_evaluation import missed
from optwright.solvers.data.binding import bind
from optwright.solvers.data.bound import BoundParameter, BoundVariable, Family, Instance
from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.data.table import Table
from optwright.solvers.data.variable_binding import element_bounds
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.transform import write_out
from optwright.solvers.model.formulation import Domain, Formulation
from optwright.solvers.model.linear_model import Floats, LinearModel

TOLERANCE = 1e-6
"""How far a row may be missed, relative to the largest number it adds up, and how far a whole
number may be from whole."""
SMALL = 0.1
"""Numbers below this count as this: a solver's dust around zero misses nothing."""


@dataclass(frozen=True, slots=True)
class Miss:
    """One limit that a point does not keep. `element` is a row or a decision's element as a reader
    writes it, `constraint` the name it has in the formulation, `by` how far it is missed."""

    element: str
    constraint: str
    by: float


@dataclass(frozen=True)
class PointEvaluation:
    """A formulation joined with its tables, ready to be evaluated at points.

    Points are values by element (`x`, `ship[Lyon,Paris]`); what is not named is 0. Methods raise
    `FormulationError` where the point makes an expression that is no number (a division by zero).
    """

    instance: Instance
    tolerance: float = TOLERANCE

    @classmethod
    def of(
        cls,
        formulation: Formulation,
        tables: Mapping[str, Table] | None = None,
        tolerance: float = TOLERANCE,
    ) -> PointEvaluation:
        """Join a formulation with its tables; raises what `bind` raises."""
        return cls(bind(formulation, tables or {}), tolerance)

    @cached_property
    def elements(self) -> tuple[str, ...]:
        """Every element of every decision."""
        return tuple(e for names in self._names.values() for e in names)

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        return {name: element_names(bound) for name, bound in self.instance.variables.items()}

    def objective(self, point: Mapping[str, float]) -> float:
        """The objective's value at a point."""
        ground = Ground(self._at(point), "objective")
        return float(ground.constant(self.instance.objective, Frame())[0])

    def amounts(
        self, expression: str, point: Mapping[str, float], forall: str = ""
    ) -> dict[str, float]:
        """What any expression of the formulation comes to at a point, by the members that `forall`
        names (`Lyon,Paris`; an empty text where it names none)."""
        frame, (found,) = self.table([ex.parse(expression)], point, ex.parse_forall(forall))
        names = (name[2:-1] for name in frame.names("_"))
        return dict(zip(names, found.tolist(), strict=True))

    def table(
        self, expressions: Sequence[ex.Expr], point: Mapping[str, float], forall: ex.Forall
    ) -> tuple[Frame, list[Floats]]:
        """The combinations that loops leave, and what each expression comes to in each of them."""
        named = {stated.name: stated for stated in self.instance.formulation.expressions}
        ground = Ground(self._at(point), "objective")
        frame, _ = ground.extend(Frame(), forall.generators)
        return frame, [ground.constant(write_out(node, named), frame) for node in expressions]

    def misses(self, point: Mapping[str, float]) -> tuple[Miss, ...]:
        """What the point breaks by more than the tolerance: bounds, whole numbers, rows."""
        at = self._at(point)
        found = [m for v in self.instance.variables.values() for m in self._of_variable(v, point)]
        return (*found, *(m for family in at.families for m in self._of_family(family, at)))

    def _at(self, point: Mapping[str, float]) -> Instance:
        """The instance with its decisions as data."""
        fixed = {
            name: self._given(name, bound, point) for name, bound in self.instance.variables.items()
        }
        return replace(
            self.instance, variables={}, parameters={**self.instance.parameters, **fixed}
        )

    def _given(self, name: str, bound: BoundVariable, point: Mapping[str, float]) -> BoundParameter:
        names = self._names[name]
        flat = np.array([point.get(element, 0.0) for element in names], dtype=np.float64)
        if bound.variable.domain is not Domain.CONTINUOUS:
            # A solver's 0.9999999 is a 1, which conditions over it have to see.
            near = np.abs(flat - np.round(flat)) <= self.tolerance * np.maximum(1.0, np.abs(flat))
            flat = np.where(near, np.round(flat), flat)
        if bound.support is None:
            return BoundParameter(name, bound.sets, flat.reshape(bound.shape))
        return BoundParameter(name, bound.sets, None, bound.support, flat)

    def _of_variable(self, bound: BoundVariable, point: Mapping[str, float]) -> list[Miss]:
        lower, upper = element_bounds(bound)
        whole = bound.variable.domain is not Domain.CONTINUOUS
        found = []
        names = self._names[bound.variable.name]
        for element, low, high in zip(names, lower.tolist(), upper.tolist(), strict=True):
            value = point.get(element, 0.0)
            beyond = max(low - value, value - high)
            if bound.variable.semicontinuous:
                beyond = min(beyond, abs(value))
            off = abs(value - round(value)) if whole else 0.0
            size = max(1.0, abs(value))
            if max(beyond, off) > self.tolerance * size:
                found.append(Miss(element, bound.variable.name, max(beyond, off)))
        return found

    def _of_family(self, family: Family, at: Instance) -> list[Miss]:
        ground = Ground(at, family.name)
        frame, _ = ground.extend(Frame(), family.forall.generators)
        stated = family.statement
        if not isinstance(stated, ex.Comparison) or stated.operator not in ("<=", ">=", "=="):
            return self._of_logic(family, ground, frame)
        left = ground.constant(stated.left, frame)
        right = ground.constant(stated.right, frame)
        size = np.maximum(_size(stated.left, ground, frame), _size(stated.right, ground, frame))
        by = {"<=": left - right, ">=": right - left}.get(stated.operator, np.abs(left - right))
        missed = np.flatnonzero(by > self.tolerance * np.maximum(size, SMALL))
        if not missed.size:
            return []
        names = frame.names(family.name)
        return [Miss(names[row], family.name, float(by[row])) for row in missed]

    def _of_logic(self, family: Family, ground: Ground, frame: Frame) -> list[Miss]:
        by = missed(family.statement, ground, frame, self._is_whole)
        names = frame.names(family.name)
        rows = np.flatnonzero(by > self.tolerance)
        return [Miss(names[row], family.name, float(by[row])) for row in rows]

    def _is_whole(self, node: ex.Expr) -> bool:
        """Whether an expression adds whole decisions and whole numbers alone."""
        variables = self.instance.variables
        names = [part.name for part in ex.walk(node) if isinstance(part, ex.Ref)]
        whole = (
            variables[name].variable.domain is not Domain.CONTINUOUS
            for name in names
            if name in variables
        )
        return all(whole) and all(value == int(value) for value in ex.numbers(node))


def missed_by(model: LinearModel, x: Floats) -> frozenset[str]:
    """The rows and elements of a linear model that a point misses, by name: the same as `misses`
    says of a formulation that the model states with no column more, in a hundredth of its time."""
    size = np.maximum(1.0, np.abs(x))
    off = np.where(model.integer, np.abs(x - np.round(x)), 0.0)
    beyond = np.maximum(model.lower - x, x - model.upper)
    columns = np.flatnonzero(np.maximum(beyond, off) > TOLERANCE * size)
    terms = model.largest_by_row(model.coefficients * x[model.columns])
    limits = (np.where(np.isfinite(v), np.abs(v), 0.0) for v in (model.row_lower, model.row_upper))
    size = np.maximum(SMALL, np.maximum(terms, np.maximum(*limits)))
    come_to = model.activities(x)
    by = np.maximum(model.row_lower - come_to, come_to - model.row_upper)
    rows = np.flatnonzero(by > TOLERANCE * size)
    return frozenset(
        [model.column_names[j] for j in columns.tolist()]
        + [model.row_names[r] for r in rows.tolist()]
    )


def _size(node: ex.Expr, ground: Ground, frame: Frame) -> Floats:
    """How large the numbers are that a side adds up, since their rounding adds up too."""
    match node:
        case ex.Add(terms):
            sizes = [_size(term, ground, frame) for term in terms]
            return np.asarray(np.max(sizes, axis=0), dtype=np.float64)
        case ex.Negate(operand):
            return _size(operand, ground, frame)
        case ex.Aggregate("sum", body, generators):
            inner, parents = ground.extend(frame, generators)
            largest = np.zeros(frame.size)
            np.maximum.at(largest, parents, _size(body, ground, inner))
            return largest
        case _:
            return np.abs(ground.constant(node, frame))
