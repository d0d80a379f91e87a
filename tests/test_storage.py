"""SQLite files: whole transactions, and damaged files put aside."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import pytest

import optwright
from optwright.errors import FileDamaged, InputError, StorageError
from optwright.storage.damage import set_aside
from optwright.storage.file import File, Words
from optwright.storage.schema import Kind, Schema
from optwright.storage.transactions import transaction
from tests.disks import fill


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None)) as opened:
        opened.execute("CREATE TABLE kept (n INTEGER)")
        yield opened


def kept(connection: sqlite3.Connection) -> list[int]:
    return [n for (n,) in connection.execute("SELECT n FROM kept ORDER BY n")]


def test_a_block_that_fails_writes_nothing_and_the_next_one_can(
    connection: sqlite3.Connection,
) -> None:
    rows = ((1 // n,) for n in (1, 0))  # one row, then a failure
    with pytest.raises(ZeroDivisionError), transaction(connection) as writing:
        writing.executemany("INSERT INTO kept VALUES (?)", rows)
    with transaction(connection) as writing:
        writing.execute("INSERT INTO kept VALUES (2)")
    assert kept(connection) == [2]


def test_nobody_else_writes_while_a_block_runs(
    connection: sqlite3.Connection, tmp_path: Path
) -> None:
    other = sqlite3.connect(tmp_path / "a.sqlite", isolation_level=None, timeout=0)
    locked = pytest.raises(sqlite3.OperationalError, match="locked")
    with closing(other), transaction(connection), locked, transaction(other):
        pytest.fail("two blocks wrote at once")


def test_a_file_is_put_aside_with_its_side_files_under_a_name_that_is_free(tmp_path: Path) -> None:
    for name in ("a.sqlite", "a.sqlite-wal", "a.sqlite.damaged-1"):
        (tmp_path / name).write_text(name)
    assert set_aside(tmp_path / "a.sqlite") == tmp_path / "a.sqlite.damaged-2"
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {
        "a.sqlite.damaged-1": "a.sqlite.damaged-1",
        "a.sqlite.damaged-2": "a.sqlite",
        "a.sqlite.damaged-2-wal": "a.sqlite-wal",
    }


# Files of a kind

NOTES = Schema("library", "CREATE TABLE IF NOT EXISTS notes (n INTEGER, said TEXT)")
LATER = Schema(
    "library",
    "CREATE TABLE IF NOT EXISTS notes (n INTEGER, said TEXT, by TEXT)",
    ("", "ALTER TABLE notes ADD COLUMN by TEXT; UPDATE notes SET by = 'somebody'"),
)
WORDS = Words("the notes", kept="earlier notes are kept", damaged="restore them from a copy")


def noted(path: Path, *, schema: Schema = NOTES) -> list[int]:
    with File.read(path, schema, WORDS) as file:
        return [n for (n,) in file.rows("SELECT n FROM notes ORDER BY n")]


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[File]:
    with File(tmp_path / "notes.sqlite", NOTES, WORDS) as file:
        file.write("INSERT INTO notes VALUES (1, 'first')")
        yield file


def test_a_file_says_its_kind_and_version_and_refuses_to_be_another(notes: File) -> None:
    assert notes.path is not None
    notes.close()
    before = notes.path.read_bytes()
    other = Schema("study", "CREATE TABLE IF NOT EXISTS trials (n INTEGER)")
    for use in (File, File.read):
        with pytest.raises(InputError, match="is no study: it is the file of a library"):
            use(notes.path, other, WORDS)
    assert notes.path.read_bytes() == before


def test_a_file_of_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop.sqlite"
    with closing(sqlite3.connect(path)) as shop:
        shop.execute("CREATE TABLE orders (n INTEGER)")
    before = path.read_bytes()
    with pytest.raises(InputError, match="something else, with 'orders'"):
        File(path, NOTES, WORDS, wal=False)
    assert path.read_bytes() == before


def test_an_older_file_becomes_one_of_today_and_is_read_without_being_written(notes: File) -> None:
    assert notes.path is not None
    notes.close()
    before = notes.path.read_bytes()
    with File.read(notes.path, LATER, WORDS) as file:
        assert file.rows("SELECT n, by FROM notes") == [(1, "somebody")]
    assert notes.path.read_bytes() == before
    for _ in range(2):
        with File(notes.path, LATER, WORDS) as file:
            assert file.rows("SELECT n, by FROM notes") == [(1, "somebody")]
    with pytest.raises(StorageError, match=r"newer optwright, in version 2.*knows 1"):
        File(notes.path, NOTES, WORDS)


def test_a_migration_that_fails_changes_nothing(notes: File) -> None:
    assert notes.path is not None
    notes.close()
    halfway = Schema(LATER.kind, LATER.tables, ("", "DELETE FROM notes; ALTER TABLE gone ADD c"))
    with pytest.raises(FileDamaged, match="no such table"):
        File(notes.path, halfway, WORDS)
    assert noted(notes.path) == [1]


def test_a_file_whose_number_was_garbled_is_told_by_its_tables(notes: File) -> None:
    assert notes.path is not None
    with notes.writing() as connection:
        connection.execute("PRAGMA application_id = 77")
    notes.close()
    assert noted(notes.path) == [1]


def test_a_text_that_is_no_text_any_more_is_damage(notes: File) -> None:
    notes.write("INSERT INTO notes VALUES (1, CAST(x'fffe' AS TEXT))")
    with pytest.raises(FileDamaged, match="damaged"):
        notes.rows("SELECT * FROM notes")


def test_a_closed_file_says_so(notes: File) -> None:
    notes.close()
    with pytest.raises(StorageError, match="the notes is closed"):
        notes.rows("SELECT 1")


# What happens to a file while it is open


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
@pytest.mark.parametrize("folder_too", [False, True])
@pytest.mark.parametrize("wal", [False, True])
def test_a_file_that_is_deleted_while_it_is_open_is_put_back(
    tmp_path: Path, wal: bool, folder_too: bool
) -> None:
    path = tmp_path / "kept" / "notes.sqlite"
    path.parent.mkdir()
    with File(path, NOTES, WORDS, wal=wal) as file:
        file.write("INSERT INTO notes VALUES (1, 'first')")
        shutil.rmtree(path.parent) if folder_too else path.unlink()
        file.write("INSERT INTO notes VALUES (2, 'second')")
        assert noted(path) == [1, 2]
        with file.writing() as connection:
            connection.execute("INSERT INTO notes VALUES (3, 'third')")
            path.unlink()
        file.write("INSERT INTO notes VALUES (4, 'fourth')")
    assert noted(path) == [1, 2, 3, 4]
    assert {entry.name for entry in path.parent.iterdir()} == {"notes.sqlite"}


def test_a_file_that_was_replaced_is_not_written_over(notes: File, tmp_path: Path) -> None:
    assert notes.path is not None
    with File(tmp_path / "other.sqlite", NOTES, WORDS, wal=False) as other:
        other.write("INSERT INTO notes VALUES (9, 'theirs')")
    os.replace(tmp_path / "other.sqlite", notes.path)
    with pytest.raises(StorageError, match="replaced by another file"):
        notes.write("INSERT INTO notes VALUES (2, 'second')")


@pytest.mark.parametrize("killed", [False, True], ids=["closed", "with its log beside it"])
def test_a_file_in_a_read_only_folder_is_read_with_all_that_was_committed(
    notes: File, read_only: Callable[[Path], None], tmp_path: Path, killed: bool
) -> None:
    assert notes.path is not None
    copy = tmp_path / "copy"
    copy.mkdir()
    if not killed:
        notes.close()
    for file in notes.path.parent.glob("notes.sqlite*"):
        if not file.name.endswith("-shm"):
            shutil.copy(file, copy)
    read_only(copy)
    assert noted(copy / notes.path.name) == [1]
    with pytest.raises(StorageError, match=r"read-only|cannot be opened") as caught:
        File(copy / notes.path.name, LATER, WORDS)
    assert "earlier notes are kept" in caught.value.hint


@pytest.mark.parametrize("wal", [False, True])
def test_a_disk_that_is_full_at_the_commit_costs_that_commit_alone(
    small_disk: Path, wal: bool
) -> None:
    path = small_disk / "notes.sqlite"
    with File(path, NOTES, WORDS, wal=wal) as file:
        file.write("INSERT INTO notes VALUES (1, 'first')")
        failing = pytest.raises(StorageError, match=r"disk is full|disk fails")
        with failing as caught, file.writing() as connection:
            connection.execute("INSERT INTO notes VALUES (2, ?)", ("x" * 40_000,))
            fill(small_disk)  # the row is in memory; there is no room when it is written
        assert "earlier notes are kept" in caught.value.hint
        assert noted(path) == [1]
        (small_disk / "filler").unlink()
        file.write("INSERT INTO notes VALUES (3, ?)", "x" * 40_000)
    assert noted(path) == [1, 3]


def test_nobody_but_the_seam_opens_a_database() -> None:
    rooms = [p for p in Path(optwright.__file__).parent.iterdir() if p.is_dir()]
    callers = [
        file.name
        for room in rooms
        for file in room.rglob("*.py")
        if "sqlite3.connect(" in file.read_text(encoding="utf-8")
    ]
    assert callers == ["connections.py"] * len(callers)
    assert callers


def test_every_kind_of_file_has_its_own_number_for_good() -> None:
    """Files on the disks of others hold these numbers."""
    numbers = {kind: Schema(kind, "").number - 0x4F570000 for kind in get_args(Kind)}
    assert numbers == {
        "ledger": 1,
        "run of a problem": 2,
        "checkpoints": 3,
        "conversation": 4,
        "study": 5,
        "measurement": 6,
        "library": 7,
    }
