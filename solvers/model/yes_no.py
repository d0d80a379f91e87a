"""The words that a table or a condition says yes and no with."""

from __future__ import annotations

_WORDS = {"yes": 1.0, "true": 1.0, "y": 1.0, "no": 0.0, "false": 0.0, "n": 0.0}


def yes_no(text: str) -> float | None:
    """1 for a word that says yes, 0 for one that says no, None for any other."""
    return _WORDS.get(text.strip().lower())
