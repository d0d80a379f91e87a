"""Changing a program without a language model: small edits of its syntax tree.

Numbers are scaled and shifted, operators exchanged, expressions replaced, wrapped and swapped,
statements added, copied and taken away, and pieces come over from another program. An edit is a
replacement of text at the place of a node, so comments and layout stay. Whether the result runs is
for its evaluation to say; that it parses is made sure here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from random import Random

from optwright.optim.program.source import Marked, parses, read_marked

TRIES = 40  # edits tried before a program counts as one that cannot be changed
MORE = 0.35  # the chance that an edit is followed by another one
DEPTH = 2  # of an expression made at random

_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_FAMILIES = (("min", "max"), ("sum", "max", "min"), ("floor", "ceil", "round"), ("sin", "cos"))
_CONSTANTS = (0.0, 0.1, 0.5, 0.9, 0.99, 1.0, 2.0, 0.01, 0.001)


@dataclass(frozen=True, slots=True)
class _Edit:
    """Text for what stands between two places of a program."""

    start: int
    stop: int
    text: str


class _Tree:
    """A program with its nodes that lie in open parts, and where they stand."""

    def __init__(self, marked: Marked) -> None:
        self.text = marked.text
        self._starts = [0]
        for line in self.text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = self.text.splitlines()
        open_lines = marked.open_lines()
        tree = ast.parse(self.text)
        self.nodes = [
            node
            for node in ast.walk(tree)
            if getattr(node, "lineno", None) in open_lines
            and getattr(node, "end_lineno", None) in open_lines
        ]
        frozen = {
            id(n) for node in ast.walk(tree) for part in _frozen(node) for n in ast.walk(part)
        }
        self.expressions = [
            n
            for n in self.nodes
            if isinstance(n, ast.expr) and id(n) not in frozen and _is_value(n)
        ]
        self.statements = [
            n
            for n in self.nodes
            if isinstance(n, ast.Assign | ast.AugAssign | ast.Expr) and not _is_text(n)
        ]

    @cached_property
    def names(self) -> list[str]:
        """Names that are read, and arguments, in the open parts."""
        read = {n.id for n in self.expressions if isinstance(n, ast.Name)} - self._called
        arguments = {
            a.arg
            for n in self.nodes
            if isinstance(n, ast.FunctionDef)
            for a in (*n.args.posonlyargs, *n.args.args, *n.args.kwonlyargs)
        }
        return sorted(read | arguments)

    @cached_property
    def targets(self) -> list[str]:
        return sorted(
            {n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        )

    @cached_property
    def calls(self) -> list[str]:
        """Calls of one argument, as templates."""
        return sorted(
            {
                f"{ast.unparse(n.func)}(_)"
                for n in self.nodes
                if isinstance(n, ast.Call) and len(n.args) == 1 and not n.keywords
            }
        )

    @cached_property
    def _called(self) -> set[str]:
        return {
            n.func.id
            for n in self.nodes
            if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
        }

    def place(self, line: int, column: int) -> int:
        """Where a node's line and column (in bytes) are in the text."""
        prefix = self._lines[line - 1].encode()[:column].decode(errors="replace")
        return self._starts[line - 1] + len(prefix)

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        stop = self.place(node.end_lineno or node.lineno, node.end_col_offset or 0)
        return self.place(node.lineno, node.col_offset), stop

    def source(self, node: ast.expr | ast.stmt) -> str:
        start, stop = self.span(node)
        return self.text[start:stop]

    def lines_of(self, node: ast.stmt) -> tuple[int, int]:
        return self._starts[node.lineno - 1], self._starts[node.end_lineno or node.lineno]

    def alone(self, node: ast.stmt) -> bool:
        """Whether no other statement is on its lines."""
        start, stop = self.lines_of(node)
        first, last = self.span(node)
        return not self.text[start:first].strip() and not self.text[last:stop].strip(" \t\n")


