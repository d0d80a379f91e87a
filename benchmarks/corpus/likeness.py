"""Whether two entries are the same problem with other names and numbers."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from optwright.benchmarks.corpus.entries import Entry

NEAR = 0.5
"""From this share of five-word runs in common on, two texts are near duplicates."""

_NUMBER_WORDS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety "
    "hundred thousand million half third quarter tenth twice double triple dozen".split()
)
_WORD = re.compile(r"\d[\d.,]*|[^\W\d_]+")


@dataclass(frozen=True)
class Masked:
    """An entry with every number `N` and every name of its own `X`."""

    entry: Entry

    @cached_property
    def _names(self) -> frozenset[str]:
        """Words that name what this problem is about: decisions, members, cells of tables."""
        reply = self.entry.reply
        told = [d["name"] for d in reply.get("decisions", ())]
        told += [str(m) for s in reply.get("sets", ()) for m in s.get("members", ())]
        told += [cell for t in self.entry.tables.values() for cell in re.split(r"[,\n]", t)]
        return frozenset(_stem(w) for words in told for w in _WORD.findall(words.replace("_", " ")))

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(self._mask(self.entry.text))

    def _mask(self, text: str) -> Iterator[str]:
        for at, word in enumerate(_WORD.findall(text)):
            lowered = word.lower()
            if word[0].isdigit() or lowered in _NUMBER_WORDS:
                yield "N"
            elif _stem(word) in self._names or (at and word[0].isupper() and len(word) > 1):
                yield "X"
            else:
                yield lowered

    @cached_property
    def limits(self) -> tuple[tuple[str, str], ...]:
        """Each limit's masked words with its masked expression, sorted: structure with words."""
        reply = self.entry.reply
        stated = [*reply.get("limits", ()), reply["objective"]]
        return tuple(
            sorted((" ".join(self._mask(s["text"])), _shape(s["expression"])) for s in stated)
        )

    @cached_property
    def runs(self) -> frozenset[tuple[str, ...]]:
        """Every five words in a row."""
        return frozenset(zip(*(self.words[i:] for i in range(5)), strict=False))


def _stem(word: str) -> str:
    """A word without the endings of plurals: enough to find a name again."""
    return re.sub(r"(?:es|s)$", "", word.lower())


def _shape(expression: str) -> str:
    """An expression with its names and numbers masked.

    >>> _shape("3*x + y <= 40")
    'N*X + X <= N'
    """
    masked = re.sub(r"(?<![\w.])\d+(?:\.\d+)?", "N", expression)
    return re.sub(r"[A-Za-z_]\w*", lambda m: m[0] if m[0] in _KEPT else "X", masked)


_KEPT = frozenset({"N", "sum", "for", "in", "if", "and", "or", "not", "abs", "min", "max"})


def alike(entries: Iterable[Entry]) -> Iterator[tuple[str, str, str]]:
    """Pairs of entries that are the same once names and numbers are masked, and how."""
    texts: dict[object, str] = {}
    structures: dict[object, str] = {}
    for entry in entries:
        masked = Masked(entry)
        for seen, key, what in (
            (texts, masked.words, "the same text"),
            (structures, masked.limits, "the same limits in the same words"),
        ):
            other = seen.setdefault(key, entry.id)
            if other != entry.id:
                yield other, entry.id, what


def near(entries: Iterable[Entry]) -> Iterator[tuple[str, str, float]]:
    """Pairs whose masked texts share more than `NEAR` of their five-word runs, with the share."""
    masked = [Masked(e) for e in entries]
    holders: dict[tuple[str, ...], list[int]] = {}
    for at, one in enumerate(masked):
        for run in one.runs:
            holders.setdefault(run, []).append(at)
    common = Counter(pair for held in holders.values() for pair in itertools.combinations(held, 2))
    for (one_at, other_at), shared in sorted(common.items()):
        one, other = masked[one_at], masked[other_at]
        share = shared / (len(one.runs) + len(other.runs) - shared)
        if share > NEAR:
            yield one.entry.id, other.entry.id, share
