"""Trees made from trees: names put in the place of others, named expressions written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any, TypeVar, cast

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
from optwright.solvers.language.notation import set_text
from optwright.solvers.language.transformer import Transformer
from optwright.solvers.model.formulation import NamedExpression

Part = TypeVar("Part", bound="ex.Expr | ex.Condition | ex.Special")
Any_ = TypeVar("Any_", bound="ex.Node | ex.SetExpr")

MAX_NESTING = 20  # named expressions inside each other


def substitute(node: Part, by_name: Mapping[str, ex.Expr]) -> Part:
    """The tree with each bare name that is given in `by_name` replaced. Loops inside that bind one
    of the names, or would catch a name of what is put in, are renamed."""
    if not by_name or by_name.keys().isdisjoint(ex.names(node)):
        return node
    return _rebuilt(
        node, lambda ref: by_name.get(ref.name, ref) if not ref.indices else ref, by_name
    )


def renamed(node: Any_, rename: Callable[[str], str]) -> Any_:
    """The tree with every name, of loops and sets too, replaced by what `rename` makes of it."""
    return cast("Any_", _Renaming(rename).visit(node))  # every node keeps its kind


class _Renaming(Transformer):
    def __init__(self, rename: Callable[[str], str]) -> None:
        self._rename = rename

    def visit(self, node: Any) -> Any:
        match node:
            case ex.Ref(name, indices):
                return ex.Ref(self._rename(name), self.visit(indices))
            case ex.Generator(name, over, condition, more):
                bound = tuple(map(self._rename, more))
                over, inline = self._set(over, node.inline)
                return ex.Generator(
                    self._rename(name), over, self.visit(condition), bound, inline=inline
                )
            case ex.Membership(items, str(collection), negated):
                over, inline = self._set(collection, node.inline)
                return ex.Membership(self.visit(items), over, negated, inline=inline)
        return self.within(node)

    def _set(self, text: str, inline: ex.SetExpr | None) -> tuple[str, ex.SetExpr | None]:
        """A set by its name, or one that is written where it is needed with its names inside."""
        if inline is None:
            return self._rename(text), None
        made = self.visit(inline)
        return set_text(made), made


def write_out(node: Part, named: Mapping[str, NamedExpression]) -> Part:
    """The tree with named expressions replaced by what they stand for."""
    return _write_out(node, named, 0)


def _write_out(node: Part, named: Mapping[str, NamedExpression], depth: int) -> Part:
    if named.keys().isdisjoint(ex.names(node)):
        return node
    if depth > MAX_NESTING:
        raise FormulationError(
            f"named expressions stand inside each other {MAX_NESTING} deep, or in a circle: "
            f"{', '.join(sorted(named.keys() & ex.names(node)))}"
        )

    def written(ref: ex.Ref) -> ex.Expr:
        stated = named.get(ref.name)
        if stated is None:
            return ref
        loops = [name for g in ex.parse_forall(stated.forall).generators for name in g.names]
        if len(loops) != len(ref.indices):
            raise FormulationError(
                f"{ex.to_text(ref)!r} has {len(ref.indices)} indices; {ref.name!r} is stated for "
                f"{stated.forall or 'none'}"
            )
        indices = (_write_out(index, named, depth) for index in ref.indices)
        body = substitute(ex.parse(stated.expression), dict(zip(loops, indices, strict=True)))
        return _write_out(body, named, depth + 1)

    return _rebuilt(node, written, {})


def _rebuilt(
    node: Part, change: Callable[[ex.Ref], ex.Expr], by_name: Mapping[str, ex.Expr]
) -> Part:
    """The tree with `change` applied to every reference, from the inside out."""
    return cast("Part", _Rebuilder(change, by_name).visit(node))


def rebuilt(
    node: Any_,
    change: Callable[[ex.Ref], ex.Expr],
    conditions: Callable[[ex.Comparison | ex.Membership], ex.Condition],
) -> Any_:
    """The tree with `change` applied to every reference, and `conditions` to every comparison and
    every `in`, from the inside out. No loop inside may bind a name that these put in."""
    rebuilder = _Rebuilder(change, {}, conditions)
    if isinstance(node, ex.Forall):
        return cast("Any_", ex.Forall(rebuilder.loops(node.generators)[0]))
    return cast("Any_", rebuilder.visit(node))


class _Rebuilder(Transformer):
    def __init__(
        self,
        change: Callable[[ex.Ref], ex.Expr],
        by_name: Mapping[str, ex.Expr],
        conditions: Callable[[ex.Comparison | ex.Membership], ex.Condition] = lambda node: node,
    ) -> None:
        self._change = change
        self._by_name = by_name
        self._conditions = conditions
        self._caught = frozenset(name for e in by_name.values() for name in ex.names(e))

    def visit(self, node: Any) -> Any:
        match node:
            case ex.Ref():
                return self._change(self.within(node))
            case ex.Comparison() | ex.Membership():
                return self._conditions(self.within(node))
            case ex.Aggregate(_, body, generators):
                loops, inside = self.loops(generators)
                return replace(node, body=inside.visit(body), generators=loops)
            case ex.Count(parts, generators):
                loops, inside = self.loops(generators)
                return replace(node, conditions=inside.visit(parts), generators=loops)
            case ex.Piecewise(argument, points, generators):
                loops, inside = self.loops(generators)
                argument, points = self.visit(argument), inside.visit(points)
                return replace(node, argument=argument, points=points, generators=loops)
            case ex.Special(_, items, generators, limit):
                loops, inside = self.loops(generators)
                items, limit = inside.visit(items), self.visit(limit)
                return replace(node, items=items, generators=loops, limit=limit)
            case ex.SetOf(members, generators):
                loops, inside = self.loops(generators)
                return replace(node, members=inside.visit(members), generators=loops)
            case ex.Generator() | ex.Forall():
                raise AssertionError("loops are rebuilt with what they hold")
        return self.within(node)

    def loops(
        self, generators: tuple[ex.Generator, ...]
    ) -> tuple[tuple[ex.Generator, ...], _Rebuilder]:
        """The loops with their conditions rebuilt, and the rebuilder for what they hold."""
        inside, rebuilt = self, list[ex.Generator]()
        for generator in generators:
            clash = [n for n in generator.names if n in self._by_name or n in self._caught]
            if clash:
                inside = inside._renaming({name: self._free(name) for name in clash})
            new = [inside._bound(name) for name in generator.names]
            condition = generator.condition
            rebuilt.append(
                replace(
                    generator,
                    name=new[0],
                    condition=inside.visit(condition),
                    more=tuple(new[1:]),
                )
            )
        return tuple(rebuilt), inside

    def _renaming(self, renamed: Mapping[str, str]) -> _Rebuilder:
        by_name = {**self._by_name, **{old: ex.Ref(new) for old, new in renamed.items()}}
        change = self._change

        def changed(ref: ex.Ref) -> ex.Expr:
            if ref.name in renamed and not ref.indices:
                return ex.Ref(renamed[ref.name])
            return change(ref)

        return _Rebuilder(changed, by_name, self._conditions)

    def _bound(self, name: str) -> str:
        new = self._by_name.get(name)
        return new.name if isinstance(new, ex.Ref) and new.name.startswith(f"{name}_") else name

    def _free(self, name: str) -> str:
        taken = self._caught | self._by_name.keys()
        return next(new for n in count(2) if (new := f"{name}_{n}") not in taken)
