"""Which readers have passed the gate: one small file that says when, and how they did."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from optwright.agents.checks.plans.question import Reliability
from optwright.agents.checks.readers.gate import GateResult
from optwright.agents.runs.place import default_directory
from optwright.errors import StorageError


@dataclass(frozen=True, slots=True)
class Standing:
    """What the gate said of a reader, and when."""

    reader: str
    passed: bool
    when: str
    found: Reliability
    complaints: tuple[str, ...] = ()

    @property
    def reliability(self) -> Reliability | None:
        """What counts when it reads; None for a reader that did not pass."""
        return self.found if self.passed else None


@dataclass(frozen=True, slots=True)
class Standings:
    """The file beside the runs. A result counts while the stored questions are the same."""

    directory: Path = field(default_factory=default_directory)

    @property
    def path(self) -> Path:
        return self.directory / "readers.json"

    def of(self, reader: str) -> Standing | None:
        """How a reader did, or None where it was not tried with these questions."""
        found = self._read().get(reader)
        if not isinstance(found, dict) or found.get("questions") != _questions():
            return None
        try:
            return Standing(
                reader,
                bool(found["passed"]),
                str(found["when"]),
                Reliability(float(found["wrong"]), float(found["shared"])),
                tuple(map(str, found["complaints"])),
            )
        except (KeyError, TypeError, ValueError):
            return None  # not what we write: as good as not tried

    def keep(self, result: GateResult) -> Standing:
        """Write down how a reader did; `StorageError` where that cannot be written."""
        standing = Standing(
            result.reader,
            result.passed,
            datetime.now(UTC).isoformat(timespec="seconds"),
            result.reliability,
            result.complaints,
        )
        kept = {
            **self._read(),
            result.reader: {
                "passed": standing.passed,
                "when": standing.when,
                "wrong": standing.found.wrong,
                "shared": standing.found.shared,
                "complaints": list(standing.complaints),
                "questions": _questions(),
            },
        }
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            _write(self.path, json.dumps(kept, indent=1, ensure_ascii=False))
        except OSError as error:
            raise StorageError(f"{str(self.path)!r} cannot be written: {error}") from error
        return standing

    def _read(self) -> Mapping[str, Any]:
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}  # nothing kept, or nothing that can be read: readers are tried again
        return content if isinstance(content, dict) else {}


def _questions() -> str:
    """Which stored questions these are."""
    content = files("optwright.agents.checks.readers").joinpath("gate.jsonl").read_bytes()
    return sha256(content).hexdigest()[:16]


def _write(path: Path, text: str) -> None:
    """Whole or not at all, whatever else writes at the same time."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".readers")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
