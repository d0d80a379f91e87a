"""Combinations of loops, column by column: what expressions are worked out for.

A `Frame` is the list of combinations that a set of loops leaves. Everything is arithmetic on whole
columns, so that a million combinations cost a few numpy calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwright.solvers.data.bound import BoundSet, BoundVariable, Places
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import Floats


@dataclass(frozen=True, eq=False)
class Loop:
    """Where one loop is, in each combination of a frame; -1 where it has left its set.

    Places that nobody reads are never written down: they are given, or the work that finds them.
    A loop with an `axis` runs through its whole set along that axis of its frame's grid.
    """

    over: BoundSet
    given: Places | Callable[[], Places]
    axis: int | None = None

    @cached_property
    def places(self) -> Places:
        return self.given() if callable(self.given) else self.given

    def take(self, rows: Places) -> Loop:
        """The loop at these rows."""
        return Loop(self.over, lambda: self.places[rows])

    def texts(self) -> NDArray[np.object_]:
        return np.array([*self.over.texts, None], dtype=object)[self.places]

    def places_in(self, wanted: BoundSet) -> Places:
        """Its place in another set, -1 for none."""
        if self.over is wanted:
            return self.places
        return np.append(self.over.places_in(wanted), -1)[self.places]


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in quotes as one side of a condition."""

    text: str


Side = Loop | Literal | Floats
"""One side of a condition: members, a text or numbers."""


@dataclass(frozen=True, eq=False)
class Frame:
    """`size` combinations of loops; without loops there is one.

    A loop over a set of tuples is there part by part, and as a whole under all of its names
    (`i,j`), so that what runs over the same set is found without a search.
    """

    size: int = 1
    loops: Mapping[str, Loop] = field(default_factory=dict)
    grid: tuple[int, ...] | None = ()
    """The sizes of its loops' sets, the last fastest, where it has every combination of them."""

    def take(self, rows: Places) -> Frame:
        """The combinations at these rows, in this order."""
        return Frame(len(rows), {name: at.take(rows) for name, at in self.loops.items()}, None)

    def within(self, generator: ex.Generator, over: BoundSet, counts: Places, at: Places) -> Frame:
        """Each combination so many times, with one more loop, which is at these members."""
        loops = {name: _repeated(loop, counts) for name, loop in self.loops.items()}
        return Frame(len(at), loops, None)._with(generator, Loop(over, at))

    def times(self, generator: ex.Generator, over: BoundSet) -> Frame:
        """Every combination with every member of a set."""
        outer, inner = self.size, len(over)
        loops = {name: _repeated(loop, inner) for name, loop in self.loops.items()}
        axis = None if self.grid is None else len(self.grid)
        grid = None if self.grid is None else (*self.grid, inner)
        loop = Loop(over, lambda: np.tile(np.arange(inner), outer), axis)
        return Frame(outer * inner, loops, grid)._with(generator, loop)

    def _with(self, generator: ex.Generator, loop: Loop) -> Frame:
        loops = dict(self.loops)
        if not loop.over.parts:
            loops[generator.name] = loop
        else:
            parts = zip(generator.names, loop.over.parts, loop.over.codes, strict=True)
            for name, part, codes in parts:
                loops[name] = Loop(part, partial(_taken, codes, loop))
            loops[",".join(generator.names)] = loop
        return Frame(self.size, loops, self.grid)

    @property
    def bound(self) -> Mapping[str, Loop]:
        """The loops by the names that expressions use."""
        return {name: loop for name, loop in self.loops.items() if "," not in name}

    def names(self, name: str) -> list[str]:
        """What an element of that name is called in each combination."""
        if not self.loops:
            return [name] * self.size
        columns = [loop.texts().tolist() for loop in self.bound.values()]
        if len(columns) == 1:
            return [f"{name}[{member}]" for member in columns[0]]
        return [f"{name}[{','.join(members)}]" for members in zip(*columns, strict=True)]


