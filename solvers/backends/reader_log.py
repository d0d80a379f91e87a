"""What HiGHS says while it reads a file: why it cannot, and what it left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from highspy import Highs as Engine

# What its warnings say of a file of which nothing is lost: numbers of rounding size, which are
# looked at elsewhere, and names with blanks, which have columns of their own.
_HARMLESS = re.compile(r"at/below tolerance|\|values?\| .*less than|switching to fixed format")
_PLACE = re.compile(r"-->.*:(\d+):\d+\s*$")
_POINTED_AT = re.compile(r"\|\s*\^+\s*(.+)$")
_NO_REASON = "Parser error reading"


@contextmanager
def logged(engine: Engine, folder: str) -> Iterator[Path]:
    """A file that holds what the engine writes inside the `with` block, on no console."""
    path = Path(folder) / "reader.log"
    path.touch()
    engine.setOptionValue("log_to_console", False)
    engine.setOptionValue("log_file", str(path))
    engine.setOptionValue("output_flag", True)
    try:
        yield path
    finally:
        engine.setOptionValue("log_file", "")
        engine.setOptionValue("output_flag", False)


def why_not(log: Sequence[str]) -> str:
    """Why a file cannot be read, with its line where that is said; empty where HiGHS gives no
    reason (before 1.16 it mostly does not)."""
    told = [line.partition("ERROR:")[2].strip() for line in log if "ERROR:" in line]
    said = next((words for words in told if words and _NO_REASON not in words), "")
    pointed = next((m[1] for m in map(_POINTED_AT.search, log) if m), "")
    line = next((f"line {m[1]}: " for m in map(_PLACE.search, log) if m), "")
    return f"{line}{said or pointed}" if said or pointed else ""


def left_out(log: Sequence[str]) -> str:
    """The first thing that HiGHS says it ignored or doubts; empty where nothing is lost."""
    for at, line in enumerate(log):
        if "WARNING:" in line and not _HARMLESS.search(line):
            place = _PLACE.search(log[at + 1]) if at + 1 < len(log) else None
            return f"{f'line {place[1]}: ' if place else ''}{line.partition('WARNING:')[2].strip()}"
    return ""
