"""Databases: what a URL reads, that nothing is written, and what is said when it cannot be read."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from optwright.errors import DataError, Unavailable
from optwright.solvers.data import databases, sqlite_files
from optwright.solvers.data.databases import is_database, parse_source, quoted, read_database
from optwright.solvers.data.table import Table
from optwright.solvers.data.tables import load, read
from tests.postgres_server import Server, binaries, server

DEMAND = [("Lyon", 3), ("Metz", 4.5)]


def rows(table: Table) -> list[tuple[object, ...]]:
    return list(table.rows)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE demand (town TEXT, amount REAL)")
        connection.executemany("INSERT INTO demand VALUES (?, ?)", DEMAND)
        connection.execute('CREATE TABLE "odd "" name" (a INTEGER)')
        connection.execute('INSERT INTO "odd "" name" VALUES (7)')
    return path


def url(path: Path, what: str) -> str:
    return f"sqlite:///{path}?{what}"


def test_a_table_of_a_database_is_read_and_named_after_itself(shop: Path) -> None:
    tables = load([url(shop, "table=demand")])
    assert rows(tables["demand"]) == DEMAND


def test_a_query_gives_a_table_with_the_name_it_asks_for(shop: Path) -> None:
    asked = url(shop, "query=SELECT town FROM demand WHERE amount > 4&name=large")
    assert rows(load([asked])["large"]) == [("Metz",)]
    assert read_database(url(shop, "query=SELECT 1 AS one")).name == "shop"


def test_a_tables_name_may_hold_any_character(shop: Path) -> None:
    assert rows(read_database(url(shop, "table=odd %22 name"))) == [(7,)]
    assert quoted('a.b"c') == '"a"."b""c"'


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO demand VALUES ('Nice', 1)",
        "DELETE FROM demand RETURNING town",
        "DROP TABLE demand",
        "ATTACH 'other.db' AS other",
        "PRAGMA journal_mode = DELETE",
        "SELECT town FROM demand; DROP TABLE demand",
    ],
)
def test_no_query_writes_to_a_database(shop: Path, sql: str, tmp_path: Path) -> None:
    before = shop.read_bytes()
    with pytest.raises(DataError):
        read_database(url(shop, f"query={sql}"))
    assert shop.read_bytes() == before
    assert list(tmp_path.iterdir()) == [shop]


def test_a_table_that_is_not_there_is_answered_with_those_that_are(shop: Path) -> None:
    with pytest.raises(DataError, match="has no table 'demnd'; it has demand, odd") as error:
        read_database(url(shop, "table=demnd"))
    assert error.value.hint == "did you mean 'demand'?"
    with pytest.raises(DataError, match="names no table; it has demand"):
        read_database(f"sqlite:///{shop}")


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("sqlite:///nowhere.db?table=t", "there is no database file 'nowhere.db'"),
        ("oracle://host/db?table=t", "of the kind 'oracle' are not read"),
        ("sqlite:///x.db?table=t&query=SELECT 1", "names both a table and a query"),
    ],
)
def test_a_url_that_names_nothing_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        read_database(source)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("town,amount\n" * 100, encoding="utf-8")
    with pytest.raises(DataError, match="not a database"):
        read_database(url(path, "table=t"))


def test_rows_past_what_a_table_may_hold_are_refused(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "MAX_CELLS", 50_000)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    with pytest.raises(DataError, match="more than 50,000 cells"):
        read_database(url(shop, f"query={endless.replace('+', '%2B')}"))


def test_a_query_without_end_is_stopped(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_files, "LIMIT_S", 0.3)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) SELECT max(i) FROM n"
    began = time.monotonic()
    with pytest.raises(DataError, match="takes longer than"):
        read_database(url(shop, f"query={endless}"))
    assert time.monotonic() - began < 5


def test_a_password_is_in_no_message() -> None:
    source = parse_source("postgresql://anna:secret@127.0.0.1:1/shop?table=t&sslmode=disable")
    assert "secret" not in source.place + repr(source)
    assert source.connection.endswith("@127.0.0.1:1/shop?sslmode=disable")
    with pytest.raises(Unavailable, match=r"cannot connect to 'postgresql://127.0.0.1/shop'") as e:
        read_database("postgresql://anna:secret@127.0.0.1:1/shop?table=t")
    assert "secret" not in str(e.value)


def test_only_urls_are_databases() -> None:
    assert is_database("sqlite:///shop.db?table=t")
    assert not is_database("shop.db")
    assert not is_database(Path("sqlite:/shop.db"))


# DuckDB and Parquet


@pytest.fixture
def duck(tmp_path: Path) -> Path:
    duckdb = pytest.importorskip("duckdb", reason="the extra 'data' is not installed")
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE demand (town VARCHAR, amount DECIMAL(8, 2), day DATE)")
        connection.execute(
            "INSERT INTO demand VALUES ('Lyon', 3, '2026-01-05'), ('Metz', 4.5, NULL)"
        )
        parquet = tmp_path / "demand.parquet"
        connection.execute(f"COPY demand TO '{parquet}' (FORMAT parquet)")
    return path


def test_a_parquet_file_is_a_table(duck: Path) -> None:
    (table,) = read(duck.parent / "demand.parquet")
    assert rows(table) == [("Lyon", 3, "2026-01-05"), ("Metz", 4.5, None)]


def test_a_duckdb_file_is_read_like_any_database(duck: Path) -> None:
    table = read_database(f"duckdb:///{duck}?table=demand")
    assert table.column("amount").cells == [3, 4.5]
    with pytest.raises(DataError, match="has no table 'orders'; it has demand"):
        read_database(f"duckdb:///{duck}?table=orders")


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO demand VALUES ('Nice', 1, NULL)",
        "COPY demand TO '/tmp/optwright-should-not-be-here.csv'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "INSTALL httpfs",
    ],
)
def test_no_query_of_a_duckdb_file_writes_or_reaches_elsewhere(duck: Path, sql: str) -> None:
    before = duck.read_bytes()
    with pytest.raises(DataError):
        read_database(f"duckdb:///{duck}?query={sql}")
    assert duck.read_bytes() == before
    assert not Path("/tmp/optwright-should-not-be-here.csv").exists()


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("duckdb", reason="the extra 'data' is not installed")
    path = tmp_path / "demand.parquet"
    path.write_text("town,amount\nLyon,3\n", encoding="utf-8")
    with pytest.raises(DataError, match="cannot be read"):
        read(path)


# PostgreSQL, a real one


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    folder = binaries()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    psycopg = pytest.importorskip("psycopg", reason="the extra 'data' is not installed")
    with server(folder) as started:
        with psycopg.connect(started.url()) as connection:
            connection.execute("CREATE TABLE demand (town text, amount numeric, day date)")
            connection.execute(
                "INSERT INTO demand VALUES ('Lyon', 3, '2026-01-05'), ('Metz', 4.5, NULL)"
            )
            connection.execute("CREATE SCHEMA north")
            connection.execute("CREATE TABLE north.stock (item uuid)")
            connection.execute("INSERT INTO north.stock VALUES (gen_random_uuid())")
        yield started


@pytest.mark.postgres
class TestPostgres:
    def test_a_table_is_read_with_its_types(self, postgres: Server) -> None:
        table = load([postgres.url("?table=demand")])["demand"]
        assert rows(table) == [("Lyon", 3, "2026-01-05"), ("Metz", 4.5, None)]

    def test_a_query_is_read(self, postgres: Server) -> None:
        asked = postgres.url("?query=SELECT sum(amount) AS total FROM demand;&name=totals")
        table = read_database(asked)
        assert (table.name, rows(table)) == ("totals", [(7.5,)])

    @pytest.mark.parametrize(
        "sql",
        [
            "INSERT INTO demand VALUES ('Nice', 1, NULL)",
            "WITH gone AS (DELETE FROM demand RETURNING *) SELECT * FROM gone",
            "SELECT 1; DROP TABLE demand",
            "COMMIT",
            "SELECT setval('x', 1)",
        ],
    )
    def test_no_query_writes(self, postgres: Server, sql: str) -> None:
        with pytest.raises(DataError):
            read_database(postgres.url(f"?query={sql}"))
        assert len(read_database(postgres.url("?table=demand"))) == 2

    def test_a_missing_table_is_answered_with_those_there_are(self, postgres: Server) -> None:
        with pytest.raises(DataError, match=r"has no table 'demnd'; it has demand, north\.stock"):
            read_database(postgres.url("?table=demnd"))

    def test_a_cell_that_is_neither_number_nor_text_names_its_row(self, postgres: Server) -> None:
        with pytest.raises(DataError, match="column 'item', row 1 holds UUID"):
            read_database(postgres.url("?table=north.stock"))

    def test_a_lost_connection_is_a_sentence(self, postgres: Server) -> None:
        fatal = (
            "SELECT i, CASE WHEN i > 30000 THEN pg_terminate_backend(pg_backend_pid()) END "
            "FROM generate_series(1, 50000) i"
        )
        with pytest.raises(Unavailable, match=r"was lost after [23]0,000 rows"):
            read_database(postgres.url(f"?query={fatal}"))

    def test_a_query_that_takes_too_long_is_stopped(
        self, postgres: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("optwright.solvers.data.postgres.LIMIT_S", 0.3)
        with pytest.raises(DataError, match="takes longer than"):
            read_database(postgres.url("?query=SELECT pg_sleep(30)"))

    def test_a_user_the_server_does_not_know_is_a_sentence(self, postgres: Server) -> None:
        with pytest.raises(Unavailable, match="cannot connect"):
            read_database(postgres.url("?table=demand", user="nobody_here"))
