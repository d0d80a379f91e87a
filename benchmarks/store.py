"""A measurement on the disk: a folder that one process holds at a time.

DIR/run.sqlite     what is measured, the tasks, a record of each attempt that ended, and what was
                   spent of the budget of all
DIR/ledger.sqlite  every reply, unless another ledger is named
DIR/lock           held for life; the kernel lets go of it however a process ends

A record is written when its attempt ends, in one transaction. What was asked for an attempt that
did not end is in the ledger, so beginning it again pays for nothing twice.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from optwright.benchmarks.record import Record
from optwright.benchmarks.task import Label, Task
from optwright.closing import Closing
from optwright.errors import FileDamaged, InputError, StorageError
from optwright.serving.budget import Amount
from optwright.storage.file import File, Words
from optwright.storage.held import hold
from optwright.storage.schema import Schema

if TYPE_CHECKING:
    from filelock import BaseFileLock

FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY, place INTEGER NOT NULL, question TEXT NOT NULL, label TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS records (
    task TEXT NOT NULL, sample INTEGER NOT NULL, record TEXT NOT NULL, wall_s REAL NOT NULL,
    replayed INTEGER NOT NULL, at REAL NOT NULL, PRIMARY KEY (task, sample)
);
"""

SCHEMA = Schema("measurement", _TABLES)
_DAMAGED = "measure into another folder with the same ledger: what it holds costs nothing"


class Setup(BaseModel):
    """What is measured. Two measurements with the same setup can be continued and compared; how
    many tasks, samples and jobs there are may change from one start to the next."""

    model_config = ConfigDict(frozen=True)

    dataset: str
    data_sha256: str = ""
    skip: int = 0
    """How many problems come before those that are measured. A folder is for one beginning, so
    that problems nobody has read are never added up with those that were."""
    rule: str = "strict"
    """The lenient rule of the data set's paper."""
    system: str
    model: str
    seed: int = 0
    budget: str = ""
    """Of each problem, as `Budget.parse` reads it."""
    timeout_s: float = 1800.0
    options: dict[str, str] = {}


@dataclass(frozen=True)
class TaskShown:
    """A task as a report shows it. `place` is its place in order of md5(question)."""

    id: str
    place: int
    question: str
    label: Label


@dataclass(frozen=True)
class StoredRun:
    """A measurement that was read: what was measured and every record, in order of tasks, then of
    samples. `facts` are commit, versions and what else was written down when it began."""

    setup: Setup
    facts: dict[str, Any]
    tasks: tuple[TaskShown, ...]
    records: tuple[Record, ...]
    wall_s: dict[tuple[str, int], float] = field(default_factory=dict)
    """What attempts took on the clock; it differs from run to run, so reports leave it out."""

    @property
    def measured_on(self) -> str:
        """The data set, and after how many of its problems the measured ones begin."""
        skip = self.setup.skip
        return f"{self.setup.dataset} after the first {skip}" if skip else self.setup.dataset

    def only(self, tasks: Collection[str], samples: int) -> StoredRun:
        """The part of these tasks and of this many samples at each."""
        return replace(
            self,
            tasks=tuple(t for t in self.tasks if t.id in tasks),
            records=tuple(r for r in self.records if r.task in tasks and r.sample < samples),
        )


