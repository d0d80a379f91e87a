"""How a command ends that does not end well: what is said, and the exit status."""

from __future__ import annotations

import os
import sys
import time
import traceback
from pathlib import Path
from textwrap import indent

import click

from optwright.cli.session import ReaderLeft, Session, tell
from optwright.errors import Bug, InputError, OptwrightError

BAD_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells say
PIPE_CLOSED = 141  # 128 + SIGPIPE


def ending(error: BaseException, session: Session) -> int:
    """Say what happened on standard error and return the exit status."""
    if isinstance(error, ReaderLeft | BrokenPipeError):
        return _pipe_closed()
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else Bug.exit_status
    if session.verbose and not isinstance(error, click.ClickException):
        from optwright.serving.redact import redact

        tell(redact("".join(traceback.format_exception(error)).rstrip()))
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return _interrupted(session)
    if isinstance(error, click.ClickException):
        return _misused(error)
    if not isinstance(error, OptwrightError):
        error = bug(error, session.runs)
    return _expected(error, session)


def _expected(error: OptwrightError, session: Session) -> int:
    tell(f"optwright: {error}")
    if isinstance(error, InputError) and error.excerpt:
        tell(indent(error.excerpt, "    "))
    if error.hint:
        tell(f"hint: {error.hint}")
    if session.run:
        tell(f"the run is kept; go on with: {_resume(session)}")
    return error.exit_status


def _misused(error: click.ClickException) -> int:
    tell(f"optwright: {error.format_message()}")
    if isinstance(error, click.UsageError) and error.ctx is not None:
        tell(f"hint: {error.ctx.command_path} --help")
    return BAD_INPUT


def _interrupted(session: Session) -> int:
    tell("optwright: stopped")
    if session.run:
        tell(f"what was paid for is kept; go on with: {_resume(session)}")
    return INTERRUPTED


def _resume(session: Session) -> str:
    where = f" --run-dir {session.runs}" if session.runs is not None else ""
    return f"optwright runs resume {session.run}{where}"


def bug(error: BaseException, runs: Path | None = None) -> Bug:
    """What nobody expected as an error of ours; its trace is written beside the runs, or told
    where that cannot be."""
    from optwright.serving.redact import redact

    trace = redact("".join(traceback.format_exception(error)))
    said = str(error).partition("\n")[0]  # what others noted on it stands in the trace
    what = redact(f"{type(error).__name__}: {said}")
    where = _written(trace, runs)
    report = (
        trace if where is None else f"please report it together with the trace in {str(where)!r}"
    )
    return Bug(f"this is a bug in optwright: {what}", hint=report)


def _written(trace: str, runs: Path | None) -> Path | None:
    """Where the trace was written: beside the runs, or nowhere."""
    from optwright.agents.runs.place import default_directory

    directory = runs or default_directory()
    path = directory / f"bug-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(trace, encoding="utf-8")
    except OSError:
        return None
    return path


def _pipe_closed() -> int:
    """Leave quietly: whoever read the output has seen enough."""
    # Python flushes standard output once more at exit, and would complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return PIPE_CLOSED
