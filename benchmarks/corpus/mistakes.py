"""Nine kinds of mistake, made in the trees of a right formulation and never in its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property, partial
from itertools import combinations
from typing import Any

from optwright.benchmarks.corpus.entries import Entry
from optwright.benchmarks.corpus.trees import Path, places, with_node
from optwright.solvers.edit.rewriting import chain_text, literal, number
from optwright.solvers.language.expressions import names, parse, parse_constraint, to_text
from optwright.solvers.model.formulation import Domain, Formulation, Sense, Values
from optwright.solvers.model.syntax import (
    Add,
    Binary,
    Comparison,
    Number,
    Operator,
    Quoted,
    Ref,
)

_DIGITS = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")


class Kind(StrEnum):
    """What went wrong."""

    DIRECTION = "direction"
    """`<=` for `>=`, `>=` for `<=`, or either for `==`."""
    OMISSION = "omission"
    """A constraint is missing."""
    RIGHT_SIDE = "right side swapped"
    """Two constraints have each other's right side."""
    TERM = "objective term dropped"
    SENSE = "sense"
    ENTITY = "entity mis-bound"
    """A decision, parameter or member stands where another belongs."""
    COPY = "number copied wrongly"
    """Digits turned, lost or doubled, or another number of the text."""
    COEFFICIENT = "coefficient"
    """A factor is missing, or two factors of a row are exchanged."""
    TEN = "x10"
    """A number is ten times too large or too small."""


Mistake = tuple[str, Formulation]
Chain = tuple[Comparison, ...]


@dataclass(frozen=True)
class MistakenModel:
    """A right formulation with its trees."""

    entry: Entry

    @property
    def whole(self) -> Formulation:
        return self.entry.formulation

    @cached_property
    def chains(self) -> Sequence[Chain]:
        """The comparisons of each constraint; none of one that states logic, which is only ever
        left out as a whole."""
        return [_chain(c.expression) for c in self.whole.constraints]

    @cached_property
    def objective(self) -> Any:
        return parse(self.whole.objective.expression)

    @cached_property
    def variables(self) -> frozenset[str]:
        return frozenset(v.name for v in self.whole.variables)

    def with_chain(self, at: int, chain: Chain) -> Formulation:
        constraints = list(self.whole.constraints)
        constraints[at] = constraints[at].model_copy(update={"expression": chain_text(chain)})
        return self.whole.model_copy(update={"constraints": tuple(constraints)})

    def _with_row(self, at: int, row: Comparison) -> Formulation:
        return self.with_chain(at, (row,))

    def with_objective(self, tree: Any) -> Formulation:
        objective = self.whole.objective.model_copy(update={"expression": to_text(tree)})
        return self.whole.model_copy(update={"objective": objective})

    def trees(self) -> Iterator[tuple[str, Any, Callable[[Any], Formulation]]]:
        """Name, tree, and how to put another in its place: the objective, and each constraint
        that is no chain of two comparisons (their shared middle would be two trees)."""
        yield "objective", self.objective, self.with_objective
        for at, chain in enumerate(self.chains):
            if len(chain) == 1:
                name = self.whole.constraints[at].name
                yield name, chain[0], partial(self._with_row, at)

    def is_given(self, node: Any) -> bool:
        """Whether no decision is in a tree."""
        return self.variables.isdisjoint(names(node))


def _chain(expression: str) -> Chain:
    stated = parse_constraint(expression)
    compared = tuple(s for s in stated if isinstance(s, Comparison))
    return compared if len(compared) == len(stated) else ()


_TURNED: Mapping[str, tuple[Operator, ...]] = {
    "<=": (">=",),
    ">=": ("<=",),
    "==": ("<=", ">="),
}


def _directions(model: MistakenModel) -> Iterator[Mistake]:
    for at, chain in enumerate(model.chains):
        if len(chain) != 1:
            continue
        for symbol in _TURNED.get(chain[0].operator, ()):
            text = model.whole.constraints[at].name
            change = f"{text}: {chain[0].operator} became {symbol}"
            yield change, model.with_chain(at, (replace(chain[0], operator=symbol),))


def _omissions(model: MistakenModel) -> Iterator[Mistake]:
    for at, constraint in enumerate(model.whole.constraints):
        left = (*model.whole.constraints[:at], *model.whole.constraints[at + 1 :])
        yield (
            f"{constraint.name} is missing",
            model.whole.model_copy(update={"constraints": left}),
        )


