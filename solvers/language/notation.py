"""Writing expressions out again; exports override the few methods where their notation differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from optwright.solvers.model.syntax import (
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
    Not,
    Number,
    Piecewise,
    Quoted,
    Ref,
    SetExpr,
    SetJunction,
    SetOf,
    SetRange,
    Special,
    Visitor,
)

CHOICE, OR, AND, NOT, COMPARE, ADD, MULTIPLY, NEGATE, POWER, ATOM = range(10)
"""How tightly a node holds together, as in Python; looser parts go in brackets."""


def precedence(node: Expr | Condition | Special) -> int:
    match node:
        case Choice():
            return CHOICE
        case Junction("or"):
            return OR
        case Junction("and"):
            return AND
        case Not():
            return NOT
        case Comparison() | Membership():
            return COMPARE
        case Add():
            return ADD
        case Binary(operator):
            return POWER if operator == "**" else MULTIPLY
        case Negate():
            return NEGATE
        case _:
            return ATOM


def number_text(value: float) -> str:
    """The shortest text that reads back as this number: `3`, `0.25`, `1e+20`."""
    return str(int(value)) if value == int(value) and value < 1e15 else repr(value)


class TextWriter(Visitor[str]):
    """The language itself: what it writes, `expressions.parse` reads back as the same tree."""

    def within(self, node: Expr | Condition | Special, level: int) -> str:
        """The node's text, in brackets if it holds less tightly than `level`."""
        text = self.visit(node)
        return text if precedence(node) >= level else f"({text})"

    def listed(self, nodes: tuple[Expr, ...]) -> str:
        return ", ".join(map(self.visit, nodes))

    def number(self, node: Number) -> str:
        return number_text(node.value)

    def quoted(self, node: Quoted) -> str:
        mark = "'" if '"' in node.value else '"'
        return f"{mark}{node.value}{mark}"

    def ref(self, node: Ref) -> str:
        return f"{node.name}[{self.listed(node.indices)}]" if node.indices else node.name

    def negate(self, node: Negate) -> str:
        return f"-{self.within(node.operand, NEGATE)}"

    def add(self, node: Add) -> str:
        first, *rest = node.terms
        return self.within(first, MULTIPLY) + "".join(map(self._signed, rest))

    def _signed(self, term: Expr) -> str:
        if isinstance(term, Negate):
            return f" - {self.within(term.operand, MULTIPLY)}"
        return f" + {self.within(term, MULTIPLY)}"

    def binary(self, node: Binary) -> str:
        if node.operator == "**":
            return f"{self.within(node.left, ATOM)} ** {self.within(node.right, NEGATE)}"
        left, right = self.within(node.left, MULTIPLY), self.within(node.right, NEGATE)
        return f"{left} {node.operator} {right}"

    def call(self, node: Call) -> str:
        return f"{node.function}({self.listed(node.arguments)})"

    def aggregate(self, node: Aggregate) -> str:
        return f"{node.function}({self.within(node.body, ADD)} {self.loops_text(node.generators)})"

    def loops_text(self, generators: tuple[Generator, ...]) -> str:
        return " ".join(f"for {self.generator(g)}" for g in generators)

    def generator(self, node: Generator) -> str:
        bound = f"({', '.join(node.names)})" if node.more else node.name
        head = f"{bound} in {node.set}"
        return head if node.condition is None else f"{head} if {self.visit(node.condition)}"

    def choice(self, node: Choice) -> str:
        then, otherwise = self.within(node.then, ADD), self.within(node.otherwise, ADD)
        return f"{then} if {self.within(node.condition, OR)} else {otherwise}"

    def _function(
        self, name: str, parts: Iterable[str], generators: tuple[Generator, ...] = ()
    ) -> str:
        loops = f" {self.loops_text(generators)}" if generators else ""
        return f"{name}({', '.join(parts)}{loops})"

    def count(self, node: Count) -> str:
        return self._function("count", map(self.visit, node.conditions), node.generators)

    def piecewise(self, node: Piecewise) -> str:
        points = [f"({self.visit(at)}, {self.visit(value)})" for at, value in node.points]
        if node.generators:
            points = [f"{points[0]} {self.loops_text(node.generators)}"]
        return self._function("piecewise", [self.visit(node.argument), *points])

    def special(self, node: Special) -> str:
        listed = [self.listed(item) for item in node.items]
        items = [f"({text})" if SPECIAL[node.kind][0] > 1 else text for text in listed]
        limit = [] if node.limit is None else [self.visit(node.limit)]
        return self._function(node.kind, [*limit, *items], node.generators)

    def forall(self, node: Forall) -> str:
        """`i in I, t in T if t > 1`; with a condition before the last set, `for ... for ...`."""
        if any(g.condition is not None for g in node.generators[:-1]):
            return " ".join(f"for {self.generator(g)}" for g in node.generators)
        return ", ".join(map(self.generator, node.generators))

    def comparison(self, node: Comparison) -> str:
        return f"{self.within(node.left, ADD)} {node.operator} {self.within(node.right, ADD)}"

    def membership(self, node: Membership) -> str:
        items = self.listed(node.items)
        item = items if len(node.items) == 1 else f"({items})"
        word = "not in" if node.negated else "in"
        if isinstance(node.collection, str):
            return f"{item} {word} {node.collection}"
        return f"{item} {word} [{self.listed(node.collection)}]"

    def negation(self, node: Not) -> str:
        return f"not {self.within(node.operand, NOT)}"

    def junction(self, node: Junction) -> str:
        if node.word not in ("and", "or"):
            return self._function(node.word, map(self.visit, node.parts))
        level = precedence(node) + 1
        return f" {node.word} ".join(self.within(part, level) for part in node.parts)


def to_text(node: Expr | Condition | Special | Forall) -> str:
    """The text of a node in the expression language."""
    writer = TextWriter()
    return writer.forall(node) if isinstance(node, Forall) else writer.visit(node)


def set_text(node: SetExpr) -> str:
    """The text of what a set is worked out from."""
    writer = TextWriter()
    match node:
        case Ref(name):
            return name
        case SetRange(low, high, step):
            by = "" if step is None else f" by {writer.within(step, ADD)}"
            return f"{writer.within(low, ADD)}..{writer.within(high, ADD)}{by}"
        case SetJunction(operator, left, right):
            sides = [
                f"({set_text(side)})"
                if isinstance(side, SetJunction | SetRange)
                else set_text(side)
                for side in (left, right)
            ]
            return f" {operator} ".join(sides)
        case SetOf(members, generators):
            listed = [
                writer.listed(member) if len(member) == 1 else f"({writer.listed(member)})"
                for member in members
            ]
            loops = f" {writer.loops_text(generators)}" if generators else ""
            return f"{{{', '.join(listed)}{loops}}}"


def chain_text(parts: Sequence[Condition | Special]) -> str:
    """Comparisons as the chain they were read from, `a <= b <= c`, or joined by `and` where they
    are none any more; any other statement is alone."""
    writer = TextWriter()
    first, *rest = parts
    text = writer.visit(first)
    for before, part in zip(parts, rest, strict=False):
        assert isinstance(part, Comparison)
        if not isinstance(before, Comparison) or before.right != part.left:
            return " and ".join(writer.within(each, COMPARE) for each in parts)
        text += f" {part.operator} {writer.within(part.right, ADD)}"
    return text
