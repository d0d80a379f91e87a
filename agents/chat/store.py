"""Where a session is kept: versions of the model, turns and tables, in one SQLite file.

SESSIONS/NAME/session.sqlite   versions, turns, tables and outcomes by content, choices, thread
SESSIONS/NAME/lock             held for life; the kernel lets go of it however a process ends
SESSIONS/NAME/holder           who holds it

The thread's checkpoint (`thread`) says how many versions and turns count. What lies beyond was
written by a turn that never ended, and goes when the session is opened again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from optwright.agents.chat.reply import Reply
from optwright.agents.solution import Solution
from optwright.errors import InputError, StorageError
from optwright.solvers.backends.program import Program
from optwright.solvers.data.table import Table
from optwright.solvers.data.table_json import table_from_json, table_to_json
from optwright.solvers.edit.operations import EDITS, Edit
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import Outcome, Reached
from optwright.storage.file import File, Words
from optwright.storage.held import hold
from optwright.storage.schema import Schema

if TYPE_CHECKING:
    from filelock import BaseFileLock

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (digest TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS versions (
    id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, title TEXT NOT NULL, edits TEXT NOT NULL,
    formulation TEXT NOT NULL, tables TEXT NOT NULL, outcome TEXT NOT NULL,
    solution TEXT NOT NULL, made REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS turns (
    id INTEGER PRIMARY KEY, said TEXT NOT NULL, reply TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS choices (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
SCHEMA = Schema("conversation", _TABLES, beside=frozenset({"checkpoints", "writes"}))
MOST_REMEMBERED = 64  # tables whose place in the file is known without writing them out


class Version(BaseModel):
    """One state of the model. `parent` is 0 for the first; `edits` made it out of its parent."""

    model_config = ConfigDict(frozen=True)

    id: int
    parent: int
    title: str
    edits: tuple[Edit, ...] = ()
    made: float = 0.0
    """Seconds since 1970."""


class Turn(BaseModel):
    """What was said, and what came of it."""

    model_config = ConfigDict(frozen=True)

    id: int
    said: str
    reply: Reply
    at: float


def default_directory() -> Path:
    """`OPTWRIGHT_SESSIONS`, or `sessions` in the user's data directory; makes nothing."""
    import platformdirs

    given = os.environ.get("OPTWRIGHT_SESSIONS")
    return Path(given) if given else platformdirs.user_data_path("optwright") / "sessions"


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions in one directory. It is made when the first one begins."""

    directory: Path = field(default_factory=default_directory)

    def path(self, name: str) -> Path:
        """Where a session of that name is, or would be; `InputError` for what is no name."""
        if not name.isprintable() or name in ("", ".", "..") or name != Path(name).name:
            raise InputError(f"{name!r} is not a name for a session")
        return self.directory / name

    def names(self) -> list[str]:
        """The sessions there are, the one used last at the end."""
        try:
            files = [(p.stat().st_mtime, p.parent.name) for p in self._files()]
        except OSError as error:
            raise StorageError(
                f"{str(self.directory)!r} cannot be read: {error.strerror}"
            ) from error
        return [name for _, name in sorted(files)]

    def new_name(self) -> str:
        """A name that is not taken: today's date and a number."""
        day, taken = time.strftime("%Y-%m-%d"), set(self.names())
        return next(n for k in range(1, len(taken) + 2) if (n := f"{day}-{k}") not in taken)

    def _files(self) -> list[Path]:
        return [*self.directory.glob("*/session.sqlite")] if self.directory.is_dir() else []


