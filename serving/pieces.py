"""Server-sent events, as endpoints that stream send them: the data of each, as bytes."""

from __future__ import annotations

from collections.abc import AsyncIterator

_MARK = b"data:"


async def data_of(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what follows `data:` on each line of `chunks`, however the chunks are cut; a line that
    begins with a brace is data without the mark.

    Lines end in a line feed: httpx's own lines also end at characters that JSON texts may hold.
    """
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if (data := _data(line)) is not None:
                yield data
    if (data := _data(rest)) is not None:
        yield data


def _data(line: bytes) -> bytes | None:
    line = line.strip().removeprefix(b"\xef\xbb\xbf")
    if line.startswith(_MARK):
        return line.removeprefix(_MARK).strip()
    return line if line.startswith(b"{") else None