class Store(Closing):
    """A measurement's folder, held by this process until `close`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        with _storage_errors(directory):
            directory.mkdir(parents=True, exist_ok=True)
        self._lock = _hold(directory)
        try:
            # Survives a killed process. After a power failure the last records may be missing;
            # their replies are in the ledger, which waits for the disk.
            self._file = File(directory / "run.sqlite", SCHEMA, _words(directory), durable=False)
        except BaseException:
            self._lock.release()
            raise

    def begin(self, setup: Setup, facts: dict[str, Any]) -> None:
        """Write down what is measured; `InputError` where the folder holds another measurement.
        One without a record is none yet: a start with a typing error must not occupy a folder."""
        fact = self._fact("setup")
        if fact is None or not self.done():
            with self._file.writing() as connection:
                connection.execute("DELETE FROM tasks")
                self._put("setup", setup.model_dump(mode="json"))
                self._put("facts", {"format": FORMAT, **facts})
                self._put("began", {"at": time.time()})  # no fact: reports are the same each time
            return
        try:
            kept = Setup.model_validate(fact).model_dump(mode="json")
        except ValidationError as error:
            raise _damaged(self.directory, f"ValidationError: {error}") from error
        for name, value in setup.model_dump(mode="json").items():
            if kept[name] != value:
                where = repr(str(self.directory))
                said = f"{where} holds a measurement with {name}={kept[name]!r}, not {value!r}"
                if name == "data_sha256":
                    said = (
                        f"the data of {setup.dataset!r} has changed since the measurement in "
                        f"{where} began"
                    )
                raise InputError(said, hint="name another folder with --out")

    def expect(self, tasks: Iterable[Task]) -> None:
        """Write down tasks; those that are there stay as they are."""
        rows = ((t.id, t.place, t.question, json.dumps(t.label)) for t in tasks)
        with self._file.writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO tasks VALUES (?, ?, ?, ?)", rows)

    def done(self) -> set[tuple[str, int]]:
        """The attempts that ended, as (task, sample)."""
        return {(t, s) for t, s in self._file.rows("SELECT task, sample FROM records")}

    def keep(self, record: Record, wall_s: float, replayed: int) -> None:
        """Write a record; one that is there is not replaced."""
        row = (record.task, record.sample, record.model_dump_json(), wall_s, replayed, time.time())
        self._file.write("INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?, ?)", *row)

    def keep_spent(self, spent: Amount) -> None:
        """Write down what was spent of the budget of all, so that a later start goes on from it."""
        self._put("spent", asdict(spent))

    def spent(self) -> Amount:
        """What earlier starts spent."""
        kept = self._fact("spent")
        return Amount() if kept is None else Amount(**kept)

    def read(self) -> StoredRun:
        """Everything that is kept."""
        return _read(self._file, self.directory)

    def close(self) -> None:
        self._file.close()
        self._lock.release()

    def _fact(self, name: str) -> dict[str, Any] | None:
        rows = self._file.rows("SELECT body FROM facts WHERE name = ?", name)
        return dict(json.loads(rows[0][0])) if rows else None

    def _put(self, name: str, body: dict[str, Any]) -> None:
        text = json.dumps(body, sort_keys=True)
        self._file.write("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, text)


def read_run(directory: str | Path) -> StoredRun:
    """Read a measurement, also while another process works on it. Raises `InputError` where there
    is none, `StorageError` where it is damaged."""
    directory = Path(directory)
    path = directory / "run.sqlite"
    if not path.is_file():
        raise InputError(f"there is no measurement in {str(directory)!r}")
    with File.read(path, SCHEMA, _words(directory)) as file:
        return _read(file, directory)


def joined(runs: Iterable[StoredRun]) -> StoredRun:
    """Shards of one measurement as one; `InputError` where they measure different things."""
    first, *others = runs
    for other in others:
        if other.setup != first.setup:
            raise InputError(
                f"{first.setup.system!r} on {first.setup.dataset!r} and {other.setup.system!r} on "
                f"{other.setup.dataset!r} are not shards of one measurement"
            )
    parts = [first, *others]
    tasks = {task.id: task for run in parts for task in run.tasks}
    records = {(r.task, r.sample): r for run in parts for r in run.records}
    places = {task.id: task.place for task in tasks.values()}
    return StoredRun(
        first.setup,
        first.facts,
        tuple(sorted(tasks.values(), key=lambda t: t.place)),
        tuple(sorted(records.values(), key=lambda r: (places[r.task], r.sample))),
        {key: wall for run in parts for key, wall in run.wall_s.items()},
    )


def _read(file: File, directory: Path) -> StoredRun:
    kept = file.rows("SELECT * FROM facts")
    tasks = file.rows("SELECT * FROM tasks ORDER BY place")
    rows = file.rows(
        "SELECT record, wall_s FROM records JOIN tasks ON tasks.id = task ORDER BY place, sample"
    )
    try:
        facts = {name: json.loads(body) for name, body in kept}
        records = tuple(Record.model_validate_json(text) for text, _ in rows)
        return StoredRun(
            Setup.model_validate(facts["setup"]),
            facts["facts"],
            tuple(TaskShown(i, p, q, json.loads(label)) for i, p, q, label in tasks),
            records,
            {(r.task, r.sample): wall for r, (_, wall) in zip(records, rows, strict=True)},
        )
    except (ValidationError, ValueError, KeyError) as error:
        raise _damaged(directory, f"{type(error).__name__}: {error}") from error


def _hold(directory: Path) -> BaseFileLock:
    with _storage_errors(directory):
        hint = "wait until it ends, or name another folder with --out"
        return hold(directory, repr(str(directory)), hint)


def _words(directory: Path) -> Words:
    what = f"the measurement in {str(directory)!r}"
    return Words(what, "replies paid for are kept", _DAMAGED)


@contextmanager
def _storage_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{str(directory)!r} cannot be used for a measurement: {error.strerror}",
            hint="make room there, or name another folder with --out",
        ) from error


def _damaged(directory: Path, what: str) -> FileDamaged:
    return FileDamaged(f"the measurement in {str(directory)!r} is damaged: {what}", hint=_DAMAGED)
