"""Texts that are the same problem told nearly alike."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

NEAR = 0.5
"""From this share of its runs of five words in common with another text, a text is near it."""

_WORD = re.compile(r"\d[\d.,]*|[^\W\d_]+")
_RUN = 5


@dataclass
class Texts:
    """Texts, normalised: exact ones, and by runs of five words with numbers as `0`."""

    exact: dict[str, str] = field(default_factory=dict)
    holders: dict[int, list[int]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    def add(self, name: str, text: str) -> None:
        """Remember a text."""
        at = len(self.names)
        self.names.append(name)
        self.exact.setdefault(normalised(text), name)
        for run in runs(text):
            self.holders.setdefault(hash(run), []).append(at)

    def like(self, text: str) -> str:
        """The name of a text that this one repeats, empty where there is none."""
        if same := self.exact.get(normalised(text)):
            return same
        mine = runs(text)
        shared = Counter(at for run in mine for at in self.holders.get(hash(run), ()))
        best = max(shared.items(), key=lambda item: item[1], default=(0, 0))
        return self.names[best[0]] if mine and best[1] / len(mine) > NEAR else ""


def distinct(texts: Sequence[str]) -> list[int]:
    """The places of texts that repeat no earlier one.

    >>> distinct(["Pack 3 boxes of tea today, or 4.", "Sell 9 boxes.", "Pack 8 boxes of tea today, "
    ...           "or 1."])
    [0, 1]
    """
    known, kept = Texts(), []
    for at, text in enumerate(texts):
        if not known.like(text):
            kept.append(at)
        known.add(str(at), text)
    return kept


def normalised(text: str) -> str:
    """Words and numbers in small letters, nothing else.

    >>> normalised("At most 40 -- Boxes!")
    'at most 40 boxes'
    """
    return " ".join(_WORD.findall(text.lower()))


def runs(text: str) -> set[tuple[str, ...]]:
    """Every five words in a row, numbers masked."""
    words = ["0" if word[0].isdigit() else word for word in _WORD.findall(text.lower())]
    return {tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}
