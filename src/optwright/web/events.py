"""What is going on at the desk, as a stream of events for the browser.

Each event says everything there is to know, so that a browser that missed some, or comes back,
needs only the next one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress

from optwright.web.desk import Desk

_TICK_S = 1.0  # while a turn is worked on: seconds and calls count up
_COLUMNS = 80  # of the line
_REST_S = 15.0  # otherwise: so that a connection nobody needs is noticed


async def stream(desk: Desk) -> AsyncIterator[str]:
    """Events of `text/event-stream`, at once whenever something is new, until the desk is left."""
    with desk.bell.listening() as rung:
        while not desk.left:
            rung.clear()
            yield f"data: {json.dumps(state(desk))}\n\n"
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), _TICK_S if desk.working else _REST_S)
    yield "event: left\ndata: {}\n\n"


def state(desk: Desk) -> dict[str, object]:
    """Whether a turn is worked on and by whom; `news` grows with what there is to show."""
    live = desk.live
    return {
        "working": live is not None,
        "line": live.line_within(_COLUMNS) if live is not None else "",
        "who": f"{live.agent}: {live.what}" if live is not None else "",
        "news": desk.news,
    }
