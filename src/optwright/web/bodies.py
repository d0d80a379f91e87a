"""Bodies of requests, which may be so large and no larger."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message


def at_most(most: int, request: Request) -> Request:
    """The request, whose body raises an `HTTPException` of status 413 beyond so many bytes."""
    total = 0

    async def receive() -> Message:
        nonlocal total
        message = await request.receive()
        total += len(message.get("body", b""))
        if total <= most:
            return message
        while message.get("more_body"):  # a browser listens when it has sent everything
            message = await request.receive()
        raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    return Request(request.scope, receive)
