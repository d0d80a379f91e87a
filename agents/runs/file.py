"""The SQLite file of a run: what it was asked, how far it is, and what its calls cost."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from optwright.agents.runs.storage import storage_errors
from optwright.agents.solution import Spent
from optwright.errors import InputError, StorageError
from optwright.serving.budget import Amount
from optwright.serving.events import CallEnded
from optwright.storage.transactions import transaction

T = TypeVar("T", bound=BaseModel)

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    at REAL NOT NULL, replayed INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, seconds REAL NOT NULL, usd REAL
);
"""
_BUSY_S = 30.0


class RunFile:
    """The SQLite file of a run."""

    def __init__(self, directory: Path, *, create: bool = True) -> None:
        self._path = directory / "run.sqlite"
        # A reader may write too: it rolls back what a killed process left half done.
        uri = f"{self._path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
        with self._errors():
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(create)
            except sqlite3.Error:
                self._connection.close()
                raise

    @classmethod
    def begin(cls, directory: Path, **facts: BaseModel) -> None:
        """Write a run's file with its first facts, under its name only when it is whole: a process
        that is killed meanwhile leaves no run."""
        draft = directory / "draft"
        with storage_errors(directory):
            draft.mkdir(exist_ok=True)
        file = cls(draft)
        try:
            file.put(None, **facts)
        finally:
            file.close()
        with storage_errors(directory):
            file._path.rename(directory / file._path.name)
            shutil.rmtree(draft)

    def _prepare(self, create: bool) -> None:
        self._connection.execute("PRAGMA synchronous=FULL")
        if create:
            self._connection.executescript(_TABLES)
        self._connection.execute("SELECT name, body FROM facts LIMIT 1").fetchall()

    def get(self, name: str) -> object:
        """The JSON that was written under this name; None when nothing was."""
        query = "SELECT body FROM facts WHERE name = ?"
        rows = self._execute(query, name)
        try:
            return json.loads(rows[0][0]) if rows else None
        except (TypeError, ValueError) as error:
            raise _damaged(self._path, f"its {name} is not JSON") from error

    def put(self, call: CallEnded | None = None, **facts: BaseModel) -> None:
        """Write all of these, and what a call cost, or none."""
        rows = ((name, fact.model_dump_json()) for name, fact in facts.items())
        with self._errors(), transaction(self._connection):
            self._connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)
            if call is not None:
                insert = "INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?)"
                self._connection.executemany(insert, _rows(call))

    def paid(self) -> Amount:
        """What the run's calls took from its budget so far."""
        ((calls, tokens, usd),) = self._execute(
            "SELECT count(*), total(prompt_tokens + completion_tokens), total(usd) FROM calls "
            "WHERE NOT replayed"
        )
        return Amount(calls=calls, tokens=int(tokens), usd=usd)

    def spent(self) -> Spent:
        """All calls of the run so far; its seconds are those spent waiting for them."""
        ((calls, replayed, prompt, completion, seconds, usd),) = self._execute(
            "SELECT count(*), total(replayed), total(prompt_tokens), total(completion_tokens), "
            "total(seconds), sum(iif(replayed, NULL, usd)) FROM calls"
        )
        return Spent(
            calls=calls,
            replayed=int(replayed),
            prompt_tokens=int(prompt),
            completion_tokens=int(completion),
            seconds=seconds,
            cost_usd=usd,
        )

    def close(self) -> None:
        self._connection.close()

    def _execute(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with self._errors():
            return self._connection.execute(query, values).fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR):
                raise _damaged(self._path, str(error)) from error
            raise StorageError(
                f"run file {str(self._path)!r} cannot be read or written: {error}",
                hint="see whether its disk is full or read-only; replies paid for are kept",
            ) from error


def _rows(call: CallEnded) -> list[tuple[object, ...]]:
    """A row for every attempt that may be billed, all that they cost in the first of them."""
    used = call.usage
    tokens = (used.prompt_tokens, used.completion_tokens)
    first = (time.time(), call.replayed, *tokens, call.seconds, used.cost_usd)
    return [first, *[(time.time(), call.replayed, 0, 0, 0.0, None)] * (used.calls - 1)]


def read_as(kind: type[T], data: object, directory: Path) -> T:
    """Read what `model_dump` wrote."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        what = kind.__name__.lower()
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "extra_forbidden":
            raise InputError(
                f"the {what} of run {directory.name!r} has {'.'.join(map(str, first['loc']))!r}, "
                "which this version of optwright does not know",
                hint="it was begun by another version; use that one, or solve the problem again",
            ) from error
        raise _damaged(directory / "run.sqlite", f"its {what} cannot be read") from error


def _damaged(path: Path, what: str) -> StorageError:
    return StorageError(
        f"run file {str(path)!r} is damaged: {what}",
        hint="solve the problem again: replies already paid for are in the ledger beside it",
    )
