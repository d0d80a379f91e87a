"""A fake endpoint that answers from a thread of its own, for tests of what runs no event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from tests.endpoint_behaviours import Answer, behaving
from tests.faulty_endpoint import endpoint


@contextmanager
def served(answer: Answer) -> Iterator[str]:
    """The address at which an answer is given to every request."""
    loop, found = asyncio.new_event_loop(), list[str]()
    began, over = asyncio.Event(), asyncio.Event()

    async def run() -> None:
        async with endpoint(behaving(answer)) as server:
            found.append(server.url)
            began.set()
            await over.wait()
        for _ in range(100):  # for connections whose client left to be closed
            await asyncio.sleep(0.05)
            if len(loop._selector.get_map()) <= 1:  # type: ignore[attr-defined]  # its own pipe
                break

    thread = Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    asyncio.run_coroutine_threadsafe(began.wait(), loop).result()
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
