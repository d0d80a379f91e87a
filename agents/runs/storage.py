"""Faults of the disk that runs are kept on, as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from optwright.errors import StorageError


@contextmanager
def storage_errors(directory: Path) -> Iterator[None]:
    """Raise `StorageError` for what the operating system refuses in `directory`."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"{str(directory)!r} cannot be used for runs: {error.strerror}",
            hint="make room there, or name another place with --run-dir",
        ) from error
