"""Server-sent events, as endpoints that stream send them: the data of each, as bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator


async def data_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what follows `data:` on each line of `chunks`, however the chunks are cut.

    Lines end in a line feed: httpx's own lines also end at characters that JSON texts may hold.
    """
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                yield line.removeprefix(b"data:").strip()
    if rest.startswith(b"data:"):
        yield rest.removeprefix(b"data:").strip()
