"""Reading expressions: a subset of Python's, parsed with `ast` and walked, never evaluated.

    parse("sum(cost[i, j] * ship[i, j] for i in I for j in J if i != j)")
    parse_comparison("low <= sum(x[i] for i in I) <= 40")
    parse_forall("i in I, t in T if t > 1")

Whatever is not in the language is a `FormulationError` that names the place and what was found
there. Text that would take long to read, or numbers no table holds, are refused before `ast` or
anything else works on them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from keyword import iskeyword
from typing import Literal, NoReturn, TypeVar

from optwright.errors import FormulationError
from optwright.solvers.language.notation import TextWriter, to_text
from optwright.solvers.model.places import Place
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
    "to_text",
    "walk",
    "walk_set",
]

MAX_LENGTH = 20_000  # characters; `ast` reads this much in about 10 ms
MAX_DEPTH = 40  # brackets, signs and powers inside each other
MAX_POWER = 100  # largest exponent written as a number
MAX_DIGITS = 40  # of one number
MAX_TERMS = 1_000  # of one sum written out; `ast` gives up at 2,500, earlier deep in a program
MAX_LOOPS = 8  # `for`s of one sum, or of one constraint

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<quoted>"[^"\\\n]*"|'[^'\\\n]*')
    |(?P<mark>\*\*|<=|>=|==|!=|[-+*/%<>(),\[\]])""",
    re.VERBOSE | re.ASCII,
)

_SET_TOKEN = re.compile(_TOKEN.pattern.replace("[-+*/%", "[-+*/%{}|&"), re.VERBOSE | re.ASCII)

_LOOP = re.compile(
    r"(?:for\s+)?(?P<names>\w+(?:\s*,\s*\w+)*|\(\s*\w+(?:\s*,\s*\w+)+\s*\))\s*"
    r"(?<![A-Za-z0-9_])in\s+(?P<set>[A-Za-z_]\w*)\s*"
    r"(?P<more>,\s*|(?=for\b))?",
    re.ASCII,
)

_INSTEAD = {
    "=": "'=='",
    "^": "'**'",
    "&": "'and', or two constraints",
    "|": "'or'",
    "!": "'not'",
    "≤": "'<='",
    "≥": "'>='",
    "≠": "'!='",
    "×": "'*'",
    "·": "'*'",
    "÷": "'/'",
    "−": "'-'",
    "∑": "sum(... for i in I)",
    "{": "'['",
    "}": "']'",
}
"""What people and models write for something the language has, and how it is written here."""

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
    """Read what a set is worked out from: `1..ceil(demand / 3)`, `A | B`, `A & B`, `A - B`, the
    product `A * B`, listed members `{1, 2}`, or `{(i, j) for i in I for j in J if i != j}`."""
    return _parse_set(text)


@lru_cache(maxsize=4096)
def _parse_set(text: str) -> SetExpr:
    low, dots, high = text.partition("..")
    if dots:
        return SetRange(parse(low), parse(high))
    return _guarded(text, lambda reader: reader.set_node(reader.tree()), _SET_TOKEN)


@lru_cache(maxsize=4096)
def _parse_expression(text: str) -> Expr:
    return _guarded(text, lambda reader: reader.expression(reader.tree()))


@lru_cache(maxsize=4096)
def _parse_comparisons(text: str) -> tuple[Comparison, ...]:
    return _guarded(text, lambda reader: reader.constraint(reader.tree()))


@lru_cache(maxsize=4096)
def _parse_constraint(text: str) -> tuple[Statement, ...]:
    return _guarded(text, lambda reader: reader.statement(reader.tree()))


@lru_cache(maxsize=4096)
def _parse_forall(text: str) -> Forall:
    return _guarded(text, Reader.forall) if text.strip() else Forall()


def _guarded(
    text: str, read: Callable[[Reader], Result], tokens: re.Pattern[str] = _TOKEN
) -> Result:
    if len(text) > MAX_LENGTH:
        raise FormulationError(
            f"an expression of {len(text):,} characters is too long; {MAX_LENGTH:,} are read",
            hint="state it with sets and sum(... for i in I)",
        )
    return read(Reader(text, tokens))


