"""Places in expression trees, and a tree with another node at one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from optwright.solvers.model import syntax as sx

Path = tuple[str | int, ...]
"""Names of fields, and places in tuples, from the root down."""


def places(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every node that counts for values, with its path: neither what stands in an index or in a
    loop's condition, where a number is a place in a set and no amount."""
    yield path, node
    if isinstance(node, sx.Ref | sx.Generator):
        return
    for name in _fields(node):
        value = getattr(node, name)
        if isinstance(value, tuple):
            for at, part in enumerate(value):
                yield from places(part, (*path, name, at))
        elif is_dataclass(value):
            yield from places(value, (*path, name))


def with_node(root: Any, path: Path, new: Any) -> Any:
    """The tree with `new` at a path; a sum inside a sum is written with brackets."""
    if not path:
        return new
    step, *rest = path
    if isinstance(root, tuple):
        at = int(step)
        return (*root[:at], with_node(root[at], tuple(rest), new), *root[at + 1 :])
    return replace(root, **{str(step): with_node(getattr(root, str(step)), tuple(rest), new)})


def _fields(node: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(node)) if is_dataclass(node) else ()
