"""The ledger: every reply that was paid for, kept in one SQLite file and found by its request.

A reply is on the disk before its caller sees it, so a run killed at any point pays again for at
most the calls that were in flight. Every row carries a checksum; a row that no longer fits is set
aside and its request counts as never answered. A ledger that SQLite itself cannot read is moved to
`NAME.damaged-N` and what can be saved is copied into a fresh one. One that is deleted while it is
open is put back with all it had. A reply that the disk has no room for is written with a later one,
or when the ledger is closed, if there is room by then. A file that never was a ledger is refused
and left as it is (`ledger_file` tells them apart).

A ledger that is only read stays as it is, damaged or not: nothing is set aside or saved.
"""

from __future__ import annotations

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from optwright import platforms
from optwright.closing import Closing
from optwright.errors import FileDamaged, InputError, StorageError
from optwright.serving.chat import NOTHING_USED, ChatReply, ChatRequest, Usage
from optwright.serving.ledger_file import (
    COLUMNS,
    connect,
    connect_to_read,
    refuse_others,
)
from optwright.serving.ledger_rows import INSERT, Row, readable_rows, sealed, unsealed
from optwright.serving.records import Record, request_key
from optwright.serving.single_flight import SingleFlight
from optwright.storage.damage import is_damage, reason, set_aside
from optwright.storage.place import Place, State
from optwright.storage.transactions import transaction

T = TypeVar("T")
_Waiting = tuple[Row, "Future[bool]"]
"""A row that is to be written, and whether it was new."""

# A call is refused when the disk holds less than this: its reply might not fit any more.
ROOM_BYTES = 256 * 1024

_TO_SAVE = "record with it once: what can be read is saved, and the damaged file stays beside it"


