"""Values a formulation writes out by member: `{"a": {"b": 1}}`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NoReturn

import numpy as np

from optwright.errors import FormulationError
from optwright.solvers.data.bound import BoundSet, Places
from optwright.solvers.data.table import did_you_mean
from optwright.solvers.model.formulation import Texts, Values


def from_nested(
    name: str,
    nested: Mapping[str, Values] | Mapping[str, Texts],
    sets: tuple[BoundSet, ...],
    above: int,
    leaf: Callable[[Places, Iterable[Any]], None],
    *,
    path: tuple[str, ...] = (),
) -> None:
    """Hand `leaf` the numbers of the combinations that have a value, and their values, for all of
    one last level at a time. `above` is the combination of the levels before, and `path` its
    members. Raises `NoSuchValue`."""
    first, rest = sets[0], sets[1:]
    if first.parts:
        nested = dict(_by_tuple(nested, first.width))  # type: ignore[assignment]  # as deep
    base = above * len(first)
    if not rest:
        keys = list(nested)
        if keys == list(first.texts):  # far quicker than a look-up, and how most are written
            leaf(np.arange(base, base + len(keys)), nested.values())
            return
        known = list(map(first.positions.get, keys))
        if None in known:
            _refuse_member(name, (*path, keys[known.index(None)]), first)
        leaf(base + np.array(known, dtype=np.int64), nested.values())
        return
    for member, inner in nested.items():
        position = first.positions.get(member)
        if position is None:
            _refuse_member(name, (*path, member), first)
        if not isinstance(inner, dict):
            words = f"{name!r} has one value for {member!r}; it has more indices"
            raise NoSuchValue(words, (*path, member))
        from_nested(name, inner, rest, base + position, leaf, path=(*path, member))


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


class NoSuchValue(FormulationError):
    """A value stands where none can; `path` leads to it from the values of its parameter."""

    def __init__(self, message: str, path: tuple[str, ...], hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.path = path


def _refuse_member(name: str, path: tuple[str, ...], over: BoundSet) -> NoReturn:
    member = path[-1]
    raise NoSuchValue(
        f"{name!r} has a value for {member!r}, which is not a member of {over.name!r}",
        path,
        hint=did_you_mean(member, list(over.texts)),
    )