class Editor:
    """Makes edits; `vocabulary` are templates with `_` for what goes in."""

    def __init__(self, vocabulary: Sequence[str] = ()) -> None:
        self.vocabulary = tuple(vocabulary)

    def edited(self, text: str, rng: Random, other: str | None = None) -> tuple[str, str] | None:
        """A changed program and the names of the edits; None where none was found. `other` is a
        program whose pieces may be taken over."""
        done: list[str] = []
        for _ in range(TRIES):
            change = self._once(text, rng, other)
            if change is None:
                continue
            text, name = change
            done.append(name)
            if rng.random() >= MORE:
                return text, ", then ".join(done)
        return (text, ", then ".join(done)) if done else None

    def _once(self, text: str, rng: Random, other: str | None) -> tuple[str, str] | None:
        marked = read_marked(text)
        alone = rng.choice(range(len(marked.blocks)))
        block = marked.blocks[alone]
        # The rest may be long and need not be read, unless the block is a piece of something.
        part = Marked(("", block, "")) if parses(block) else marked
        try:
            tree = _Tree(part)
        except (SyntaxError, ValueError, RecursionError):
            return None
        names = list(_KINDS)
        weights = [_KINDS[name][1] for name in names]
        name = rng.choices(names, weights)[0]
        edit = _KINDS[name][0](self, tree, rng, other)
        if edit is None:
            return None
        changed = part.text[: edit.start] + edit.text + part.text[edit.stop :]
        if not parses(changed) or changed == part.text:
            return None
        if part is marked:
            same_frame = read_marked(changed).fixed == marked.fixed
            return (changed, name) if same_frame else None
        blocks = [*marked.blocks]
        blocks[alone] = changed
        return marked.with_blocks(blocks).text, name

    def number(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        found = [n for n in tree.expressions if _number(n) is not None]
        if not found:
            return None
        node = rng.choice(found)
        value = _number(node)
        assert value is not None  # only those were taken
        new: float | int
        if isinstance(value, int) and rng.random() < 0.7:
            new = value + rng.choice((-2, -1, 1, 2))
        elif value == 0.0 or rng.random() < 0.1:
            new = rng.choice(_CONSTANTS)
        elif 0.5 < value < 1.0 and rng.random() < 0.5:
            # Near one it is the distance to one that has a scale, as in a decay rate.
            new = 1.0 - (1.0 - value) * 10 ** rng.gauss(0.0, 0.3)
        else:
            new = value * 10 ** rng.gauss(0.0, 0.25 if rng.random() < 0.7 else 0.02)
        if not isfinite(new):
            return None
        return _Edit(*tree.span(node), _shown(new))

    def operator(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        found = [
            n
            for n in tree.expressions
            if (isinstance(n, ast.BinOp) and type(n.op) in _ARITHMETIC)
            or (isinstance(n, ast.Compare) and type(n.ops[0]) in _COMPARISONS and len(n.ops) == 1)
        ]
        if not found:
            return None
        node = rng.choice(found)
        if isinstance(node, ast.BinOp):
            sign = rng.choice([s for kind, s in _ARITHMETIC.items() if kind is not type(node.op)])
            left, right = tree.source(node.left), tree.source(node.right)
            return _Edit(*tree.span(node), f"({_tight(left)} {sign} {_tight(right)})")
        assert isinstance(node, ast.Compare)  # the only other kind that was taken
        sign = rng.choice([s for kind, s in _COMPARISONS.items() if kind is not type(node.ops[0])])
        left, right = tree.source(node.left), tree.source(node.comparators[0])
        return _Edit(*tree.span(node), f"({_tight(left)} {sign} {_tight(right)})")

    def family(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        """Another function of the same kind: the largest for the least, a sine for a cosine."""
        options = []
        for node in tree.nodes:
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else tree.source(function)
            for family in _FAMILIES:
                if name in family:
                    whole = tree.source(function)
                    options += [
                        (function, whole[: len(whole) - len(name)] + new)
                        for new in family
                        if new != name
                    ]
        if not options:
            return None
        function, text = rng.choice(options)
        return _Edit(*tree.span(function), text)

    def replace(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        if not tree.expressions:
            return None
        node = rng.choice(tree.expressions)
        return _Edit(*tree.span(node), _tight(self._expression(tree, rng, DEPTH)))

    def wrap(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        if not tree.expressions:
            return None
        node = rng.choice(tree.expressions)
        return _Edit(*tree.span(node), self._wrapped(tree, rng, tree.source(node), DEPTH - 1))

    def unwrap(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        """A part of an expression for the whole of it."""
        found = [(n, p) for n in tree.expressions for p in _operands(n)]
        if not found:
            return None
        node, part = rng.choice(found)
        return _Edit(*tree.span(node), _tight(tree.source(part)))

    def take(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        """An expression of another program for one of this."""
        if other is None or not tree.expressions:
            return None
        whole = read_marked(other)
        block = rng.choice(whole.blocks)
        try:
            theirs = _Tree(Marked(("", block, "")) if parses(block) else whole)
        except (SyntaxError, ValueError, RecursionError):
            return None
        if not theirs.expressions:
            return None
        node, piece = rng.choice(tree.expressions), rng.choice(theirs.expressions)
        return _Edit(*tree.span(node), _tight(theirs.source(piece)))

    def insert(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        """A statement that computes one of the program's variables anew, before another one."""
        places = [n for n in tree.nodes if isinstance(n, ast.stmt) and tree.alone(n)]
        places = [n for n in places if isinstance(n, ast.Assign | ast.AugAssign | ast.Return)]
        names = sorted({*tree.targets, *tree.names})
        if not places or not names:
            return None
        before = rng.choice(places)
        start, _ = tree.lines_of(before)
        indent = tree.text[start : tree.span(before)[0]]
        line = f"{indent}{rng.choice(names)} = {self._expression(tree, rng, DEPTH)}\n"
        return _Edit(start, start, line)

    def delete(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        found = [n for n in tree.statements if tree.alone(n)]
        if not found:
            return None
        return _Edit(*tree.lines_of(rng.choice(found)), "")

    def copy(self, tree: _Tree, rng: Random, other: str | None) -> _Edit | None:
        """A statement once more, at another place of the same depth."""
        found = [n for n in tree.statements if tree.alone(n)]
        if len(found) < 2:
            return None
        node, before = rng.choice(found), rng.choice(found)
        start, stop = tree.lines_of(node)
        place = tree.lines_of(before)[0]
        indent = tree.text[place : tree.span(before)[0]]
        return _Edit(place, place, indent + tree.text[start:stop].lstrip(" \t"))

    def _expression(self, tree: _Tree, rng: Random, depth: int) -> str:
        leaf = rng.random()
        if depth == 0 or leaf < 0.3:
            if tree.names and leaf < 0.24:
                return rng.choice(tree.names)
            return _shown(rng.choice(_CONSTANTS))
        return self._wrapped(tree, rng, self._expression(tree, rng, depth - 1), depth - 1)

    def _wrapped(self, tree: _Tree, rng: Random, inner: str, depth: int) -> str:
        templates = [*self.vocabulary, *tree.calls]
        if templates and rng.random() < 0.4:
            return rng.choice(templates).replace("_", _tight(inner), 1)
        second = _tight(self._expression(tree, rng, max(0, depth)))
        pair = [_tight(inner), second]
        if rng.random() < 0.5:
            pair.reverse()
        return f"({pair[0]} {rng.choice(list(_ARITHMETIC.values()))} {pair[1]})"


Kind = Callable[[Editor, _Tree, Random, str | None], _Edit | None]
_KINDS: dict[str, tuple[Kind, float]] = {
    "number": (Editor.number, 4.0),
    "operator": (Editor.operator, 1.0),
    "function": (Editor.family, 0.5),
    "expression": (Editor.replace, 2.0),
    "wrap": (Editor.wrap, 1.5),
    "unwrap": (Editor.unwrap, 1.0),
    "piece of another": (Editor.take, 1.5),
    "new statement": (Editor.insert, 1.5),
    "no statement": (Editor.delete, 0.7),
    "copied statement": (Editor.copy, 0.5),
}


def _number(node: ast.AST) -> float | int | None:
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as value):
            return value
        case _:
            return None


def _shown(value: float) -> str:
    if isinstance(value, int):
        return repr(value) if value >= 0 else f"({value})"
    text = repr(float(f"{value:.6g}"))
    return text if value >= 0 else f"({text})"


def _tight(text: str) -> str:
    """The text of an expression, safe inside any other one."""
    plain = text.replace(".", "").replace("_", "")
    if plain.isalnum() or (text.startswith("(") and _closes_last(text)):
        return text
    return f"({text})"


def _closes_last(text: str) -> bool:
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return place == len(text) - 1
    return False


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.BinOp(left=left, right=right):
            yield left
            yield right
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Call(args=[only], keywords=[]):
            yield only
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case _:
            return


def _is_value(node: ast.expr) -> bool:
    """Whether it is a place for any value: not what is assigned to, no piece of a format."""
    if isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
        return False
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ast.Name() | ast.BinOp() | ast.UnaryOp() | ast.Call() | ast.IfExp() | ast.Compare():
            return True
        case ast.Subscript() | ast.Attribute():
            return True
        case _:
            return False


def _frozen(node: ast.AST) -> Iterator[ast.AST]:
    """What no edit goes into: headers of functions, what is called, formatted texts."""
    match node:
        case ast.Call(func=function):
            yield function
        case ast.FunctionDef(decorator_list=decorators, returns=returns):
            yield from decorators
            if returns is not None:
                yield returns
        case ast.AnnAssign(annotation=annotation):
            yield annotation
        case ast.arguments() | ast.JoinedStr() | ast.Lambda():
            yield node
        case _:
            return


def _is_text(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case _:
            return False
