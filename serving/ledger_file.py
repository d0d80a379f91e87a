"""The file of a ledger: opened to write or only to read, and told from the files of others.

Whoever names the wrong file loses nothing: a file that never was a ledger is refused and left as
it is. Whether one was is asked of SQLite first, and where SQLite cannot read it, of the bytes of
its first page.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from optwright.errors import InputError, StorageError
from optwright.storage import connections
from optwright.storage.schema import Schema

_TABLES = """
CREATE TABLE IF NOT EXISTS replies (
    model TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, reply TEXT NOT NULL,
    at REAL NOT NULL, checksum TEXT NOT NULL, UNIQUE (key, model)
);
CREATE TABLE IF NOT EXISTS damaged (model, key, request, reply, at, checksum);
"""
SCHEMA = Schema("ledger", _TABLES)
COLUMNS = "model, key, request, reply, at, checksum"

# A page is what SQLite makes a file of, and the first one names all tables of a small database.
_PAGE_BYTES = 4096
_HEADER = b"SQLite format 3\0"
# How a page names a table of ours: its type, its own name and the name of the table.
_OURS = tuple(b"table" + name + name for name in (b"replies", b"damaged"))


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, new or old, so that what is committed is on the disk."""
    connection = connections.connect(path)
    connection.text_factory = lenient_text
    try:
        SCHEMA.begin(connection, f"ledger {str(path)!r}")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that is there, and write nothing to it."""
    connection = connections.connect_untouched(path)
    connection.text_factory = lenient_text
    return SCHEMA.read(connection, f"ledger {str(path)!r}")


def lenient_text(raw: bytes) -> str:
    """Text as it is stored. A damaged row may hold anything; its checksum tells, so decoding must
    not fail first."""
    return raw.decode("utf-8", errors="replace")


def refuse_others(path: Path, *, to_read: bool) -> None:
    """Raise `InputError` for what is no ledger, not even a damaged one; nothing is written.

    A new ledger may begin where no file is or an empty one; `to_read` wants one that was written.
    A file that cannot be opened is a `StorageError`.
    """
    if not path.exists():
        if to_read:
            raise InputError(
                f"there is no ledger {str(path)!r}",
                hint="record the replies first: run once with --ledger record",
            )
        return
    if why := _why_not(path, to_read=to_read):
        hint = "name a file that was recorded, such as the ledger.sqlite of a run"
        if not to_read:
            hint = "to begin a new ledger, give another name or move this file away"
        raise InputError(f"{str(path)!r} is no ledger: {why}; it is left as it is", hint=hint)


def _why_not(path: Path, *, to_read: bool) -> str:
    """Why what is there cannot be taken for a ledger; empty where it can."""
    if not path.is_file():
        return "it is not a file"
    page = _first_page(path)
    if not page:
        return "it is empty" if to_read else ""
    try:
        others = _tables_of_others(path)
    except sqlite3.Error:
        return _why_not_by_its_bytes(page)
    if others:
        return f"it is an SQLite file of something else, with {', '.join(map(repr, others[:3]))}"
    return "it is an SQLite file without tables" if to_read and others is not None else ""


def _why_not_by_its_bytes(page: bytes) -> str:
    """As `_why_not`, of a file that SQLite cannot read and that begins with `page`."""
    if any(name in page for name in _OURS):
        return ""
    if not page.startswith(_HEADER):
        return "it does not begin as an SQLite file does"
    # Cut off or garbled so early that it names nobody, it holds nothing that can be lost either.
    return "it is a damaged SQLite file of something else" if b"CREATE " in page else ""


def _tables_of_others(path: Path) -> list[str] | None:
    """Names of tables where none is ours, or None; one of our two with its columns is enough, as
    damage may have changed the other."""
    with closing(connections.connect_untouched(path)) as connection:
        connection.text_factory = lenient_text
        for table in ("replies", "damaged"):
            columns = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
            if {name for (name,) in columns} >= set(COLUMNS.split(", ")):
                return None
        names = connection.execute("SELECT name FROM sqlite_master ORDER BY rowid")
        return [str(name) for (name,) in names]


def _first_page(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_PAGE_BYTES)
    except OSError as error:
        raise StorageError(f"ledger {str(path)!r} cannot be read: {error.strerror}") from error
