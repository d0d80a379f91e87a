"""The SQLite file of a run: what it was asked, how far it is, and what its calls cost."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from optwright.agents.runs.storage import begun_whole
from optwright.agents.solution import Spent
from optwright.errors import FileDamaged, InputError
from optwright.serving.budget import Amount
from optwright.serving.events import CallEnded
from optwright.storage.file import File, Words
from optwright.storage.schema import Schema

T = TypeVar("T", bound=BaseModel)

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
    at REAL NOT NULL, replayed INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL, seconds REAL NOT NULL, usd REAL
);
"""
SCHEMA = Schema("run of a problem", _TABLES)
_NAME = "run.sqlite"
_DAMAGED = "solve the problem again: replies already paid for are in the ledger beside it"


class RunFile:
    """The SQLite file of a run. Errors as `File` has them."""

    def __init__(self, directory: Path, *, create: bool = True) -> None:
        """Open a run's file to go on with it, or with `create` False to read it."""
        self._path = directory / _NAME
        words = Words(f"run file {str(self._path)!r}", "replies paid for are kept", _DAMAGED)
        if create:
            # Without a log beside it: there are many runs, and few write at a time.
            self._file = File(self._path, SCHEMA, words, wal=False)
        else:
            self._file = File.read(self._path, SCHEMA, words)
        try:
            self._file.rows("SELECT name, body FROM facts LIMIT 1")
        except BaseException:
            self._file.close()
            raise

    @classmethod
    def begin(cls, directory: Path, **facts: BaseModel) -> None:
        """Write a run's file with its first facts, under its name only when it is whole."""
        with begun_whole(directory, _NAME) as draft:
            file = cls(draft)
            try:
                file.put(None, **facts)
            finally:
                file.close()

    def get(self, name: str) -> object:
        """The JSON that was written under this name; None when nothing was."""
        query = "SELECT body FROM facts WHERE name = ?"
        rows = self._file.rows(query, name)
        try:
            return json.loads(rows[0][0]) if rows else None
        except (TypeError, ValueError) as error:
            raise self._file.damaged(f"its {name} is not JSON") from error

    def put(self, call: CallEnded | None = None, **facts: BaseModel) -> None:
        """Write all of these, and what a call cost, or none."""
        rows = ((name, fact.model_dump_json()) for name, fact in facts.items())
        with self._file.writing() as writing:
            writing.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)
            if call is not None:
                writing.executemany("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?)", _rows(call))

    def paid(self) -> Amount:
        """What the run's calls took from its budget so far."""
        ((calls, tokens, usd),) = self._file.rows(
            "SELECT count(*), total(prompt_tokens + completion_tokens), total(usd) FROM calls "
            "WHERE NOT replayed"
        )
        return Amount(calls=calls, tokens=int(tokens), usd=usd)

    def spent(self) -> Spent:
        """All calls of the run so far; its seconds are those spent waiting for them."""
        ((calls, replayed, prompt, completion, seconds, usd),) = self._file.rows(
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
        self._file.close()


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
        what = kind.__name__.removeprefix("Run").lower()
        first = error.errors(include_url=False, include_input=False)[0]
        if first["type"] == "extra_forbidden":
            raise InputError(
                f"the {what} of run {directory.name!r} has {'.'.join(map(str, first['loc']))!r}, "
                "which this version of optwright does not know",
                hint="it was begun by another version; use that one, or solve the problem again",
            ) from error
        raise _damaged(directory / "run.sqlite", f"its {what} cannot be read") from error


def _damaged(path: Path, what: str) -> FileDamaged:
    return FileDamaged(f"run file {str(path)!r} is damaged: {what}", hint=_DAMAGED)
