"""LangGraph's checkpoints in a connection that commits each statement by itself.

What a step wrote are several rows; a process that was killed between two of them left a step that
was taken for done with half of what it had said.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from langgraph.checkpoint.sqlite import SqliteSaver


class WholeSaver(SqliteSaver):
    """Writes all rows of a step, or none."""

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """A cursor, whose writes are one transaction."""
        with super().cursor(transaction) as cursor:
            if not transaction or self.conn.in_transaction:
                yield cursor
                return
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                self.conn.rollback()
                raise
