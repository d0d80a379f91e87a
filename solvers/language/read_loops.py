"""Reading loops and sets: `i in I, t in T if t > 1`, and sets that are worked out."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import reduce
from typing import Literal

from optwright.solvers.language.notation import set_text
from optwright.solvers.language.read_conditions import ConditionReader, is_range
from optwright.solvers.language.read_numbers import kind_of_node
from optwright.solvers.language.source_text import RANGE, STEP, TOKEN
from optwright.solvers.model.syntax import (
    Add,
    Condition,
    Expr,
    Forall,
    Generator,
    Junction,
    Negate,
    Number,
    Ref,
    SetExpr,
    SetJunction,
    SetOf,
    SetRange,
)

MAX_LOOPS = 8  # `for`s of one sum, or of one constraint


_HEAD = re.compile(
    r"(?:for\s+)?(?P<names>\w+(?:\s*,\s*\w+)*|\(\s*\w+(?:\s*,\s*\w+)+\s*\))\s*"
    r"(?<![A-Za-z0-9_])in\b\s*",
    re.ASCII,
)
_BETWEEN = re.compile(r"\s*(?P<comma>,\s*)?")  # two loops of a short `forall`


_SET_OPERATORS: dict[type[ast.operator], Literal["|", "&", "-", "*"]] = {
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.Sub: "-",
    ast.Mult: "*",
}


class LoopReader(ConditionReader):
    """Reads loops, and sets that are worked out."""

    def _generators(self, node: ast.GeneratorExp | ast.SetComp) -> tuple[Generator, ...]:
        if len(node.generators) > MAX_LOOPS:
            self._source.fail(f"more than {MAX_LOOPS} loops", node)
        return tuple(map(self._generator, node.generators))

    def _generator(self, node: ast.comprehension) -> Generator:
        name, *more = self._bound_names(node.target)
        over, inline = self._over(node.iter)
        parts = tuple(map(self.condition, node.ifs))
        condition = parts[0] if len(parts) == 1 else Junction("and", parts)
        place = self._source.span(node.target)[0], self._source.span(node.iter)[1]
        return Generator(
            name, over, condition if parts else None, tuple(more), inline=inline, place=place
        )

    def _over(self, node: ast.expr) -> tuple[str, SetExpr | None]:
        """What a loop runs over: the name of a set, or the text of one that is written here."""
        match node:
            case ast.Name(name):
                return name, None
            case ast.Subscript(ast.Name(name)):
                self._source.fail(
                    f"a set has no indices, found {name}[...]",
                    node,
                    f"make {name!r} a set of pairs, and loop over `for j in J if (i, j) in {name}`",
                )
        inline = self.set_node(node)
        return set_text(inline), inline

    def _bound_names(self, target: ast.expr) -> list[str]:
        """`i`, or the parts of `(i, j)`, each a name of its own."""
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        names = [part.id for part in parts if isinstance(part, ast.Name)]
        if len(names) < len(parts) or not names:
            self._source.fail("a loop binds names", target, "write for i in I, or for (i, j) in A")
        if len(set(names)) < len(names):
            self._source.fail(f"a loop binds {names[0]!r} twice", target)
        return names

    def forall(self) -> Forall:
        """Loops with conditions between them are the tail of a sum; others are `i in I, j in J`."""
        words = self._source.words
        if "if" not in words or "for" not in words[words.index("if") :]:
            return self._short_forall()
        self._source.enclose("sum(0 " if words[0] == "for" else "sum(0 for ", ")")
        match self._source.tree():
            case ast.Call(_, [ast.GeneratorExp() as loop]):
                return Forall(self._generators(loop))
            case node:
                self._source.fail("found something else than loops", node, "write i in I, j in J")

    def _short_forall(self) -> Forall:
        generators = list[Generator]()
        line, at = self._source.line, 0
        while True:
            loop = _HEAD.match(line, at)
            if loop is None:
                found = self._source.word_at(at)
                hint = "write i in I, j in J if i != j"
                self._source.fail(f"found {found}", self._source.place(at), hint)
            end = self._end_of_set(loop.end())
            generators += self._short_loop(loop, end)
            gap = _BETWEEN.match(line, end)
            assert gap is not None  # it may be empty
            at = gap.end()
            if gap["comma"] is None and re.match(r"for\b", line[at:]) is None:
                break
        if len(generators) > MAX_LOOPS:
            self._source.fail(f"more than {MAX_LOOPS} loops", 0)
        return Forall((*generators[:-1], replace(generators[-1], condition=self._tail(at))))

    def _end_of_set(self, at: int) -> int:
        """Where in the line what a loop runs over ends, which begins at `at`."""
        line, depth = self._source.line, 0
        for token in TOKEN.finditer(line, at):
            mark = token.group()
            if depth == 0 and mark in (",", "if", "for", "and", "or"):
                return at + len(line[at : token.start()].rstrip())
            depth += (mark in ("(", "[", "{")) - (mark in (")", "]", "}"))
        return len(line)

    def _short_loop(self, loop: re.Match[str], end: int) -> list[Generator]:
        """`i in I`, `i, j in I` or `(i, j) in A`, whose set ends at `end`."""
        names = re.findall(r"\w+", loop["names"])
        place = self._source.place(loop.start("names")), self._source.place(end - 1) + 1
        over, inline = self._source.line[loop.end() : end], None
        if not over:
            self._source.fail(
                f"found {self._source.word_at(end)} where a set is expected", place[1]
            )
        if not over.isidentifier():
            part = self._source.part(loop.end(), end)
            over, inline = type(self)(part)._over(part.tree())
        if loop["names"].startswith("("):
            more = tuple(names[1:])
            return [Generator(names[0], over, None, more, inline=inline, place=place)]
        return [Generator(name, over, inline=inline, place=place) for name in names]

    def _tail(self, at: int) -> Condition | None:
        """The condition after the loops of a short `forall`, which end at `at`."""
        if at == len(self._source.line):
            return None
        if re.match(r"if\b", self._source.line[at:]) is None:
            self._source.fail(
                f"found {self._source.word_at(at)}", self._source.place(at), "write ',' or 'if'"
            )
        self._source.skip_to(at + len("if"))
        return self.condition(self._source.tree())

    def set_node(self, node: ast.expr) -> SetExpr:
        """A set worked out from others, of `set_expressions`."""
        match node:
            case ast.Name(name):
                return Ref(name, place=self._source.span(node))
            case ast.BinOp(left, operator, right) if type(operator) in _SET_OPERATORS:
                sides = self.set_node(left), self.set_node(right)
                return SetJunction(_SET_OPERATORS[type(operator)], *sides)
            case ast.BinOp(ast.BinOp(_, ast.LShift(), _) as inner, ast.LShift(), _):
                at = self._source.find(RANGE, self._source.span(inner)[1])
                hint = f"a range has two ends; a step is written so: 1..6 {STEP} 2"
                self._source.fail(f"found a second {RANGE!r}", at, hint)
            case ast.BinOp(low, ast.LShift(), ast.BinOp(high, ast.Sub(), ast.Set() as less)):
                whole = SetRange(self.expression(low), self.expression(high))
                return SetJunction("-", whole, self.set_node(less))
            case ast.BinOp(ast.BinOp(low, ast.LShift(), high), ast.RShift(), step):
                return self._range(self.expression(low), self.expression(high), step)
            case ast.BinOp(low, ast.LShift(), high):
                return SetRange(self.expression(low), self.expression(high))
            case ast.Call(ast.Name("range"), [_, *_] as ends) if len(ends) <= 3:
                return self._range_call(ends)
            case ast.Set(elements) | ast.List(elements) if any(map(is_range, elements)):
                self._limit_terms(len(elements), node)
                parts = [
                    self.set_node(e) if is_range(e) else SetOf((self._listed_member(e),))
                    for e in elements
                ]
                return reduce(lambda one, other: SetJunction("|", one, other), parts)
            case ast.Set(elements) | ast.List(elements) | ast.Tuple(elements) if elements:
                self._limit_terms(len(elements), node)
                members = tuple(map(self._listed_member, elements))
                if len({*map(len, members)}) > 1:
                    self._source.fail("the members of a set have one length", node)
                return SetOf(members)
            case ast.SetComp(element):
                return SetOf((self._listed_member(element),), self._generators(node))
            case _:
                self._source.fail(
                    f"found {kind_of_node(node)} where a set is expected",
                    node,
                    "write the name of a set, 1..n, 1..n by 2, {1, 2, 5}, A | B, A & B, A - B, "
                    "A * B, or {i for i in I if i > 2}; brackets join these",
                )

    def _range(self, low: Expr, high: Expr, step: ast.expr) -> SetRange:
        by = self.expression(step)
        if isinstance(by, Negate) or by == Number(0):
            hint = "write it from the smallest number on; an order of its own is listed: {3, 2, 1}"
            self._source.fail("a range runs upwards", step, hint)
        return SetRange(low, high, None if by == Number(1) else by)

    def _range_call(self, ends: list[ast.expr]) -> SetRange:
        """`range(1, 6)` as Python means it: 1 to 5."""
        low = Number(0) if len(ends) == 1 else self.expression(ends[0])
        end = self.expression(ends[0] if len(ends) == 1 else ends[1])
        high: Expr
        match end:
            case Number(value) if value >= 1:
                high = Number(value - 1)
            case Add((*terms, Number(1))):
                high = terms[0] if len(terms) == 1 else Add(tuple(terms))
            case Add(terms):
                high = Add((*terms, Negate(Number(1))))
            case _:
                high = Add((end, Negate(Number(1))))
        return self._range(low, high, ends[2]) if len(ends) == 3 else SetRange(low, high)

    def _listed_member(self, node: ast.expr) -> tuple[Expr, ...]:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        return tuple(map(self.expression, parts))
