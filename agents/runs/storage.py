"""Faults of the disk that runs are kept on, as errors of ours."""

from __future__ import annotations

import shutil
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


@contextmanager
def begun_whole(directory: Path, name: str) -> Iterator[Path]:
    """A folder to write the file `name` in, which is in `directory` under that name only when the
    block has ended well: a process that is killed meanwhile leaves no run."""
    draft = directory / "draft"
    with storage_errors(directory):
        draft.mkdir(parents=True, exist_ok=True)
    yield draft
    with storage_errors(directory):
        (draft / name).rename(directory / name)
        shutil.rmtree(draft)