class Store:
    """The file of one session, held by this process until `close`.

    `directory` None keeps everything in memory. Raises `RunBusy` while another process holds the
    session, and `StorageError` where it cannot be read or written.
    """

    def __init__(self, directory: Path | None) -> None:
        self._lock: BaseFileLock | None = None
        self._known: tuple[Version, ...] | None = None
        self._written: dict[int, tuple[Table, str]] = {}
        if directory is not None:
            self._lock = _hold(directory)
        path = None if directory is None else directory / "session.sqlite"
        self._what = "the session" if path is None else f"session file {str(path)!r}"
        kept = "finished turns are kept"
        words = Words(self._what, kept, "begin another session; the file is left as it is")
        try:
            self.file = File(path, SCHEMA, words)
        except BaseException:
            self._release()
            raise

    def close(self) -> None:
        self.file.close()
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()

    # Versions

    def put_version(
        self,
        version: Version,
        program: Program,
        outcome: Outcome,
        solution: Solution | None = None,
    ) -> None:
        """Write a version with its program and what came of it; `solution` where agents say
        more of it than the solver does."""
        assert program.formulation is not None
        tables = self.put_tables(program.tables)
        row = (
            version.id,
            version.parent,
            version.title,
            EDITS.dump_json(version.edits).decode(),
            self._put(program.formulation.to_json(indent=None)),
            json.dumps(tables),
            self._put(json.dumps(asdict(outcome.plain()))),
            "" if solution is None else self._put(solution.to_json(indent=None)),
            version.made,
        )
        self._write("INSERT OR REPLACE INTO versions VALUES (?,?,?,?,?,?,?,?,?)", *row)
        if self._known is not None:
            self._known = (*self._known[: version.id - 1], version)

    def put_solution(self, version: int, solution: Solution) -> None:
        """Write anew what is known of a version; its program stays what it is."""
        digest = self._put(solution.to_json(indent=None))
        self._write("UPDATE versions SET solution = ? WHERE id = ?", digest, version)

    def versions(self) -> tuple[Version, ...]:
        """Every version, the oldest first."""
        if self._known is None:
            rows = self._rows("SELECT id, parent, title, edits, made FROM versions ORDER BY id")
            with self._errors():
                self._known = tuple(
                    Version(id=i, parent=p, title=t, edits=EDITS.validate_json(e), made=m)
                    for i, p, t, e, m in rows
                )
        return self._known

    def program(self, version: int) -> Program:
        formulation, tables = self._version(version, "formulation, tables")
        with self._errors():
            texts = {name: self._get(digest) for name, digest in json.loads(tables).items()}
            return Program(
                Formulation.from_json(self._get(formulation)),
                {name: table_from_json(name, json.loads(text)) for name, text in texts.items()},
            )

    def outcome(self, version: int) -> Outcome:
        from optwright.solvers.backends.worker_child import outcome_from_json

        (digest,) = self._version(version, "outcome")
        with self._errors():
            told = json.loads(self._get(digest))
            reached = tuple(Reached(**one) for one in told.pop("reached", ()))
            return replace(outcome_from_json(told), reached=reached)

    def solution(self, version: int) -> Solution | None:
        """What agents said of a version; None where they did not."""
        (digest,) = self._version(version, "solution")
        with self._errors():
            return Solution.model_validate_json(self._get(digest)) if digest else None

    def _version(self, version: int, columns: str) -> tuple[Any, ...]:
        rows = self._rows(f"SELECT {columns} FROM versions WHERE id = ?", version)
        if not rows:
            raise StorageError(f"{self._what} has no version {version}")
        return rows[0]

    # Turns

    def put_turn(self, turn: Turn) -> None:
        row = (turn.id, turn.said, turn.reply.model_dump_json(), turn.at)
        self._write("INSERT OR REPLACE INTO turns VALUES (?,?,?,?)", *row)

    def turn(self, number: int) -> Turn:
        """A finished turn."""
        rows = self._rows("SELECT id, said, reply, at FROM turns WHERE id = ?", number)
        if not rows:
            raise StorageError(f"{self._what} has no turn {number}")
        with self._errors():
            return _turn(rows[0])

    def turns(self) -> list[Turn]:
        """Every finished turn, the oldest first."""
        rows = self._rows("SELECT id, said, reply, at FROM turns ORDER BY id")
        with self._errors():
            return list(map(_turn, rows))

    def forget_beyond(self, versions: int, turns: int) -> None:
        """Drop what a turn wrote that never ended."""
        self._write("DELETE FROM versions WHERE id > ?", versions)
        self._known = None
        self._write("DELETE FROM turns WHERE id > ?", turns)

    # Choices that hold for the whole session

    def choice(self, name: str) -> str | None:
        """What was chosen under a name; None where nothing was."""
        rows = self._rows("SELECT value FROM choices WHERE name = ?", name)
        return str(rows[0][0]) if rows else None

    def put_choice(self, name: str, value: str) -> None:
        self._write("INSERT OR REPLACE INTO choices VALUES (?,?)", name, value)

    # Tables that came before there is a model

    def put_tables(self, tables: Mapping[str, Table]) -> dict[str, str]:
        """Write tables; what comes back, by name, finds them again."""
        return {name: self._put_table(table) for name, table in tables.items()}

    def _put_table(self, table: Table) -> str:
        # Versions share tables; a large one takes longer to write out than to solve with.
        known = self._written.get(id(table))
        if known is None or known[0] is not table:
            known = table, self._put(json.dumps(table_to_json(table), ensure_ascii=False))
            if len(self._written) >= MOST_REMEMBERED:
                self._written.clear()
            self._written[id(table)] = known
        return known[1]

    def tables(self, digests: Mapping[str, str]) -> dict[str, Table]:
        with self._errors():
            return {
                n: table_from_json(n, json.loads(self._get(digest)))
                for n, digest in digests.items()
            }

    # Objects

    def _put(self, body: str) -> str:
        digest = hashlib.sha256(body.encode()).hexdigest()
        self._write("INSERT OR IGNORE INTO objects VALUES (?,?)", digest, body)
        return digest

    def _get(self, digest: str) -> str:
        rows = self._rows("SELECT body FROM objects WHERE digest = ?", digest)
        if not rows:
            raise self.file.damaged("a part is missing")
        text: str = rows[0][0]
        return text

    def _write(self, statement: str, *values: object) -> None:
        self.file.write(statement, *values)

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.file.rows(query, *values)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """What is no more what was written is an error of the file."""
        try:
            yield
        except (ValueError, LookupError, TypeError, InputError) as error:
            raise self.file.damaged(error) from error


def _turn(row: tuple[Any, ...]) -> Turn:
    number, said, reply, at = row
    return Turn(id=number, said=said, reply=Reply.model_validate_json(reply), at=at)


def _hold(directory: Path) -> BaseFileLock:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return hold(
            directory,
            f"session {directory.name!r}",
            hint="leave it there first, or begin another session",
        )
    except OSError as error:
        raise StorageError(
            f"{str(directory)!r} cannot be used for a session: {error.strerror}"
        ) from error
