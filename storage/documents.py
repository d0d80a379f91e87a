"""Named JSON documents in one SQLite file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optwright.closing import Closing
from optwright.errors import StorageError
from optwright.storage.file import File, Words
from optwright.storage.schema import Kind, Schema

_TABLES = """
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL
);
"""


class Documents(Closing):
    """The documents of a file, in the order in which their names were first written. Safe for
    threads; a second process that writes waits."""

    def __init__(self, path: Path | None, kind: Kind) -> None:
        """Open the file, or begin it; None keeps everything in memory. Errors as `File` has them,
        and `StorageError` for a folder that cannot be made."""
        what = f"the {kind}" if path is None else f"the {kind} {str(path)!r}"
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StorageError(f"{what} cannot be begun: {error.strerror}") from error
        # Earlier versions wrote their number and the kind in a table of its own.
        schema = Schema(kind, _TABLES, beside=frozenset({"about"}))
        self._file = File(path, schema, Words(what, damaged="restore it from a copy"))

    def all(self) -> dict[str, Any]:
        """Every document by its name."""
        rows = self._file.rows("SELECT name, body FROM documents ORDER BY number")
        return {name: self._read(body) for name, body in rows}

    def get(self, name: str) -> Any:  # JSON
        """The document of that name; None where there is none."""
        rows = self._file.rows("SELECT body FROM documents WHERE name = ?", name)
        return self._read(rows[0][0]) if rows else None

    def put(self, documents: Mapping[str, Any], *, without: tuple[str, ...] = ()) -> None:
        """Write documents and remove those `without`, all of it or nothing."""
        rows = [(name, json.dumps(body, ensure_ascii=False)) for name, body in documents.items()]
        with self._file.writing() as writing:
            writing.executemany(
                "INSERT INTO documents (name, body) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                rows,
            )
            writing.executemany("DELETE FROM documents WHERE name = ?", [(n,) for n in without])

    def close(self) -> None:
        self._file.close()

    def _read(self, body: str) -> Any:
        try:
            return json.loads(body)
        except ValueError as error:
            raise self._file.damaged(error) from error
