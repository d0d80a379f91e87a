"""The plain lines of a reply as paragraphs, lists and columns, for a page of any width."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

Kind = Literal["sentences", "items", "columns"]

_COLUMNS = re.compile(r"\S {2,}\S|^ {2,}\S|^\s*[*|]|\S \| \S")
"""Text whose places mean something: set out in columns, or indented."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one kind: sentences, items of a list, or lines to be shown as they are."""

    kind: Kind
    lines: tuple[str, ...]


def blocks(text: str) -> Iterator[Block]:
    """Text as it is said in a terminal, taken apart; blank lines part blocks."""
    for part in re.split(r"\n\s*\n", text.strip("\n")):
        if _is_set_out(part):
            yield Block("columns", tuple(part.splitlines()))
            continue
        for kind, lines in groupby(part.splitlines(), _kind):
            yield Block(kind, tuple(line.removeprefix("- ") for line in lines))


def _is_set_out(part: str) -> bool:
    return any(_COLUMNS.search(line) for line in part.splitlines())


def _kind(line: str) -> Kind:
    return "items" if line.startswith("- ") else "sentences"
