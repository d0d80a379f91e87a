"""What of a problem's tables leaves for a model, and saying so before it does.

The words of a problem always go: without them there is nothing to model. Of its tables go names,
types and three rows (`rows`), names and types alone (`names`), or nothing (`none`). What does not
go is kept back at the door of the model as well: a name that a later message quotes becomes a
pseudonym.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from optwright.errors import InputError
from optwright.serving import endpoints
from optwright.serving.chat import ChatModel
from optwright.serving.discretion import Discreet, unmentioned
from optwright.solvers.data.table import Table

SAMPLE_ROWS = 3


class SharedText(Protocol):
    """What is told to a model: a problem, or a model that is talked about."""

    @property
    def text(self) -> str: ...

    @property
    def tables(self) -> Mapping[str, Table]: ...

    @property
    def share(self) -> Share: ...


@dataclass(frozen=True)
class Talk:
    """What a conversation is about."""

    text: str
    tables: Mapping[str, Table]
    share: Share


class Share(StrEnum):
    """What of tables a model is shown."""

    NONE = "none"
    NAMES = "names"
    ROWS = "rows"


class Sharing(BaseModel):
    """What somebody chose: how much of tables models read, and whether by pseudonyms."""

    model_config = ConfigDict(frozen=True)

    share: Share = Share.ROWS
    pseudonyms: bool = False


def read_share(share: Share | str) -> Share:
    """A `Share` by its name; `InputError` where there is none of that name."""
    try:
        return Share(share)
    except ValueError:
        known = ", ".join(Share)
        raise InputError(f"there is no share {str(share)!r}; there are {known}") from None


def discreet(model: ChatModel, problem: SharedText, *, pseudonyms: bool = False) -> ChatModel:
    """A model that reads no more of the problem's tables than `problem.share` says; with
    `pseudonyms` no member's name at all, not even those in the problem's words."""
    if not problem.tables or (problem.share is Share.ROWS and not pseudonyms):
        return model
    hidden = members(problem)
    if problem.share is Share.NONE:  # a pseudonym tells no column's name either
        hidden = {name: kind if kind in problem.text else "name" for name, kind in hidden.items()}
    if not pseudonyms:
        hidden = unmentioned(hidden, problem.text)
    if problem.share is Share.NONE:
        hidden |= unmentioned(_heads(problem), problem.text)
    return Discreet(model, hidden, problem.text.strip())


def members(problem: SharedText) -> dict[str, str]:
    """The texts that cells of the tables hold, and the column of each; a text in two columns is of
    the first."""
    found: dict[str, str] = {}
    for table in problem.tables.values():
        for column in table.columns:
            for cell in column.texts:
                found.setdefault(cell, column.name)
    return found


def _heads(problem: SharedText) -> dict[str, str]:
    heads = dict.fromkeys(problem.tables, "table")
    return heads | {c.name: "column" for t in problem.tables.values() for c in t.columns}


def leaving(problem: SharedText, *, pseudonyms: bool) -> Iterator[str]:
    """What leaves for a model, a line each: the tables as its prompt shows them."""
    yield "the words of the problem" + (", members by pseudonyms" if pseudonyms else "")
    if problem.share is Share.NONE:
        yield "nothing of the tables"
        return
    what = "names and types" if problem.share is Share.NAMES else "names, types and these rows"
    for table in problem.tables.values():
        head, *rows = table.preview(SAMPLE_ROWS if problem.share is Share.ROWS else 0).splitlines()
        yield f"of table {head}: {what}"
        yield from (f"  {row}" for row in rows)


def notice(host: str, problem: SharedText, *, pseudonyms: bool) -> list[str]:
    """What to show before tables go to a model at `host`; nothing where there are none."""
    if not problem.tables:
        return []
    lines = [f"  {line}" for line in leaving(problem, pseudonyms=pseudonyms)]
    more = "  (--share names|none and --pseudonyms keep more of it here)"
    return [f"to {host} go:", *lines, more]


def is_news(model: str, problem: SharedText, *, pseudonyms: bool) -> bool:
    """Whether it was not shown before that this leaves for that model; it is remembered."""
    said = "\n".join(leaving(problem, pseudonyms=pseudonyms))
    mark = sha256(said.encode("utf-8", errors="backslashreplace")).hexdigest()[:16]
    name = f"shown:{model}"
    known = endpoints.recall(name).get("marks", [])
    if mark in known:
        return False
    if endpoints.is_kept():
        endpoints.remember(name, marks=[*known, mark][-100:])
    return True
