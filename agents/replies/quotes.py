"""Whether the words that parts of a reply quote stand in the problem."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping

from optwright.agents.text.wording import quotes
from optwright.solvers.data.table import ColumnType, Table
from optwright.solvers.model.formulation import Formulation

_LEFT_OUT = re.compile(r"\.\.\.|…|\[\.\.\.\]")
_BETWEEN = re.compile(r"[\W_]+")


def stands(quote: str, text: str, tables: Mapping[str, Table] | None = None) -> bool:
    """Whether a quote stands in the text or the heads of its tables, word for word; capitals,
    punctuation and what `...` leaves out aside.

    >>> stands("At most 40 ... gift boxes", "At most 40 of the gift boxes can be sold.")
    False
    >>> stands("at most 40 ... can be sold", "At most 40 of the gift boxes can be sold.")
    True
    """
    said = _plain(" ".join([text, *_heads(tables or {})]))
    at = 0
    for piece in filter(None, map(_plain, _LEFT_OUT.split(quote))):
        found = said.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def slot(quote: str, text: str) -> tuple[int, int] | None:
    """The place of a quote in the text, from its first character to behind its last; None where it
    does not stand there as it is."""
    words = [re.escape(word) for word in re.findall(r"[^\W_]+", quote)]
    found = re.search(r"[\W_]+".join(words), text, re.IGNORECASE) if words else None
    return None if found is None else found.span()


def misquoted(
    formulation: Formulation, text: str, tables: Mapping[str, Table]
) -> Iterator[tuple[str, str]]:
    """The elements whose quotes hold words or numbers that the problem does not, each with its
    quote. A quote that is only put a little otherwise is none of them."""
    known = " ".join([text, *_heads(tables), *_texts(tables)])
    for field in ("sets", "parameters", "variables", "expressions"):
        for part in getattr(formulation, field):
            is_said = stands(part.source, text, tables) or quotes(known, part.source)
            if part.source and not is_said:
                yield part.name, part.source


def _heads(tables: Mapping[str, Table]) -> Iterator[str]:
    for name, table in tables.items():
        yield name
        yield from (column.name for column in table.columns)


_MOST_CELLS = 200
"""Of each column of texts, as many can be quoted."""


def _texts(tables: Mapping[str, Table]) -> Iterator[str]:
    for table in tables.values():
        for column in table.columns:
            if column.type is ColumnType.TEXT:
                yield from (str(cell) for cell in column.cells[:_MOST_CELLS] if cell is not None)


def _plain(text: str) -> str:
    """Words and digits alone, each between blanks, so that no word is found inside another."""
    words = _BETWEEN.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()
    return f" {words} " if words else ""
