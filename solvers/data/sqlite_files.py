"""SQLite files, through the standard library."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optwright.errors import DataError, Unavailable
from optwright.solvers.data.database import BATCH, LIMIT_S, Rows, too_long
from optwright.storage.connections import connect_to_foreign


class SQLite:
    """A SQLite file, opened for reading."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._until = time.monotonic() + LIMIT_S
        with self._errors():
            self._connection = connect_to_foreign(path, timeout_s=5)
            self._connection.set_progress_handler(self._is_late, 100_000)

    def select(self, sql: str) -> tuple[list[str], Rows]:
        with self._errors():
            # ATTACH could open another file for writing, so only reading is let through.
            self._connection.set_authorizer(_only_reading)
            cursor = self._connection.execute(sql)
        if cursor.description is None:
            raise DataError(f"the query {sql[:80]!r} gives no table", hint="write a SELECT")
        return [str(column[0]) for column in cursor.description], self._batches(cursor)

    def _batches(self, cursor: sqlite3.Cursor) -> Rows:
        while True:
            with self._errors():
                batch = cursor.fetchmany(BATCH)
            if not batch:
                return
            yield batch

    def tables(self) -> list[str]:
        sql = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY name"
        with self._errors():
            return [str(row[0]) for row in self._connection.execute(sql)]

    def close(self) -> None:
        self._connection.close()

    def _is_late(self) -> bool:
        return time.monotonic() > self._until

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if self._is_late():
                raise too_long(self._path.name) from error
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY:
                raise Unavailable(f"{str(self._path)!r} is locked by another program") from error
            raise DataError(f"{str(self._path)!r}: {error}") from error


def _only_reading(action: int, *_: str | None) -> int:
    reading = (
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    )
    return sqlite3.SQLITE_OK if action in reading else sqlite3.SQLITE_DENY
