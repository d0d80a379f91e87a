"""Random search: the optimizer every other one has to beat, for numbers, choices and orders."""

from __future__ import annotations

from typing import Any

from optwright.errors import InputError
from optwright.optim.optimizer import Dice, Setting
from optwright.optim.optimizers.numeric.coding import Coding, is_number
from optwright.optim.optimizers.numeric.searcher import Searcher
from optwright.optim.parameters import Choice, ParameterSpace, Permutation, Tunable
from optwright.optim.subsets import Subset
from optwright.optim.trial import JSON, Suggestion, Values

TRIES = 100  # draws for a value that was not tried yet, before a small space counts as exhausted


class RandomSearch(Searcher):
    """Draws every number, choice and order uniformly (log-uniformly on a log scale).

    Words and code stay as the leader has them. It never repeats a point, so in a small space it
    ends with nothing left to propose.
    """

    name = "random"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        if not any(map(is_drawn, setting.space)):
            raise InputError(
                f"nothing to draw among the parameters {list(setting.space.names)}",
                hint="text and code need a language-model optimizer",
            )

    def ask(self, n: int = 1) -> list[Suggestion]:
        drawn = (draw_new(self, self.dice) for _ in range(n))
        return [self.candidate(values) for values in drawn if values is not None]


def is_drawn(parameter: Tunable[Any]) -> bool:
    """Whether a value of this kind can be drawn at random."""
    return is_number(parameter) or isinstance(parameter, Choice | Permutation | Subset)


def draw_new(searcher: Searcher, dice: Dice) -> dict[str, JSON] | None:
    """Draw values that `searcher` has not seen and mark them; None when there seem to be none."""
    for _ in range(TRIES):
        values = draw(searcher.space, searcher.base, dice)
        if searcher.is_new(values):
            searcher.take(values)
            return values
    return None


def draw(space: ParameterSpace, over: Values, dice: Dice) -> dict[str, JSON]:
    """Draw everything that can be drawn; the rest is taken from `over`."""
    roll = dice.roll()
    values = dict(over)
    if any(map(is_number, space)):
        coding = Coding(space)
        values = coding.values([roll.random() for _ in coding.numbers], values)
    for parameter in space:
        if isinstance(parameter, Choice):
            values[parameter.name] = roll.choice(parameter.options)
        elif isinstance(parameter, Permutation):
            values[parameter.name] = roll.sample(parameter.items, len(parameter.items))
        elif isinstance(parameter, Subset):
            size = roll.randint(parameter.least, parameter.most)
            values[parameter.name] = parameter.check(roll.sample(parameter.items, size))
    return values
