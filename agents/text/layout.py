"""Numbers that a text lays out: rows of tables, lists and pairs in brackets.

A model takes such numbers by the column, or leaves a column alone that it has no need of. So each
is told with the list or the column it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_RULE = re.compile(r"^\s*\|?[\s:|+-]*-{2,}[\s:|+-]*\|?\s*$")
_BRACKETED = re.compile(r"[\[({]")
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_WORDY = re.compile(r"[A-Za-z]{2,}")
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A stretch of the text that is one cell, or one list. `is_head` for the names of columns."""

    start: int
    end: int
    column: str
    is_head: bool = False


@lru_cache(maxsize=64)
def cells(text: str) -> tuple[Cell, ...]:
    """Every cell and list of numbers of a text, in order; none inside another.

    >>> [c.column for c in cells("at (3, 4) and (5, 6)")]
    ['pairs', 'pairs']
    """
    found: list[Cell] = []
    laid_out = [*_rows_of(text, "|"), *_rows_of(text, "&"), *_lists(text), *_lines_alike(text)]
    for cell in sorted(laid_out, key=lambda c: (c.start, -c.end)):
        if not found or cell.start >= found[-1].end:
            found.append(cell)
    return tuple(found)


def _rows_of(text: str, bar: str) -> Iterator[Cell]:
    """The cells of tables whose columns stand between bars, as in Markdown and LaTeX."""
    table, row, at = 0, 0, 0
    lines = text.split("\n")
    for place, line in enumerate(lines):
        is_row = line.count(bar) >= _FEWEST or (bar == "&" and "\\\\" in line and bar in line)
        if not is_row:
            is_rule = "hline" in line or "rule" in line or not line.strip()
            table, row = (table, row) if is_rule and row else (table + 1, 0)
        elif not _RULE.match(line):
            ruled = place + 1 < len(lines) and _RULE.match(lines[place + 1])
            is_head = row == 0 and (bar == "&" or bool(ruled))
            begin = at
            for column, cell in enumerate(line.split(bar)):
                named = f"table {bar}{table}, column {column}"
                yield Cell(begin, begin + len(cell), named, is_head)
                begin += len(cell) + 1
            row += 1
        at += len(line) + 1


_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_FEWEST_LINES = 3


def _lines_alike(text: str) -> Iterator[Cell]:
    """The numbers of three and more lines in a row that are the same but for their numbers; each
    place in the line is a column."""
    at, run = 0, list[tuple[int, str]]()
    masked = ""
    for line in [*text.split("\n"), ""]:
        own = _NUMBER.sub("#", line).strip()
        if own != masked or not own:
            if len(run) >= _FEWEST_LINES and "#" in masked:
                for begin, of_run in run:
                    for column, found in enumerate(_NUMBER.finditer(of_run)):
                        named = f"lines from {run[0][0]}, number {column}"
                        yield Cell(begin + found.start(), begin + found.end(), named)
            run, masked = [], own
        run.append((at, line))
        at += len(line) + 1


def _lists(text: str) -> Iterator[Cell]:
    """Brackets with numbers alone, or numbers by name ("{'DC1': [3, 4]}"); the outermost count. All
    pairs and triples of numbers in round brackets are one column."""
    at = 0
    while (found := _BRACKETED.search(text, at)) is not None:
        end = _closed(text, found.start())
        inside = text[found.end() : end - 1]
        numbers = re.findall(r"\d+(?:\.\d+)?", inside)
        plain = not _WORDY.search(_QUOTED.sub("", inside))
        if end > found.end() and len(numbers) >= _FEWEST and plain and _separated(inside):
            short = found[0] == "(" and len(numbers) <= 3
            yield Cell(found.start(), end, "pairs" if short else f"list at {found.start()}")
            at = end
        else:
            at = found.end()


def _separated(inside: str) -> bool:
    """Whether commas, colons or dashes stand between the numbers, and no operator."""
    return not re.search(r"[+*/=<>%$€£]", _QUOTED.sub("", inside))


def _closed(text: str, start: int) -> int:
    """Behind the bracket that closes the one at `start`; `start` where none does."""
    open_: list[str] = []
    for found in re.finditer(r"[\[\](){}]", text[start:]):
        if found[0] in _CLOSING:
            open_.append(_CLOSING[found[0]])
        elif not open_ or open_.pop() != found[0]:
            return start
        if not open_:
            return start + found.end()
    return start
