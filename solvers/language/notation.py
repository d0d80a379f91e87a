"""Writing expressions out again; exports override the few methods where their notation differs."""

from __future__ import annotations

from optwright.solvers.model.syntax import (
    Add,
    Aggregate,
    Binary,
    Call,
    Comparison,
    Condition,
    Expr,
    Forall,
    Generator,
    Junction,
    Membership,
    Negate,
    Not,
    Number,
    Quoted,
    Ref,
    Visitor,
)

OR, AND, NOT, COMPARE, ADD, MULTIPLY, NEGATE, POWER, ATOM = range(9)
"""How tightly a node holds together, as in Python; looser parts go in brackets."""


def precedence(node: Expr | Condition) -> int:
    match node:
        case Junction(word):
            return OR if word == "or" else AND
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

    def within(self, node: Expr | Condition, level: int) -> str:
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
        loops = " ".join(f"for {self.generator(g)}" for g in node.generators)
        return f"{node.function}({self.visit(node.body)} {loops})"

    def generator(self, node: Generator) -> str:
        head = f"{node.name} in {node.set}"
        return head if node.condition is None else f"{head} if {self.visit(node.condition)}"

    def forall(self, node: Forall) -> str:
        """`i in I, t in T if t > 1`; with a condition before the last set, `for ... for ...`."""
        if any(g.condition is not None for g in node.generators[:-1]):
            return " ".join(f"for {self.generator(g)}" for g in node.generators)
        return ", ".join(map(self.generator, node.generators))

    def comparison(self, node: Comparison) -> str:
        return f"{self.visit(node.left)} {node.operator} {self.visit(node.right)}"

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
        level = precedence(node) + 1
        return f" {node.word} ".join(self.within(part, level) for part in node.parts)


def to_text(node: Expr | Condition | Forall) -> str:
    """The text of a node in the expression language."""
    writer = TextWriter()
    return writer.forall(node) if isinstance(node, Forall) else writer.visit(node)
