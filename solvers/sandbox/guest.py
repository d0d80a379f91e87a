"""What runs beside a program under evaluation: its source once, then every call of it.

The first message on the pipe of requests holds the source, the others are calls. This shares a
process with hostile code, so nothing that it says is believed. It answers until the pipe ends.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import os
import sys
from types import ModuleType
from typing import Any, NoReturn

from optwright.solvers.sandbox.contract import ErrorKind, RunError
from optwright.solvers.sandbox.faults import SOURCE, caught, described, flush
from optwright.solvers.sandbox.payload import PayloadError, pack, read_message, unpack

REQUESTS_FD, REPLIES_FD = 3, 4
UNLIMITED = 1 << 62  # what comes from our side is as large as our side made it


def answer() -> NoReturn:
    """Run the source as a main program, then do what is asked until nobody asks any more."""
    gc.enable()
    with contextlib.suppress(EOFError, OSError):
        space, error = _execute(_asked()["source"])
        _reply({} if error is None else {"error": error.to_json()})
        while error is None:
            _reply(_done(space, _asked()))
    flush()
    os._exit(0)


def warm_up(times: int = 16) -> None:
    """Do, before the first fork, what every program's process does: what it finds done is memory
    that it does not write to, and so need not copy."""
    main = sys.modules["__main__"]
    read, write = os.pipe()
    for _ in range(times):
        space, _ = _execute("def f(x):\n    return x\n")
        os.write(write, pack({"call": "f", "args": [0], "kwargs": {}}))
        request = unpack(read_message(lambda size: os.read(read, size), UNLIMITED))
        pack(_done(space, request))
    sys.modules["__main__"] = main
    os.close(read)
    os.close(write)


def _asked() -> dict[str, Any]:
    return unpack(read_message(_read, UNLIMITED))


def _read(size: int) -> bytes:
    return os.read(REQUESTS_FD, size)


def _execute(source: str) -> tuple[dict[str, Any], RunError | None]:
    main = ModuleType("__main__")
    main.__dict__.update(__builtins__=builtins)
    sys.modules["__main__"] = main
    try:
        code = compile(source, SOURCE, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return {}, described(error)
    return main.__dict__, caught(lambda: exec(code, main.__dict__))


def _done(space: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    name = request["call"]
    if not callable(function := space.get(name)):
        error = RunError(ErrorKind.MISSING, f"the program has no function {name!r}")
        return {"error": error.to_json()}
    value: Any = None

    def call() -> None:
        nonlocal value
        value = function(*request["args"], **request["kwargs"])

    problem = caught(call, exits=True)
    return {"value": value} if problem is None else {"error": problem.to_json()}


def _reply(reply: dict[str, Any]) -> None:
    try:
        message = pack(reply)
    except PayloadError as error:
        problem = RunError(ErrorKind.OUTPUT, f"what it returned cannot be handed out: {error}")
        message = pack({"error": problem.to_json()})
    view = memoryview(message)
    while view:
        view = view[os.write(REPLIES_FD, view) :]
