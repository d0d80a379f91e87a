"""The command `optwright ui`: a session in the browser until Ctrl-C."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.chat.opening import Opened, Wanted, opened, session_options
from optwright.cli.session import emit, told_to_end, verbose_option
from optwright.errors import ExtraMissing

if TYPE_CHECKING:
    from optwright.web.desk import Desk

_NEEDED = ("starlette", "uvicorn", "jinja2", "python_multipart")


@click.command()
@session_options
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="A free one if not given."
)
@click.option("--no-open", is_flag=True, help="Print the address; open no browser.")
@verbose_option
def ui(*, port: int, no_open: bool, **options: Any) -> int:
    """Talk about a decision in the browser: PROBLEM is a text or a file that holds it.

    The address is for this machine only and holds a token. Ctrl-C ends it; every turn is kept:
    come back with --last, here or with 'optwright chat'.
    """
    _demand_extra()
    from optwright.agents.chat.store import Sessions
    from optwright.web.desk import Desk
    from optwright.web.server import serving, shown

    with told_to_end(), opened(Wanted(**options)) as start:
        sessions = Sessions(start.session_dir) if start.session_dir else Sessions()
        desk = Desk(start.chat, start.name, small=start.is_small, sessions=sessions)
        with suppress(KeyboardInterrupt), ExitStack() as stack:
            stack.callback(desk.close)
            url = stack.enter_context(serving(desk, port))
            emit(f"session {start.name}: {url}\nCtrl-C ends it")
            if not no_open:
                stack.enter_context(shown(url))
            _begin(desk, start)
            desk.run()
        last = replace(start, name=desk.name)
        emit(f"\nthe session is kept; go on with: {last.again('ui')}")
    return 0


def _demand_extra() -> None:
    from importlib.util import find_spec

    for package in _NEEDED:
        if find_spec(package) is None:
            raise ExtraMissing(package, "ui")


def _begin(desk: Desk, start: Opened) -> None:
    """Leave the work that the options ask for: a solved problem, tables, a problem."""
    if start.solved is not None:
        desk.adopt(*start.solved)
    elif start.data or start.problem:
        desk.begin(start.data, start.problem)
