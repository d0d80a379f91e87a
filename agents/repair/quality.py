"""How often each rule that proposes is right, and which are shown unasked.

Counted on the corpus: the right models of whose answer a rule would make another one, and the wrong
ones whose right answer it would give back. `quality.json` holds the counts;
`python -m optwright.benchmarks.corpus proposals --write` makes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LEAST_PRECISION = 0.5
"""From which precision on a rule is shown: it gives back at least as much as it spoils."""


@dataclass(frozen=True, slots=True)
class RuleQuality:
    """Of `right` models it would spoil the answer of `spoils`; of `wrong` ones it would give back
    that of `mends`."""

    spoils: int
    right: int
    mends: int
    wrong: int

    @property
    def precision(self) -> float | None:
        """Of the answers that it changes to or from the right one, the share that it changes to it,
        were one model in two wrong; None for a rule that changes none."""
        spoils = self.spoils / self.right if self.right else 0.0
        mends = self.mends / self.wrong if self.wrong else 0.0
        return mends / (mends + spoils) if mends + spoils else None


@cache
def qualities() -> Mapping[str, RuleQuality]:
    """What was counted, by rule."""
    text = files(__package__).joinpath("quality.json").read_text(encoding="utf-8")
    return {rule: RuleQuality(**counts) for rule, counts in json.loads(text)["rules"].items()}


def is_likely(rule: str) -> bool:
    """Whether what a rule proposes is shown unasked; so is what nothing is known against."""
    known = qualities().get(rule)
    precision = None if known is None else known.precision
    return precision is None or precision >= LEAST_PRECISION
