"""Commands as a test runs them: in this process, told by how they end and what they print."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: str
    err: str


Cli = Callable[..., Ended]
"""`cli("solve", path, "--json")`: the fixture of conftest.py that runs a command."""
