"""A file that is open, and whether it is still where it was opened.

On Unix a file can be deleted while a process has it open: SQLite goes on writing to what nobody
will find again, and says nothing. Until that process ends everything can still be read, so it is
put back.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from enum import Enum
from pathlib import Path

from optwright.storage.connections import connect


class State(Enum):
    HERE = "here"
    GONE = "gone"
    REPLACED = "replaced"
    """Another file is under its name."""


class Place:
    """Where a file was opened that is there now."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file, self._log = _identity(path), _identity(_log(path))

    @property
    def state(self) -> State:
        found = _identity(self.path)
        if found is None:
            return State.GONE
        return State.HERE if found == self._file else State.REPLACED

    def put_back(self, connection: sqlite3.Connection) -> bool:
        """Write what a connection to the deleted file reads under its name again. False where
        another process put a file there meanwhile. Raises `OSError` and `sqlite3.Error`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_name(f"{self.path.name}.restored-{os.getpid()}")
        try:
            with closing(connect(draft, wal=False)) as copy:
                connection.backup(copy)
            for suffix in ("-wal", "-shm", "-journal"):  # they were of the file that is gone
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            os.link(draft, self.path)
        except FileExistsError:
            return False
        finally:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    draft.with_name(draft.name + suffix).unlink(missing_ok=True)
        self._file = _identity(self.path)
        return True

    def let_go(self) -> None:
        """Before the file that is there instead is opened: SQLite would take the log of the one
        that was there for its own. Raises `OSError`."""
        if self._log is not None and _identity(_log(self.path)) == self._log:
            for suffix in ("-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
