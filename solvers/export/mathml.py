"""Expressions as MathML, which browsers draw by themselves: no script, no font, no network.

A long sum is several `<math>` elements in a row, because browsers break lines between them and
not inside one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from optwright.errors import FormulationError
from optwright.solvers.language.expressions import parse, parse_constraint, parse_forall
from optwright.solvers.language.notation import (
    ADD,
    ATOM,
    MULTIPLY,
    NEGATE,
    TextWriter,
    number_text,
    precedence,
)
from optwright.solvers.model import syntax as sx

_RELATIONS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "<": "&lt;", ">": "&gt;"}
_JUNCTIONS = {"and": "∧", "or": "∨", "implies": "⇒", "iff": "⇔", "xor": "⊕"}
_TIMES = "<mo>⋅</mo>"
_COMMA = "<mo>,</mo>"


def expression(text: str) -> str:
    """An expression, as inline HTML; one that cannot be read is shown as it is written."""
    try:
        return _joined(_pieces(parse(text)))
    except FormulationError:
        return f"<code>{escape(text)}</code>"


def comparison(text: str) -> str:
    """A constraint's comparison; `a <= x <= b` is two, with a comma between them."""
    try:
        rows = parse_constraint(text)
    except FormulationError:
        return f"<code>{escape(text)}</code>"
    return ", ".join(_joined(_comparison_pieces(row)) for row in rows)


def loops(forall: str) -> str:
    """What a constraint is stated for: `m ∈ M, b ∈ B`; empty for no loops."""
    try:
        generators = parse_forall(forall).generators
    except FormulationError:
        return f"<code>{escape(forall)}</code>"
    return _math(_Writer().generators(generators)) if generators else ""


def symbol(name: str, indices: Sequence[str] = ()) -> str:
    """A name with its indices below it."""
    return _math(_subscripted(name, [_identifier(index) for index in indices]))


def _pieces(node: sx.Expr) -> Iterator[str]:
    """The terms of a sum, each with its sign; anything else is one piece."""
    writer = _Writer()
    if not isinstance(node, sx.Add):
        yield writer.visit(node)
        return
    first, *rest = node.terms
    yield writer.within(first, MULTIPLY)
    yield from map(writer.signed, rest)


def _comparison_pieces(node: sx.Statement) -> Iterator[str]:
    if not isinstance(node, sx.Comparison):
        yield _Writer().visit(node)
        return
    yield from _pieces(node.left)
    first, *rest = _pieces(node.right)
    yield f"<mo>{_RELATIONS[node.operator]}</mo>{first}"
    yield from rest


def _joined(pieces: Iterator[str]) -> str:
    return " ".join(map(_math, pieces))


def _math(body: str) -> str:
    return f'<math displaystyle="true">{body}</math>'


_SET_OPERATORS = {"|": "∪", "&": "∩", "-": "∖", "*": "×"}


