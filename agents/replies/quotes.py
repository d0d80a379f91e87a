"""Whether the words that parts of a reply quote stand in the problem: the one meaning of it, for
formulators, judges and readers alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from itertools import islice

from optwright.agents.text.wording import quotes
from optwright.solvers.data.table import Table
from optwright.solvers.model.formulation import Formulation

_LEFT_OUT = re.compile(r"\.\.\.|…|\[\.\.\.\]")
# Scripts that put no blanks between words: Thai, Lao, Burmese, Khmer, Chinese and Japanese.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(
    r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?"  # 1,200.5
    r"|\d+(?:\.\d+)?"
    rf"|(?:(?![\W\d_])[{_UNSPACED}])"
    rf"|(?:(?![{_UNSPACED}])[^\W\d_])+"
)


def stands_in(quote: str, text: str, tables: Mapping[str, Table] | None = None) -> bool:
    """Whether a quote stands in the text or the heads of its tables, word for word and number for
    number; capitals, blanks, punctuation, and what `...` leaves out aside. A quote without a word
    or a number stands nowhere.

    >>> stands_in("At most 40 ... gift boxes", "At most 40 of the gift boxes can be sold.")
    True
    >>> stands_in("at most 4", "At most 40 of the gift boxes can be sold.")
    False
    >>> stands_in("最多卖40个", "最多卖 40 个盒子。")
    True
    """
    known = _plain(" ".join([text, *_heads(tables or {})]))
    pieces = [piece for piece in map(_plain, _LEFT_OUT.split(quote)) if piece]
    at = 0
    for piece in pieces:
        place = known.find(piece, at)
        if place < 0:
            return False
        at = place + len(piece) - 1  # the blank behind a piece is the one before the next
    return bool(pieces)


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
            is_said = stands_in(part.source, text, tables) or quotes(known, part.source)
            if part.source and not is_said:
                yield part.name, part.source


def _heads(tables: Mapping[str, Table]) -> Iterator[str]:
    for name, table in tables.items():
        yield name
        yield from (column.name for column in table.columns)


_MOST_CELLS = 200
"""Of each column, as many texts can be quoted."""


def _texts(tables: Mapping[str, Table]) -> Iterator[str]:
    for table in tables.values():
        for column in table.columns:
            yield from islice(column.texts, _MOST_CELLS)


def _plain(text: str) -> str:
    """Words and numbers alone, each between blanks, so that none is found inside another; every
    sign of a script without blanks is a word."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = " ".join(word.replace(",", "") for word in _WORD.findall(folded))
    return f" {words} " if words else ""
