"""The tree an expression is read into. Nothing here evaluates anything.

Additions are flat (`a - b + c` is one `Add` of `a`, `Negate(b)`, `c`), so a tree is only as deep
as the brackets of its text. Nodes compare by value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar, assert_never

Result = TypeVar("Result")

Operator = Literal["<=", ">=", "==", "!=", "<", ">"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A node that knows where in its text it stands: from the first of these characters up to the
    second. None for a node that no text was read into; two nodes are equal wherever they stand."""

    place: tuple[int, int] | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(Placed):
    """A literal; never negative (`-3` is `Negate(Number(3))`)."""

    value: float


@dataclass(frozen=True, slots=True)
class Quoted(Placed):
    """A member of a set by its name, in quotes: `x["Lyon"]`."""

    value: str


@dataclass(frozen=True, slots=True)
class Ref(Placed):
    """A variable, a parameter, or the member a loop is at."""

    name: str
    indices: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Negate(Placed):
    operand: Expr


@dataclass(frozen=True, slots=True)
class Add(Placed):
    """Two terms or more."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Binary(Placed):
    """`%` is what division leaves, and for data only."""

    operator: Literal["*", "/", "%", "**"]
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Call(Placed):
    """A function of `FUNCTIONS`; `len`, `first` and `last` have one `Ref`, to a set."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Placed):
    """`sum`, `min` or `max` of `body` over every combination the generators leave."""

    function: Literal["sum", "min", "max"]
    body: Expr
    generators: tuple[Generator, ...]


@dataclass(frozen=True, slots=True)
class Choice(Placed):
    """`then if condition else otherwise`."""

    condition: Condition
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, slots=True)
class Count(Placed):
    """How many of the conditions hold, over every combination the generators leave:
    `count(a, b)` and `count(a for i in I)`. With generators there is one condition."""

    conditions: tuple[Condition, ...]
    generators: tuple[Generator, ...] = ()


@dataclass(frozen=True, slots=True)
class Piecewise(Placed):
    """The broken line through points `(at, value)`, at `argument`, which stays between the first
    and the last: `piecewise(x, (0, 0), (10, 5))` and `piecewise(x, ((at[k], cost[k]) for k in K))`.
    With generators there is one point."""

    argument: Expr
    points: tuple[tuple[Expr, Expr], ...]
    generators: tuple[Generator, ...] = ()


