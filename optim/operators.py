"""What Python can do with a node: operators, methods, iteration, numpy.

A node of a float, int, str, bytes, list, dict or tuple is an instance of that type, so every
library takes it. Any other value, and every parameter, is wrapped. Code written in C reads an
instance of its own type without asking (`math.sqrt(node)`, `"".join([node])`): the result is
right, and plain. Inside a `traced` function that link is kept by the call.
"""

from __future__ import annotations

import copy
import enum
import math
import operator
from collections.abc import Callable, Iterator
from sys import _getframe
from types import (
    AsyncGeneratorType,
    BuiltinFunctionType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    NoneType,
    NotImplementedType,
    WrapperDescriptorType,
)
from typing import Any

from optwright.optim.nodes import (
    Node,
    Operation,
    Value,
    attach,
    brief,
    hold,
    note_read,
    plain,
    plain_deep,
)

Method = Callable[..., Value]

_INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "truediv": "/",
    "floordiv": "//",
    "mod": "%",
    "pow": "**",
    "matmul": "@",
    "and": "&",
    "or": "|",
    "xor": "^",
    "lshift": "<<",
    "rshift": ">>",
}
_COMPARE = {"lt": "<", "le": "<=", "eq": "==", "ne": "!=", "gt": ">", "ge": ">="}
_PREFIX = {"neg": "-", "pos": "+", "invert": "~"}
_NAMED: dict[str, Method] = {
    "abs": abs,
    "round": round,
    "divmod": divmod,
    "floor": math.floor,
    "ceil": math.ceil,
    "trunc": math.trunc,
}
_READING: dict[str, Method] = {
    "bool": bool,
    "float": float,
    "int": int,
    "complex": complex,
    "index": operator.index,
    "str": str,
    "format": format,
    "len": len,
    "hash": hash,
    "contains": operator.contains,
    "bytes": bytes,
    "repr": repr,
}
_CHANGING = {
    *("__setitem__", "__delitem__", "__iadd__", "__imul__", "__ior__", "append", "extend"),
    *("insert", "pop", "popitem", "remove", "clear", "sort", "reverse", "setdefault", "update"),
}
_INHERITED = {
    *("__new__", "__init__", "__getattribute__", "__setattr__", "__delattr__", "__sizeof__"),
    *("__reduce__", "__reduce_ex__", "__getnewargs__", "__getstate__", "__class__"),
    *("__buffer__", "__release_buffer__", "__getformat__", "keys"),
}
_ALONE = (
    bool,
    NoneType,
    NotImplementedType,
    enum.Enum,
    type,
    ModuleType,
    FunctionType,
    MethodType,
    BuiltinFunctionType,
    CoroutineType,
    GeneratorType,
    AsyncGeneratorType,
)
"""Types whose values are compared with `is` or only called: they come back plain."""

_KINDS: dict[type, Callable[[Value], Node]] = {}


def link(value: Value, op: Operation, args: tuple[Value, ...], frame: FrameType | None) -> Value:
    """Return `value` as a node made by `op` from `args`; plain where no node may stand for it."""
    kind = _KINDS.get(type(value)) or _other_kind(type(value))
    if kind is None:
        note_read(*args)
        return value
    return attach(kind(value), op, args, frame)


def _other_kind(kind: type) -> Callable[[Value], Node] | None:
    if issubclass(kind, _ALONE) or _is_numpy(kind, "bool", "bool_"):
        return None
    if _is_numpy(kind, "float64"):
        return _KINDS.setdefault(kind, _float64_node(kind))
    return ObjectNode


def _is_numpy(kind: type, *names: str) -> bool:
    return kind.__module__ == "numpy" and kind.__name__ in names


# --- Wrapped values: objects, arrays and parameters -------------------------------------------


