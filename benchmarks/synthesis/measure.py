"""How good made problems are: confirmed optima, numbers in the text, likeness to public texts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optwright.benchmarks.synthesis.certificates import OWN
from optwright.benchmarks.synthesis.problems import Problem, Tally
from optwright.benchmarks.synthesis.public import normalised


@dataclass
class Quality:
    """Counts over problems. Acceptance has already seen that every number and limit is told."""

    problems: int = 0
    confirmed: int = 0
    """By two engines, or by an engine and an algorithm that sees only the data."""
    own: int = 0
    repeated: int = 0
    """Texts that another problem has too, with the same tables."""
    by: Counter[str] = field(default_factory=Counter)
    parts: dict[str, Counter[str]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def add(self, problem: Problem) -> None:
        """Count a problem."""
        self.problems += 1
        self.confirmed += len(problem.certificate.by) > 1 and not problem.certificate.fault
        self.own += OWN in problem.certificate.by
        self.by[" + ".join(problem.certificate.by)] += 1
        text = normalised("\n".join([problem.text, *problem.told.tables.values()]))
        self.repeated += text in self._seen
        self._seen.add(text)
        for part in ("family", "style", "language", "where"):
            self.parts.setdefault(part, Counter())[str(getattr(problem, part))] += 1

    def facts(self, tally: Tally) -> Mapping[str, Any]:
        """The counts as JSON."""
        return {
            "problems": self.problems,
            "confirmed": self.confirmed,
            "by_own_algorithm": self.own,
            "repeated_texts": self.repeated,
            "certificates": dict(self.by.most_common()),
            "parts": {name: dict(sorted(c.items())) for name, c in self.parts.items()},
            "rejected": dict(tally.rejected),
            "rejected_share": tally.share,
            "examples": tally.examples,
        }


def measured(made: Iterable[Problem], tally: Tally) -> str:
    """Count all problems; JSON."""
    quality = Quality()
    for problem in made:
        quality.add(problem)
    return json.dumps(quality.facts(tally), indent=1, ensure_ascii=False)