@dataclass(frozen=True, slots=True)
class Generator(Placed):
    """`for name in set if condition`; over a set of tuples `for (name, *more) in set`.

    Where the loop says itself what it runs over (`{"a", "b"}`, `1..3`), that is `inline`, and `set`
    is its text.
    """

    name: str
    set: str
    condition: Condition | None = None
    more: tuple[str, ...] = ()
    inline: SetExpr | None = field(default=None, kw_only=True, compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it binds, one for each part of a member."""
        return (self.name, *self.more)


@dataclass(frozen=True, slots=True)
class Comparison(Placed):
    """In a constraint only `<=`, `>=` and `==`."""

    operator: Operator
    left: Expr
    right: Expr
    is_implied: bool = field(default=False, kw_only=True, compare=False)
    """Whether a name stood alone, which means `name == 1` and is for a yes or no only."""


@dataclass(frozen=True, slots=True)
class Membership(Placed):
    """`(i, j) in cost` (a set, or a parameter that has a value there), `i in ("Lyon", "Metz")`."""

    items: tuple[Expr, ...]
    collection: str | tuple[Expr, ...]
    negated: bool = False
    inline: SetExpr | None = field(default=None, kw_only=True, compare=False)
    """What the collection is, where it is a set that is written here: `(i, j) in A - B`."""


@dataclass(frozen=True, slots=True)
class Not(Placed):
    operand: Condition


@dataclass(frozen=True, slots=True)
class Junction(Placed):
    """Two parts or more; `implies`, `iff` and `xor` have two."""

    word: Literal["and", "or", "implies", "iff", "xor"]
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Special(Placed):
    """A statement about all of its items. With generators there is one item, and their order
    counts.

    `sos1(a, b, c)`: at most one is not zero. `sos2(a, b, c)`: at most two, and these stand side by
    side. `alldifferent(a, b, c)`: no two are equal. `nooverlap((start, length), ...)`: of two
    intervals one ends before the other begins. `cumulative(limit, (start, length, amount), ...)`:
    at no time the amounts of the intervals that run then exceed the limit. A last part of an item
    of intervals is a yes/no: whether it takes place.
    """

    kind: Literal["sos1", "sos2", "alldifferent", "nooverlap", "cumulative"]
    items: tuple[tuple[Expr, ...], ...]
    generators: tuple[Generator, ...] = ()
    limit: Expr | None = None


@dataclass(frozen=True, slots=True)
class Forall:
    """The combinations a constraint is stated for; no generators means once."""

    generators: tuple[Generator, ...] = ()


@dataclass(frozen=True, slots=True)
class SetRange:
    """The whole numbers from `low` to `high`, or every `step`-th of them from `low` on."""

    low: Expr
    high: Expr
    step: Expr | None = None


@dataclass(frozen=True, slots=True)
class SetJunction:
    """`|` is either's members, `&` those of both, `-` those of the first alone, `*` all pairs."""

    operator: Literal["|", "&", "-", "*"]
    left: SetExpr
    right: SetExpr


@dataclass(frozen=True, slots=True)
class SetOf:
    """Members written out, or one for each combination that the generators leave."""

    members: tuple[tuple[Expr, ...], ...]
    generators: tuple[Generator, ...] = ()


SetExpr = Ref | SetRange | SetJunction | SetOf

Expr = Number | Quoted | Ref | Negate | Add | Binary | Call | Aggregate | Choice | Count | Piecewise
Condition = Comparison | Membership | Not | Junction
Statement = Comparison | Not | Junction | Membership | Special
"""What a constraint states: a comparison, logic over comparisons, or a special ordered set."""
Node = Expr | Condition | Special | Generator | Forall

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
"""Every name that is a word of the language and no name of anything else, and how many arguments
it takes (None: it varies)."""

CALLS: dict[str, int | None] = FUNCTIONS | {
    "ceil": 1,
    "floor": 1,
    "round": 1,
    "prev": None,
    "next": None,
    "prev_cyclic": None,
    "next_cyclic": None,
    "first": 1,
    "last": 1,
    "ord": 1,
    "count": None,
    "piecewise": None,
    "implies": None,
    "iff": None,
    "xor": None,
    "exactly": None,
    "atleast": None,
    "atmost": None,
    "sos1": None,
    "sos2": None,
    "alldifferent": None,
    "nooverlap": None,
    "cumulative": None,
}
"""Everything that may be called. What is not in `FUNCTIONS` may name other things too: `first` is a
variable where it is not called."""

NEIGHBOURS = frozenset({"prev", "next", "prev_cyclic", "next_cyclic"})
ENDS = frozenset({"first", "last"})
MEMBER_FUNCTIONS = NEIGHBOURS | ENDS
"""Functions that give a member of a set, which is an index and a side of a condition."""

LOGIC = frozenset({"implies", "iff", "xor", "exactly", "atleast", "atmost"})
SPECIAL: dict[str, tuple[int, int]] = {
    "sos1": (1, 1),
    "sos2": (1, 1),
    "alldifferent": (1, 1),
    "nooverlap": (2, 3),
    "cumulative": (3, 4),
}
"""Statements about a family of parts, and between how many and how many amounts a part has."""

KEYWORDS = frozenset({"for", "in", "if", "else", "and", "or", "not"})


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
        case Choice(condition, then, otherwise):
            return (condition, then, otherwise)
        case Count(parts, generators):
            return (*parts, *generators)
        case Special(_, items, generators, limit):
            amounts = tuple(part for item in items for part in item)
            return (*amounts, *generators, *(() if limit is None else (limit,)))
        case Piecewise(argument, points, generators):
            return (argument, *(side for point in points for side in point), *generators)
        case Generator(_, _, condition, _):
            return () if condition is None else (condition,)
        case Membership(items, collection):
            return items if isinstance(collection, str) else (*items, *collection)
        case Junction(_, parts):
            return parts
        case Forall(generators):
            return generators
        case _:
            assert_never(node)


def set_names(node: SetExpr) -> frozenset[str]:
    """Every set and parameter a set is worked out from."""
    match node:
        case Ref(name):
            return frozenset({name})
        case SetRange(low, high, step):
            return names(low) | names(high) | (frozenset() if step is None else names(step))
        case SetJunction(_, left, right):
            return set_names(left) | set_names(right)
        case SetOf(members, generators):
            parts = tuple(part for member in members for part in member)
            return _names_under(generators, parts)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, as written from left to right."""
    yield node
    for child in children(node):
        yield from walk(child)


def walk_set(node: SetExpr) -> Iterator[Node]:
    """Everything inside what a set is worked out from, the sets it names as `Ref`s."""
    match node:
        case Ref():
            yield node
        case SetRange(low, high, step):
            for end in (low, high) if step is None else (low, high, step):
                yield from walk(end)
        case SetJunction(_, left, right):
            yield from walk_set(left)
            yield from walk_set(right)
        case SetOf(members, generators):
            for part in (*generators, *(part for member in members for part in member)):
                yield from walk(part)


def shifted(node: Expr) -> tuple[str, int] | None:
    """The name and the number of `t - 1` and `t + 2`, which over a set of texts are the member so
    many places before or after; None for anything else."""
    match node:
        case Add((Ref(name, ()), Number(value))) if value == int(value):
            return name, int(value)
        case Add((Ref(name, ()), Negate(Number(value)))) if value == int(value):
            return name, -int(value)
        case _:
            return None


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
            return _names_under(generators, (body,))
        case Count(parts, generators):
            return _names_under(generators, parts)
        case Special(_, items, generators, limit):
            amounts = tuple(part for item in items for part in item)
            outside = frozenset[str]() if limit is None else names(limit)
            return outside | _names_under(generators, amounts)
        case Piecewise(argument, points, generators):
            sides = tuple(side for point in points for side in point)
            return names(argument) | _names_under(generators, sides)
        case Forall(generators):
            return _names_under(generators, ())
        case Membership(items, str(collection)):
            used = frozenset({collection}) if node.inline is None else set_names(node.inline)
            return used.union(*map(names, items))
        case _:
            return frozenset().union(*map(names, children(node)))


def _names_under(
    generators: tuple[Generator, ...], parts: tuple[Expr | Condition, ...]
) -> frozenset[str]:
    bound: set[str] = set()
    used: set[str] = set()
    for generator in generators:
        bound.update(generator.names)
        used |= {generator.set} if generator.inline is None else set_names(generator.inline)
        if generator.condition is not None:
            used |= names(generator.condition) - bound
    for part in parts:
        used |= names(part) - bound
    return frozenset(used)


class Visitor(ABC, Generic[Result]):
    """One method for each kind of node; `visit` finds the right one."""

    def visit(self, node: Expr | Condition | Special) -> Result:
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
            case Choice():
                return self.choice(node)
            case Count():
                return self.count(node)
            case Piecewise():
                return self.piecewise(node)
            case Special():
                return self.special(node)
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
    @abstractmethod
    def choice(self, node: Choice) -> Result: ...
    @abstractmethod
    def count(self, node: Count) -> Result: ...
    @abstractmethod
    def piecewise(self, node: Piecewise) -> Result: ...
    @abstractmethod
    def special(self, node: Special) -> Result: ...
