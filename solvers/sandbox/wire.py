"""How a sandbox's processes talk: JSON and bytes with their lengths, never pickle.

Messages between us and the supervisor are a JSON head and named bytes. What the candidate writes
on its result pipe is read by `read_result`, which believes nothing about it.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

from optwright.solvers.sandbox.contract import NO_NAMES, ErrorKind, Json, RunError

JOB, KEEP = b"J", b"K"
"""The first byte on a socket handed to the zygote: a single job, or a keeper is wanted."""
LENGTH = struct.Struct("!Q")
MESSAGE_CHARS = 2000


def send(sock: socket.socket, head: Mapping[str, Json], blobs: Mapping[str, bytes]) -> None:
    """Write one message; the head must not have a key `sizes`."""
    sizes = {name: len(blob) for name, blob in blobs.items()}
    text = json.dumps({**head, "sizes": sizes}).encode()
    sock.sendall(LENGTH.pack(len(text)) + text + b"".join(blobs.values()))


def receive(sock: socket.socket) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read one message from a process of ours. Raises `OSError` and `EOFError`."""
    (length,) = LENGTH.unpack(_exactly(sock, LENGTH.size))
    head = json.loads(_exactly(sock, length))
    return head, {name: _exactly(sock, size) for name, size in head.pop("sizes").items()}


def _exactly(sock: socket.socket, size: int) -> bytes:
    whole = bytearray(size)
    left = memoryview(whole)
    while left:
        count = sock.recv_into(left)
        if not count:
            raise EOFError("the other end closed in the middle of a message")
        left = left[count:]
    return bytes(whole)


def write_result(head: Mapping[str, Json], lp_text: str) -> bytes:
    """The candidate's whole result: a line of JSON, then the LP."""
    return json.dumps(head).encode() + b"\n" + lp_text.encode()


class Result:
    """A candidate's result, checked for shape only."""

    def __init__(
        self,
        lp_text: str | None = None,
        json_text: str | None = None,
        names: Mapping[str, str] = NO_NAMES,
        value: Json = None,
        error: RunError | None = None,
    ) -> None:
        self.lp_text, self.json_text, self.names = lp_text, json_text, names
        self.value, self.error = value, error


def read_result(blob: bytes) -> Result:
    """Read what a candidate wrote; whatever is wrong with it becomes an `OUTPUT` error."""
    line, _, rest = blob.partition(b"\n")
    try:
        head = read_json(line)
        text = rest.decode()
    except ValueError as error:
        return Result(error=RunError(ErrorKind.OUTPUT, f"its result cannot be read: {error}"))
    if not isinstance(head, dict):
        return Result(error=RunError(ErrorKind.OUTPUT, "its result is not a JSON object"))
    is_json = head.get("form") == "json"
    return Result(
        lp_text=(text or None) if not is_json else None,
        json_text=(text or None) if is_json else None,
        names=_names(head.get("names")),
        value=head.get("value"),
        error=read_error(head.get("error")),
    )


def read_json(text: str | bytes) -> Json:
    """Strict JSON: no NaN, no infinity, no half of a surrogate pair, no bottomless nesting.

    Raises `ValueError`.
    """
    try:
        value: Json = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("it nests too deeply") from error
    return value


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is not a number in JSON")


def _finite(word: str) -> float:
    number = float(word)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"{word} is not finite")
    return number


def _names(names: Json) -> Mapping[str, str]:
    if not isinstance(names, dict):
        return NO_NAMES
    return {label: name for label, name in names.items() if isinstance(name, str)}


OWN_ERRORS = {kind.value for kind in ErrorKind} - {
    ErrorKind.TIMEOUT.value,
    ErrorKind.CRASH.value,
    ErrorKind.LOST.value,
}
"""What a candidate may say of itself. That it ran too long, died, or that the sandbox did, is for
those to say who saw it."""


def read_error(error: Json) -> RunError | None:
    """The error that a candidate's process names, None for none; another kind than those it can
    know of is an `OUTPUT` error."""
    if error is None:
        return None
    if not isinstance(error, dict) or error.get("kind") not in OWN_ERRORS:
        return RunError(ErrorKind.OUTPUT, "its result names an error that we do not know")
    line = error.get("line")
    return RunError(
        ErrorKind(error["kind"]),
        str(error.get("message"))[:MESSAGE_CHARS],
        line if isinstance(line, int) and not isinstance(line, bool) and line > 0 else None,
    )
