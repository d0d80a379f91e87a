"""A socket on the loopback interface, for every server that optwright starts."""

from __future__ import annotations

import socket

from optwright.errors import InputError

LOOPBACK = "127.0.0.1"


def listening(port: int) -> socket.socket:
    """A listening socket; `port` 0 takes one that is free. `InputError` for one that is taken."""
    listener = socket.socket()
    # A port that was left a moment ago can be taken again.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise InputError(
            f"port {port} cannot be used: {error.strerror}",
            hint="leave --port out for one that is free",
        ) from error
    return listener
