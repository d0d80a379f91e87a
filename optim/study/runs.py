"""Where a run is kept: one directory with a SQLite file, held by one process at a time.

Every evaluation is on the disk before anything else happens with it; a step's trials, decisions
and checkpoint are written together or not at all.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from sqlite3 import Connection, Error
from typing import TYPE_CHECKING, TypeVar

from optwright.closing import Closing
from optwright.errors import InputError, StorageError
from optwright.optim.trial import JSON, Evaluation, Trial, Values
from optwright.serving.budget import Amount
from optwright.storage.connections import connect_to_read
from optwright.storage.file import File, Words
from optwright.storage.held import hold
from optwright.storage.schema import Schema

if TYPE_CHECKING:
    from filelock import BaseFileLock

T = TypeVar("T")

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS evaluations (
    candidate TEXT, example TEXT, step INTEGER NOT NULL, body TEXT NOT NULL, cost TEXT NOT NULL,
    PRIMARY KEY (candidate, example)
);
CREATE TABLE IF NOT EXISTS trials (number INTEGER PRIMARY KEY, step INTEGER, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS changes (number INTEGER PRIMARY KEY, body TEXT NOT NULL);
"""
SCHEMA = Schema("study", _TABLES)


@dataclass(frozen=True, slots=True)
class Paid:
    """An evaluation that was made, in which step, and what it took from the budget."""

    evaluation: Evaluation
    step: int
    cost: Amount


@dataclass(frozen=True, slots=True)
class Change:
    """One proposal that was weighed against the incumbent: where it came from and why it went
    in or did not.

    `parent` is the trial it would replace, None for the first values. `evidence` is what the
    decision rests on: scores of both on the shared examples and the words of the rule. `cost` is
    what the run had spent since the last decision, `feedback` what the evaluator said. `restores`
    is the number of an earlier change whose values were made current again by hand.
    """

    number: int
    accepted: bool
    trial: int
    parent: int | None
    origin: str
    note: str
    before: Values
    after: Values
    score_before: float | None
    score_after: float | None
    reason: str
    evidence: JSON = field(default_factory=dict)
    feedback: str = ""
    cost: Amount = field(default_factory=Amount)
    restores: int | None = None

    @property
    def is_proposal(self) -> bool:
        """Whether something was proposed here: not so for the first values, and what was made
        current again by hand."""
        return self.parent is not None and self.restores is None

    @property
    def scores(self) -> tuple[float | None, float | None]:
        """Before and after, on the examples they were compared on; where no test was made, in
        training."""
        compared = self.evidence.get("compared") if self.evidence else None
        if not compared:
            return self.score_before, self.score_after
        return compared["before"], compared["after"]

    def to_json(self) -> dict[str, JSON]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, JSON]) -> Change:
        return cls(**{**data, "cost": Amount(**data["cost"])})