class Reader:
    """Turns one text into our tree; `_fail` knows where in the text a node stands."""

    def __init__(self, text: str, tokens: re.Pattern[str] = _TOKEN) -> None:
        self._text = text
        self._tokens = tokens
        self._depth = 0
        # What `ast` reads is one line without space before it; `_start` is its place in the text.
        self._start = len(text) - len(text.lstrip())
        self._source = re.sub(r"\s", " ", text.strip())
        self._opening = ""
        self._is_ascii = text.isascii()
        self._scan()
        self._source, self._inserted = _with_brackets(self._source)

    def tree(self) -> ast.expr:
        if not self._source:
            raise FormulationError("an expression is empty")
        try:
            return ast.parse(self._opening + self._source, mode="eval").body
        except SyntaxError as error:
            # Python puts what is missing at the end at offset 0.
            end = len(self._opening + self._source) + 1
            at = (error.offset or end) - 1 - len(self._opening)
            percent = "%" in self._source
            hint = "write the number itself, as in 0.05 for 5 %" if percent else None
            self._fail(f"found {self._word_at(at)} where it does not fit", self._place(at), hint)
        except (RecursionError, MemoryError):
            self._fail("too many terms, or parts inside each other", 0)

    def _word_at(self, at: int) -> str:
        found = _TOKEN.match(self._source, max(at, 0))
        return repr(found.group()) if found and found.group().strip() else "the end"

    def _fail(self, what: str, at: int | ast.AST, hint: str | None = None) -> NoReturn:
        if isinstance(at, ast.AST):
            at = self._offset(getattr(at, "col_offset", 0))
        at = min(max(at, 0), len(self._text))
        place = Place(self._text, at, at + 1)
        message = f"{_clipped(self._text, at)!r}, {place}: {what}"
        raise FormulationError(message, hint=hint, excerpt=place.excerpt)

    def _offset(self, column: int) -> int:
        """Where in the text a column of `ast` is, which counts bytes."""
        if not self._is_ascii:
            line = (self._opening + self._source).encode()
            column = len(line[:column].decode())
        return self._place(column - len(self._opening))

    def _at(self, node: ast.expr) -> tuple[int, int]:
        """From where to where a node stands in the text."""
        end = node.col_offset if node.end_col_offset is None else node.end_col_offset
        return self._offset(node.col_offset), self._offset(end)

    def _place(self, at: int) -> int:
        """Where in the text a place of the source is, which brackets of ours have moved."""
        return at - sum(inserted < at for inserted in self._inserted) + self._start

    def _scan(self) -> None:
        """Refuse what is cheap to refuse, before `ast` sees it: characters, gaps, depth."""
        at, opened = 0, list[tuple[str, int]]()
        self._words = list[str]()  # of the language, outside all brackets
        before: re.Match[str] | None = None
        touching = False
        while at < len(self._text):
            token = self._tokens.match(self._text, at)
            if token is None:
                self._refuse_character(at)
            at = token.end()
            if token.lastgroup == "space":
                touching = False
                continue
            self._check_word(token)
            if not opened and token.group() in KEYWORDS:
                self._words.append(token.group())
            self._check_pair(before, token, touching)
            self._check_bracket(token, opened)
            before, touching = token, True
        if opened:
            self._fail(f"{opened[-1][0]!r} is never closed", opened[-1][1])

    def _refuse_character(self, at: int) -> NoReturn:
        found = self._text[at]
        if found in "\"'":
            self._fail("a quote is never closed", at)
        instead = _INSTEAD.get(found)
        self._fail(
            f"found {found!r}, which is not part of the language",
            at,
            None if instead is None else f"write {instead}",
        )

    def _check_word(self, token: re.Match[str]) -> None:
        if iskeyword(token.group()) and token.group() not in KEYWORDS:
            self._fail(f"{token.group()!r} is not a name that can be used", token.start())

    def _check_pair(self, before: re.Match[str] | None, token: re.Match[str], near: bool) -> None:
        """Two operands side by side: `3x`, `2 (x + y)`, `x y`."""
        if near and before is not None and before.group().endswith(".") and token.group()[0] == ".":
            self._fail(
                "found a range where there is none",
                before.start(),
                'name it as a set: {"name": "K", "expression": "1..3"}',
            )
        if token.lastgroup == "number" and len(token.group()) > MAX_DIGITS:
            self._fail(f"a number of {len(token.group())} digits", token.start())
        if before is None or not _ends_operand(before):
            return
        calls = token.group() == "(" and before.lastgroup == "name"
        numeral = near and before.lastgroup == "number" and token.lastgroup == "name"
        if (_begins_operand(token) and not calls) or numeral:
            pair = f"{before.group()!r} and {token.group()!r}"
            self._fail(
                f"nothing joins {pair}", token.start(), "write '*' to multiply, ',' between loops"
            )

    def _check_bracket(self, token: re.Match[str], opened: list[tuple[str, int]]) -> None:
        mark = token.group()
        if mark in ("(", "[", "{"):
            opened.append((mark, token.start()))
            if len(opened) > MAX_DEPTH:
                self._fail(f"more than {MAX_DEPTH} brackets inside each other", token.start())
        elif mark in (")", "]", "}") and (
            not opened or opened.pop()[0] + mark not in ("()", "[]", "{}")
        ):
            self._fail(f"{mark!r} closes nothing", token.start())

    # Expressions

    def expression(self, node: ast.expr) -> Expr:
        self._depth += 1
        if self._depth > 2 * MAX_DEPTH:
            self._fail("too many parts inside each other", node)
        try:
            return replace(self._expression(node), place=self._at(node))
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
            case ast.Compare() | ast.BoolOp() | ast.UnaryOp(ast.Not()):
                self._fail(
                    "found a comparison inside an expression",
                    node,
                    "count(...) is how many comparisons hold, as in count(x > 0)",
                )
            case _:
                self._fail(f"found {_kind(node)}, which is not part of the language", node)

    def _constant(self, node: ast.Constant) -> Number | Quoted:
        match node.value:
            case str(text):
                return Quoted(text)
            case int() | float():
                return self._number(node, float(node.value))
            case _:
                self._fail(f"found {node.value!r} where a number is expected", node)

    def _number(self, node: ast.AST, value: float) -> Number:
        if value == float("inf"):
            self._fail("a number is larger than any that can be computed with", node)
        return Number(value)

    def _plain_name(self, name: str, node: ast.expr) -> str:
        if name in FUNCTIONS:
            self._fail(f"{name!r} is a function and must be called", node, f"write {name}(...)")
        return name

    def _indices(self, node: ast.Subscript) -> tuple[Expr, ...]:
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if not parts:
            self._fail("found empty brackets", node)
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
            self._fail(f"more than {MAX_DEPTH} factors in one product", node)
        product = self.expression(node)
        for operator, factor in reversed(factors):
            product = Binary(operator, product, self.expression(factor))
        return product

    def _limit_terms(self, count: int, node: ast.expr) -> None:
        if count > MAX_TERMS:
            self._fail(f"more than {MAX_TERMS:,} terms", node, "use sum(... for i in I)")

    def _exponent(self, node: ast.expr) -> Expr:
        exponent = self.expression(node)
        if any(isinstance(part, Binary) and part.operator == "**" for part in walk(exponent)):
            self._fail("found a power inside an exponent", node)
        if max(numbers(exponent), default=0) > MAX_POWER:
            self._fail(f"an exponent is larger than {MAX_POWER}", node)
        return exponent

    # Functions and loops

    def _call(self, function: str, node: ast.Call) -> Expr:
        if function not in CALLS:
            known = ", ".join(CALLS)
            self._fail(
                f"{function!r} is not a function",
                node,
                f"indices go in square brackets; the functions are {known}",
            )
        if function in LOGIC or function in SPECIAL:
            self._fail(
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
                self._fail("'sum' needs a loop", node, "write sum(x[i] for i in I), or x + y")
            case [_], "min" | "max":
                self._fail(f"{function!r} needs a loop or two arguments", node)
        return self._plain_call(function, node)

    def _plain_call(self, function: str, node: ast.Call) -> Call:
        wanted = CALLS[function]
        if (wanted is None and len(node.args) < 2) or wanted not in (None, len(node.args)):
            takes = "two arguments or more" if wanted is None else "one argument"
            self._fail(f"{function!r} takes {takes}, found {len(node.args)}", node)
        self._limit_terms(len(node.args), node)
        arguments = tuple(map(self.expression, node.args))
        if function == "len" and not (isinstance(arguments[0], Ref) and not arguments[0].indices):
            self._fail("'len' takes the name of a set", node)
        return Call(function, arguments)

    def _member_call(self, function: str, node: ast.Call) -> Call:
        """`first(T)`, `ord(t)`, `prev(t)`, `prev(t, 2)`, `prev(t, T)`."""
        takes = (1, 2) if function in NEIGHBOURS else (1, 1)
        if not takes[0] <= len(node.args) <= takes[1]:
            self._fail(f"{function!r} takes one argument, found {len(node.args)}", node)
        arguments = tuple(map(self.expression, node.args))
        if not isinstance(arguments[0], Ref | Quoted | Call):
            what = "the name of a set" if function in ("first", "last") else "a member of a set"
            self._fail(f"{function!r} takes {what}", node)
        return Call(function, arguments)

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
                self._fail(
                    f"found {_kind(node)} where a set is expected",
                    node,
                    "write 1..n, A | B, A & B, A - B, A * B, or {i for i in I if i > 2}",
                )

    def _listed_member(self, node: ast.expr) -> tuple[Expr, ...]:
        parts = node.elts if isinstance(node, ast.Tuple) else [node]
        return tuple(map(self.expression, parts))

    def _conditions(
        self, node: ast.Call, arguments: list[ast.expr]
    ) -> tuple[tuple[Condition, ...], tuple[Generator, ...]]:
        match arguments:
            case [ast.GeneratorExp() as loop]:
                return (self.condition(loop.elt),), self._generators(loop)
            case []:
                self._fail("found nothing to count", node)
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
        self._fail(
            "'piecewise' takes an amount and two points or more",
            node,
            "write piecewise(x, (0, 0), (10, 5)) or piecewise(x, ((at[k], cost[k]) for k in K))",
        )

    def _point(self, node: ast.expr) -> tuple[Expr, Expr]:
        match node:
            case ast.Tuple([at, value]):
                return self.expression(at), self.expression(value)
        self._fail(f"found {_kind(node)} where a point (at, value) is expected", node)

    def _aggregate(
        self, function: Literal["sum", "min", "max"], node: ast.GeneratorExp
    ) -> Aggregate:
        return Aggregate(function, self.expression(node.elt), self._generators(node))

    def _generators(self, node: ast.GeneratorExp | ast.SetComp) -> tuple[Generator, ...]:
        if len(node.generators) > MAX_LOOPS:
            self._fail(f"more than {MAX_LOOPS} loops", node)
        return tuple(map(self._generator, node.generators))

    def _generator(self, node: ast.comprehension) -> Generator:
        match node.iter:
            case ast.Name(collection):
                name, *more = self._bound_names(node.target)
                parts = tuple(map(self.condition, node.ifs))
                condition = parts[0] if len(parts) == 1 else Junction("and", parts)
                place = self._at(node.target)[0], self._at(node.iter)[1]
                return Generator(
                    name, collection, condition if parts else None, tuple(more), place=place
                )
            case _:
                self._fail(
                    f"a loop runs over a set's name, found {_kind(node.iter)}",
                    node.iter,
                    "name the set: its members may be written as `1..10` or listed there",
                )

    def _bound_names(self, target: ast.expr) -> list[str]:
        """`i`, or the parts of `(i, j)`, each a name of its own."""
        parts = target.elts if isinstance(target, ast.Tuple) else [target]
        names = [part.id for part in parts if isinstance(part, ast.Name)]
        if len(names) < len(parts) or not names:
            self._fail("a loop binds names", target, "write for i in I, or for (i, j) in A")
        if len(set(names)) < len(names):
            self._fail(f"a loop binds {names[0]!r} twice", target)
        return names

    def forall(self) -> Forall:
        """Loops with conditions between them are the tail of a sum; others are `i in I, j in J`."""
        if "if" not in self._words or "for" not in self._words[self._words.index("if") :]:
            return self._short_forall()
        self._opening = "sum(0 " if self._words[0] == "for" else "sum(0 for "
        self._source += ")"
        match self.tree():
            case ast.Call(_, [ast.GeneratorExp() as loop]):
                return Forall(self._generators(loop))
            case node:
                self._fail("found something else than loops", node, "write i in I, j in J")

    def _short_forall(self) -> Forall:
        generators = list[Generator]()
        at = 0
        while loop := _LOOP.match(self._source, at):
            names = re.findall(r"\w+", loop["names"])
            place = self._place(loop.start("names")), self._place(loop.end("set"))
            if loop["names"].startswith("("):
                more = tuple(names[1:])
                generators.append(Generator(names[0], loop["set"], None, more, place=place))
            else:
                generators += [Generator(n, loop["set"], place=place) for n in names]
            at = loop.end()
            if loop["more"] is None:
                break
        if len(generators) > MAX_LOOPS:
            self._fail(f"more than {MAX_LOOPS} loops", 0)
        if loop is None:
            found = self._word_at(at)
            self._fail(f"found {found}", self._start + at, "write i in I, j in J if i != j")
        return Forall((*generators[:-1], replace(generators[-1], condition=self._tail(at))))

    def _tail(self, at: int) -> Condition | None:
        """The condition after the loops of a short `forall`, which end at `at`."""
        if at == len(self._source):
            return None
        if re.match(r"if\b", self._source[at:]) is None:
            self._fail(f"found {self._word_at(at)}", self._start + at, "write ',' or 'if'")
        rest = self._source[at + len("if") :].lstrip()
        self._start += len(self._source) - len(rest)
        self._source = rest
        return self.condition(self.tree())

    # Conditions and constraints

    def condition(self, node: ast.expr) -> Condition:
        self._depth += 1
        if self._depth > 2 * MAX_DEPTH:
            self._fail("too many parts inside each other", node)
        try:
            return replace(self._condition(node), place=self._at(node))
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
                    self._fail(f"{link!r} takes two conditions, found {len(arguments)}", node)
                both = self.condition(arguments[0]), self.condition(arguments[1])
                return Junction(link, both)
            case ast.Call(ast.Name("exactly" | "atleast" | "atmost" as how), [amount, *rest]):
                counted = Count(*self._conditions(node, rest))
                return Comparison(_COUNTS[how], counted, self.expression(amount))
            case ast.Name() | ast.Subscript():
                # A yes/no by itself: `open[i]` is `open[i] == 1`.
                return Comparison("==", self.expression(node), Number(1))
            case _:
                self._fail(f"found {_kind(node)} where a condition is expected", node)

    def _membership(self, left: ast.expr, right: ast.expr, negated: bool) -> Membership:
        items = self._listed(left)
        match right:
            case ast.Name(name):
                return Membership(items, name, negated)
            case ast.List() | ast.Tuple():
                return Membership(items, self._listed(right), negated)
            case _:
                self._fail(f"found {_kind(right)} after 'in'", right)

    def _listed(self, node: ast.expr) -> tuple[Expr, ...]:
        parts = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
        self._limit_terms(len(parts), node)
        if not parts:
            self._fail("found empty brackets", node)
        return tuple(map(self.expression, parts))

    def constraint(self, node: ast.expr) -> tuple[Comparison, ...]:
        match node:
            case ast.Compare():
                return tuple(self._comparisons(node, _CONSTRAINTS))
            case ast.BoolOp() | ast.Tuple():
                self._fail("found several constraints in one", node, "state each by itself")
            case _:
                self._fail("a constraint compares two sides", node, "write '<=', '>=' or '=='")

    def statement(self, node: ast.expr) -> tuple[Statement, ...]:
        """What a constraint states, logic and special ordered sets included."""
        match node:
            case ast.Call(ast.Name(kind)) if kind in SPECIAL:
                return (replace(self._special(kind, node), place=self._at(node)),)
            case ast.Call(ast.Name(function)) if function in LOGIC:
                return (self.condition(node),)
            case ast.BoolOp() | ast.UnaryOp(ast.Not()):
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
                self._fail("'cumulative' takes a limit and intervals", node)
            limit, arguments = self.expression(arguments[0]), arguments[1:]
        match arguments:
            case [ast.GeneratorExp() as loop]:
                items, loops = (self._item(kind, loop.elt),), self._generators(loop)
            case [_, _, *_]:
                self._limit_terms(len(arguments), node)
                items, loops = tuple(self._item(kind, part) for part in arguments), ()
            case _:
                self._fail(f"{kind!r} needs a loop or two parts", node)
        return Special(kind, items, loops, limit)  # type: ignore[arg-type]  # a key of `SPECIAL`

    def _item(self, kind: str, node: ast.expr) -> tuple[Expr, ...]:
        least, most = SPECIAL[kind]
        parts = node.elts if isinstance(node, ast.Tuple) and most > 1 else [node]
        if not least <= len(parts) <= most:
            what = "(start, length, amount)" if kind == "cumulative" else "(start, length)"
            self._fail(f"{kind!r} is stated over {what}, found {_kind(node)}", node)
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
                self._fail(f"{found!r} cannot be used here", node, f"write one of {use}")
            place = self._at(node)
            if left.place is not None and right.place is not None:
                place = left.place[0], right.place[1]
            yield Comparison(symbol, left, right, place=place)


_SET_OPERATORS: dict[type[ast.operator], Literal["|", "&", "-", "*"]] = {
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.Sub: "-",
    ast.Mult: "*",
}
_FACTORS: dict[type[ast.operator], Literal["*", "/", "%"]] = {
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
}
_COUNTS: dict[str, Operator] = {"exactly": "==", "atleast": ">=", "atmost": "<="}
_CONSTRAINTS: dict[type[ast.cmpop], Operator] = {ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "=="}
_COMPARISONS = _CONSTRAINTS | {ast.NotEq: "!=", ast.Lt: "<", ast.Gt: ">"}
_WRITTEN = {ast.NotEq: "!=", ast.Lt: "<", ast.Gt: ">", ast.In: "in", ast.NotIn: "not in"}

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
}


