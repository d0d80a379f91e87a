"""Trees made from trees: names put in the place of others, named expressions written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from itertools import count
from typing import Any, TypeVar, cast

from optwright.errors import FormulationError
from optwright.solvers.language import expressions as ex
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
    return _renamed(node, rename)  # type: ignore[no-any-return]  # every node keeps its kind


def _renamed(part: Any, rename: Callable[[str], str]) -> Any:
    if isinstance(part, tuple):
        return tuple(_renamed(item, rename) for item in part)
    match part:
        case ex.Ref(name, indices):
            return ex.Ref(rename(name), _renamed(indices, rename))
        case ex.Generator(name, over, condition, more):
            bound = tuple(map(rename, more))
            return ex.Generator(rename(name), rename(over), _renamed(condition, rename), bound)
        case ex.Membership(items, str(collection), negated):
            return ex.Membership(_renamed(items, rename), rename(collection), negated)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    inside = {field.name: _renamed(getattr(part, field.name), rename) for field in fields(part)}
    return replace(part, **inside)


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
    return cast("Part", _Rebuilder(change, by_name).part(node))


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
    return cast("Any_", rebuilder.part(cast("ex.Node", node)))


class _Rebuilder:
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

    def part(self, node: ex.Node) -> ex.Node:
        match node:
            case ex.Number() | ex.Quoted():
                return node
            case ex.Ref(name, indices):
                return self._change(ex.Ref(name, self._all(indices)))
            case ex.Negate(operand):
                return ex.Negate(self._expr(operand))
            case ex.Not(operand):
                return ex.Not(self.part(operand))  # type: ignore[arg-type]  # a condition
            case ex.Add(terms):
                return ex.Add(self._all(terms))
            case ex.Binary(_, left, right):
                return replace(node, left=self._expr(left), right=self._expr(right))
            case ex.Comparison(_, left, right):
                compared = replace(node, left=self._expr(left), right=self._expr(right))
                return self._conditions(compared)
            case ex.Call(function, arguments):
                return ex.Call(function, self._all(arguments))
            case ex.Choice(condition, then, otherwise):
                return ex.Choice(
                    self.part(condition),  # type: ignore[arg-type]  # a condition
                    self._expr(then),
                    self._expr(otherwise),
                )
            case ex.Membership(items, collection):
                listed = collection if isinstance(collection, str) else self._all(collection)
                return self._conditions(replace(node, items=self._all(items), collection=listed))
            case ex.Junction(word, parts):
                return ex.Junction(word, self._all(parts))
            case ex.Aggregate(function, body, generators):
                loops, inside = self.loops(generators)
                return ex.Aggregate(function, inside._expr(body), loops)
            case ex.Count(parts, generators):
                loops, inside = self.loops(generators)
                return ex.Count(inside._all(parts), loops)
            case ex.Piecewise(argument, points, generators):
                loops, inside = self.loops(generators)
                both = tuple((inside._expr(at), inside._expr(value)) for at, value in points)
                return ex.Piecewise(self._expr(argument), both, loops)
            case ex.Special(_, items, generators, limit):
                loops, inside = self.loops(generators)
                return replace(
                    node,
                    items=tuple(inside._all(item) for item in items),
                    generators=loops,
                    limit=None if limit is None else self._expr(limit),
                )
            case ex.Generator() | ex.Forall():
                raise AssertionError("loops are rebuilt with what they hold")

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
                ex.Generator(
                    new[0],
                    generator.set,
                    None if condition is None else inside.part(condition),  # type: ignore[arg-type]  # a condition
                    tuple(new[1:]),
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

    def _expr(self, node: ex.Expr) -> ex.Expr:
        return self.part(node)  # type: ignore[return-value]  # the part of an expression is one

    def _all(self, nodes: tuple[Part, ...]) -> tuple[Part, ...]:
        return tuple(cast("Part", self.part(node)) for node in nodes)
