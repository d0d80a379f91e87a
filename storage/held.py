"""Directories that one process works in at a time.

DIRECTORY/lock    held for life; the kernel lets go of it however a process ends
DIRECTORY/holder  who holds it
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from optwright.errors import RunBusy

if TYPE_CHECKING:
    from filelock import BaseFileLock

_TRY_S = 0.5  # longer than `is_held` has the lock while it looks


def hold(directory: Path, what: str, hint: str) -> BaseFileLock:
    """Take a directory for this process until the lock is released.

    Raises `RunBusy`, which says that `what` is held and by whom, and `OSError` where the directory
    cannot be written.
    """
    from filelock import FileLock, Timeout  # it brings asyncio, which much here does without

    lock = FileLock(directory / "lock", thread_local=False)
    try:
        lock.acquire(timeout=_TRY_S)
    except Timeout:
        raise RunBusy(f"{what} is held by {_holder(directory)}", hint=hint) from None
    (directory / "holder").write_text(f"process {os.getpid()}", encoding="utf-8")
    return lock


def is_held(directory: Path) -> bool:
    """Whether a process holds the directory now."""
    from filelock import FileLock, Timeout

    try:
        with FileLock(directory / "lock").acquire(timeout=0):
            return False
    except (Timeout, OSError):
        return True


def _holder(directory: Path) -> str:
    try:
        return (directory / "holder").read_text(encoding="utf-8") or "another process"
    except OSError:  # it has the lock and has not said its name yet
        return "another process"
