"""Wrong formulations made of right ones, by seed, each solved.

Which mistake of a kind is made is drawn with a seed and the entry's id, so that a mutant stays the
same when others come or go. A mistake that leaves the optimum as it was is told apart from others.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from optwright.benchmarks.corpus.entries import Entry
from optwright.benchmarks.corpus.mistakes import MISTAKES, Kind, MistakenModel
from optwright.benchmarks.corpus.validate import STATUSES, same
from optwright.errors import OptwrightError
from optwright.solvers.backends.program import Program
from optwright.solvers.backends.registry import open_solver
from optwright.solvers.model.formulation import Formulation
from optwright.solvers.model.outcome import SolveOptions

_OPTIONS = SolveOptions(time_limit_s=10.0)


@dataclass(frozen=True)
class Mutant:
    """A wrong formulation of an entry. `change` says what was done; `differs` whether it solves
    to another status or optimum than the entry, None where it was not solved within 10 s."""

    of: Entry
    kind: Kind
    change: str
    formulation: Formulation
    status: str
    optimum: float | None

    @property
    def id(self) -> str:
        return f"{self.of.id}/{self.kind}"

    @property
    def differs(self) -> bool | None:
        if self.status not in STATUSES:
            return None
        return self.status != self.of.status or not same(self.optimum, self.of.optimum)

    @property
    def row(self) -> dict[str, Any]:
        """The mutant as one JSON object; its text and tables are its entry's."""
        return {
            "id": self.id,
            "of": self.of.id,
            "class": self.kind.value,
            "change": self.change,
            "formulation": self.formulation.model_dump(mode="json", exclude_defaults=True),
            "status": self.status,
            "optimum": self.optimum,
            "differs": self.differs,
        }


def mutants(entries: Iterable[Entry], seed: int = 0) -> Iterator[Mutant]:
    """At most one mutant of each kind of each entry, no two of an entry the same."""
    for entry in entries:
        made = {entry.formulation.to_json()}
        for kind in Kind:
            mutant = _drawn(entry, kind, random.Random(f"{seed}/{entry.id}/{kind}"), made)
            if mutant is not None:
                made.add(mutant.formulation.to_json())
                yield mutant


def differing(entry: Entry, kind: Kind, rng: random.Random, tries: int = 4) -> Mutant | None:
    """A mutant of this kind with another status or optimum than its entry, of the first `tries`
    that `rng` draws; None where there is none among them."""
    made = {entry.formulation.to_json()}
    for _ in range(tries):
        mutant = _drawn(entry, kind, rng, made)
        if mutant is None or mutant.differs:
            return mutant
        made.add(mutant.formulation.to_json())
    return None


def _drawn(entry: Entry, kind: Kind, rng: random.Random, made: set[str]) -> Mutant | None:
    """The first of this kind's mistakes, in an order drawn by `rng`, that gives a program."""
    mistakes = list(MISTAKES[kind](MistakenModel(entry)))
    rng.shuffle(mistakes)
    for change, formulation in mistakes:
        if formulation.to_json() in made:
            continue
        try:
            outcome = open_solver("auto").solve(Program(formulation, entry.data), _OPTIONS)
        except OptwrightError:  # an index left its set: no program, so nobody would be misled
            continue
        return Mutant(entry, kind, change, formulation, outcome.status.value, outcome.objective)
    return None
