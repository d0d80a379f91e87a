"""What a family is: how its data is drawn, the model over it, and the sentences that tell both."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from optwright.benchmarks.synthesis.data import Data, Grid
from optwright.solvers.model.formulation import Domain, Formulation

LANGUAGES = ("en", "de", "es")

Words = tuple[str, str, str]
"""The same in English, German and Spanish."""

Lexicon = Mapping[str, tuple[str, str, str]]
"""Names to draw members from, by kind: one text a language, names apart with commas."""


@dataclass(frozen=True)
class Decision:
    """A kind of decision over sets. `forall` says which combinations there are, where not all."""

    name: str
    over: str = ""
    domain: Domain = Domain.CONTINUOUS
    meaning: Words = ("", "", "")
    lower: float | str | None = 0.0
    upper: float | str | None = None
    forall: str = ""
    semicontinuous: bool = False


@dataclass(frozen=True)
class Limit:
    """A constraint; `says` is the key of the sentence that states it, its own name by default."""

    name: str
    expression: str
    forall: str = ""
    says: str = ""

    @property
    def sentence(self) -> str:
        return self.says or self.name


@dataclass(frozen=True)
class Say:
    """A sentence (see `templates`). `each` says it once for each member: `p in P`. A sentence whose
    key is `data` or begins with `data` tells figures, which may lie in a table instead."""

    key: str
    words: Words
    each: str = ""

    @property
    def is_data(self) -> bool:
        return self.key.startswith("data")


@dataclass(frozen=True)
class Vague:
    """A sentence said so that it can be meant in two ways: `words` in the place of the sentence
    `key`, and what to put in the place of limits for the second reading."""

    key: str
    words: Words
    other: Mapping[str, Limit]


@dataclass(frozen=True)
class Family:
    """`draw` makes data of a size (1 small, 2 medium, 3 large) with names of a language (0 to 2).

    `own` is the optimum by an algorithm that sees the data and never the model; None where two
    engines have to do. `archetype` is the page of `agents/experience/hints/` that it belongs to.
    `labels` name sets and numbers for tables. `contrary` is a limit, with its sentence, that
    contradicts another one, by its name.
    """

    name: str
    archetype: str
    draw: Callable[[random.Random, int, int], Data]
    decisions: Sequence[Decision]
    sense: str
    objective: str
    limits: Sequence[Limit]
    sentences: Sequence[Say]
    labels: Mapping[str, Words]
    own: Callable[[Data], float | None] | None = None
    contrary: tuple[Limit, Say] | None = None
    vague: Vague | None = None
    missing: tuple[str, ...] = ()
    """Numbers that the model needs and a text may leave out."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Units by number; a unit in a sentence is written there."""

    def formulation(
        self, data: Data, language: int = 0, limits: Sequence[Limit] = ()
    ) -> Formulation:
        """The model over `data`, every number a parameter; `limits` come on top."""
        return Formulation.model_validate(
            {
                "title": self.name,
                "sets": [_set(name, members) for name, members in data.sets.items()],
                "parameters": [
                    parameter(name, grid, data, unit=self.units.get(name, ""))
                    for name, grid in data.values.items()
                ],
                "variables": [_variable(d, language) for d in self.decisions],
                "objective": {"sense": self.sense, "expression": self.objective},
                "constraints": [
                    {"name": one.name, "expression": one.expression, "forall": one.forall}
                    for one in (*self.limits, *limits)
                ],
            }
        )


def _set(name: str, members: tuple[Any, ...]) -> dict[str, Any]:
    return {"name": name, "members": [list(m) if isinstance(m, tuple) else m for m in members]}


def parameter(name: str, grid: Grid, data: Data, unit: str = "") -> dict[str, Any]:
    """The parameter of some numbers, as the schema of formulations has it."""
    return {"name": name, "indices": list(grid.over), "values": _nested(grid, data), "unit": unit}


def _nested(grid: Grid, data: Data) -> Any:
    if not grid.over:
        return grid.cells[()]
    if any(data.sets[s] and isinstance(data.sets[s][0], tuple) for s in grid.over):
        return {",".join(map(str, key)): value for key, value in grid.cells.items()}
    nested: dict[str, Any] = {}
    for key, value in grid.cells.items():
        place = nested
        for member in key[:-1]:
            place = place.setdefault(str(member), {})
        place[str(key[-1])] = value
    return nested


def _variable(decision: Decision, language: int) -> dict[str, Any]:
    return {
        "name": decision.name,
        "indices": decision.over.split(),
        "domain": decision.domain,
        "lower": decision.lower,
        "upper": decision.upper,
        "forall": decision.forall,
        "semicontinuous": decision.semicontinuous,
        "meaning": decision.meaning[language],
    }


def named(rng: random.Random, count: int, names: Words, language: int) -> list[str]:
    """`count` names of a language, drawn so that every language gets the same ones."""
    every = [name.strip() for name in names[language].split(",")]
    return [every[at] for at in rng.sample(range(len(every)), count)]