_LOOPED = re.compile(r"\b(?:exactly|atleast|atmost|piecewise|cumulative)\s*\(")


def _with_brackets(source: str) -> tuple[str, list[int]]:
    """Python wants a loop after another argument in brackets: `atmost(2, x > 0 for i in I)` is
    given them. Returns the source and the places of the inserted brackets in it."""
    inserted = list[int]()
    begin = 0
    while found := _LOOPED.search(source, begin):
        begin, depth, comma, looped = found.end(), 0, None, False
        for token in _TOKEN.finditer(source, begin):
            mark = token.group()
            if mark in (")", "]"):
                depth -= 1
            if depth < 0:
                if comma is not None and looped:
                    end = token.start()
                    source = f"{source[:comma]}({source[comma:end]}){source[end:]}"
                    inserted = [at + (at >= comma) + (at >= end) for at in inserted]
                    inserted += [comma, end + 1]
                break
            depth += mark in ("(", "[")
            if depth == 0 and mark == "," and comma is None:
                comma = token.end()
            looped = looped or (depth == 0 and mark == "for")
    return source, inserted


def _kind(node: ast.AST) -> str:
    return _KINDS.get(type(node), "something")


def _is_operand(token: re.Match[str]) -> bool:
    return token.lastgroup in ("number", "quoted", "name") and token.group() not in KEYWORDS


def _ends_operand(token: re.Match[str]) -> bool:
    return _is_operand(token) or token.group() in (")", "]")


def _begins_operand(token: re.Match[str]) -> bool:
    return _is_operand(token) or token.group() == "("


def _clipped(text: str, at: int) -> str:
    """The text around `at`, short enough to read in a message."""
    if len(text) <= 80:
        return text
    start = min(max(at - 40, 0), len(text) - 80)
    left, right = "..." * (start > 0), "..." * (start + 80 < len(text))
    return f"{left}{text[start : start + 80]}{right}"
