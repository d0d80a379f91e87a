"""Which worked examples of a prompt a model sees, and in which order.

A prompt with worked examples is a system turn, then pairs of a problem and its reply, then the
problem that is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import sqrt

from optwright.agents.text.wording import stem
from optwright.prompts import Turn


def with_last_examples_swapped(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns of a prompt with its last two worked examples in the other order: drafts of one
    prompt come out word for word the same too often to be second looks, and a server still knows
    the turns before them."""
    pairs = _pairs(turns)
    if len(pairs) < 2:
        return tuple(turns)
    *before, first, second = pairs
    return _joined(turns, [*before, second, first])


def with_nearest_examples(turns: Sequence[Turn], most: int) -> tuple[Turn, ...]:
    """The turns of a prompt with the worked examples that share most with the problem: its words
    weigh by how few examples have them. They stay in their order, so that a server that knows the
    turns in front keeps what it can; a prompt that has no more than `most` stays as it is."""
    pairs = _pairs(turns)
    if len(pairs) <= most:
        return tuple(turns)
    asked = _words(turns[-1][1])
    known = [_words(problem) for (_, problem), _ in pairs]

    def likeness(at: int) -> float:
        shared = asked & known[at]
        weight = sum(1 / sum(word in other for other in known) for word in shared)
        return weight / sqrt(len(known[at]) or 1)  # else the longest is like everything

    nearest = sorted(range(len(pairs)), key=lambda at: (-likeness(at), at))[:most]
    return _joined(turns, [pairs[at] for at in sorted(nearest)])


def _pairs(turns: Sequence[Turn]) -> list[tuple[Turn, Turn]]:
    return list(zip(turns[1:-1:2], turns[2:-1:2], strict=True))


def _joined(turns: Sequence[Turn], pairs: Sequence[tuple[Turn, Turn]]) -> tuple[Turn, ...]:
    return (turns[0], *(turn for pair in pairs for turn in pair), turns[-1])


def _words(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in re.findall(r"[^\W\d_]{3,}", text.lower()))