def _right_sides(model: MistakenModel) -> Iterator[Mistake]:
    stated = [
        (at, chain[0])
        for at, chain in enumerate(model.chains)
        if len(chain) == 1 and model.is_given(chain[0].right)
    ]
    for (one, first), (other, second) in combinations(stated, 2):
        loops = {model.whole.constraints[at].forall for at in (one, other)}
        numbers = literal(first.right) is not None and literal(second.right) is not None
        if first.right == second.right or (len(loops) > 1 and not numbers):
            continue
        constraints = list(model.whole.constraints)
        for at, row, right in ((one, first, second.right), (other, second, first.right)):
            text = chain_text((replace(row, right=right),))
            constraints[at] = constraints[at].model_copy(update={"expression": text})
        change = f"{constraints[one].name} and {constraints[other].name} swapped right sides"
        yield change, model.whole.model_copy(update={"constraints": tuple(constraints)})


def _terms(model: MistakenModel) -> Iterator[Mistake]:
    for path, node in places(model.objective):
        if not isinstance(node, Add):
            continue
        for at, term in enumerate(node.terms):
            rest = (*node.terms[:at], *node.terms[at + 1 :])
            kept = Add(rest) if len(rest) > 1 else rest[0]
            change = f"the objective lost {to_text(term)}"
            yield change, model.with_objective(with_node(model.objective, path, kept))


def _senses(model: MistakenModel) -> Iterator[Mistake]:
    goal = model.whole.objective
    sense = Sense.MAXIMIZE if goal.sense is Sense.MINIMIZE else Sense.MINIMIZE
    changed = goal.model_copy(update={"sense": sense})
    yield f"{goal.sense} became {sense}", model.whole.model_copy(update={"objective": changed})


def _entities(model: MistakenModel) -> Iterator[Mistake]:
    alike = _alike(model.whole)
    for name, tree, put in model.trees():
        used = list(places(tree))
        for path, node in used:
            if not isinstance(node, Ref):
                continue
            for other in alike.get(node.name, ()):
                change = f"{name}: {other} stands for {node.name}"
                yield change, put(with_node(tree, path, replace(node, name=other)))
            for new in _other_indices(model.whole, node):
                change = f"{name}: {to_text(new)} stands for {to_text(node)}"
                yield change, put(with_node(tree, path, new))
        refs = [(path, node) for path, node in used if isinstance(node, Ref)]
        for (path, one), (at, other_ref) in combinations(refs, 2):
            if one != other_ref and other_ref.name in alike.get(one.name, ()):
                swapped = with_node(with_node(tree, path, other_ref), at, one)
                yield f"{name}: {one.name} and {other_ref.name} are exchanged", put(swapped)


def _alike(whole: Formulation) -> dict[str, list[str]]:
    """For each decision the others over the same sets, and for each parameter likewise."""
    groups: list[list[tuple[str, tuple[str, ...]]]] = [
        [(v.name, v.indices) for v in whole.variables],
        [(p.name, p.indices) for p in whole.parameters],
    ]
    return {
        name: [other for other, over in group if other != name and over == indices]
        for group in groups
        for name, indices in group
    }


def _other_indices(whole: Formulation, node: Ref) -> Iterator[Ref]:
    """The reference with two indices over one set exchanged, or with another member in quotes."""
    sets = {v.name: v.indices for v in whole.variables} | {
        p.name: p.indices for p in whole.parameters
    }
    over = sets.get(node.name, ())
    for one, other in combinations(range(len(over)), 2):
        if over[one] == over[other]:
            indices = list(node.indices)
            indices[one], indices[other] = indices[other], indices[one]
            yield replace(node, indices=tuple(indices))
    members = {s.name: [str(m) for m in s.members] for s in whole.sets}
    for at, index in enumerate(node.indices):
        if isinstance(index, Quoted):
            for member in members.get(over[at], ()):
                if member != index.value:
                    indices = [*node.indices[:at], Quoted(member), *node.indices[at + 1 :]]
                    yield replace(node, indices=tuple(indices))


def _copies(model: MistakenModel) -> Iterator[Mistake]:
    stated = {float(t.replace(",", "")) for t in _DIGITS.findall(model.entry.text)} - {0.0}
    for name, value, put in _numbers(model):
        for wrong in sorted({*miscopied(value), *stated} - {value}):
            yield f"{name}: {value:g} was copied as {wrong:g}", put(wrong)


def miscopied(value: float) -> Iterator[float]:
    """Two digits turned, one lost, doubled or taken from its neighbour: of a number of two digits
    or more. The number itself may be among them.

    >>> sorted(miscopied(120.0))
    [10.0, 12.0, 20.0, 102.0, 110.0, 122.0, 210.0, 1120.0, 1200.0, 1220.0]
    """
    digits = f"{value:.10g}"
    if "e" in digits or sum(d.isdigit() for d in digits) < 2:
        return
    for at, digit in enumerate(digits):
        if not digit.isdigit():
            continue
        texts = [digits[:at] + digits[at + 1 :], digits[:at] + digit + digits[at:]]
        if at and digits[at - 1].isdigit():
            texts.append(digits[: at - 1] + digit + digits[at - 1] + digits[at + 1 :])
            texts.append(digits[:at] + digits[at - 1] + digits[at + 1 :])
        yield from (float(t) for t in texts if t.strip("."))


