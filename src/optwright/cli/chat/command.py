"""The command `optwright chat`: a session, and how it is shown on a terminal or through a pipe."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from optwright.cli.chat.opening import Opened, Wanted, opened, session_options
from optwright.cli.progress import showing
from optwright.cli.session import emit, told_to_end, verbose_option

if TYPE_CHECKING:
    from optwright.agents.chat.store import Sessions
    from optwright.cli.chat.conversation import Conversation
    from optwright.cli.chat.typed import Typed


@click.command()
@session_options
@click.option("--list", "listing", is_flag=True, help="List the sessions and leave.")
@click.option("--plain", is_flag=True, help="Sentences only: no colour, boxes or bars.")
@verbose_option
def chat(*, listing: bool, plain: bool, **options: Any) -> int:
    """Talk about a decision until its model is right: PROBLEM is a text or a file that holds it.

    Every turn is kept. Leave with Ctrl-D, come back with --last. Turns can be piped in; the exit
    status is then that of the last turn: 0, or what 'optwright solve' ends with.
    """
    wanted = Wanted(**options)
    if listing:
        return _list(wanted.sessions)
    with ExitStack() as kept:
        kept.enter_context(told_to_end())
        with showing(quiet=not sys.stderr.isatty()) as shown:
            shown.on_step("session", "opens")  # which takes a second, most of it imports
            start = kept.enter_context(opened(wanted))
        # Not above: what shows progress stands in for the output, and is no terminal to a prompt.
        talk = _conversation(start, wanted.sessions, plain=plain)
        talk.begin(start.problem, start.data, start.solved)
        talk.run()
        talk.farewell(start.again("chat"))
    return 0 if sys.stdin.isatty() else talk.status


def _conversation(start: Opened, sessions: Sessions, *, plain: bool) -> Conversation:
    from optwright.cli.chat import slash
    from optwright.cli.chat.conversation import Conversation
    from optwright.cli.chat.shown import Screen
    from optwright.cli.chat.typed import Piped

    session = start.chat
    typed: Typed = Piped()
    if sys.stdin.isatty() and sys.stdout.isatty():
        from optwright.cli.chat.prompt import Terminal

        typed = Terminal(slash.NAMES, lambda: session.words, sessions.directory / "history")
    else:
        plain = True
    return Conversation(session, typed, Screen(plain), start.name, start.is_small)


def _list(sessions: Sessions) -> int:
    """A line for each session, the one used last at the end."""
    names = sessions.names()
    emit("\n".join(names) or f"there are no sessions in {str(sessions.directory)!r}")
    return 0
