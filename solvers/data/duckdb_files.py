"""DuckDB files and Parquet files, the one module that knows duckdb.

The engine may neither write, nor load extensions, nor reach other files than the one it is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Any

from optwright.errors import DataError, ExtraMissing
from optwright.solvers.data.database import BATCH, LIMIT_S, Rows, too_long
from optwright.solvers.data.table import MAX_CELLS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CONFIG: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "2GB",
    "threads": "2",
}


class DuckDB:
    """A DuckDB database, or with `is_parquet` a Parquet file, opened for reading."""

    def __init__(self, path: Path, *, is_parquet: bool = False) -> None:
        if find_spec("duckdb") is None:
            raise ExtraMissing("duckdb", "data")
        import duckdb

        self._path = path
        self._is_late = False
        with self._errors():
            if is_parquet:
                self._connection = duckdb.connect(config=_CONFIG)
                allowed = [str(path.absolute())]
                self._connection.execute("SET allowed_paths = $paths", {"paths": allowed})
                self._connection.execute("SET enable_external_access = false")
            else:
                config = _CONFIG | {"enable_external_access": "false"}
                self._connection = duckdb.connect(str(path), read_only=True, config=config)
        self._timer = Timer(LIMIT_S, self._interrupt)
        self._timer.daemon = True
        self._timer.start()

    def select(self, sql: str) -> tuple[list[str], Rows]:
        import duckdb

        with self._errors():
            statements = self._connection.extract_statements(sql)
        # A CALL may end the process, and settings may open what is closed.
        if [s.type for s in statements] != [duckdb.StatementType.SELECT]:
            raise DataError(f"the query {sql[:80]!r} gives no table", hint="write one SELECT")
        return self._select(self._connection, sql, None)

    def parquet(self) -> tuple[list[str], Rows]:
        """The columns and rows of a Parquet file; too many are refused before any is read."""
        place = [str(self._path.absolute())]
        with self._errors():
            described = self._connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", place)
            width = len(described.fetchall())
            counted = self._connection.execute("SELECT count(*) FROM read_parquet(?)", place)
            ((rows,),) = counted.fetchall()
        if rows * width > MAX_CELLS:
            raise DataError(
                f"{str(self._path)!r} has {rows * width:,} cells; {MAX_CELLS:,} fit",
                hint="keep the rows and columns the problem needs",
            )
        return self._select(self._connection, "SELECT * FROM read_parquet(?)", place)

    def _select(
        self, connection: DuckDBPyConnection, sql: str, values: list[str] | None
    ) -> tuple[list[str], Rows]:
        with self._errors():
            result = connection.execute(sql, values)
            heads = [str(column[0]) for column in result.description or ()]
        return heads, self._batches(result)

    def _batches(self, result: DuckDBPyConnection) -> Rows:
        while True:
            with self._errors():
                batch = result.fetchmany(BATCH)
            if not batch:
                return
            yield batch

    def tables(self) -> list[str]:
        sql = "SELECT table_name FROM information_schema.tables ORDER BY 1"
        with self._errors():
            return [str(row[0]) for row in self._connection.execute(sql).fetchall()]

    def close(self) -> None:
        self._timer.cancel()
        self._connection.close()

    def _interrupt(self) -> None:
        self._is_late = True
        self._connection.interrupt()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import duckdb

        try:
            yield
        except duckdb.Error as error:
            if self._is_late:
                raise too_long(self._path.name) from error
            said = str(error).strip().partition("\n")[0]
            raise DataError(f"{str(self._path)!r} cannot be read: {said}") from error