class RunStore(Closing):
    """A run on the disk, or in memory when `directory` is None. Safe for threads."""

    def __init__(self, directory: Path | None, *, hold: bool = True) -> None:
        """Open or begin a run; without `hold`, to read one that another process may be working on.

        Raises `RunBusy` when another process holds it, `StorageError` when it cannot be read.
        """
        self.directory = directory
        self._held = _hold(directory) if directory is not None and hold else None
        path = None if directory is None else directory / "run.sqlite"
        words = Words(
            f"run {str(directory)!r}",
            "evaluations made before are kept",
            "name another run directory; the file is left as it is",
        )
        try:
            if hold or path is None:
                # Survives a kill, not every power cut: an evaluation can be made again.
                self._file = File(path, SCHEMA, words, durable=False)
            else:
                self._file = File.read(path, SCHEMA, words)
        except BaseException:
            self._let_go()
            raise

    @property
    def name(self) -> str | None:
        """The run's name; None when it is kept nowhere."""
        return None if self.directory is None else self.directory.name

    def fact(self, name: str) -> JSON:
        """What was written under this name; None when nothing was."""
        rows = self._file.rows("SELECT body FROM facts WHERE name = ?", name)
        return self._read(json.loads, rows[0][0]) if rows else None

    def write_fact(self, name: str, body: JSON) -> None:
        with self._file.writing() as connection:
            _put_fact(connection, name, body)

    def paid(self, candidate: str, example: str) -> Paid | None:
        """The evaluation of a candidate (by its key) on an example, if it was made."""
        query = "SELECT body, step, cost FROM evaluations WHERE candidate = ? AND example = ?"
        for body, step, cost in self._file.rows(query, candidate, example):
            evaluation = Evaluation.from_json(json.loads(body))
            return Paid(evaluation, int(step), Amount(**json.loads(cost)))
        return None

    def keep(self, key: tuple[str, str], paid: Paid) -> None:
        """Write the evaluation of a candidate on a run of an example; it is on the disk when this
        returns."""
        body, cost = json.dumps(paid.evaluation.to_json()), json.dumps(asdict(paid.cost))
        row = (*key, paid.step, body, cost)
        self._file.write("INSERT OR IGNORE INTO evaluations VALUES (?, ?, ?, ?, ?)", *row)

    def evaluations(self) -> int:
        """How many evaluations are kept."""
        return int(self._file.rows("SELECT count(*) FROM evaluations")[0][0])

    def end_step(
        self, step: int, checkpoint: JSON, trials: Sequence[Trial], changes: Sequence[Change]
    ) -> None:
        """Write all that a step brought, at once."""
        rows = [(t.number, step, json.dumps(t.to_json())) for t in trials]
        decided = [(c.number, json.dumps(c.to_json())) for c in changes]
        with self._file.writing() as connection:
            connection.executemany("INSERT INTO trials VALUES (?, ?, ?)", rows)
            connection.executemany("INSERT INTO changes VALUES (?, ?)", decided)
            _put_fact(connection, "checkpoint", checkpoint)

    def trials(self) -> list[Trial]:
        rows = self._file.rows("SELECT body FROM trials ORDER BY number")
        return [self._read(lambda text: Trial.from_json(json.loads(text)), row[0]) for row in rows]

    def changes(self) -> list[Change]:
        rows = self._file.rows("SELECT body FROM changes ORDER BY number")
        return [self._read(lambda text: Change.from_json(json.loads(text)), row[0]) for row in rows]

    def close(self) -> None:
        self._file.close()
        self._let_go()

    def _read(self, make: Callable[[str], T], text: str) -> T:
        try:
            return make(text)
        except (ValueError, TypeError, KeyError) as error:
            raise self._file.damaged(f"it holds {text[:60]!r}") from error

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.release()


def _put_fact(connection: Connection, name: str, body: JSON) -> None:
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, json.dumps(body)))


def _hold(directory: Path) -> BaseFileLock:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        hint = "wait for it, or name another run"
        return hold(directory, f"run {str(directory)!r}", hint)
    except OSError as error:
        raise StorageError(f"run {str(directory)!r} cannot be written: {error}") from error


def existing(directory: Path) -> RunStore:
    """Open a run for reading; a directory without one is an `InputError`."""
    if not (directory / "run.sqlite").is_file():
        raise InputError(f"there is no run in {str(directory)!r}")
    return RunStore(directory, hold=False)


def claim(store: RunStore, description: Mapping[str, JSON]) -> None:
    """Write what this run is, or make sure that the run found there is the same one."""
    found = store.fact("description")
    if found is None:
        store.write_fact("description", dict(description))
        return
    different = sorted(k for k in description if found.get(k) != description[k])
    if different:
        raise InputError(
            f"the run in {str(store.directory)!r} was made with another {different[0]}",
            hint="continue it with the same parameters, optimizer, seed and examples, "
            "or name another run directory",
        )


def begin(store: RunStore, name: str) -> None:
    """Write down when the run began, and the name of what is optimized; once."""
    if store.fact("began") is None:
        store.write_fact("began", {"at": time.time(), "name": name})


def spent_before(store: RunStore) -> tuple[Amount, float]:
    """What a run to be continued had spent, and its seconds: at its last checkpoint, or with its
    final estimate if it ended there."""
    checkpoint, result = store.fact("checkpoint"), store.fact("result")
    if checkpoint is None:
        return Amount(), 0.0
    ended_here = result and result.get("step") == checkpoint["progress"]["step"]
    counted = result if ended_here else checkpoint
    return Amount(**counted["spent"]), counted["elapsed_s"]


def is_study(directory: Path) -> bool:
    """Whether the run there is one of this room; not where there is none, or a damaged one."""
    file = directory / "run.sqlite"
    if not file.is_file():
        return False
    query = "SELECT count(*) FROM sqlite_master WHERE name IN ('trials', 'changes')"
    try:
        with closing(connect_to_read(file)) as read:
            return bool(read.execute(query).fetchone()[0] == 2)
    except Error:
        return False
