"""Disks that are small, and folders where nothing may be written, also for root."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(place: Path, *commands: list[str], why: str) -> Iterator[Path]:
    """Mount something on a folder; the test is skipped where this user may not."""
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip(why)
    for command in commands:
        if subprocess.run(["mount", *command], capture_output=True, check=False).returncode:
            pytest.skip(why)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def small(place: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    place.mkdir()
    command = ["-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)]
    with mounted(place, command, why="only root can mount a small disk"):
        yield place


@contextmanager
def locks() -> Iterator[Callable[[Path], None]]:
    """What makes folders read-only until the end of the block."""
    with ExitStack() as undo:

        def lock(folder: Path) -> None:
            if os.name != "nt" and os.geteuid() != 0:
                folder.chmod(0o555)
                undo.callback(folder.chmod, 0o755)
                return
            bind = ["--bind", str(folder), str(folder)]
            again = ["-o", "remount,ro,bind", str(folder)]
            why = "only root that may mount can lock a folder to itself"
            undo.enter_context(mounted(folder, bind, again, why=why))

        yield lock


def free(place: Path) -> int:
    """The bytes that are free on a disk."""
    disk = os.statvfs(place)
    return disk.f_bavail * disk.f_frsize


def fill(place: Path, leaving: int = 0) -> None:
    """Fill a disk with a file `filler`, but for some bytes."""
    (place / "filler").write_bytes(bytes(max(0, free(place) - leaving)))
