"""The program as LaTeX: a fragment for a document that loads amsmath."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from optwright.solvers.backends.program import Program
from optwright.solvers.data.bound import BoundParameter, Instance
from optwright.solvers.language.expressions import parse, parse_constraint, parse_forall
from optwright.solvers.language.goals import objective_names, seeks_nothing
from optwright.solvers.language.labels import goal_importance, importance
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
from optwright.solvers.model.formulation import (
    Constraint,
    Domain,
    Formulation,
    Measure,
    Parameter,
    Sense,
    Variable,
)

MOST_VALUES = 24
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: f"\\{mark}" for mark in "#$%&_"},
}
_RELATIONS = {"<=": r"\le", ">=": r"\ge", "==": "=", "!=": r"\ne", "<": "<", ">": ">"}
_KINDS = {
    Domain.CONTINUOUS: r"\mathbb{R}",
    Domain.INTEGER: r"\mathbb{Z}",
    Domain.BINARY: r"\{0, 1\}",
}
_JUNCTIONS = {
    "and": r"\land",
    "or": r"\lor",
    "implies": r"\Rightarrow",
    "iff": r"\Leftrightarrow",
    "xor": r"\oplus",
}


def write(program: Program) -> str:
    instance = program.stated_instance
    formulation = instance.formulation
    writer = _Writer()
    blocks = [
        *([f"% {' '.join(formulation.title.split())}"] if formulation.title else []),
        *_items("Sets", _sets(instance)),
        *_items("Parameters", [_parameter(p, instance) for p in formulation.parameters]),
        *_items("Variables", [_variable(v) for v in formulation.variables]),
        _program(formulation, writer),
        *_items("Assumptions", map(_text, formulation.assumptions)),
    ]
    return "\n\n".join(blocks) + "\n"


def mathematics(formulation: Formulation) -> str:
    """The objective and the constraints alone, as one `align*` block."""
    return _program(formulation, _Writer())


def _program(formulation: Formulation, writer: _Writer) -> str:
    rows = [*_objectives(formulation, writer)]
    for named in formulation.expressions:
        loops = parse_forall(named.forall).generators
        name = _subscripted(named.name, [_symbol(n) for g in loops for n in g.names])
        forall = f" && \\forall\\, {writer.generators(loops)}" if loops else ""
        rows.append(
            f"\\text{{with}} \\quad & {name} = {writer.visit(parse(named.expression))}{forall}"
        )
    for k, constraint in enumerate(formulation.constraints):
        start = r"\text{s.t.} \quad" if k == 0 else ""
        rows += [f"{start} & {row}" for row in _constraint(constraint, writer)]
    lines = " \\\\\n".join(f"  {row}" for row in rows)
    return f"\\begin{{align*}}\n{lines}\n\\end{{align*}}"


def _objectives(formulation: Formulation, writer: _Writer) -> Iterator[str]:
    """One row an objective, then one a goal; what is stated for scenarios with its measure."""
    several = len(formulation.objectives) + len(formulation.goals) > 1
    named = zip(objective_names(formulation), formulation.objectives, strict=True)
    for name, stated in named:
        if formulation.goals and seeks_nothing(stated):
            continue
        sense = r"\max" if stated.sense is Sense.MAXIMIZE else r"\min"
        body = writer.visit(parse(stated.expression))
        loops, measure, level = parse_forall(stated.forall), stated.measure, stated.level
        if formulation.scenarios is not None and not stated.forall:
            measure, level = formulation.scenarios.measure, formulation.scenarios.level
        if stated.forall or formulation.scenarios is not None:
            over = writer.generators(loops.generators) if stated.forall else r"\text{scenarios}"
            body = f"{_measure(measure, level)}_{{{over}}}\\left[ {body} \\right]"
        told = f" && && \\text{{{_text(importance(name, stated))}}}" if several else ""
        yield f"{sense} \\quad & {body}{told}"
    for goal in formulation.goals:
        left, right = writer.visit(parse(goal.expression)), writer.visit(parse(goal.target))
        row = f"{left} \\to {right}"
        loops = parse_forall(goal.forall)
        forall = f"\\forall\\, {writer.generators(loops.generators)}" if goal.forall else ""
        told = _text(goal_importance(goal))
        yield f"\\text{{goal}} \\quad & {row} && {forall} && \\text{{{told}}}"


def _measure(measure: Measure, level: float) -> str:
    if measure is Measure.CVAR:
        return rf"\operatorname{{CVaR}}_{{{_number(level)}}}"
    return r"\operatorname{worst}" if measure is Measure.WORST else r"\mathbb{E}"


def _constraint(stated: Constraint, writer: _Writer) -> Iterator[str]:
    loops = parse_forall(stated.forall).generators
    forall = f" && \\forall\\, {writer.generators(loops)}" if loops else " &&"
    name = f" && \\text{{{_text(stated.name)}}}"
    for statement in parse_constraint(stated.expression):
        yield writer.visit(statement) + forall + name


def _sets(instance: Instance) -> Iterator[str]:
    for stated in instance.formulation.sets:
        over = instance.sets[stated.name]
        members = [f"({_text(t)})" if over.parts else _text(t) for t in over.texts]
        shown = ", ".join(rf"\text{{{member}}}" for member in members[:MOST_VALUES])
        dots = r", \ldots" if len(members) > MOST_VALUES else ""
        yield f"${_symbol(stated.name)} = \\{{{shown}{dots}\\}}$" + _told(stated.meaning)


def _parameter(stated: Parameter, instance: Instance) -> str:
    told = _told(stated.meaning, stated.unit)
    if stated.name in instance.texts:
        texts = instance.texts[stated.name].vocabulary.texts
        return f"${_indexed(stated)}${told} (one of {', '.join(map(_text, texts[:MOST_VALUES]))})"
    bound = instance.parameters[stated.name]
    if not bound.sets:
        return f"${_symbol(stated.name)} = {_number(float(bound.values))}${told}"
    return f"${_indexed(stated)}${told}{_values(bound)}"


def _values(bound: BoundParameter) -> str:
    places, numbers = bound.places()
    if len(numbers) > MOST_VALUES:
        return f" ({len(numbers)} numbers)"
    items = []
    for at, value in zip(np.array(places).T.tolist(), numbers.tolist(), strict=True):
        members = ", ".join(s.texts[k] for s, k in zip(bound.sets, at, strict=True))
        items.append(f"{_text(members)}: ${_number(value)}$")
    return f" ({'; '.join(items)})"


def _variable(stated: Variable) -> str:
    told = _told(stated.meaning, stated.unit)
    if stated.member_of:
        return f"${_indexed(stated)} \\in {_symbol(stated.member_of)}${told}"
    if stated.domain is Domain.BINARY and stated.lower != 1 and stated.upper != 0:
        return f"${_indexed(stated)} \\in \\{{0, 1\\}}${told}"
    writer = _Writer()
    low, high = (
        writer.visit(parse(text)) if text else "" if value is None else _number(value)
        for value, text in (
            (stated.lower, stated.lower_expression),
            (stated.upper, stated.upper_expression),
        )
    )
    loops = parse_forall(stated.forall).generators
    name = _subscripted(stated.name, [_symbol(n) for g in loops for n in g.names])
    name = name if loops else _indexed(stated)
    low, high = f"{low} \\le " if low else "", f" \\le {high}" if high else ""
    limits = f", ${low}{name}{high}$" if low or high else ""
    none = ", or 0" if stated.semicontinuous else ""
    forall = f" $\\forall\\, {writer.generators(loops)}$" if loops else ""
    return f"${name} \\in {_KINDS[stated.domain]}${limits}{none}{forall}{told}"


_SET_OPERATORS = {"|": r"\cup", "&": r"\cap", "-": r"\setminus", "*": r"\times"}


class _Writer(TextWriter):
    """Expressions as mathematics: indices below, sums with their sets, fractions."""

    def number(self, node: sx.Number) -> str:
        return _number(node.value)

    def quoted(self, node: sx.Quoted) -> str:
        return rf"\text{{{_text(node.value)}}}"

    def ref(self, node: sx.Ref) -> str:
        return _subscripted(node.name, [self.visit(index) for index in node.indices])

    def binary(self, node: sx.Binary) -> str:
        if node.operator == "/":
            return f"\\frac{{{self.visit(node.left)}}}{{{self.visit(node.right)}}}"
        if node.operator == "**":
            # The subscript of a name and a power both want the place behind it.
            return f"{{{self.within(node.left, ATOM)}}}^{{{self.visit(node.right)}}}"
        left, right = self.within(node.left, NEGATE), self.within(node.right, NEGATE)
        if node.operator == "%":
            return f"{left} \\bmod {right}"
        both_numbers = isinstance(node.left, sx.Number) and isinstance(node.right, sx.Number)
        times = r"\cdot" if both_numbers else r"\,"
        return f"{left} {times} {right}"

    def within(self, node: sx.Expr | sx.Condition | sx.Special, level: int) -> str:
        # A sum reaches as far as it can, so as a factor it is held together.
        holds = MULTIPLY if isinstance(node, sx.Aggregate) else precedence(node)
        text = self.visit(node)
        return text if holds >= level else f"\\left({text}\\right)"

    def call(self, node: sx.Call) -> str:
        inner = self.listed(node.arguments)
        if node.function in ("abs", "len"):
            return f"\\left|{inner}\\right|"
        if node.function == "sqrt":
            return f"\\sqrt{{{inner}}}"
        if node.function in ("ceil", "floor"):
            return f"\\l{node.function} {inner} \\r{node.function}"
        if node.function in sx.CALLS.keys() - sx.FUNCTIONS.keys():
            return f"\\operatorname{{{_text(node.function)}}}\\left({inner}\\right)"
        function = r"\log_{10}" if node.function == "log10" else f"\\{node.function}"
        return f"{function}\\left({inner}\\right)"

    def aggregate(self, node: sx.Aggregate) -> str:
        operator = r"\sum" if node.function == "sum" else f"\\{node.function}"
        body = self.visit(node.body)
        held = f"\\left({body}\\right)" if isinstance(node.body, sx.Add) else body
        return f"{operator}_{{{self.generators(node.generators)}}} {held}"

    def generators(self, generators: Sequence[sx.Generator]) -> str:
        """`i \\in I,\\ t \\in T : t > 1`."""
        loops = r",\ ".join(f"{_bound(g)} \\in {self.over(g.set, g.inline)}" for g in generators)
        conditions = [self.visit(g.condition) for g in generators if g.condition is not None]
        told = r",\ ".join(conditions)
        return f"{loops} : {told}" if told else loops

    def over(self, name: str, inline: sx.SetExpr | None) -> str:
        """A set by its name, or one that is written where it is needed."""
        return _symbol(name) if inline is None else self.worked_out(inline)

    def worked_out(self, node: sx.SetExpr) -> str:
        match node:
            case sx.Ref(name):
                return _symbol(name)
            case sx.SetRange(low, high, step):
                ends = [self.visit(low), r"\ldots", self.visit(high)]
                if step is not None:
                    ends.insert(1, f"{self.visit(low)} + {self.within(step, ADD)}")
                return f"\\{{{', '.join(ends)}\\}}"
            case sx.SetJunction(operator, left, right):
                sides = [
                    f"\\left({self.worked_out(side)}\\right)"
                    if isinstance(side, sx.SetJunction)
                    else self.worked_out(side)
                    for side in (left, right)
                ]
                return f" {_SET_OPERATORS[operator]} ".join(sides)
            case sx.SetOf(members, generators):
                listed = [self.listed(m) if len(m) == 1 else f"({self.listed(m)})" for m in members]
                loops = f" : {self.generators(generators)}" if generators else ""
                return f"\\{{{', '.join(listed)}{loops}\\}}"

    def comparison(self, node: sx.Comparison) -> str:
        return f"{self.visit(node.left)} {_RELATIONS[node.operator]} {self.visit(node.right)}"

    def membership(self, node: sx.Membership) -> str:
        items = self.listed(node.items)
        item = items if len(node.items) == 1 else f"({items})"
        sign = r"\notin" if node.negated else r"\in"
        if isinstance(node.collection, str):
            return f"{item} {sign} {self.over(node.collection, node.inline)}"
        return f"{item} {sign} \\{{{self.listed(node.collection)}\\}}"

    def negation(self, node: sx.Not) -> str:
        return f"\\lnot\\left({self.visit(node.operand)}\\right)"

    def junction(self, node: sx.Junction) -> str:
        parts = [self.visit(part) for part in node.parts]
        nested = [isinstance(part, sx.Junction) for part in node.parts]
        held = zip(parts, nested, strict=True)
        sign = f" {_JUNCTIONS[node.word]} "
        return sign.join(f"\\left({part}\\right)" if inner else part for part, inner in held)

    def choice(self, node: sx.Choice) -> str:
        rows = (
            f"{self.visit(node.then)} & \\text{{if }} {self.visit(node.condition)}",
            f"{self.visit(node.otherwise)} & \\text{{else}}",
        )
        body = r" \\ ".join(rows)
        return f"\\begin{{cases}} {body} \\end{{cases}}"

    def count(self, node: sx.Count) -> str:
        inner = r",\ ".join(map(self.visit, node.conditions))
        return self._family("count", inner, node.generators)

    def piecewise(self, node: sx.Piecewise) -> str:
        points = r",\ ".join(f"({self.visit(at)}, {self.visit(v)})" for at, v in node.points)
        return self._family(
            "piecewise", f"{self.visit(node.argument)};\\ {points}", node.generators
        )

    def special(self, node: sx.Special) -> str:
        items = [self.listed(item) for item in node.items]
        inner = r",\ ".join(f"({i})" if sx.SPECIAL[node.kind][0] > 1 else i for i in items)
        limit = "" if node.limit is None else f"{self.visit(node.limit)};\\ "
        return self._family(node.kind, limit + inner, node.generators)

    def _family(self, name: str, inner: str, generators: Sequence[sx.Generator]) -> str:
        under = f"_{{{self.generators(generators)}}}" if generators else ""
        return f"\\operatorname{{{name}}}{under}\\left({inner}\\right)"


def _bound(generator: sx.Generator) -> str:
    names = ", ".join(map(_symbol, generator.names))
    return f"({names})" if generator.more else names


def _symbol(name: str) -> str:
    return name if len(name) == 1 else f"\\mathit{{{_text(name)}}}"


def _indexed(stated: Parameter | Variable) -> str:
    return _subscripted(stated.name, [_symbol(index) for index in stated.indices])


def _subscripted(name: str, indices: Sequence[str]) -> str:
    return f"{_symbol(name)}_{{{', '.join(indices)}}}" if indices else _symbol(name)


def _number(value: float) -> str:
    """`1e+20` is 10 to the 20, not 1 times e plus 20."""
    sign = "-" if value < 0 else ""
    text = number_text(abs(value))
    mantissa, _, exponent = text.partition("e")
    return f"{sign}{mantissa}" + (rf" \cdot 10^{{{int(exponent)}}}" if exponent else "")


def _text(words: str) -> str:
    return "".join(_SPECIAL.get(mark, mark) for mark in re.sub(r"\s+", " ", words).strip())


def _told(meaning: str, unit: str = "") -> str:
    told = f"{meaning} [{unit}]" if meaning and unit else meaning or unit
    return f": {_text(told)}" if told else ""


def _items(title: str, items: Iterator[str] | Sequence[str]) -> Iterator[str]:
    lines = [f"  \\item {item}" for item in items]
    if lines:
        body = "\n".join(lines)
        yield f"\\paragraph{{{title}}}\n\\begin{{itemize}}\n{body}\n\\end{{itemize}}"
