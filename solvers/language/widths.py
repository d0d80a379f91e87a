"""How many names the members of a set have: 2 for a set of pairs."""

from __future__ import annotations

from collections.abc import Mapping

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.model.formulation import Column, IndexSet


def width_of(index_set: IndexSet | None, sets: Mapping[str, IndexSet], depth: int = 0) -> int:
    """How many names a member has; 0 where nobody can tell."""
    if index_set is None or depth > len(sets):
        return 0
    if index_set.tuples:
        return len(index_set.tuples[0])
    if index_set.column is not None:
        return 1 if index_set.column.value or index_set.column.heads else _keys(index_set.column)
    if index_set.expression:
        try:
            node = ex.parse_set(index_set.expression)
        except FormulationError:
            return 0
        return _width(node, sets, depth + 1)
    return 1


def _keys(column: Column) -> int:
    return max(len(column.keys), 1)


def _width(node: ex.SetExpr, sets: Mapping[str, IndexSet], depth: int) -> int:
    match node:
        case ex.Ref(name):
            return width_of(sets.get(name), sets, depth)
        case ex.SetRange():
            return 1
        case ex.SetOf(members):
            return len(members[0])
        case ex.SetJunction("*", left, right):
            return _width(left, sets, depth) + _width(right, sets, depth)
        case ex.SetJunction(_, left, _):
            return _width(left, sets, depth)
