"""Products of an amount with a yes/no, as linear rows."""

from __future__ import annotations

import numpy as np

from optwright.solvers.backends.additions import Loops
from optwright.solvers.backends.linear_rows import MOST_SWITCHED, LinearRows
from optwright.solvers.language import expressions as ex


class LinearProducts(LinearRows):
    """Writes products."""

    def _product(self, left: ex.Expr, right: ex.Expr, direction: int, loops: Loops) -> ex.Expr:
        """A binary times anything that has bounds; other products stay."""
        sides = self._rewrite(left, 0, loops), self._rewrite(right, 0, loops)
        for switch, other in (sides, sides[::-1]):
            match switch:
                case ex.Negate(operand):
                    return ex.Negate(self._product(operand, other, -direction, loops))
                case ex.Binary("*", factor, inner) if self._is_constant(factor):
                    turned = direction * self._sign(factor, loops)
                    return ex.Binary("*", factor, self._product(inner, other, turned, loops))
                case ex.Binary("*" | "/" as symbol, inner, factor) if self._is_constant(factor):
                    turned = direction * self._sign(factor, loops)
                    return ex.Binary(symbol, self._product(inner, other, turned, loops), factor)
            if not self._literal(switch):
                continue
            if switch == other:
                return switch
            limits = self._limits(other, loops)
            if np.all(np.abs(limits) <= MOST_SWITCHED):
                return self._switched(switch, other, limits, direction, loops)
        for total, other in (sides, sides[::-1]):
            if not self._holds_binary(total):
                continue
            match total:
                case ex.Add(terms):
                    return ex.Add(tuple(self._times(t, other, direction, loops) for t in terms))
                case ex.Aggregate("sum", body, generators) if self._is_apart(generators, other):
                    inner_loops = loops + generators
                    each = self._times(body, other, direction, inner_loops)
                    return ex.Aggregate("sum", each, generators)
        return ex.Binary("*", *sides)

    def _times(self, term: ex.Expr, other: ex.Expr, direction: int, loops: Loops) -> ex.Expr:
        if self._is_constant(term):
            return ex.Binary("*", term, other)
        return self._product(term, other, direction, loops)

    def _is_apart(self, generators: Loops, node: ex.Expr) -> bool:
        return ex.names(node).isdisjoint(name for g in generators for name in g.names)

    def _holds_binary(self, node: ex.Expr) -> bool:
        """Whether a sum has parts that are 0 or 1, so that it pays to multiply it out."""
        match node:
            case ex.Negate(operand) | ex.Aggregate("sum", operand):
                return self._holds_binary(operand)
            case ex.Add(terms):
                return any(map(self._holds_binary, terms))
            case ex.Binary("*", left, right):
                return self._holds_binary(left) or self._holds_binary(right)
            case _:
                return not self._is_constant(node) and self._literal(node)
