"""Who may talk to the server: the browser that was given the token, from our own pages.

Every request must name this address (a foreign name that resolves to it is how other sites reach
into a machine), carry the cookie that the token was changed into, and, to change anything, come
from one of our own pages. What this does not guard against: other programs of the same user, who
can read the session's files anyway.
"""

from __future__ import annotations

from contextlib import suppress
from html import escape
from http import HTTPStatus
from secrets import compare_digest

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("127.0.0.1", "localhost")
TOKEN = "token"
_PLAIN = 80  # the port of http://

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """Lets requests through to `app` that hold `token` and come from the server's own pages."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self._app, self._token = app, token
        self._hosts = {f"{host}:{port}" for host in HOSTS}
        if port == _PLAIN:  # which browsers leave out
            self._hosts |= set(HOSTS)
        self._cookie = f"optwright_{port}"  # cookies do not tell ports apart

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        answer = self._answer(Request(scope)) or self._app
        with suppress(ClientDisconnect):  # nobody is there to be answered
            await answer(scope, receive, sent)

    def _answer(self, request: Request) -> Response | None:
        """What is said instead of what was asked for; None lets the request through."""
        if request.headers.get("host", "") not in self._hosts:
            return _refusal("This address is not served here.", HTTPStatus.MISDIRECTED_REQUEST)
        if self._is(request.query_params.get(TOKEN)) and request.method == "GET":
            return self._welcome()
        if not self._is(request.cookies.get(self._cookie)):
            return _refusal("Open the address that 'optwright ui' printed: it holds a token.")
        origin = request.headers.get("origin")
        changes = request.method not in ("GET", "HEAD")
        if (changes or origin is not None) and origin not in self._origins:
            return _refusal("This request comes from another page.")
        return None

    @property
    def _origins(self) -> set[str]:
        return {f"http://{host}" for host in self._hosts}

    def _is(self, given: str | None) -> bool:
        return given is not None and compare_digest(given.encode(), self._token.encode())

    def _welcome(self) -> Response:
        """Keep the token as a cookie and go on from a page of our own: a strict cookie is not sent
        along a redirect that began elsewhere."""
        response = _page("optwright", '<a href="/">Open the session</a>', refresh=True)
        response.set_cookie(self._cookie, self._token, httponly=True, samesite="strict")
        return response


def _refusal(says: str, status: HTTPStatus = HTTPStatus.FORBIDDEN) -> Response:
    response = _page("Not for you", escape(says))
    response.status_code = status
    return response


def _page(title: str, body: str, *, refresh: bool = False) -> HTMLResponse:
    onward = '<meta http-equiv="refresh" content="0; url=/">' if refresh else ""
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{onward}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="/static/icon.svg">'
        f"<title>{title}</title></head><body><p>{body}</p></body></html>"
    )
