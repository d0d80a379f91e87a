"""The server of a session: on the loopback interface only, until Ctrl-C."""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from optwright.doors.impatient import Impatient
from optwright.doors.listening import listening
from optwright.errors import StorageError
from optwright.web.app import app
from optwright.web.desk import Desk
from optwright.web.guard import HOSTS, TOKEN, Guard
from optwright.web.uploads import inbox

_START_S = 10.0
_END_S = 3.0
_POLL_S = 0.01


@contextmanager
def serving(desk: Desk, port: int = 0) -> Iterator[str]:
    """Serve a desk on a thread of its own inside the `with` block, and give the address to open.

    `port` 0 takes one that is free. Raises `InputError` for one that is taken or may not be used.
    The desk's work is up to the block: see `Desk.run`.
    """
    token = secrets.token_urlsafe(32)
    with listening(port) as listener, inbox() as folder:
        port = listener.getsockname()[1]
        server = uvicorn.Server(_config(app(desk, folder), token, port))
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="optwright-ui", daemon=True
        )
        thread.start()
        _wait_for(server, thread)
        try:
            yield f"http://{HOSTS[0]}:{port}/?{TOKEN}={token}"
        finally:
            desk.leave()
            server.should_exit = True
            with _unsaid():
                thread.join(_END_S)


@contextmanager
def _unsaid() -> Iterator[None]:
    """Let uvicorn say nothing of requests that the end cuts off."""
    logger = logging.getLogger("uvicorn.error")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _config(application: ASGIApp, token: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
        Guard(application, token, port),
        loop="asyncio",
        http=Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # it would hold the token
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _START_S
    while not server.started:
        if time.monotonic() > end or not thread.is_alive():
            raise StorageError("the server did not start")
        time.sleep(_POLL_S)


@contextmanager
def shown(url: str) -> Iterator[None]:
    """Open the address in the user's browser, where there is one, for as long as the block lasts.

    The browser is given a file that leads there, since everybody on a machine can read the
    arguments of a process, and the address holds the token.
    """
    if not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="optwright-ui-") as folder:
        path = Path(folder) / "open.html"
        path.touch(0o600)
        path.write_text(
            f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(url)}">',
            encoding="utf-8",
        )
        threading.Thread(target=webbrowser.open, args=(path.as_uri(),), daemon=True).start()
        yield
