"""Reading loops and sets: `i in I, t in T if t > 1`, and sets that are worked out."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import Literal

from optwright.solvers.language.read_conditions import ConditionReader
from optwright.solvers.language.read_numbers import kind_of_node
from optwright.solvers.model.syntax import (
    Condition,
    Expr,
    Forall,
    Generator,
    Junction,
    Ref,
    SetExpr,
    SetJunction,
    SetOf,
)

MAX_LOOPS = 8  # `for`s of one sum, or of one constraint


_LOOP = re.compile(
    r"(?:for\s+)?(?P<names>\w+(?:\s*,\s*\w+)*|\(\s*\w+(?:\s*,\s*\w+)+\s*\))\s*"
    r"(?<![A-Za-z0-9_])in\s+(?P<set>[A-Za-z_]\w*)\s*"
    r"(?P<more>,\s*|(?=for\b))?",
    re.ASCII,
)


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
        match node.iter:
            case ast.Name(collection):
                name, *more = self._bound_names(node.target)
                parts = tuple(map(self.condition, node.ifs))
                condition = parts[0] if len(parts) == 1 else Junction("and", parts)
                place = self._source.span(node.target)[0], self._source.span(node.iter)[1]
                return Generator(
                    name, collection, condition if parts else None, tuple(more), place=place
                )
            case _:
                self._source.fail(
                    f"a loop runs over a set's name, found {kind_of_node(node.iter)}",
                    node.iter,
                    "name the set: its members may be written as `1..10` or listed there; "
                    "a part of it is `for t in T if a <= t <= b`",
                )

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
        at = 0
        while loop := _LOOP.match(self._source.line, at):
            names = re.findall(r"\w+", loop["names"])
            place = self._source.place(loop.start("names")), self._source.place(loop.end("set"))
            if loop["names"].startswith("("):
                more = tuple(names[1:])
                generators.append(Generator(names[0], loop["set"], None, more, place=place))
            else:
                generators += [Generator(n, loop["set"], place=place) for n in names]
            at = loop.end()
            if loop["more"] is None:
                break
        if len(generators) > MAX_LOOPS:
            self._source.fail(f"more than {MAX_LOOPS} loops", 0)
        if loop is None:
            found = self._source.word_at(at)
            self._source.fail(
                f"found {found}", self._source.start + at, "write i in I, j in J if i != j"
            )
        return Forall((*generators[:-1], replace(generators[-1], condition=self._tail(at))))

    def _tail(self, at: int) -> Condition | None:
        """The condition after the loops of a short `forall`, which end at `at`."""
        if at == len(self._source.line):
            return None
        if re.match(r"if\b", self._source.line[at:]) is None:
            self._source.fail(
                f"found {self._source.word_at(at)}", self._source.start + at, "write ',' or 'if'"
            )
        self._source.skip_to(at + len("if"))
        return self.condition(self._source.tree())

    def set_node(self, node: ast.expr) -> SetExpr:
        """A set worked out from others, of `set_expressions`."""
        match node:
            case ast.Name(name):
                return Ref(name)
            case ast.BinOp(left, operator, right) if type(operator) in _SET_OPERATORS:
                sides = self.set_node(left), self.set_node(right)
                return SetJunction(_SET_OPERATORS[type(operator)], *sides)
            case ast.Set(elements):
                return SetOf(tuple(map(self._listed_member, elements)))
            case ast.SetComp(element):
                return SetOf((self._listed_member(element),), self._generators(node))
            case _:
                self._source.fail(
                    f"found {kind_of_node(node)} where a set is expected",
                    node,
                    "write 1..n, A | B, A & B, A - B, A * B, or {i for i in I if i > 2}",
                )

    def _listed_member(self, node: ast.expr) -> tuple[Expr, ...]:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        return tuple(map(self.expression, parts))
