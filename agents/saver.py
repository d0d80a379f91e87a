"""LangGraph's checkpoints in a file of ours: a step is written whole, and the last one is the one
that was written last, whatever the clock said."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.base import CheckpointTuple, get_checkpoint_id
from langgraph.checkpoint.sqlite import SqliteSaver

from optwright.storage.file import File

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

TABLES = frozenset({"checkpoints", "writes"})
"""What it keeps in the file."""

_LAST = (
    "SELECT checkpoint_id FROM checkpoints WHERE thread_id = ? AND checkpoint_ns = ? "
    "ORDER BY rowid DESC LIMIT 1"
)


class WholeSaver(SqliteSaver):
    """Writes all rows of a step, or none: a process that was killed between two of them left a
    step that was taken for done with half of what it had said."""

    def __init__(self, file: File, **settings: Any) -> None:
        super().__init__(file.connection, **settings)
        self._file = file

    @contextmanager
    def cursor(self, transaction: bool = True) -> Iterator[sqlite3.Cursor]:
        """A cursor, whose writes are one transaction."""
        self.conn = self._file.connection  # another one where the file had to be put back
        self.setup()
        if not transaction:
            with super().cursor(transaction) as cursor:
                yield cursor
            return
        with self.lock, self._file.writing() as connection:
            yield connection.cursor()

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that is asked for, or the last one.

        LangGraph takes the one with the highest id for the last, and ids grow with the clock: after
        one that was put back it would give what was true before.
        """
        if not get_checkpoint_id(config):
            where = config["configurable"]
            thread, namespace = str(where["thread_id"]), where.get("checkpoint_ns", "")
            with self.cursor(transaction=False) as cursor:
                last = cursor.execute(_LAST, (thread, namespace)).fetchone()
            if last is None:
                return None
            last_id = {**where, "checkpoint_ns": namespace, "checkpoint_id": last[0]}
            config = {**config, "configurable": last_id}
        return super().get_tuple(config)