@dataclass(frozen=True, eq=False)
class Groups:
    """Which combinations of an inner frame belong to each of the frame outside: those from
    `starts[k]` up to `starts[k + 1]` to its combination k."""

    starts: Places

    @cached_property
    def parents(self) -> Places:
        """For each inner combination the one outside."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def place(frame: Frame, row: int) -> str:
    """Where a combination is, for a message: ` at i = Lyon, t = 1`; empty without loops."""
    at = (f"{name} = {loop.over.members[loop.places[row]]}" for name, loop in frame.bound.items())
    return f" at {', '.join(at)}" if frame.loops else ""


def loop_over(indices: Sequence[ex.Expr], wanted: BoundSet, frame: Frame) -> Loop | None:
    """The loop over the set `wanted` that these indices name, as a whole where it is of tuples."""
    names = ",".join(i.name for i in indices if isinstance(i, ex.Ref) and not i.indices)
    loop = frame.loops.get(names)
    fits = loop is not None and loop.over is wanted and names.count(",") == len(indices) - 1
    return loop if fits else None


def grid_axes(ref: ex.Ref, sets: Sequence[BoundSet], frame: Frame) -> tuple[int, ...] | None:
    """For each set the axis of the frame's grid that runs through it, where every index is such a
    loop and none is there twice: then no place has to be looked up."""
    if frame.grid is None or not sets:
        return None
    axes, at = list[int](), 0
    for over in sets:
        loop = loop_over(ref.indices[at : at + over.width], over, frame)
        at += over.width
        if loop is None or loop.axis is None or loop.axis in axes:
            return None
        axes.append(loop.axis)
    return tuple(axes)


def spread(values: NDArray[Any], axes: tuple[int, ...], frame: Frame) -> NDArray[Any]:
    """Values that have one axis for each of `axes`, for every combination of a grid."""
    assert frame.grid is not None
    turned = values.transpose(np.argsort(axes))
    shape = [size if at in axes else 1 for at, size in enumerate(frame.grid)]
    return np.broadcast_to(turned.reshape(shape), frame.grid).reshape(-1)


def numbered_elements(variable: BoundVariable, axes: tuple[int, ...], frame: Frame) -> Places:
    """The elements of a variable that has every combination, in that of a grid."""
    numbers = np.arange(variable.offset, variable.offset + variable.size, dtype=np.int32)
    return spread(numbers.reshape(variable.shape), axes, frame)


def _repeated(loop: Loop, times: int | Places) -> Loop:
    return Loop(loop.over, lambda: np.repeat(loop.places, times), loop.axis)


def _taken(codes: Places, loop: Loop) -> Places:
    return codes[loop.places]


def group_starts(counts: NDArray[Any]) -> Places:
    """Where each of so many begins when they follow one another, and where the last one ends."""
    starts = np.zeros(len(counts) + 1, dtype=np.intp)
    np.cumsum(counts, out=starts[1:])
    return starts


def sum_by(parents: Places, values: Floats, size: int) -> Floats:
    """For each of `size` parents, the sum of its values."""
    return np.bincount(parents, weights=values, minlength=size).astype(np.float64)


CANCELLED = 1e-12
"""The share of a sum's parts below which it may be what their rounding leaves."""


def summed(parents: Places, values: Floats, size: int) -> Floats:
    """The same; what rounding leaves of some that cancel is zero.

    Of 0.1 x + 0.2 x - 0.3 x it would leave 5.6e-17 x, and scaled, a row of that alone asks for x.
    """
    found = sum_by(parents, values, size)
    if not len(values) or values.min() >= 0:
        return found  # nothing cancels
    sizes = sum_by(parents, np.abs(values), size)
    small = np.flatnonzero(np.abs(found) < CANCELLED * sizes)  # nothing infinite
    if small.size:
        counts = np.bincount(parents, minlength=size)[small]
        left = np.abs(found[small]) <= np.finfo(np.float64).eps * counts * sizes[small]
        found[small[left & (counts > 1)]] = 0.0
    return found


def without_rounding(found: Floats, sizes: Floats, operations: int) -> Floats:
    """The numbers, and 0 for those that are no more than what so many operations on amounts of
    these sizes leave of one that is 0."""
    left = np.abs(found) <= np.finfo(np.float64).eps * operations * sizes
    return np.where(left, 0.0, found) if left.any() else found