class Wrapper(Node):
    """A node that holds its value instead of being one."""

    __slots__ = ()

    # For type checkers; `_give_operators` sets them.
    __add__: Method
    __radd__: Method
    __sub__: Method
    __rsub__: Method
    __mul__: Method
    __rmul__: Method
    __truediv__: Method
    __rtruediv__: Method
    __floordiv__: Method
    __rfloordiv__: Method
    __mod__: Method
    __rmod__: Method
    __pow__: Method
    __rpow__: Method
    __matmul__: Method
    __rmatmul__: Method
    __and__: Method
    __rand__: Method
    __or__: Method
    __ror__: Method
    __xor__: Method
    __rxor__: Method
    __lshift__: Method
    __rlshift__: Method
    __rshift__: Method
    __rrshift__: Method
    __eq__: Method  # an array may come of it
    __lt__: Method
    __le__: Method
    __gt__: Method
    __ge__: Method
    __neg__: Method
    __pos__: Method
    __invert__: Method
    __abs__: Method
    __round__: Method
    __divmod__: Method
    __float__: Method
    __int__: Method
    __index__: Method
    __len__: Method
    __contains__: Method

    def __hash__(self) -> int:
        note_read(self)
        return hash(self._plain())

    def __getitem__(self, key: Value) -> Value:
        value = self._plain()[plain_deep(key)]
        return _linked(value, "[]", (self, *hold((key,))), _getframe(1))

    def __iter__(self) -> Iterator[Value]:
        items = iter(self._plain())
        return _items(self, items, _getframe(1))

    def __getattr__(self, name: str) -> Value:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        value = getattr(self._plain(), name)
        if callable(value):
            return _bound(self, name, value)
        return _linked(value, f".{name}", (self,), _getframe(1))

    def __array__(self, dtype: Value = None, copy: bool | None = None) -> Value:
        import numpy as np

        note_read(self)
        return np.array(self._plain(), dtype=dtype)


class ObjectNode(Wrapper):
    """A node of a value that cannot be stood in for, such as an array or a user's object."""

    __slots__ = ("_args", "_at", "_code", "_op", "_value")

    def __init__(self, value: Value) -> None:
        self._value = value

    def _plain(self) -> Value:
        return self._value

    @property  # type: ignore[misc]  # isinstance(node, Answer) should hold for a wrapped Answer
    def __class__(self) -> type:
        return type(self._value)


def _items(node: Node, items: Iterator[Value], frame: FrameType) -> Iterator[Value]:
    for index, item in enumerate(items):
        yield _linked(item, "[]", (node, index), frame)


def _linked(value: Value, op: Operation, args: tuple[Value, ...], frame: FrameType | None) -> Value:
    """Like `link`, and leaves a value alone that has its own history."""
    return value if isinstance(value, Node) else link(value, op, args, frame)


def _bound(node: Node, name: str, method: Method) -> Method:
    def call(*args: Value, **kwargs: Value) -> Value:
        value = method(*map(plain_deep, args), **plain_deep(kwargs))
        return _linked(value, f".{name}()", (node, *hold((*args, *kwargs.values()))), _getframe(1))

    return call


def _numpy_ufunc(self: Node, ufunc: Value, method: str, *inputs: Value, **kwargs: Value) -> Value:
    value = getattr(ufunc, method)(*map(plain_deep, inputs), **plain_deep(kwargs))
    return _linked(value, f"{ufunc.__name__}()", hold(inputs), _getframe(1))


def _numpy_function(self: Node, function: Value, types: Value, args: Value, kwargs: Value) -> Value:
    value = function(*plain_deep(args), **plain_deep(kwargs))
    return _linked(value, f"{function.__name__}()", hold((*args, *kwargs.values())), _getframe(1))


def _copy(self: Node) -> Value:
    return link(copy.copy(self._plain()), "copy()", (self,), _getframe(1))


def _deepcopy(self: Node, memo: Value) -> Value:
    return link(copy.deepcopy(self._plain(), memo), "deepcopy()", (self,), _getframe(1))


for _cls_name, _method in {
    "__array_ufunc__": _numpy_ufunc,
    "__array_function__": _numpy_function,
    "__copy__": _copy,
    "__deepcopy__": _deepcopy,
}.items():
    setattr(Node, _cls_name, _method)


