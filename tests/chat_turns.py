"""A conversation that can be killed anywhere: `python chat_turns.py DIRECTORY WHERE NUMBER`.

It takes turns in the session DIRECTORY until it has taken 6, and kills itself with SIGKILL when
WHERE (`solve`, `version`, `turn` or `checkpoint`) happens for the NUMBERth time (0 is never). At
its end it prints how many turns and versions there are.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from optwright.agents.chat.session import ChatSession, Settings
from optwright.agents.chat.store import Store
from optwright.agents.chat.thread import Thread
from optwright.agents.chat.whatif.scenario import WhatIf
from optwright.agents.problem import Problem
from tests.chats import CANDY, CANDY_TEXT, solved

DIRECTORY, WHERE, NUMBER = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
TURNS = (
    "at most 35 gift boxes",
    "what if chocolate is 10 % lower",
    "keep",
    "undo",
    "at most 34 gift boxes",
)
_events = count(1)


def dying(work: Callable[..., Any], where: str, after: bool = False) -> Callable[..., Any]:
    def worked(*arguments: Any, **named: Any) -> Any:
        now = where == WHERE and next(_events) == NUMBER
        if now and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = work(*arguments, **named)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return worked


def main() -> None:
    """Take the turns that are left."""
    for owner, name, where in (
        (WhatIf, "scenario", "solve"),
        (Store, "put_version", "version"),
        (Store, "put_turn", "turn"),
        (Thread, "turn", "checkpoint"),
    ):
        setattr(owner, name, dying(getattr(owner, name), where, after=where != "solve"))
    with ChatSession(DIRECTORY, Settings(model=None)) as session:
        if not session.history.current:
            session.adopt(Problem(CANDY_TEXT), solved(CANDY))
        while len(session.turns) < 6:
            session.turn(TURNS[len(session.turns) - 1])
        sys.stdout.write(f"{len(session.turns)} {len(session.history.versions)}\n")


if __name__ == "__main__":
    main()
