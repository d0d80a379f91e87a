"""Reading expressions: a subset of Python's, parsed with `ast` and walked, never evaluated.

    parse("sum(cost[i, j] * ship[i, j] for i in I for j in J if i != j)")
    parse_comparison("low <= sum(x[i] for i in I) <= 40")
    parse_forall("i in I, t in T if t > 1")

Whatever is not in the language is a `FormulationError` that names the place and what was found
there. Text that would take long to read, or numbers no table holds, are refused before `ast` or
anything else works on them. The nodes of the tree are those of `model.syntax`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from optwright.errors import FormulationError
from optwright.solvers.language.notation import TextWriter, to_text
from optwright.solvers.language.read_conditions import CONSTRAINTS
from optwright.solvers.language.read_loops import LoopReader
from optwright.solvers.language.read_numbers import kind_of_node
from optwright.solvers.language.source_text import MAX_LENGTH, SourceText
from optwright.solvers.model.syntax import (
    CALLS,
    FUNCTIONS,
    KEYWORDS,
    LOGIC,
    MEMBER_FUNCTIONS,
    NEIGHBOURS,
    SPECIAL,
    Add,
    Aggregate,
    Binary,
    Call,
    Choice,
    Comparison,
    Condition,
    Count,
    Expr,
    Forall,
    Generator,
    Junction,
    Membership,
    Negate,
    Node,
    Not,
    Number,
    Operator,
    Piecewise,
    Quoted,
    Ref,
    SetExpr,
    SetJunction,
    SetOf,
    SetRange,
    Special,
    Statement,
    Visitor,
    children,
    names,
    numbers,
    set_names,
    shifted,
    walk,
    walk_set,
)

__all__ = [
    "CALLS",
    "FUNCTIONS",
    "KEYWORDS",
    "MAX_LENGTH",
    "MEMBER_FUNCTIONS",
    "NEIGHBOURS",
    "Add",
    "Aggregate",
    "Binary",
    "Call",
    "Choice",
    "Comparison",
    "Condition",
    "Count",
    "Expr",
    "Forall",
    "Generator",
    "Junction",
    "Membership",
    "Negate",
    "Node",
    "Not",
    "Number",
    "Operator",
    "Piecewise",
    "Quoted",
    "Reader",
    "Ref",
    "SetExpr",
    "SetJunction",
    "SetOf",
    "SetRange",
    "Special",
    "Statement",
    "TextWriter",
    "Visitor",
    "children",
    "names",
    "numbers",
    "parse",
    "parse_comparison",
    "parse_constraint",
    "parse_forall",
    "parse_set",
    "set_names",
    "shifted",
    "to_text",
    "walk",
    "walk_set",
]


Result = TypeVar("Result")


def parse(text: str) -> Expr:
    """Read an expression; `FormulationError` if it is not one."""
    return _parse_expression(text)


def parse_comparison(text: str) -> tuple[Comparison, ...]:
    """Read `a <= b`, or a chain: `a <= b <= c` is the two comparisons `a <= b` and `b <= c`."""
    return _parse_comparisons(text)


def parse_constraint(text: str) -> tuple[Statement, ...]:
    """Read what a constraint states: comparisons as `parse_comparison` does, or one statement of
    logic (`implies(a, b)`, `a or b`, `atmost(2, a for i in I)`, `x != y`) or one special ordered
    set (`sos1(x[i] for i in I)`)."""
    return _parse_constraint(text)


def parse_forall(text: str) -> Forall:
    """Read `i in I, j in J if i != j`; also `for i in I for j in J`. Empty text is no loop."""
    return _parse_forall(text)


def parse_set(text: str) -> SetExpr:
    """Read what a set is worked out from: `1..ceil(demand / 3)`, `1..12 by 3`, `A | B`, `A & B`,
    `A - B`, the product `A * B`, listed members `{1, 2}`, or `{(i, j) for i in I for j in J if i !=
    j}`."""
    return _parse_set(text)


@lru_cache(maxsize=4096)
def _parse_set(text: str) -> SetExpr:
    return _read(text, Reader.set_node)


@lru_cache(maxsize=4096)
def _parse_expression(text: str) -> Expr:
    return _read(text, Reader.expression)


@lru_cache(maxsize=4096)
def _parse_comparisons(text: str) -> tuple[Comparison, ...]:
    return _read(text, Reader.constraint)


@lru_cache(maxsize=4096)
def _parse_constraint(text: str) -> tuple[Statement, ...]:
    return _read(text, Reader.statement)


@lru_cache(maxsize=4096)
def _parse_forall(text: str) -> Forall:
    return Reader(_source(text)).forall() if text.strip() else Forall()


def _read(text: str, read: Callable[[Reader, ast.expr], Result]) -> Result:
    source = _source(text)
    return read(Reader(source), source.tree())


def _source(text: str) -> SourceText:
    if len(text) > MAX_LENGTH:
        raise FormulationError(
            f"an expression of {len(text):,} characters is too long; {MAX_LENGTH:,} are read",
            hint="state it with sets and sum(... for i in I)",
        )
    return SourceText(text)


class Reader(LoopReader):
    """Turns one text into our tree."""

    def constraint(self, node: ast.expr) -> tuple[Comparison, ...]:
        match node:
            case ast.Compare():
                return tuple(self._comparisons(node, CONSTRAINTS))
            case ast.BoolOp() | ast.Tuple():
                self._source.fail("found several constraints in one", node, "state each by itself")
            case _:
                self._source.fail(
                    "a constraint compares two sides", node, "write '<=', '>=' or '=='"
                )

    def statement(self, node: ast.expr) -> tuple[Statement, ...]:
        """What a constraint states, logic and special ordered sets included."""
        match node:
            case ast.Call(ast.Name(kind)) if kind in SPECIAL:
                return (replace(self._special(kind, node), place=self._source.span(node)),)
            case ast.Call(ast.Name(function)) if function in LOGIC:
                return (self.condition(node),)
            case ast.BoolOp() | ast.UnaryOp(ast.Not()):
                return (self.condition(node),)
            case ast.Name() | ast.Subscript():  # a yes or no that stands for itself
                return (self.condition(node),)
            case ast.Compare(_, [ast.NotEq() | ast.In() | ast.NotIn()]):
                return (self.condition(node),)
            case _:
                return self.constraint(node)

    def _special(self, kind: str, node: ast.Call) -> Special:
        arguments, limit = node.args, None
        items: tuple[tuple[Expr, ...], ...]
        loops: tuple[Generator, ...]
        if kind == "cumulative":
            if len(arguments) < 2:
                self._source.fail("'cumulative' takes a limit and intervals", node)
            limit, arguments = self.expression(arguments[0]), arguments[1:]
        match arguments:
            case [ast.GeneratorExp() as loop]:
                items, loops = (self._item(kind, loop.elt),), self._generators(loop)
            case [_, _, *_]:
                self._limit_terms(len(arguments), node)
                items, loops = tuple(self._item(kind, part) for part in arguments), ()
            case _:
                self._source.fail(f"{kind!r} needs a loop or two parts", node)
        return Special(kind, items, loops, limit)  # type: ignore[arg-type]  # a key of `SPECIAL`

    def _item(self, kind: str, node: ast.expr) -> tuple[Expr, ...]:
        least, most = SPECIAL[kind]
        parts = node.elts if isinstance(node, ast.Tuple) and most > 1 else [node]
        if not least <= len(parts) <= most:
            what = "(start, length, amount)" if kind == "cumulative" else "(start, length)"
            self._source.fail(f"{kind!r} is stated over {what}, found {kind_of_node(node)}", node)
        return tuple(map(self.expression, parts))
