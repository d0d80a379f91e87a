"""Who may talk to a door over HTTP: a program of this machine that holds the token.

As with the page (`web.guard`), every request must name this address, so that no other site reaches
in under a name of its own; it carries the token as `Authorization: Bearer`, and no page of
another origin is answered.
"""

from __future__ import annotations

from http import HTTPStatus
from secrets import compare_digest

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
MOST_BYTES = 32 * 2**20
_BEARER = "bearer "


class TokenGuard:
    """Lets requests through to `app` that hold `token`, name this address and are not too large."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token = app, token.encode()
        self._hosts = {f"{host}:{port}" for host in HOSTS}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        if refusal := self._refusal(Headers(scope=scope)):
            await refusal(scope, receive, send)
            return
        size = 0

        async def received() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MOST_BYTES:
                raise HTTPException(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                )  # the application answers it
            return message

        await self._app(scope, received, send)

    def _refusal(self, headers: Headers) -> JSONResponse | None:
        if headers.get("host", "") not in self._hosts:
            return _refused("this address is not served here", HTTPStatus.MISDIRECTED_REQUEST)
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins:
            return _refused("this request comes from a page elsewhere", HTTPStatus.FORBIDDEN)
        given = headers.get("authorization", "")
        token = given[len(_BEARER) :] if given.lower().startswith(_BEARER) else ""
        if not compare_digest(token.encode(), self._token):
            return _refused("the token is missing or wrong", HTTPStatus.UNAUTHORIZED)
        return None


def _refused(says: str, status: HTTPStatus) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    return JSONResponse({"error": says}, status_code=status, headers=headers)
