"""Turning a supervisor's answer and a candidate's bytes into a `RunReport`."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from optwright.errors import SandboxUnavailable
from optwright.solvers.sandbox.contract import (
    ErrorKind,
    Json,
    Level,
    Limits,
    RunError,
    RunReport,
)
from optwright.solvers.sandbox.wire import Result, read_json, read_result


def read_report(
    head: Mapping[str, Any],
    blobs: Mapping[str, bytes],
    limits: Limits,
    level: Level,
    layers: tuple[str, ...],
) -> RunReport:
    """The report of one run; raises `SandboxUnavailable` if it could not be guarded."""
    if head["end"] == "unguarded":
        raise SandboxUnavailable(f"a layer of the sandbox failed: {head['why']}")
    stdout = blobs["stdout"].decode(errors="replace")
    error = end_of(head, limits)
    result = Result(error=error) if error else _result(blobs["result"])
    return RunReport(
        ok=result.error is None,
        lp_text=result.lp_text if result.error is None else None,
        json_text=result.json_text if result.error is None else None,
        names=result.names,
        claim=_printed(stdout) if result.value is None else result.value,
        stdout=stdout,
        stderr=blobs["stderr"].decode(errors="replace"),
        error=result.error,
        seconds=head["seconds"],
        level=level,
        layers=layers,
    )


def lost(level: Level, layers: tuple[str, ...]) -> RunReport:
    """The report of a run whose sandbox died under it."""
    error = RunError(ErrorKind.LOST, "the sandbox's own process died during the run, twice")
    return RunReport(ok=False, error=error, level=level, layers=layers)


def end_of(head: Mapping[str, Any], limits: Limits) -> RunError | None:
    """What ended the run before its time, or None if it came to its end."""
    match head:
        case {"end": "exit", "status": 0}:
            return None
        case {"end": "exit", "status": int(status)} if -status in (signal.SIGXCPU, signal.SIGKILL):
            return RunError(ErrorKind.TIMEOUT, "it used up its CPU time or its memory")
        case {"end": "exit", "status": int(status)}:
            return RunError(ErrorKind.CRASH, f"it ended {_how(status)}")
        case {"end": "flood", "stream": str(stream)}:
            return RunError(ErrorKind.OUTPUT, f"it wrote too much to its {stream}")
        case _:
            return RunError(ErrorKind.TIMEOUT, f"it ran longer than {limits.wall_s:g} s")


def _how(status: int) -> str:
    if status >= 0:
        return f"with exit status {status}"
    return f"by {signal.Signals(-status).name}"


def _result(blob: bytes) -> Result:
    if not blob:
        return Result(error=RunError(ErrorKind.CRASH, "it ended without giving its result"))
    return read_result(blob)


def _printed(stdout: str) -> Json:
    """The last line printed, if it is JSON."""
    lines = stdout.rstrip().rsplit("\n", 1)
    try:
        return read_json(lines[-1])
    except ValueError:
        return None
