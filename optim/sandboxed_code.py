"""Calling code that an optimizer wrote: in one sandbox per process, shared by all `Code`."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from optwright.errors import InputError, SandboxUnavailable
from optwright.solvers.sandbox import ErrorKind, Limits, RunReport, Sandbox

Json = Any

_BOXES: dict[tuple[int, str], Sandbox] = {}
"""Open sandboxes by process and level: a forked worker must not use its parent's."""
_LOCK = threading.Lock()


def call_boxed(
    source: str,
    function: str,
    arguments: Sequence[Json] | Mapping[str, Json],
    *,
    level: str,
    timeout_s: float,
) -> Json:
    """What `function` of `source` returns for arguments that are JSON data.

    A run that fails - an exception, a timeout, a result that is not JSON - is an `InputError` with
    the line: the code is at fault. A sandbox that is not to be had is `SandboxUnavailable`.
    """
    report = _box(level).call_function(source, function, arguments, Limits(wall_s=timeout_s))
    if not report.ok:
        raise _fault(function, report)
    return report.claim


def _box(level: str) -> Sandbox:
    key = os.getpid(), level
    with _LOCK:
        if key not in _BOXES:
            box = Sandbox(level).__enter__()
            atexit.register(_close, key)
            _BOXES[key] = box
        return _BOXES[key]


def _close(key: tuple[int, str]) -> None:
    if key[0] == os.getpid():
        _BOXES.pop(key).__exit__(None, None, None)


def _fault(function: str, report: RunReport) -> Exception:
    if report.error is not None and report.error.kind is ErrorKind.LOST:
        return SandboxUnavailable(f"the sandbox ended while {function} ran: {report.error}")
    printed = f"; it printed {report.stdout[-300:]!r}" if report.stdout else ""
    return InputError(f"{function} failed: {report.error}{printed}")
