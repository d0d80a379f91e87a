"""What a candidate has to be able to read: Python, its packages, the libraries they load."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence

PACKAGES = ("pyomo", "highspy", "numpy")
FILES = ("/dev/null", "/dev/urandom", "/etc/ld.so.cache")
WRITABLE = ("/dev/null",)
_PACKAGE_DIRS = {"site-packages", "dist-packages"}


def readable_paths() -> list[str]:
    """Absolute paths, none beneath another; call it once everything is imported.

    The project somebody works in is not among them, even where it is on `sys.path`.
    """
    found = [*_python(), *_packages(), *_libraries(), *FILES]
    paths = {p for path in found for p in (os.path.abspath(path), os.path.realpath(path))}
    return _outermost(sorted(p for p in paths if os.path.exists(p)))


def importable(paths: Sequence[str]) -> list[str]:
    """The entries of `sys.path` that lie within these."""
    return [e for e in sys.path if any(_within(os.path.abspath(e), path) for path in paths)]


def _python() -> Iterator[str]:
    yield sysconfig.get_paths()["stdlib"]
    # On Debian a part of the standard library lies elsewhere.
    yield os.path.dirname(sysconfig.__file__)
    yield from (entry for entry in sys.path if entry.endswith((".zip", "lib-dynload")))


def _packages() -> Iterator[str]:
    yield from (e for e in sys.path if os.path.basename(e) in _PACKAGE_DIRS)
    for name in PACKAGES:
        if name in sys.modules:
            yield os.path.dirname(str(sys.modules[name].__file__))


def _libraries() -> Iterator[str]:
    """Directories of the shared libraries that this process has mapped."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            path = line.split(maxsplit=5)[5:]
            if path and ".so" in os.path.basename(path[0]):
                yield os.path.dirname(path[0].rstrip("\n"))


def _outermost(paths: Sequence[str]) -> list[str]:
    return [p for p in paths if not any(q != p and _within(p, q) for q in paths)]


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith(root.rstrip("/") + "/")
