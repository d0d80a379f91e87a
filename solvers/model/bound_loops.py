"""The loops of a decision whose bound names its index without saying what it runs over.

`{"name": "x", "indices": ["I"], "upper": "cap[i]"}` can mean one thing only, and is read as
`"forall": "i in I"`. Everything here works on plain JSON, before the types are checked; what can
mean two things stays as it is, and the check tells the name nobody knows.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def with_bound_loops(data: Mapping[str, Any]) -> dict[str, Any]:
    """A formulation whose decisions have a `forall` where a bound names their index."""
    variables = data.get("variables")
    if not isinstance(variables, list | tuple):
        return dict(data)
    known = {name: tuple(_indices(part)) for name, part in _named(data)}
    read = [_with_loops(part, known) for part in variables]
    return {**data, "variables": read}


def _named(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Everything that has a name, which a loop then cannot have."""
    for kind in ("sets", "parameters", "variables", "expressions"):
        parts = data.get(kind)
        for part in parts if isinstance(parts, list | tuple) else ():
            if isinstance(name := _of(part, "name"), str):
                yield name, part


def _with_loops(part: Any, known: Mapping[str, Sequence[str]]) -> Any:
    indices = _indices(part)
    if not isinstance(part, dict) or not indices or part.get("forall"):
        return part
    sides = ("lower", "upper", "lower_expression", "upper_expression")
    trees = [tree for side in sides if (tree := _tree(part.get(side))) is not None]
    over = _loop_names(trees, known)
    loops = _loops(indices, over, known)
    return part if loops is None else {**part, "forall": ", ".join(loops)}


def _loop_names(
    trees: Sequence[ast.expr], known: Mapping[str, Sequence[str]]
) -> dict[str, set[str]]:
    """The names that nothing has, as they come, each with the sets that it is an index of."""
    found: dict[str, set[str]] = {}
    for tree in trees:
        bound = {
            name.id
            for loop in ast.walk(tree)
            if isinstance(loop, ast.comprehension)
            for name in ast.walk(loop.target)
            if isinstance(name, ast.Name)
        }
        called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            match node:
                case ast.Name(name) if name not in known and name not in bound:
                    if node not in called:
                        found.setdefault(name, set())
                case ast.Subscript(ast.Name(quantity), inside):
                    parts = inside.elts if isinstance(inside, ast.Tuple) else [inside]
                    sets = known.get(quantity, ())
                    sets = [*sets] * len(parts) if len(sets) == 1 else sets  # a set of tuples
                    for index, over in zip(parts, sets, strict=False):
                        if not isinstance(index, ast.Name) or len(parts) != len(sets):
                            continue
                        if index.id not in bound and index.id not in known:
                            found.setdefault(index.id, set()).add(over)
    places = [n for tree in trees for n in ast.walk(tree) if isinstance(n, ast.Name)]
    order = {node.id: at for at, node in reversed([*enumerate(sorted(places, key=_place))])}
    return dict(sorted(found.items(), key=lambda item: order[item[0]]))


def _place(node: ast.Name) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _loops(
    indices: Sequence[str], over: Mapping[str, set[str]], known: Mapping[str, Sequence[str]]
) -> list[str] | None:
    """A loop for each index of the decision; None where there is none to add, or two ways to."""
    names = [*over]
    members = {index.lower() for index in indices}
    if not names or any(not sets and name not in members for name, sets in over.items()):
        return None  # a name that is no index may be a slip of the pen
    if len(indices) == 1:
        bound = names[0] if len(names) == 1 else f"({', '.join(names)})"
        return [f"{bound} in {indices[0]}"]
    loops: list[str | None] = [None] * len(indices)
    for name, sets in over.items():
        fits = [at for at, index in enumerate(indices) if loops[at] is None and index in sets]
        same = [other for other, others in over.items() if others & sets]
        alike = sum(index in sets for index in indices)
        if not fits or len(same) < alike or len(sets) > 1:
            return None
        loops[fits[0]] = f"{name} in {indices[fits[0]]}"
    taken = {*known, *names}
    for at, index in enumerate(indices):
        if loops[at] is None:
            free = next(n for k in range(1, 1000) if (n := f"k{k}") not in taken)
            taken.add(free)
            loops[at] = f"{free} in {index}"
    return [loop for loop in loops if loop is not None]


def _tree(bound: Any) -> ast.expr | None:
    if not isinstance(bound, str):
        return None
    try:
        return ast.parse(bound.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # told by the check, with its place


def _indices(part: Any) -> list[str]:
    indices = _of(part, "indices") or ()
    if isinstance(indices, str):
        indices = [name.strip() for name in indices.split(",")]
    if not isinstance(indices, list | tuple):
        return []
    return [index for index in indices if isinstance(index, str) and index]


def _of(part: Any, field: str) -> Any:
    return part.get(field) if isinstance(part, dict) else getattr(part, field, None)
