"""The programs worth keeping: islands that do not mix, and on each the best of every kind.

A kind is a cell of a grid over features of a program: how long it is, and scores that its
evaluation gives (`Feature`). A better program takes the cell of its kind, another kind gets a cell
of its own, so what is good in another way is not lost. An island's parents and inspirations are its
own; now and then its best program also goes to the next island.

All of it follows from the trials and from the island each was made for, so that is what a
checkpoint keeps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor, log2
from random import Random
from statistics import fmean

from optwright.errors import InputError
from optwright.optim.trial import JSON, Trial

ISLANDS = 3
MIGRATE_EVERY = 30
"""Trials of an island between two visits of its best program to the next one."""
INSPIRATIONS = 2
FROM_BEST = 0.6
"""The chance that a parent is one of the few best of its island; else it is any that it keeps."""
FEW = 4

Cell = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Feature:
    """A score of the evaluation that tells kinds of programs apart, in `bins` steps from `low` to
    `high`; what lies outside counts with the last one.

    >>> Feature("depth", 0.0, 10.0, bins=5).bin(7.9)
    3
    """

    name: str
    low: float
    high: float
    bins: int = 8

    def __post_init__(self) -> None:
        if not self.low < self.high or self.bins < 1:
            raise InputError(f"{self!r} tells nothing apart", hint="low < high, bins from 1 up")

    def bin(self, value: float) -> int:
        place = floor((value - self.low) / (self.high - self.low) * self.bins)
        return min(max(place, 0), self.bins - 1)


class Archive:
    """Islands of cells. `length` says how long the open parts of a trial's program are."""

    def __init__(
        self, *, islands: int = ISLANDS, features: Sequence[Feature] = (), parameter: str
    ) -> None:
        if islands < 1:
            raise InputError(f"islands={islands!r} is not a number from 1 up")
        self.features, self._parameter = tuple(features), parameter
        self.islands: list[dict[Cell, Trial]] = [{} for _ in range(islands)]
        self.trials: list[Trial] = []
        self.births: list[int] = []
        """The island that each trial was made for; -1 is all of them."""
        self._made = [0] * islands
        self._pending: dict[str, int] = {}

    def expect(self, key: str, island: int) -> None:
        """Say which island a candidate is for, by the key of its values, before it is told."""
        self._pending[key] = island

    def next_island(self) -> int:
        """The island with the fewest trials made for it, those under way included."""
        waiting = list(self._pending.values())
        counts = [n + waiting.count(i) for i, n in enumerate(self._made)]
        return counts.index(min(counts))

    def add(self, key: str, trial: Trial, birth: int | None = None) -> None:
        """Take a trial in. One that nobody expected goes to the island of its parent."""
        island = self._pending.pop(key, self._home(trial)) if birth is None else birth
        self.trials.append(trial)
        self.births.append(island)
        if island < 0:
            for number in range(len(self.islands)):
                self._settle(number, trial)
            return
        self._settle(island, trial)
        self._made[island] += 1
        if self._made[island] % MIGRATE_EVERY == 0 and self.islands[island]:
            self._settle((island + 1) % len(self.islands), self.best_of(island))

    def best_of(self, island: int) -> Trial:
        """The best program that an island keeps; it keeps one."""
        return self.ranked(island)[0]

    def ranked(self, island: int) -> list[Trial]:
        """What an island keeps, the best first, of equals the shortest, then the earliest."""
        return sorted(self.islands[island].values(), key=self._rank)

    def choose(self, island: int, rng: Random) -> tuple[Trial, list[Trial]] | None:
        """A parent and inspirations, all of this island; None before any trial. A program that
        failed is a parent only where none has run so far, so that a first one can be mended."""
        ranked = self.ranked(island)
        if not ranked:
            return (self.trials[0], []) if self.trials else None
        parent = rng.choice(ranked[:FEW] if rng.random() < FROM_BEST else ranked)
        others = [trial for trial in ranked if trial.number != parent.number]
        few = others[:1] + rng.sample(others[1:], min(len(others[1:]), INSPIRATIONS - 1))
        return parent, few

    def attempts(self, parent: Trial, most: int) -> list[Trial]:
        """What was made of `parent` before, the latest last."""
        found = [t for t in self.trials if t.candidate.parents[:1] == (parent.number,)]
        return found[-most:]

    def ideas(self, island: int, most: int) -> list[str]:
        """What was said about changes that made a program of this island better, latest last."""
        scores = {trial.number: trial.score for trial in self.trials}
        found = [
            t.candidate.note
            for t, birth in zip(self.trials, self.births, strict=True)
            if birth in (island, -1)
            and t.candidate.note
            and t.candidate.parents
            and t.score > scores.get(t.candidate.parents[0], t.score)
        ]
        return list(dict.fromkeys(found))[-most:]

    def cell(self, trial: Trial) -> Cell:
        """The kind of a program."""
        length = max(1, len(str(trial.values[self._parameter])))
        scores = _mean_scores(trial)
        return (
            floor(2 * log2(length)),
            *(feature.bin(scores.get(feature.name, feature.low)) for feature in self.features),
        )

    def state(self) -> JSON:
        return self.births

    def restore(self, state: JSON, keys: Sequence[str], trials: Sequence[Trial]) -> None:
        for key, trial, birth in zip(keys, trials, state, strict=True):
            self.add(key, trial, birth)

    def _home(self, trial: Trial) -> int:
        for number in trial.candidate.parents[:1]:
            for place, kept in enumerate(self.trials):
                if kept.number == number and self.births[place] >= 0:
                    return self.births[place]
        return -1 if not trial.candidate.parents else trial.number % len(self.islands)

    def _settle(self, island: int, trial: Trial) -> None:
        """Give it its cell, unless it failed or the one that is there is better."""
        if trial.failed:
            return
        cells = self.islands[island]
        cell = self.cell(trial)
        if cell not in cells or self._rank(trial) < self._rank(cells[cell]):
            cells[cell] = trial

    def _rank(self, trial: Trial) -> tuple[float, int, int]:
        return -trial.score, len(str(trial.values[self._parameter])), trial.number


def _mean_scores(trial: Trial) -> Mapping[str, float]:
    given: dict[str, list[float]] = {}
    for evaluation in trial.evaluations:
        for name, score in evaluation.scores.items():
            given.setdefault(name, []).append(score)
    return {name: fmean(scores) for name, scores in given.items()}
