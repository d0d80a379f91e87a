"""Texts that are public already, so that no problem repeats one. They are named by a folder and
never packaged."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from optwright.errors import InputError

NEAR = 0.5
"""From this share of its runs of five words in common with one public text, a text is near it."""

_WORD = re.compile(r"\d[\d.,]*|[^\W\d_]+")
_RUN = 5


@dataclass
class Public:
    """Public texts, normalised: exact ones, and by runs of five words with numbers as `0`."""

    exact: dict[str, str] = field(default_factory=dict)
    holders: dict[int, list[int]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> Public:
        """Every text of the JSON lines in a folder (`question`, or the longest text of a row)."""
        files = sorted(folder.glob("*.jsonl"))
        if not files:
            raise InputError(f"there are no .jsonl files in {str(folder)!r}")
        found = cls()
        for file in files:
            for number, text in _texts(file):
                found.add(f"{file.name}:{number}", text)
        return found

    def add(self, name: str, text: str) -> None:
        """Remember a text."""
        at = len(self.names)
        self.names.append(name)
        self.exact.setdefault(normalised(text), name)
        for run in runs(text):
            self.holders.setdefault(hash(run), []).append(at)

    def like(self, text: str) -> str:
        """The name of a public text that this one repeats, empty where there is none."""
        if same := self.exact.get(normalised(text)):
            return same
        mine = runs(text)
        shared = Counter(at for run in mine for at in self.holders.get(hash(run), ()))
        best = max(shared.items(), key=lambda item: item[1], default=(0, 0))
        return self.names[best[0]] if mine and best[1] / len(mine) > NEAR else ""


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


def _texts(file: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
        except ValueError:
            continue  # a damaged line of somebody else's file has no text
        if isinstance(row, dict):
            texts = [v for v in row.values() if isinstance(v, str)]
            text = row.get("question") or max(texts, key=len, default="")
            if isinstance(text, str) and text:
                yield number, text
