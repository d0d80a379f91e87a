"""Reflective mutation with a Pareto front over examples (GEPA, Agrawal et al. 2025).

A parent is drawn among the trials that are best on some example, more often the more examples it
is best on; the model reads how it did and rewrites one parameter. Now and then two parents that
are best on different examples are joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.language.base import (
    LanguageOptimizer,
    show_example,
    show_schema,
    show_values,
)
from optwright.optim.parameters import Code, Text
from optwright.optim.trial import JSON, Candidate, Evaluation, Trial
from optwright.prompts import load

MOST_EXAMPLES = 4  # shown at once, the worst first
MERGE_EVERY = 4  # turns; the others mutate


class Reflective(LanguageOptimizer):
    """Rewrites words and code; other parameters only where there are none of these."""

    name = "reflective"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._front = Front()
        self._by_number: dict[int, Trial] = {}

    def ask(self, n: int = 1) -> list[Candidate]:
        wins = self._front.wins()
        asked: list[Candidate] = []
        for _ in range(n if wins else 0):
            asked += self._propose(wins)
        return asked

    def tell(self, trials: Sequence[Trial]) -> None:
        super().tell(trials)
        for trial in trials:
            self._front.add(trial)
            self._by_number[trial.number] = trial

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        self._front, self._by_number = Front(), {}
        super().restore(state, trials)

    def _propose(self, wins: Mapping[int, set[str]]) -> list[Candidate]:
        roll = self.dice.roll()
        if len(wins) > 1 and self.dice.rolled % MERGE_EVERY == 0:
            return self._merge(*self._two(wins, roll))
        return self._mutate(self._one(wins, roll))

    def _mutate(self, parent: Trial) -> list[Candidate]:
        targets = self._targets()
        target = targets[self.dice.rolled % len(targets)]
        turns = load("optim_reflect").fill(
            goal=self.goal,
            parameters=show_schema(self.space),
            target=target,
            values=show_values(parent.values),
            examples=_show(parent.evaluations),
        )
        values = self.proposer.propose(turns, parent.values)
        return self.new_candidate(values, [parent], f"rewrote {target}")

    def _merge(self, first: Trial, second: Trial) -> list[Candidate]:
        turns = load("optim_merge").fill(
            goal=self.goal,
            parameters=show_schema(self.space),
            first=show_values(first.values),
            second=show_values(second.values),
            first_better=_show(_where_better(first, second)),
            second_better=_show(_where_better(second, first)),
        )
        values = self.proposer.propose(turns, first.values)
        return self.new_candidate(values, [first, second], "joined two")

    def _targets(self) -> list[str]:
        words = [p.name for p in self.space if isinstance(p, Text | Code)]
        return words or list(self.space.names)

    def _one(self, wins: Mapping[int, set[str]], roll: Random) -> Trial:
        numbers = sorted(wins)
        weights = [len(wins[number]) for number in numbers]
        return self._by_number[roll.choices(numbers, weights)[0]]

    def _two(self, wins: Mapping[int, set[str]], roll: Random) -> tuple[Trial, Trial]:
        first, second = roll.sample(sorted(wins), 2)
        return self._by_number[first], self._by_number[second]


class Front:
    """The best trial on every example seen so far; of equal ones the first. Failed runs lead
    nowhere."""

    def __init__(self) -> None:
        self._leaders: dict[str, tuple[float, int]] = {}

    def add(self, trial: Trial) -> None:
        for evaluation in trial.evaluations:
            leader = self._leaders.get(evaluation.example)
            if not evaluation.failed and (leader is None or evaluation.score > leader[0]):
                self._leaders[evaluation.example] = (evaluation.score, trial.number)

    def wins(self) -> dict[int, set[str]]:
        """The trials that lead on some example, and those examples."""
        wins: dict[int, set[str]] = {}
        for example, (_, number) in self._leaders.items():
            wins.setdefault(number, set()).add(example)
        return wins


def _where_better(trial: Trial, other: Trial) -> list[Evaluation]:
    scores = {e.example: e.score for e in other.evaluations}
    return [e for e in trial.evaluations if e.score > scores.get(e.example, e.score)]


def _show(evaluations: Sequence[Evaluation]) -> str:
    worst = sorted(evaluations, key=lambda e: (e.score, e.example))[:MOST_EXAMPLES]
    return "\n\n".join(map(show_example, worst)) or "(none)"
