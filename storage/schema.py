"""Kinds of files, their versions, and how a file of an older version becomes one of today's.

SQLite's header has two numbers for the program that owns a file. `application_id` says the kind
here, `user_version` the version. Files of optwright 0.1.0 have neither and are told by their
tables; they are version 0.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal, get_args

from optwright.errors import FileDamaged, InputError, StorageError
from optwright.storage.connections import connect, copy_in_memory
from optwright.storage.transactions import transaction

Kind = Literal[
    "ledger", "run of a problem", "checkpoints", "conversation", "study", "measurement", "library"
]
"""In the order of their numbers: new ones come at the end."""

_OURS = 0x4F57_0000  # "OW"
_MOST_VERSIONS = 1000  # beyond it is no version, but garbage in the header


@dataclass(frozen=True, slots=True)
class Schema:
    """What a kind of file holds. `tables` is the script that begins a file, each statement of it
    harmless where it was done already. `steps` lead from one version to the next: the first from
    version 0, which is what optwright 0.1.0 wrote. `beside` are tables that a library keeps in
    the same file."""

    kind: Kind
    tables: str
    steps: tuple[str, ...] = ("",)
    beside: frozenset[str] = field(default_factory=frozenset)

    @property
    def number(self) -> int:
        """The `application_id` of the kind."""
        return _OURS | get_args(Kind).index(self.kind) + 1

    @property
    def version(self) -> int:
        return len(self.steps)

    def begin(self, connection: sqlite3.Connection, what: str) -> None:
        """Make a file that was just opened one of this kind and version, whole or not at all.

        Raises `InputError` for a file of another kind and `StorageError` for one of a version that
        is newer; neither is changed.
        """
        if self._is_current(connection, what):
            return
        with transaction(connection):
            # Another process may have been first.
            if self._is_current(connection, what):
                return
            version = _pragma(connection, "user_version")
            is_new = not _tables(connection)
            for script in () if is_new else self.steps[version:]:
                _execute(connection, script)
            _execute(connection, self.tables)
            connection.execute(f"PRAGMA application_id = {self.number}")
            connection.execute(f"PRAGMA user_version = {self.version}")

    def read(self, connection: sqlite3.Connection, what: str) -> sqlite3.Connection:
        """A connection that reads the file as one of this version; an older file is brought there
        in a copy. Closes what it was given where it fails or gives another. Raises as `begin`."""
        try:
            is_current = self._is_current(connection, what)
            if is_current or not any(self.steps[_pragma(connection, "user_version") :]):
                return connection
            copy = copy_in_memory(connection)
        except BaseException:
            connection.close()
            raise
        connection.close()
        try:
            self.begin(copy, what)
        except BaseException:
            copy.close()
            raise
        return copy

    def _is_current(self, connection: sqlite3.Connection, what: str) -> bool:
        number, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
        tables = _tables(connection)
        # The names of the tables outweigh the number: one flipped bit makes it another's.
        if number == self.number or (tables and tables <= self._names):
            if version > _MOST_VERSIONS:
                raise FileDamaged(f"{what} is damaged: it says that it is of version {version}")
            if version > self.version:
                raise StorageError(
                    f"{what} was written by a newer optwright, in version {version} of its format; "
                    f"this one knows {self.version}",
                    hint="use the version that wrote it",
                )
            return version == self.version and number == self.number
        if number == 0 and not tables:
            return False
        raise InputError(
            f"{what} is no {self.kind}: it is {_kind(connection, number)}; it is left as it is",
            hint="name another file or folder",
        )

    @property
    def _names(self) -> frozenset[str]:
        """The tables that a file of this kind can have, of any version."""
        with closing(connect(None)) as example:
            example.executescript(self.tables)
            return self.beside | _tables(example)


def _kind(connection: sqlite3.Connection, number: int) -> str:
    place = (number ^ _OURS) - 1
    kinds = get_args(Kind)
    if 0 <= place < len(kinds):
        return f"the file of a {kinds[place]}"
    names = sorted(_tables(connection))
    return f"an SQLite file of something else, with {', '.join(map(repr, names[:3]))}"


def _tables(connection: sqlite3.Connection) -> frozenset[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return frozenset(str(name) for (name,) in connection.execute(query))


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _execute(connection: sqlite3.Connection, script: str) -> None:
    """Carry out statements in the transaction that is open; `executescript` would end it."""
    for statement in script.split(";"):
        if statement.strip():
            connection.execute(statement)
