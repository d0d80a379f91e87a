"""A SQLite file of ours, of one kind: its tables, its errors in sentences, whole transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

from optwright.closing import Closing
from optwright.errors import FileDamaged, StorageError
from optwright.storage.connections import connect, connect_to_read
from optwright.storage.damage import is_damage, reason
from optwright.storage.place import Place, State
from optwright.storage.schema import Schema
from optwright.storage.transactions import transaction


@dataclass(frozen=True, slots=True)
class Words:
    """How errors speak of a file: `what` it is with its name, what is `kept` all the same, and
    what to do where it is `damaged`."""

    what: str
    kept: str = "what was written before is kept"
    damaged: str = ""


class File(Closing):
    """A file that is open. Safe for threads; a second process that writes waits.

    Errors: `InputError` for a file of another kind, `FileDamaged` for one that is not what was
    written, `StorageError` for one that cannot be used now, is closed, or is of a newer version.
    A file that was deleted meanwhile is put back with all that was in it.
    """

    connection: sqlite3.Connection
    _place: Place | None

    def __init__(
        self,
        path: Path | None,
        schema: Schema,
        words: Words,
        *,
        durable: bool = True,
        wal: bool = True,
    ) -> None:
        """Open a file to write, or begin it in a folder that is there; None keeps everything in
        memory. `durable` waits for the disk at each commit, `wal` lets others read meanwhile."""
        self._set_up(path, schema, words)
        self._durable, self._wal = durable, wal
        with self.errors():
            self.connection = self._begun()
        if path is not None:
            self._place = Place(path)

    @classmethod
    def read(cls, path: Path, schema: Schema, words: Words) -> File:
        """Open a file that is there and may be in use, to read it; its folder may be read-only."""
        file = cls.__new__(cls)
        file._set_up(path, schema, words)
        with file.errors():
            file.connection = schema.read(connect_to_read(path), words.what)
        return file

    def _set_up(self, path: Path | None, schema: Schema, words: Words) -> None:
        self.path, self.schema, self.words = path, schema, words
        self._lock = RLock()
        self._place = None

    def _begun(self) -> sqlite3.Connection:
        connection = connect(self.path, durable=self._durable, wal=self._wal)
        try:
            self.schema.begin(connection, self.words.what)
        except BaseException:
            connection.close()
            raise
        return connection

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self._lock, self.errors():
            return self.connection.execute(query, values).fetchall()

    def write(self, statement: str, *values: object) -> None:
        """Carry out one statement; it is on the disk when this returns."""
        with self.writing() as connection:
            connection.execute(statement, values)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all that the block writes, or nothing. Blocks inside blocks are one."""
        with self._lock, self.errors():
            if self.connection.in_transaction:
                yield self.connection
                return
            self._keep_in_place()
            with transaction(self.connection) as connection:
                yield connection
            self._keep_in_place()

    def close(self) -> None:
        with self._lock:
            self.connection.close()

    def damaged(self, why: object) -> FileDamaged:
        """The error for what cannot have been written by us."""
        first = str(why).partition("\n")[0]
        return FileDamaged(f"{self.words.what} is damaged: {first}", hint=self.words.damaged)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Errors of SQLite in our words."""
        try:
            yield
        except sqlite3.ProgrammingError as error:
            if "closed" not in str(error):
                raise
            raise StorageError(f"{self.words.what} is closed") from error
        except sqlite3.Error as error:
            if is_damage(error):
                raise self.damaged(error) from error
            raise self._unusable(*reason(error)) from error

    def _unusable(self, why: str, hint: str) -> StorageError:
        return StorageError(
            f"{self.words.what} cannot be read or written: {why}", hint=f"{hint}; {self.words.kept}"
        )

    def _keep_in_place(self) -> None:
        if self._place is None or self._place.state is State.HERE:
            return
        if self._place.state is State.GONE and self._put_back(self._place):
            return
        raise StorageError(
            f"{self.words.what} was replaced by another file while it was open",
            hint=f"let one program use it at a time; {self.words.kept}",
        )

    def _put_back(self, place: Place) -> bool:
        try:
            if not place.put_back(self.connection):
                return False
        except OSError as error:
            why = f"it was deleted and cannot be put back: {error.strerror}"
            raise self._unusable(why, "see whether its folder can be written") from error
        self.connection.close()
        self.connection = self._begun()
        return True
