"""Reading conditions: comparisons, memberships, and what joins them."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from optwright.solvers.language.notation import set_text
from optwright.solvers.language.read_numbers import NumberReader, kind_of_node
from optwright.solvers.language.source_text import MAX_DEPTH
from optwright.solvers.model.syntax import (
    Comparison,
    Condition,
    Count,
    Expr,
    Junction,
    Membership,
    Not,
    Number,
    Operator,
    SetExpr,
)

_COUNTS: dict[str, Operator] = {"exactly": "==", "atleast": ">=", "atmost": "<="}


CONSTRAINTS: dict[type[ast.cmpop], Operator] = {ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "=="}


_COMPARISONS = CONSTRAINTS | {ast.NotEq: "!=", ast.Lt: "<", ast.Gt: ">"}


_WRITTEN = {ast.NotEq: "!=", ast.Lt: "<", ast.Gt: ">", ast.In: "in", ast.NotIn: "not in"}


def is_range(node: ast.expr) -> bool:
    """Whether it is `1..6`, which Python reads as a shift."""
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift | ast.RShift)


class ConditionReader(NumberReader):
    """Reads conditions; sets that are worked out are left to those that build on it."""

    @abstractmethod
    def set_node(self, node: ast.expr) -> SetExpr:
        """A set that is worked out from others."""

    def condition(self, node: ast.expr) -> Condition:
        self._depth += 1
        if self._depth > 2 * MAX_DEPTH:
            self._source.fail("too many parts inside each other", node)
        try:
            return replace(self._condition(node), place=self._source.span(node))
        finally:
            self._depth -= 1

    def _condition(self, node: ast.expr) -> Condition:
        match node:
            case ast.BoolOp(operator, values):
                self._limit_terms(len(values), node)
                word: Literal["and", "or"] = "and" if isinstance(operator, ast.And) else "or"
                return Junction(word, tuple(map(self.condition, values)))
            case ast.UnaryOp(ast.Not(), operand):
                return Not(self.condition(operand))
            case ast.Compare(left, [ast.In() | ast.NotIn() as operator], [collection]):
                return self._membership(left, collection, isinstance(operator, ast.NotIn))
            case ast.Compare():
                parts = tuple(self._comparisons(node, _COMPARISONS))
                return parts[0] if len(parts) == 1 else Junction("and", parts)
            case ast.Call(ast.Name("implies" | "iff" | "xor" as link), arguments):
                if len(arguments) != 2:
                    self._source.fail(
                        f"{link!r} takes two conditions, found {len(arguments)}", node
                    )
                both = self.condition(arguments[0]), self.condition(arguments[1])
                return Junction(link, both)
            case ast.Call(ast.Name("exactly" | "atleast" | "atmost" as how), [amount, *rest]):
                counted = Count(*self._conditions(node, rest))
                return Comparison(_COUNTS[how], counted, self.expression(amount))
            case ast.BinOp(_, ast.BitOr() | ast.BitAnd()):
                self._refuse_set_operator(node)
            case ast.Name() | ast.Subscript():
                # A yes/no by itself: `open[i]` is `open[i] == 1`.
                return Comparison("==", self.expression(node), Number(1), is_implied=True)
            case _:
                self._source.fail(f"found {kind_of_node(node)} where a condition is expected", node)

    def _membership(self, left: ast.expr, right: ast.expr, negated: bool) -> Membership:
        items = self._listed(left)
        match right:
            case ast.Name(name):
                return Membership(items, name, negated)
            case ast.List(parts) | ast.Tuple(parts) | ast.Set(parts) if not any(
                isinstance(part, ast.Tuple | ast.List) or is_range(part) for part in parts
            ):
                return Membership(items, self._listed(right), negated)
        inline = self.set_node(right)
        return Membership(items, set_text(inline), negated, inline=inline)

    def _listed(self, node: ast.expr) -> tuple[Expr, ...]:
        parts = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
        self._limit_terms(len(parts), node)
        if not parts:
            self._source.fail("found empty brackets", node)
        return tuple(map(self.expression, parts))

    def _comparisons(
        self, node: ast.Compare, allowed: Mapping[type[ast.cmpop], Operator]
    ) -> Iterator[Comparison]:
        self._limit_terms(len(node.ops), node)
        sides = [self.expression(side) for side in (node.left, *node.comparators)]
        for operator, left, right in zip(node.ops, sides[:-1], sides[1:], strict=True):
            symbol = allowed.get(type(operator))
            if symbol is None:
                found = _WRITTEN.get(type(operator), "this comparison")
                use = ", ".join(repr(allowed_symbol) for allowed_symbol in allowed.values())
                self._source.fail(f"{found!r} cannot be used here", node, f"write one of {use}")
            place = self._source.span(node)
            if left.place is not None and right.place is not None:
                place = left.place[0], right.place[1]
            yield Comparison(symbol, left, right, place=place)
