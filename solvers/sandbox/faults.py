"""What a candidate's own exceptions are called, as its runner describes them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from types import TracebackType

from optwright.solvers.sandbox.contract import ErrorKind, RunError
from optwright.solvers.sandbox.wire import MESSAGE_CHARS

SOURCE = "<candidate>"


def caught(action: Callable[[], None], *, exits: bool = False) -> RunError | None:
    """What `action` raised. `exit()` is none, as after the work is done, unless `exits`."""
    try:
        action()
    except SystemExit as error:
        return described(error) if exits else None
    except BaseException as error:  # noqa: BLE001  # foreign code raises what it likes
        return described(error)
    return None


def described(error: BaseException) -> RunError:
    kind = ErrorKind.MEMORY if isinstance(error, MemoryError) else ErrorKind.EXCEPTION
    line = _line_of(error.__traceback__)
    if isinstance(error, SyntaxError) and error.filename == SOURCE:
        kind, line = ErrorKind.SYNTAX, error.lineno
    return RunError(kind, f"{type(error).__name__}: {error}"[:MESSAGE_CHARS], line)


def _line_of(trace: TracebackType | None) -> int | None:
    """The innermost line of the candidate's own source in this traceback."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == SOURCE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):  # closed or replaced
            stream.flush()
