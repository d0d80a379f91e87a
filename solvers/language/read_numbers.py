"""Reading what has a value: numbers, names, arithmetic, functions and sums."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Literal, NoReturn

from optwright.solvers.language.source_text import MAX_DEPTH, RANGE, STEP, SourceText
from optwright.solvers.model.syntax import (
    CALLS,
    FUNCTIONS,
    LOGIC,
    NEIGHBOURS,
    SPECIAL,
    Add,
    Aggregate,
    Binary,
    Call,
    Choice,
    Condition,
    Count,
    Expr,
    Generator,
    Negate,
    Number,
    Piecewise,
    Quoted,
    Ref,
    numbers,
    walk,
)

MAX_POWER = 100  # largest exponent written as a number


MAX_TERMS = 1_000  # of one sum written out; `ast` gives up at 2,500, earlier deep in a program


_FACTORS: dict[type[ast.operator], Literal["*", "/", "%"]] = {
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
}


_OF_SETS: dict[type[ast.operator], tuple[str, str]] = {
    ast.BitOr: ("|", "write 'or' between conditions"),
    ast.BitAnd: ("&", "write 'and' between conditions, or state two constraints"),
    ast.LShift: (RANGE, "a range is what a loop runs over: sum(x[t] for t in 1..6)"),
    ast.RShift: (STEP, "a range is what a loop runs over: sum(x[t] for t in 1..6 by 2)"),
}
"""How what joins sets is written, and what to do where something else should be joined."""


_KINDS = {
    ast.Tuple: "several values",
    ast.List: "a list",
    ast.GeneratorExp: "a loop outside 'sum', 'min' and 'max'",
    ast.ListComp: "a list",
    ast.Subscript: "a second pair of square brackets",
    ast.Call: "a call of something that is not a function",
    ast.Starred: "'*' before a name",
    ast.Constant: "a number or a text",
    ast.Name: "a name",
    ast.Set: "a set",
    ast.SetComp: "a set",
}


def kind_of_node(node: ast.AST) -> str:
    return _KINDS.get(type(node), "something")


class NumberReader(ABC):
    """Reads what has a value; conditions and loops are left to those that build on it."""

    def __init__(self, source: SourceText) -> None:
        self._source = source
        self._depth = 0

    @abstractmethod
    def condition(self, node: ast.expr) -> Condition:
        """A condition: a comparison, a membership, or several joined by words."""

    @abstractmethod
    def _generators(self, node: ast.GeneratorExp | ast.SetComp) -> tuple[Generator, ...]:
        """The loops of a sum."""

    def expression(self, node: ast.expr) -> Expr:
        self._depth += 1
        if self._depth > 2 * MAX_DEPTH:
            self._source.fail("too many parts inside each other", node)
        try:
            return replace(self._expression(node), place=self._source.span(node))
        finally:
            self._depth -= 1

    def _expression(self, node: ast.expr) -> Expr:
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.Name(name):
                return Ref(self._plain_name(name, node))
            case ast.Subscript(ast.Name(name)):
                return Ref(self._plain_name(name, node), self._indices(node))
            case ast.UnaryOp(ast.USub(), operand):
                return Negate(self.expression(operand))
            case ast.UnaryOp(ast.UAdd(), operand):
                return self.expression(operand)
            case ast.BinOp(_, ast.Add() | ast.Sub()):
                return self._add(node)
            case ast.BinOp(_, ast.Mult() | ast.Div() | ast.Mod()):
                return self._multiply(node)
            case ast.BinOp(left, ast.Pow(), right):
                return Binary("**", self.expression(left), self._exponent(right))
            case ast.Call(ast.Name(function)):
                return self._call(function, node)
            case ast.IfExp(test, then, otherwise):
                sides = self.expression(then), self.expression(otherwise)
                return Choice(self.condition(test), *sides)
            case ast.BinOp(_, ast.BitOr() | ast.BitAnd() | ast.LShift() | ast.RShift()):
                self._refuse_set_operator(node)
            case ast.Set() | ast.SetComp():
                self._source.fail(
                    "found a set where a number is expected",
                    node,
                    "indices go in square brackets; a sum over members is sum(x[i] for i in I)",
                )
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(ast.Not()):
                self._source.fail(
                    "found a comparison inside an expression",
                    node,
                    "count(...) is how many comparisons hold, as in count(x > 0)",
                )
            case _:
                self._source.fail(
                    f"found {kind_of_node(node)}, which is not part of the language", node
                )

    def _refuse_set_operator(self, node: ast.BinOp) -> NoReturn:
        """What joins sets where there are none."""
        found, hint = _OF_SETS[type(node.op)]
        at = self._source.find(found, self._source.span(node.left)[1])
        self._source.fail(f"found {found!r}, which is for sets alone", at, hint)

    def _constant(self, node: ast.Constant) -> Number | Quoted:
        match node.value:
            case str(text):
                return Quoted(text)
            case int() | float():
                return self._number(node, float(node.value))
            case _:
                self._source.fail(f"found {node.value!r} where a number is expected", node)

    def _number(self, node: ast.AST, value: float) -> Number:
        if value == float("inf"):
            self._source.fail("a number is larger than any that can be computed with", node)
        return Number(value)

    def _plain_name(self, name: str, node: ast.expr) -> str:
        if name in FUNCTIONS:
            self._source.fail(
                f"{name!r} is a function and must be called", node, f"write {name}(...)"
            )
        return name

    def _indices(self, node: ast.Subscript) -> tuple[Expr, ...]:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not parts:
            self._source.fail("found empty brackets", node)
        return tuple(map(self.expression, parts))

    def _add(self, node: ast.expr) -> Expr:
        terms = list[Expr]()
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            term = self.expression(node.right)
            minus = isinstance(node.op, ast.Sub)
            terms.append(Negate(term, place=term.place) if minus else term)
            self._limit_terms(len(terms), node)
            node = node.left
        terms.append(self.expression(node))
        return Add(tuple(reversed(terms)))

    def _multiply(self, node: ast.expr) -> Expr:
        factors = list[tuple[Literal["*", "/", "%"], ast.expr]]()
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.Mod):
            factors.append((_FACTORS[type(node.op)], node.right))
            node = node.left
        if len(factors) > MAX_DEPTH:
            self._source.fail(f"more than {MAX_DEPTH} factors in one product", node)
        product = self.expression(node)
        for operator, factor in reversed(factors):
            product = Binary(operator, product, self.expression(factor))
        return product

    def _limit_terms(self, count: int, node: ast.expr) -> None:
        if count > MAX_TERMS:
            self._source.fail(f"more than {MAX_TERMS:,} terms", node, "use sum(... for i in I)")

    def _exponent(self, node: ast.expr) -> Expr:
        exponent = self.expression(node)
        if any(isinstance(part, Binary) and part.operator == "**" for part in walk(exponent)):
            self._source.fail("found a power inside an exponent", node)
        if max(numbers(exponent), default=0) > MAX_POWER:
            self._source.fail(f"an exponent is larger than {MAX_POWER}", node)
        return exponent

    def _call(self, function: str, node: ast.Call) -> Expr:
        if function not in CALLS:
            known = ", ".join(CALLS)
            self._source.fail(
                f"{function!r} is not a function",
                node,
                f"indices go in square brackets; the functions are {known}",
            )
        if function in LOGIC or function in SPECIAL:
            self._source.fail(
                f"{function!r} states something and is no number",
                node,
                "state it as a constraint of its own, or count it with count(...)",
            )
        match node.args, function:
            case _, "count":
                return Count(*self._conditions(node, node.args))
            case _, "piecewise":
                return self._piecewise(node)
            case _, "first" | "last" | "ord" | "prev" | "next" | "prev_cyclic" | "next_cyclic":
                return self._member_call(function, node)
            case [ast.GeneratorExp() as loop], "sum" | "min" | "max":
                return self._aggregate(function, loop)
            case _, "sum":
                self._source.fail(
                    "'sum' needs a loop", node, "write sum(x[i] for i in I), or x + y"
                )
            case [_], "min" | "max":
                self._source.fail(f"{function!r} needs a loop or two arguments", node)
        return self._plain_call(function, node)

    def _plain_call(self, function: str, node: ast.Call) -> Call:
        wanted = CALLS[function]
        if (wanted is None and len(node.args) < 2) or wanted not in (None, len(node.args)):
            takes = "two arguments or more" if wanted is None else "one argument"
            self._source.fail(f"{function!r} takes {takes}, found {len(node.args)}", node)
        self._limit_terms(len(node.args), node)
        arguments = tuple(map(self.expression, node.args))
        if function == "len" and not (isinstance(arguments[0], Ref) and not arguments[0].indices):
            self._source.fail("'len' takes the name of a set", node)
        return Call(function, arguments)

    def _member_call(self, function: str, node: ast.Call) -> Call:
        """`first(T)`, `ord(t)`, `prev(t)`, `prev(t, 2)`, `prev(t, T)`."""
        takes = (1, 2) if function in NEIGHBOURS else (1, 1)
        if not takes[0] <= len(node.args) <= takes[1]:
            self._source.fail(f"{function!r} takes one argument, found {len(node.args)}", node)
        arguments = tuple(map(self.expression, node.args))
        if not isinstance(arguments[0], Ref | Quoted | Call):
            what = "the name of a set" if function in ("first", "last") else "a member of a set"
            self._source.fail(f"{function!r} takes {what}", node)
        return Call(function, arguments)

    def _conditions(
        self, node: ast.Call, arguments: list[ast.expr]
    ) -> tuple[tuple[Condition, ...], tuple[Generator, ...]]:
        match arguments:
            case [ast.GeneratorExp() as loop]:
                return (self.condition(loop.elt),), self._generators(loop)
            case []:
                self._source.fail("found nothing to count", node)
        self._limit_terms(len(arguments), node)
        return tuple(map(self.condition, arguments)), ()

    def _piecewise(self, node: ast.Call) -> Piecewise:
        match node.args:
            case [argument, ast.GeneratorExp(ast.Tuple([at, value])) as loop]:
                point = self.expression(at), self.expression(value)
                return Piecewise(self.expression(argument), (point,), self._generators(loop))
            case [argument, first, second, *others]:
                points = tuple(map(self._point, (first, second, *others)))
                return Piecewise(self.expression(argument), points)
        self._source.fail(
            "'piecewise' takes an amount and two points or more",
            node,
            "write piecewise(x, (0, 0), (10, 5)) or piecewise(x, ((at[k], cost[k]) for k in K))",
        )

    def _point(self, node: ast.expr) -> tuple[Expr, Expr]:
        match node:
            case ast.Tuple([at, value]):
                return self.expression(at), self.expression(value)
        self._source.fail(f"found {kind_of_node(node)} where a point (at, value) is expected", node)

    def _aggregate(
        self, function: Literal["sum", "min", "max"], node: ast.GeneratorExp
    ) -> Aggregate:
        return Aggregate(function, self.expression(node.elt), self._generators(node))
