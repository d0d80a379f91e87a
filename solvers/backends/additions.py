"""What a program gets beside its own decisions and rows when something is written linearly."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from optwright.solvers.backends.interval_bounds import Bounds
from optwright.solvers.data.bound import BoundParameter, BoundVariable, Family, Instance, set_of
from optwright.solvers.data.frames import Frame
from optwright.solvers.data.index_evaluation import Ground
from optwright.solvers.data.variable_binding import bind_variable
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Domain, Variable
from optwright.solvers.model.linear_model import Floats

Loops = tuple[ex.Generator, ...]


class Additions:
    """New decisions, numbers and rows, each for every combination of the loops it is asked for.

    Names that nothing else has are made of what the addition stands for: `max_1`, `max_1_2`.
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.bounds = Bounds(instance)
        self.rows: list[Family] = []
        families = (family.name for family in instance.families)
        self._taken = {
            *instance.sets,
            *instance.parameters,
            *instance.texts,
            *instance.variables,
            *families,
        }
        self._offset = instance.size
        self._frames: dict[Loops, Frame] = {}
        self.notes: list[str] = []
        """Which large numbers came from which bounds, as sentences."""
        self.readings: list[str] = []
        """What was read as something that a solver can tell apart, as sentences."""

    def ground(self, element: str) -> Ground:
        return Ground(self.instance, element)

    def frame(self, loops: Loops, element: str) -> Frame:
        """The combinations of loops; worked out once."""
        if loops not in self._frames:
            self._frames[loops], _ = self.ground(element).extend(Frame(), loops)
        return self._frames[loops]

    def free_name(self, stem: str) -> str:
        """`stem_1`, `stem_2`, ...: the first that nothing has."""
        numbers = itertools.count(1)
        name = next(n for k in numbers if (n := f"{stem}_{k}") not in self._taken)
        self._taken.add(name)
        return name

    def variable(
        self,
        name: str,
        loops: Loops,
        domain: Domain,
        meaning: str,
        limits: tuple[Floats, Floats] | None = None,
    ) -> ex.Ref:
        """A new decision, and how its element is written inside the loops. `limits` are its bounds
        in each combination of the loops."""
        binary = domain is Domain.BINARY
        stated = Variable(
            name=name,
            indices=tuple(loop.set for loop in loops),
            domain=domain,
            lower=0.0 if binary else _common(limits and limits[0]),
            upper=1.0 if binary else _common(limits and limits[1]),
            forall=ex.to_text(ex.Forall(loops)),
            meaning=meaning,
        )
        sets = tuple(self.instance.sets[loop.set] for loop in loops)
        bound = bind_variable(stated, sets, self._offset, self.instance)
        if limits is not None:
            order = self._order(loops, bound)
            bound = replace(bound, lowers=limits[0][order], uppers=limits[1][order])
        self._offset += bound.size
        self._taken.add(name)
        self.instance = replace(self.instance, variables={**self.instance.variables, name: bound})
        self.bounds.add(bound)
        return ex.Ref(name, _names(loops))

    def number(self, stem: str, loops: Loops, values: Floats) -> ex.Expr:
        """Numbers, one for each combination of the loops; a literal where all are the same."""
        if not len(values):
            return ex.Number(0.0)
        if np.all(values == values[0]):
            value = float(values[0])
            return ex.Number(value) if value >= 0 else ex.Negate(ex.Number(-value))
        name = self.free_name(stem)
        sets = tuple(self.instance.sets[loop.set] for loop in loops)
        flat = self._flat(loops)
        order = np.argsort(flat, kind="stable")
        given = BoundParameter(name, sets, None, flat[order], values[order])
        self._add_parameter(given)
        return ex.Ref(name, _names(loops))

    def over_positions(
        self, stem: str, loops: Loops, width: int, columns: Iterable[tuple[str, Floats]]
    ) -> tuple[ex.Generator, list[ex.Expr]]:
        """A new set 1..width, the loop over it, and numbers over the loops and it: arrays with one
        row a combination of the loops and one column a member."""
        name = self.free_name(f"{stem}_set")
        positions = set_of(name, [str(k) for k in range(1, width + 1)])
        self.instance = replace(self.instance, sets={**self.instance.sets, name: positions})
        loop = ex.Generator(self.free_name("k"), name)
        sets = (*(self.instance.sets[g.set] for g in loops), positions)
        flat = self._flat(loops)
        order = np.argsort(flat, kind="stable")
        keys = (flat[order][:, None] * width + np.arange(width)).reshape(-1)
        refs = list[ex.Expr]()
        for label, values in columns:
            parameter = self.free_name(f"{stem}_{label}")
            given = values[order].reshape(-1)
            self._add_parameter(BoundParameter(parameter, sets, None, keys, given))
            refs.append(ex.Ref(parameter, (*_names(loops), ex.Ref(loop.name))))
        return loop, refs

    def row(
        self, name: str, loops: Loops, left: ex.Expr, operator: ex.Operator, right: ex.Expr
    ) -> None:
        self._taken.add(name)
        self.rows.append(Family(name, ex.Forall(loops), ex.Comparison(operator, left, right)))

    def _add_parameter(self, given: BoundParameter) -> None:
        parameters = {**self.instance.parameters, given.name: given}
        self.instance = replace(self.instance, parameters=parameters)

    def _flat(self, loops: Loops) -> np.ndarray:
        """The combination of each row of the loops' frame as one number."""
        frame = self.frame(loops, "")
        sets = [self.instance.sets[loop.set] for loop in loops]
        if not sets:
            return np.zeros(1, dtype=np.int64)
        places = tuple(frame.loops[",".join(loop.names)].places for loop in loops)
        flat = np.ravel_multi_index(places, tuple(map(len, sets)))
        return np.asarray(flat, dtype=np.int64)

    def _order(self, loops: Loops, bound: BoundVariable) -> np.ndarray:
        """The row of the loops' frame of each element of a variable that is stated for them."""
        return np.argsort(self._flat(loops), kind="stable")


def _common(limits: Floats | None) -> float | None:
    """The one finite bound that all elements have, which exports then state too."""
    if limits is None or not len(limits) or not np.all(limits == limits[0]):
        return None
    return float(limits[0]) if np.isfinite(limits[0]) else None


def _names(loops: Loops) -> tuple[ex.Expr, ...]:
    return tuple(ex.Ref(name) for loop in loops for name in loop.names)


def restricted(loops: Loops, condition: ex.Condition) -> Loops:
    """The loops with one more condition; there must be a loop."""
    *before, last = loops
    both = condition if last.condition is None else ex.Junction("and", (last.condition, condition))
    return (*before, replace(last, condition=both))
