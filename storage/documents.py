"""Named JSON documents in one SQLite file, of one kind and version."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from optwright.closing import Closing
from optwright.errors import StorageError
from optwright.storage.transactions import transaction

BUSY_S = 30.0
_TABLES = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
"""


class Documents(Closing):
    """The documents of a file, in the order in which their names were first written. Safe for
    threads; a second process that writes waits."""

    def __init__(self, path: Path | None, kind: str, version: int = 1) -> None:
        """Open the file, or begin it; None keeps everything in memory. `StorageError` for a file
        that cannot be read, is of another kind, or of a version that is newer than this program."""
        self.path, self._lock = path, Lock()
        self._where = "the documents" if path is None else f"{str(path)!r}"
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path,
                timeout=BUSY_S,
                isolation_level=None,
                check_same_thread=False,
            )
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"{self._where} cannot be opened: {error}") from error
        try:
            self._begin(kind, version)
        except BaseException:
            self._connection.close()
            raise

    def _begin(self, kind: str, version: int) -> None:
        with self._errors("opened"), self._lock:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.executescript(_TABLES)
            with transaction(self._connection) as writing:
                about = dict(writing.execute("SELECT name, value FROM about"))
                if not about:
                    facts = [("kind", kind), ("version", str(version))]
                    writing.executemany("INSERT INTO about VALUES (?, ?)", facts)
                    return
        if about.get("kind") != kind:
            raise StorageError(f"{self._where} holds {about.get('kind')!r} and no {kind!r}")
        if int(about.get("version", "0")) > version:
            raise StorageError(
                f"{self._where} was written by a newer optwright",
                hint="use the version that wrote it",
            )

    def all(self) -> dict[str, Any]:
        """Every document by its name."""
        with self._errors("read"), self._lock:
            rows = self._connection.execute("SELECT name, body FROM documents ORDER BY number")
            return {name: json.loads(body) for name, body in rows}

    def get(self, name: str) -> Any:  # JSON
        """The document of that name; None where there is none."""
        with self._errors("read"), self._lock:
            query = "SELECT body FROM documents WHERE name = ?"
            row = self._connection.execute(query, (name,)).fetchone()
            return None if row is None else json.loads(row[0])

    def put(self, documents: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> None:
        """Write documents and remove those `without`, all of it or nothing."""
        with self._errors("written"), self._lock, transaction(self._connection) as writing:
            for name, body in documents.items():
                writing.execute(
                    "INSERT INTO documents (name, body) VALUES (?, ?) "
                    "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                    (name, json.dumps(body, ensure_ascii=False)),
                )
            writing.executemany(
                "DELETE FROM documents WHERE name = ?", [(name,) for name in without]
            )

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _errors(self, done: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            raise StorageError(f"{self._where} cannot be {done}: {error}") from error
