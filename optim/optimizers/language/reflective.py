"""Reflective mutation with a Pareto front over examples (GEPA, Agrawal et al. 2025).

A parent is drawn among the trials that are best on some example, more often the more examples it
is best on; the model reads how it did and rewrites one parameter. Now and then two parents that
are best on different examples are joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.language.base import Draft, LanguageOptimizer, show_schema
from optwright.optim.optimizers.language.memory import show_values
from optwright.optim.parameters import Code, Text
from optwright.optim.trial import JSON, Evaluation, Trial

MOST_EXAMPLES = 4  # shown at once, the worst first
MOST_ATTEMPTS = 6
MERGE_EVERY = 4  # turns; the others mutate


class Reflective(LanguageOptimizer):
    """Rewrites words and code; other parameters only where there are none of these."""

    name = "reflective"
    main_prompt = "optim_reflect"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._front = Front()
        self._by_number: dict[int, Trial] = {}

    def draft(self) -> Draft | None:
        wins = self._front.wins()
        if not wins:
            return None
        roll = self.dice.roll()
        if len(wins) > 1 and self.dice.rolled % MERGE_EVERY == 0:
            return self._merge(*self._two(wins, roll))
        return self._mutate(self._one(wins, roll))

    def tell(self, trials: Sequence[Trial]) -> None:
        super().tell(trials)
        for trial in trials:
            self._front.add(trial)
            self._by_number[trial.number] = trial

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        self._front, self._by_number = Front(), {}
        super().restore(state, trials)

    def _mutate(self, parent: Trial) -> Draft:
        targets = self._targets()
        target = targets[self.dice.rolled % len(targets)]
        turns = self.filled(
            self.main_prompt,
            goal=self.goal,
            parameters=show_schema(self.space),
            target=target,
            values=show_values(parent.values),
            examples=self.fresh_runs(parent, MOST_EXAMPLES) or "(none)",
            attempts=self.attempts(parent, MOST_ATTEMPTS),
        )
        note = f"rewrote {target}"
        return Draft(lambda proposer: (proposer.propose(turns, parent.values), note), (parent,))

    def _merge(self, first: Trial, second: Trial) -> Draft:
        turns = self.filled(
            "optim_merge",
            goal=self.goal,
            parameters=show_schema(self.space),
            first=show_values(first.values),
            second=show_values(second.values),
            first_better=self._where_better(first, second),
            second_better=self._where_better(second, first),
            attempts=self.attempts(first, MOST_ATTEMPTS, 0.2),
        )
        parents = (first, second)
        return Draft(lambda ask: (ask.propose(turns, first.values), "joined two"), parents)

    def _where_better(self, trial: Trial, other: Trial) -> str:
        better = _better(trial, other)
        drawn = self.memory.coverage.draw(better, MOST_EXAMPLES, self.dice.roll())
        return self.shown(drawn, 0.3)

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


def _better(trial: Trial, other: Trial) -> list[Evaluation]:
    scores = {e.example: e.score for e in other.evaluations}
    return [e for e in trial.evaluations if e.score > scores.get(e.example, e.score)]
