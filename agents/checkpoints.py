"""Checkpoints as sealed JSON: what is read back is what was written, or it is not used at all.

A checkpoint holds JSON with its SHA-256 and nothing else is ever read, so a file that somebody
put there builds no object and runs no code. The seal tells damage, not forgery: who may write the
files of a run may change what it comes to. Replies are in the ledger, so checkpoints that are set
aside cost time and no money.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

KIND = "sealed-json"
_SEAL_BYTES = 32


class DamagedCheckpoint(ValueError):
    """A checkpoint is not what `SealedJson` wrote."""


class SealedJson:
    """Reads and writes what a checkpointer stores; the serializer that LangGraph asks for."""

    def dumps_typed(self, value: Any) -> tuple[str, bytes]:
        """Write a value; an exception becomes its text, anything else has to be JSON."""
        body = json.dumps(value, default=_told).encode("ascii")
        return KIND, sha256(body).digest() + body

    def loads_typed(self, stored: tuple[str, bytes]) -> Any:
        """Read a value. Raises `DamagedCheckpoint`."""
        kind, blob = stored
        if kind != KIND or not isinstance(blob, bytes):
            raise DamagedCheckpoint(f"a checkpoint is of kind {kind!r}")
        seal, body = blob[:_SEAL_BYTES], blob[_SEAL_BYTES:]
        if sha256(body).digest() != seal:
            raise DamagedCheckpoint("a checkpoint does not fit its seal")
        return json.loads(body)


def _told(value: object) -> str:
    if not isinstance(value, BaseException):
        raise TypeError(f"{type(value).__name__} is not JSON, and checkpoints hold nothing else")
    return repr(value)