class _Writer(TextWriter):
    """Expressions as presentation MathML: indices below, sums with their sets, fractions."""

    def number(self, node: sx.Number) -> str:
        mantissa, _, exponent = number_text(node.value).partition("e")
        head = f"<mn>{mantissa}</mn>"
        if not exponent:
            return head
        return f"{head}{_TIMES}<msup><mn>10</mn><mn>{int(exponent)}</mn></msup>"

    def quoted(self, node: sx.Quoted) -> str:
        return f"<mtext>{escape(node.value)}</mtext>"

    def ref(self, node: sx.Ref) -> str:
        return _subscripted(node.name, [self.visit(index) for index in node.indices])

    def listed(self, nodes: tuple[sx.Expr, ...]) -> str:
        return _COMMA.join(map(self.visit, nodes))

    def within(self, node: sx.Expr | sx.Condition | sx.Special, level: int) -> str:
        # A sum reaches as far as it can, so as a factor it is held together.
        holds = MULTIPLY if isinstance(node, sx.Aggregate) else precedence(node)
        text = self.visit(node)
        return text if holds >= level else _bracketed(text)

    def negate(self, node: sx.Negate) -> str:
        return f'<mo form="prefix">−</mo>{self.within(node.operand, NEGATE)}'

    def add(self, node: sx.Add) -> str:
        first, *rest = node.terms
        return self.within(first, MULTIPLY) + "".join(map(self.signed, rest))

    def signed(self, term: sx.Expr) -> str:
        """A term behind others, with the sign that joins it to them."""
        if isinstance(term, sx.Negate):
            return f'<mo form="infix">−</mo>{self.within(term.operand, MULTIPLY)}'
        return f'<mo form="infix">+</mo>{self.within(term, MULTIPLY)}'

    def binary(self, node: sx.Binary) -> str:
        if node.operator == "/":
            return f"<mfrac>{_row(self.visit(node.left))}{_row(self.visit(node.right))}</mfrac>"
        if node.operator == "**":
            base = _row(self.within(node.left, ATOM))
            return f"<msup>{base}{_row(self.visit(node.right))}</msup>"
        if node.operator == "%":
            return f"{self.within(node.left, NEGATE)}<mo>mod</mo>{self.within(node.right, NEGATE)}"
        return f"{self.within(node.left, NEGATE)}{_TIMES}{self.within(node.right, NEGATE)}"

    def call(self, node: sx.Call) -> str:
        inner = self.listed(node.arguments)
        if node.function in ("abs", "len"):
            return f"<mrow><mo>|</mo>{inner}<mo>|</mo></mrow>"
        if node.function in ("ceil", "floor"):
            left, right = "⌈⌉" if node.function == "ceil" else "⌊⌋"
            return f"<mrow><mo>{left}</mo>{inner}<mo>{right}</mo></mrow>"
        if node.function == "sqrt":
            return f"<msqrt>{inner}</msqrt>"
        return f"<mi>{node.function}</mi>{_bracketed(inner)}"

    def aggregate(self, node: sx.Aggregate) -> str:
        operator = "∑" if node.function == "sum" else node.function
        under = _row(self.generators(node.generators))
        body = self.visit(node.body)
        held = _bracketed(body) if isinstance(node.body, sx.Add) else body
        return f'<munder><mo movablelimits="false">{operator}</mo>{under}</munder>{_row(held)}'

    def generators(self, generators: Sequence[sx.Generator]) -> str:
        """`i ∈ I, t ∈ T : t > 1`."""
        bound = [f"{_bound(g)}<mo>∈</mo>{self.over(g.set, g.inline)}" for g in generators]
        conditions = [self.visit(g.condition) for g in generators if g.condition is not None]
        told = _COMMA.join(conditions)
        return _COMMA.join(bound) + (f"<mo>:</mo>{told}" if told else "")

    def over(self, name: str, inline: sx.SetExpr | None) -> str:
        """A set by its name, or one that is written where it is needed."""
        return _identifier(name) if inline is None else self.worked_out(inline)

    def worked_out(self, node: sx.SetExpr) -> str:
        match node:
            case sx.Ref(name):
                return _identifier(name)
            case sx.SetRange(low, high, step):
                ends = [self.visit(low), "<mo>…</mo>", self.visit(high)]
                if step is not None:
                    ends.insert(1, f"{self.visit(low)}<mo>+</mo>{self.within(step, ADD)}")
                return f"<mo>{{</mo>{_COMMA.join(ends)}<mo>}}</mo>"
            case sx.SetJunction(operator, left, right):
                sides = [
                    _bracketed(self.worked_out(side))
                    if isinstance(side, sx.SetJunction)
                    else self.worked_out(side)
                    for side in (left, right)
                ]
                return f"<mo>{_SET_OPERATORS[operator]}</mo>".join(sides)
            case sx.SetOf(members, generators):
                listed = [
                    self.listed(m) if len(m) == 1 else _bracketed(self.listed(m)) for m in members
                ]
                loops = f"<mo>:</mo>{self.generators(generators)}" if generators else ""
                return f"<mo>{{</mo>{_COMMA.join(listed)}{loops}<mo>}}</mo>"

    def comparison(self, node: sx.Comparison) -> str:
        sign = f"<mo>{_RELATIONS[node.operator]}</mo>"
        return f"{self.visit(node.left)}{sign}{self.visit(node.right)}"

    def membership(self, node: sx.Membership) -> str:
        items = self.listed(node.items)
        item = items if len(node.items) == 1 else _bracketed(items)
        sign = "<mo>∉</mo>" if node.negated else "<mo>∈</mo>"
        if isinstance(node.collection, str):
            return f"{item}{sign}{self.over(node.collection, node.inline)}"
        return f"{item}{sign}<mo>{{</mo>{self.listed(node.collection)}<mo>}}</mo>"

    def negation(self, node: sx.Not) -> str:
        return f"<mo>¬</mo>{_bracketed(self.visit(node.operand))}"

    def junction(self, node: sx.Junction) -> str:
        parts = [
            _bracketed(self.visit(p)) if isinstance(p, sx.Junction) else self.visit(p)
            for p in node.parts
        ]
        return f"<mo>{_JUNCTIONS[node.word]}</mo>".join(parts)

    def choice(self, node: sx.Choice) -> str:
        rows = (
            (self.visit(node.then), f"<mtext>if </mtext>{self.visit(node.condition)}"),
            (self.visit(node.otherwise), "<mtext>else</mtext>"),
        )
        body = "".join(f"<mtr><mtd>{a}</mtd><mtd>{b}</mtd></mtr>" for a, b in rows)
        return f"<mrow><mo>{{</mo><mtable>{body}</mtable></mrow>"

    def count(self, node: sx.Count) -> str:
        inner = _COMMA.join(map(self.visit, node.conditions))
        return self._family("count", inner, node.generators)

    def piecewise(self, node: sx.Piecewise) -> str:
        points = [_bracketed(f"{self.visit(at)}{_COMMA}{self.visit(v)}") for at, v in node.points]
        inner = _COMMA.join([self.visit(node.argument), *points])
        return self._family("piecewise", inner, node.generators)

    def special(self, node: sx.Special) -> str:
        items = [self.listed(item) for item in node.items]
        if sx.SPECIAL[node.kind][0] > 1:
            items = list(map(_bracketed, items))
        limit = [] if node.limit is None else [self.visit(node.limit)]
        return self._family(node.kind, _COMMA.join([*limit, *items]), node.generators)

    def _family(self, name: str, inner: str, generators: Sequence[sx.Generator]) -> str:
        head = f"<mi>{name}</mi>"
        if generators:
            head = f"<munder>{head}{_row(self.generators(generators))}</munder>"
        return f"{head}{_bracketed(inner)}"


def _bound(generator: sx.Generator) -> str:
    names = _COMMA.join(map(_identifier, generator.names))
    return _bracketed(names) if generator.more else names


def _identifier(name: str) -> str:
    return f"<mi>{escape(name)}</mi>"


def _subscripted(name: str, indices: Sequence[str]) -> str:
    head = _identifier(name)
    return f"<msub>{head}{_row(_COMMA.join(indices))}</msub>" if indices else head


def _row(body: str) -> str:
    return f"<mrow>{body}</mrow>"


def _bracketed(body: str) -> str:
    return f"<mrow><mo>(</mo>{body}<mo>)</mo></mrow>"
