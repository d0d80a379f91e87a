"""What a traced program calls and nobody traced: the user's own functions, and models asked.

A trace has what was traced. A tool that an agent calls, or a model that it asks inside a traced
function, would be missing from it, so such calls are recorded while the program runs, in its own
thread. What libraries call among themselves is not looked at.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import unwrap
from reprlib import Repr
from types import CodeType, FrameType
from typing import Any

from optwright.optim import trace
from optwright.optim.feedback import in_library
from optwright.optim.nodes import plain_deep
from optwright.serving.models import Model

MOST_CALLS = 20  # that are told, the first ones
MOST_EVENTS = 20_000  # that are looked at: a program that computes for long is not slowed down

_told = Repr()
_told.maxstring = _told.maxother = 600
_told.maxlist = _told.maxtuple = _told.maxdict = 12
_ASKS = unwrap(Model.ask).__code__
_TRACING = trace.traced.__code__.co_filename


@dataclass(slots=True)
class Calls:
    """The calls of one run, in the order in which they ended."""

    lines: list[str] = field(default_factory=list)
    more: Counter[str] = field(default_factory=Counter)

    def text(self) -> str:
        """A line for each call; nothing where there were none."""
        rest = [f"{name}: {count} more calls" for name, count in self.more.items()]
        lines = [*self.lines, *rest]
        return "\n".join(["called inside, untraced:", *lines]) if lines else ""

    def add(self, name: str, line: str) -> None:
        if len(self.lines) < MOST_CALLS:
            self.lines.append(line)
        else:
            self.more[name] += 1


@contextmanager
def recording(program: Callable[..., Any], *, wanted: bool) -> Iterator[Calls]:
    """Record the calls inside `program`, unless somebody else profiles this thread."""
    calls = Calls()
    if not wanted or sys.getprofile() is not None:
        yield calls
        return
    own = getattr(unwrap(program), "__code__", None)
    sys.setprofile(_Watch(calls, own))
    try:
        yield calls
    finally:
        sys.setprofile(None)


class _Watch:
    """The profiler: what a call was given is read when it begins, as it may change it."""

    def __init__(self, calls: Calls, own: CodeType | None) -> None:
        self._calls, self._own = calls, own
        self._open: dict[int, str] = {}
        self._events = 0
        self._known: dict[CodeType, bool] = {}

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        self._events += 1
        if self._events > MOST_EVENTS:
            sys.setprofile(None)
        elif event == "call" and self._is_told(frame):
            self._open[id(frame)] = _asked(frame)
        elif event == "return" and id(frame) in self._open:
            name = frame.f_code.co_name
            self._calls.add(name, f"{self._open.pop(id(frame))} -> {_shown(arg)}")

    def _is_told(self, frame: FrameType) -> bool:
        code = frame.f_code
        if code not in self._known:
            module = str(frame.f_globals.get("__name__"))
            others = module.startswith("optwright.") or in_library(code.co_filename)
            generated = code.co_filename == "<string>" and code.co_name.startswith("__")
            named = code is not self._own and not code.co_name.startswith("<") and not generated
            self._known[code] = code is _ASKS or (named and not others)
        if not self._known[code]:
            return False
        caller = frame.f_back  # a traced function is in the trace itself
        return caller is None or caller.f_code.co_filename != _TRACING


def _asked(frame: FrameType) -> str:
    code = frame.f_code
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    given = {name: frame.f_locals.get(name) for name in names if name not in ("self", "cls")}
    if code is _ASKS:
        return f"ask({_shown(given['text'])})"
    return f"{code.co_name}({', '.join(f'{n}={_shown(v)}' for n, v in given.items())})"


def _shown(value: object) -> str:
    try:
        return _told.repr(plain_deep(value))
    except Exception as error:  # noqa: BLE001  # the user's own `__repr__`
        return f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
