"""`optwright doctor`: what this machine has, and what to do about what it lacks."""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.session import (
    emit,
    json_option,
    named,
    run_dir_option,
    settings_options,
    tell,
    timeout_option,
    verbose_option,
)

if TYPE_CHECKING:
    from optwright.doctor import Check, Findings
    from optwright.solvers.sandbox.probes import Examination

_WIDTH = 80
_UNAVAILABLE = 4


@click.command()
@click.option("--quick", is_flag=True, help="Do not run the attacks on the sandbox.")
@click.option("--model", metavar="NAME", help="Ask this model, and say what was learnt of it.")
@settings_options
@timeout_option
@json_option
@run_dir_option
@verbose_option
def doctor(
    *,
    quick: bool,
    model: str | None,
    max_tokens: int | None,
    reasoning_effort: str | None,
    timeout: float | None,
    as_json: bool,
    run_dir: Path | None,
) -> int:
    """Look at models, solvers, sandbox and machine, and say what to do.

    The sandbox is tried with every attack there is, about ten seconds. With --model only that model
    is looked at: it is asked twice, which is paid for where it is not free.

    Exit status: 4 if something is missing that everything needs, or an attack on the sandbox got
    through; otherwise 0.
    """
    if model is not None:
        return _ask(named(model, max_tokens, reasoning_effort, timeout), as_json=as_json)
    from optwright.agents.runs.place import default_directory
    from optwright.doctor import examine

    if not quick and sys.stderr.isatty():
        tell("running the attacks on the sandbox, about ten seconds")
    found = examine(run_dir or default_directory(), attack=not quick)
    if as_json:
        emit(json.dumps(_as_json(found), indent=2))
    else:
        emit("\n".join(map(_line, found.checks)))
    return 0 if found.is_usable else _UNAVAILABLE


def _ask(name: str, *, as_json: bool) -> int:
    """Ask a model and show what was learnt; raises where it does not answer."""
    from optwright.serving.acquaintance import acquainted

    found = acquainted(name)
    if as_json:
        emit(json.dumps(asdict(found), indent=2))
    else:
        emit("\n".join([found.name, *(_wrapped(f"- {said}", "  ") for said in found.sentences)]))
    return 0


def _as_json(found: Findings) -> dict[str, Any]:
    checks = [asdict(check) for check in found.checks]
    return {"checks": checks, "sandbox": _sandbox_json(found.sandbox)}


def _sandbox_json(sandbox: Examination) -> dict[str, Any]:
    """The level that `auto` has here (null: it refuses), why layers are missing, and the attacks:
    how many ran, which were blocked, and which got through with what harm."""
    return {
        "level": sandbox.level,
        "layers": [layer for layer, missing in sandbox.layers.items() if not missing],
        "missing": {layer: missing for layer, missing in sandbox.layers.items() if missing},
        "probes": {
            "ran": len(sandbox.probes),
            "blocked": [probe.name for probe in sandbox.probes if probe.blocked],
            "open": [
                {"name": probe.name, "tries": probe.tries, "harm": probe.harm}
                for probe in sandbox.open
            ],
        },
    }


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
