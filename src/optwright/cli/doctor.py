"""`optwright doctor`: what this machine has, and what to do about what it lacks."""

from __future__ import annotations

import json
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from optwright.cli.session import emit, json_option, run_dir_option, verbose_option

if TYPE_CHECKING:
    from optwright.agents.doctor import Check

_WIDTH = 80
_UNAVAILABLE = 4


@click.command()
@json_option
@run_dir_option
@verbose_option
def doctor(*, as_json: bool, run_dir: Path | None) -> int:
    """Look at models, solvers, sandbox and machine, and say what to do.

    Exit status: 4 if something is missing that everything needs, otherwise 0.
    """
    from optwright.agents.doctor import examine
    from optwright.agents.runs import default_directory

    checks = examine(run_dir or default_directory())
    if as_json:
        emit(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        emit("\n".join(map(_line, checks)))
    return _UNAVAILABLE if any(c.needed and not c.ok for c in checks) else 0


def _line(check: Check) -> str:
    mark = "ok" if check.ok else "MISSING" if check.needed else "--"
    told = _wrapped(f"{mark:<8}{check.name}: {check.found}", "")
    return f"{told}\n{_wrapped(f'-> {check.todo}', ' ' * 8)}" if check.todo else told


def _wrapped(text: str, indent: str) -> str:
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * 10,
        break_on_hyphens=False,
        break_long_words=False,
    )
