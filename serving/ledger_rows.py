"""Rows of a ledger's file: sealed and read back, and saved from a file that is damaged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from optwright.serving.ledger_file import COLUMNS, lenient_text
from optwright.serving.records import (
    Record,
    read_reply,
    read_request,
    reply_json,
    request_json,
    request_key,
    to_json,
)
from optwright.serving.redact import redact
from optwright.storage.connections import connect

Row = tuple[Any, ...]
"""As `COLUMNS` names its columns."""
INSERT = f"INSERT OR IGNORE INTO replies ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"


def sealed(record: Record) -> Row:
    """A record as a row with its checksum, without the secrets that are known."""
    key = request_key(record.request)
    request = redact(to_json(request_json(record.request)))
    reply = redact(to_json(reply_json(record.reply)))
    body = (record.model, key, request, reply, record.at)
    return (*body, _checksum(body))


def unsealed(row: Row) -> Record | None:
    """Read one row, or None when it is not what `sealed` wrote."""
    *body, checksum = row
    if checksum != _checksum(tuple(body)):
        return None
    model, _, request, reply, at = body
    try:
        return Record(model, read_request(json.loads(request)), read_reply(json.loads(reply)), at)
    except (KeyError, TypeError, ValueError):
        return None


def _checksum(body: Row) -> str:
    return sha256(repr(body).encode("utf-8", errors="backslashreplace")).hexdigest()


def readable_rows(path: Path) -> Iterator[Row]:
    """Yield rows up to the damage from the front, then from the back, then one by one between."""
    seen: set[int] = set()
    for order in ("rowid ASC", "rowid DESC"):
        for rowid, *row in _until_damage(
            path, f"SELECT rowid, {COLUMNS} FROM replies ORDER BY {order}"
        ):
            seen.add(rowid)
            yield tuple(row)
    for rowid in sorted(set(range(1, max(seen, default=0))) - seen):
        yield from _until_damage(path, f"SELECT {COLUMNS} FROM replies WHERE rowid = {rowid}")


def _until_damage(path: Path, query: str) -> Iterator[Row]:
    errors = (sqlite3.Error, OverflowError)
    with suppress(*errors), closing(connect(path, create=False, wal=False)) as connection:
        connection.text_factory = lenient_text
        yield from connection.execute(query)