def _coefficients(model: MistakenModel) -> Iterator[Mistake]:
    for name, tree, put in model.trees():
        factors = [(p, n) for p, n in places(tree) if isinstance(n, Binary) and n.operator == "*"]
        for path, node in factors:
            for factor, rest in ((node.left, node.right), (node.right, node.left)):
                if model.is_given(factor) and not model.is_given(rest):
                    change = f"{name}: {to_text(node)} lost the factor {to_text(factor)}"
                    yield change, put(with_node(tree, path, rest))
        led = [(p, n) for p, n in factors if literal(n.left) is not None]
        for (path, one), (at, other) in combinations(led, 2):
            apart = path[: len(at)] != at and at[: len(path)] != path
            if apart and one.left != other.left:
                swapped = with_node(tree, path, replace(one, left=other.left))
                swapped = with_node(swapped, at, replace(other, left=one.left))
                change = f"{name}: {to_text(one.left)} and {to_text(other.left)} are exchanged"
                yield change, put(swapped)


def _tens(model: MistakenModel) -> Iterator[Mistake]:
    for name, value, put in _numbers(model):
        for wrong in (10 * value, value / 10):
            yield f"{name}: {value:g} became {wrong:g}", put(wrong)


def _numbers(model: MistakenModel) -> Iterator[tuple[str, float, Callable[[float], Formulation]]]:
    """Every number but 0 that is written in the formulation, and how to put another there."""
    for name, tree, put in model.trees():
        for path, node in places(tree):
            if isinstance(node, Number) and node.value:
                yield name, node.value, partial(_with_number, tree, path, put)
    for at, chain in enumerate(model.chains):
        for end, side in _ends(chain):
            if value := literal(side):
                name = model.whole.constraints[at].name
                yield name, abs(value), partial(_with_end, model, at, end, value > 0)
    for at, given in enumerate(model.whole.parameters):
        for key, value in _leaves(given.values, ()):
            if value:
                yield given.name, value, partial(_with_value, model.whole, at, key)
    for at, variable in enumerate(model.whole.variables):
        if variable.upper and variable.domain is not Domain.BINARY:
            yield variable.name, variable.upper, partial(_with_upper, model.whole, at)


def _with_number(
    tree: Any, path: Path, put: Callable[[Any], Formulation], new: float
) -> Formulation:
    return put(with_node(tree, path, number(new)))


def _ends(chain: Chain) -> Iterator[tuple[int, Any]]:
    """The outer sides of a chain of two comparisons."""
    if len(chain) > 1:
        yield 0, chain[0].left
        yield 1, chain[-1].right


def _with_end(model: MistakenModel, at: int, end: int, positive: bool, new: float) -> Formulation:
    chain, value = model.chains[at], number(new if positive else -new)
    if end == 0:
        return model.with_chain(at, (replace(chain[0], left=value), *chain[1:]))
    return model.with_chain(at, (*chain[:-1], replace(chain[-1], right=value)))


def _leaves(values: Values | None, key: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if isinstance(values, dict):
        for member, inner in values.items():
            yield from _leaves(inner, (*key, member))
    elif values is not None:
        yield key, values


def _with_value(whole: Formulation, at: int, key: tuple[str, ...], new: float) -> Formulation:
    def put(values: Any, key: tuple[str, ...]) -> Any:
        return {**values, key[0]: put(values[key[0]], key[1:])} if key else new

    given = list(whole.parameters)
    given[at] = given[at].model_copy(update={"values": put(given[at].values, key)})
    return whole.model_copy(update={"parameters": tuple(given)})


def _with_upper(whole: Formulation, at: int, new: float) -> Formulation:
    variables = list(whole.variables)
    variables[at] = variables[at].model_copy(update={"upper": new})
    return whole.model_copy(update={"variables": tuple(variables)})


MISTAKES: dict[Kind, Callable[[MistakenModel], Iterator[Mistake]]] = {
    Kind.DIRECTION: _directions,
    Kind.OMISSION: _omissions,
    Kind.RIGHT_SIDE: _right_sides,
    Kind.TERM: _terms,
    Kind.SENSE: _senses,
    Kind.ENTITY: _entities,
    Kind.COPY: _copies,
    Kind.COEFFICIENT: _coefficients,
    Kind.TEN: _tens,
}
