"""Trees made from trees: one walk, which subclasses change node by node."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any


class Transformer:
    """Makes a tree from a tree. A subclass says in `visit` what becomes of a node, and asks
    `within` for the node with what stands inside it visited; a tree in which nothing changes comes
    back as it is, the same object."""

    def visit(self, node: Any) -> Any:
        """What becomes of a node, or of a tuple of them; by default what becomes of its parts."""
        return self.within(node)

    def within(self, node: Any) -> Any:
        """The node with each of its parts visited; texts and numbers stay as they are."""
        if isinstance(node, tuple):
            parts = tuple(map(self.visit, node))
            return parts if any(a is not b for a, b in zip(parts, node, strict=True)) else node
        if not is_dataclass(node) or isinstance(node, type):
            return node
        changed = {}
        for field in fields(node):
            part = getattr(node, field.name)
            made = self.visit(part) if isinstance(part, tuple) or is_dataclass(part) else part
            if made is not part:
                changed[field.name] = made
        return replace(node, **changed) if changed else node
