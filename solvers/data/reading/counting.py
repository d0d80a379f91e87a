"""Heads and cells that count: years, 1 to 12."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

YEARS = range(1900, 2101)


def is_year(text: str) -> bool:
    """Whether a text is a year of ours."""
    return text.isdecimal() and int(text) in YEARS


def counts_on(heads: Sequence[str]) -> bool:
    """Whether heads are whole numbers that count on by one step, or years.

    >>> counts_on(["2024", "2025", "2026"]), counts_on(["3", "4"]), counts_on(["7", "4", "9"])
    (True, True, False)
    """
    if not all(head.isdecimal() for head in heads):
        return False
    numbers = list(map(int, heads))
    steps = {b - a for a, b in pairwise(numbers)}
    if len(steps) != 1 or steps <= {0}:
        return False
    step = steps.pop()
    return step > 0 and (len(numbers) > 2 or step == 1 or all(map(is_year, heads)))
