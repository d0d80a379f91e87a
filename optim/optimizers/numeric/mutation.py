"""Local search: change one parameter of a good trial a little. The workhorse for orders."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from optwright.errors import InputError
from optwright.optim.optimizer import Setting
from optwright.optim.optimizers.numeric.coding import Coding, has_few_values, is_number
from optwright.optim.optimizers.numeric.random import TRIES, is_drawn
from optwright.optim.optimizers.numeric.searcher import Searcher, Told
from optwright.optim.parameters import Choice, Integer, Permutation, Tunable
from optwright.optim.subsets import Subset
from optwright.optim.trial import JSON, Suggestion

PARENTS = 3  # the best trials, of which one is changed
MANY_SWITCHES = 8  # numbers with few values, from which on two are often changed at once
SECOND_CHANGE = 0.5
STEPS = (0.3, 0.1, 0.03, 0.01)  # of the range of a number


class Mutation(Searcher):
    """Takes one of the three best trials and changes one parameter: a normal step for a number,
    another option for a choice, and for an order a stretch turned round or an item moved."""

    name = "mutation"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.changed = [p for p in setting.space if is_drawn(p) and _moves(p)]
        self._switches = [p for p in self.changed if has_few_values(p)]
        if not self.changed:
            raise InputError(
                f"nothing to change a little among the parameters {list(setting.space.names)}",
                hint="text and code need a language-model optimizer",
            )

    def ask(self, n: int = 1) -> list[Suggestion]:
        return [candidate for _ in range(n) if (candidate := self._next()) is not None]

    def _next(self) -> Suggestion | None:
        usable = sorted((t for t in self.told if not t.failed), key=lambda t: (t.loss, t.number))
        for _ in range(TRIES if usable else 0):
            roll = self.dice.roll()
            parent = roll.choice(usable[:PARENTS])
            values = {**parent.values, **self._change(parent, roll)}
            if len(self._switches) >= MANY_SWITCHES and roll.random() < SECOND_CHANGE:
                values.update(self._change(parent, roll))  # one for another
            if self.is_new(values):
                self.take(values)
                return self.candidate(values)
        return None

    def _change(self, parent: Told, roll: Random) -> dict[str, JSON]:
        parameter = roll.choice(self.changed)
        value = parent.values[parameter.name]
        if isinstance(parameter, Permutation):
            return {parameter.name: _reordered(value, roll)}
        if isinstance(parameter, Subset):
            return {parameter.name: _exchanged(parameter, value, roll)}
        if isinstance(parameter, Choice):
            others = [o for o in parameter.options if (type(o), o) != (type(value), value)]
            return {parameter.name: roll.choice(others)}
        if isinstance(parameter, Integer) and has_few_values(parameter):
            others = [v for v in range(parameter.low, parameter.high + 1) if v != value]
            return {parameter.name: roll.choice(others)}
        return self._stepped(parameter, parent, roll)

    def _stepped(self, parameter: Tunable[Any], parent: Told, roll: Random) -> dict[str, JSON]:
        coding = Coding(self.space)
        place = [number.name for number in coding.numbers].index(parameter.name)
        point = list(coding.point(parent.values))
        point[place] = min(max(point[place] + roll.gauss(0.0, roll.choice(STEPS)), 0.0), 1.0)
        return {parameter.name: coding.values(point, parent.values)[parameter.name]}


def _moves(parameter: Tunable[Any]) -> bool:
    """Whether there is more than one value."""
    if isinstance(parameter, Permutation):
        return len(parameter.items) > 1
    if isinstance(parameter, Subset):
        return parameter.most > 0 and (parameter.least < len(parameter.items))
    return is_number(parameter) or (isinstance(parameter, Choice) and len(parameter.options) > 1)


def _exchanged(parameter: Subset, chosen: Sequence[JSON], roll: Random) -> list[JSON]:
    """One item in or out, or one for another, within the sizes allowed."""
    items = list(chosen)
    others = [item for item in parameter.items if item not in items]
    ways = []
    ways += ["add"] if others and len(items) < parameter.most else []
    ways += ["drop"] if len(items) > parameter.least else []
    ways += ["swap"] if others and items else []
    way = roll.choice(ways)
    if way in ("drop", "swap"):
        items.remove(roll.choice(items))
    if way in ("add", "swap"):
        items.append(roll.choice(others))
    return parameter.check(items)


def _reordered(order: Sequence[JSON], roll: Random) -> list[JSON]:
    items = list(order)
    i, j = sorted(roll.sample(range(len(items)), 2))
    if roll.random() < 0.5:
        return items[:i] + items[i : j + 1][::-1] + items[j + 1 :]
    item = items.pop(i)
    items.insert(j, item)
    return items
