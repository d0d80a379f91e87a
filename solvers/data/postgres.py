"""PostgreSQL, the one module that knows psycopg: read-only transactions and a cursor on the server,
which takes nothing but a query and hands out rows as they are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING

from optwright.errors import DataError, ExtraMissing, Unavailable
from optwright.solvers.data.database import BATCH, LIMIT_S, Rows, Source, too_long

if TYPE_CHECKING:
    import psycopg

CONNECT_S = 10


class Postgres:
    """A connection to a PostgreSQL server. Raises `Unavailable` where none can be had."""

    def __init__(self, source: Source) -> None:
        if find_spec("psycopg") is None:
            raise ExtraMissing("psycopg", "data")
        import psycopg

        self._source = source
        self._fetched = 0
        self._opened: psycopg.ServerCursor | None = None
        try:
            self._connection = psycopg.connect(
                source.connection,
                connect_timeout=CONNECT_S,
                options=f"-c statement_timeout={LIMIT_S * 1000:.0f}",
            )
        except psycopg.Error as error:
            raise Unavailable(
                f"cannot connect to {source.place!r}: {_first_line(error)}",
                hint="see whether the server runs and user and password are right",
            ) from error
        self._connection.read_only = True

    def select(self, sql: str) -> tuple[list[str], Rows]:
        with self._errors():
            cursor = self._opened = self._connection.cursor("optwright")
            cursor.execute(sql.strip().rstrip(";").encode())
            heads = [column.name for column in cursor.description or ()]
        return heads, self._batches(cursor)

    def _batches(self, cursor: psycopg.ServerCursor) -> Rows:
        while True:
            with self._errors():
                batch = cursor.fetchmany(BATCH)
            if not batch:
                return
            self._fetched += len(batch)
            yield batch

    def tables(self) -> list[str]:
        sql = (
            "SELECT CASE table_schema WHEN 'public' THEN '' ELSE table_schema || '.' END "
            "|| table_name FROM information_schema.tables "
            "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        with self._errors():
            self._connection.rollback()  # what failed before ends the transaction
            return [str(row[0]) for row in self._connection.execute(sql)]

    def close(self) -> None:
        import psycopg

        if self._opened is not None:
            with suppress(psycopg.Error):  # a connection that broke takes its cursors with it
                self._opened.close()
        self._connection.close()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import psycopg

        try:
            yield
        except psycopg.errors.QueryCanceled as error:
            raise too_long(self._source.place) from error
        except psycopg.Error as error:
            if self._connection.closed:
                raise Unavailable(
                    f"the connection to {self._source.place!r} was lost after "
                    f"{self._fetched:,} rows: {_first_line(error)}",
                    hint="try again",
                ) from error
            raise DataError(f"{self._source.place!r}: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
