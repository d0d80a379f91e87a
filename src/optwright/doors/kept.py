"""The ledger behind a door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optwright.serving.ledger import Ledger


@contextmanager
def kept_in(path: Path | None) -> Iterator[Ledger | None]:
    """A ledger whose folder is made where it is missing, nothing for None: a client that went away,
    or a process that was killed, asks for what was paid for without paying again."""
    if path is None:
        yield None
        return
    from optwright.agents.runs.storage import storage_errors
    from optwright.serving.ledger import Ledger

    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    with Ledger(path) as ledger:
        yield ledger