def _wrapped_infix(function: Method, sign: str) -> tuple[Method, Method]:
    def method(self: Node, other: Value) -> Value:
        value = function(self._plain(), plain(other))
        return _linked(value, sign, (self, *hold((other,))), _getframe(1))

    def reflected(self: Node, other: Value) -> Value:
        value = function(plain(other), self._plain())
        return _linked(value, sign, (*hold((other,)), self), _getframe(1))

    return method, reflected


def _wrapped_call(function: Method, op: str) -> Method:
    def method(self: Node, *args: Value) -> Value:
        value = function(self._plain(), *map(plain, args))
        return _linked(value, op, (self, *hold(args)), _getframe(1))

    return method


def _wrapped_read(function: Method) -> Method:
    def method(self: Node, *args: Value) -> Value:
        note_read(self, *args)
        return function(self._plain(), *map(plain, args))

    return method


def _give_operators(cls: type[Wrapper]) -> None:
    for name, sign in _INFIX.items():
        function = getattr(operator, name if name not in ("and", "or") else f"{name}_")
        method, reflected = _wrapped_infix(function, sign)
        setattr(cls, f"__{name}__", method)
        setattr(cls, f"__r{name}__", reflected)
    for name, sign in _COMPARE.items():
        setattr(cls, f"__{name}__", _wrapped_call(getattr(operator, name), sign))
    for name, sign in _PREFIX.items():
        setattr(cls, f"__{name}__", _wrapped_call(getattr(operator, name), f"{sign}x"))
    for name, function in _NAMED.items():
        setattr(cls, f"__{name}__", _wrapped_call(function, f"{name}()"))
    for name, function in _READING.items():
        setattr(cls, f"__{name}__", _wrapped_read(function))


_give_operators(Wrapper)


# --- Values that are instances of their own type ----------------------------------------------


def _native(base: type, plain_value: Method) -> Value:
    """A node type whose nodes are instances of `base`, with every method of it traced."""
    body: dict[str, Any] = {"__module__": __name__, "_plain": plain_value}
    if not base.__itemsize__:  # ints, bytes and tuples vary in size and allow no slots
        body["__slots__"] = ("_args", "_at", "_code", "_op")
    for name in dir(base):
        method = getattr(base, name)
        if name not in _INHERITED and _is_own_method(name, method):
            body[name] = _native_method(base, name, method)
    if "__add__" in body and "__radd__" not in body:
        body["__radd__"] = _after(base, vars(base)["__add__"])
    return type(f"{base.__name__.capitalize()}Node", (Node, base), body)


def _is_own_method(name: str, method: object) -> bool:
    slot = isinstance(method, MethodDescriptorType | WrapperDescriptorType)
    return slot and method is not getattr(object, name, None)


def _native_method(base: type, name: str, method: Method) -> Method:
    bare = name.strip("_")
    if name in _CHANGING:
        return _changing(name, method)
    if not name.startswith("__"):
        return _native_call(method, f".{name}()")
    if bare == "pow":  # takes a modulus too
        return _native_call(method, "**")
    if bare in _INFIX and base in (float, int):
        return _number_infix(method, _INFIX[bare])
    if bare in _INFIX:
        return _native_call(method, _INFIX[bare])
    if bare[:1] == "r" and bare[1:] in _INFIX:
        return _native_reflected(method, _INFIX[bare[1:]])
    if bare in ("iter", "reversed"):
        return _native_iteration(method)
    if bare == "getitem":
        return _native_call(method, "[]")
    if bare in _PREFIX:
        return _native_call(method, f"{_PREFIX[bare]}x")
    if bare in _READING or bare in _COMPARE:
        return _native_read(method)
    return _native_call(method, f"{bare}()")


def _number_infix(base_method: Method, sign: str) -> Method:
    def method(self: Node, other: Value) -> Value:
        value = base_method(self, other)
        if value is NotImplemented:
            return value
        kind = _KINDS.get(type(value))
        if kind is None:
            return link(value, sign, (self, other), _getframe(1))
        # Spelled out instead of calling `link`: chains of a million additions come through here.
        node: Value = kind(value)
        node._op = sign
        node._args = (self, other)
        frame = _getframe(1)
        node._code = frame.f_code
        node._at = frame.f_lasti
        return node

    return method


