"""Functions whose calls become part of a trace, sync, async and generators."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextvars import copy_context
from enum import Enum
from functools import partial, update_wrapper
from sys import _getframe
from types import CellType, FrameType
from typing import ParamSpec, TypeVar, cast

from optwright.errors import InputError
from optwright.optim.feedback import describe
from optwright.optim.nodes import READS, Call, Node, Reads, Value, attach, nodes_in, plain
from optwright.optim.operators import ObjectNode, link
from optwright.optim.parameters import Tunable

P = ParamSpec("P")


R = TypeVar("R")


class TracedFunction:
    """A traced function as traces know it: its name, the first line of its docstring, its code."""

    __slots__ = ("doc", "name", "python")

    def __init__(self, python: Callable[..., Value]) -> None:
        self.python = python
        self.name: str = getattr(python, "__qualname__", repr(python)).rpartition("<locals>.")[2]
        self.doc = (inspect.getdoc(python) or "").partition("\n")[0]


class Failure:
    """Stands in a trace where a call raised instead of returning."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def traced(function: Callable[P, R]) -> Callable[P, R]:
    """Make calls of `function` part of the trace; it may be sync, async or a generator of either.

    A call returns what the function returns, as a node; None, functions and other generators stay
    what they are. It hangs on the node
    returned, on parameters and nodes whose plain value decided something inside, and, when the
    function returns a plain value, on all nodes among its arguments and closure.

    >>> @traced
    ... def twice(x: float) -> float:
    ...     return 2 * x
    >>> twice(4.0) + 1
    9.0
    """
    if not callable(function) or inspect.isclass(function):
        raise InputError(f"only functions can be traced, not {function!r}")
    operation = TracedFunction(function)
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(function, operation)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(function, operation)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(function, operation)
    else:
        wrapper = _plain_function(function, operation)
    return cast("Callable[P, R]", update_wrapper(wrapper, function))


def carry(function: Callable[P, R]) -> Callable[P, R]:
    """Bind `function` to the values and the trace of here, for a thread that starts without them.

    Tasks and `asyncio.to_thread` need no help; `ThreadPoolExecutor.submit(carry(f))` does.
    """
    context = copy_context()

    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        # A context admits one thread at a time, so every call gets its own copy.
        return context.copy().run(function, *args, **kwargs)

    return update_wrapper(carried, function)


class _Running:
    """One call in progress: what it read, and how its end becomes a node.

    As a context it records reads, and puts a trace on any exception that leaves the function; a
    generator enters it for every step.
    """

    __slots__ = ("args", "kwargs", "operation", "reads", "token")

    def __init__(
        self, operation: TracedFunction, args: tuple[Value, ...], kwargs: dict[str, Value]
    ) -> None:
        self.operation, self.args, self.kwargs = operation, args, kwargs
        self.reads = Reads()

    def __enter__(self) -> None:
        self.token = READS.set(self.reads)

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        READS.reset(self.token)
        if isinstance(error, Exception) and not isinstance(error, _ENDS):
            self._failed(error)

    def result(self, value: Value, frame: FrameType | None = None) -> Value:
        if value is None:
            return None
        if isinstance(value, Node):
            sources = [value, *self.reads.decisive.values()]
        else:
            sources = [*nodes_in(value), *self._everything()]
        call = Call(self.args, self.kwargs, sources)
        if isinstance(value, bool | Enum):  # an answer, not a decision on the way to one
            return attach(ObjectNode(value), self.operation, (call,), frame)
        return link(plain(value), self.operation, (call,), frame)

    def _failed(self, error: Exception) -> None:
        inner: Node | None = getattr(error, FAILED, None)
        sources = self._everything() if inner is None else [inner, *self.reads.decisive.values()]
        call = Call(self.args, self.kwargs, sources)
        failed = attach(ObjectNode(Failure(describe(error))), self.operation, (call,), None)
        setattr(error, FAILED, failed)

    def _everything(self) -> list[Node]:
        """All a plain result may hang on: C code reads a node without telling us."""
        around = nodes_in([self.args, self.kwargs, _captured(self.operation.python)])
        return [*around, *self.reads.decisive.values(), *self.reads.touched.values()]


_ENDS = (StopIteration, StopAsyncIteration)


FAILED = "__optwright_failed_call__"


def _captured(function: Value) -> list[Node]:
    """Nodes that a function sees around it: in its closure, and among the globals it names.

    Parameters are left out: unlike nodes they are never read without telling us.
    """
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    code = getattr(function, "__code__", None)
    if code is None:
        return []
    around = [_contents(cell) for cell in function.__closure__ or ()]
    around += [function.__globals__.get(name) for name in code.co_names]
    return [v for v in around if isinstance(v, Node) and not isinstance(v, Tunable)]


def _contents(cell: CellType) -> Value:
    try:
        return cell.cell_contents
    except ValueError:  # the variable has no value yet
        return None


def _plain_function(function: Value, operation: TracedFunction) -> Callable[..., Value]:
    def wrapper(*args: Value, **kwargs: Value) -> Value:
        running = _Running(operation, args, kwargs)
        with running:
            value = function(*args, **kwargs)
        if hasattr(type(value), "__await__"):
            return _awaited(running, value)
        return running.result(value, _getframe(1))

    return wrapper


async def _awaited(running: _Running, value: Awaitable[Value]) -> Value:
    with running:
        result = await value
    return running.result(result)


def _coroutine(function: Value, operation: TracedFunction) -> Callable[..., Value]:
    async def wrapper(*args: Value, **kwargs: Value) -> Value:
        return await _awaited(_Running(operation, args, kwargs), function(*args, **kwargs))

    return wrapper


def _generator(function: Value, operation: TracedFunction) -> Callable[..., Value]:
    def wrapper(*args: Value, **kwargs: Value) -> Generator[Value, Value, Value]:
        running = _Running(operation, args, kwargs)
        steps = function(*args, **kwargs)
        advance = partial(next, steps)
        while True:
            try:
                with running:
                    item = advance()
            except StopIteration as end:
                return running.result(end.value)
            try:
                sent = yield running.result(item)
                advance = partial(steps.send, sent)
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as error:  # noqa: BLE001 - `throw` hands any to the generator
                advance = partial(steps.throw, error)

    return wrapper


def _async_generator(function: Value, operation: TracedFunction) -> Callable[..., Value]:
    async def wrapper(*args: Value, **kwargs: Value) -> AsyncGenerator[Value, Value]:
        running = _Running(operation, args, kwargs)
        steps = function(*args, **kwargs)
        advance = steps.__anext__
        while True:
            try:
                with running:
                    item = await advance()
            except StopAsyncIteration:
                return
            try:
                sent = yield running.result(item)
                advance = partial(steps.asend, sent)
            except GeneratorExit:
                await steps.aclose()
                raise
            except BaseException as error:  # noqa: BLE001 - `athrow` hands any to the generator
                advance = partial(steps.athrow, error)

    return wrapper
