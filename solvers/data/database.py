"""An open database as those who read tables see it, whichever it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from optwright.errors import DataError

LIMIT_S = 60.0
BATCH = 10_000  # rows fetched at once

Rows = Iterator[Sequence[tuple[Any, ...]]]


class Database(Protocol):
    """An open database. Its methods raise `DataError` for what the query gets wrong and
    `Unavailable` where the database does not answer."""

    def select(self, sql: str) -> tuple[list[str], Rows]:
        """The names of the result's columns, and its rows in batches."""
        ...

    def tables(self) -> list[str]: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Source:
    """A URL taken apart. `place` is what messages call it, without user and password."""

    scheme: str
    place: str
    path: str
    table: str = ""
    query: str = ""
    name: str = ""
    connection: str = field(default="", repr=False)
    """The URL without what is ours, for the driver."""


def too_long(name: str) -> DataError:
    return DataError(
        f"{name!r} takes longer than {LIMIT_S:g} s to read",
        hint="select the rows and columns the problem needs",
    )