def _native_reflected(base_method: Method, sign: str) -> Method:
    def method(self: Node, other: Value) -> Value:
        value = base_method(self, other)
        if value is NotImplemented:
            return value
        return link(value, sign, (*hold((other,)), self), _getframe(1))

    return method


def _after(base: type, add: Method) -> Method:
    """`other + node` for types that know concatenation only from the left."""

    def method(self: Node, other: Value) -> Value:
        if not isinstance(other, base):
            return NotImplemented
        return link(add(_bare(other), self), "+", (*hold((other,)), self), _getframe(1))

    return method


def _native_call(base_method: Method, op: str) -> Method:
    def method(self: Node, *args: Value, **kwargs: Value) -> Value:
        value = base_method(self, *map(_bare, args), **kwargs)
        if value is NotImplemented:
            return value
        return _linked(value, op, (self, *hold((*args, *kwargs.values()))), _getframe(1))

    return method


def _native_read(base_method: Method) -> Method:
    def method(self: Node, *args: Value) -> Value:
        note_read(self, *args)
        return base_method(self, *map(_bare, args))

    return method


def _bare(value: Value) -> Value:
    """The value of a wrapper, which C code would not take for what it stands for."""
    return value._plain() if isinstance(value, Wrapper) else value


def _native_iteration(base_method: Method) -> Method:
    def method(self: Node) -> Iterator[Value]:
        items = base_method(self)
        if isinstance(self, dict):
            note_read(self)
            return iter(items)
        return _items(self, items, _getframe(1))

    return method


class _Was:
    """How a container looked before it was changed."""

    __slots__ = ("text",)

    def __init__(self, value: object) -> None:
        self.text = brief(value)

    def __repr__(self) -> str:
        return self.text


def _changing(name: str, base_method: Method) -> Method:
    """A method that changes the container in place: the node is then made from its former self."""

    def method(self: Value, *args: Value, **kwargs: Value) -> Value:
        before: Value = ObjectNode(_Was(self))
        before._op, before._args = self._op, self._args
        before._code, before._at = self._code, self._at
        value = base_method(self, *args, **kwargs)
        op = f"{name}()" if name.startswith("__") else f".{name}()"
        attach(self, op, (before, *hold((*args, *kwargs.values()))), _getframe(1))
        if value is None or value is self:
            return value
        return _linked(value, op, self._args, _getframe(1))

    return method


def _pairs(self: Value) -> list[tuple[Value, Value]]:
    frame = _getframe(1)
    return [(key, _linked(item, "[]", (self, key), frame)) for key, item in dict.items(self)]


def _values(self: Value) -> list[Value]:
    frame = _getframe(1)
    return [_linked(item, "[]", (self, key), frame) for key, item in dict.items(self)]


def _float64_node(float64: type) -> Callable[[Value], Node]:
    """Nodes of numpy's float64, which is a float to everybody else."""

    def plain_value(self: Value) -> Value:
        return float64(float.__pos__(self))

    body = {"__slots__": ("_args", "_at", "_code", "_op"), "_plain": plain_value}
    return type("Float64Node", (Wrapper, float64), body)


FloatNode = _native(float, float.__pos__)
IntNode = _native(int, int.__pos__)
StrNode = _native(str, str.__str__)
BytesNode = _native(bytes, lambda self: bytes.__getitem__(self, slice(None)))
TupleNode = _native(tuple, lambda self: tuple.__getitem__(self, slice(None)))
ListNode = _native(list, list.copy)
DictNode = _native(dict, dict.copy)
DictNode.values, DictNode.items = _values, _pairs
for _base, _kind in (
    (float, FloatNode),
    (int, IntNode),
    (str, StrNode),
    (bytes, BytesNode),
    (tuple, TupleNode),
    (list, ListNode),
    (dict, DictNode),
):
    _KINDS[_base] = _kind


def node(value: Value, name: str = "") -> Value:
    """Return `value` as a node of its own, the start of a trace. `name` is for rendering.

    None, bools, members of an enumeration and functions come back plain.
    """
    return _linked(value, "node", (name,), _getframe(1))
