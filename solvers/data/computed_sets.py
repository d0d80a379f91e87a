"""Sets that are worked out from other sets and from parameters: ranges, set algebra, what loops
leave."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Protocol

from optwright.errors import FormulationError
from optwright.solvers.data.bound import (
    BoundSet,
    Places,
    factorized,
    limit_size,
    set_of,
    tuples_of,
)
from optwright.solvers.data.frames import Frame, Loop
from optwright.solvers.data.periods import periods
from optwright.solvers.data.set_binding import joined_sets
from optwright.solvers.data.table import key_text
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.linear_model import Floats

SHORT = 10**15  # whole numbers of more digits are members by their text


class Data(Protocol):
    """What works out loops, members and numbers: a `Ground`."""

    element: str

    def constant(self, node: ex.Expr, frame: Frame) -> Floats: ...
    def member(self, node: ex.Expr, frame: Frame) -> Loop | None: ...
    def extend(
        self, frame: Frame, generators: tuple[ex.Generator, ...]
    ) -> tuple[Frame, Places]: ...


def computed_set(
    name: str,
    node: ex.SetExpr,
    known: Callable[[str], BoundSet],
    data_for: Callable[..., Data],
) -> BoundSet:
    """The set of that name. `known` gives a set that it names, `data_for` what has the data that
    some nodes need.

    Raises `FormulationError` where an end of a range is no whole number, where members of different
    width are joined, and `DataError` for a value that is not there.
    """
    match node:
        case ex.Ref(other):
            return known(other).named(name)
        case ex.SetRange(low, high, by):
            step = 1 if by is None else _whole(name, by, data_for)
            if step < 1:
                raise FormulationError(f"{name!r} runs in steps of {step}; a range runs upwards")
            if isinstance(low, ex.Quoted) and isinstance(high, ex.Quoted):
                return set_of(name, periods(name, low.value, high.value, step))
            first, last = (_whole(name, end, data_for) for end in (low, high))
            whole = range(first, last + 1, step)
            limit_size(name, (len(whole),))
            few = abs(first) < SHORT and abs(last) < SHORT
            return set_of(name, whole if few else list(map(str, whole)))
        case ex.SetOf(members, generators):
            return _comprehension(name, members, generators, data_for)
        case ex.SetJunction(operator, left, right):
            sides = (computed_set(name, side, known, data_for) for side in (left, right))
            return joined_sets(name, operator, *sides)


def _whole(name: str, node: ex.Expr, data_for: Callable[..., Data]) -> int:
    data = data_for(node)
    member = data.member(node, Frame())
    if member is not None and member.over.numbers is None:
        over = member.over.name
        raise FormulationError(
            f"{name!r} runs to {ex.to_text(node)!r}, which is a text and no whole number",
            hint=f"a part of an ordered set is {{t for t in {over} if t >= first({over})}}",
        )
    value = float(data.constant(node, Frame())[0])
    if value != round(value):
        raise FormulationError(
            f"{name!r} runs to {ex.to_text(node)!r}, which is {value:g} and no whole number",
            hint="round it: ceil(...) or floor(...)",
        )
    return round(value)


def _comprehension(
    name: str,
    members: tuple[tuple[ex.Expr, ...], ...],
    generators: tuple[ex.Generator, ...],
    data_for: Callable[..., Data],
) -> BoundSet:
    parts = [part for member in members for part in member]
    data = data_for(ex.Forall(generators), *parts)
    frame, _ = data.extend(Frame(), generators)
    rows = [[_texts(data, part, frame) for part in member] for member in members]
    columns = [list(itertools.chain(*column)) for column in zip(*rows, strict=True)]
    if len(columns) == 1:
        return set_of(name, list(dict.fromkeys(columns[0])))
    return tuples_of(name, [factorized(column) for column in columns])


def _texts(data: Data, node: ex.Expr, frame: Frame) -> list[str]:
    """The texts of the members an expression gives."""
    if isinstance(node, ex.Quoted):
        return [node.value] * frame.size
    member = data.member(node, frame)
    if member is None:
        return [key_text(value) for value in data.constant(node, frame).tolist()]
    texts: list[str] = member.texts().tolist()
    if None in texts:
        raise FormulationError(f"{data.element!r} uses {ex.to_text(node)!r} beyond its set")
    return texts
