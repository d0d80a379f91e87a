"""Whether two functions are the same function: by what they compute, not where they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from types import CodeType, FunctionType
from typing import Any

MOST_FUNCTIONS = 200  # of the user's own that one function calls, directly or not
_PLAIN = (str, bytes, int, float, complex, bool, type(None))


def digest(function: Callable[..., Any]) -> str:
    """A digest of the bytecode of a function, its defaults, the plain values it closes over, and
    the functions of its own module that it names. What it reads from elsewhere is not part of it.
    """
    found = sha256()
    for part in _parts(function):
        found.update(part.encode("utf-8", errors="backslashreplace"))
        found.update(b"\0")
    return found.hexdigest()[:16]


def _parts(function: Callable[..., Any]) -> Iterator[str]:
    waiting: list[Any] = [function]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_FUNCTIONS:
        here = _unwrapped(waiting.pop())
        if not isinstance(here, FunctionType) or id(here) in seen:
            continue
        seen.add(id(here))
        yield from _code(here.__code__)
        yield repr([v for v in (here.__defaults__ or ()) if isinstance(v, _PLAIN)])
        around = [cell.cell_contents for cell in here.__closure__ or () if _is_filled(cell)]
        yield repr([value for value in around if isinstance(value, _PLAIN)])
        named = [here.__globals__.get(name) for name in here.__code__.co_names]
        waiting += [f for f in (*named, *around) if _module(f) == here.__module__]


def _code(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)


def _unwrapped(function: Any) -> Any:  # whatever can be called
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return getattr(function, "__func__", function)


def _module(value: object) -> str | None:
    return getattr(_unwrapped(value), "__module__", None) if callable(value) else None


def _is_filled(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018  # it raises where the variable has no value
    except ValueError:
        return False
    return True
