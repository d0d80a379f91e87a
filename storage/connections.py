"""Connections to SQLite files: the only place that opens one."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

BUSY_S = 30.0
"""How long a second process waits for the first one's write."""

_CANNOT_LOG = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


def connect(
    path: Path | None, *, create: bool = True, durable: bool = True, wal: bool = True
) -> sqlite3.Connection:
    """Open a file to write, or a database in memory for None. Each statement is a transaction of
    its own, but for those in `transaction`.

    Without `create` the file must be there. `durable` waits for the disk at each commit, otherwise
    the last commits may be missing after a power cut, though not after a kill. `wal` lets others
    read meanwhile, and keeps a log beside the file. Raises `sqlite3.Error`.
    """
    where = ":memory:"
    if path is not None:
        where = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
    connection = sqlite3.connect(
        where, uri=True, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    with _closed_on_errors(connection):
        connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        if wal and path is not None:
            _use_wal(connection)
    return connection


@contextmanager
def _closed_on_errors(connection: sqlite3.Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


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


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file of ours that is there and may be in use, to read it.

    What a killed process left half done is rolled back. Where the folder cannot be written, which
    SQLite needs for that, it is read from a copy. Raises `sqlite3.Error`.
    """
    try:
        connection = connect(path, create=False, wal=False)
        with _closed_on_errors(connection):
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _CANNOT_LOG or not path.is_file():
            raise
        return _copied(path)
    return connection


def connect_untouched(path: Path, *, timeout_s: float = BUSY_S) -> sqlite3.Connection:
    """Open a file that is there, and write nothing to it or beside it. Raises `sqlite3.Error`."""
    # Where nothing waits in a log the file is read as it stands. Any other way SQLite makes a log
    # in order to read, leaves it there, and fails where the folder cannot be written.
    how = "mode=ro" if _has_log(path) else "mode=ro&immutable=1"
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        timeout=timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )


def connect_to_foreign(path: Path, *, timeout_s: float) -> sqlite3.Connection:
    """Open somebody's database to read from it what others write meanwhile. Raises
    `sqlite3.Error`."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=timeout_s)
        with _closed_on_errors(connection):
            connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _CANNOT_LOG or _has_log(path):
            raise
        return connect_untouched(path, timeout_s=timeout_s)
    return connection


def copy_in_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """What a connection reads now, as a database of its own."""
    copy = connect(None)
    connection.backup(copy)
    return copy


def _copied(path: Path) -> sqlite3.Connection:
    with TemporaryDirectory() as folder:
        for suffix in ("", "-wal", "-journal"):
            side = path.with_name(path.name + suffix)
            if side.exists():
                shutil.copyfile(side, Path(folder) / side.name)
        with closing(connect(Path(folder) / path.name, create=False, wal=False)) as connection:
            return copy_in_memory(connection)


def _has_log(path: Path) -> bool:
    """Whether a log beside the file holds what was committed and is not in the file yet."""
    try:
        return path.with_name(f"{path.name}-wal").stat().st_size > 0
    except OSError:
        return False
