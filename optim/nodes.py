"""Nodes: values that remember what they were made from.

A node points at what it was made from and nothing points back, so a graph lives exactly as long
as its last value. The arithmetic, the methods and the kinds of node are in `operators`; this
module has what they share: the links, and the record of what a traced call read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from reprlib import Repr
from types import CodeType, FrameType
from typing import Any, Protocol

Value = Any
"""Any Python value; it may be a node."""

_brief = Repr()
_brief.maxstring = _brief.maxother = _brief.maxlong = 120


class Node:
    """A value in a traced program. Python treats it like the plain value, which is `value`.

    A node holds its operation, the arguments of it and the place in the source. Results that
    Python allows no stand-in for (bools, None, members of an enumeration) come back plain; a
    traced call remembers that it read the nodes behind them.
    """

    __slots__ = ()
    _op: Operation
    _args: tuple[Value, ...]
    _code: CodeType | None
    _at: int
    _plain: Callable[[], Value]
    """Every kind of node has its own."""

    @property
    def value(self) -> Value:
        """The plain value, copied if it is a list or a dict."""
        return self._plain()

    def __reduce_ex__(self, protocol: object) -> tuple[Value, ...]:
        # Another process cannot see this graph: what crosses over is the value.
        return itself, (self._plain(),)


class Function(Protocol):
    """A traced function, as the operation of the nodes that its calls return."""

    name: str
    doc: str


Operation = str | Function
"""An infix sign, `[]`, `.method`, `name()`, `node` for a leaf, or the traced function called."""


class Held:
    """A container among the arguments: the nodes it held then, and how it looked. The container
    itself may change later."""

    __slots__ = ("nodes", "text")

    def __init__(self, container: object) -> None:
        self.nodes = tuple(nodes_in(container))
        self.text = brief(plain_deep(container) if self.nodes else container)


class Call:
    """One call of a traced function: its arguments, and the nodes its result hangs on."""

    __slots__ = ("args", "kwargs", "nodes")

    def __init__(
        self, args: tuple[Value, ...], kwargs: dict[str, Value], nodes: Iterable[Node]
    ) -> None:
        self.args = hold(args)
        self.kwargs = dict(zip(kwargs, hold(kwargs.values()), strict=True))
        self.nodes = tuple({id(node): node for node in nodes}.values())


class Reads:
    """What one running traced call looked at, by `id`.

    `decisive` nodes gave away their plain value (in a branch, an f-string, a `len`), so the
    result may hang on them. `touched` parameters took part in an operation; the result says
    itself whether it comes from there, unless it is plain.
    """

    __slots__ = ("decisive", "touched")

    def __init__(self) -> None:
        self.decisive: dict[int, Node] = {}
        self.touched: dict[int, Node] = {}


READS: ContextVar[Reads | None] = ContextVar("optwright_reads", default=None)
"""The reads of the running traced call; None outside such calls."""


def note_read(*values: object) -> None:
    """Tell the running traced call that its result may hang on these."""
    reads = READS.get()
    if reads is not None:
        reads.decisive.update((id(value), value) for value in values if isinstance(value, Node))


def note_touch(node: Node) -> None:
    """Tell the running traced call that this parameter took part in an operation."""
    reads = READS.get()
    if reads is not None:
        reads.touched[id(node)] = node


def itself(value: Value) -> Value:
    return value


def plain(value: Value) -> Value:
    """`value` without its history."""
    return value._plain() if isinstance(value, Node) else value


def plain_deep(value: Value) -> Value:
    """`value` without history, inside ordinary lists, tuples and dicts too."""
    if isinstance(value, Node):
        value = value._plain()
    if type(value) in (list, tuple):
        return type(value)(plain_deep(item) for item in value)
    if type(value) is dict:
        return {key: plain_deep(item) for key, item in value.items()}
    return value


def nodes_in(value: object) -> Iterator[Node]:
    """The nodes in `value`, also inside ordinary containers, however deep."""
    seen: set[int] = set()
    stack: list[Value] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, Node):
            yield item
        elif type(item) in _CONTAINERS and id(item) not in seen:
            seen.add(id(item))
            inside = [*item, *item.values()] if type(item) is dict else list(item)
            stack += inside[::-1]


_CONTAINERS = (list, tuple, dict, set, frozenset)


def hold(args: Iterable[Value]) -> tuple[Value, ...]:
    """Arguments as a node may keep them: containers as they are now."""
    return tuple(Held(arg) if type(arg) in _CONTAINERS else arg for arg in args)


def parents(node: Node) -> list[Node]:
    """What `node` was made from, in the order of its arguments."""
    found: list[Node] = []
    for arg in node._args:
        if isinstance(arg, Node):
            found.append(arg)
        elif type(arg) is Held or type(arg) is Call:
            found += arg.nodes
    return found


def attach(node: Value, op: Operation, args: tuple[Value, ...], frame: FrameType | None) -> Value:
    """Give `node` its history, and the place in the source that `frame` is at; the line is looked
    up when somebody asks."""
    node._op = op
    node._args = args
    node._code = None if frame is None else frame.f_code
    node._at = -1 if frame is None else frame.f_lasti
    return node


def brief(value: object) -> str:
    """A `repr` of bounded length."""
    return _brief.repr(value)
