"""What SQLite's errors mean: a file that is damaged, or one that cannot be used now and why."""

from __future__ import annotations

import sqlite3
from itertools import count
from pathlib import Path

# What SQLite says when a file is not what we wrote. Our statements are fixed, so SQLITE_ERROR, a
# table or a column that is missing, also means that somebody else wrote it.
_DAMAGE = {
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_TOOBIG,
    sqlite3.SQLITE_FORMAT,
}
_REASONS = {
    sqlite3.SQLITE_FULL: ("its disk is full", "make room on the disk, then go on"),
    sqlite3.SQLITE_READONLY: (
        "it or its folder is read-only",
        "allow writing there, or name another place",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "it cannot be opened",
        "see whether its folder is there and may be written",
    ),
    sqlite3.SQLITE_BUSY: (
        "another process has kept it busy for half a minute",
        "wait until that one ends",
    ),
    sqlite3.SQLITE_IOERR: (
        "its disk fails",
        "see whether the disk is full, at a limit or broken, then go on",
    ),
}


def code_of(error: BaseException) -> int:
    """SQLite's primary code of an error; 0 where it has none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_damage(error: BaseException) -> bool:
    """Whether the error says that a file is not what was written to it."""
    # A text that is no UTF-8 is found by Python and not by SQLite, and has no code.
    is_no_text = isinstance(error, sqlite3.OperationalError) and not code_of(error)
    return is_no_text or code_of(error) in _DAMAGE


def reason(error: sqlite3.Error) -> tuple[str, str]:
    """Why a file that is whole cannot be used now, and what to do about it."""
    return _REASONS.get(code_of(error), (str(error), "see whether its disk is full or read-only"))


def set_aside(path: Path) -> Path:
    """Rename a database and its side files; return its new path. Raises `OSError`."""
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
    aside = next(name for name in names if not name.exists())
    for suffix in ("", "-wal", "-shm", "-journal"):
        side = path.with_name(path.name + suffix)
        if side.exists():
            side.rename(aside.with_name(aside.name + suffix))
    return aside
