"""What every optimizer without a language model keeps: the trials it was told, and its dice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Self

from optwright.optim.optimizer import Dice, Setting
from optwright.optim.trial import JSON, Suggestion, Trial, Values, as_json


@dataclass(frozen=True, slots=True)
class Told:
    """What a numeric method needs of a trial. `loss` is lower-is-better, `inf` for a failure."""

    number: int
    values: Values
    loss: float
    direction: Mapping[str, float]

    @classmethod
    def of(cls, trial: Trial) -> Self:
        return cls(trial.number, trial.values, -trial.score, trial.direction)

    @property
    def failed(self) -> bool:
        return self.loss == inf


class Searcher:
    """The common half of `Optimizer`: everything but `ask`."""

    name = ""
    needs_directions = False
    """Whether it proposes nothing where the evaluator gives no direction."""

    def __init__(self, setting: Setting) -> None:
        self.space = setting.space
        self.dice = Dice(setting.seed, self.name)
        self.told: list[Told] = []
        self._taken: set[str] = set()

    def tell(self, trials: Sequence[Trial]) -> None:
        for trial in trials:
            self._take(Told.of(trial))

    def state(self) -> JSON:
        return {"rolled": self.dice.rolled}

    def restore(self, state: JSON, trials: Sequence[Trial]) -> None:
        self.dice.rolled = state["rolled"]
        self.told, self._taken = [], set()
        for trial in trials:
            self._take(Told.of(trial))

    @property
    def leader(self) -> Told | None:
        """The told trial with the lowest loss; None when all failed."""
        usable = [told for told in self.told if not told.failed]
        return min(usable, key=lambda told: (told.loss, told.number), default=None)

    @property
    def base(self) -> Values:
        """The values a proposal starts from: the leader's, or the first ones."""
        return self.space.initial if self.leader is None else self.leader.values

    def candidate(self, values: Values, note: str = "") -> Suggestion:
        parents = () if self.leader is None else (self.leader.number,)
        return Suggestion(as_json(self.space.check(values)), self.name, parents, note)

    def is_new(self, values: Values) -> bool:
        """Whether these values were neither told nor marked by `take`."""
        return self.space.key(values) not in self._taken

    def take(self, values: Values) -> None:
        """Count these values as tried, so that one `ask` does not propose them twice."""
        self._taken.add(self.space.key(values))

    def _take(self, told: Told) -> None:
        self.told.append(told)
        self.take(told.values)
