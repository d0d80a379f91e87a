"""Sets that are written where a loop or a condition needs them: `for i in {"a", "b"}`, `t in 1..3`.

A formulation keeps them as they are written. Before data is joined each gets a name, so that all
that follows knows named sets alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from optwright.solvers.language import expressions as ex
from optwright.solvers.language.parts import every_name, parts_of, written_anew
from optwright.solvers.language.transformer import Transformer
from optwright.solvers.model.formulation import Formulation, IndexSet


def inline_sets(formulation: Formulation) -> dict[str, ex.SetExpr]:
    """Every set that is written where it is needed, by its text."""
    found = dict[str, ex.SetExpr]()
    for part in parts_of(formulation):
        for node in part.nodes():
            found |= dict(_inside(node))
    return found


def _inside(node: ex.Node) -> Iterator[tuple[str, ex.SetExpr]]:
    match node:
        case ex.Generator(set=text, inline=over) if over is not None:
            yield text, over
        case ex.Membership(collection=str(text), inline=over) if over is not None:
            yield text, over
        case _:
            return
    for inner in ex.walk_set(over):
        yield from _inside(inner)


def with_named_sets(formulation: Formulation) -> Formulation:
    """The formulation with a set of its own for each that is written where it is needed; itself
    where none is."""
    inline = inline_sets(formulation)
    if not inline:
        return formulation
    names = _names(formulation, inline)
    sets = tuple(
        IndexSet(name=name, expression=text)
        for text, name in names.items()
        if all(name != stated.name for stated in formulation.sets)
    )
    with_sets = formulation.model_copy(update={"sets": (*formulation.sets, *sets)})
    return written_anew(with_sets, _Naming(names).visit)


def _names(formulation: Formulation, inline: dict[str, ex.SetExpr]) -> dict[str, str]:
    """A name for each, that of a set which is stated to be the same where there is one."""
    known = {stated.expression: stated.name for stated in formulation.sets if not stated.sort}
    taken = every_name(formulation)
    found, count = dict[str, str](), 0
    for text in inline:
        if text not in known:
            count += 1
            while f"set_{count}" in taken:
                count += 1
            known[text] = f"set_{count}"
        found[text] = known[text]
    return found


class _Naming(Transformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit(self, node: Any) -> Any:
        node = self.within(node)
        match node:
            case ex.Generator(set=text, inline=over) if over is not None:
                return replace(node, set=self._names.get(text, text), inline=None)
            case ex.Membership(collection=str(text), inline=over) if over is not None:
                return replace(node, collection=self._names.get(text, text), inline=None)
        return node
