"""Rows of a ledger's file: sealed and read back, and saved from a file that is damaged."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

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

Row = tuple[Any, ...]
"""As `COLUMNS` names its columns."""
BUSY_S = 30.0  # how long a second process waits for the first one's write

TABLES = """
CREATE TABLE IF NOT EXISTS replies (
    model TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, reply TEXT NOT NULL,
    at REAL NOT NULL, checksum TEXT NOT NULL, UNIQUE (key, model)
);
CREATE TABLE IF NOT EXISTS damaged (model, key, request, reply, at, checksum);
"""
COLUMNS = "model, key, request, reply, at, checksum"
INSERT = f"INSERT OR IGNORE INTO replies ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)"


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, new or old, so that what is committed is on the disk."""
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = _text
    try:
        _use_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _use_wal(connection: sqlite3.Connection) -> None:
    # Two processes that switch one new file to WAL collide without SQLite's own waiting.
    for attempt in range(50):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or attempt == 49:
                raise
            time.sleep(0.05)


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
    connection = sqlite3.connect(path, timeout=BUSY_S)
    connection.text_factory = _text
    try:
        yield from connection.execute(query)
    except (sqlite3.Error, OverflowError):
        return
    finally:
        connection.close()


def _text(raw: bytes) -> str:
    # A damaged row may hold anything; its checksum tells, so decoding must not fail first.
    return raw.decode("utf-8", errors="replace")
