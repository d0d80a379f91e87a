"""Readers by the names that users give them: `me`, `file:PATH`, or a model's name."""

from __future__ import annotations

from pathlib import Path

from optwright.agents.checks.plans.question import Reader
from optwright.agents.checks.readers.person import AskPerson, PersonReader
from optwright.agents.checks.readers.stored import AnswerFile, StoredReader
from optwright.errors import InputError

ME = "me"
"""The reader who sits in front of this."""
_FILE = "file:"


def is_model(name: str) -> bool:
    """Whether a reader's name is that of a model."""
    return bool(name) and name != ME and not name.startswith(_FILE)


def absolute(name: str) -> str:
    """The name as it can be kept: a file's with its whole path."""
    if not name.startswith(_FILE):
        return name
    return f"{_FILE}{Path(name.removeprefix(_FILE)).expanduser().absolute()}"


def open_reader(name: str, ask: AskPerson | None = None, kept: Path | None = None) -> Reader | None:
    """The reader of a name; None for a model's, and for nobody. `ask` puts a plan to the person
    that `me` is, whose answers `kept` holds. Raises `InputError` for `me` where nobody is asked,
    and for a file without a name."""
    if name == ME:
        if ask is None:
            raise InputError(
                "nobody can be asked about plans here",
                hint="'optwright runs resume' asks at a terminal; or name a model as the reader",
            )
        return PersonReader(ask, None if kept is None else AnswerFile(kept))
    if name.startswith(_FILE):
        if not (path := name.removeprefix(_FILE)):
            raise InputError("'file:' names no file", hint="such as --reader file:answers.jsonl")
        return StoredReader(AnswerFile(Path(path)))
    return None
