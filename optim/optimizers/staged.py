"""Several optimizers as one: one after the other, or in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from optwright.errors import InputError
from optwright.optim.optimizer import Optimizer, Setting, open_optimizer, tell_decision
from optwright.optim.trial import JSON, Suggestion, Trial

Way = Literal["in_turn", "in_stages"]


class Staged:
    """Asks its members `in_turn`, or `in_stages`: each for an equal share of the budget, in their
    order. All of them learn from every trial. A member that has nothing to propose is passed
    over."""

    def __init__(self, setting: Setting, members: Sequence[str], way: Way = "in_turn") -> None:
        if not members:
            raise InputError("an optimizer of several needs one at least")
        self.name = f"{way}:{'+'.join(members)}"
        self.members: list[Optimizer] = [open_optimizer(name, setting) for name in members]
        self.way, self._spent = way, setting.spent
        self._asked = 0

    def ask(self, n: int = 1) -> list[Suggestion]:
        count = len(self.members)
        if self.way == "in_stages":
            first = min(int(self._spent() * count), count - 1)
        else:
            first, self._asked = self._asked % count, self._asked + 1
        for place in range(count):
            if found := self.members[(first + place) % count].ask(n):
                return found
        return []

    def tell(self, trials: Sequence[Trial]) -> None:
        for member in self.members:
            member.tell(trials)

    def decided(self, trial: int, *, accepted: bool, reason: str) -> None:
        """Hand on what was decided about a trial."""
        for member in self.members:
            tell_decision(member, trial, accepted=accepted, reason=reason)

    def state(self) -> JSON:
        return {"asked": self._asked, "members": [member.state() for member in self.members]}

    def restore(self, state: Mapping[str, JSON], trials: Sequence[Trial]) -> None:
        self._asked = state["asked"]
        for member, own in zip(self.members, state["members"], strict=True):
            member.restore(own, trials)
