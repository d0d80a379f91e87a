"""The tree an expression is read into. Nothing here evaluates anything.

Additions are flat (`a - b + c` is one `Add` of `a`, `Negate(b)`, `c`), so a tree is only as deep
as the brackets of its text. Nodes compare by value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, assert_never

Result = TypeVar("Result")

Operator = Literal["<=", ">=", "==", "!=", "<", ">"]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal; never negative (`-3` is `Negate(Number(3))`)."""

    value: float


@dataclass(frozen=True, slots=True)
class Quoted:
    """A member of a set by its name, in quotes: `x["Lyon"]`."""

    value: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A variable, a parameter, or the member a loop is at."""

    name: str
    indices: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Negate:
    operand: Expr


@dataclass(frozen=True, slots=True)
class Add:
    """Two terms or more."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    operator: Literal["*", "/", "**"]
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `FUNCTIONS`; `len` has one `Ref`, to a set."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`sum`, `min` or `max` of `body` over every combination the generators leave."""

    function: Literal["sum", "min", "max"]
    body: Expr
    generators: tuple[Generator, ...]


@dataclass(frozen=True, slots=True)
class Generator:
    """`for name in set if condition`."""

    name: str
    set: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """In a constraint only `<=`, `>=` and `==`."""

    operator: Operator
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Membership:
    """`(i, j) in cost` (a set, or a parameter that has a value there), `i in ("Lyon", "Metz")`."""

    items: tuple[Expr, ...]
    collection: str | tuple[Expr, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    operand: Condition


@dataclass(frozen=True, slots=True)
class Junction:
    """Two parts or more."""

    word: Literal["and", "or"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Forall:
    """The combinations a constraint is stated for; no generators means once."""

    generators: tuple[Generator, ...] = ()


Expr = Number | Quoted | Ref | Negate | Add | Binary | Call | Aggregate
Condition = Comparison | Membership | Not | Junction
Node = Expr | Condition | Generator | Forall

FUNCTIONS: dict[str, int | None] = {
    "abs": 1,
    "exp": 1,
    "log": 1,
    "log10": 1,
    "sqrt": 1,
    "sin": 1,
    "cos": 1,
    "tan": 1,
    "len": 1,
    "min": None,
    "max": None,
    "sum": None,
}
"""Every name with a meaning of its own, and how many arguments it takes (None: it varies)."""

KEYWORDS = frozenset({"for", "in", "if", "and", "or", "not"})


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a node, in the order they are written."""
    match node:
        case Number() | Quoted():
            return ()
        case Ref(_, indices):
            return indices
        case Negate(operand) | Not(operand):
            return (operand,)
        case Add(terms):
            return terms
        case Binary(_, left, right) | Comparison(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case Aggregate(_, body, generators):
            return (body, *generators)
        case Generator(_, _, condition):
            return () if condition is None else (condition,)
        case Membership(items, collection):
            return items if isinstance(collection, str) else (*items, *collection)
        case Junction(_, parts):
            return parts
        case Forall(generators):
            return generators
        case _:
            assert_never(node)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, as written from left to right."""
    yield node
    for child in children(node):
        yield from walk(child)


def numbers(node: Node) -> tuple[float, ...]:
    """Every numeric literal, in the order written; signs are not part of a literal."""
    return tuple(n.value for n in walk(node) if isinstance(n, Number))


def names(node: Node) -> frozenset[str]:
    """Every name the node uses and does not bind itself: variables, parameters, sets, and the
    loops around it."""
    match node:
        case Ref(name, indices):
            return frozenset({name}).union(*map(names, indices))
        case Aggregate(_, body, generators):
            return _names_under(generators, body)
        case Forall(generators):
            return _names_under(generators, None)
        case Membership(items, str(collection)):
            return frozenset({collection}).union(*map(names, items))
        case _:
            return frozenset().union(*map(names, children(node)))


def _names_under(generators: tuple[Generator, ...], body: Expr | None) -> frozenset[str]:
    bound: set[str] = set()
    used: set[str] = set()
    for generator in generators:
        bound.add(generator.name)
        used.add(generator.set)
        if generator.condition is not None:
            used |= names(generator.condition) - bound
    if body is not None:
        used |= names(body) - bound
    return frozenset(used)


class Visitor(ABC, Generic[Result]):
    """One method for each kind of node; `visit` finds the right one."""

    def visit(self, node: Expr | Condition) -> Result:
        match node:
            case Number():
                return self.number(node)
            case Quoted():
                return self.quoted(node)
            case Ref():
                return self.ref(node)
            case Negate():
                return self.negate(node)
            case Add():
                return self.add(node)
            case Binary():
                return self.binary(node)
            case Call():
                return self.call(node)
            case Aggregate():
                return self.aggregate(node)
            case Comparison():
                return self.comparison(node)
            case Membership():
                return self.membership(node)
            case Not():
                return self.negation(node)
            case Junction():
                return self.junction(node)
            case _:
                assert_never(node)

    @abstractmethod
    def number(self, node: Number) -> Result: ...
    @abstractmethod
    def quoted(self, node: Quoted) -> Result: ...
    @abstractmethod
    def ref(self, node: Ref) -> Result: ...
    @abstractmethod
    def negate(self, node: Negate) -> Result: ...
    @abstractmethod
    def add(self, node: Add) -> Result: ...
    @abstractmethod
    def binary(self, node: Binary) -> Result: ...
    @abstractmethod
    def call(self, node: Call) -> Result: ...
    @abstractmethod
    def aggregate(self, node: Aggregate) -> Result: ...
    @abstractmethod
    def comparison(self, node: Comparison) -> Result: ...
    @abstractmethod
    def membership(self, node: Membership) -> Result: ...
    @abstractmethod
    def negation(self, node: Not) -> Result: ...
    @abstractmethod
    def junction(self, node: Junction) -> Result: ...
