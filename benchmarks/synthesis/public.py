"""Texts that are public already, so that no problem repeats one. They are named by a folder and
never packaged."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from optwright.agents.text.nearness import NEAR, Texts, normalised, runs
from optwright.errors import InputError

__all__ = ["NEAR", "Public", "normalised", "runs"]


class Public(Texts):
    """Public texts by the file they are from and their line."""

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
