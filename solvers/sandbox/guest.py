"""What runs beside a program under evaluation: its source once, then every call of it.

This shares a process with hostile code, so nothing that it says is believed. It answers until the
pipe of requests ends.
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


def answer(source: str) -> NoReturn:
    """Run the source as a main program, then do what is asked until nobody asks any more."""
    gc.enable()
    space, error = _execute(source)
    _reply({} if error is None else {"error": error.to_json()})
    with contextlib.suppress(EOFError, OSError):
        while error is None:
            request = unpack(read_message(lambda size: os.read(REQUESTS_FD, size), UNLIMITED))
            _reply(_done(space, request))
    flush()
    os._exit(0)


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
