"""Tables from SQL databases, named by a URL, read and never written.

    postgresql://user@host/shop?table=demand        a table, or schema.table
    sqlite:///shop.db?query=SELECT town, amount FROM demand WHERE week = 7&name=demand
    duckdb:////data/shop.duckdb?table=demand        four slashes begin an absolute path

Every database is opened so that it refuses to write, whatever the query says; a query has `LIMIT_S`
seconds and as many cells as a table may have. Passwords are in no message.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from optwright.errors import DataError
from optwright.solvers.data.database import LIMIT_S, Database, Rows, Source, too_long
from optwright.solvers.data.table import MAX_CELLS, Table, check_header, did_you_mean, from_columns

SCHEMES = ("postgresql", "postgres", "sqlite", "duckdb")
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_OWN = ("table", "query", "name")


def is_database(source: object) -> bool:
    """Whether a source of data is a URL and not a file."""
    return isinstance(source, str) and _URL.match(source) is not None


def parse_source(url: str) -> Source:
    """Take a URL apart; `DataError` for a kind of database that is not read."""
    found = urlsplit(url)
    scheme = found.scheme.lower()
    if scheme not in SCHEMES:
        raise DataError(
            f"databases of the kind {scheme!r} are not read; those are postgresql, sqlite, duckdb"
        )
    given = parse_qsl(found.query, keep_blank_values=True)
    own = {key: value for key, value in given if key in _OWN}
    rest = urlencode([(key, value) for key, value in given if key not in _OWN])
    host = found.hostname or ""
    return Source(
        scheme="postgresql" if scheme == "postgres" else scheme,
        place=f"{scheme}://{host}{found.path}",
        path=unquote(found.path.removeprefix("/")),
        connection=found._replace(query=rest, fragment="").geturl(),
        **own,
    )


def read_database(url: str, name: str | None = None) -> Table:
    """The table that a URL names: a table of the database, or what its query gives.

    It is called `name`, or what the URL says, or like the table, or like the database.
    """
    source = parse_source(url)
    if source.table and source.query:
        raise DataError(f"{source.place!r} names both a table and a query; name one of them")
    database = _open(source)
    try:
        return _read(database, source, name or _name(source))
    finally:
        database.close()


def _open(source: Source) -> Database:
    if source.scheme == "postgresql":
        from optwright.solvers.data.postgres import Postgres

        return Postgres(source)
    path = Path(source.path)
    if not path.is_file():
        raise DataError(
            f"there is no database file {source.path!r}",
            hint=f"{source.scheme}:////PATH is an absolute path, three slashes a relative one",
        )
    if source.scheme == "duckdb":
        from optwright.solvers.data.duckdb_files import DuckDB

        return DuckDB(path)
    from optwright.solvers.data.sqlite_files import SQLite

    return SQLite(path)


def _read(database: Database, source: Source, name: str) -> Table:
    if not (source.table or source.query):
        known = ", ".join(database.tables()) or "none"
        raise DataError(
            f"{source.place!r} names no table; it has {known}",
            hint="end it with ?table=NAME or ?query=SELECT ...",
        )
    try:
        heads, batches = database.select(source.query or f"SELECT * FROM {quoted(source.table)}")
    except DataError as error:
        if source.table:
            raise _no_table(database, source, error) from error
        raise
    return collected(name, heads, batches)


def _no_table(database: Database, source: Source, error: DataError) -> DataError:
    """The same error, and if the table is not there, which ones are."""
    known = database.tables()
    if source.table in known:
        return error
    told = ", ".join(known[:12]) or "none"
    message = f"{source.place!r} has no table {source.table!r}; it has {told}"
    return DataError(message, hint=did_you_mean(source.table, known))


def collected(name: str, heads: list[str], batches: Rows) -> Table:
    """All rows as a table; stops at what a table may hold, and at the time limit."""
    check_header(name, heads)
    columns: list[list[Any]] = [[] for _ in heads]
    until = time.monotonic() + LIMIT_S
    for batch in batches:
        for column, cells in zip(columns, zip(*batch, strict=True), strict=True):
            column.extend(cells)
        if len(columns) * len(columns[0]) > MAX_CELLS:
            raise DataError(
                f"table {name!r} has more than {MAX_CELLS:,} cells",
                hint="select the rows and columns the problem needs",
            )
        if time.monotonic() > until:
            raise too_long(name)
    if not columns or not columns[0]:
        raise DataError(f"table {name!r} has no rows")
    return from_columns(name, dict(zip(heads, columns, strict=True)))


def quoted(table: str) -> str:
    """`schema.table` as SQL reads it, whatever characters are in it."""
    return ".".join('"{}"'.format(part.replace('"', '""')) for part in table.split("."))


def _name(source: Source) -> str:
    whole = source.name or source.table.rpartition(".")[2] or Path(source.path).stem
    return whole or "data"
