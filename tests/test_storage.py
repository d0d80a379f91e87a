"""SQLite files: whole transactions, and damaged files put aside."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from optwright.storage.transactions import set_aside, transaction


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