class Ledger(Closing):
    """Replies by model and request; safe for threads, and for several processes on one file.

    `damaged` counts the rows set aside since this object was made, `rebuilt` the files.
    Two processes that repair one damaged file at the same time may each keep their own copy.
    With `read_only`, as replay wants it, the file must be there and is never written; damaged rows
    are passed over. A file that is no ledger is an `InputError`, one that cannot be opened or
    repaired a `StorageError`.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self.read_only = read_only
        self.flights: SingleFlight[ChatReply] = SingleFlight()
        self.damaged = 0
        self.rebuilt = 0
        self._passed_over: set[int] = set()
        self._lock = RLock()
        self._waiting: deque[_Waiting] = deque()
        self._unwritten: list[Row] = []
        self._connection = self._safely(self._open)

    def find(self, model: str | None, request: ChatRequest) -> ChatReply | None:
        """Return the kept reply, or None. `model=None` takes the reply of whichever model gave
        one; two that did are an `InputError`."""
        key = request_key(request)
        where, values = ("key = ? AND model = ?", (key, model)) if model else ("key = ?", (key,))
        rows = self._safely(lambda: self._rows(where, values))
        if self.read_only and not rows:
            # Another process may have begun to write to what is read as it once stood.
            self._safely(self._open)
            rows = self._safely(lambda: self._rows(where, values))
        found = [record for row in rows if (record := self._verified(row)) is not None]
        if len(found) > 1:
            raise InputError(
                f"{self.path.name} holds this reply from {sorted(r.model for r in found)}",
                hint="say which one: replay:PATH@MODEL",
            )
        return found[0].reply if found else None

    def keep(self, model: str, request: ChatRequest, reply: ChatReply) -> ChatReply:
        """Write a reply to the disk; where another process was first, return the one it kept."""
        row = sealed(Record(model, request, reply, time.time()))
        written = self._insert(row)
        if written and self._safely(lambda: self._leads_to(row)):
            return reply
        kept = self.find(model, request)
        if kept is None and not written:
            # What was in the way was a damaged row, which `find` has just set aside.
            written = self._insert(row)
            kept = self.find(model, request)
        if kept is None:
            # The index leads nowhere: it is damaged.
            self._safely(self._rebuild)
            self._insert(row)
        return reply if written or kept is None else kept

    def check_room(self) -> None:
        """Raise `StorageError` while the disk is too full to keep another reply."""
        try:
            free = platforms.free_bytes(self.path.parent)
        except OSError as error:
            raise self._error(f"cannot be written: {error.strerror}") from error
        if free < ROOM_BYTES:
            raise self._error(
                "has no room left on its disk for another reply",
                hint="free some space and run again; replies already paid for are kept",
            )

    def records(self, model: str | None = None) -> Iterator[Record]:
        """Yield what is kept, oldest first; damaged rows are set aside on the way."""
        rows = self._safely(lambda: self._rows("? IS NULL OR model = ?", (model, model)))
        yield from (record for row in rows if (record := self._verified(row)) is not None)

    def models(self) -> list[str]:
        """Names of the models that replied, sorted."""
        query = "SELECT DISTINCT model FROM replies ORDER BY model"
        return [str(name) for (name,) in self._safely(lambda: self._execute(query))]

    def usage(self) -> Usage:
        """What all kept replies cost when they were first paid for."""
        return sum((record.reply.usage for record in self.records()), NOTHING_USED)

    def __len__(self) -> int:
        ((kept,),) = self._safely(lambda: self._execute("SELECT count(*) FROM replies"))
        return int(kept)

    def close(self) -> None:
        with self._lock:
            self._write_late()
            self._connection.close()

    def _insert(self, row: Row) -> bool:
        """Write a row to the disk; whether it is new. Waiting for the disk is what takes long, so
        rows that other threads bring meanwhile are written in one go after that."""
        mine: _Waiting = (row, Future())
        self._waiting.append(mine)
        with self._lock:
            if not mine[1].done():
                others = [self._waiting.popleft() for _ in range(len(self._waiting))]
                self._write([mine, *(other for other in others if other is not mine)])
        return mine[1].result()

    def _write(self, rows: Sequence[_Waiting]) -> None:
        """Write rows in one transaction and say so in their futures."""
        try:
            new = self._safely(lambda: self._inserted([row for row, _ in rows]))
        except StorageError as error:
            if len(rows) == 1:
                # It was paid for; there may be room again later.
                self._unwritten.append(rows[0][0])
                rows[0][1].set_exception(error)
            else:  # one may be to blame for all
                for row in rows:
                    self._write([row])
            return
        for (_, written), is_new in zip(rows, new, strict=True):
            written.set_result(is_new)
        self._write_late()

    def _write_late(self) -> None:
        """Write what could not be written when it came, if that is possible now."""
        rows, self._unwritten = self._unwritten, []
        for row in rows:
            try:
                self._safely(lambda row=row: self._inserted([row]))  # type: ignore[misc]
            except StorageError:
                self._unwritten.append(row)

    def _inserted(self, rows: Sequence[Row]) -> list[bool]:
        self._keep_in_place()
        with transaction(self._connection) as connection:
            new = [connection.execute(INSERT, row).rowcount == 1 for row in rows]
        if self._keep_in_place():  # deleted between the two
            with transaction(self._connection) as connection:
                connection.executemany(INSERT, rows)
        return new

    def _keep_in_place(self) -> bool:
        """See that what is written can be found again; True where it would not have been. A
        deleted ledger is put back. Where another file is in its place, what this one had is
        written there."""
        if self._place.state is State.HERE:
            return False
        deleted = self._connection
        if self._place.state is State.REPLACED or not self._place.put_back(deleted):
            rows = deleted.execute(f"SELECT {COLUMNS} FROM replies").fetchall()
            self._place.let_go()
            self._open(close=False)
            with transaction(self._connection) as connection:
                connection.executemany(INSERT, rows)
        else:
            self._open(close=False)
        deleted.close()
        return True

    def _leads_to(self, row: Row) -> bool:
        """Whether the file, by its index, has this row and no other for its request."""
        model, key, *_, checksum = row
        query = "SELECT checksum FROM replies WHERE key = ? AND model = ?"
        return self._execute(query, (key, model)) == [(checksum,)]

    def _rows(self, where: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        return self._execute(
            f"SELECT rowid, {COLUMNS} FROM replies WHERE {where} ORDER BY at, rowid", values
        )

    def _execute(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, values).fetchall()

    def _verified(self, row: tuple[Any, ...]) -> Record | None:
        record = unsealed(row[1:])
        if record is None:
            self._safely(lambda: self._put_by(row[0]))
        return record

    def _put_by(self, rowid: int) -> None:
        """Have a damaged row out of the way; one that may only be read is counted once."""
        if self.read_only:
            self.damaged += rowid not in self._passed_over
            self._passed_over.add(rowid)
        else:
            self._set_aside(rowid)

    def _set_aside(self, rowid: int) -> None:
        with transaction(self._connection) as connection:
            query = f"INSERT INTO damaged SELECT {COLUMNS} FROM replies WHERE rowid = ?"
            connection.execute(query, (rowid,))
            removed = connection.execute("DELETE FROM replies WHERE rowid = ?", (rowid,))
            self.damaged += removed.rowcount

    def _safely(self, work: Callable[[], T]) -> T:
        """Do one piece of work on the file. A damaged file is repaired once, or opened afresh where
        it is only read, and the work tried again."""
        with self._lock:
            try:
                return work()
            except sqlite3.ProgrammingError as error:
                raise self._error("is closed") from error
            except OSError as error:  # where a deleted one cannot be put back
                raise self._error(f"cannot be written: {error.strerror}") from error
            except (sqlite3.Error, OverflowError, FileDamaged) as error:
                if isinstance(error, sqlite3.Error) and not is_damage(error):
                    why, hint = reason(error)
                    raise self._error(
                        f"cannot be read or written: {why}",
                        hint=f"{hint}; replies paid for before are kept",
                    ) from error
                damage = error
            return self._again(work, damage)

    def _again(self, work: Callable[[], T], damage: Exception) -> T:
        """Do work that met damage once more; `StorageError` where it meets it again."""
        try:
            if self.read_only:
                self._open()
            else:
                self._rebuild()
            return work()
        except (sqlite3.Error, OverflowError, OSError, FileDamaged) as error:
            if self.read_only:
                what = f"is damaged ({damage}) and cannot be replayed"
                raise self._error(what, hint=_TO_SAVE) from error
            raise self._error(f"is damaged ({damage}) and was not saved: {error}") from error

    def _open(self, *, close: bool = True) -> sqlite3.Connection:
        """Open the file, and close what was open before unless `close` is False."""
        refuse_others(self.path, to_read=self.read_only)
        connection = connect_to_read(self.path) if self.read_only else connect(self.path)
        try:
            connection.execute(f"SELECT {COLUMNS} FROM replies LIMIT 1").fetchall()
        except sqlite3.Error:
            connection.close()
            raise
        if close and hasattr(self, "_connection"):
            self._connection.close()
        self._connection, self._place = connection, Place(self.path)
        return connection

    def _rebuild(self) -> None:
        """Move the file aside and start a fresh one with every row that can still be read."""
        refuse_others(self.path, to_read=False)
        if hasattr(self, "_connection"):
            self._connection.close()
        aside = set_aside(self.path)
        self.rebuilt += 1
        self._open()
        saved = [row for row in readable_rows(aside) if unsealed(row) is not None]
        with transaction(self._connection) as connection:
            connection.executemany(INSERT, saved)

    def _error(self, what: str, hint: str | None = None) -> StorageError:
        return StorageError(f"ledger {str(self.path)!r} {what}", hint=hint)
