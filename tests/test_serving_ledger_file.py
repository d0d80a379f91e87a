"""The file of a ledger: one of somebody else is left as it is, and a replay writes to none."""

from __future__ import annotations

import io
import lzma
import os
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from optwright.errors import InputError, StorageError
from optwright.serving import ledger_file
from optwright.serving.chat import ChatReply, ChatRequest, Finish, Usage, user
from optwright.serving.ledger import Ledger
from optwright.serving.recording import open_replies

BOTH = pytest.mark.parametrize("read_only", [False, True])
TO_BEGIN = "give another name or move this file away"
PAGE = 4096  # bytes


def request(number: int = 0) -> ChatRequest:
    return ChatRequest((user(f"question {number}"),))


def reply(number: int = 0) -> ChatReply:
    return ChatReply(f"answer {number}", Finish.STOP, Usage(10, number), "m")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def record(path: Path, count: int = 12) -> bytes:
    """Record replies in a ledger; return its file."""
    with Ledger(path) as ledger:
        for number in range(count):
            ledger.keep("m", request(number), reply(number))
    return path.read_bytes()


def files(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, but for the shared memory of those who read at the moment."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}


def refusal(path: Path, read_only: bool) -> InputError:
    """What naming this file as a ledger ends in; nothing beside it changes."""
    before = files(path.parent)
    with pytest.raises(InputError) as caught:
        Ledger(path, read_only=read_only)
    assert files(path.parent) == before
    return caught.value


def archive(path: Path) -> bytes:
    """A tar file with the ledger in it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(path, "ledger.sqlite")
    return packed.getvalue()


@BOTH
@pytest.mark.parametrize("kind", ["text", "source", "xz", "tar", "zeros", "half", "zeroed page"])
def test_a_file_that_does_not_begin_as_one_is_refused(
    path: Path, kind: str, read_only: bool
) -> None:
    ledger = record(path)
    path.write_bytes(
        {
            "text": b"these are my holiday pictures",
            "source": Path(ledger_file.__file__).read_bytes(),
            "xz": lzma.compress(b'{"model": "m"}\n'),
            "tar": archive(path),
            "zeros": bytes(PAGE),
            "half": ledger[:9],
            # Without its first page nothing tells a ledger from the rest, nor could it be saved.
            "zeroed page": bytes(PAGE) + ledger[PAGE:],
        }[kind]
    )
    error = refusal(path, read_only)
    assert "is no ledger: it does not begin as an SQLite file does" in str(error)
    assert (TO_BEGIN in error.hint) is not read_only


STRANGERS = {
    "books": "CREATE TABLE books (title TEXT)",
    "view": "CREATE VIEW one AS SELECT 1",
    "replies": "CREATE TABLE replies (post INTEGER, words TEXT)",
    "damaged": "CREATE TABLE damaged (item TEXT, model TEXT)",
}


@BOTH
@pytest.mark.parametrize("table", STRANGERS)
def test_the_database_of_another_program_gets_no_tables(
    path: Path, table: str, read_only: bool
) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(STRANGERS[table])
    assert "SQLite file of something else, with '" in str(refusal(path, read_only))


@BOTH
def test_a_database_that_another_program_writes_is_left_to_it(path: Path, read_only: bool) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE books (title TEXT)")  # in the log only
        assert "with 'books'" in str(refusal(path, read_only))


@BOTH
def test_the_database_of_another_program_stays_where_it_is_also_when_damaged(
    path: Path, read_only: bool
) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE books (title TEXT)")
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * 12 + whole[112:])  # the tree of its tables
    assert "a damaged SQLite file of something else" in str(refusal(path, read_only))


@BOTH
def test_a_folder_or_a_pipe_is_no_ledger(tmp_path: Path, read_only: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        with pytest.raises(InputError, match="it is not a file"):
            Ledger(path, read_only=read_only)


def test_a_file_that_holds_nothing_yet_becomes_a_ledger_when_it_is_recorded_to(path: Path) -> None:
    path.write_bytes(b"")
    assert "it is empty" in str(refusal(path, read_only=True))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 1")  # a database without tables
    assert "without tables" in str(refusal(path, read_only=True))
    record(path, 1)
    assert [p.name for p in path.parent.iterdir()] == ["ledger.sqlite"]


@pytest.mark.parametrize("kind", ["header", "tables", "cut"])
def test_a_damaged_ledger_is_saved_when_it_is_recorded_to_and_an_error_in_a_replay(
    path: Path, kind: str
) -> None:
    whole = record(path)
    damaged = {
        "header": b"\xff" * 100 + whole[100:],
        "tables": whole[:100] + b"\xff" * 12 + whole[112:],
        "cut": whole[:200],
    }[kind]
    path.write_bytes(damaged)
    with pytest.raises(StorageError, match=r"is damaged \(.*\) and cannot be replayed") as caught:
        Ledger(path, read_only=True)
    assert "record with it once" in caught.value.hint
    assert files(path.parent) == {path.name: damaged}
    with Ledger(path) as ledger:
        assert ledger.rebuilt == 1
    assert path.with_name("ledger.sqlite.damaged-1").read_bytes() == damaged


def test_a_replay_that_meets_damage_later_on_leaves_it_as_it_is(path: Path) -> None:
    whole = record(path, 60)
    half = len(whole) // 2
    damaged = whole[:half] + b"\xff" * (len(whole) - half)
    path.write_bytes(damaged)
    with (
        Ledger(path, read_only=True) as ledger,
        pytest.raises(StorageError, match="cannot be replayed"),
    ):
        list(ledger.records())
    assert files(path.parent) == {path.name: damaged}


def test_a_file_put_in_place_of_an_open_ledger_is_not_moved_away(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.keep("m", request(), reply())
        ledger._connection.execute("DROP TABLE replies")  # as damage does
        ledger._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pictures = b"these are my holiday pictures"
        path.unlink()
        path.write_bytes(pictures)
        with pytest.raises(InputError, match="is no ledger"):
            ledger.find("m", request())
        assert path.read_bytes() == pictures


def test_a_replay_needs_a_ledger_that_is_there(path: Path) -> None:
    error = refusal(path, read_only=True)
    assert "there is no ledger" in str(error)
    assert "--ledger record" in error.hint


def test_a_replay_writes_nothing_and_makes_no_file(path: Path) -> None:
    before = {path.name: record(path)}
    with Ledger(path, read_only=True) as ledger:
        assert ledger.find("m", request(3)) == replace(reply(3), replayed=True)
        assert ledger.find("m", request(99)) is None
        assert (len(ledger), ledger.models(), ledger.usage().calls) == (12, ["m"], 12)
        with pytest.raises(StorageError, match="read-only"):
            ledger.keep("m", request(99), reply(99))
        assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert files(path.parent) == before


def test_a_replay_works_where_nothing_can_be_written(
    path: Path, read_only: Callable[[Path], None]
) -> None:
    record(path)
    read_only(path.parent)
    with Ledger(path, read_only=True) as ledger:
        assert ledger.find("m", request(3))


def test_a_replay_reads_the_log_that_a_killed_run_left(path: Path, tmp_path: Path) -> None:
    left = tmp_path / "left"
    left.mkdir()
    with Ledger(path) as ledger:
        ledger.keep("m", request(), reply())
        for name in ("ledger.sqlite", "ledger.sqlite-wal"):
            (left / name).write_bytes((tmp_path / name).read_bytes())
    before = files(left)
    with Ledger(left / "ledger.sqlite", read_only=True) as replay:
        assert replay.find("m", request())
    assert files(left) == before


def test_a_replay_finds_what_others_record_meanwhile(path: Path) -> None:
    record(path, 1)
    with Ledger(path, read_only=True) as replay:
        assert replay.find("m", request(1)) is None
        with Ledger(path) as ledger:
            ledger.keep("m", request(1), reply(1))
            assert replay.find("m", request(1))
        assert replay.find("m", request(0))
        record(path, 3)
        assert replay.find("m", request(2))


def test_a_replay_passes_over_damaged_rows_and_counts_each_once(path: Path) -> None:
    record(path, 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("UPDATE replies SET reply = 'x' WHERE rowid = 1")
    before = files(path.parent)
    with Ledger(path, read_only=True) as ledger:
        assert [ledger.find("m", request()) for _ in range(2)] == [None, None]
        assert ledger.damaged == 1
    assert files(path.parent) == before


def test_recorded_replies_are_only_read(path: Path) -> None:
    before = {path.name: record(path)}
    replies = open_replies(path)
    assert replies.find(None, request())
    replies.close()
    assert files(path.parent) == before
    path.write_bytes(b"no ledger")
    with pytest.raises(InputError, match="is no ledger"):
        open_replies(path)
